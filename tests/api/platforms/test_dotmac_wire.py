"""dotmac's payloads: odd entries are skipped and named, never hide the others, never raise anything else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.contract import Fingerprint
from console.api.platforms.dotmac import wire
from console.model.errors import ProtocolViolation
from console.model.health import HealthStatus, Origin

if TYPE_CHECKING:
    from console.model.health import HealthReport

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
STAMPS = st.datetimes().map(datetime.isoformat) | st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
ENTRIES = st.dictionaries(
    st.sampled_from(["id", "name", "status", "host", "port", "version", "last_health_check", "health_score"]),
    json_values,
) | st.fixed_dictionaries(
    {"name": st.text(min_size=1, max_size=5)},
    optional={
        "health_history": st.lists(
            st.fixed_dictionaries({"timestamp": STAMPS | json_values, "health_score": json_values})
        )
    },
)


def read(body: object, clock_offset_s: float | None = 0.0) -> HealthReport:
    return wire.report(body, at=NOON, clock_offset_s=clock_offset_s)


def service(**fields: object) -> dict[str, object]:
    return {"id": 1, "name": "redis", "status": "healthy", **fields}


@pytest.mark.parametrize(
    ("said", "score", "status"),
    [
        (0.93, 0.93, HealthStatus.HEALTHY),
        (93, 0.93, HealthStatus.HEALTHY),
        ("0.6", 0.6, HealthStatus.DEGRADED),
        ("60%", 0.6, HealthStatus.DEGRADED),
        (1, 1.0, HealthStatus.HEALTHY),
        (0, 0.0, HealthStatus.UNHEALTHY),
        ("good", None, HealthStatus.HEALTHY),
        (None, None, HealthStatus.HEALTHY),
        (-1, None, HealthStatus.HEALTHY),
        (1000, None, HealthStatus.HEALTHY),
    ],
)
def test_scores_in_every_spelling(said: object, score: float | None, status: HealthStatus) -> None:
    (found,) = read([service(health_score=said)]).services
    assert (found.sample.score, found.sample.status) == (score, status)


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"services": x}, lambda x: {"data": {"items": x}}])
def test_lists_bare_and_wrapped(wrap: object) -> None:
    assert callable(wrap)
    report = read(wrap([service(), service(id="b", name="kafka")]))
    assert [found.id for found in report.services] == ["1", "b"]
    assert report.complete


def test_missing_fields_are_none() -> None:
    (found,) = read([{"name": "redis"}]).services
    assert (found.id, found.version, found.host, found.port, found.last_check) == ("redis", "", "", None, None)
    assert found.sample.status is HealthStatus.UNKNOWN


def test_odd_entries_are_skipped_and_named() -> None:
    report = read([service(), "redis", service(name="again"), {"status": "up"}, None, service(id=2)])
    assert [found.id for found in report.services] == ["1", "2"]
    assert not report.complete
    assert [line.partition(":")[0] for line in report.skipped] == [f"services[{index}]" for index in (1, 2, 3, 4)]
    assert "twice" in report.skipped[1]


@pytest.mark.parametrize("body", [None, {}, "x", {"services": None}, {"data": {"data": 7}}])
def test_no_list_is_named(body: object) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        read(body)
    assert caught.value.field == "services"


def test_history_is_put_on_our_clock_oldest_first_over_all_services() -> None:
    def told(minute: int, **fields: object) -> dict[str, object]:
        return {"timestamp": f"2026-03-01T11:{minute:02}:00Z", "health_score": 90, **fields}

    report = read(
        [
            service(health_history=[told(30, latency_ms=7.5), told(10), 0.4, None, {"timestamp": "never"}]),
            service(id=2, health_history=[told(20, latency_ms=-3)]),
        ],
        clock_offset_s=60.0,
    )
    assert [(one.service_id, one.at.minute) for one in report.history] == [("1", 9), ("2", 19), ("1", 29)]
    assert report.history[0].said_at == report.history[0].at + timedelta(seconds=60)
    assert {one.origin for one in report.history} == {Origin.HISTORY}
    assert [one.upstream_ms for one in report.history] == [None, None, 7.5]
    assert report.services[0].sample.upstream_ms == 7.5


@pytest.mark.parametrize(("stamp", "offset_s"), [("0001-01-01T00:00:00Z", 60.0), ("9999-12-31T23:59:59Z", -60.0)])
def test_a_time_beyond_the_calendar_is_left_out(stamp: str, offset_s: float) -> None:
    report = read([service(health_history=[{"timestamp": stamp, "health_score": 1}])], clock_offset_s=offset_s)
    assert len(report.services) == 1
    assert report.history == ()


@given(json_values | st.lists(ENTRIES | json_values, max_size=4), st.none() | st.floats(-1e11, 1e11))
def test_any_payload_gives_a_report_or_names_its_field(body: object, clock_offset_s: float | None) -> None:
    try:
        report = read(body, clock_offset_s)
    except ProtocolViolation as exc:
        named = exc.field
    else:
        ids = [found.id for found in report.services]
        assert len(ids) == len(set(ids))
        assert report.complete is not bool(report.skipped)
        return
    assert named


def test_a_server_without_a_registry_names_its_parts() -> None:
    body = {
        "status": "healthy",
        "version": "2.1",
        "services": [
            {"name": "redis", "status": "unhealthy", "message": "refused", "required": False},
            {"name": "postgres", "status": "healthy", "message": "", "required": True},
        ],
    }
    whole, redis, postgres = read(body).services
    assert (whole.name, whole.version, whole.sample.status) == ("dotmac", "2.1", HealthStatus.DEGRADED)
    assert (redis.name, redis.sample.status) == ("redis", HealthStatus.UNHEALTHY)
    assert (postgres.name, postgres.sample.status) == ("postgres", HealthStatus.HEALTHY)


def test_dotmac_is_recognised_and_kong_is_not_taken_for_it() -> None:
    refused = Fingerprint(status=401, headers={}, body={"detail": "Not authenticated"})
    kong = Fingerprint(status=404, headers={"x-kong-proxy-latency": "1"}, body={"message": "no Route matched"})
    assert wire.recognise(dict.fromkeys(wire.FINGERPRINTS, refused)) == pytest.approx(0.9)
    assert wire.recognise(dict.fromkeys(wire.FINGERPRINTS, kong)) == 0.0
