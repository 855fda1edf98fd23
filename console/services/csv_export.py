"""Tables for spreadsheets: RFC 4180, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell: TypeAlias = str | int | float | datetime | None

# What a formula begins with, also in full width, where Japanese spreadsheets take it for the same; a line feed is not
# one itself, but is left out before the next sign.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, guarded: bool = True) -> bytes:
    r"""A table as a file. The first line is the header; lines end with CR LF.

    It is UTF-8 and begins with a byte order mark: without one Excel takes it for the code page of the computer, and
    mangles every name beyond ASCII.

    Args:
        header: The names of the columns.
        rows: As many cells each. Moments are written in ISO 8601, UTC; None as an empty cell.
        guarded: Put `'` before a text that a spreadsheet would run as a formula. Numbers are never changed. Without it
            texts are as they are, for programs that read them.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_written(cell, guarded=guarded) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "backslashreplace")  # a path may hold what is no Unicode


def _written(cell: Cell, *, guarded: bool) -> str | int | float:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case str() if guarded and cell.startswith(_FORMULA_SIGNS):
            return f"'{cell}"
        case _:
            return cell
