"""The step that joins the claims of all panels and judges the papers' conclusions."""

from triptych.job.step import Inputs, OptionalInputs, Output, step


@step
def join(
    *, panels: Inputs, sentences: OptionalInputs = (), claims: Output, conclusions: Output
) -> None:
    """Join the claims of all panels, and judge the papers' conclusions by them.

    Parameters
    ----------
    panels
        Read the claims of each panel (CSV).
    sentences
        Headline sentences of the papers, PANEL/conclusions.yaml.
    claims
        Write the joined claims (CSV).
    conclusions
        Write the outcome of each headline sentence (CSV).
    """
    import pandas as pd

    from triptych.claims.claims import write_claims
    from triptych.claims.conclusions import COLUMNS, conclude, read_sentences
    from triptych.claims.reading import read_claims
    from triptych.drawing.tables import write_csv

    joined = [claim for path in panels for claim in read_claims(path)]
    write_claims(joined, claims)
    judged = [
        conclusion.as_row()
        for path in sentences
        for conclusion in conclude(path.parent.name, read_sentences(path), joined)
    ]
    write_csv(pd.DataFrame(judged, columns=list(COLUMNS)), conclusions)


STEPS = (join,)
