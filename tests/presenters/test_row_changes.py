"""One list becomes another in few steps, and what can stay stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.presenters.row_changes import Changes, Span, changes

lists = st.lists(st.integers(0, 30).map(str), unique=True, max_size=25)


def applied(old: list[str], new: list[str], wanted: Changes) -> list[str]:
    rows = list(old)
    for span in wanted.leaving:
        del rows[span.first : span.last + 1]
    for span in wanted.entering:
        rows[span.first : span.first] = new[span.first : span.last + 1]
    return rows


def rows_of(spans: tuple[Span, ...]) -> int:
    return sum(span.last - span.first + 1 for span in spans)


@given(lists, lists)
def test_the_changes_make_one_list_of_the_other(old: list[str], new: list[str]) -> None:
    wanted = changes(old, new)
    assert applied(old, new, wanted) == new
    assert rows_of(wanted.leaving) - rows_of(wanted.entering) == len(old) - len(new)


@given(lists, st.data())
def test_one_that_moves_is_the_only_one_that_leaves(rows: list[str], data: st.DataObject) -> None:
    if not rows:
        return
    place, target = (data.draw(st.integers(0, len(rows) - 1)) for _ in range(2))
    moved = [row for row in rows if row != rows[place]]
    moved.insert(target, rows[place])
    wanted = changes(rows, moved)
    assert rows_of(wanted.leaving) == rows_of(wanted.entering) == int(place != target)


def test_what_goes_and_comes_together_is_one_span() -> None:
    rows = [str(number) for number in range(1000)]
    assert changes(rows, [*rows[:10], *rows[900:]]) == Changes((Span(10, 899),), ())
    assert changes(rows[:10], rows) == Changes((), (Span(10, 999),))
