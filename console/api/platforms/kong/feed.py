"""kong: Socket.IO at the gateway, one namespace for messages and one for workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.feed.importance import importance
from console.api.feed.policy import FeedPolicy, Rise
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.second_opinion import SecondOpinion
from console.api.feed.socketio import SocketEvent, SocketIoEndpoint, SocketIoLink
from console.api.platforms.kong import wire_feed
from console.model.errors import Unauthorized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.api.contract import Authentication, TokenSource
    from console.api.transport import Transport
    from console.model.feed import FeedItem

COMMUNICATION, WORKFLOW = "/communication", "/workflow"
NAMESPACES = (COMMUNICATION, WORKFLOW)
POLICY = FeedPolicy(rises=(Rise(base_s=1.0, cap_s=5.0, attempts=5), Rise(base_s=1.0, cap_s=30.0)))
_PATH = "/socket.io/"


def kong_feed(transport: Transport, tokens: TokenSource, authentication: Authentication) -> ReconnectingFeed[FeedItem]:
    """Both namespaces over one connection. The token travels in the handshake's body and in `authenticate`."""
    endpoint: SocketIoEndpoint[FeedItem] = SocketIoEndpoint(
        address=transport.address,
        url=transport.address.origin,
        decode=wire_feed.events,
        namespaces=NAMESPACES,
        first=authenticate,
        headers=lambda: transport.context_headers(_PATH),
        options=transport.options,
    )
    opinion = SecondOpinion(tokens, authentication.who_am_i, renew_first=True)
    return ReconnectingFeed(SocketIoLink(endpoint), opinion, POLICY, importance=importance)


def authenticate(token: str | None) -> Sequence[SocketEvent]:
    """What the guide wants said after each connect, on each namespace.

    Raises:
        Unauthorized: Nobody is signed in: the server would stay silent, and silence is not live.
    """
    if token is None:
        raise Unauthorized("nobody is signed in")
    return [SocketEvent(name="authenticate", args=({"token": token},), namespace=name) for name in NAMESPACES]
