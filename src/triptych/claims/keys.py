"""The name of a claim, ``PANEL/ARTIFACT/KEY``, and the claim that a name means."""

from collections.abc import Sequence
from difflib import get_close_matches

from triptych.claims.claims import Claim
from triptych.errors import UserError

_NAMED_AT_MOST = 5


def name_of(claim: Claim) -> str:
    """Return the name of a claim."""
    return f"{claim.panel}/{claim.artifact}/{claim.key}"


def find_claim(claims: Sequence[Claim], key: str, where: str) -> Claim:
    """Return the claim that has a name, or whose name alone ends with it.

    Raises
    ------
    UserError
        No claim has this name, or the names of several end with it; the nearest are named.
    """
    names = {name_of(claim): claim for claim in claims}
    if key in names:
        return names[key]
    ending = [name for name in names if name.endswith(f"/{key}")]
    if len(ending) == 1:
        return names[ending[0]]
    nearest = ending[:_NAMED_AT_MOST] or _nearest(key, list(names))
    raise UserError(
        expected="the key of one claim: PANEL/ARTIFACT/KEY, or an end of it that is unique",
        found=f"{key}, " + (f"the end of {len(ending)} keys" if ending else "which no claim has"),
        where=where,
        remedy="triptych claims --scale SCALE --all lists all keys; the nearest are "
        + ", ".join(nearest),
    )


def _nearest(key: str, names: list[str]) -> list[str]:
    """Return the most similar names; a key without panel or artifact is compared without them."""
    ends = {"/".join(name.split("/")[-len(key.split("/")) :]): name for name in names}
    close = get_close_matches(key, [*names, *ends], n=_NAMED_AT_MOST, cutoff=0)
    return list(dict.fromkeys(ends.get(each, each) for each in close))
