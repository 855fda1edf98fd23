"""The record as one list: any query gives what a plain filter over all of it gives, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.connection import Phase
from console.model.exchange import Exchange
from console.model.health import HealthSample, HealthStatus, Origin, ServiceHealth
from console.model.record import RecordEntry, RecordKind, RecordPage, RecordQuery
from console.store import streams
from console.store.record import RECORD, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from tests.store.conftest import Shelf

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GATEWAYS = ("kong:https://a.example#", "kong:https://b.example#t", "dotmac:https://c.example#")
SECONDS = range(5)  # few: entries of one moment are what pages have to tell apart


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


def exchange(second: int, number: int) -> Exchange:
    return Exchange(
        at=at(second),
        operation="health.read" if number % 3 else "auth.me",
        method="GET",
        route="/api/Services/{id}",
        status=None if number % 4 == 0 else 200 + number % 3,
        error="ConnectFailed" if number % 4 == 0 else "",
        total_ms=float(number),
        gateway_ms=None,
        upstream_ms=1.5,
        request_id=f"request-{number % 7}" if number % 5 else "",
        attempt=1,
        said_at=at(second + 100) if number % 2 else None,
    )


def sample(second: int, number: int) -> HealthSample:
    return HealthSample(
        service_id=f"id-{number % 3}",
        at=at(second),
        origin=(Origin.POLL, Origin.FEED, Origin.HISTORY)[number % 3],
        status=tuple(HealthStatus)[number % 4],
        said_at=at(second + 50) if number % 2 else None,
        problem="no Answer, größer" if number % 5 == 0 else "",
        score=0.5,
    )


def note(second: int, number: int, *, kind: RecordKind = RecordKind.ACTION, gateway_id: str = "") -> RecordEntry:
    return RecordEntry(
        kind=kind,
        gateway_id=gateway_id,
        observed_at=at(second),
        said_at=at(second + 9) if number % 2 else None,
        ids=(f"request-{number % 4}",) if number % 3 == 0 else ("edge", f"request-{number % 4}"),
        text=f"sign-in ada {number % 10}",
        detail={"action": "sign-in", "count": number, "ratio": 0.5, "none": None},
    )


async def filled(record: Record) -> None:
    for offset, gateway in enumerate(GATEWAYS):
        seconds = [(second, 3 * second + offset) for second in SECONDS]
        await record.append_exchanges(gateway, [exchange(s, n) for s, n in seconds * 2])
        await record.append_samples(gateway, [sample(s, n + k) for s, n in seconds for k in range(3)])
        named = ServiceHealth(id="id-0", name="Orders", sample=sample(0, 0))
        await record.save_services(gateway, [named])
        for second, number in seconds[::4]:
            await record.append_story(gateway, at(second), Phase.LOST, "TLS failed" if number % 2 else "")
        feed = [note(s, n, kind=RecordKind.FEED, gateway_id=gateway) for s, n in seconds]
        await record.append_entries(gateway, feed)
    await record.append_entries("", [note(second, second) for second in SECONDS])


def every(db: apsw.Connection, query: RecordQuery, budget: int = 10_000) -> tuple[list[RecordEntry], list[RecordPage]]:
    """All pages of a query."""
    found: list[RecordEntry] = []
    pages: list[RecordPage] = []
    while not pages or pages[-1].more:
        before = pages[-1].more if pages else ""
        pages.append(streams.page(db, msgspec.structs.replace(query, before=before), budget=budget, least=1))
        found += pages[-1].entries
        assert len(pages[-1].entries) <= query.limit
    return found, pages


@pytest.fixture
async def record(shelf: Shelf) -> Record:
    record = Record(await shelf.open(RECORD))
    await filled(record)
    return record


def plainly(entries: Sequence[RecordEntry]) -> list[tuple[object, ...]]:
    return sorted(
        (e.kind, e.gateway_id, e.observed_at, e.ids, e.text, tuple(map(str, e.detail.items()))) for e in entries
    )


QUERIES = st.builds(
    RecordQuery,
    since=st.none() | st.sampled_from(SECONDS).map(at),
    until=st.none() | st.sampled_from(SECONDS).map(at),
    gateways=st.lists(st.sampled_from([*GATEWAYS, "", "unknown"]), max_size=3, unique=True).map(tuple),
    kinds=st.lists(st.sampled_from(RecordKind), max_size=3, unique=True).map(tuple),
    id=st.sampled_from(["", "", "", "edge", "id-0", "request-1", "nobody"]),
    text=st.sampled_from(
        ["", "", "orders", "ORDERS unh", "größer", "GRÖSSER", "connectfailed", "lost: tls", "200", "%"]
    ),
    limit=st.sampled_from([3, 7, 50, 1000]),
)


async def test_a_query_gives_what_a_plain_filter_gives(record: Record, shelf: Shelf) -> None:
    everything = (await record.entries(RecordQuery(limit=1000))).entries
    assert len(everything) > 100
    assert {entry.kind for entry in everything} == set(RecordKind) - {RecordKind.DROPPED}
    db = shelf.file(RECORD).connect()

    @settings(max_examples=150, deadline=None)
    @given(query=QUERIES, budget=st.sampled_from([19, 60, 10_000]))
    def holds(query: RecordQuery, budget: int) -> None:
        found, pages = every(db, query, budget)
        assert plainly(found) == plainly([entry for entry in everything if query.admits(entry)])
        times = [entry.observed_at for entry in found]
        assert times == sorted(times, reverse=True)
        assert all(page.searched_to is not None for page in pages[:-1])
        assert pages[-1].searched_to is None

    try:
        holds()
    finally:
        db.close()


@pytest.mark.parametrize("cursor", ["x", "1.2.3", "1.2.3.4.5", f"{1 << 70}.1.1.1", "1.2.3.'; DROP TABLE entry"])
async def test_a_cursor_of_elsewhere_is_refused(record: Record, cursor: str) -> None:
    with pytest.raises(streams.BadCursor):
        await record.entries(RecordQuery(before=cursor))


async def test_times_and_ids_come_back_as_they_were(record: Record) -> None:
    (newest, *_) = (await record.entries(RecordQuery(kinds=(RecordKind.REQUEST,), gateways=GATEWAYS[:1]))).entries
    wanted = exchange(4, 12)
    assert (newest.observed_at, newest.said_at, newest.ids) == (wanted.at, wanted.said_at, (wanted.request_id,))
    assert newest.text == "GET /api/Services/{id} - auth.me ConnectFailed"
    assert newest.detail["upstream_ms"] == wanted.upstream_ms
    (noted, *_) = (await record.entries(RecordQuery(kinds=(RecordKind.ACTION,)))).entries
    assert noted == note(4, 4)
