"""The steps that compute what the judging networks see in images."""

from typing import Annotated

from cyclopts import Parameter

from triptych.config.personalization import (
    CaptionProvider,
    FaceAlignment,
    FeatureExtractor,
    IdentityJudge,
)
from triptych.job.options import Positive, Threads
from triptych.job.step import Input, Inputs, LentDevice, OptionalInputs, Output, step
from triptych.job.workspace import Workspace
from triptych.personalization.steps.options import Base, Captions, TestPhotos

Manifests = Annotated[Inputs, Parameter(help="Read the manifests of the networks' weights.")]


@step
def extract(
    *,
    photos: TestPhotos,
    captions: Captions,
    generated: Inputs,
    extractor_weights: Input,
    identity_weights: Input,
    training_photos: OptionalInputs = (),
    base: OptionalInputs = (),
    clip: OptionalInputs = (),
    features: Output,
    extractor: FeatureExtractor,
    identity: IdentityJudge,
    alignment: FaceAlignment,
    crop: Positive,
    provider: CaptionProvider,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Compute the features of all real and generated photos that the scores need.

    Parameters
    ----------
    generated
        Read the images of all rows.
    extractor_weights, identity_weights
        Read this network: the file of the trained one, or the manifest of a released one.
    training_photos
        Read the photos of the training persons, around which dlib's identities are centered.
    base
        Read the manifest of the base model; its autoencoder makes a control of the real photos.
    clip
        Read the manifest of CLIP, which compares images with LLaVA's captions.
    features
        Write features, class probabilities and identities (safetensors).
    extractor
        The network whose features and classes are compared.
    identity
        The network that measures identity.
    alignment
        How faces are aligned for it: where deep funneling puts them, or by landmarks.
    crop
        Side of the central square of LFW's photos that the images show, pixels.
    provider
        The provider of the captions, which decides how images are compared with them.
    """
    from triptych.data.faces import Faces
    from triptych.job.devices import open_device
    from triptych.personalization.evaluate import see_everything
    from triptych.personalization.features import write
    from triptych.personalization.fidelity import add_fidelity, open_judge
    from triptych.personalization.judges.opening import open_face_judge, open_feature_judge
    from triptych.personalization.raw import read

    opened, faces = open_device(device, threads), Faces(photos)
    feature_judge = open_feature_judge(extractor, extractor_weights, opened)
    face_judge = open_face_judge(
        identity, identity_weights, training_photos, alignment, crop, opened
    )
    rows = [read(path) for path in generated]
    described = see_everything(
        feature_judge,
        face_judge,
        faces,
        rows,
        next(iter(base), None),
        workspace,
        opened,
    )
    judge = open_judge(provider, next(iter(clip), None), opened)
    write(add_fidelity(described, faces, rows, captions, judge), features)


@step
def classify_photos(
    *,
    photos: TestPhotos,
    manifest: Input,
    weights: Manifests,
    scores: Output,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Compute the class scores of real photos in both readings of Equation 5.

    Parameters
    ----------
    manifest
        Read the manifest of the raw archive of Labeled Faces in the Wild.
    scores
        Write the scores by each network (CSV).
    """
    from triptych.data.faces import Faces
    from triptych.drawing.tables import write_csv
    from triptych.job.devices import open_device
    from triptych.personalization.class_scores import originals, score_photos

    images = originals(manifest, Faces(photos))
    write_csv(score_photos(images, weights, workspace, open_device(device, threads)), scores)


@step
def layer(
    *,
    plain: Input,
    finetuned: Inputs,
    attending: Inputs,
    base: Base,
    adapters: Inputs,
    photos: TestPhotos,
    layer: Output,
    threads: Threads,
    device: LentDevice,
) -> None:
    """Measure what the self-attention changes, in pixels and in embeddings.

    Parameters
    ----------
    plain
        Read the images of the plain adapter.
    finetuned, attending
        Read the images of every training without and with self-attention.
    adapters
        Read the manifest of every training with self-attention, in the order of their images.
    layer
        Write the differences, a row for each training (CSV).
    """
    from triptych.drawing.tables import write_csv
    from triptych.job.devices import open_device
    from triptych.personalization.artifacts.layer import embedding_changes, layer_table
    from triptych.personalization.raw import read

    opened = open_device(device, threads)
    changes = embedding_changes(base, adapters, read(plain), photos, opened)
    write_csv(layer_table(plain, finetuned, attending, changes), layer)
