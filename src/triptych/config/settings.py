"""Values of parameter files with the place that set each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Where a value is set: in a file, at a line from 1, or on the command line."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}" if self.line else self.source


@dataclass(frozen=True)
class Setting:
    """A value and its place.

    Attributes
    ----------
    value
        A mapping of settings (a section), a list of settings, or a plain value.
    place
        Where the value is set; of a section, the line of its name.
    """

    value: Any
    place: Place

    @property
    def section(self) -> dict[str, "Setting"]:
        """The settings of a section; empty for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    def plain(self) -> Any:
        """Return the values without their places."""
        if isinstance(self.value, dict):
            return {key: setting.plain() for key, setting in self.value.items()}
        if isinstance(self.value, list):
            return [setting.plain() for setting in self.value]
        return self.value

    def place_of(self, key: Key) -> Place:
        """Return the place of a key; of a missing key, that of the section without it."""
        setting = self
        for part in key:
            inner = setting.value
            if isinstance(inner, list):
                inner = dict(enumerate(inner))
            if not isinstance(inner, dict) or part not in inner:
                break
            setting = inner[part]
        return setting.place

    def all_keys(self, prefix: Key = ()) -> Iterator[Key]:
        """Yield the keys of all sections below this one, from the outside in."""
        for name, setting in self.section.items():
            yield (*prefix, name)
            yield from setting.all_keys((*prefix, name))


def given(value: Any, place: Place) -> Setting:
    """Return a value, and all within it, as set at one place."""
    if isinstance(value, Mapping):
        return Setting({key: given(inner, place) for key, inner in value.items()}, place)
    if isinstance(value, list):
        return Setting([given(inner, place) for inner in value], place)
    return Setting(value, place)


def overlaid(below: Setting | None, above: Setting) -> Setting:
    """Return a section with the keys of another in place of its own.

    Sections are merged at every depth. Any other value, a list too, is replaced whole.
    """
    if below is None or not (isinstance(above.value, dict) and isinstance(below.value, dict)):
        return above
    changed = {
        name: overlaid(below.value.get(name), setting) for name, setting in above.value.items()
    }
    return Setting({**below.value, **changed}, above.place)


def name_of(key: Key) -> str:
    """Return a key as an error spells it: ``scales.tiny.adversarial.attack.epsilons[2]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return text.removeprefix(".")
