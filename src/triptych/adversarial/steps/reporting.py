"""Steps from raw results to curves, tables, figures, claims and findings."""

from typing import Annotated, Literal

from triptych.config.adversarial import PgdParameters
from triptych.config.section import Scale
from triptych.job.options import (
    Claims,
    Dataset,
    Findings,
    Flat,
    Metrics,
    Positive,
    Seed,
    Tolerances,
)
from triptych.job.step import Input, OptionalInputs, Output, step

Metric = Literal["tpr", "accuracy", "combined"]


@step
def curves(*, natural: Input, secret: Input, thresholds: Input, curves: Output) -> None:
    """Compute accuracy, detection and their sum at every epsilon, in both readings.

    Parameters
    ----------
    natural, secret
        Scores of the attacks with a random start on the two networks.
    thresholds
        Thresholds of the detector.
    curves
        Write the curves (CSV).
    """
    from triptych.adversarial.artifacts.tables import curves_table, read_thresholds
    from triptych.adversarial.raw import read_scores
    from triptych.drawing.tables import write_csv

    scores = {"natural": read_scores(natural), "secret": read_scores(secret)}
    write_csv(curves_table(scores, read_thresholds(thresholds)), curves)


@step
def control(
    *,
    data: Input,
    natural: Input,
    secret: Input,
    natural_zero_start: Input,
    secret_zero_start: Input,
    thresholds: Input,
    controls: Output,
    test_images: Positive,
    seed: Seed,
) -> None:
    """Compute controls that the paper lacks: noise, no random start, Equation 3 as printed.

    Parameters
    ----------
    data
        The test set.
    natural, secret
        Scores of the attacks with a random start.
    natural_zero_start, secret_zero_start
        Scores of the attacks without one.
    thresholds
        The detector's thresholds.
    controls
        Write the table (CSV).
    test_images
        Number of images that were attacked.
    """
    from triptych.adversarial.artifacts.tables import controls_table, read_thresholds
    from triptych.adversarial.evaluate import noisy
    from triptych.adversarial.raw import read_scores
    from triptych.data.images import load
    from triptych.drawing.tables import write_csv

    images = load(data).first(test_images)
    with_start = {"natural": read_scores(natural), "secret": read_scores(secret)}
    without = {"natural": read_scores(natural_zero_start), "secret": read_scores(secret_zero_start)}
    epsilons = with_start["natural"].epsilons.tolist()
    noise = ((epsilon, noisy(images, epsilon, seed)) for epsilon in epsilons)
    table = controls_table(noise, with_start, without, read_thresholds(thresholds))
    write_csv(table, controls)


@step
def table2(
    *,
    curves: Input,
    published: Input,
    csv: Output,
    markdown: Output,
    latex: Output,
    dataset: Dataset,
) -> None:
    """Make Table II: reproduced and published true positive rates at fifteen epsilons.

    Parameters
    ----------
    curves
        Curves of this run.
    published
        The paper's Table II.
    csv, markdown, latex
        Write the table in this format.
    """
    import pandas as pd

    from triptych.adversarial.artifacts.tables import table2_layout, table2_table
    from triptych.drawing.tables import write_csv, write_latex, write_markdown

    reproduced = pd.read_csv(curves)
    table = table2_table(reproduced, pd.read_csv(published))
    write_csv(table, csv)
    caption = (
        "Table II. True positive rate: images misclassified and flagged, of all images. "
        f"This run: {dataset}, n = {reproduced['n'].max()}; published: mnist, n = 10000."
    )
    write_markdown(table2_layout(table), markdown, caption)
    write_latex(table2_layout(table), latex, caption, label="tab:adversarial-table2")


@step
def figure(
    *,
    curves: Input,
    published: Input,
    adaptive: OptionalInputs = (),
    svg: Output,
    png: Output,
    metric: Metric,
    dataset: Dataset,
) -> None:
    """Draw Figure 2, 3 or 4 with the reproduced and the published curves.

    Parameters
    ----------
    curves
        Curves of this run.
    published
        The paper's curves.
    adaptive
        Curves of the attack that knows the detector; without them the figure is the paper's.
    svg, png
        Write the figure in this format.
    metric
        tpr, accuracy or combined.
    """
    import pandas as pd

    from triptych.adversarial.artifacts.figures import draw_curves
    from triptych.drawing.figures import save_figure

    aware = pd.read_csv(adaptive[0]) if adaptive else None
    drawn = draw_curves(pd.read_csv(curves), pd.read_csv(published), metric, dataset, aware)
    save_figure(drawn, svg, png)


