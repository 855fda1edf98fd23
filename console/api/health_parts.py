"""Reading the health of a server that names its parts, in any of the shapes that platforms share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.api import reading
from console.api.gauges import measure
from console.model.errors import ProtocolViolation
from console.model.health import HealthReport, HealthSample, Origin, ServiceHealth, derive_status
from console.model.metrics import Unit

if TYPE_CHECKING:
    from datetime import datetime

PARTS = ("components", "checks", "services", "dependencies")
_LATENCIES = ("latency_ms", "response_time_ms", "response_time", "responseTime", "latency")
_WHOLE = "platform"


def report(body: object, *, title: str, at: datetime, total_ms: float, clock_offset_s: float | None) -> HealthReport:
    """The server as a whole, then its parts where it names any.

    Args:
        body: `{status, components|checks|services|dependencies: {name: {status, ..} | word | true}}`, or the parts
            as a list of `{name, status}`; maybe wrapped.
        title: What to call the server where it does not say.
        at: When the answer came (our clock).
        total_ms: Of the exchange; the latency of the server as a whole.
        clock_offset_s: Server's clock minus ours.

    Raises:
        ProtocolViolation: It names neither parts nor a status.
    """
    found = reading.unwrapped(body, "health")
    said_at = reading.instant(found.get("timestamp"))
    parts = named(found)
    word = reading.text(found.get("status"))
    if parts is None and not word:
        raise ProtocolViolation("health has neither a status nor parts", field="status")
    sample = HealthSample(
        service_id=_WHOLE,
        at=at,
        origin=Origin.POLL,
        status=derive_status(word or None, None, dependencies=[_word(part) for part in (parts or {}).values()]),
        said_at=said_at,
        total_ms=total_ms,
    )
    whole = ServiceHealth(
        id=_WHOLE,
        name=reading.text(found.get("service")) or title,
        sample=sample,
        version=reading.text(found.get("version")),
        last_check=said_at,
    )
    rest = [_part(name, part, at=at, said_at=said_at) for name, part in (parts or {}).items()]
    return HealthReport(services=(whole, *rest), clock_offset_s=clock_offset_s)


def named(body: Mapping[str, object]) -> Mapping[str, object] | None:
    """The parts by name; None where the body has none."""
    for key in PARTS:
        found = body.get(key)
        if isinstance(found, Mapping):
            return found
        if isinstance(found, list):
            objects = [one for one in found if isinstance(one, Mapping)]
            return {name: one for one in objects if (name := reading.text(one.get("name")))}
    return None


def words(body: Mapping[str, object]) -> dict[str, str]:
    """The parts' names as in a report, each with its status as the server words it."""
    return {reading.clean(name): _word(part) for name, part in (named(body) or {}).items()}


def _part(name: str, part: object, *, at: datetime, said_at: datetime | None) -> ServiceHealth:
    fields, name = part if isinstance(part, Mapping) else {}, reading.text(name)
    latency_ms = next(
        (ms for key in _LATENCIES if (ms := measure(fields.get(key), Unit.MILLISECONDS)) is not None), None
    )
    score = reading.ratio(fields.get("score"))
    sample = HealthSample(
        service_id=f"part:{name}",
        at=at,
        origin=Origin.POLL,
        status=derive_status(_word(part) or None, score),
        said_at=said_at,
        upstream_ms=latency_ms,
        score=score,
        problem=reading.text(fields.get("error")),
    )
    version = reading.text(fields.get("version"))
    return ServiceHealth(id=f"part:{name}", name=name, sample=sample, version=version, last_check=said_at)


def _word(part: object) -> str:
    """A part may be a truth value, a word, or an object with a status."""
    if isinstance(part, bool):
        return "healthy" if part else "down"
    return reading.text(part.get("status")) if isinstance(part, Mapping) else reading.text(part)
