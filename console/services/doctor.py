"""Checking a gateway the way an operator would, capability by capability, with the layer that fails named."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.api.admin import admin_transport
from console.api.network import proxy_for
from console.api.probe import probe_layers
from console.api.redaction import redact
from console.api.registry import platform
from console.api.routes import NONE_NAMED
from console.api.transport import Transport
from console.i18n import tr
from console.model.blame import Layer
from console.model.errors import (
    GatewayError,
    NotOffered,
    SignInRequired,
    TenantMismatch,
    Unauthorized,
)
from console.model.feed import FeedLive, FeedLost, FeedMessage
from console.model.network import NetworkOptions
from console.services import doctor_documents, doctor_reads, doctor_sign_in
from console.services.doctor_reads import Unavailable
from console.services.explain import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    from console.api.contract import Feed, Gateway, Tenancy
    from console.api.query import Query
    from console.api.transport import Reply
    from console.model.address import Address
    from console.model.exchange import Exchange
    from console.model.identity import Challenge, PasswordCredentials, SignedIn, Tokens

LOCAL = "local"
FEED_TIMEOUT_S = 10.0
CLOCK_TOLERANCE_S = 5.0


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check's outcome.

    Attributes:
        capability: What part of the platform.
        check: What was looked at.
        ok: Whether it held; False for one that was skipped.
        skipped: Not looked at; `detail` says why.
        layer: Who is to blame for a failure; None where it held.
        ms: How long it took.
        detail: What was seen.
        error: In words; empty when it held.
        request_id: For the people who run the gateway.
    """

    capability: str
    check: str
    ok: bool
    skipped: bool = False
    layer: Layer | None = None
    ms: float = 0.0
    detail: str = ""
    error: str = ""
    request_id: str = ""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """All checks of one gateway. `ok` when nothing failed; what was skipped did not fail."""

    url: str
    platform: str
    ok: bool
    checks: tuple[Check, ...]

    @property
    def unreachable(self) -> bool:
        """Whether it failed before any sign-in could matter."""
        return any(check.capability == "reach" and not check.ok and not check.skipped for check in self.checks)

    @property
    def unauthorised(self) -> bool:
        """Whether the first failure is the sign-in's."""
        remote = [check for check in self.checks if check.capability != LOCAL]
        failed = [check for check in remote if not check.ok and not check.skipped]
        return bool(failed) and failed[0].layer is Layer.SIGN_IN


class Patient(Protocol):
    """A gateway with a way to be signed in to it: a kept session, or a passing one."""

    @property
    def gateway(self) -> Gateway:
        """What speaks to it."""

    async def token(self) -> str | None:
        """The access token, None when not signed in."""

    async def renew(self, refused: str) -> str:
        """Another one."""

    async def ask(self, query: Query[Any], etag: str = "") -> Reply:
        """Send a read, past any cache."""


class PassingSession:
    """Signed in for the time of an examination only: nothing is stored.

    Attributes:
        transport: All of its HTTP.
        gateway: What speaks through it.
    """

    def __init__(
        self,
        address: Address,
        platform_name: str,
        tenant: str = "",
        options: NetworkOptions | None = None,
        *,
        admin_url: str = "",
        services: Sequence[str] = (),
        routes: Mapping[str, str] = NONE_NAMED,
        read_only: bool = False,
    ) -> None:
        dialect, options = platform(platform_name), options or NetworkOptions()
        self.tenant = tenant
        self.transport = Transport(
            address,
            dialect,
            tokens=self,
            observe=_ignore,
            tenant=tenant,
            options=options,
            admin=admin_transport(admin_url, dialect, gateway=address, observe=_ignore, options=options),
            services=services,
            routes=routes,
            read_only=read_only,
        )
        self.gateway = dialect.build(self.transport, self)
        self._tokens: Tokens | None = None

    async def token(self) -> str | None:
        """See `console.api.contract.TokenSource`."""
        return self._tokens.access if self._tokens else None

    async def renew(self, refused: str) -> str:
        """See `console.api.contract.TokenSource`."""
        if self._tokens is None:
            raise SignInRequired("not signed in")
        if self._tokens.access == refused:
            self._tokens = await self.gateway.authentication.refresh(self._tokens)
        return self._tokens.access

    async def ask(self, query: Query[Any], etag: str = "") -> Reply:
        """See `Patient`."""
        return await self.transport.call(query.operation, fields=query.fields, params=query.params, etag=etag)

    async def sign_in(self, credentials: PasswordCredentials) -> SignedIn:
        """Sign in until `close`."""
        signed = await self.gateway.authentication.sign_in(credentials)
        self._tokens = signed.tokens
        return signed

    async def answer(self, challenge: Challenge, code: str) -> SignedIn:
        """Go on with a sign-in that wanted a second factor."""
        signed = await self.gateway.authentication.answer(challenge, code)
        self._tokens = signed.tokens
        return signed

    async def close(self) -> None:
        """Sign out at the gateway and close every connection."""
        if self._tokens is not None:
            with contextlib.suppress(GatewayError):
                await self.gateway.authentication.sign_out(self._tokens)
        await self.transport.close()


