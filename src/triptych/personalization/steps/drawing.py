"""The steps that draw the figures of panel 3."""

from triptych.job.step import Input, Inputs, OptionalInputs, Output, step
from triptych.personalization.steps.options import (
    Features,
    Figure,
    Persons,
    Scores,
    TestPhotos,
)


@step
def draw_sweep(*, sweeps: Input, svg: Output, png: Figure, setting: str) -> None:
    """Draw identity and fidelity against a setting.

    Parameters
    ----------
    sweeps
        Read the scores against each setting (CSV).
    svg
        Write the figure (SVG).
    setting
        references, scale or guidance.
    """
    import pandas as pd

    from triptych.drawing.figures import save_figure
    from triptych.personalization.artifacts.sweeps import draw_sweep as draw

    save_figure(draw(pd.read_csv(sweeps), setting), svg, png)


@step
def draw_methods(*, scores: Scores, svg: Output, png: Figure) -> None:
    """Draw identity, prompt fidelity and kernel distance of every row with its interval.

    Parameters
    ----------
    svg
        Write the figure (SVG).
    """
    import pandas as pd

    from triptych.drawing.figures import save_figure
    from triptych.personalization.artifacts.methods_figure import draw_methods as draw

    save_figure(draw(pd.read_csv(scores)), svg, png)


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
