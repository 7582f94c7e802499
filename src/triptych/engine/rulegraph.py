"""Read Snakemake's rule graph: which rule feeds which."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from triptych.config.load import check, read
from triptych.config.settings import Place, given
from triptych.engine.asking import ask_snakemake
from triptych.errors import UserError
from triptych.layout import PARAMETERS, PUBLISHED, SNAKEFILE

_WORKFLOW = (SNAKEFILE, Path("workflow"), Path("profiles"), PUBLISHED)


def read_rules(panel: str, scale: str, section: str) -> list[tuple[str, str]]:
    """Ask Snakemake which rule feeds which; return sorted pairs without the panel's target rule.

    Parameters
    ----------
    section
        The panel's parameters at that scale (JSON), with those of ``--configfile`` and
        ``--config``: they decide which rules there are.

    Raises
    ------
    UserError
        The section is not allowed, or Snakemake cannot read the workflow.
    """
    parameters = _with_section(panel, scale, section)
    options = [panel, "--rulegraph", "dot", "--config", f"scale={scale}"]
    with TemporaryDirectory() as folder:
        # A copy without results: else Snakemake would read files that other jobs are writing.
        for path in _WORKFLOW:
            link = Path(folder) / path
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(path.resolve())
        # JSON is YAML, too.
        (Path(folder) / PARAMETERS).write_text(parameters, encoding="utf-8")
        answer = ask_snakemake(options, folder=Path(folder))
    start = answer.stdout.find("digraph")
    if answer.returncode or start < 0:
        raise UserError(
            expected="a rule graph from Snakemake",
            found=" ".join(answer.stderr.split())[-300:],
            where=f"snakemake {' '.join(options)}",
            remedy="run that command and fix the problem that it names",
        )
    return _named_edges(answer.stdout[start:], panel)


def _with_section(panel: str, scale: str, section: str) -> str:
    """Return the parameters of params.yaml with another section of one panel, as JSON."""
    place = Place("--section")
    try:
        values = json.loads(section)
    except json.JSONDecodeError as error:
        raise UserError(
            expected="a panel's parameters in JSON",
            found=str(error),
            where=str(place),
            remedy=f"give all parameters of {panel} at scale {scale}",
        ) from None
    whole = given(read(PARAMETERS).model_dump(mode="json"), Place(str(PARAMETERS)))
    whole.section["scales"].section[scale].section[panel] = given(values, place)
    return check(whole).model_dump_json()


def _named_edges(dot: str, target: str) -> list[tuple[str, str]]:
    import pydot

    (graph,) = pydot.graph_from_dot_data(dot) or []
    labels = {node.get_name(): node.get("label") for node in graph.get_nodes()}
    # A label is quoted; the rule's wildcards may follow after a line break.
    names = {key: str(label).strip('"').split("\\n")[0] for key, label in labels.items() if label}
    edges = {
        (names[str(edge.get_source())], names[str(edge.get_destination())])
        for edge in graph.get_edges()
    }
    return sorted(edge for edge in edges if target not in edge)
