"""The exception for mistakes that a user can fix, and the command that most remedies name."""


class UserError(Exception):
    """A fault outside the code that the user can fix.

    The command line and the workflow print the four parts without a traceback.

    Parameters
    ----------
    expected
        What the program needs, such as ``a number in (0, 1]``.
    found
        What is there instead.
    where
        The file, key, line or address of the fault.
    remedy
        An instruction that fixes it.
    """

    def __init__(self, *, expected: str, found: str, where: str, remedy: str) -> None:
        self.expected = expected
        self.found = found
        self.where = where
        self.remedy = remedy
        super().__init__(
            f"expected:   {expected}\nfound:      {found}\n"
            f"where:      {where}\nwhat to do: {remedy}"
        )


def run_command(scale: str) -> str:
    """Return the command that makes all results of a scale."""
    return f"snakemake --cores all --config scale={scale}"
