"""Whether a file has the tables that its version says: one of another build has the number, and other tables."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import apsw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_COLUMNS = {
    "table": "SELECT name FROM pragma_table_xinfo(?)",
    "view": "SELECT name FROM pragma_table_xinfo(?)",
    "index": "SELECT name FROM pragma_index_info(?)",
}


def difference(connection: apsw.Connection, steps: Sequence[str]) -> str:
    """What these steps would have made and the file does not have; empty when all of it is there.

    Types and constraints are not compared: a step may be written down otherwise and make the same. What is there beyond
    it harms nobody.
    """
    found = _shape(connection)
    for name, columns in _made_by(tuple(steps)).items():
        if name not in found:
            return f"there is no {name}"
        if found[name] != columns:
            return f"{name} has other columns"
    return ""


@lru_cache(maxsize=8)
def _made_by(steps: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    connection = apsw.Connection(":memory:")
    try:
        for step in steps:
            connection.execute(step)
        return _shape(connection)
    finally:
        connection.close()


def _shape(connection: apsw.Connection) -> Mapping[str, frozenset[str]]:
    """Columns by what has them; none for triggers."""
    shape: dict[str, frozenset[str]] = {}
    for kind, name in connection.execute("SELECT type, name FROM sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_'"):
        rows = connection.execute(_COLUMNS[kind], (name,)) if kind in _COLUMNS else ()
        shape[f"{kind} {name}"] = frozenset(str(column) for (column,) in rows)
    return shape
