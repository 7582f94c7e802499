"""The digits that need no download."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from triptych.data.digits import split_digits
from triptych.data.images import LabeledImages, load
from triptych.data.steps import digits

COUNT = 1797
Split = tuple[LabeledImages, LabeledImages]


@pytest.fixture(scope="module")
def split() -> Split:
    return split_digits(200, 7)


def test_every_digit_is_in_one_of_the_two_sets(split: Split) -> None:
    train, test = split
    # All 1,797 originals differ from each other, and so must the enlarged ones.
    originals = {image.tobytes() for image in load_digits().images}
    enlarged = [image.tobytes() for part in split for image in part.images]

    assert len(originals) == COUNT
    assert len(set(enlarged)) == COUNT
    assert (len(train), len(test)) == (COUNT - 200, 200)


def test_images_have_the_form_of_mnist(split: Split) -> None:
    for part in split:
        assert part.images.shape[1:] == (28, 28)
        assert (part.images.dtype, part.labels.dtype) == (np.uint8, np.int64)
        assert part.images.max() == 255
        # A margin of background, as around MNIST's digits.
        assert part.images[:, [0, 1, -2, -1]].max() == 0
        assert part.images[:, :, [0, 1, -2, -1]].max() == 0
        assert set(part.labels.tolist()) == set(range(10))


def test_an_image_is_its_original_with_nine_pixels_for_one_and_keeps_its_label(
    split: Split,
) -> None:
    source = load_digits()
    gray = np.round(source.images * (255 / 16)).astype(np.uint8)
    label_of = {image.tobytes(): label for image, label in zip(gray, source.target, strict=True)}

    for part in split:
        blocks = part.images[:, 2:-2, 2:-2].reshape(-1, 8, 3, 8, 3)
        centers = blocks[:, :, 1, :, 1]
        assert np.array_equal(blocks, np.broadcast_to(centers[:, :, None, :, None], blocks.shape))
        assert [label_of[image.tobytes()] for image in centers] == part.labels.tolist()


@pytest.mark.usefixtures("own_folder")
def test_the_step_writes_the_same_bytes_for_the_same_seed_alone(split: Split) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        digits(train=Path(name, "train"), test=Path(name, "test"), test_images=200, seed=seed)

    for part, expected in zip(("train", "test"), split, strict=True):
        assert Path("a", part).read_bytes() == Path("b", part).read_bytes()
        assert Path("a", part).read_bytes() != Path("c", part).read_bytes()
        assert np.array_equal(load(Path("a", part)).images, expected.images)
        assert np.array_equal(load(Path("a", part)).labels, expected.labels)
