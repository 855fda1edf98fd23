"""aigentable: Socket.IO on the host's root, whatever path the API has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.feed.importance import importance
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.second_opinion import SecondOpinion
from console.api.feed.socketio import SocketEvent, SocketIoEndpoint, SocketIoLink
from console.api.platforms.aigentable import wire_feed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.api.contract import Authentication, TokenSource
    from console.api.transport import Transport
    from console.model.feed import FeedItem

_PATH = "/socket.io/"


def aigentable_feed(
    transport: Transport, tokens: TokenSource, authentication: Authentication
) -> ReconnectingFeed[FeedItem]:
    """The one namespace that there is.

    The server keeps a connection open after a sign-out: it ends here, with whoever listens, when the session does.
    """

    def auth(token: str | None) -> Mapping[str, object]:
        shown = {"token": token} if token is not None else {}
        return shown | ({"tenantId": transport.tenant} if transport.tenant else {})

    endpoint: SocketIoEndpoint[FeedItem] = SocketIoEndpoint(
        address=transport.address,
        url=transport.address.origin,
        decode=wire_feed.events,
        auth=auth,
        first=_numbers,
        headers=lambda: transport.context_headers(_PATH),
        options=transport.options,
    )
    opinion = SecondOpinion(tokens, authentication.who_am_i)
    return ReconnectingFeed(SocketIoLink(endpoint), opinion, importance=importance)


def _numbers(_token: str | None) -> Sequence[SocketEvent]:
    """The dashboard's numbers come only to those who ask."""
    return [SocketEvent(name="request_dashboard_metrics")]
