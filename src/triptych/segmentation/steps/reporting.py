"""From scores and raw results to tables, figures, claims and findings."""

from typing import Annotated, Literal

from cyclopts import Parameter

from triptych.config.segmentation import ARCHITECTURES, Architecture, Backbone, SceneDataset
from triptych.job.options import Claims, Findings, Metrics, Positive, Tolerances
from triptych.job.step import Input, Inputs, OptionalInputs, Output, step
from triptych.segmentation.steps.scoring import Contrasts

PublishedTables = Annotated[Inputs, Parameter(help="Read the paper's Tables 1 and 2 (CSV).")]
Comparisons = Annotated[
    Inputs, Parameter(help="Read this run's differences of mIoU, Table 1's first (CSV).")
]
Datasets = Annotated[
    list[SceneDataset], Parameter(help="Names of the data sets of Tables 1 and 2 that were scored.")
]


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
    """Make Table 1 or 2: mIoU and IoU of the classes, next to the published values.

    Parameters
    ----------
    scores
        Read this run's scores; none: the table was not run.
    costs
        Read parameters and multiply-adds of each model; none: leave them out.
    published
        Read the paper's table (CSV).
    csv, markdown, latex
        Write the table in this format.
    number
        Number of the table.
    setting
        Data set and split, backbone, batch, crop and test protocol, for the caption.
    dataset
        Name of the data set that was scored, if any.
    """
    import pandas as pd

    from triptych.drawing.tables import write_csv, write_latex, write_markdown
    from triptych.segmentation.artifacts import tables

    scored, price = (pd.read_csv(paths[0]) if paths else None for paths in (scores, costs))
    cells = tables.result_table(scored, pd.read_csv(published))
    write_csv(cells, csv)
    layout = tables.result_layout(cells, scored, price, number)
    caption = tables.caption(number, setting, scored, dataset)
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
    photos: bool,
) -> None:
    """Draw Figure 3 or 4: images, ground truth, and the predictions of each method.

    Parameters
    ----------
    evaluations
        Read the raw results on the splits below; those of other networks are ignored.
    data
        Read the splits that were scored, in the order of the tables.
    png
        Write the figure.
    network
        Network whose predictions are drawn.
    images
        Rows of each data set.
    photos
        Whether the column of the images themselves is drawn.
    """
    from triptych.data.scenes import Scenes
    from triptych.drawing.figures import save_png
    from triptych.segmentation.artifacts.figures import draw_scenes
    from triptych.segmentation.raw import read

    chosen = [evaluation for evaluation in map(read, evaluations) if evaluation.network == network]
    scenes = [Scenes(path) for path in data]
    save_png(draw_scenes(chosen, scenes, images, photos=photos), png)


@step
def differences_figure(
    *,
    comparisons: Comparisons,
    published: PublishedTables,
    svg: Output,
    png: Output,
    datasets: Datasets,
) -> None:
    """Draw the differences between methods with their intervals, beside the paper's.

    Parameters
    ----------
    svg, png
        Write the figure in this format.
    """
    import pandas as pd

    from triptych.drawing.figures import save_figure
    from triptych.segmentation.artifacts.differences import draw_differences

    gaps = dict(zip(datasets, map(pd.read_csv, comparisons), strict=True))
    printed = dict(zip(datasets, map(pd.read_csv, published), strict=False))
    save_figure(draw_differences(gaps, printed), svg, png)


@step
def claims(
    *,
    scores: Inputs,
    comparisons: Comparisons,
    published: PublishedTables,
    contrasts: Contrasts,
    sentences: Input,
    conclusions: Input,
    tolerances: Tolerances,
    claims: Claims,
    metrics: Metrics,
    datasets: Datasets,
    recipes: list[str],
    backbone: Backbone,
    pretrained: bool,
) -> None:
    """Compare every published number and statement with this run's.

    Parameters
    ----------
    scores
        Read this run's scores, Table 1's first (CSV).
    sentences
        Read the paper's statements that can be checked (CSV).
    conclusions
        Read the paper's headline sentences (YAML).
    recipes
        Name of the training recipe of DANet and of DeepLabv3+, for each data set.
    backbone
        Name of the residual network.
    pretrained
        Whether the backbone started with ImageNet weights.
    """
    import pandas as pd

    from triptych.claims.claims import read_tolerances, write_claims
    from triptych.claims.conclusions import outcomes
    from triptych.drawing.tables import write_json
    from triptych.segmentation.artifacts.claims import Setting, all_claims, headline_metrics
    from triptych.segmentation.artifacts.tables import by_table

    results = by_table(map(pd.read_csv, scores))
    scored = by_table(datasets)
    names = iter(recipes)
    settings = {
        table: Setting(dataset, backbone, pretrained, {name: next(names) for name in ARCHITECTURES})
        for table, dataset in scored.items()
    }
    verdicts = all_claims(
        results,
        by_table(map(pd.read_csv, comparisons)),
        by_table(map(pd.read_csv, published)),
        pd.read_csv(contrasts),
        pd.read_csv(sentences),
        read_tolerances(tolerances, "segmentation"),
        settings,
    )
    write_claims(verdicts, claims)
    headline = headline_metrics(results, scored, verdicts)
    write_json(headline | {"conclusions": outcomes(conclusions, verdicts)}, metrics)


@step
def findings(
    *,
    iou: Inputs,
    comparisons: Comparisons,
    histories: OptionalInputs = (),
    published: PublishedTables,
    mmsegmentation: Input,
    findings: Findings,
    datasets: Datasets,
    iou_datasets: list[SceneDataset],
    trainings: list[str],
    selections: list[str],
    differences: list[str],
) -> None:
    """Write the findings that go beyond the paper, every number computed.

    Parameters
    ----------
    iou
        Read this run's IoU of every class, of methods and controls, Table 1's first (CSV).
    histories
        Read the history of each training (CSV).
    mmsegmentation
        Read the scores of the same single networks in another code base (CSV).
    iou_datasets
        Name of the data set of each table of IoU.
    trainings
        The data set, network, member and number of each history, such as camvid/danet/partner/0.
    selections
        Which weights were scored, and on which images they were chosen, a sentence for each table.
    differences
        How this run's setting differs from the paper's, a sentence each.
    """
    import pandas as pd

    from triptych.segmentation.artifacts.findings import findings_text
    from triptych.segmentation.artifacts.selection import validations
    from triptych.segmentation.artifacts.tables import by_table
    from triptych.storage.files import write_text

    pairs = list(zip(iou_datasets, map(pd.read_csv, iou), strict=True))
    joined = {
        dataset: pd.concat([table for name, table in pairs if name == dataset])
        for dataset in datasets
    }
    text = findings_text(
        by_table(map(pd.read_csv, published)),
        pd.read_csv(mmsegmentation),
        by_table(joined.values()),
        by_table(map(pd.read_csv, comparisons)),
        datasets=by_table(datasets),
        validations=validations(trainings, map(pd.read_csv, histories)),
        selections=selections,
        differences=differences,
    )
    write_text(findings, text)
