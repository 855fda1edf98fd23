"""Health samples as rows: small, because there are millions of them."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from console.model.health import HealthSample, HealthStatus, Origin
from console.store.moments import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

# The numbers are on disks: never change or reuse one.
_ORIGINS = {Origin.POLL: 1, Origin.FEED: 2, Origin.HISTORY: 3}
_STATUSES = {HealthStatus.HEALTHY: 1, HealthStatus.DEGRADED: 2, HealthStatus.UNHEALTHY: 3, HealthStatus.UNKNOWN: 4}
_ORIGIN_OF = {number: origin for origin, number in _ORIGINS.items()}
_STATUS_OF = {number: status for status, number in _STATUSES.items()}

# What a sample says in words, for searches.
TEXT = (
    "CASE status "
    + " ".join(f"WHEN {number} THEN '{status.value}'" for status, number in _STATUSES.items())
    + " END || CASE WHEN problem IS NULL THEN '' ELSE ': ' || problem END"
)
COLUMNS = "at, origin, status, said_at, score, total_ms, gateway_ms, upstream_ms, problem"
_SEEN = (
    f"INSERT INTO sample (told, service, {COLUMNS}, era)"  # noqa: S608  (constants of this module)
    " VALUES (0, (SELECT id FROM service WHERE gateway = ? AND service_id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_TOLD = (
    f"INSERT INTO sample (told, service, {COLUMNS}, era)"  # noqa: S608  (constants of this module)
    " SELECT 1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM service WHERE gateway = ?1 AND service_id = ?2"
    " AND NOT EXISTS (SELECT 1 FROM sample WHERE service = service.id AND told = 0 AND at BETWEEN ?3 - ?13"
    " AND ?3 + ?13)"
    " ON CONFLICT DO NOTHING"
)


def append(db: apsw.Connection, gateway: int, samples: Sequence[HealthSample], tolerance: int) -> None:
    """Keep samples; `tolerance` in microseconds. See `console.store.record.Record.append_samples`."""
    if not samples:
        return
    db.executemany(
        "INSERT INTO service (gateway, service_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        ((gateway, service_id) for service_id in dict.fromkeys(sample.service_id for sample in samples)),
    )
    seen = (sample for sample in samples if sample.origin is not Origin.HISTORY)
    told = (sample for sample in samples if sample.origin is Origin.HISTORY)
    era = _era(db, samples)
    db.executemany(_SEEN, ((*_row(gateway, sample), era) for sample in seen))
    # After what was seen: that decides what of the history is left out.
    db.executemany(_TOLD, ((*_row(gateway, sample), era, tolerance) for sample in told))


def between(db: apsw.Connection, gateway_id: str, service_id: str, since: int, until: int) -> tuple[HealthSample, ...]:
    """Samples of one service, oldest first, both ends included."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM sample WHERE service = (SELECT id FROM service WHERE service_id = ?"  # noqa: S608  (constant)
        " AND gateway = (SELECT id FROM gateway WHERE gateway_id = ?)) AND at BETWEEN ? AND ? ORDER BY at, told",
        (service_id, gateway_id, since, until),
    )
    return tuple(sample(service_id, *row) for row in rows)


def since(db: apsw.Connection, gateway_id: str, since: int) -> dict[str, tuple[HealthSample, ...]]:
    """Samples of every service since a time, oldest first."""
    # CROSS: by service, then by time within it, as the rows lie in the file.
    rows = db.execute(
        f"SELECT service_id, {COLUMNS} FROM service CROSS JOIN sample ON sample.service = service.id"  # noqa: S608  (constant)
        " WHERE gateway = (SELECT id FROM gateway WHERE gateway_id = ?) AND at >= ? ORDER BY service.id, at, told",
        (gateway_id, since),
    )
    return {service_id: tuple(sample(*row) for row in group) for service_id, group in groupby(rows, itemgetter(0))}


def newest(db: apsw.Connection, gateway_id: str) -> int | None:
    """When the newest sample of a gateway was taken."""
    found: int | None = db.execute(
        "SELECT max((SELECT max(at) FROM sample WHERE sample.service = service.id)) FROM service"
        " WHERE gateway = (SELECT id FROM gateway WHERE gateway_id = ?)",
        (gateway_id,),
    ).get
    return found


def _era(db: apsw.Connection, samples: Sequence[HealthSample]) -> int:
    """The era in which samples are written, and from now on known to reach over their times."""
    times = [stamp(sample.at) for sample in samples]
    era: int = db.execute(
        "UPDATE era SET oldest = min(coalesce(oldest, ?1), ?1), newest = max(coalesce(newest, ?2), ?2)"
        " WHERE id = (SELECT max(id) FROM era) RETURNING id",
        (min(times), max(times)),
    ).get
    return era


def _row(gateway: int, sample: HealthSample) -> tuple[Any, ...]:
    return (
        gateway,
        sample.service_id,
        stamp(sample.at),
        _ORIGINS[sample.origin],
        _STATUSES[sample.status],
        None if sample.said_at is None else stamp(sample.said_at),
        sample.score,
        sample.total_ms,
        sample.gateway_ms,
        sample.upstream_ms,
        sample.problem or None,
    )


def sample(  # noqa: PLR0913, PLR0917  (one argument a column: rows are unpacked without a detour, 100,000 at a time)
    service_id: str,
    at: int,
    origin: int,
    status: int,
    said_at: int | None,
    score: float | None,
    total_ms: float | None,
    gateway_ms: float | None,
    upstream_ms: float | None,
    problem: str | None,
) -> HealthSample:
    """A sample from its row."""
    return HealthSample(
        service_id=service_id,
        at=moment(at),
        origin=_ORIGIN_OF[origin],
        status=_STATUS_OF[status],
        said_at=None if said_at is None else moment(said_at),
        score=score,
        total_ms=total_ms,
        gateway_ms=gateway_ms,
        upstream_ms=upstream_ms,
        problem=problem or "",
    )
