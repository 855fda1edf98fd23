"""The parts of the record that a session and its monitor need; see `console.store.record.Record`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from console.services.journal import SessionRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from console.model.freshness import Observed
    from console.model.health import HealthSample, ServiceHealth
    from console.services.cache_ports import AnswerShelf


class HealthRecord(Protocol):
    """The part of the record that health needs; see `console.store.record.Record`."""

    async def append_samples(self, gateway_id: str, samples: Sequence[HealthSample]) -> None:
        """Keep samples, each once."""

    async def save_services(self, gateway_id: str, services: Sequence[ServiceHealth]) -> None:
        """Keep the latest of each service."""

    async def services(self, gateway_id: str) -> tuple[Observed[ServiceHealth], ...]:
        """The latest of each service."""

    async def recent(self, gateway_id: str, since: datetime) -> Mapping[str, tuple[HealthSample, ...]]:
        """Samples since a time, by service, oldest first."""

    async def samples(
        self, gateway_id: str, service_id: str, since: datetime, until: datetime
    ) -> tuple[HealthSample, ...]:
        """Samples of one service, oldest first."""


class GatewayRecord(HealthRecord, SessionRecord, Protocol):
    """The part of the record that a session needs."""

    @property
    def cached(self) -> AnswerShelf:
        """Answers for the next start."""
