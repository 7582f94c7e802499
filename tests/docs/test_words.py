"""All text of the project uses one spelling and plain words."""

import re
import subprocess
from collections.abc import Iterator

import pytest
from support import ROOT

# British spellings, anywhere in a word or an identifier, and the spelling of this project.
SPELLINGS = {
    "artefact": "artifact",
    "behaviour": "behavior",
    "cancell(ed|ing)": "canceled",
    "catalogue": "catalog",
    "centre": "center",
    "colour": "color",
    "favour": "favor",
    "grey": "gray",
    "initialis": "initializ",
    "judgement": "judgment",
    "(?<!aria-)labell(ed|ing)": "labeled",
    "learnt": "learned",
    "licence": "license",
    "minimis": "minimiz",
    "modell(ed|ing)": "modeled",
    "neighbour": "neighbor",
    "normalis": "normaliz",
    "optimis(?!t)": "optimiz",
    "organis": "organiz",
    "personalis": "personaliz",
    "recognis": "recogniz",
    "serialis": "serializ",
    "summaris": "summariz",
    "synchronis": "synchroniz",
    "travell(ed|ing)": "traveled",
    "utilis": "utiliz",
    "visualis": "visualiz",
}
# Words and phrases, each with a plain replacement.
PHRASES = {
    "anew": "again",
    "as if": "like, or what really happens",
    "bears?": "has, allows, or can run",
    "beforehand": "before, or in advance",
    "c[ao]mes? to be": "is made",
    "(for ever|forever more)": "forever",
    "h[eo]ld(s|ing)? against": "compare with",
    "in as much": "in the same",
    "lest|whilst|wherein|thereof|thereby|hence|albeit|ought|shall": "a word of today",
    "mend(s|ed|ing)?": "fix",
    "of (which|whom)(?! the)": "a new sentence, or whose",
    "patient": "hours of",
    "stands? (in(?! for| part)|under|twice|above|before|there|here)": "is, is written",
    "(tells?|told) of": "describes",
    "what of": "what part of",
    "whoever": "who, or if you",
}
# Not written by hand: locks, copied data, results of runs, code of vendors.
SKIPPED = re.compile(
    r".*\.(lock|png|svg)|reference/.*|data/published/.*\.csv|.*/vendor/.*|benchmarks/.*\.json"
    # Its "grey" is in the training texts of drawn faces: another spelling means other results.
    r"|src/triptych/data/drawn/face_looks\.py|src/triptych/personalization/describing\.py"
    r"|tests/personalization/test_captions\.py"
    r"|tests/ro_crate_contexts\.json|tests/docs/test_words\.py|LICENSE|LICENSES/.*"
    # Generated: their sources are checked.
    r"|docs/(parameters|bad-inputs|data|deviations)\.md|benchmarks/README\.md"
)
ADDRESS = re.compile(r"https?://\S+")
_RULES = {
    re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE): better
    for pattern, better in (
        *SPELLINGS.items(),
        *((rf"(?<![\w-])({phrase})(?![\w-])", better) for phrase, better in PHRASES.items()),
    )
}


def tracked_texts() -> list[str]:
    """Return the files that git tracks or would track, without those of ``SKIPPED``."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = filter(None, listing.split("\0"))
    return sorted(name for name in names if not SKIPPED.fullmatch(name) and (ROOT / name).is_file())


def hits(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the banned words of a text: line, word, replacement.

    A phrase may continue on the next line of a comment or of a string.
    """
    text = ADDRESS.sub(lambda match: "-" * len(match[0]), text)
    joined = re.sub(r"\"?\n[ \t]*(# ?|f?\")?", lambda match: "\n".ljust(len(match[0])), text)
    for pattern, better in _RULES.items():
        for match in pattern.finditer(joined):
            yield joined.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), better


def test_no_file_has_a_banned_word() -> None:
    found = [
        f"{name}:{line}: {word!r}; write: {better}"
        for name in tracked_texts()
        for line, word, better in sorted(hits((ROOT / name).read_text(encoding="utf-8")))
    ]
    assert not found, f"{len(found)} hits\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The artefact", ["artefact"]),
        ("ColourJitter, colour_jitter", ["Colour", "colour"]),
        ("numbers held\n    # against the paper", ["held against"]),
        ('"the table of "\n    "which"', ["of which"]),
        ("it stands in for the other", []),
        ("recommended; amend; bearing", []),
    ],
)
def test_words_are_found_in_identifiers_and_over_lines(text: str, words: list[str]) -> None:
    assert [word for _, word, _ in hits(text)] == words
