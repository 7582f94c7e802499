"""What Snakemake's own report shows, and in which words: `snakemake --report report.html`.

A caption of workflow/report tells how to read a kind of file. What a single table or figure
shows is said in data/published/PANEL/paper.yaml, and looked up there only for the report.
"""

from fnmatch import fnmatch

from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles
from snakemake.exceptions import WorkflowError
from snakemake.io import apply_wildcards

from triptych.report.papers import read_paper

# The heading of a file by its caption; all others are not in the paper.
HEADINGS = {
    "table": "Tables",
    "figure": "Figures",
    "claims": "Claims and findings",
    "findings": "Claims and findings",
}


def paper_of(panel):
    return read_paper(Path("data/published"), panel)


def described(path):
    """What is said of results/SCALE/PANEL/NAME."""
    panel, name = Path(path).parts[2], Path(path).stem
    paper = paper_of(panel)
    for artifact in (*paper.tables, *paper.figures, *paper.beyond):
        if fnmatch(name, artifact.name):
            return artifact
    raise WorkflowError(
        f"data/published/{panel}/paper.yaml says nothing of {name}: add a title and a caption."
    )


def shown(path, caption):
    """Mark an output for the report: filed under its paper, titled as there."""

    def category(wildcards):
        return paper_of(Path(path).parts[2]).name

    def labels(wildcards):
        result = apply_wildcards(path, wildcards)
        own = caption in ("claims", "findings")
        title = caption.capitalize() if own else described(result).title
        return {"File": f"{title} ({'/'.join(Path(result).parts[3:])})"}

    return report(
        path,
        caption=f"../report/{caption}.rst",
        category=category,
        subcategory=HEADINGS.get(caption, "Beyond the paper"),
        labels=labels,
    )


def say_caption(role, source, path, line, inliner, options=None, content=None):
    """The role `:caption:` of a caption file, of the path of a result."""
    from triptych.report.page.markdown import inline

    return [nodes.raw(text=inline(described(path).caption), format="html")], []


def say_citation(role, source, panel, line, inliner, options=None, content=None):
    """The role `:citation:` of a caption file, of the name of a panel."""
    return [nodes.Text(paper_of(panel).citation)], []


class ShowMarkdown(Directive):
    """The directive `.. markdown::` of a caption file, of the path of a result."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        from triptych.report.page.markdown import blocks

        path = Path(self.arguments[0])
        text = blocks(path.read_text(encoding="utf-8"), level=3, label=path.name)
        return [nodes.raw(text=text, format="html")]


roles.register_local_role("caption", say_caption)
roles.register_local_role("citation", say_citation)
directives.register_directive("markdown", ShowMarkdown)
