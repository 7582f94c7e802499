"""The floor of real photos, photos through the autoencoder, faces, and rows with trainings."""

from dataclasses import replace

import numpy as np
import pytest
from scored_faces import features_of, only_number, person_names

from triptych.personalization.artifacts.scores import scores_table, seeds_table
from triptych.personalization.artifacts.scoring import DRAWS, draw_photos, score_all
from triptych.personalization.methods import VARIANTS
from triptych.personalization.metrics import frechet_distance


@pytest.fixture
def seen():
    return features_of()


def test_photos_are_drawn_of_every_person_but_at_most_half():
    persons = np.repeat(["b", "a", "c", "d"], [5, 3, 2, 7])
    wanted = dict.fromkeys("abcd", 3)
    chosen = draw_photos(persons, wanted, seed=1)
    assert [int(chosen[persons == person].sum()) for person in "abcd"] == [1, 2, 1, 3]
    assert np.array_equal(chosen, draw_photos(persons, wanted, seed=1))
    assert not np.array_equal(chosen, draw_photos(persons, wanted, seed=2))


def test_the_floor_has_the_rows_own_number_of_photos():
    seen = features_of(["ip_adapter"], photos=9, images=2)
    table = scores_table(score_all(seen, 1), seen).set_index(["method", "metric"])
    row = table.loc[("ip_adapter", "fd_face_network")]
    for photos in ("real_photos", "autoencoded_photos"):
        floor = table.loc[(photos, "fd_face_network")]
        assert (floor["n_real"], floor["n_generated"]) == (35, row["n_generated"]) == (35, 10)
    # The autoencoder of the synthetic photos adds a distance.
    assert table.loc[("autoencoded_photos", "fd_face_network"), "value"] > floor["low"]


def test_a_row_of_a_sweep_does_not_change_the_floor():
    seen = features_of(["ip_adapter"], photos=9, images=2)
    few = features_of(["ip_adapter"], photos=9, images=1)
    swept = "ip_adapter.scale0.5"
    both = replace(
        seen,
        generated={swept: few.generated["ip_adapter"], **seen.generated},
        targets={swept: few.targets["ip_adapter"], **seen.targets},
    )
    floor = score_all(both, 1)["real_photos", "fd"]
    assert floor.n_generated == 10
    assert np.array_equal(
        floor.number.values, score_all(seen, 1)["real_photos", "fd"].number.values
    )


def test_distances_of_the_real_photos_are_those_of_random_draws(seen):
    drawn = score_all(seen, 5)["real_photos", "fd"].number
    estimate = drawn.estimate()
    assert len(set(drawn.values)) == DRAWS
    assert (estimate.low, estimate.high) == (drawn.values.min(), drawn.values.max())
    assert estimate.value == pytest.approx(drawn.values.mean())
    x, y = seen.photos.features, seen.autoencoded.features
    chosen = draw_photos(np.array(seen.photos.persons), dict.fromkeys(person_names(5), 4), 1)
    # No photo is compared with itself.
    assert frechet_distance(x[chosen], x[~chosen]) > 0
    other = score_all(seen, 5)["autoencoded_photos", "fd"].number.values
    assert not np.allclose(other, drawn.values)
    assert y.shape == x.shape


def test_a_frechet_distance_of_a_row_has_no_interval(seen):
    table = scores_table(score_all(seen, 1), seen).set_index(["method", "metric"])
    of_rows = table.loc[[(row, "fd_face_network") for row in VARIANTS]]
    assert of_rows["value"].notna().all()
    assert of_rows[["low", "high"]].isna().all(axis=None)
    assert table.loc[("real_photos", "fd_face_network"), ["low", "high"]].notna().all()
    assert table.loc[("ip_adapter", "kid_face_network"), ["low", "high"]].notna().all()


def test_the_autoencoded_photos_keep_a_share_of_the_identity(seen):
    scores = score_all(seen, 1)
    kept = only_number(scores, "autoencoded_photos", "kept")
    assert kept.value == pytest.approx(
        only_number(scores, "autoencoded_photos", "identity").value
        / only_number(scores, "real_photos", "identity").value
    )
    same = score_all(replace(seen, autoencoded=seen.photos), 1)
    assert only_number(same, "autoencoded_photos", "kept").value == 1
    assert set(only_number(same, "autoencoded_photos", "kept").without) == {1.0}
    without = score_all(replace(seen, autoencoded=None), 1)
    assert "autoencoded_photos" not in {row for row, _ in without}


def test_faces_and_fidelity_are_means_over_persons():
    seen = features_of(["ip_adapter"], measured=True)
    found = np.zeros(20, bool)
    found[:4] = True
    images = replace(seen.generated["ip_adapter"], face_found=found)
    scores = score_all(replace(seen, generated={"ip_adapter": images}), 1)
    assert only_number(scores, "ip_adapter", "face_found").value == pytest.approx(1 / 5)
    assert only_number(scores, "ip_adapter", "fidelity").value == pytest.approx(0.6)
    assert ("real_photos", "face_found") in scores


def test_a_row_is_the_mean_over_its_trainings():
    seen = features_of(["ip_adapter", "ip_adapter_finetuned"], seeds=3, luck=0.1)
    scores = score_all(seen, 1)
    by_seed = scores["ip_adapter_finetuned", "identity"].number.by_seed
    assert list(by_seed) == [0, 1, 2]
    for seed, name in enumerate(("", ".seed1", ".seed2")):
        images = seen.generated[f"ip_adapter_finetuned{name}"]
        alone = replace(seen, generated={"ip_adapter_finetuned": images})
        (number,) = score_all(alone, 1)["ip_adapter_finetuned", "identity"].number.by_seed.values()
        assert number.value == by_seed[seed].value
    table = scores_table(scores, seen).set_index(["method", "metric"])
    row = table.loc[("ip_adapter_finetuned", "identity")]
    values = [number.value for number in by_seed.values()]
    assert row["value"] == pytest.approx(np.mean(values))
    assert row["n_generated"] == 20
    # Both sources of chance widen the interval.
    spread = np.std(values, ddof=1) / 3**0.5
    persons = np.mean([number.without for number in by_seed.values()], axis=0)
    error = np.sqrt(16 / 5 * np.var(persons, ddof=1) + spread**2)
    assert row["high"] - row["value"] > 1.96 * error > 1.96 * spread
    seeds = seeds_table(scores, "face_network")
    chosen = seeds[seeds["metric"] == "identity"]
    assert set(seeds["method"]) == {"ip_adapter_finetuned"}
    assert chosen["seed"].tolist() == [0, 1, 2]
    assert chosen["value"].tolist() == values


def test_rows_with_another_setting_are_not_in_the_table():
    seen = features_of(["ip_adapter", "ip_adapter.references1", "ip_adapter.scale0.5"])
    scores = score_all(seen, 1)
    assert {row for row, _ in scores} == {"ip_adapter", "real_photos", "autoencoded_photos"}
    plain = {"ip_adapter": seen.generated["ip_adapter"]}
    alone = score_all(replace(seen, generated=plain), 1)
    for metric in ("identity", "fd"):
        numbers = [only_number(each, "ip_adapter", metric).value for each in (scores, alone)]
        assert numbers[0] == numbers[1]
