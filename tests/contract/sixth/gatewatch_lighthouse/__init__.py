"""Lighthouse as Gatewatch speaks it: sign-in without renewal, the state of its lamps, a feed of them, and papers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api.contract import Gateway, Platform
from console.api.document_routes import DocumentRoutes, RoutedDocuments
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.websocket import Endpoint, WebSocketLink
from console.api.query import Query
from console.model.capability import Capability, Effect, Operation
from console.model.document import UploadField, UploadRules
from console.model.errors import NotOffered, SignInRequired

from . import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.contract import RequestContext, TokenSource
    from console.api.transport import Transport
    from console.model.feed import FeedItem
    from console.model.health import HealthReport
    from console.model.identity import Challenge, PasswordCredentials, SignedIn, Tokens, User

LOGIN = Operation(
    name="auth.login", method="POST", routes=("/keeper",), effect=Effect.WRITE, authenticated=False, session=True
)
ME = Operation(name="auth.me", method="GET", routes=("/keeper",), effect=Effect.READ, timeout_s=10.0, session=True)
LOGOUT = Operation(
    name="auth.logout", method="DELETE", routes=("/keeper",), effect=Effect.IDEMPOTENT, timeout_s=5.0, session=True
)
LAMPS = Operation(name="health.lamps", method="GET", routes=("/lamps",), effect=Effect.READ, timeout_s=8.0, polled=True)
FEED_PATH = "/beam"

PAPERS = DocumentRoutes(
    rules=UploadRules(media_types=frozenset({"text/plain"}), fields=(UploadField(id="remark", caption="Remark"),)),
    upload=Operation(name="documents.upload", method="POST", routes=("/papers",), effect=Effect.WRITE),
    parts=wire.paper,
    listing=Operation(name="documents.list", method="GET", routes=("/papers",), effect=Effect.READ, timeout_s=10.0),
    params=wire.papers,
    page_size=wire.PAGE_SIZE,
    searches=False,
    delete=Operation(name="documents.delete", method="DELETE", routes=("/papers/{id}",), effect=Effect.WRITE),
    download=Operation(name="documents.download", method="GET", routes=("/papers/{id}",), effect=Effect.READ),
)


class LighthouseAuthentication:
    """See `console.api.contract.Authentication`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def sign_in(self, credentials: PasswordCredentials) -> SignedIn:
        payload = {"name": credentials.username, "word": credentials.password}
        return wire.signed_in((await self._transport.call(LOGIN, payload=payload)).body)

    async def answer(self, challenge: Challenge, code: str) -> SignedIn:
        raise NotOffered("a second factor is not offered")

    async def refresh(self, tokens: Tokens) -> Tokens:
        raise SignInRequired("a lighthouse renews nothing", code="not-renewable")

    @property
    def who(self) -> Query[User]:
        return Query(operation=ME, decode=wire.user, tags=frozenset({"user"}))

    async def who_am_i(self) -> User:
        return wire.user((await self._transport.call(ME)).body)

    async def sign_out(self, tokens: Tokens) -> None:
        await self._transport.call(LOGOUT)


class LighthouseHealth:
    """See `console.api.contract.HealthSource`."""

    interval_s = 10.0

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self) -> HealthReport:
        return wire.report((await self._transport.call(LAMPS)).body, datetime.now(UTC))


def headers(_context: RequestContext) -> Mapping[str, str]:
    """Nothing of its own."""
    return {}


def build(transport: Transport, tokens: TokenSource) -> Gateway:
    """Tie the dialect to a gateway."""
    endpoint: Endpoint[FeedItem] = Endpoint(
        address=transport.address,
        url=transport.address.text.replace("http", "ws", 1) + FEED_PATH,
        headers=lambda: transport.context_headers(FEED_PATH),
        decode=wire.changes,
        options=transport.options,
    )
    return Gateway(
        platform=PLATFORM.name,
        authentication=LighthouseAuthentication(transport),
        health=LighthouseHealth(transport),
        documents=RoutedDocuments(transport, PAPERS),
        feed=ReconnectingFeed(WebSocketLink(endpoint), tokens),
    )


PLATFORM = Platform(
    name="lighthouse",
    title="Lighthouse",
    capabilities=frozenset({Capability.PASSWORD_SIGN_IN, Capability.HEALTH, Capability.DOCUMENTS, Capability.FEED}),
    headers=headers,
    build=build,
    fingerprints=(wire.ABOUT,),
    recognise=wire.recognise,
)