@step
def workflow_figure(*, svg: Output, png: Output, scale: Scale, section: str) -> None:
    """Draw Figure 1, the workflow from data to results, from Snakemake's rule graph.

    Parameters
    ----------
    svg, png
        Write the figure in this format.
    scale, section
        The scale whose rules are drawn, and the panel's parameters there (JSON).
    """
    from triptych.drawing.figures import save_figure
    from triptych.drawing.rulegraph import draw_rules
    from triptych.engine.rulegraph import read_rules

    save_figure(draw_rules(read_rules("adversarial", scale, section)), svg, png)


@step
def claims(
    *,
    data: Input,
    curves: Input,
    controls: Input,
    adaptive: Input,
    published_curves: Input,
    published_table2: Input,
    published_sentences: Input,
    training_length: OptionalInputs = (),
    conclusions: Input,
    tolerances: Tolerances,
    claims: Claims,
    metrics: Metrics,
    recipes: tuple[str, str],
    dataset: Dataset,
) -> None:
    """Compare every published number and statement with this run's numbers.

    Parameters
    ----------
    data
        The test set, whose classes are counted.
    curves, controls, adaptive
        Tables of this run.
    published_curves, published_table2, published_sentences
        The paper's curves, its Table II, and statements that can be checked.
    training_length
        Trainings of several lengths and seeds.
    conclusions
        The paper's headline sentences.
    recipes
        The recipe of the natural and of the secret network.
    """
    import pandas as pd

    from triptych.adversarial.artifacts.claims import all_claims, headline_metrics
    from triptych.adversarial.artifacts.worst_case import largest_share
    from triptych.claims.claims import read_tolerances, write_claims
    from triptych.claims.conclusions import outcomes
    from triptych.data.images import load
    from triptych.drawing.tables import write_json

    table, aware = pd.read_csv(curves), pd.read_csv(adaptive)
    compared = all_claims(
        table,
        pd.read_csv(controls),
        aware,
        pd.read_csv(published_curves),
        pd.read_csv(published_table2),
        pd.read_csv(published_sentences),
        read_tolerances(tolerances, "adversarial"),
        dataset=dataset,
        class_share=largest_share(load(data).labels),
        recipes=dict(zip(("natural", "secret"), recipes, strict=True)),
        training_length=pd.read_csv(training_length[0]) if training_length else None,
    )
    write_claims(compared, claims)
    headline = headline_metrics(table, aware, compared)
    write_json(headline | {"conclusions": outcomes(conclusions, compared)}, metrics)


@step
def findings(
    *,
    data: Input,
    curves: Input,
    controls: Input,
    adaptive: Input,
    thresholds: Input,
    auc: Input,
    published_curves: Input,
    training_length: OptionalInputs = (),
    findings: Findings,
    pgd: Annotated[PgdParameters, Flat],
    recipes: tuple[str, str],
    dataset: Dataset,
    convergence: OptionalInputs = (),
) -> None:
    """Write findings that the paper does not report; every number is computed.

    Parameters
    ----------
    data
        The test set, whose classes are counted.
    curves, controls, adaptive, thresholds, auc
        Tables of this run.
    published_curves
        The paper's curves.
    training_length
        Trainings of several lengths and seeds.
    pgd
        The attack.
    recipes
        Origin of the natural and of the secret network's weights.
    convergence
        Read how the attack converges (CSV), if it was checked.
    """
    import pandas as pd

    from triptych.adversarial.artifacts.findings import findings_text
    from triptych.adversarial.artifacts.worst_case import largest_share
    from triptych.data.images import load
    from triptych.storage.files import write_text

    paths = (curves, controls, adaptive, thresholds, published_curves, auc)
    tables = [pd.read_csv(path) for path in paths]
    reach = pgd.steps * pgd.step_size
    origins = dict(zip(("natural", "secret"), recipes, strict=True))
    text = findings_text(
        *tables,
        recipes=origins,
        steps=pgd.steps,
        reach=reach,
        dataset=dataset,
        class_share=largest_share(load(data).labels),
        convergence=pd.read_csv(convergence[0]) if convergence else None,
        training_length=pd.read_csv(training_length[0]) if training_length else None,
    )
    write_text(findings, text)
