"""Regenerate the derived parts of the documentation: ``make docs``.

The files of ``_WHOLE`` are generated completely. In README.md, docs/results.md and
docs/running.md the text between ``<!-- generated: NAME -->`` and ``<!-- end -->`` is generated.
The stages of DVC for the scales lab and paper are copies of dvc.yaml, each next to its own
scale.yaml.
"""

import re
import sys
from pathlib import Path

from generator import (
    adversarial,
    architecture,
    bad_inputs,
    croissant,
    data,
    deviations,
    environment,
    outcomes,
    parameters,
    personalization,
    segmentation,
)

from triptych.errors import UserError
from triptych.storage.files import write_text

ROOT = Path(__file__).parents[1]
_WHOLE = {
    "docs/parameters.md": parameters.page,
    "docs/data.md": data.page,
    "docs/deviations.md": deviations.page,
    "docs/bad-inputs.md": bad_inputs.page,
    "docs/architecture.svg": architecture.picture,
}
# Copies, not links: DVC does not follow links in earlier commits and would lose their metrics.
_STAGES = "dvc.yaml"
_SCALES = ("lab", "paper")
_WITH_BLOCKS = ("README.md", "docs/results.md", "docs/running.md")
_BLOCKS = {
    **outcomes.BLOCKS,
    **adversarial.BLOCKS,
    **segmentation.BLOCKS,
    **personalization.BLOCKS,
    "environment": environment.variables,
}
_BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages(root: Path) -> dict[str, str]:
    """Return the text of every generated file, by its path in the repository.

    Raises
    ------
    UserError
        A page names an unknown block, or an input file is damaged.
    """
    texts = {path: page(root) for path, page in _WHOLE.items()}
    texts |= croissant.pages()
    stages = (root / _STAGES).read_text(encoding="utf-8")
    texts |= {f"{scale}/{_STAGES}": stages for scale in _SCALES}
    for path in _WITH_BLOCKS:
        texts[path] = _filled((root / path).read_text(encoding="utf-8"), path, root)
    return texts


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
    """Write and name every generated file that is stale."""
    try:
        texts = pages(ROOT)
    except UserError as error:
        sys.exit(str(error))
    for path, text in texts.items():
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text:
            write_text(ROOT / path, text)
            print(f"written: {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
