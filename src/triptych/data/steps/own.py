"""The steps that take in photos and models of one's own."""

from triptych.data.own import Part
from triptych.data.steps.preparing import FaceOptions, Manifest, TestSet, TrainingSet
from triptych.errors import UserError
from triptych.job.options import Seed
from triptych.job.step import Output, step


@step
def folder(
    *, manifest: Manifest, train: TrainingSet, test: TestSet, faces: FaceOptions, seed: Seed
) -> None:
    """Prepare photos of one's own: a folder with a folder of each person.

    Raises
    ------
    UserError
        The parameters are those of another data set.
    """
    from triptych.data import photo_folder
    from triptych.data.faces import Faces, refuse_shared_photos, save
    from triptych.data.own import path_of
    from triptych.storage.folders import read_manifest, verified_folder

    if faces.folder is None:
        raise UserError(
            expected="the folder of the photos",
            found="none",
            where=f"the parameters of {faces.dataset}",
            remedy="use the data set folder, and name it: --folder.path FOLDER",
        )
    verified_folder(manifest)
    digests, photos = read_manifest(manifest), path_of(faces.folder.path)
    persons = photo_folder.by_person(digests, photos)
    photo_folder.refuse_equal_files(digests, photos)
    division = photo_folder.divide(
        persons,
        photos,
        photos=faces.photos,
        train=faces.train_persons,
        test=faces.test_persons,
        seed=seed,
    )
    paths = {"train": train, "test": test}
    for split, path in paths.items():
        chosen = photo_folder.read(
            photos,
            {person: persons[person] for person in division[split]},
            most=faces.most_photos,
            crop=faces.crop,
            side=faces.side,
            faceless=faces.folder.allow_faceless,
        )
        save("folder", chosen, path, fewest=faces.photos)
    refuse_shared_photos({split: Faces(path) for split, path in paths.items()})


@step
def link(*, manifest: Output, part: Part, path: str) -> None:
    """Link the files of a model or of photos on this machine, and record their hashes.

    Parameters
    ----------
    manifest
        Write the manifest of the links, which lie next to it.
    part
        What the folder holds: a base model, an adapter, or photos.
    path
        The folder. It is not changed.
    """
    from triptych.data.own import folder_of
    from triptych.storage.folders import link_folder

    link_folder(manifest, folder_of(part, path))


@step
def hub_model(*, manifest: Output, repository: str, revision: str) -> None:
    """Fetch a base model of the Hugging Face Hub at a commit, and record its hashes.

    Parameters
    ----------
    manifest
        Write the manifest of the files, which lie next to it.
    repository, revision
        Id of the repository, OWNER/NAME, and the commit.
    """
    from triptych.data.fetch import mirror_from
    from triptych.data.hub_models import fetch_model

    fetch_model(manifest, repository, revision, mirror_from(None))
