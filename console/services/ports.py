"""What screens and commands may ask of the services. Implemented beside this module; faked in tests of presenters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec

from console.model.errors import GatewatchError, GatewayError, StoreError
from console.model.freshness import HEALTH_BUDGET_S, Observed
from console.model.health import HealthSample, Rates, ServiceHealth
from console.model.identity import Tenant, User
from console.model.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from console.model.cached import CacheStats
    from console.model.capability import Capability
    from console.model.connection import Connection
    from console.model.deployment import Deployment
    from console.model.discovery import Discovery
    from console.model.errors import SignOutUnheard
    from console.model.identity import Challenge, PasswordCredentials
    from console.model.network import NetworkOptions
    from console.model.notice import Notice
    from console.model.oauth import Provider
    from console.model.profile import Profile
    from console.model.tenancy import Standing
    from console.services.account_desk import AccountDesk
    from console.services.latest import Latest

T = TypeVar("T")


@dataclass(frozen=True)
class Told(Generic[T]):
    """What a gateway said when it was asked, and what became of the last try.

    Attributes:
        known: With its age; None while nothing is known.
        error: Why the last try failed, for `console.services.explain`; None when it did not.
    """

    known: Observed[T] | None = None
    error: GatewayError | None = None


class HealthSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known about the health of a gateway's services at one moment.

    Attributes:
        services: In the order of the server. Each with its own age and source.
        loaded: False until the record or the gateway has said anything: show skeletons.
        source_lost: Nothing fresh can arrive at the moment: everything is stale, whatever its age.
        budget_s: Age in seconds after which a service is stale.
        gap_s: Two samples further apart than this have a hole between them.
        error: Why the last reading failed, for `console.services.explain`; None when it did not.
        unsupported: When the gateway offers no health: the answers that said so.
        observed: The services are what this console saw: the platform has no health, or `error` says why not for us.
        clock_offset_s: Server's clock minus ours; None when unknown.
        skipped: Entries of the last reading that could not be read.
        unrecorded: Why samples can't be recorded at the moment; None when they can.
    """

    services: tuple[Observed[ServiceHealth], ...] = ()
    loaded: bool = False
    source_lost: bool = True
    budget_s: float = HEALTH_BUDGET_S
    gap_s: float = 60.0
    error: GatewatchError | None = None
    unsupported: tuple[str, ...] = ()
    observed: bool = False
    clock_offset_s: float | None = None
    skipped: tuple[str, ...] = ()
    unrecorded: StoreError | None = None


class MetricsSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a gateway at one moment.

    Attributes:
        offered: The platform gives some at all.
        loaded: It has said something, or failed to.
        metrics: In the order they are shown. Each with its own age and source.
        failures: Which routes gave nothing the last time, and why, by the name of the operation.
        era: Another one means that what was known before was for somebody else.
    """

    offered: bool = False
    loaded: bool = False
    metrics: tuple[Observed[Metric], ...] = ()
    failures: tuple[tuple[str, GatewayError], ...] = ()
    era: int = 0


class HealthMonitor(Protocol):
    """Health of one gateway, kept up to date while its session is open."""

    @property
    def health(self) -> Latest[HealthSnapshot]:
        """The newest snapshot, and a way to follow it. May change hundreds of times a second."""

    def recent(self, service_id: str) -> Sequence[HealthSample]:
        """Samples of the last 15 minutes, oldest first. Cheap: from memory."""

    def rates(self, service_id: str) -> Rates:
        """p95 latency and error ratio of the last 15 minutes. Cheap: kept until the next sample."""

    async def history(self, service_id: str, since: datetime, until: datetime) -> tuple[HealthSample, ...]:
        """Recorded samples of a service, oldest first.

        Raises:
            StoreError: The record can't be read.
        """

    def refresh(self) -> None:
        """Ask the gateway now instead of at the next turn."""


class Telemetry(Protocol):
    """What a gateway tells of itself beside its services' health, kept up to date while somebody is signed in."""

    @property
    def metrics(self) -> Latest[MetricsSnapshot]:
        """Its numbers, each with its age."""

    @property
    def deployments(self) -> Latest[Told[tuple[Deployment, ...]] | None]:
        """What was rolled out, newest first; None where the platform knows nothing of it."""

    @property
    def notices(self) -> Latest[Told[tuple[Notice, ...]] | None]:
        """What it wants its users to know, newest first; None where it has nothing of the kind."""

    def series(self, metric_id: str) -> Sequence[tuple[datetime, float]]:
        """A number's values since this session began, oldest first, at most the last hour."""

    async def mark_read(self, notice_id: str) -> None:
        """Tell the platform that this user has read a notice; shown at once, and taken back when that fails.

        Raises:
            NotOffered: It keeps no account of that.
            GatewayError: It could not be told.
        """

    async def invalidate(self, pattern: str = "") -> None:
        """Empty the platform's own cache.

        Raises:
            GatewayError: It has none (`NotOffered`), could not be asked, or said no.
        """


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and for whom they may act.

    Attributes:
        user: As the gateway last described them; None while it has not.
        tenants: In the server's order; None while unknown, and where the platform has none.
    """

    user: Observed[User] | None = None
    tenants: Observed[tuple[Tenant, ...]] | None = None


class AnswerCache(Protocol):
    """What is kept of a gateway's answers; see `console.services.cache.ReadCache`."""

    @property
    def stats(self) -> CacheStats:
        """What it did since the session began."""

    async def clear(self, endpoint: str = "") -> int:
        """Forget the answers of one endpoint, or all; how many were stored.

        Raises:
            StoreError: What is stored is still there.
        """


