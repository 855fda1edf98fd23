"""What one card of the Health view shows, in which order cards stand, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.freshness import Observed, Source
from console.model.health import HealthStatus, ServiceHealth

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from console.services.ports import HealthSnapshot


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One service as a card shows it.

    Attributes:
        id: The service's id.
        status: The last known status: of now unless the card is stale.
        observed: The service, with when and where it was seen.
        stale: Grey: the value may no longer hold.
        offline: Nothing fresh can arrive at the moment, so the age says so.
    """

    id: str
    status: HealthStatus
    observed: Observed[ServiceHealth]
    stale: bool
    offline: bool

    @property
    def service(self) -> ServiceHealth:
        """The service as last seen."""
        return self.observed.value


def cards_of(snapshot: HealthSnapshot, now: datetime, known: Mapping[str, Card] | None = None) -> dict[str, Card]:
    """A card for each service, by id.

    Runs for every service at every state, so that it compares each one's time with one deadline instead of asking
    `Observed.is_stale` (a property test holds the two together). Cards in `known` that still hold are given back as
    they are: whoever compares by identity sees what changed.
    """
    known = known or {}
    deadline = now - timedelta(seconds=snapshot.budget_s)
    lost = snapshot.source_lost
    cards: dict[str, Card] = {}
    for observed in snapshot.services:
        offline = lost or observed.source is not Source.LIVE
        stale = offline or bool(observed.problem) or observed.observed_at < deadline
        service = observed.value
        old = known.get(service.id)
        if old is not None and old.observed is observed and old.stale is stale and old.offline is offline:
            cards[old.id] = old
        else:
            cards[service.id] = Card(
                id=service.id, status=service.sample.status, observed=observed, stale=stale, offline=offline
            )
    return cards


def worst_first(cards: Iterable[Card]) -> list[Card]:
    """Cards in the order they are shown: by status, what is sure before what is stale, then by name."""
    return sorted(cards, key=_rank)


def _rank(card: Card) -> tuple[int, bool, str, str]:
    return (-card.status.severity, card.stale, card.service.name.casefold(), card.id)


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What all services add up to, whatever the filter.

    Attributes:
        fresh: Services by status, stale ones left out.
        last_known: Services by status, stale ones counted by what they were when last seen.
        stale: Services whose value may no longer hold.
    """

    fresh: Mapping[HealthStatus, int]
    last_known: Mapping[HealthStatus, int]
    stale: int

    @classmethod
    def of(cls, cards: Iterable[Card]) -> Totals:
        """Count."""
        fresh = dict.fromkeys(HealthStatus, 0)
        last_known = dict.fromkeys(HealthStatus, 0)
        stale = 0
        for card in cards:
            last_known[card.status] += 1
            if card.stale:
                stale += 1
            else:
                fresh[card.status] += 1
        return cls(fresh=fresh, last_known=last_known, stale=stale)

    @property
    def count(self) -> int:
        """All services."""
        return sum(self.last_known.values())

    @property
    def sentence(self) -> str:
        """Such as `12 healthy · 1 degraded · 1 unhealthy · 3 stale`; what is zero is left out."""
        parts = [
            (self.fresh[HealthStatus.HEALTHY], tr("{count} healthy", count=f"{self.fresh[HealthStatus.HEALTHY]:,}")),
            (self.fresh[HealthStatus.DEGRADED], tr("{count} degraded", count=f"{self.fresh[HealthStatus.DEGRADED]:,}")),
            (
                self.fresh[HealthStatus.UNHEALTHY],
                tr("{count} unhealthy", count=f"{self.fresh[HealthStatus.UNHEALTHY]:,}"),
            ),
            (self.fresh[HealthStatus.UNKNOWN], tr("{count} unknown", count=f"{self.fresh[HealthStatus.UNKNOWN]:,}")),
            (self.stale, tr("{count} stale", count=f"{self.stale:,}")),
        ]
        return " · ".join(text for count, text in parts if count)