async def examine(
    address: Address,
    platform_name: str,
    patient: Patient,
    sign_in: Callable[[], Awaitable[str]] | None,
    options: NetworkOptions | None = None,
    *,
    tenant: str = "",
    local: Sequence[Check] = (),
    write: bool = False,
) -> Diagnosis:
    """Check layer by layer, then capability by capability. Never raises for a failure of the gateway.

    Args:
        address: Where it is.
        platform_name: Which dialect speaks to it.
        patient: Signed in already, or after `sign_in`.
        sign_in: Signs in and says as whom; None where no credentials were given.
        options: Trust and proxy, as in the gateway's profile.
        tenant: Acted for; the gateway must answer for it.
        local: What was found on this computer before; it does not keep the gateway from being looked at.
        write: One small document may come and go.
    """
    checks = await _layers(address, options or NetworkOptions())
    if all(check.ok or check.skipped for check in checks):
        checks += await _capabilities(patient, sign_in, tenant, write=write)
    checks = [*local, *checks]
    return Diagnosis(
        url=address.text,
        platform=platform_name,
        ok=all(check.ok or check.skipped for check in checks),
        checks=tuple(checks),
    )


async def _layers(address: Address, options: NetworkOptions) -> list[Check]:
    verdict = await probe_layers(address, options)
    checks = [] if (proxy := proxy_for(address, options)) is None else [_proxied(proxy)]
    checks += [
        Check(
            capability="tls" if probe.layer is Layer.TLS else "reach",
            check=probe.layer.value,
            ok=probe.ok,
            layer=None if probe.ok else probe.layer,
            ms=probe.ms,
            detail=probe.detail,
            error="" if probe.ok else probe.detail,
        )
        for probe in verdict.probes
    ]
    if address.scheme != "https":
        checks.append(_skipped("tls", "tls", tr("plain http on this machine")))
    return checks


def _proxied(proxy: str) -> Check:
    """Which proxy is in between, without its credentials. What it does shows in the check of the gateway."""
    return Check(capability="reach", check="proxy", ok=True, detail=redact(tr("goes through {proxy}", proxy=proxy)))


async def _capabilities(
    patient: Patient, sign_in: Callable[[], Awaitable[str]] | None, tenant: str, *, write: bool
) -> list[Check]:
    gateway = patient.gateway
    checks: list[Check] = []
    if (browser := gateway.browser) is not None:
        checks.append(await _timed("sign-in", "providers", lambda: doctor_sign_in.providers(browser)))
    else:
        checks.append(_skipped("sign-in", "providers", tr("this platform has none")))
    if sign_in is not None:
        checks.append(await _timed("sign-in", "login", sign_in))
    elif await doctor_sign_in.signed_in(patient):
        checks.append(_skipped("sign-in", "login", tr("signed in already")))
    else:
        checks.append(_skipped("sign-in", "login", tr("no user name was given")))
    signed_in = await doctor_sign_in.signed_in(patient)
    steps: list[tuple[str, str, Callable[[], Awaitable[str]] | None]] = [
        ("sign-in", "who am I", lambda: doctor_sign_in.who(gateway)),
        ("sign-in", "refresh", lambda: doctor_sign_in.refresh(patient)),
        ("sign-in", "heartbeat", (lambda: doctor_sign_in.beat(heart)) if (heart := gateway.heartbeat) else None),
        ("tenants", "list", (lambda: _tenants(tenancy)) if (tenancy := gateway.tenancy) else None),
        ("tenants", "answers for", (lambda: _answers_for(tenancy, tenant)) if tenancy else None),
        ("health", "read", (lambda: _health(gateway)) if gateway.health else None),
        ("health", "feed", (lambda: _feed(feed)) if (feed := gateway.feed) else None),
        *doctor_reads.steps(gateway, patient.ask),
        *doctor_documents.steps(gateway, patient.ask, write=write),
    ]
    for capability, check, step in steps:
        if step is None:
            checks.append(_skipped(capability, check, tr("this platform has none")))
        elif not signed_in:
            checks.append(_skipped(capability, check, tr("not signed in")))
        else:
            checks.append(await _timed(capability, check, step))
    return checks


