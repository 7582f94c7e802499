"""What the summary cites, in BibTeX."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files

from triptych.report.papers import Paper
from triptych.summary.facts import PaperFacts

# A name in Latin letters follows in brackets where the name has others.
_TRANSLITERATED = re.compile(r".*\((.+)\)")
# The software that a methods section cites, by package; the entries are in software.bib.
_SOFTWARE = {"snakemake": "snakemake2021", "torch": "pytorch2019"}


def plain_name(author: str) -> str:
    """Return an author's name in Latin letters."""
    match = _TRANSLITERATED.fullmatch(author)
    return match[1] if match else author


def citation_key(paper: Paper) -> str:
    """Return the key of a paper: the first author's last name, and the year if it is known."""
    name = plain_name(paper.authors[0]).split()[-1]
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return f"{letters}{paper.year or ''}"


def cited_software(software: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return name, version and key of the packages that are cited."""
    return [(name, software[name], key) for name, key in _SOFTWARE.items() if name in software]


def bibliography(papers: Iterable[PaperFacts]) -> str:
    """Return an entry for each paper, for its data and weights, and for the software."""
    papers = list(papers)
    sources = {source.name: source.entry for facts in papers for source in facts.sources}
    entries = [*(_paper(facts.paper) for facts in papers)]
    entries += [
        _entry("misc", name, {"key": name, "title": entry.title, "note": entry.citation})
        for name, entry in sorted(sources.items())
    ]
    software = files("triptych.summary").joinpath("templates/software.bib")
    return "\n".join([*entries, software.read_text(encoding="utf-8").strip()])


def _paper(paper: Paper) -> str:
    fields = {
        "author": " and ".join(map(plain_name, paper.authors)),
        "title": paper.title,
        "booktitle": paper.venue,
        "year": str(paper.year or ""),
        "howpublished": f"\\url{{{paper.address}}}" if paper.address else None,
    }
    return _entry("inproceedings" if paper.venue else "misc", citation_key(paper), fields)


def _entry(kind: str, key: str, fields: Mapping[str, str | None]) -> str:
    return "\n".join([f"@{kind}{{{key},", *_fields(fields), "}"])


def _fields(fields: Mapping[str, str | None]) -> Iterator[str]:
    for name, value in fields.items():
        if value:
            # The inner braces keep capital letters as they are.
            braced = f"{{{value}}}" if name == "title" else value
            yield f"  {name} = {{{braced}}},"
