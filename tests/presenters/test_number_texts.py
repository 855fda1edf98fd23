"""A number in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.metrics import Metric, Target, Unit
from console.presenters.number_texts import axis_unit, number_text, target_text, verdict_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, Unit.COUNT, "no value"),
        (232.4, Unit.MILLISECONDS, "232 ms"),
        (2.345, Unit.MILLISECONDS, "2.35 ms"),
        (12_400.0, Unit.MILLISECONDS, "12.4 s"),
        (0.85, Unit.RATIO, "85%"),
        (0.0079, Unit.RATIO, "0.79%"),
        (0.0, Unit.RATIO, "0%"),
        (97_710_080.0, Unit.BYTES, "93.2 MiB"),
        (12.44, Unit.PER_SECOND, "12.4 /s"),
        (1234567.0, Unit.COUNT, "1,234,567"),
    ],
)
def test_a_value_has_its_unit_and_enough_digits(value: float | None, unit: Unit, text: str) -> None:
    assert number_text(value, unit) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(list(Unit)))
def test_any_number_has_a_text(value: float, unit: Unit) -> None:
    assert number_text(value, unit)
    assert axis_unit(unit, value)[0] > 0


def test_a_target_says_which_side_is_good() -> None:
    assert target_text(Target(limit=200), Unit.MILLISECONDS) == "below 200 ms"
    assert target_text(Target(limit=0.85, at_most=False), Unit.RATIO) == "above 85%"


def test_the_bound_itself_is_missed_and_what_is_unknown_is_neither() -> None:
    def metric(value: float | None) -> Metric:
        return Metric(id="a", name="a", value=value, target=Target(limit=200))

    assert verdict_text(metric(199)) == "Kept"
    assert verdict_text(metric(200)) == "Missed"
    assert verdict_text(metric(None)) == ""
    assert verdict_text(Metric(id="a", name="a", value=1)) == ""
