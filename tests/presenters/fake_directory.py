"""A directory of gateways that does what a test tells it to."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from console.model.address import Address
from console.model.blame import Layer, Probe, Verdict
from console.model.capability import Capability
from console.model.connection import Connection, Facts, FeedState, tell
from console.model.discovery import Discovery, Proposal
from console.model.errors import GatewatchError, NotAGateway, ProfileError, SignOutUnheard
from console.model.profile import Profile, checked_name
from console.model.tenancy import Standing
from console.services.latest import Latest
from console.services.ports import BrowserProgress, Membership
from tests.presenters.fake_session import NOON, FakeCache, FakeMonitor
from tests.presenters.fake_telemetry import FakeTelemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from console.model.identity import Challenge, PasswordCredentials, Tenant, User
    from console.model.network import NetworkOptions
    from console.model.oauth import Provider
    from console.services.account_desk import AccountDesk

PASSWORD = "right horse"
EXTRAS = frozenset({Capability.ADMIN_ADDRESS, Capability.NAMED_SERVICES, Capability.DOCUMENTS})


class FakeAttempt:
    """Implements `BrowserAttempt`: ends when a test says how."""

    def __init__(self, url: str, *, returns_here: bool = True) -> None:
        self.url = url
        self.host = url.split("/")[2]
        self.returns_here = returns_here
        self.progress = Latest(BrowserProgress())
        self.pasted: list[str] = []
        self.paste_refusal: GatewatchError | None = None
        self.end: asyncio.Future[GatewatchError | None] = asyncio.get_running_loop().create_future()
        self.left = False

    def paste(self, text: str) -> None:
        if self.paste_refusal is not None:
            raise self.paste_refusal
        self.pasted.append(text)

    async def finished(self) -> None:
        if (error := await self.end) is not None:
            raise error


class FakeSession:
    """Implements `GatewaySession`: goes live on the right password."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.user: User | None = None
        self.connection: Latest[Connection] = Latest(tell(Facts()))
        self.monitor = FakeMonitor()
        self.membership: Latest[Membership] = Latest(Membership())
        self.cache = FakeCache()
        self.telemetry = FakeTelemetry()
        self.standing: Latest[Standing] = Latest(Standing())
        self.desk: AccountDesk | None = None
        self.switched: list[str] = []
        self.tenant_refusal: GatewatchError | None = None
        self.refusal: GatewatchError | None = None
        self.code_refusal: GatewatchError | None = None
        self.codes: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.attempts: list[PasswordCredentials] = []
        self.tried = 0
        self.signed_out = 0
        self.unheard: SignOutUnheard | None = None
        self.offered: tuple[Provider, ...] | GatewatchError = ()
        self.browser_attempts: list[FakeAttempt] = []
        self.browser_remember: list[bool | None] = []
        self.sends_elsewhere = False
        self.begin_refusal: GatewatchError | None = None

    def tell(self, **facts: object) -> None:
        """The connection's facts from now on."""
        self.connection.set(tell(msgspec.convert(facts, Facts, strict=False) if facts else Facts()))

    def go_live(self, feed: FeedState = FeedState.LIVE) -> None:
        self.connection.set(tell(Facts(signed_in=True, last_success_at=NOON, feed=feed, feed_at=NOON)))

    async def sign_in(self, credentials: PasswordCredentials) -> None:
        self.attempts.append(credentials)
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        self.go_live()

    async def answer(self, challenge: Challenge, code: str, *, username: str) -> None:
        self.codes.append(code)
        if self.code_refusal is not None:
            raise self.code_refusal
        self.go_live()

    async def providers(self) -> Sequence[Provider]:
        if isinstance(self.offered, GatewatchError):
            raise self.offered
        return self.offered

    @asynccontextmanager
    async def sign_in_with(self, provider: Provider, *, remember: bool | None = None) -> AsyncIterator[FakeAttempt]:
        self.browser_remember.append(remember)
        if self.begin_refusal is not None:
            raise self.begin_refusal
        url = f"https://sso.example/{provider.id}?state=s"
        attempt = FakeAttempt(url, returns_here=not self.sends_elsewhere)
        self.browser_attempts.append(attempt)
        try:
            yield attempt
        finally:
            attempt.left = True
        self.go_live()

    async def sign_out(self) -> SignOutUnheard | None:
        self.signed_out += 1
        self.connection.set(tell(Facts()))
        return self.unheard

    async def accounts(self) -> AccountDesk | None:
        return self.desk

    async def tenants(self) -> Sequence[Tenant]:
        return self.standing.value.choices

    async def switch_tenant(self, tenant_id: str) -> None:
        self.switched.append(tenant_id)
        await self.gate.wait()
        if self.tenant_refusal is not None:
            raise self.tenant_refusal
        chosen = next(tenant for tenant in self.standing.value.choices if tenant.id == tenant_id)
        self.profile = msgspec.structs.replace(self.profile, tenant=tenant_id)
        self.standing.set(Standing(choices=self.standing.value.choices, current=chosen, confirmed=True))

    def try_now(self) -> None:
        self.tried += 1


