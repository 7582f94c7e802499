"""How images are drawn: alone, in blocks within a clip, by whole city."""

import numpy as np
import pytest

from triptych.segmentation.artifacts.sampling import sampling

_CLIPS = [f"0001TP_{frame:06d}" for frame in range(62)] + [f"Seq05VD_f{f:05d}" for f in range(171)]
_CITIES = [f"city{city:02d}_000000_{frame:06d}" for city in range(12) for frame in range(5)]


def _draw(rule, resamples=2000):
    return rule.draw(resamples, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("dataset", "names", "kind", "words"),
    [
        ("camvid", _CLIPS, "blocks", "233 images, blocks of 30 in 2 sequences"),
        ("camvid_jpeg", _CLIPS, "blocks", "233 images, blocks of 30 in 2 sequences"),
        ("cityscapes", _CITIES[:15], "blocks", "15 images, blocks of 30 in 3 sequences"),
        ("cityscapes", _CITIES, "sequences", "60 images, whole sequences of 12"),
        ("voc", ["2007_000033", "2007_000042", "2008_000001"], "images", "3 images"),
        ("drawn_streets", ["0000", "0001"], "images", "2 images"),
        ("camvid", ["a_1", "b_1"], "images", "2 images"),
    ],
)
def test_names_and_data_set_tell_what_is_drawn_together(dataset, names, kind, words):
    rule = sampling(dataset, names, 30)
    assert (rule.kind, str(rule), rule.images) == (kind, words, len(names))


@pytest.mark.parametrize(
    ("dataset", "names"), [("camvid", _CLIPS), ("cityscapes", _CITIES), ("voc", _CLIPS)]
)
def test_every_image_is_drawn_about_once_and_the_split_keeps_its_size(dataset, names):
    weights = _draw(sampling(dataset, names, 30))
    assert weights.shape == (2000, len(names))
    assert np.array_equal(weights, weights.round())
    assert set(weights.sum(axis=1)) == {len(names)}
    assert weights.mean() == pytest.approx(1)
    assert weights.var() > 0.3


def test_blocks_are_consecutive_images_of_one_clip_and_each_clip_keeps_its_size():
    weights = _draw(sampling("camvid", _CLIPS, 30), 500)
    assert set(weights[:, :62].sum(axis=1)) == {62}
    # 62 frames are two blocks of 30 and two frames; so a neighbor is nearly always drawn as often.
    jumps = (np.diff(weights[:, :62], axis=1) != 0).sum(axis=1)
    assert jumps.max() <= 6
    assert jumps.mean() > 2


def test_a_block_is_at_most_half_of_its_clip():
    rule = sampling("camvid", _CLIPS[:10], 30)
    assert rule.pieces == 2
    assert len(np.unique(_draw(rule), axis=0)) > 5


def test_cities_are_drawn_whole():
    weights = _draw(sampling("cityscapes", _CITIES, 30)).reshape(2000, 12, 5)
    assert (weights == weights[..., :1]).all()


@pytest.mark.parametrize(
    ("dataset", "names", "freedom", "inflation"),
    [
        ("voc", _CLIPS, 232, 233 / 232),
        ("cityscapes", _CITIES, 11, 12 / 11),
        # 62 / 30 + 171 / 30 blocks; each clip fixes one.
        ("camvid", _CLIPS, 233 / 30 - 2, 233 / 173),
    ],
)
def test_degrees_of_freedom_count_pieces_less_one_for_each_fixed_part(
    dataset, names, freedom, inflation
):
    rule = sampling(dataset, names, 30)
    assert rule.degrees_of_freedom == pytest.approx(freedom)
    assert rule.inflation == pytest.approx(inflation)


def test_the_variance_of_a_mean_in_blocks_is_that_of_correlated_frames():
    """Frames that repeat for ten frames each have the variance of a tenth of the frames."""
    generator = np.random.default_rng(3)
    estimates = []
    for _ in range(200):
        values = generator.normal(size=30).repeat(10)
        rule = sampling("camvid", [f"clip_{frame}" for frame in range(300)], 30)
        means = rule.draw(200, generator) @ values / 300
        estimates.append(means.var(ddof=1) * rule.inflation)
    assert np.mean(estimates) == pytest.approx(1 / 30, rel=0.2)
