"""The values that the schema allows at a key of ``params.yaml``, in words for an error."""

from functools import cache
from typing import Any

from triptych.config.models import Parameters
from triptych.config.settings import Key

Schema = dict[str, Any]

_KINDS = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "string": "a text",
    "array": "a list of at least one value",
    "object": "a section",
}


def is_tag(part: str | int) -> bool:
    """Return whether a part of pydantic's location names a type (``<Tag>``, ``[key]``)."""
    return isinstance(part, str) and part[:1] + part[-1:] in ("<>", "[]")


def allowed_values(key: Key) -> str:
    """Return the allowed values of a key: ``a number in (0, 1]``, ``one of digits, mnist``."""
    schema = _schema_at(key)
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    kind = _KINDS.get(schema.get("type", ""), "another value")
    interval = _interval(schema)
    return f"{kind} in {interval}" if interval else kind


def section_keys(key: Key) -> list[str]:
    """Return the allowed keys of a section."""
    return list(_schema_at(key).get("properties", {}))


def _interval(schema: Schema) -> str:
    """The bounds of a number as an interval; empty without bounds."""
    low = _first(schema, minimum="[{:g}", exclusiveMinimum="({:g}")
    high = _first(schema, maximum="{:g}]", exclusiveMaximum="{:g})")
    return f"{low or '(-inf'}, {high or 'inf)'}" if low or high else ""


def _first(schema: Schema, **formats: str) -> str:
    return next((f.format(schema[bound]) for bound, f in formats.items() if bound in schema), "")


@cache
def _whole_schema() -> Schema:
    return Parameters.model_json_schema()


def _schema_at(key: Key) -> Schema:
    """The JSON schema of a key; empty where the key is unknown."""
    whole = _whole_schema()
    node: Schema = whole
    section = node
    for part in key:
        options = alternatives(node, whole)
        if part == "[key]":
            node = section["propertyNames"]
        elif is_tag(part):
            node = next(option for option in options if option["title"] == str(part).strip("<>"))
        else:
            section = options[0]
            node = next(filter(None, (_child(option, part) for option in options)), {})
    return next((o for o in alternatives(node, whole) if o.get("type") != "null"), {})


def alternatives(node: Schema, whole: Schema) -> list[Schema]:
    """The schemas that a value may satisfy, references followed."""
    if "$ref" in node:
        return [whole["$defs"][node["$ref"].rsplit("/", 1)[1]]]
    choices = node.get("anyOf") or node.get("oneOf")
    return [o for choice in choices for o in alternatives(choice, whole)] if choices else [node]


def _child(node: Schema, part: str | int) -> Schema:
    """The schema of an item, of a named key, or of an entry of a mapping (the scales)."""
    if isinstance(part, int):
        return node.get("items", {})
    if part in node.get("properties", {}):
        return node["properties"][part]
    is_entry = part in node.get("propertyNames", {}).get("enum", [])
    return node["additionalProperties"] if is_entry else {}
