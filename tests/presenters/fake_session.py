"""A session whose monitor says what a test tells it to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.model.cached import CacheStats
from console.model.connection import Connection, Facts, tell
from console.model.freshness import Observed, Source
from console.model.health import HealthSample, HealthStatus, Origin, Rates, ServiceHealth
from console.model.profile import Profile
from console.model.tenancy import Standing
from console.services.latest import Latest
from console.services.ports import HealthSnapshot, Membership
from tests.presenters.fake_telemetry import FakeTelemetry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from console.model.errors import SignOutUnheard
    from console.model.identity import Challenge, PasswordCredentials, Tenant, User
    from console.model.oauth import Provider
    from console.services.account_desk import AccountDesk
    from console.services.ports import BrowserAttempt

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class FakeMonitor:
    """Implements `HealthMonitor`."""

    def __init__(self) -> None:
        self._health = Latest(HealthSnapshot())
        self.samples: dict[str, list[HealthSample]] = {}
        self.recorded: dict[str, list[HealthSample]] = {}
        self.fail_history: Exception | None = None
        self.refreshed = 0
        self.asked: list[tuple[str, datetime, datetime]] = []

    @property
    def health(self) -> Latest[HealthSnapshot]:
        return self._health

    def recent(self, service_id: str) -> Sequence[HealthSample]:
        return self.samples.get(service_id, [])

    def rates(self, service_id: str) -> Rates:
        return Rates.of(self.recent(service_id))

    async def history(self, service_id: str, since: datetime, until: datetime) -> tuple[HealthSample, ...]:
        self.asked.append((service_id, since, until))
        if self.fail_history is not None:
            raise self.fail_history
        return tuple(sample for sample in self.recorded.get(service_id, ()) if since <= sample.at <= until)

    def refresh(self) -> None:
        self.refreshed += 1


class FakeCache:
    """Implements `AnswerCache`."""

    def __init__(self) -> None:
        self.stats = CacheStats()
        self.cleared: list[str] = []

    async def clear(self, endpoint: str = "") -> int:
        self.cleared.append(endpoint)
        return 0


class FakeSession:
    """Implements `GatewaySession`."""

    def __init__(self, monitor: FakeMonitor | None = None) -> None:
        self._monitor = monitor or FakeMonitor()
        self.membership: Latest[Membership] = Latest(Membership())
        self.cache = FakeCache()
        self.telemetry = FakeTelemetry()
        self._standing = Latest(Standing())
        self.tenant = ""
        self._connection = Latest(tell(Facts(signed_in=True, last_success_at=NOON)))

    @property
    def profile(self) -> Profile:
        return Profile(name="kong-prod", url="http://127.0.0.1:8000", platform="kong", tenant=self.tenant)

    @property
    def user(self) -> User | None:
        return None

    @property
    def connection(self) -> Latest[Connection]:
        return self._connection

    @property
    def monitor(self) -> FakeMonitor:
        return self._monitor

    async def sign_in(self, credentials: PasswordCredentials) -> None:
        raise AssertionError("not asked of this fake")

    async def answer(self, challenge: Challenge, code: str, *, username: str) -> None:
        raise AssertionError("not asked of this fake")

    async def providers(self) -> Sequence[Provider]:
        return ()

    def sign_in_with(
        self, provider: Provider, *, remember: bool | None = None
    ) -> AbstractAsyncContextManager[BrowserAttempt]:
        raise AssertionError("not asked of this fake")

    async def sign_out(self) -> SignOutUnheard | None:
        raise AssertionError("not asked of this fake")

    @property
    def standing(self) -> Latest[Standing]:
        return self._standing

    async def accounts(self) -> AccountDesk | None:
        return None

    async def tenants(self) -> Sequence[Tenant]:
        return ()

    async def switch_tenant(self, tenant_id: str) -> None:
        raise AssertionError("not asked of this fake")

    def try_now(self) -> None:
        raise AssertionError("not asked of this fake")


def sample(
    service_id: str = "1",
    at: datetime = NOON,
    status: HealthStatus = HealthStatus.HEALTHY,
    score: float | None = None,
    origin: Origin = Origin.POLL,
    **fields: Any,
) -> HealthSample:
    return HealthSample(service_id=service_id, at=at, origin=origin, status=status, score=score, **fields)


def service(
    service_id: str = "1",
    name: str = "orders",
    status: HealthStatus = HealthStatus.HEALTHY,
    *,
    at: datetime = NOON,
    source: Source = Source.LIVE,
    problem: str = "",
    score: float | None = None,
    version: str = "2.14.0",
    host: str = "10.0.4.17",
) -> Observed[ServiceHealth]:
    value = ServiceHealth(
        id=service_id,
        name=name,
        sample=sample(service_id, at, status, score),
        version=version,
        host=host,
        port=8443,
        last_check=at,
    )
    return Observed(value=value, observed_at=at, source=source, problem=problem)


def snapshot(
    services: Iterable[Observed[ServiceHealth]],
    *,
    source_lost: bool = False,
    **fields: Any,
) -> HealthSnapshot:
    return HealthSnapshot(services=tuple(services), loaded=True, source_lost=source_lost, **fields)
