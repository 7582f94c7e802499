"""The steps that put the panels' artefacts together; the command line exposes them."""

from triptych.runtime.step import Inputs, Output, step


@step
def join_claims(*, panels: Inputs, claims: Output) -> None:
    """Join the claims of all panels.

    Parameters
    ----------
    panels
        The claims of each panel (CSV).
    claims
        All of them to be made (CSV).
    """
    from triptych.artifacts.claims import read_claims, write_claims

    write_claims([claim for path in panels for claim in read_claims(path)], claims)


STEPS = (join_claims,)
