"""The table of environment variables in docs/running.md."""

from pathlib import Path

from triptych.system.environment import VARIABLES, Treatment

from .markdown import table


def variables(_root: Path) -> str:
    """Return the table of how each variable is treated."""
    return table(
        ("variables", "treatment", "purpose"),
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
