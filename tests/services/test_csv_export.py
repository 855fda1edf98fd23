"""Tables for spreadsheets."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from console.services.csv_export import as_csv

SIGNS = tuple("=+-@\t\r")
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.builds(
    str.__add__, st.sampled_from([*SIGNS, "\n", "\uff1d", "'", '"', "\r\n", "\ufeff"]), st.text("=+-@\t\r\n'\",;a \0")
)
cells = texts | st.integers() | st.floats(allow_nan=False) | st.none()
tables = st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1))


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def as_text(cell: object) -> str:
    return "" if cell is None else str(cell)


@given(rows=tables)
def test_no_cell_is_a_formula_and_every_cell_is_what_was_meant(rows: list[list[str | int | float | None]]) -> None:
    # fault 122
    header = [f"column {number}" for number, _ in enumerate(rows[0])]
    found_header, *found = read(as_csv(header, rows))
    assert found_header == header
    assert len(found) == len(rows)
    for row, found_row in zip(rows, found, strict=True):
        for cell, text in zip(row, found_row, strict=True):
            if isinstance(cell, str):
                assert not text.startswith(SIGNS)
                assert text in {cell, f"'{cell}"}
            else:
                assert text == as_text(cell), "a number stays one, also a negative one"


@given(rows=tables)
def test_programs_get_every_cell_as_it_is(rows: list[list[str | int | float | None]]) -> None:
    content = as_csv(["column"] * len(rows[0]), rows, guarded=False)
    assert read(content)[1:] == [[as_text(cell) for cell in row] for row in rows]


def test_harmless_texts_are_not_touched() -> None:
    row = ["/a/b.pdf", "a=b", "", "1-2", "ü"]
    assert read(as_csv(["column"] * 5, [row]))[1] == row


def test_it_is_what_spreadsheets_expect() -> None:
    noon = datetime(2026, 3, 14, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    content = as_csv(["a", "b"], [["x,y", noon], ['say "a"', -3], [None, datetime(2026, 1, 1, tzinfo=UTC)]])
    assert content == (
        b'\xef\xbb\xbfa,b\r\n"x,y",2026-03-14T12:00:00.000Z\r\n"say ""a""",-3\r\n,2026-01-01T00:00:00.000Z\r\n'
    )


def test_a_name_that_is_no_unicode_is_written_all_the_same() -> None:
    assert read(as_csv(["file"], [["a\udcff.pdf"]]))[1] == ["a\\udcff.pdf"]
