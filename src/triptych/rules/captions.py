"""Titles and captions of Snakemake's own report: ``snakemake --report report.html``.

A caption file of ``workflow/report`` explains a kind of file. The title and caption of a single
table or figure come from ``data/published/PANEL/paper.yaml``.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles

from triptych.config.models import Panel
from triptych.errors import UserError
from triptych.report.papers import Artifact, Paper, read_paper

# The heading of a file by its caption; files with another caption are not in the paper.
_HEADINGS = {
    "table": "Tables",
    "figure": "Figures",
    "claims": "Claims and findings",
    "findings": "Claims and findings",
}
_Nodes = tuple[list[nodes.Node], list[nodes.Node]]


class Captions:
    """The titles and captions of the papers' descriptions, for Snakemake's ``report``."""

    def __init__(self, report: Callable[..., Any], published: Path) -> None:
        self._report, self._published = report, published
        # docutils sets attributes, which a method does not allow.
        roles.register_local_role("caption", partial(self._caption))
        roles.register_local_role("citation", partial(self._citation))
        directives.register_directive("markdown", _Markdown)

    def shown(self, path: str, caption: str) -> Any:
        """Mark an output for the report, with its paper as category and its title as label.

        Parameters
        ----------
        path
            The output, ``results/{scale}/PANEL/NAME``, with or without further wildcards.
        caption
            A caption file of ``workflow/report``, without its suffix.
        """

        def labels(wildcards: Any) -> dict[str, str]:
            result = path.format_map(vars(wildcards))
            own = caption in ("claims", "findings")
            title = caption.capitalize() if own else self._described(result).title
            return {"File": f"{title} ({'/'.join(Path(result).parts[3:])})"}

        return self._report(
            path,
            caption=f"../report/{caption}.rst",
            category=lambda wildcards: self._paper(Path(path).parts[2]).name,
            subcategory=_HEADINGS.get(caption, "Beyond the paper"),
            labels=labels,
        )

    def _paper(self, panel: str) -> Paper:
        return read_paper(self._published, cast(Panel, panel))

    def _described(self, path: str) -> Artifact:
        """Return the description of results/SCALE/PANEL/NAME."""
        panel, name = Path(path).parts[2], Path(path).stem
        if artifact := self._paper(panel).artifact(name):
            return artifact
        raise UserError(
            expected=f"a title and a caption of {name}",
            found="none",
            where=str(self._published / panel / "paper.yaml"),
            remedy="add an entry with this name",
        )

    def _caption(self, role: str, source: str, path: str, *rest: Any, **more: Any) -> _Nodes:
        """Replace the role ``:caption:`` with the caption of a result, given by its path."""
        from triptych.report.page.markdown import inline

        return [nodes.raw(text=inline(self._described(path).caption), format="html")], []

    def _citation(self, role: str, source: str, panel: str, *rest: Any, **more: Any) -> _Nodes:
        """Replace the role ``:citation:`` with the citation of a panel's paper."""
        return [nodes.Text(self._paper(panel).citation)], []


class _Markdown(Directive):
    """The directive ``.. markdown::`` of a caption file; its argument is a result's path."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        from triptych.report.page.markdown import blocks

        path = Path(self.arguments[0])
        text = blocks(path.read_text(encoding="utf-8"), level=3, label=path.name)
        return [nodes.raw(text=text, format="html")]
