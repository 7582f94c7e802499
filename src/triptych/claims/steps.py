"""The step that joins the claims of all panels."""

from triptych.job.step import Inputs, Output, step


@step
def join(*, panels: Inputs, claims: Output) -> None:
    """Join the claims of all panels.

    Parameters
    ----------
    panels
        Read the claims of each panel (CSV).
    claims
        Write the joined claims (CSV).
    """
    from triptych.claims.claims import write_claims
    from triptych.claims.reading import read_claims

    write_claims([claim for path in panels for claim in read_claims(path)], claims)


STEPS = (join,)