async def _tenants(tenancy: Tenancy) -> str:
    found = await tenancy.tenants()
    return tr("{count} tenants", count=len(found))


async def _answers_for(tenancy: Tenancy, tenant: str) -> str:
    """That the tenant asked for is the one that answers: a wrong one would show somebody else's data."""
    try:
        config = await tenancy.config(tenant)
    except NotOffered:
        return tr("the gateway says nothing of tenants")
    if tenant and config.tenant_id != tenant:
        raise TenantMismatch(wanted=tenant, answered=config.tenant_id)
    return config.name or config.tenant_id or tr("no tenant")


async def _health(gateway: Gateway) -> str:
    if gateway.health is None:
        return ""
    report = await gateway.health.read()
    conditions: dict[str, int] = {}
    for service in report.services:
        conditions[service.sample.status.value] = conditions.get(service.sample.status.value, 0) + 1
    summary = ", ".join(f"{count} {word}" for word, count in sorted(conditions.items()))
    told = tr("{count} services: {summary}", count=len(report.services), summary=summary or tr("none"))
    offset_s = report.clock_offset_s or 0.0
    if abs(offset_s) < CLOCK_TOLERANCE_S:
        return told
    return tr("{told}; its clock differs by {seconds} s", told=told, seconds=round(offset_s))


async def _feed(feed: Feed) -> str:
    async with asyncio.timeout(FEED_TIMEOUT_S), contextlib.aclosing(feed.events()) as events:
        async for event in events:
            match event:
                case FeedLive(degraded=degraded) if degraded:
                    return tr("connection acknowledged, degraded: {why}", why=degraded)
                case FeedLive():
                    return tr("connection acknowledged")
                case FeedMessage():
                    return tr("an event came")
                case FeedLost(reason=reason, unauthorized=True):
                    raise Unauthorized(reason, route="feed")
                case FeedLost(reason=reason, absent=True):
                    raise Unavailable(tr("{reason}: not allowed, or not offered", reason=reason))
                case FeedLost(reason=reason):
                    raise GatewayError(reason, route="feed")
                case _:
                    continue
    raise GatewayError(tr("the feed ended"), route="feed")


async def _timed(capability: str, check: str, step: Callable[[], Awaitable[str]]) -> Check:
    started = time.perf_counter()
    try:
        detail = await step()
    except Unavailable as exc:
        return _skipped(capability, check, str(exc))
    except (GatewayError, TimeoutError) as exc:
        error = exc if isinstance(exc, GatewayError) else GatewayError(tr("no answer in time"))
        return Check(
            capability=capability,
            check=check,
            ok=False,
            layer=error.layer,
            ms=(time.perf_counter() - started) * 1000,
            detail=error.detail,
            error=explain(error).text,
            request_id=error.request_id,
        )
    return Check(capability=capability, check=check, ok=True, ms=(time.perf_counter() - started) * 1000, detail=detail)


def _skipped(capability: str, check: str, why: str) -> Check:
    return Check(capability=capability, check=check, ok=False, skipped=True, detail=why)


def _ignore(_exchange: Exchange) -> None:
    """An examination leaves no record."""
