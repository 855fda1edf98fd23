"""dafnck: server-sent events where the server offers them, otherwise a WebSocket with heartbeats both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api.feed.choosing import ChoosingLink
from console.api.feed.conversation import Conversation
from console.api.feed.importance import importance
from console.api.feed.listener import IntroducedLink, Listener
from console.api.feed.origin import socket_url
from console.api.feed.policy import FeedPolicy, Rise
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.second_opinion import SecondOpinion
from console.api.feed.sse import EventStreamLink, StreamEndpoint
from console.api.feed.websocket import Endpoint, TokenPlace, WebSocketLink
from console.api.platforms.dafnck import wire_feed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.contract import Authentication, TokenSource
    from console.api.transport import Transport
    from console.model.feed import FeedItem

API_PATH, EVENTS_PATH, SOCKET_PATH = "/api", "/events", "/ws"
HEARTBEAT_INTERVAL_S = 30.0
# The guide's numbers: five quick attempts, and none after a clean close. Then health is asked for more often, which is
# all there is to poll, and the feed is tried again every minute.
POLICY = FeedPolicy(
    rises=(Rise(base_s=1.0, cap_s=30.0, attempts=5),),
    stays_closed=True,
    silence_s=3 * HEARTBEAT_INTERVAL_S,
)


def dafnck_feed(
    transport: Transport, tokens: TokenSource, authentication: Authentication
) -> ReconnectingFeed[FeedItem]:
    """The stream at `GET /events`, which needs no token in a URL; where that is absent, `/ws?token=&userId=`."""
    address = transport.address
    listener = Listener(authentication)
    stream: StreamEndpoint[FeedItem] = StreamEndpoint(
        address=address,
        url=f"{address.text}{EVENTS_PATH}",
        decode=wire_feed.events,
        headers=lambda: transport.context_headers(EVENTS_PATH),
        options=transport.options,
    )

    def parameters() -> Mapping[str, str]:
        return {"userId": listener.user_id} if listener.user_id else {}

    socket: Endpoint[FeedItem] = Endpoint(
        address=address,
        url=socket_url(address, SOCKET_PATH, below=API_PATH),
        decode=wire_feed.items,
        headers=lambda: transport.context_headers(SOCKET_PATH),
        parameters=parameters,
        token_place=TokenPlace.QUERY,
        conversation=Conversation(
            beat=lambda: wire_feed.heartbeat(datetime.now(UTC)),
            beat_interval_s=HEARTBEAT_INTERVAL_S,
            reply=lambda message: wire_feed.reply(message, datetime.now(UTC)),
            is_noise=wire_feed.is_noise,
        ),
        options=transport.options,
    )
    link: ChoosingLink[FeedItem] = ChoosingLink(
        EventStreamLink(stream), IntroducedLink(WebSocketLink(socket), listener)
    )
    opinion = SecondOpinion(tokens, authentication.who_am_i, renew_first=True)
    return ReconnectingFeed(link, opinion, POLICY, importance=importance)
