"""What a session speaks to its gateway with: transport and dialect, made when first needed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from console.api import registry
from console.model.address import Address
from console.model.capability import Capability
from console.services.browser_sign_in import FixedToken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any

    from console.api.breaker import CircuitView
    from console.api.budget import BudgetView
    from console.api.contract import Gateway, TokenSource
    from console.api.query import Query
    from console.api.transport import Reply, Transport
    from console.model.blame import Verdict
    from console.model.exchange import Exchange
    from console.model.identity import Tokens
    from console.model.profile import Profile


class Line:
    """Made when first needed: it brings httpx, and the record is shown before that.

    Args:
        profile: How to reach the gateway.
        tokens: Where the access token is found.
        observe: Hears of every request.
    """

    def __init__(self, profile: Profile, tokens: TokenSource, observe: Callable[[Exchange], None]) -> None:
        self._address = Address.parse(profile.url, allow_plain_http=profile.network.allow_plain_http)
        self._profile = profile
        self._tenant = profile.tenant
        self._tokens = tokens
        self._observe = observe
        self._transport: Transport | None = None
        self.gateway: Gateway | None = None

    @property
    def offered(self) -> frozenset[Capability]:
        """What the platform has, and health besides: where there is none to ask for, it is observed."""
        return registry.platform(self._profile.platform).capabilities | {Capability.HEALTH}

    def open(self) -> Gateway:
        """Make the dialect, tied to this gateway.

        Raises:
            ProfileError: The profile names a platform that does not exist, or network options that can't be used.
        """
        self._transport, self.gateway = self._speak_with(self._tokens)
        return self.gateway

    def _speak_with(self, tokens: TokenSource) -> tuple[Transport, Gateway]:
        from console.api.admin import admin_transport  # noqa: PLC0415  (see the class)
        from console.api.transport import Transport  # noqa: PLC0415

        dialect, options = registry.platform(self._profile.platform), self._profile.network
        transport = Transport(
            self._address,
            dialect,
            tokens=tokens,
            observe=self._observe,
            tenant=self._tenant,
            options=options,
            read_only=self._profile.read_only,
            admin=admin_transport(
                self._profile.admin_url, dialect, gateway=self._address, observe=self._observe, options=options
            ),
            services=self._profile.services,
            routes=self._profile.routes,
        )
        return transport, dialect.build(transport, tokens)

    @contextlib.asynccontextmanager
    async def provisional(self, tokens: Tokens) -> AsyncIterator[Gateway]:
        """The gateway as it answers to tokens that are not taken over yet."""
        transport, gateway = self._speak_with(FixedToken(tokens.access))
        try:
            yield gateway
        finally:
            await transport.close()

    async def ask(self, query: Query[Any], etag: str) -> Reply:
        """Send what a cache wants to know, on an open line."""
        assert self._transport is not None  # noqa: S101  (opened before)
        return await self._transport.call(query.operation, fields=query.fields, params=query.params, etag=etag)

    async def diagnose(self) -> Verdict:
        """Probe the way to the gateway, layer by layer."""
        from console.api.probe import probe_layers  # noqa: PLC0415  (see the class)

        return await probe_layers(self._address, self._profile.network)

    def circuits(self) -> tuple[CircuitView, ...]:
        """Every service asked so far, and whether it is left alone."""
        return self._transport.breaker.views() if self._transport is not None else ()

    def budget(self) -> BudgetView | None:
        """How many requests the gateway is asked by what polls; None before the first."""
        return self._transport.budget.view() if self._transport is not None else None

    def act_for(self, tenant_id: str) -> None:
        """Requests are for this tenant from now on; what is under way for another is not for them."""
        self._tenant = tenant_id
        if self._transport is not None:
            self._transport.tenant = tenant_id

    def begin_login(self) -> None:
        """Somebody else may be signed in from now on."""
        if self._transport is not None:
            self._transport.begin_login()

    def begin_anew(self) -> None:
        """Probe again which routes this gateway has."""
        if self._transport is not None:
            self._transport.begin_anew()

    async def close(self) -> None:
        """Close every connection."""
        if self._transport is not None:
            await self._transport.close()