class FakeDirectory:
    """Implements `GatewayDirectory`. What is typed decides what is found: `page` is a web page, `nobody` refuses."""

    def __init__(self, *profiles: Profile) -> None:
        self.profiles: Latest[tuple[Profile, ...]] = Latest(tuple(profiles))
        self.sessions = {profile.name: FakeSession(profile) for profile in profiles}
        self.problem: GatewatchError | None = None
        self.recognised = True
        self.reloaded = 0
        self.changed: list[Profile] = []

    def offered(self, platform: str) -> frozenset[Capability]:
        return EXTRAS if platform == "kong" else frozenset()

    def session(self, name: str) -> FakeSession:
        if name not in self.sessions:
            raise ProfileError(f"there is no profile {name!r}")
        return self.sessions[name]

    async def discover(self, typed: str, options: NetworkOptions | None = None) -> Discovery:
        address = Address.parse(typed)
        probes = (_probe(Layer.NETWORK, "127.0.0.1:8000 accepts connections"), _probe(Layer.GATEWAY, "answers 200"))
        problem = self.problem
        if isinstance(problem, NotAGateway):
            probes = (probes[0], _probe(Layer.GATEWAY, "answers with a web page", ok=False))
        fit = 0.9 if self.recognised else 0.0
        return Discovery(
            address=address,
            verdict=Verdict(probes=probes),
            proposals=(
                Proposal(platform="kong", title="Microservices behind Kong", fit=fit, offered=EXTRAS),
                Proposal(platform="dotmac", title="DotMac", fit=0.1),
            ),
            problem=problem,
        )

    async def add(self, profile: Profile) -> None:
        profile = msgspec.structs.replace(profile, name=checked_name(profile.name))
        if profile.name in self.sessions:
            raise ProfileError(f"there is a profile named {profile.name!r} already")
        self.sessions[profile.name] = FakeSession(profile)
        self.profiles.set((*self.profiles.value, profile))

    async def change(self, profile: Profile) -> None:
        if self.problem is not None:
            raise self.problem
        if profile.name not in self.sessions:
            raise ProfileError(f"there is no profile {profile.name!r}")
        self.changed.append(profile)
        self.sessions[profile.name] = FakeSession(profile)
        self.profiles.set(tuple(profile if known.name == profile.name else known for known in self.profiles.value))

    async def reload(self) -> bool:
        self.reloaded += 1
        return True

    async def remove(self, name: str) -> None:
        del self.sessions[name]
        self.profiles.set(tuple(profile for profile in self.profiles.value if profile.name != name))


def profile(name: str = "kong-prod", **fields: object) -> Profile:
    """A profile on this machine."""
    return msgspec.convert({"name": name, "url": "http://127.0.0.1:8000", "platform": "kong", **fields}, Profile)


def _probe(layer: Layer, detail: str, *, ok: bool = True) -> Probe:
    return Probe(layer=layer, ok=ok, at=NOON, ms=1.5, detail=detail)
