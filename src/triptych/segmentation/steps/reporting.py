"""From raw results to what a reader sees: tables, figures, claims, findings."""

from typing import Literal

from triptych.config.segmentation import ARCHITECTURES, Architecture, Backbone, SceneDataset
from triptych.job.options import Findings, Metrics, Positive, Resamples, Seed, Tolerances
from triptych.job.step import Input, Inputs, OptionalInputs, Output, step


@step
def iou(
    *,
    evaluations: Inputs,
    iou: Output,
    scores: Output,
    comparisons: Output,
    resamples: Resamples,
    seed: Seed,
) -> None:
    """Count the IoU of every class, with intervals and paired differences of the methods.

    Parameters
    ----------
    evaluations
        All models and seeds on one split.
    iou
        The IoU of each model and seed to be made (CSV, shares).
    scores
        The means over seeds with intervals to be made (CSV, percent).
    comparisons
        The differences of mIoU between methods to be made (CSV, points).
    """
    from triptych.drawing.tables import write_csv
    from triptych.segmentation.artifacts.evaluations import classes_of, read_split
    from triptych.segmentation.artifacts.resampling import resample
    from triptych.segmentation.artifacts.scores import comparisons_table, iou_table, scores_table

    split = read_split(evaluations)
    sampled = resample(split, resamples, seed)
    write_csv(iou_table(split), iou)
    write_csv(scores_table(sampled, classes_of(split[0]).names), scores)
    write_csv(comparisons_table(sampled), comparisons)


@step
def table(
    *,
    scores: OptionalInputs = (),
    costs: OptionalInputs = (),
    published: Input,
    csv: Output,
    markdown: Output,
    latex: Output,
    number: Literal[1, 2],
    setting: str,
    dataset: SceneDataset | None = None,
) -> None:
    """Make Table 1 or 2: mIoU and IoU of the classes, ours beside the published.

    Parameters
    ----------
    scores
        Our scores; none where the table was not run.
    costs
        Parameters and multiplications of each model; none leaves them out.
    published
        The paper's table.
    csv, markdown, latex
        The table to be made in three formats.
    number
        1 or 2.
    setting
        Data set and split, backbone, batch, crop, test protocol, for the caption.
    dataset
        What was scored, if anything.
    """
    import pandas as pd

    from triptych.drawing.tables import write_csv, write_latex, write_markdown
    from triptych.segmentation.artifacts import tables

    ours, price = (pd.read_csv(given[0]) if given else None for given in (scores, costs))
    result = tables.result_table(ours, pd.read_csv(published))
    write_csv(result, csv)
    layout = tables.result_layout(result, ours, price, number)
    caption = tables.caption(number, setting, ours, dataset)
    write_markdown(layout, markdown, caption)
    write_latex(tables.upright(layout), latex, caption, label=f"tab:segmentation-table{number}")


@step
def figure(
    *,
    evaluations: Inputs,
    data: Inputs,
    png: Output,
    network: Architecture,
    images: Positive,
    photos: bool = True,
) -> None:
    """Draw Figure 3 or 4: images, ground truth, and what each method sees.

    Parameters
    ----------
    evaluations
        Models on the splits below; those of other networks are passed over.
    data
        The splits that were scored, in the order of the tables.
    png
        The figure to be made.
    network
        Whose predictions are drawn.
    images
        Rows of each data set.
    photos
        Whether the column of the images themselves is drawn.
    """
    from triptych.data.scenes import Scenes
    from triptych.drawing.figures import save_png
    from triptych.segmentation.artifacts.figures import draw_scenes
    from triptych.segmentation.raw import read

    chosen = [one for one in map(read, evaluations) if one.network == network]
    scenes = [Scenes(path) for path in data]
    save_png(draw_scenes(chosen, scenes, images, photos=photos), png)


@step
def claims(
    *,
    scores: Inputs,
    comparisons: Inputs,
    published: Inputs,
    sentences: Input,
    tolerances: Tolerances,
    claims: Output,
    metrics: Metrics,
    datasets: list[SceneDataset],
    recipes: list[str],
    backbone: Backbone,
    pretrained: bool,
) -> None:
    """Compare every published number and statement with this run's.

    Parameters
    ----------
    scores, comparisons
        Our tables, Table 1's first; nothing for a table that was not run.
    published
        The paper's Tables 1 and 2.
    sentences
        The paper's sentences that can be checked.
    claims
        The verdicts to be made (CSV).
    datasets
        The data sets that were scored, in the order of the scores.
    recipes
        Name of the training recipe of DANet and of DeepLabv3+, for each data set.
    backbone
        The residual network.
    pretrained
        Whether the backbone started with ImageNet weights.
    """
    import pandas as pd

    from triptych.claims.claims import read_tolerances, write_claims
    from triptych.drawing.tables import write_json
    from triptych.segmentation.artifacts.claims import Setting, all_claims, headline_metrics
    from triptych.segmentation.artifacts.tables import by_table

    ours = by_table(map(pd.read_csv, scores))
    scored = by_table(datasets)
    names = iter(recipes)
    settings = {
        table: Setting(dataset, backbone, pretrained, {name: next(names) for name in ARCHITECTURES})
        for table, dataset in scored.items()
    }
    found = all_claims(
        ours,
        by_table(map(pd.read_csv, comparisons)),
        by_table(map(pd.read_csv, published)),
        pd.read_csv(sentences),
        read_tolerances(tolerances, "segmentation"),
        settings,
    )
    write_claims(found, claims)
    write_json(headline_metrics(ours, scored, found), metrics)


@step
def findings(
    *,
    iou: Inputs,
    comparisons: Inputs,
    published: Inputs,
    mmsegmentation: Input,
    findings: Findings,
    datasets: list[SceneDataset],
    differences: list[str],
) -> None:
    """Write down what the paper does not say, every number computed.

    Parameters
    ----------
    iou, comparisons
        Our tables, Table 1's first; nothing for a table that was not run.
    published
        The paper's Tables 1 and 2.
    mmsegmentation
        What the same single networks reach elsewhere.
    datasets
        What was scored, in the order of our tables.
    differences
        How our setting differs from the paper's, a sentence each.
    """
    import pandas as pd

    from triptych.segmentation.artifacts.findings import findings_text
    from triptych.segmentation.artifacts.tables import by_table
    from triptych.storage.files import write_text

    text = findings_text(
        by_table(map(pd.read_csv, published)),
        pd.read_csv(mmsegmentation),
        by_table(map(pd.read_csv, iou)),
        by_table(map(pd.read_csv, comparisons)),
        datasets=by_table(datasets),
        differences=differences,
    )
    write_text(findings, text)
