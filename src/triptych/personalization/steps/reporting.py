"""The steps from features to scores, table, figures, claims and findings."""

from triptych.job.options import Claims, Findings, Metrics, Seed, Tolerances
from triptych.job.step import Input, Inputs, OptionalInputs, Output, step
from triptych.personalization.steps.options import (
    Comparisons,
    Faces,
    Features,
    Figure,
    Networks,
    Persons,
    PublishedTable,
    Resolution,
    Scores,
    SettingInWords,
    Source,
    TestPhotos,
)


@step
def scores(
    *, features: Features, scores: Output, comparisons: Output, networks: Output, seed: Seed
) -> None:
    """Score every row, with intervals over persons and differences between the rows.

    Parameters
    ----------
    scores
        Write Table 1 in its long form (CSV).
    comparisons
        Write the differences between the rows (CSV).
    networks
        Write which networks judged the images (CSV).
    """
    from triptych.drawing.tables import write_csv
    from triptych.personalization.artifacts.scores import (
        comparisons_table,
        networks_table,
        scores_table,
    )
    from triptych.personalization.artifacts.scoring import score_all
    from triptych.personalization.features import read

    entries = read(features)
    scored = score_all(entries, seed)
    write_csv(scores_table(scored, entries), scores)
    write_csv(comparisons_table(scored, entries.extractor.name), comparisons)
    write_csv(networks_table(entries), networks)


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
    from triptych.personalization.artifacts.setting import Setting

    measured, judges = pd.read_csv(scores), pd.read_csv(networks)
    extractor = tables.extractor_of(judges)
    setting = Setting(extractor, dataset, resolution, base, adapter)
    layout = tables.table_layout(measured, pd.read_csv(published), extractor)
    caption = tables.caption(measured, judges, words, setting.obstacle())
    write_markdown(layout, markdown, caption)
    write_latex(layout, latex, caption, label="tab:personalization-table1")


@step
def draw_faces(*, photos: TestPhotos, features: Features, png: Figure, persons: Persons) -> None:
    """Draw Figure 5: the photos of the test persons, references and held-out ones.

    The features name the references.
    """
    from triptych.data.faces import Faces
    from triptych.drawing.figures import save_png
    from triptych.personalization.artifacts.figures import draw_faces
    from triptych.personalization.features import read

    save_png(draw_faces(Faces(photos), read(features).references, persons), png)


@step
def draw_generations(
    *, generated: Inputs, png: Figure, cells: Output, persons: Persons, photos: OptionalInputs = ()
) -> None:
    """Draw Figure 6: the same persons, prompts and seeds by every method of the paper.

    Parameters
    ----------
    generated
        Read the images of each row; all but the paper's are skipped.
    cells
        Write the origin of each cell (CSV).
    photos
        Read the photos of the test persons; without them the figure has no references.
    """
    from triptych.data.faces import Faces
    from triptych.drawing.figures import save_png
    from triptych.drawing.tables import write_csv
    from triptych.personalization.artifacts.cells import cells_table, read_columns, reference_photos
    from triptych.personalization.artifacts.figures import draw_generations

    columns = read_columns(generated, persons)
    references = reference_photos(columns, Faces(photos[0])) if photos else []
    save_png(draw_generations(columns, references), png)
    write_csv(cells_table(columns), cells)


@step
def claims(
    *,
    scores: Scores,
    comparisons: Comparisons,
    networks: Networks,
    published: PublishedTable,
    sentences: Input,
    tolerances: Tolerances,
    claims: Claims,
    metrics: Metrics,
    dataset: Faces,
    resolution: Resolution,
    base: Source,
    adapter: Source,
) -> None:
    """Compare every published number and statement with this run's.

    Parameters
    ----------
    sentences
        Read the paper's sentences that can be checked (CSV).
    """
    import pandas as pd

    from triptych.claims.claims import read_tolerances, write_claims
    from triptych.drawing.tables import write_json
    from triptych.personalization.artifacts.claims import PANEL, all_claims, headline_metrics
    from triptych.personalization.artifacts.numbers import Numbers
    from triptych.personalization.artifacts.setting import Setting
    from triptych.personalization.artifacts.tables import extractor_of

    measured, extractor = pd.read_csv(scores), extractor_of(pd.read_csv(networks))
    judged = all_claims(
        Numbers(measured, pd.read_csv(comparisons), extractor),
        pd.read_csv(published),
        pd.read_csv(sentences),
        read_tolerances(tolerances, PANEL),
        Setting(extractor, dataset, resolution, base, adapter).basis(),
    )
    write_claims(judged, claims)
    write_json(headline_metrics(measured, judged), metrics)


@step
def findings(
    *,
    scores: Scores,
    comparisons: Comparisons,
    networks: Networks,
    published: PublishedTable,
    findings: Findings,
    words: SettingInWords,
    differences: list[str],
) -> None:
    """Write what the paper does not say, with computed numbers only.

    Parameters
    ----------
    differences
        How the setting of this run differs from the paper's, one sentence each.
    """
    import pandas as pd

    from triptych.personalization.artifacts.findings import findings_text
    from triptych.personalization.artifacts.numbers import Numbers
    from triptych.personalization.artifacts.tables import extractor_of
    from triptych.storage.files import write_text

    measured, judges = pd.read_csv(scores), pd.read_csv(networks)
    text = findings_text(
        Numbers(measured, pd.read_csv(comparisons), extractor_of(judges)),
        judges,
        measured,
        pd.read_csv(published),
        words=words,
        differences=differences,
    )
    write_text(findings, text)
