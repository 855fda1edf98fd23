"""dotmac: the service registry, and the feed that speaks between two readings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api.feed.importance import importance
from console.api.feed.origin import socket_url
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.second_opinion import SecondOpinion
from console.api.feed.websocket import Endpoint, WebSocketLink
from console.api.platforms.dotmac import wire
from console.api.platforms.dotmac.wire_feed import HealthMessages
from console.model.capability import Effect, Operation

if TYPE_CHECKING:
    from console.api.contract import Authentication, TokenSource
    from console.api.transport import Transport
    from console.model.feed import FeedItem
    from console.model.health import HealthReport

INTERVAL_S = 30.0
FEED_PATH = "/ws/service-health"

SERVICES = Operation(
    name="health.registry",
    method="GET",
    routes=("/api/service-registry/services", "/api/v1/health"),
    effect=Effect.READ,
    timeout_s=8.0,
    polled=True,
)


class DotmacHealth:
    """See `console.api.contract.HealthSource`. Every 30 s, as the guide has it: the feed fills in."""

    interval_s = INTERVAL_S

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self) -> HealthReport:
        """`GET /api/service-registry/services`."""
        reply = await self._transport.call(SERVICES)
        return wire.report(
            reply.body, at=datetime.now(UTC), clock_offset_s=reply.clock_offset_s, total_ms=reply.exchange.total_ms
        )


def health_feed(
    transport: Transport, tokens: TokenSource, authentication: Authentication
) -> ReconnectingFeed[FeedItem]:
    """The feed `/ws/service-health`. The token travels as a header, never in the URL."""
    messages = HealthMessages()
    endpoint: Endpoint[FeedItem] = Endpoint(
        address=transport.address,
        url=socket_url(transport.address, FEED_PATH),
        headers=lambda: transport.context_headers(FEED_PATH),
        decode=messages.decode,
        options=transport.options,
    )
    opinion = SecondOpinion(tokens, authentication.who_am_i, renew_first=True)
    return ReconnectingFeed(_HealthLink(endpoint, messages), opinion, importance=importance)


class _HealthLink(WebSocketLink["FeedItem"]):
    """A new listener is alerted anew."""

    def __init__(self, endpoint: Endpoint[FeedItem], messages: HealthMessages) -> None:
        super().__init__(endpoint)
        self._messages = messages

    def forget(self) -> None:
        self._messages.forget()
