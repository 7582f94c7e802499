"""Write the pages that follow from the code and the data: ``make docs``.

docs/parameters.md, docs/data.md, docs/deviations.md and docs/bad-inputs.md whole, and in
README.md, docs/results.md and docs/running.md what stands between ``<!-- generated: NAME -->``
and ``<!-- end -->``. Also the stages of DVC for the scales lab and paper: dvc.yaml once more,
beside a scale.yaml of its own.
"""

import re
import sys
from pathlib import Path

from generator import bad_inputs, data, deviations, environment, parameters, results

from triptych.errors import UserError
from triptych.storage.files import write_text

ROOT = Path(__file__).parents[1]
_WHOLE = {
    "docs/parameters.md": parameters.page,
    "docs/data.md": data.page,
    "docs/deviations.md": deviations.page,
    "docs/bad-inputs.md": bad_inputs.page,
}
# Copies: of an earlier commit DVC reads no links, and would know none of its metrics.
_STAGES = "dvc.yaml"
_SCALES = ("lab", "paper")
_WITH_BLOCKS = ("README.md", "docs/results.md", "docs/running.md")
_BLOCKS = {**results.BLOCKS, "environment": environment.variables}
_BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages(root: Path) -> dict[str, str]:
    """The text of every generated page, by its path in the repository.

    Raises
    ------
    UserError
        A page asks for a block that nothing makes, or a file that is read is broken.
    """
    made = {path: page(root) for path, page in _WHOLE.items()}
    stages = (root / _STAGES).read_text(encoding="utf-8")
    made |= {f"{scale}/{_STAGES}": stages for scale in _SCALES}
    for path in _WITH_BLOCKS:
        made[path] = _filled((root / path).read_text(encoding="utf-8"), path, root)
    return made


def _filled(text: str, path: str, root: Path) -> str:
    def block(match: re.Match[str]) -> str:
        name = match[2]
        if name not in _BLOCKS:
            raise UserError(
                expected="one of the blocks " + ", ".join(_BLOCKS),
                found=name,
                where=path,
                remedy="name one of these after `generated:`",
            )
        return f"{match[1]}{_BLOCKS[name](root)}\n{match[3]}"

    return _BLOCK.sub(block, text)


def main() -> None:
    """Write all pages that are not as they should be, and name them."""
    try:
        made = pages(ROOT)
    except UserError as error:
        sys.exit(str(error))
    for path, text in made.items():
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text:
            write_text(ROOT / path, text)
            print(f"written: {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
