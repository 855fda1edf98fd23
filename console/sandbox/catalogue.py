"""The switches, as a list for people."""

from __future__ import annotations

import types
import typing

import msgspec

from console.sandbox.faults import Switches


def catalogue() -> list[str]:
    """A line for every switch with the values that it takes, then one for every object among these values."""
    objects: dict[str, type[msgspec.Struct]] = {}
    lines = [f"{field.name}: {_words(field.type, objects)}" for field in msgspec.structs.fields(Switches)]
    named = {
        name: [f"{field.name}: {_words(field.type, {})}" for field in msgspec.structs.fields(kind)]
        for name, kind in sorted(objects.items())
    }
    return [*lines, "", *(f"{name} {{{', '.join(fields)}}}" for name, fields in named.items())]


def _words(kind: object, objects: dict[str, type[msgspec.Struct]]) -> str:
    """A type as JSON values; the structs among it are noted."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return " | ".join(msgspec.json.encode(value).decode() for value in inner)
    if origin is typing.Annotated:
        return _words(inner[0], objects)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(_words(one, objects) for one in inner if one is not type(None))
    if origin is tuple:
        return f"[{_words(inner[0], objects)}, ...]"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        objects[kind.__name__] = kind
        return kind.__name__
    return {str: "text", bool: "true | false", int: "number", float: "number"}.get(kind, str(kind))  # type: ignore[call-overload, no-any-return]  # other kinds are hashable too
