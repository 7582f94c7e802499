"""The one exception that a user's own mistake raises."""


class UserError(Exception):
    """Something outside the code is wrong, and the user can fix it.

    The command line and the workflow print the four parts and no traceback.

    Parameters
    ----------
    expected
        What the program needed, such as ``a number in (0, 1]``.
    found
        What it met instead.
    where
        The file, key, line or address in question.
    remedy
        What to do about it, as an instruction.
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
