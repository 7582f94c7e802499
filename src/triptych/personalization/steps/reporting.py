"""The steps from features to scores, table, figures, claims and findings."""

from triptych.job.options import Claims, Findings, Metrics, Seed, Tolerances
from triptych.job.step import Input, OptionalInputs, Output, step
from triptych.personalization.steps.options import (
    Classified,
    Comparisons,
    Contrasts,
    Effects,
    Faces,
    Features,
    Networks,
    PublishedTable,
    References,
    Resolution,
    Scores,
    Seeds,
    SettingInWords,
    Source,
)


@step
def scores(
    *,
    features: Features,
    contrasts: Contrasts,
    effects: Effects,
    scores: Output,
    comparisons: Output,
    seeds: Output,
    networks: Output,
    seed: Seed,
) -> None:
    """Score every row, with intervals over persons and trainings, and compare the rows.

    Parameters
    ----------
    scores
        Write Table 1 in its long form (CSV).
    comparisons
        Write the differences between the rows (CSV).
    seeds
        Write the scores of every training of the rows that have several (CSV).
    networks
        Write which networks judged the images (CSV).
    """
    import pandas as pd

    from triptych.drawing.tables import write_csv
    from triptych.personalization.artifacts import scores as tables
    from triptych.personalization.artifacts.comparisons import comparisons_table, read_effects
    from triptych.personalization.artifacts.scoring import score_all
    from triptych.personalization.features import read

    entries = read(features)
    scored, extractor = score_all(entries, seed), entries.extractor.name
    compared = comparisons_table(scored, extractor, pd.read_csv(contrasts), read_effects(effects))
    write_csv(tables.scores_table(scored, entries), scores)
    write_csv(compared, comparisons)
    write_csv(tables.seeds_table(scored, extractor), seeds)
    write_csv(tables.networks_table(entries), networks)


@step
def model_card(
    *,
    manifest: Input,
    scores: Scores,
    card: Output,
    name: str,
    scale: str,
    dataset: str,
    resolution: Resolution,
) -> None:
    """Write the card of a trained model.

    Parameters
    ----------
    manifest
        Read the manifest of the model's folder: the card belongs to these files.
    card
        Write the README.md of the folder.
    name
        base, or an adapter with the seed of its training, such as ip_adapter/0.
    scale
        The scale of the run.
    dataset
        The data set that the model learned from.
    """
    import pandas as pd

    from triptych.personalization.artifacts import cards
    from triptych.storage.files import write_text

    text = cards.model_card(name, scale, dataset, resolution, pd.read_csv(scores))
    write_text(card, text)


@step
def sweeps(
    *,
    features: Features,
    sweeps: Output,
    references: References,
    adapter_scale: float,
    guidance_scale: float,
) -> None:
    """Score the rows with another number of references, adapter scale or guidance scale.

    Parameters
    ----------
    sweeps
        Write the scores against each setting (CSV).
    adapter_scale, guidance_scale
        Setting of the other rows.
    """
    from triptych.drawing.tables import write_csv
    from triptych.personalization.artifacts.sweeps import sweeps_table
    from triptych.personalization.features import read

    usual = {"references": references, "scale": adapter_scale, "guidance": guidance_scale}
    write_csv(sweeps_table(read(features), usual), sweeps)


@step
def table(
    *,
    scores: Scores,
    networks: Networks,
    published: PublishedTable,
    markdown: Output,
    latex: Output,
    words: SettingInWords,
    dataset: Faces,
    resolution: Resolution,
    base: Source,
    adapter: Source,
) -> None:
    """Make Table 1 with this run's and the published numbers in separate columns.

    Parameters
    ----------
    markdown, latex
        Write the table in this format; the scores are its third format.
    """
    import pandas as pd

    from triptych.drawing.tables import write_latex, write_markdown
    from triptych.personalization.artifacts import tables
    from triptych.personalization.artifacts.numbers import network_names
    from triptych.personalization.artifacts.setting import Setting

    measured, judges = pd.read_csv(scores), pd.read_csv(networks)
    extractor, judge = network_names(judges)
    setting = Setting(extractor, judge, dataset, resolution, base, adapter)
    layout = tables.table_layout(measured, pd.read_csv(published), extractor)
    caption = tables.caption(measured, judges, words, setting.obstacle())
    write_markdown(layout, markdown, caption)
    write_latex(layout, latex, caption, label="tab:personalization-table1")


@step
def claims(
    *,
    scores: Scores,
    comparisons: Comparisons,
    seeds: Seeds,
    networks: Networks,
    published: PublishedTable,
    sentences: Input,
    conclusions: Input,
    tolerances: Tolerances,
    claims: Claims,
    metrics: Metrics,
    dataset: Faces,
    resolution: Resolution,
    base: Source,
    adapter: Source,
    classified: Classified = (),
) -> None:
    """Compare every published number and statement with this run's.

    Parameters
    ----------
    sentences
        Read the paper's sentences that can be checked (CSV).
    conclusions
        Read the paper's headline sentences (YAML).
    """
    import pandas as pd

    from triptych.claims.claims import read_tolerances, write_claims
    from triptych.claims.conclusions import outcomes
    from triptych.drawing.tables import write_json
    from triptych.personalization.artifacts.claims import all_claims, headline_metrics
    from triptych.personalization.artifacts.names import PANEL
    from triptych.personalization.artifacts.numbers import Numbers
    from triptych.personalization.artifacts.setting import Setting

    measured = pd.read_csv(scores)
    numbers = Numbers(measured, pd.read_csv(comparisons), pd.read_csv(seeds), pd.read_csv(networks))
    judged = all_claims(
        numbers,
        pd.read_csv(published),
        pd.read_csv(sentences),
        read_tolerances(tolerances, PANEL),
        Setting(numbers.extractor, numbers.judge, dataset, resolution, base, adapter),
        *[pd.read_csv(path) for path in classified],
    )
    write_claims(judged, claims)
    headline = headline_metrics(measured, judged)
    write_json(headline | {"conclusions": outcomes(conclusions, judged)}, metrics)


@step
def findings(
    *,
    scores: Scores,
    comparisons: Comparisons,
    seeds: Seeds,
    networks: Networks,
    published: PublishedTable,
    contrasts: Contrasts,
    effects: Effects,
    findings: Findings,
    words: SettingInWords,
    differences: list[str],
    classified: Classified = (),
    layer: OptionalInputs = (),
    sweeps: OptionalInputs = (),
) -> None:
    """Write what the paper does not say, with computed numbers only.

    Parameters
    ----------
    differences
        How the setting of this run differs from the paper's, one sentence each.
    layer
        Read what the self-attention changes (CSV), if it was measured.
    sweeps
        Read the scores against each setting (CSV), if any.
    """
    import pandas as pd

    from triptych.personalization.artifacts.comparisons import read_effects
    from triptych.personalization.artifacts.findings import Tables, findings_text
    from triptych.personalization.artifacts.numbers import Numbers
    from triptych.storage.files import write_text

    measured, judges = pd.read_csv(scores), pd.read_csv(networks)
    optional = {"classified": classified, "layer": layer, "sweeps": sweeps}
    tables = Tables(
        judges,
        measured,
        pd.read_csv(published),
        pd.read_csv(contrasts),
        read_effects(effects),
        **{name: pd.read_csv(path) for name, paths in optional.items() for path in paths},
    )
    numbers = Numbers(measured, pd.read_csv(comparisons), pd.read_csv(seeds), judges)
    write_text(findings, findings_text(numbers, tables, words=words, differences=differences))
