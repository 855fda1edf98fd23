"""opssight: the dashboard's feed, in the forms that servers of this name have."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from console.api.feed.choosing import ChoosingLink
from console.api.feed.conversation import Conversation
from console.api.feed.failures import TOKEN_EXPIRED
from console.api.feed.importance import importance
from console.api.feed.listener import IntroducedLink, Listener
from console.api.feed.origin import socket_url
from console.api.feed.policy import FeedPolicy
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.second_opinion import SecondOpinion
from console.api.feed.websocket import Endpoint, TokenPlace, WebSocketLink
from console.api.platforms.opssight import wire_feed, wire_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.api.contract import Authentication, TokenSource
    from console.api.feed.reconnecting import Link
    from console.api.transport import Transport
    from console.model.feed import FeedItem

API_PATH, GUIDE_PATH, FIELD_PATH = "/api/v1", "/ws/dashboard", "/ws"
BAD_TOKEN = 4001
REQUEST_INTERVAL_S = 5.0
HEARTBEAT_INTERVAL_S = 30.0
# Every form gives signs of life: answers to requests, what it pushes every 5 s, echoes of heartbeats.
POLICY = FeedPolicy(silence_s=90.0, open_s=12.0)


def dashboard_feed(
    transport: Transport, tokens: TokenSource, authentication: Authentication
) -> ReconnectingFeed[FeedItem]:
    """The guide's form; where it is absent, the two that are both at `/ws`.

    The token travels as a header; only a server that refuses it there gets it in the URL. A sign-in can mostly not be
    renewed here: whether it is over is for the gateway to say, not for its feed.
    """
    link: ChoosingLink[FeedItem] = ChoosingLink(
        _guide(transport, TokenPlace.HEADER),
        _guide(transport, TokenPlace.QUERY),
        _field(transport, Listener(authentication)),
    )
    return ReconnectingFeed(link, SecondOpinion(tokens, authentication.who_am_i), POLICY, importance=importance)


def _guide(transport: Transport, place: TokenPlace) -> Link[FeedItem]:
    """Numbers are subscribed to and asked for, as the guide's client does; a ping between them is timed."""
    trips = RoundTrips(wire_feed.PING)
    turns = itertools.cycle((True, False))
    return _link(
        transport,
        GUIDE_PATH,
        place,
        trips,
        Conversation(
            first=lambda _token: trips.begun(
                wire_feed.SUBSCRIBE, wire_feed.REQUEST_METRICS, wire_feed.REQUEST_DEPLOYMENTS
            ),
            beat=lambda: trips.ask() if next(turns) else wire_feed.REQUEST_METRICS,
            beat_interval_s=REQUEST_INTERVAL_S / 2,
        ),
    )


def _field(transport: Transport, listener: Listener) -> Link[FeedItem]:
    """`/ws`: one server there wants a first message and heartbeats, another one needs neither and hears neither.

    Live is what has said something of the feed's own: only that tells a token that was taken from one that is about to
    be refused.
    """
    trips = RoundTrips(wire_feed.HEARTBEAT)
    link = _link(
        transport,
        FIELD_PATH,
        TokenPlace.FIRST_MESSAGE,
        trips,
        Conversation(
            first=lambda token: (*trips.begun(wire_feed.hello(token or "", listener.user_id)), trips.ask()),
            acknowledges=wire_feed.is_welcome,
            beat=trips.ask,
            beat_interval_s=HEARTBEAT_INTERVAL_S,
        ),
    )
    return IntroducedLink(link, listener)


def _link(
    transport: Transport, path: str, place: TokenPlace, trips: RoundTrips, conversation: Conversation
) -> WebSocketLink[FeedItem]:
    return WebSocketLink(
        Endpoint(
            address=transport.address,
            url=socket_url(transport.address, path, below=API_PATH),
            decode=trips.decode,
            headers=lambda: transport.context_headers(path),
            token_place=place,
            refusing_codes=frozenset({TOKEN_EXPIRED, BAD_TOKEN}),
            conversation=conversation,
            options=transport.options,
        )
    )


class RoundTrips:
    """Times what is asked over a feed until its answer comes.

    Args:
        question: What is sent.
        clock: Seconds that only grow.
    """

    def __init__(self, question: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._question = question
        self._clock = clock
        self._asked_at: float | None = None

    def begun(self, *first: str) -> Sequence[str]:
        """What is sent first over a new connection: what was asked over the former one is never answered."""
        self._asked_at = None
        return first

    def ask(self) -> str:
        """The question, sent at this moment."""
        self._asked_at = self._clock()
        return self._question

    def decode(self, message: str | bytes) -> Sequence[FeedItem]:
        """See `Endpoint.decode`: an answer tells how long it took."""
        kind, data = wire_feed.read(message)
        if kind not in wire_feed.ANSWERS:
            return wire_feed.items(kind, data)
        asked_at, self._asked_at = self._asked_at, None
        if asked_at is None:
            return ()
        return (wire_numbers.feed_latency(timedelta(seconds=self._clock() - asked_at)),)
