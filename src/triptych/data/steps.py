"""The steps that make ``data/prepared`` out of raw data; the command line exposes them."""

from triptych.runtime.step import Input, Output, step


@step
def digits(*, train: Output, test: Output, test_images: int, seed: int) -> None:
    """Prepare scikit-learn's handwritten digits.

    Parameters
    ----------
    train, test
        The two sets to be made (safetensors).
    test_images
        Size of the test set.
    seed
        Seed of the split.
    """
    from triptych.data.digits import split_digits
    from triptych.data.images import save

    for data, path in zip(split_digits(test_images, seed), (train, test), strict=True):
        save(data, path)


@step
def mnist(*, manifest: Input, train: Output, test: Output) -> None:
    """Prepare MNIST from its four raw files.

    Parameters
    ----------
    manifest
        The manifest of the raw files, which lie beside it.
    train, test
        The two sets to be made (safetensors).
    """
    import numpy as np

    from triptych.data.fetch import verified
    from triptych.data.images import LabelledImages, read_idx, save

    raw = verified("mnist", manifest.parent)
    for prefix, path in (("train", train), ("t10k", test)):
        images = read_idx(raw[f"{prefix}-images-idx3-ubyte.gz"])
        labels = read_idx(raw[f"{prefix}-labels-idx1-ubyte.gz"])
        save(LabelledImages(images, labels.astype(np.int64)), path)


STEPS = (digits, mnist)
