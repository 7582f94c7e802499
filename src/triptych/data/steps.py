"""The steps that make ``data/prepared`` out of raw data; the command line exposes them."""

from typing import Annotated

from cyclopts import Parameter

from triptych.config import DrawnParameters, SceneDataset
from triptych.runtime.step import Input, Output, step

Flat = Parameter(name="*")


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


@step
def cityscapes(*, manifest: Input, train: Output, val: Output) -> None:
    """Prepare Cityscapes from its two raw archives.

    Parameters
    ----------
    manifest
        The manifest of the archives, which lie beside it.
    train, val
        The two sets to be made (safetensors).
    """
    from triptych.data.cityscapes import scenes
    from triptych.data.fetch import verified
    from triptych.data.scenes import save
    from triptych.data.trees import Tree

    tree = Tree(*verified("cityscapes", manifest.parent).values())
    for split, path in (("train", train), ("val", val)):
        save("cityscapes", scenes(tree, split), path)


@step
def voc(*, voc_manifest: Input, sbd_manifest: Input, train: Output, val: Output) -> None:
    """Prepare VOC 2012, its training set enlarged by SBD.

    Parameters
    ----------
    voc_manifest, sbd_manifest
        The manifests of the two archives, which lie beside them.
    train, val
        The two sets to be made (safetensors): 10,582 and 1,449 scenes.
    """
    from triptych.data.fetch import verified
    from triptych.data.scenes import save
    from triptych.data.trees import Tree
    from triptych.data.voc import check_counts, read_sbd, scenes, split_names

    (archive,) = verified("voc2012", voc_manifest.parent).values()
    (sbd_archive,) = verified("sbd", sbd_manifest.parent).values()
    tree, sbd = Tree(archive), read_sbd(sbd_archive)
    names = split_names(tree, sbd)
    check_counts(names, f"{archive} and {sbd_archive}")
    for split, path in (("train", train), ("val", val)):
        save("voc", scenes(tree, sbd, names[split]), path)


@step
def camvid(*, manifest: Input, train: Output, val: Output, test: Output) -> None:
    """Prepare CamVid from its raw archive.

    Parameters
    ----------
    manifest
        The manifest of the archive, which lies beside it.
    train, val, test
        The three sets to be made (safetensors).
    """
    from triptych.data.camvid import scenes
    from triptych.data.fetch import verified
    from triptych.data.scenes import save
    from triptych.data.trees import Tree

    tree = Tree(*verified("camvid", manifest.parent).values())
    for split, path in (("train", train), ("val", val), ("test", test)):
        save("camvid", scenes(tree, split), path)


@step
def drawn_scenes(
    *,
    train_set: Output,
    val_set: Output,
    test_set: Output,
    dataset: SceneDataset,
    drawn: Annotated[DrawnParameters, Flat],
    seed: int,
) -> None:
    """Draw labelled scenes, which need no download.

    Parameters
    ----------
    train_set, val_set, test_set
        The three sets to be made (safetensors).
    dataset
        Which of the drawn data sets.
    drawn
        How many scenes of each set, and their size.
    seed
        Seed of all three sets, each of which derives its own.
    """
    from triptych.data.drawn_scenes import draw
    from triptych.data.scenes import save
    from triptych.runtime.seeds import derive

    for split, count, path in (
        ("train", drawn.train, train_set),
        ("val", drawn.val, val_set),
        ("test", drawn.test, test_set),
    ):
        own_seed = derive(seed, split)
        scenes = draw(dataset, count, height=drawn.height, width=drawn.width, seed=own_seed)
        save(dataset, scenes, path)


STEPS = (digits, mnist, cityscapes, voc, camvid, drawn_scenes)
