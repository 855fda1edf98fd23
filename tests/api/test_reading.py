"""Tolerant in form, strict about what is required, and never anything but a ProtocolViolation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api import reading
from console.model.errors import ProtocolViolation

if TYPE_CHECKING:
    from collections.abc import Callable

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.93, 0.93),
        (93, 0.93),
        (1, 1.0),
        ("0.93", 0.93),
        ("93%", 0.93),
        ("0.5 %", 0.005),
        (100, 1.0),
        (0, 0.0),
        (-1, None),
        (250, None),
        (True, None),
        ("good", None),
        (None, None),
        (float("nan"), None),
        (10**400, None),
    ],
)
def test_scores_are_ratios_or_percent_or_nothing(value: object, expected: float | None) -> None:
    assert reading.ratio(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T13:00:00+01:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (1772366400, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (1772366400000, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("1772366400", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("yesterday", None),
        (-5, None),
        (1e300, None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
    ],
)
def test_instants(value: object, expected: datetime | None) -> None:
    assert reading.instant(value) == expected


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 253402300799000])
def test_times_that_some_zone_can_not_show_are_none(value: object) -> None:
    assert reading.instant(value) is None


@pytest.mark.parametrize("body", [[1], {"data": [1]}, {"services": [1]}, {"data": {"items": [1]}}, {"results": [1]}])
def test_lists_may_be_wrapped(body: object) -> None:
    assert reading.listing(body, "services") == [1]


def test_what_is_no_list_is_named() -> None:
    with pytest.raises(ProtocolViolation) as caught:
        reading.listing({"services": "many"}, "services")
    assert caught.value.field == "services"
    assert "text" in caught.value.detail


def refused_field(read: Callable[[], object]) -> str | None:
    try:
        read()
    except ProtocolViolation as exc:
        return exc.field
    return None


@given(json_values)
def test_nothing_crashes_a_reader(value: object) -> None:
    for read in (reading.text, reading.number, reading.ratio, reading.instant, reading.port, reading.texts):
        read(value)
    for strict in (lambda: reading.listing(value, "x"), lambda: reading.unwrapped(value, "x")):
        assert refused_field(strict) in {None, "x"}
