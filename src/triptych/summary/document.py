"""Write the summary as Markdown from templates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triptych.claims.conclusions import OUTCOMES
from triptych.config.section import Scale
from triptych.drawing.quantities import duration, file_size
from triptych.report.page.numbers import exact, significant
from triptych.summary import Part
from triptych.summary.bibliography import bibliography, citation_key, cited_software, plain_name
from triptych.summary.facts import PaperFacts, Source

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Summary:
    """The papers of a summary, and the run that it describes.

    Attributes
    ----------
    adopted
        Whether it is the adopted run in ``reference/SCALE``.
    overlays
        The option that lays further parameters over params.yaml; may be empty.
    """

    scale: Scale
    adopted: bool
    overlays: str
    papers: tuple[PaperFacts, ...]

    @property
    def options(self) -> str:
        """The options of a command on this run."""
        return f"--scale {self.scale}" + (" --reference" if self.adopted else "")

    @property
    def sources(self) -> list[Source]:
        """The data sets and weights of all papers, each once."""
        named = {source.name: source for facts in self.papers for source in facts.sources}
        return [named[name] for name in sorted(named)]


def render(summary: Summary, parts: Sequence[Part]) -> str:
    """Return parts of the summary as Markdown, in the given order."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        # The text is Markdown, not HTML.
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"bibliography": bibliography}
    environment.filters |= {
        "exact": exact,
        "short": _short,
        "duration": duration,
        "file_size": file_size,
        "outcome": OUTCOMES.__getitem__,
        "citation_key": citation_key,
        "plain_name": plain_name,
        "cited": cited_software,
        "sentence": _sentence,
        "stopped": lambda text: text if text.endswith(".") else f"{text}.",
        "cell": lambda text: text.replace("|", "\\|"),
        "counted": _counted,
    }
    texts = [environment.get_template(f"{part}.md.j2").render(summary=summary) for part in parts]
    return "\n\n".join(re.sub(r"\n{3,}", "\n\n", text).strip() for text in texts) + "\n"


def _short(number: float) -> str:
    """Return a number with few digits; a whole number has no decimals."""
    return exact(number) if number == round(number) else significant([number])[0]


def _sentence(text: str) -> str:
    """Return a text as a sentence: with a capital letter, and a full stop at its end."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _counted(verdicts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{count} {verdict.replace('_', ' ')}" for verdict, count in sorted(verdicts.items())
    )
