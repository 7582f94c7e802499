"""Scales that are written by their difference from another scale: ``inherits`` and ``unset``."""

from triptych.config.settings import Key, Setting, name_of
from triptych.errors import UserError

_SCALES = "scales"
INHERITS, UNSET = "inherits", "unset"


def resolve(parameters: Setting) -> Setting:
    """Return the parameters with every scale written whole.

    A scale with ``inherits: PARENT`` has all values of its parent that it does not set.
    Sections are merged, lists are replaced. ``unset: [KEY, ...]`` in a section removes
    inherited keys. The settings are those of all files together: an overlay of a parent
    changes its heirs too.

    Raises
    ------
    UserError
        A parent is unknown, scales inherit in a circle, or a key of ``unset`` is not inherited.
    """
    scales = parameters.section.get(_SCALES)
    if scales is None or not scales.section:
        return parameters
    whole = {name: _whole(name, scales, ()) for name in scales.section}
    return Setting({**parameters.section, _SCALES: Setting(whole, scales.place)}, parameters.place)


def refuse_inheritance(overlay: Setting) -> None:
    """Refuse an overlay that changes how scales inherit.

    Raises
    ------
    UserError
        A scale of the overlay has ``inherits``, or a section of it ``unset``.
    """
    for key in overlay.all_keys():
        is_in_scale = key[0] == _SCALES and len(key) > 2
        if is_in_scale and (key[-1] == UNSET or key[2:] == (INHERITS,)):
            raise UserError(
                expected="values alone: an overlay leaves inheritance as it is",
                found=name_of(key),
                where=str(overlay.place_of(key)),
                remedy=f"remove it; {INHERITS} and {UNSET} belong in params.yaml",
            )


def _whole(name: str, scales: Setting, heirs: tuple[str, ...]) -> Setting:
    """A scale with what it inherits; ``heirs`` are the scales that inherit from it."""
    scale = scales.section[name]
    parent = scale.section.get(INHERITS)
    if parent is None:
        return _merged(None, scale, (_SCALES, name))
    key = (_SCALES, name, INHERITS)
    if parent.value not in list(scales.section):
        raise UserError(
            expected=f"{name_of(key)}: one of the scales {', '.join(map(str, scales.section))}",
            found=repr(parent.plain()),
            where=str(parent.place),
            remedy=f"set {name_of(key)} to one of these, or remove it and write the scale whole",
        )
    line = (*heirs, name)
    if parent.value in line:
        raise UserError(
            expected=f"{name_of(key)}: a scale that does not inherit from {name}",
            found=" inherits from ".join((*line, parent.value)),
            where=str(parent.place),
            remedy=f"remove {INHERITS} from one of these, and write that scale whole",
        )
    own = Setting(
        {key: setting for key, setting in scale.section.items() if key != INHERITS}, scale.place
    )
    return _merged(_whole(parent.value, scales, line), own, (_SCALES, name))


def _merged(parent: Setting | None, own: Setting, key: Key) -> Setting:
    """A value in place of the inherited one; a section keeps the inherited keys."""
    if not isinstance(own.value, dict):
        return own
    inherited = dict(parent.section) if parent else {}
    for name in _unset(own, key):
        if name not in inherited:
            raise UserError(
                expected=f"{name_of((*key, UNSET))}: keys that the section inherits, "
                f"{', '.join(map(str, inherited)) or 'here none'}",
                found=repr(name),
                where=str(own.section[UNSET].place),
                remedy=f"remove {name!r} from {name_of((*key, UNSET))}, "
                f"or correct {name_of((*key[:2], INHERITS))}",
            )
        del inherited[name]
    changed = {
        name: _merged(inherited.get(name), setting, (*key, name))
        for name, setting in own.section.items()
        if name != UNSET
    }
    return Setting({**inherited, **changed}, own.place)


def _unset(section: Setting, key: Key) -> list[str]:
    """The keys that a section does not inherit."""
    setting = section.section.get(UNSET)
    if setting is None:
        return []
    names = setting.plain()
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    raise UserError(
        expected=f"{name_of((*key, UNSET))}: a list of keys",
        found=repr(names),
        where=str(setting.place),
        remedy=f"write the keys in brackets: {UNSET}: [KEY, ...]",
    )
