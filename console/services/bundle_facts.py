"""What a support bundle says of a gateway beside its requests: the story, the circuits, the cache, a probe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.model.errors import StoreError
from console.services.explain import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.api.breaker import CircuitView
    from console.api.budget import BudgetView
    from console.model.blame import Verdict
    from console.model.connection import Connection, Phase
    from console.services.latest import Latest
    from console.services.ports import AnswerCache

_LOOK_BACK = timedelta(days=1)


class ReportedSession(Protocol):
    """What is asked of a session; see `console.services.session.Session`."""

    @property
    def connection(self) -> Latest[Connection]:
        """The connection's story."""

    @property
    def circuits(self) -> Callable[[], tuple[CircuitView, ...]]:
        """Gives every service asked so far."""

    @property
    def budget(self) -> Callable[[], BudgetView | None]:
        """Gives how many requests what polls may send."""

    @property
    def cache(self) -> AnswerCache:
        """What is kept of the gateway's answers."""


class Turn(Protocol):
    """One turn of a recorded story; see `console.store.record.StoryEntry`."""

    @property
    def at(self) -> datetime:
        """Since when (UTC)."""

    @property
    def phase(self) -> Phase:
        """Where the session stood."""

    @property
    def detail(self) -> str:
        """What was said about it."""


class StoryRecord(Protocol):
    """Recorded stories; see `console.store.record.Record`."""

    async def story(self, gateway_id: str, since: datetime) -> Sequence[Turn]:
        """Turns since a time, oldest first. Raises StoreError."""


async def gateway_facts(
    session: ReportedSession, gateway_id: str, record: StoryRecord, verdict: Verdict | None
) -> dict[str, object]:
    """All of it together."""
    return {**session_facts(session), **verdict_facts(verdict), **await recorded_story(record, gateway_id)}


def session_facts(session: ReportedSession) -> dict[str, object]:
    """How a session stands now."""
    budget = session.budget()
    cache = session.cache.stats
    return {
        "connection": msgspec.to_builtins(session.connection.value),
        "circuits": msgspec.to_builtins(session.circuits()),
        "polling_budget": msgspec.to_builtins(budget) if budget is not None else "nothing was asked yet",
        "cache": {**msgspec.to_builtins(cache), "hit_ratio": cache.hit_ratio},
    }


def verdict_facts(verdict: Verdict | None) -> dict[str, object]:
    """What a probe of the way to the gateway found, layer by layer."""
    if verdict is None:
        return {"probe": "not made"}
    culprit = verdict.culprit
    said = f"at fault: {culprit.layer.value}" if culprit is not None else "every layer holds"
    return {"probe": {"verdict": said, "layers": msgspec.to_builtins(verdict.probes)}}


async def recorded_story(record: StoryRecord, gateway_id: str) -> dict[str, object]:
    """The turns of the last day, or why they can't be told."""
    try:
        turns = await record.story(gateway_id, datetime.now(UTC) - _LOOK_BACK)
    except StoreError as exc:
        return {"story": explain(exc).text}
    return {"story": [{"at": one.at.isoformat(), "phase": one.phase.value, "detail": one.detail} for one in turns]}
