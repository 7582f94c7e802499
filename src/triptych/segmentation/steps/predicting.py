"""From a model and a folder of images to masks: outside of the workflow."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from triptych.config.segmentation import ProtocolParameters, SceneDataset
from triptych.job.options import Flat, Threads
from triptych.job.step import Inputs, LentDevice, step

_WHOLE = ProtocolParameters(kind="whole", batch_size=1)

Scale = Annotated[float, Parameter(validator=Number(gte=0.1, lte=8))]


@step
def predict(
    *,
    model: Inputs,
    images: Path,
    out: Path,
    dataset: SceneDataset,
    protocol: Annotated[ProtocolParameters, Flat] = _WHOLE,
    scales: tuple[Scale, ...] = (1.0,),
    flip: bool = False,
    threads: Threads = 1,
    device: LentDevice,
) -> None:
    """Predict a mask for every image of a folder.

    Parameters
    ----------
    model
        Read the weights of a model, or of the two single networks of an ensemble.
    images
        Read the images (PNG or JPEG) of this folder and its subfolders.
    out
        Write the masks (PNG) into this folder, which must be new or empty.
    dataset
        Data set of the model's classes. It decides the form of the masks: label ids for
        cityscapes, a palette for voc, otherwise class ids.
    scales
        Factors of the image size; the softmaxes of all scales are averaged.
    flip
        Average over the mirror images, too.
    """
    import numpy as np

    from triptych.data.classes import class_table
    from triptych.job.devices import open_device
    from triptych.job.progress import bar
    from triptych.segmentation.averaging import mean_shares
    from triptych.segmentation.masks import Photos, as_image, load_models, mask_files
    from triptych.segmentation.predict import examples
    from triptych.storage.folders import new_folder

    photos, classes = Photos(images, dataset), class_table(dataset)
    files = iter(mask_files(photos))
    with new_folder(out) as folder:
        opened = open_device(device, threads)
        network = load_models(model, opened, classes)
        with bar(range(0), "predicted", total=len(photos), unit="image") as progress:
            for batch, _ in examples(photos, protocol):
                shares = mean_shares(
                    network, batch.to(opened), protocol, len(classes), scales=scales, flip=flip
                )
                for mask in shares.argmax(dim=1).cpu().numpy().astype(np.uint8):
                    file = folder / next(files)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    as_image(mask, dataset).save(file)
                progress.update(len(batch))
