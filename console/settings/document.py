"""The settings file as text: read, changed without loss, and searched for the line that something stands on."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.i18n import tr

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

VERSION = 1
SIZE_LIMIT_BYTES = 1 << 20
HEADER = "Gatewatch settings. May be edited at any time; comments are kept."
REMOVED = None  # as a new value: the key goes

_KEY_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_ASSIGNED = re.compile(rf"\s*({_KEY_PART}(?:\s*\.\s*{_KEY_PART})*)\s*=")
_HEADED = re.compile(rf"\s*\[\s*({_KEY_PART}(?:\s*\.\s*{_KEY_PART})*)\s*\]\s*(?:#.*)?$")
_AT_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")

Path = tuple[str, ...]  # of keys, from the outermost table


class Unreadable(ValueError):
    """The text is no settings file. `line` is where, from 1; 0 when that is not known."""

    def __init__(self, detail: str, line: int = 0) -> None:
        super().__init__(detail)
        self.line = line


def parse(text: str) -> dict[str, Any]:
    """The text as nested tables.

    Raises:
        Unreadable: It is no TOML, or belongs to a newer program.
    """
    import tomllib  # noqa: PLC0415  (a first run has no file)

    try:
        tables = tomllib.loads(text)
    except RecursionError as exc:
        raise Unreadable(tr("it is nested too deeply")) from exc
    except ValueError as exc:
        found = _AT_LINE.search(str(exc))
        said = _AT_LINE.sub("", str(exc)).strip()
        if found is None:
            raise Unreadable(said) from exc
        line, column = int(found[1]), int(found[2])
        raise Unreadable(tr("line {line}, column {column}: {said}", line=line, column=column, said=said), line) from exc
    version = tables.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise Unreadable(tr("it was written by a newer program (version {version})", version=min(version, 10**9)))
    return tables


def changed(text: str, changes: Mapping[Path, object]) -> str:
    """The text with some keys set, or taken out where the new value is `REMOVED`. All else stays as it is written.

    A new value that is a table has those keys and no others afterwards.

    What comes out is read again and compared with what was wanted: a text that can't be changed without loss is left
    alone.

    Raises:
        Unreadable: It is no settings file, or not one that can be changed without loss.
    """
    wanted = parse(text)
    changes = dict(_by_key(wanted, changes))
    for path, value in changes.items():
        _put(wanted, path, value)
    if _same(parse(text), wanted):
        return text
    import tomlkit  # noqa: PLC0415  (keeps comments; reading does not need it)
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(text) if text.strip() else _fresh()
        for path, value in changes.items():
            _put(document, path, value)
        new = tomlkit.dumps(document)
        got = parse(new)
        for path in changes:
            _forget_emptied(wanted, got, path)
        same = _same(got, wanted)
    except (TOMLKitError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        raise Unreadable(tr("it is written in a way that only a person can change without loss")) from exc
    if not same:
        raise Unreadable(tr("it is written in a way that only a person can change without loss"))
    return new


def line_of(text: str, path: Path) -> int:
    """The line, from 1, on which a key or a table stands; 0 when it can't be told."""
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if (head := _HEADED.match(line)) is not None:
            table = _keys(head[1])
            if table == path:
                return number
        elif (key := _ASSIGNED.match(line)) is not None and (*table, *_keys(key[1])) == path:
            return number
    return 0


def _fresh() -> TOMLDocument:
    import tomlkit  # noqa: PLC0415  (see above)

    document = tomlkit.document()
    document.add(tomlkit.comment(HEADER))
    return document


def _put(tables: Any, path: Path, value: object) -> None:
    """Set or remove one key of nested tables, those of tomllib and of tomlkit alike."""
    *outer, key = path
    for name in outer:
        if name not in tables:
            if value is REMOVED:
                return
            tables[name] = {}
        tables = tables[name]
        if not isinstance(tables, Mapping):
            raise Unreadable(tr("{name} is no table", name=name))
    if value is REMOVED:
        tables.pop(key, None)
    else:
        tables[key] = list(value) if isinstance(value, tuple) else value


def _by_key(tables: Mapping[str, Any], changes: Mapping[Path, object]) -> Iterator[tuple[Path, object]]:
    """The changes with tables taken apart, so that comments on the keys that stay do so too."""
    for path, value in changes.items():
        if not isinstance(value, Mapping):
            yield path, value
            continue
        there: object = tables
        for name in path:
            there = there.get(name, {}) if isinstance(there, Mapping) else {}
        former = there.keys() if isinstance(there, Mapping) else ()
        yield from (((*path, key), value.get(key, REMOVED)) for key in dict.fromkeys((*former, *value)))


def _forget_emptied(wanted: Any, got: Any, path: Path) -> None:
    """A table that stood there only by the names of those in it goes with the last of them."""
    for name in path[:-1]:
        if wanted.get(name) == {} and name not in got:
            del wanted[name]
        if name not in wanted or name not in got:
            return
        wanted, got = wanted[name], got[name]


def _same(one: object, other: object) -> bool:
    """Whether two values of TOML are the same; also two that are not a number."""
    match one, other:
        case Mapping(), Mapping():
            return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
        case str(), str():
            return one == other
        case Sequence(), Sequence():
            return len(one) == len(other) and all(map(_same, one, other))
        case float(), float() if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        case datetime.datetime() | datetime.date() | datetime.time(), _:
            return str(one) == str(other)
        case _:
            return type(one) is type(other) and one == other


def _keys(written: str) -> Path:
    import tomllib  # noqa: PLC0415  (see above)

    try:
        value: object = tomllib.loads(f"{written} = 0")
    except ValueError:
        return ()
    path: list[str] = []
    while isinstance(value, Mapping):
        ((name, value),) = value.items()
        path.append(name)
    return tuple(path)
