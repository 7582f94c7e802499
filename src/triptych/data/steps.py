"""The steps that make ``data/prepared`` out of raw data; the command line exposes them."""

from pathlib import Path
from typing import Annotated, Literal

from triptych.config.personalization import FacesParameters, FaceSplit
from triptych.config.segmentation import DrawnParameters
from triptych.errors import UserError
from triptych.job.options import Flat, Positive, Seed
from triptych.job.step import Input, Output, step


@step
def digits(*, train: Output, test: Output, test_images: Positive, seed: int) -> None:
    """Prepare scikit-learn's handwritten digits.

    Parameters
    ----------
    train, test
        The two sets to be made (safetensors).
    test_images
        Size of the test set.
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
    dataset: Literal["drawn_streets", "drawn_objects"],
    drawn: Annotated[DrawnParameters, Flat],
    seed: Seed,
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
    """
    from triptych.data.drawn.scenes import draw
    from triptych.data.scenes import save
    from triptych.job.seeds import derive

    for split, count, path in (
        ("train", drawn.train, train_set),
        ("val", drawn.val, val_set),
        ("test", drawn.test, test_set),
    ):
        own_seed = derive(seed, split)
        scenes = draw(dataset, count, height=drawn.height, width=drawn.width, seed=own_seed)
        save(dataset, scenes, path)


@step
def drawn_faces(
    *,
    corpus_set: Output,
    train_set: Output,
    test_set: Output,
    faces: Annotated[FacesParameters, Flat],
    seed: Seed,
) -> None:
    """Draw photos of persons who do not exist, which need no download.

    Parameters
    ----------
    corpus_set, train_set, test_set
        The three sets to be made (safetensors), of different persons.
    faces
        How many persons and photos, and their size.

    Raises
    ------
    UserError
        The parameters are those of real faces: they have no corpus.
    """
    from triptych.data.drawn.faces import draw
    from triptych.data.faces import Faces, refuse_shared_photos, save

    if faces.corpus is None:
        raise UserError(
            expected="how many persons the corpus has, and photos of each",
            found="no corpus",
            where=f"the parameters of {faces.dataset}",
            remedy="name drawn_faces, and a corpus: --corpus.persons 1000 --corpus.photos 4",
        )
    sets: dict[FaceSplit, tuple[Path, int, int]] = {
        "corpus": (corpus_set, faces.corpus.persons, faces.corpus.photos),
        "train": (train_set, faces.train_persons, faces.photos),
        "test": (test_set, faces.test_persons, faces.photos),
    }
    for split, (path, persons, photos) in sets.items():
        drawn = draw(split, persons, photos, side=faces.side, seed=seed)
        save("drawn_faces", drawn, path, fewest=photos)
    refuse_shared_photos({split: Faces(path) for split, (path, *_) in sets.items()})


@step
def lfw(
    *,
    manifest: Input,
    train: Output,
    test: Output,
    faces: Annotated[FacesParameters, Flat],
    seed: Seed,
) -> None:
    """Prepare Labeled Faces in the Wild from its raw archive.

    Parameters
    ----------
    manifest
        The manifest of the archive, which lies beside it.
    train, test
        The two sets to be made (safetensors), of different persons.
    faces
        How many persons and photos, and what of a photo is kept.
    """
    from triptych.data.faces import Faces, refuse_shared_photos, save
    from triptych.data.fetch import verified
    from triptych.data.lfw import divide, read
    from triptych.data.trees import Tree

    tree = Tree(*verified("lfw", manifest.parent).values())
    persons = divide(
        tree,
        photos=faces.photos,
        train=faces.train_persons,
        test=faces.test_persons,
        seed=seed,
    )
    paths = {"train": train, "test": test}
    for split, path in paths.items():
        photos = read(
            tree, persons[split], most=faces.most_photos, crop=faces.crop, side=faces.side
        )
        save("lfw", photos, path, fewest=faces.photos)
    refuse_shared_photos({split: Faces(path) for split, path in paths.items()})


@step
def lfw_subset(*, whole: Input, subset: Output) -> None:
    """Make the archive that the registry names from the public one, byte for byte.

    Parameters
    ----------
    whole
        The public archive, lfw-deepfunneled.tgz.
    subset
        The archive to be made: data/raw/lfw/lfw-deepfunneled-min10.tar.
    """
    from triptych.data.lfw import write_subset

    write_subset(whole, subset)


STEPS = (digits, mnist, cityscapes, voc, camvid, drawn_scenes, drawn_faces, lfw, lfw_subset)
