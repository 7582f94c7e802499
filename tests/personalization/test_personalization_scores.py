"""Scores of synthetic features: intervals, controls, comparisons, names."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from scored_faces import features_of, only_number, person_names
from support import error_of

from triptych.personalization.artifacts.jackknife import Jackknifed
from triptych.personalization.artifacts.names import IDENTITY_METRICS, METRICS
from triptych.personalization.artifacts.scores import networks_table, scores_table
from triptych.personalization.artifacts.scoring import score_all
from triptych.personalization.methods import VARIANTS
from triptych.personalization.metrics import frechet_distance, inception_score, kernel_distance


@pytest.fixture
def seen():
    return features_of()


PARTS = ("features", "probabilities", "identity", "fidelity")


def _without(described, person):
    kept = np.array(described.persons) != person
    return described.features[kept]


def _interval(value, without):
    """The jackknife as textbooks have it."""
    count = len(without)
    spread = np.sqrt((count - 1) / count * np.sum((without - np.mean(without)) ** 2))
    half = t.ppf(0.975, count - 1) * spread
    return pytest.approx((value - half, value + half))


def _change_identity(features, variant, identity):
    described = replace(features.generated[variant], identity=identity.astype(np.float32))
    return replace(features, generated={**features.generated, variant: described})


def _photos(features, names):
    return features.photos.identity[[features.photo_names.index(name) for name in names]]


def test_every_row_has_every_metric_and_says_of_how_many_images():
    seen = features_of(measured=True)
    table = scores_table(score_all(seen, 1), seen)
    assert list(table.columns) == [
        "method",
        "metric",
        "value",
        "low",
        "high",
        "n_real",
        "n_generated",
        "extractor",
        "extractor_sha256",
    ]
    assert list(table["method"].unique()) == [*VARIANTS, "real_photos", "autoencoded_photos"]
    # Photos have no prompt; identity is kept by the autoencoded photos alone.
    counts = table["method"].value_counts()
    assert {counts[row] for row in VARIANTS} == {len(METRICS) - 1}
    assert counts["real_photos"] == len(METRICS) - 3
    assert counts["autoencoded_photos"] == len(METRICS) - 2
    generated = table[table["method"].isin(VARIANTS)]
    assert set(zip(generated["n_real"], generated["n_generated"], strict=True)) == {(20, 20)}
    real = table[table["method"] == "real_photos"].set_index("metric")[["n_real", "n_generated"]]
    assert real.loc["fd_face_network"].tolist() == [10, 10]
    assert real.loc["kid_face_network"].tolist() == [10, 10]
    assert real.loc["is_marginal_face_network"].tolist() == [0, 20]
    assert real.loc["identity"].tolist() == [15, 5]


@pytest.mark.parametrize(
    ("extractor", "names"),
    [
        ("inception_v3", {"fid", "is_marginal", "is_uniform", "kid_inception_v3"}),
        (
            "face_network",
            {
                "fd_face_network",
                "is_marginal_face_network",
                "is_uniform_face_network",
                "kid_face_network",
            },
        ),
    ],
)
def test_only_inceptions_scores_are_called_fid_and_is(extractor, names):
    seen = features_of(["ip_adapter"], extractor=extractor)
    table = scores_table(score_all(seen, 1), seen)
    assert set(table["metric"]) == names | set(IDENTITY_METRICS)
    assert not {"face_found", "fidelity"} & set(table["metric"])
    of_identity = table["metric"].isin(IDENTITY_METRICS)
    assert set(table.loc[~of_identity, "extractor"]) == {extractor}
    assert set(table.loc[~of_identity, "extractor_sha256"]) == {"ab" * 32}
    assert set(table.loc[of_identity, "extractor"]) == {"face_network"}
    assert set(table.loc[of_identity, "extractor_sha256"]) == {"cd" * 32}


def test_intervals_are_those_of_leaving_out_every_person(seen):
    scores = score_all(seen, 1)
    images = seen.generated["ip_adapter"]
    for metric, distance in (("fd", frechet_distance), ("kid", kernel_distance)):
        number = only_number(scores, "ip_adapter", metric)
        assert number.value == pytest.approx(distance(seen.photos.features, images.features))
        without = [
            distance(_without(seen.photos, person), _without(images, person))
            for person in person_names(5)
        ]
        assert number.without == pytest.approx(without)
        estimate = scores["ip_adapter", metric].number.estimate()
        assert (estimate.low, estimate.high) == _interval(number.value, without)


@pytest.mark.parametrize(("metric", "uniform"), [("is_marginal", False), ("is_uniform", True)])
def test_class_scores_are_of_the_images_of_the_row(seen, metric, uniform):
    scores = score_all(seen, 1)
    for row, described in (("dreambooth", seen.generated["dreambooth"]), ("real_photos", None)):
        p = (described or seen.photos).probabilities
        number = only_number(scores, row, metric)
        assert number.value == pytest.approx(inception_score(p, uniform=uniform))
        assert number.without[2] == pytest.approx(
            inception_score(np.delete(p, slice(8, 12), axis=0), uniform=uniform)
        )


def test_identity_is_the_mean_over_persons_of_the_cosine_to_the_references(seen):
    means = []
    images = seen.generated["ip_adapter"].identity
    for number, person in enumerate(person_names(5)):
        direction = _photos(seen, seen.references[person]).mean(axis=0)
        own = images[4 * number : 4 * number + 4]
        means.append(np.mean(own @ direction) / np.linalg.norm(direction))
    estimate = score_all(seen, 1)["ip_adapter", "identity"].number.estimate()
    half = t.ppf(0.975, 4) * np.std(means, ddof=1) / 5**0.5
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
        (np.mean(means), np.mean(means) - half, np.mean(means) + half)
    )


def test_every_person_counts_alike_however_many_images_there_are(seen):
    whole = seen.generated["ip_adapter"]
    kept = [0, *range(4, 20)]
    fewer = replace(
        whole,
        persons=tuple(whole.persons[i] for i in kept),
        **{part: getattr(whole, part)[kept] for part in PARTS},
    )
    targets = tuple(seen.targets["ip_adapter"][i] for i in kept)
    changed = replace(seen, generated={"ip_adapter": fewer}, targets={"ip_adapter": targets})
    number = only_number(score_all(changed, 1), "ip_adapter", "identity_target")
    cosines = [float(a @ b) for a, b in zip(fewer.identity, _photos(seen, targets), strict=True)]
    blocks = [cosines[:1], *(cosines[i : i + 4] for i in range(1, 17, 4))]
    assert number.value == pytest.approx(np.mean([np.mean(block) for block in blocks]))


def test_images_of_the_next_person_are_like_the_next_person(seen):
    scores = score_all(seen, 1)
    value = {
        metric: only_number(scores, "ip_adapter_other_person", metric).value
        for metric in IDENTITY_METRICS[:-1]
    }
    assert value["identity_other"] > 0.4 > value["identity"]
    assert value["rank1"] < 0.2
    own = {name: only_number(scores, "ip_adapter", name).value for name in IDENTITY_METRICS[:-1]}
    assert own["identity"] > 0.4 > own["identity_other"]
    assert own["rank1"] > 0.8


def test_a_copied_reference_shows(seen):
    copies = np.concatenate(
        [_photos(seen, seen.references[person])[[0, 1, 2, 0]] for person in person_names(5)]
    )
    scores = score_all(_change_identity(seen, "ip_adapter", copies), 1)
    copied = only_number(scores, "ip_adapter", "copy").value
    assert copied > 2 * only_number(scores, "real_photos", "copy").value
    restored = np.concatenate(
        [_photos(seen, [seen.targets["ip_adapter"][4 * i]] * 4) for i in range(5)]
    )
    scores = score_all(_change_identity(seen, "ip_adapter", restored), 1)
    assert only_number(scores, "ip_adapter", "copy").value < 0
    assert only_number(scores, "ip_adapter", "identity_target").value == pytest.approx(1)


def test_each_reference_in_turn_is_the_target_of_the_real_photos(seen):
    excess, similarity = [], []
    for person in person_names(5):
        references = _photos(seen, seen.references[person])
        (held_out,) = _photos(seen, [f"{person}/{person}_0003"])
        near = references @ held_out
        similarity.append(near.mean())
        excess.append(
            np.mean([max(near[1], near[2]) - near[0], max(near[0], near[2]) - near[1],
                     max(near[0], near[1]) - near[2]])
        )  # fmt: skip
    scores = score_all(seen, 1)
    assert only_number(scores, "real_photos", "copy").value == pytest.approx(np.mean(excess))
    assert only_number(scores, "real_photos", "identity_target").value == pytest.approx(
        np.mean(similarity)
    )


def test_with_a_single_reference_real_photos_have_no_copy_score():
    seen = features_of(["ip_adapter"], references=1)
    scores = score_all(seen, 1)
    assert ("real_photos", "copy") not in scores
    assert ("real_photos", "identity") in scores
    assert ("ip_adapter", "copy") in scores


def test_a_bootstrapped_reference_counts_once(seen):
    twice = {name: (*names, names[0]) for name, names in seen.references.items()}
    once, again = (score_all(replace(seen, references=r), 1) for r in (seen.references, twice))
    for key, score in once.items():
        assert str(again[key].number.estimate()) == str(score.number.estimate()), key
        assert (again[key].n_real, again[key].n_generated) == (score.n_real, score.n_generated)


def test_real_photos_are_above_every_method_and_text_below():
    scores = score_all(features_of(persons=8), 1)
    rows = (*VARIANTS, "real_photos", "autoencoded_photos")
    value = {row: only_number(scores, row, "identity").value for row in rows}
    assert max(value, key=value.get) == "real_photos"
    assert abs(value["text_only"]) < 0.2


def test_a_difference_is_narrower_than_its_two_numbers():
    alike = np.array([1.0, 2.0, 4.0, 3.0])
    one, other = Jackknifed(2.5, alike), Jackknifed(2.0, alike - 0.5)
    gap = one.minus(other)
    assert gap.value == 0.5
    assert set(gap.without) == {0.5}


def test_two_persons_are_enough():
    seen = features_of(["ip_adapter", "text_only"], persons=2)
    table = scores_table(score_all(seen, 1), seen)
    measured = table[table["metric"] != "fd_face_network"]
    assert measured[["value", "low", "high"]].notna().all(axis=None)


@pytest.mark.filterwarnings("error")
def test_an_undefined_interval_is_blank(tmp_path):
    seen = features_of(["ip_adapter"], persons=2, images=1)
    table = scores_table(score_all(seen, 1), seen).set_index(["method", "metric"])
    distance = table.loc[("ip_adapter", "kid_face_network")]
    assert np.isfinite(distance["value"])
    assert np.isnan([distance["low"], distance["high"]]).all()
    assert np.isfinite(table.loc[("ip_adapter", "identity"), "low"])


def test_the_networks_are_named_with_what_they_can_do(seen):
    table = networks_table(seen).set_index("role")
    assert table.loc["identity", ["name", "auc", "rank1", "persons"]].tolist() == [
        "face_network",
        0.95,
        0.9,
        30,
    ]
    assert table.loc["features", ["name", "sha256", "dimension"]].tolist() == [
        "face_network",
        "ab" * 32,
        6,
    ]


def test_a_row_of_other_persons_is_refused(seen):
    fewer = features_of(["ip_adapter"], persons=4)
    odd = replace(seen, generated=fewer.generated, targets=fewer.targets)
    error = error_of(score_all, odd, 1)
    assert (error.found, error.where) == ("other persons, such as Person_04", "ip_adapter")


@pytest.mark.parametrize("where", ["references", "targets"])
def test_a_photo_that_is_not_there_is_refused(seen, where):
    wrong = {"references": {**seen.references, "Person_00": ("nobody",)}}
    wrong["targets"] = {**seen.targets, "ip_adapter": ("nobody",) * 20}
    odd = replace(seen, **{where: wrong[where]})
    assert error_of(score_all, odd, 1).found == "no features of nobody"


def test_the_step_writes_equal_bytes(seen, scored):
    one, other = ([path.read_bytes() for path in scored(seen).values()] for _ in range(2))
    assert one == other
    table = pd.read_csv(scored(seen)["scores"])
    assert table.equals(scores_table(score_all(seen, 1), seen).round(6))
