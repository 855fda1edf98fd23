"""What the operator prefers: how the window looks, when values count as old, how much is kept, when to be told."""

from __future__ import annotations

import enum
from datetime import time
from typing import TYPE_CHECKING

import msgspec

from console.model.appearance import Density, ShownTimes, ThemeChoice
from console.model.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Mapping

GIB = 1 << 30


class AlertState(enum.StrEnum):
    """A condition of a service that the operator can be told of."""

    UNHEALTHY = "unhealthy"
    DEGRADED = "degraded"


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """How the window looks.

    Attributes:
        theme: What it wears.
        density: How much room rows and controls take.
        reduced_motion: Nothing fades, slides or blinks.
        times: The zone of times on screen.
    """

    theme: ThemeChoice = ThemeChoice.SYSTEM
    density: Density = Density.NORMAL
    reduced_motion: bool = False
    times: ShownTimes = ShownTimes.LOCAL


class Staleness(msgspec.Struct, frozen=True, kw_only=True):
    """Class budgets in seconds: the age from which a value is greyed; see `console.model.freshness.budget_s`."""

    health_s: float = Freshness.HEALTH.default_budget_s
    execution_s: float = Freshness.EXECUTION.default_budget_s
    queue_s: float = Freshness.QUEUE.default_budget_s
    audit_s: float = Freshness.AUDIT_PAGE.default_budget_s
    directory_s: float = Freshness.DIRECTORY.default_budget_s

    @property
    def budgets_s(self) -> Mapping[Freshness, float]:
        """The same by kind of data."""
        return {
            Freshness.HEALTH: self.health_s,
            Freshness.EXECUTION: self.execution_s,
            Freshness.QUEUE: self.queue_s,
            Freshness.AUDIT_PAGE: self.audit_s,
            Freshness.DIRECTORY: self.directory_s,
        }


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How much is recorded. `max_size_bytes` is of the record's file: what is oldest gives way."""

    max_size_bytes: int = GIB


class Alerts(msgspec.Struct, frozen=True, kw_only=True):
    """When the operator is told that a service turned bad.

    Attributes:
        enabled: Told at all.
        states: Of which conditions.
        sound: With the system's bell.
        quiet_from: Local time from which nothing is told; None for no quiet hours.
        quiet_to: Local time until which nothing is told; before `quiet_from` it is one of the next day.
    """

    enabled: bool = True
    states: tuple[AlertState, ...] = (AlertState.UNHEALTHY,)
    sound: bool = False
    quiet_from: time | None = None
    quiet_to: time | None = None

    def quiet_at(self, local: time) -> bool:
        """Whether a local time lies in the quiet hours. Both ends the same is no quiet at all."""
        begin, end = self.quiet_from, self.quiet_to
        if begin is None or end is None or begin == end:
            return False
        return begin <= local < end if begin < end else local >= begin or local < end


class Security(msgspec.Struct, frozen=True, kw_only=True):
    """When the window locks, and how long a copied secret stays. Zero is never, for both numbers."""

    lock_after_minutes: int = 0
    lock_on_suspend: bool = False
    clear_clipboard_after_s: int = 30


class Uploads(msgspec.Struct, frozen=True, kw_only=True):
    """How documents are sent.

    Attributes:
        concurrency: So many at once to each gateway.
        bandwidth_kib_s: Everything together is sent no faster than so many KiB a second, whatever else the queue is
            limited to; 0 for no limit.
        retry_delays_s: Seconds to wait after each failure in a row of a document; after the last it fails for good.
    """

    concurrency: int = 3
    bandwidth_kib_s: int = 0
    retry_delays_s: tuple[float, ...] = (25.0, 120.0, 600.0, 3_600.0, 18_000.0)


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the settings file says but the gateways. Each default is what holds without a file."""

    appearance: Appearance = Appearance()
    staleness: Staleness = Staleness()
    record: Retention = Retention()
    alerts: Alerts = Alerts()
    security: Security = Security()
    uploads: Uploads = Uploads()
