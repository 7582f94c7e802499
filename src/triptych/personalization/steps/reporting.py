"""From what the networks see to what a reader sees: scores, table, figures, claims, findings."""

from triptych.config.personalization import FaceDataset
from triptych.job.options import Findings, Metrics, Positive, Tolerances
from triptych.job.step import Input, Inputs, OptionalInputs, Output, step


@step
def scores(
    *, features: Input, scores: Output, comparisons: Output, networks: Output, seed: int
) -> None:
    """Score every row, with intervals over persons and differences between the rows.

    Parameters
    ----------
    features
        What the networks see in real and generated images.
    scores
        Table 1 in its long form to be made (CSV).
    comparisons
        The differences between rows to be made (CSV).
    networks
        What judged the images to be made (CSV).
    """
    from triptych.drawing.tables import write_csv
    from triptych.personalization.artifacts.scores import (
        comparisons_table,
        networks_table,
        scores_table,
    )
    from triptych.personalization.artifacts.scoring import score_all
    from triptych.personalization.features import read

    seen = read(features)
    found = score_all(seen, seed)
    write_csv(scores_table(found, seen), scores)
    write_csv(comparisons_table(found, seen.extractor.name), comparisons)
    write_csv(networks_table(seen), networks)


@step
def table(
    *,
    scores: Input,
    networks: Input,
    published: Input,
    markdown: Output,
    latex: Output,
    words: str,
    dataset: FaceDataset,
    resolution: Positive,
    base: str,
    adapter: str,
) -> None:
    """Make Table 1 for a reader: ours and the published numbers in columns of their own.

    Parameters
    ----------
    scores, networks
        Our scores, and what judged the images.
    published
        The paper's table.
    markdown, latex
        The table to be made in two formats; the third is the scores.
    words
        Data set, resolution and models in words, for the caption.
    dataset, resolution
        Which faces, and the side of a generated image in pixels.
    base, adapter
        The registry's entry of a released model, or trained.
    """
    import pandas as pd

    from triptych.drawing.tables import write_latex, write_markdown
    from triptych.personalization.artifacts import tables
    from triptych.personalization.artifacts.setting import Setting

    ours, judges = pd.read_csv(scores), pd.read_csv(networks)
    extractor = tables.extractor_of(judges)
    setting = Setting(extractor, dataset, resolution, base, adapter)
    layout = tables.table_layout(ours, pd.read_csv(published), extractor)
    caption = tables.caption(ours, judges, words, setting.obstacle())
    write_markdown(layout, markdown, caption)
    write_latex(layout, latex, caption, label="tab:personalization-table1")


@step
def draw_faces(*, photos: Input, features: Input, png: Output, persons: int) -> None:
    """Draw Figure 5: the photos of the set that was used, references and held-out ones.

    Parameters
    ----------
    photos
        Of the test persons.
    features
        Says which photos are references.
    png
        The figure to be made.
    persons
        How many persons, at most.
    """
    from triptych.data.faces import Faces
    from triptych.drawing.figures import save_png
    from triptych.personalization.artifacts.figures import draw_faces
    from triptych.personalization.features import read

    save_png(draw_faces(Faces(photos), read(features).references, persons), png)


@step
def draw_generations(
    *,
    generated: Inputs,
    png: Output,
    cells: Output,
    persons: int,
    photos: OptionalInputs = (),
) -> None:
    """Draw Figure 6: the same persons, prompts and seeds by every method of the paper.

    Parameters
    ----------
    generated
        The images of each row; those of the controls are passed over.
    png
        The figure to be made.
    cells
        Where each cell comes from to be made (CSV).
    persons
        Rows of the figure, at most.
    photos
        Of the test persons; without them the column of the references is left out.
    """
    from triptych.data.faces import Faces
    from triptych.drawing.figures import save_png
    from triptych.drawing.tables import write_csv
    from triptych.personalization.artifacts.cells import (
        cells_table,
        read_columns,
        reference_photos,
    )
    from triptych.personalization.artifacts.figures import draw_generations

    columns = read_columns(generated, persons)
    references = reference_photos(columns, Faces(photos[0])) if photos else []
    save_png(draw_generations(columns, references), png)
    write_csv(cells_table(columns), cells)


@step
def claims(
    *,
    scores: Input,
    comparisons: Input,
    networks: Input,
    published: Input,
    sentences: Input,
    tolerances: Tolerances,
    claims: Output,
    metrics: Metrics,
    dataset: FaceDataset,
    resolution: Positive,
    base: str,
    adapter: str,
) -> None:
    """Compare every published number and statement with this run's.

    Parameters
    ----------
    scores, comparisons, networks
        Our tables.
    published
        The paper's table.
    sentences
        The paper's sentences that can be checked.
    claims
        The verdicts to be made (CSV).
    dataset, resolution
        Which faces, and the side of a generated image in pixels.
    base, adapter
        The registry's entry of a released model, or trained.
    """
    import pandas as pd

    from triptych.claims.claims import read_tolerances, write_claims
    from triptych.drawing.tables import write_json
    from triptych.personalization.artifacts.claims import PANEL, all_claims, headline_metrics
    from triptych.personalization.artifacts.numbers import Numbers
    from triptych.personalization.artifacts.setting import Setting
    from triptych.personalization.artifacts.tables import extractor_of

    ours, extractor = pd.read_csv(scores), extractor_of(pd.read_csv(networks))
    found = all_claims(
        Numbers(ours, pd.read_csv(comparisons), extractor),
        pd.read_csv(published),
        pd.read_csv(sentences),
        read_tolerances(tolerances, PANEL),
        Setting(extractor, dataset, resolution, base, adapter).basis(),
    )
    write_claims(found, claims)
    write_json(headline_metrics(ours, found), metrics)


@step
def findings(
    *,
    scores: Input,
    comparisons: Input,
    networks: Input,
    published: Input,
    findings: Findings,
    words: str,
    differences: list[str],
) -> None:
    """Write down what the paper does not say, every number computed.

    Parameters
    ----------
    scores, comparisons, networks
        Our tables.
    published
        The paper's table.
    words
        Data set, resolution and models in words.
    differences
        How our setting differs from the paper's, a sentence each.
    """
    import pandas as pd

    from triptych.personalization.artifacts.findings import findings_text
    from triptych.personalization.artifacts.numbers import Numbers
    from triptych.personalization.artifacts.tables import extractor_of
    from triptych.storage.files import write_text

    ours, judges = pd.read_csv(scores), pd.read_csv(networks)
    text = findings_text(
        Numbers(ours, pd.read_csv(comparisons), extractor_of(judges)),
        judges,
        ours,
        pd.read_csv(published),
        words=words,
        differences=differences,
    )
    write_text(findings, text)
