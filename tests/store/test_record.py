"""What was seen is read back as it was seen, once each, and of the right gateway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.connection import Phase
from console.model.exchange import Exchange, Reason
from console.model.freshness import Source
from console.model.health import HealthSample, HealthStatus, Origin, ServiceHealth
from console.store.moments import moment, stamp
from console.store.record import RECORD, Record, StoryEntry

if TYPE_CHECKING:
    from tests.store.conftest import Shelf

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GATEWAY = "kong:https://gateway.example#"
OTHER = "kong:https://other.example#"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def sample(
    seconds: float, *, origin: Origin = Origin.POLL, service: str = "orders", score: float = 0.9
) -> HealthSample:
    return HealthSample(service_id=service, at=after(seconds), origin=origin, status=HealthStatus.HEALTHY, score=score)


FULL = HealthSample(
    service_id="orders",
    at=NOON + timedelta(microseconds=1),
    origin=Origin.FEED,
    status=HealthStatus.UNHEALTHY,
    said_at=NOON - timedelta(hours=1),
    score=0.1,
    total_ms=12.5,
    gateway_ms=1.25,
    upstream_ms=0.0,
    problem="no answer within 8 s",
)


@pytest.fixture
async def record(shelf: Shelf) -> Record:
    return Record(await shelf.open(RECORD))


async def every(record: Record, service: str = "orders") -> tuple[HealthSample, ...]:
    return await record.samples(GATEWAY, service, NOON - timedelta(days=365), NOON + timedelta(days=365))


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])))
def test_moments_are_exact_both_ways(at: datetime) -> None:
    assert moment(stamp(at)) == at
    assert moment(stamp(at)).tzinfo is UTC


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("status", HealthStatus)
async def test_every_field_comes_back(record: Record, origin: Origin, status: HealthStatus) -> None:
    bare = HealthSample(service_id="orders", at=NOON - timedelta(hours=2), origin=origin, status=status)
    await record.append_samples(GATEWAY, [FULL, bare])
    assert await every(record) == (bare, FULL)


async def test_samples_are_kept_once_and_read_oldest_first(record: Record) -> None:
    samples = [sample(seconds) for seconds in (16, 0, 8)]
    for _ in range(2):
        await record.append_samples(GATEWAY, samples)
    await record.append_samples(GATEWAY, [])
    assert [one.at for one in await every(record)] == [after(0), after(8), after(16)]
    assert [one.at for one in await record.samples(GATEWAY, "orders", after(0), after(8))] == [after(0), after(8)]
    assert await record.samples(GATEWAY, "nobody", after(0), after(8)) == ()
    assert await record.samples(OTHER, "orders", after(0), after(8)) == ()


async def test_history_fills_holes_and_nothing_else(record: Record) -> None:
    await record.append_samples(GATEWAY, [sample(0), sample(100), sample(50, service="billing")])
    told = [sample(seconds, origin=Origin.HISTORY, score=0.2) for seconds in (-10.1, -10, 5, 50, 52, 90, 110, 110.1)]
    for _ in range(2):
        await record.append_samples(GATEWAY, told, history_tolerance_s=10.0)
    found = [(one.at, one.origin) for one in await every(record)]
    assert found == [
        (after(-10.1), Origin.HISTORY),
        (after(0), Origin.POLL),
        (after(50), Origin.HISTORY),
        (after(52), Origin.HISTORY),  # near what was told, not near what was seen
        (after(100), Origin.POLL),
        (after(110.1), Origin.HISTORY),
    ]


async def test_in_one_batch_what_was_seen_goes_before_what_was_told(record: Record) -> None:
    await record.append_samples(GATEWAY, [sample(1, origin=Origin.HISTORY), sample(0)], history_tolerance_s=10.0)
    assert [one.origin for one in await every(record)] == [Origin.POLL]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(Origin)), max_size=30),
    st.integers(0, 20),
)
async def test_no_history_near_what_was_seen(looks: list[tuple[int, Origin]], tolerance_s: int) -> None:
    # The rule itself, on the samples' own SQL, without a file per example.
    import apsw

    from console.store import samples

    db = apsw.Connection(":memory:")
    db.execute(";".join(RECORD.steps))
    db.execute("INSERT INTO gateway (id, gateway_id) VALUES (1, ?)", (GATEWAY,))
    batch = [sample(seconds, origin=origin) for seconds, origin in looks]
    samples.append(db, 1, batch, tolerance_s * 1_000_000)
    kept = samples.between(db, GATEWAY, "orders", 0, stamp(after(100)))
    seen = {one.at for one in batch if one.origin is not Origin.HISTORY}
    told = {one.at for one in batch if one.origin is Origin.HISTORY}
    near = timedelta(seconds=tolerance_s)
    expected = seen | {at for at in told if all(abs(at - other) > near for other in seen)}
    assert [one.at for one in kept] == sorted(expected)
    db.close()


async def test_services_come_back_from_the_record_with_their_age(shelf: Shelf) -> None:
    database = await shelf.open(RECORD)
    record = Record(database)
    first = ServiceHealth(
        id="b", name="<b>x</b>" * 40, sample=FULL, version="1.2", host="10.0.0.1", port=80, last_check=NOON
    )
    second = ServiceHealth(id="a", name="", sample=sample(1, service="a"))
    await record.save_services(GATEWAY, [first, second])
    await record.save_services(GATEWAY, [])
    newer = ServiceHealth(id="b", name="renamed", sample=sample(2, service="b"))
    await record.save_services(GATEWAY, [newer])
    await record.append_samples(GATEWAY, [sample(0, service="never saved")])
    await database.close()
    found = await Record(await shelf.open(RECORD)).services(GATEWAY)
    assert [one.value for one in found] == [newer, second]
    assert [one.observed_at for one in found] == [newer.sample.at, second.sample.at]
    assert {one.source for one in found} == {Source.RECORD}


async def test_recent_samples_of_ten_thousand_services(record: Record) -> None:
    ids = [str(number) for number in range(10_000)]
    await record.append_samples(GATEWAY, [sample(seconds, service=one) for one in ids for seconds in (-999, 0, 8)])
    await record.append_samples(OTHER, [sample(0, service="elsewhere")])
    found = await record.recent(GATEWAY, NOON)
    assert list(found) == ids
    assert {tuple(one.at for one in samples) for samples in found.values()} == {(after(0), after(8))}


async def test_the_newest_moment_is_known(record: Record) -> None:
    assert await record.latest_at(GATEWAY) is None
    await record.append_samples(GATEWAY, [sample(5), sample(9, service="billing"), sample(7)])
    await record.append_samples(OTHER, [sample(99)])
    assert await record.latest_at(GATEWAY) == after(9)


def exchange(seconds: float, status: int | None) -> Exchange:
    return Exchange(
        at=after(seconds), operation="health.read", method="GET", route="/api/v1/health", status=status,
        error="" if status else "ConnectFailed", total_ms=12.5, gateway_ms=None, upstream_ms=3.0,
        request_id="r-1", attempt=2, call_id="c-1", reason=Reason.RETRY, service="health", authenticated=True,
    )  # fmt: skip


async def test_exchanges_are_kept_and_the_newest_read(record: Record) -> None:
    made = [exchange(0, 200), exchange(1, None), exchange(2, 503)]
    await record.append_exchanges(GATEWAY, made)
    await record.append_exchanges(GATEWAY, [])
    assert await record.exchanges(GATEWAY, NOON) == tuple(made)
    assert await record.exchanges(GATEWAY, NOON, limit=2) == tuple(made[1:])
    assert await record.exchanges(GATEWAY, after(1.5)) == (made[2],)
    assert await record.exchanges(OTHER, NOON) == ()


async def test_the_story_is_kept(record: Record) -> None:
    await record.append_story(GATEWAY, after(1), Phase.LOST, "127.0.0.1:8000 refuses connections")
    await record.append_story(GATEWAY, after(0), Phase.LIVE, "")
    assert await record.story(GATEWAY, NOON) == (
        StoryEntry(at=after(0), phase=Phase.LIVE, detail=""),
        StoryEntry(at=after(1), phase=Phase.LOST, detail="127.0.0.1:8000 refuses connections"),
    )
    assert len(await record.story(GATEWAY, after(1))) == 1


async def test_forgetting_a_gateway_forgets_all_of_it_and_no_other(record: Record) -> None:
    for gateway in (GATEWAY, OTHER):
        await record.append_samples(gateway, [sample(0)])
        await record.save_services(gateway, [ServiceHealth(id="orders", name="orders", sample=sample(0))])
        await record.append_exchanges(gateway, [exchange(0, 200)])
        await record.append_story(gateway, NOON, Phase.LIVE, "")
    await record.forget_gateway(GATEWAY)

    async def counts(gateway: str) -> list[int]:
        return [
            len(await record.samples(gateway, "orders", NOON, NOON)),
            len(await record.services(gateway)),
            len(await record.exchanges(gateway, NOON)),
            len(await record.story(gateway, NOON)),
        ]

    assert await counts(GATEWAY) == [0, 0, 0, 0]
    assert await counts(OTHER) == [1, 1, 1, 1]
    await record.append_samples(GATEWAY, [sample(0)])
    assert await counts(GATEWAY) == [1, 0, 0, 0]
