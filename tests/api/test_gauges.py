"""Numbers of platforms, however they nest, name and spell them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api import gauges
from console.api.gauges import DEPTH_LIMIT, UNKNOWN_LIMIT, Gauge
from console.model.errors import ProtocolViolation
from console.model.metrics import Target, Unit

KNOWN = (
    Gauge(
        id="api.p95",
        name="p95",
        fields=("p95", "p95_response_time"),
        unit=Unit.MILLISECONDS,
        target=Target(limit=200.0),
    ),
    Gauge(id="cpu", name="Processor", fields=("cpu.usage", "cpu_usage"), unit=Unit.RATIO),
    Gauge(id="size", name="Size", fields=("cache_size",), unit=Unit.BYTES),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=5),
    max_leaves=30,
)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"p95": 120, "cpu": {"usage": 0.5}}, {"api.p95": 120.0, "cpu": 0.5}),
        ({"data": {"p95ResponseTime": "2.3ms", "cpuUsage": "48 %"}}, {"api.p95": 2.3, "cpu": 0.48}),
        ({"p95": "1.5s", "cache_size": "256MB"}, {"api.p95": 1500.0, "size": 256.0 * 1024**2}),
        ({"p95": None, "cache-size": "2GiB"}, {"api.p95": None, "size": 2.0 * 1024**3}),
        ({"p95": "soon", "other": {"queue_depth": 7}}, {"api.p95": None, "x:other.queue_depth": 7.0}),
        ({}, {}),
    ],
)
def test_numbers_are_found_in_any_spelling(body: object, told: dict[str, float | None]) -> None:
    assert {one.id: one.value for one in gauges.report(body, KNOWN, prefix="x").metrics} == told


def test_the_time_of_a_reading_is_no_number_of_it() -> None:
    found = gauges.report({"timestamp": 1_700_000_000, "p95": 1}, KNOWN, prefix="x")
    assert found.said_at is not None
    assert [one.id for one in found.metrics] == ["api.p95"]


@pytest.mark.parametrize(("value", "missed"), [(199.9, False), (200.0, True), (500.0, True)])
def test_a_target_is_missed_at_its_limit(value: float, *, missed: bool) -> None:
    (metric,) = gauges.report({"p95": value}, KNOWN, prefix="x").metrics
    assert metric.missed is missed


@pytest.mark.parametrize("body", [None, [], "p95", 5])
def test_what_is_no_object_is_named(body: object) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        gauges.report(body, KNOWN, prefix="x")
    assert caught.value.field == "metrics"


@given(st.dictionaries(st.text(max_size=20) | st.sampled_from(["p95", "cpu", "cache_size", "timestamp"]), JSON))
def test_any_object_is_read_and_bounded(body: dict[str, object]) -> None:
    found = gauges.report(body, KNOWN, prefix="x")
    assert len(found.metrics) <= len(KNOWN) + UNKNOWN_LIMIT
    assert all(one.value is None or math.isfinite(one.value) for one in found.metrics)
    assert len({one.id for one in found.metrics}) == len(found.metrics)


def test_nesting_has_an_end() -> None:
    body: dict[str, object] = {"deepest": 1}
    for _level in range(DEPTH_LIMIT + 5):
        body = {"in": body}
    assert gauges.report(body, KNOWN, prefix="x").metrics == ()
