"""From raw results to counts of pixels, and from these to scores and differences of methods."""

from typing import Annotated

from cyclopts import Parameter

from triptych.config.segmentation import SceneDataset
from triptych.job.options import Positive, Resamples, Seed
from triptych.job.step import Input, Inputs, Output, step

Contrasts = Annotated[Input, Parameter(help="Read the planned differences of methods (CSV).")]


@step
def iou(*, evaluations: Inputs, iou: Output, counts: Output) -> None:
    """Count the IoU of every class, and the pixels behind it.

    Parameters
    ----------
    evaluations
        Read the raw results of models and seeds on one split.
    iou
        Write the IoU of each model and seed (CSV, shares).
    counts
        Write the intersection and union of every class in every image (CSV, compressed by xz).
    """
    from triptych.drawing.tables import write_csv
    from triptych.segmentation.artifacts.counts import counts_table
    from triptych.segmentation.artifacts.evaluations import partners, read_split
    from triptych.segmentation.artifacts.scores import iou_table
    from triptych.storage.files import replacing

    split = read_split(evaluations)
    write_csv(iou_table(split), iou)
    with replacing(counts) as path:
        table = counts_table([*split, *partners(split)])
        table.to_csv(path, index=False, lineterminator="\n")


@step
def compare(
    *,
    counts: Inputs,
    contrasts: Contrasts,
    scores: Output,
    comparisons: Output,
    classes: Output,
    dataset: SceneDataset,
    resamples: Resamples,
    block: Positive,
    seed: Seed,
) -> None:
    """Compare the methods on one split: means with intervals, paired differences.

    Parameters
    ----------
    counts
        Read the intersections and unions of all models and seeds (CSV).
    scores
        Write the means over seeds with intervals (CSV, percent).
    comparisons
        Write the differences of mIoU between methods (CSV, points).
    classes
        Write the differences of the IoU of every class (CSV, points).
    dataset
        Name of the data set of the split, which the tables do not name.
    block
        Consecutive images of a video that are resampled together.
    """
    import pandas as pd

    from triptych.data.classes import class_table
    from triptych.drawing.tables import write_csv
    from triptych.segmentation.artifacts import scores as numbers
    from triptych.segmentation.artifacts.counts import read_counts
    from triptych.segmentation.artifacts.resampling import resample

    sampled = resample(read_counts(counts, dataset), resamples, block, seed)
    planned, names = pd.read_csv(contrasts), class_table(dataset).names
    write_csv(numbers.scores_table(sampled, names), scores)
    write_csv(numbers.comparisons_table(sampled, planned), comparisons)
    write_csv(numbers.class_differences_table(sampled, planned, names), classes)
