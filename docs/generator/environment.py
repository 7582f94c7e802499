"""The table of environment variables in docs/running.md."""

from pathlib import Path

from triptych.system.environment import VARIABLES, Treatment

from .markdown import table


def variables(_root: Path) -> str:
    """What becomes of each variable that a library would read."""
    return table(
        ("variables", "what becomes of them", "what they do"),
        [
            (
                ", ".join(f"`{pattern}`" for pattern in group.patterns),
                f"set to `{group.value}`"
                if group.treatment is Treatment.SET
                else group.treatment.value,
                group.reason,
            )
            for group in VARIABLES
        ],
    )