class BrowserProgress(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from a browser.

    Attributes:
        strangers: Answers refused because they belong to another attempt, or to none.
        arrived: A code is there, and is being traded.
    """

    strangers: int = 0
    arrived: bool = False


class BrowserAttempt(Protocol):
    """One sign-in through the system's browser, under way."""

    @property
    def url(self) -> str:
        """What to open; http(s), with a host, and nothing in it that hides where it leads."""

    @property
    def host(self) -> str:
        """Where it leads, to be shown before it is opened."""

    @property
    def returns_here(self) -> bool:
        """Whether the browser comes back by itself; otherwise only a pasted code helps."""

    @property
    def progress(self) -> Latest[BrowserProgress]:
        """What has come back so far."""

    def paste(self, text: str) -> None:
        """Go on with what the operator copied: the code, or the address of the page they ended on.

        Raises:
            BrowserSignInFailed: There is no code of this attempt in it; it is still waited for.
        """

    async def finished(self) -> None:
        """Wait for the browser, then sign in and go live.

        Raises:
            BrowserSignInFailed: Refused, too late, or another attempt was begun.
            WrongUser: Somebody else signed in than the profile is kept for.
            GatewayError: Nothing changed; the error says why.
        """


class GatewaySession(Protocol):
    """One gateway, as this console is connected to it."""

    @property
    def profile(self) -> Profile:
        """How to reach it."""

    @property
    def user(self) -> User | None:
        """Who is signed in, or was when the network went away."""

    @property
    def membership(self) -> Latest[Membership]:
        """Who that is and for whom they may act, as the gateway last said, with its age."""

    @property
    def cache(self) -> AnswerCache:
        """What is kept of the gateway's answers."""

    @property
    def connection(self) -> Latest[Connection]:
        """The connection's story."""

    @property
    def telemetry(self) -> Telemetry:
        """What it tells of itself beside that."""

    @property
    def monitor(self) -> HealthMonitor:
        """Health of its services."""

    async def sign_in(self, credentials: PasswordCredentials) -> None:
        """Sign in and go live.

        Raises:
            MfaRequired: The gateway wants a second factor: go on with `answer`.
            GatewayError: Nothing changed; the error says why.
        """

    async def answer(self, challenge: Challenge, code: str, *, username: str) -> None:
        """Go on with a sign-in that wanted a second factor.

        Raises:
            WrongCode: Another may be tried.
            ChallengeExpired: Sign-in begins anew.
            GatewayError: Nothing changed; the error says why.
        """

    async def providers(self) -> Sequence[Provider]:
        """Who vouches for users of this gateway; empty where it lets nobody. Asks the gateway.

        Raises:
            GatewayError: It could not be asked.
        """

    def sign_in_with(
        self, provider: Provider, *, remember: bool | None = None
    ) -> AbstractAsyncContextManager[BrowserAttempt]:
        """Begin to sign in through a browser; ends an attempt that is under way. Leaving the block ends this one.

        `remember` is whether the sign-in outlives the program; None does as the profile says.

        Raises:
            GatewayError: On entering: it could not be begun.
        """

    async def sign_out(self) -> SignOutUnheard | None:
        """End the session here, and at the gateway when it can be told; else why it was not. The record stays."""

    @property
    def standing(self) -> Latest[Standing]:
        """For which tenant the gateway answers, and what it lets this user see."""

    async def accounts(self) -> AccountDesk | None:
        """Getting an account and back into one; None where the platform leaves that to others.

        Raises:
            ProfileError: There is no such platform.
        """

    async def tenants(self) -> Sequence[Tenant]:
        """Tenants to choose from; empty where the platform has none."""

    async def switch_tenant(self, tenant_id: str) -> None:
        """Act for another tenant. Nothing of the former one remains: health, feed, memory, record.

        Raises:
            NotOffered: The platform knows no tenants.
            TenantMismatch: The gateway answers for another one; nothing changed.
            GatewayError: It could not be asked, or says no to this user (`Forbidden`); nothing changed.
        """

    def try_now(self) -> None:
        """Try to reach the gateway now instead of at `next_try_at`."""


class GatewayDirectory(Protocol):
    """The gateways that the operator works with."""

    @property
    def profiles(self) -> Latest[tuple[Profile, ...]]:
        """All profiles, in the operator's order."""

    def offered(self, platform: str) -> frozenset[Capability]:
        """What gateways of this platform have; nothing for one that does not exist."""

    def session(self, name: str) -> GatewaySession:
        """The session of a profile; made at the first call and restored from the store behind it.

        Raises:
            ProfileError: No such profile.
        """

    async def discover(self, typed: str, options: NetworkOptions | None = None) -> Discovery:
        """Probe what was typed, layer by layer, and propose the platform. Contacts nothing but that address.

        Raises:
            AddressError: It is no address.
        """

    async def add(self, profile: Profile) -> None:
        """Keep a profile.

        Raises:
            ProfileError: The name is taken or malformed.
            SettingsError: The settings can't be written.
        """

    async def change(self, profile: Profile) -> None:
        """Keep another version of the profile of that name. Its session begins anew where it is reached otherwise.

        A sign-in belongs to its address: another address or platform signs out first.

        Raises:
            ProfileError, AddressError: No such profile, or one that can't be used.
            SettingsError: The settings can't be written.
        """

    async def remove(self, name: str) -> None:
        """Sign out and forget the profile; its record stays.

        Raises:
            ProfileError: No such profile.
        """
