"""What every live connection has in common: it breaks, and is made anew."""

from __future__ import annotations

import asyncio
import contextlib
import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from console.api.feed import policy
from console.api.feed.backoff import Backoff
from console.api.feed.running import RunningFeed
from console.model.errors import (
    BreakerOpen,
    ConnectionLost,
    GatewayError,
    NotAGateway,
    ProfileError,
    RateLimited,
    ServiceFailed,
    SignInRequired,
    Unauthorized,
)
from console.model.feed import FeedConnecting, FeedLive, FeedLost, FeedMessage, FeedNonsense

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.api.contract import TokenSource
    from console.api.feed.policy import FeedPolicy
    from console.api.feed.running import Tell
    from console.model.feed import FeedEvent

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

SECRET_CHARS = 4  # anything shorter is no token, and stands in every other word
ASKED_LIMIT_S = 300.0

_ABSENT = frozenset({403, 404, 405, 501})
_NOT_A_FEED = frozenset({200, 204, 406})  # answers that are something else, or nothing for ever


class Refusal(enum.Enum):
    """What a lost connection asks for."""

    RENEW = enum.auto()  # the token was refused: renew it, then connect at once
    RETRY = enum.auto()
    ABSENT = enum.auto()  # this gateway has no such feed, or not for this user: look again now and then


class Link(Protocol[T]):
    """One way to a gateway's feed; each `run` is one connection."""

    @property
    def route(self) -> str:
        """Method and path, for errors."""

    @property
    def asked_wait_s(self) -> float | None:
        """How long the gateway asked us to wait before the next connection; None when it did not."""

    def forget(self) -> None:
        """Begin anew: whoever listens next may be somebody else, or for another tenant."""

    async def run(self, token: str | None, tell: Tell[T], policy: FeedPolicy) -> None:
        """One connection from handshake to end. Returns when the gateway closed it without complaint.

        Tells FeedLive (`at`, `via` and `degraded` only) once it is acknowledged, then messages and nonsense; never the
        rest of the story.

        Raises:
            GatewayError: It broke, or never came about. Unauthorized: the token was refused.
            ProfileError: The profile's files can't be used.
        """

    async def say(self, message: object) -> None:
        """Send to the gateway, in the way the link has.

        Raises:
            ConnectionLost: Not connected.
        """


@dataclass
class _Connection(Generic[T]):
    """What is known of the connection under way."""

    began: float  # the loop's time
    live_at: datetime | None = None
    live_since: float | None = None


class ReconnectingFeed(RunningFeed[T]):
    """Connects, listens, reconnects, until its generator is closed.

    Waits start over, and a refused token is renewed again, only after a connection has held for a while: a gateway
    that accepts and drops is not hammered, and one that refuses every token is asked for a new one once.

    Args:
        link: How to connect.
        tokens: Where the token comes from.
        policy: The platform's numbers.
        importance: See `RunningFeed`.
        backoff: Replaceable in tests.
    """

    def __init__(
        self,
        link: Link[T],
        tokens: TokenSource,
        policy: FeedPolicy = policy.DEFAULT,
        *,
        importance: Callable[[T], int] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        super().__init__(importance)
        self._link = link
        self._tokens = tokens
        self._policy = policy
        self._backoff = backoff or Backoff(policy)
        self._hurry = asyncio.Event()
        self._heard_at: datetime | None = None
        self._good_at: datetime | None = None

    def try_now(self) -> None:
        """Cut the wait for the next attempt short."""
        self._hurry.set()

    async def say(self, message: object) -> None:
        """See `Link.say`."""
        await self._link.say(message)

    async def run(self, tell: Tell[T]) -> None:
        """See `RunningFeed.run`."""
        self._link.forget()
        self._heard_at = self._good_at = None
        attempt = 0
        renewed = False
        while True:
            attempt += 1
            tell(FeedConnecting(at=datetime.now(UTC), attempt=attempt))
            connection = _Connection[T](began=asyncio.get_running_loop().time())
            token, closed = "", False
            error: GatewayError = ConnectionLost("closed by the gateway", route=self._link.route)
            try:
                token = await self._tokens.token() or ""
                await self._link.run(token or None, self._listener(connection, token, tell), self._policy)
                closed = True
            except SignInRequired:
                raise
            except ProfileError as exc:
                error = GatewayError(str(exc), route=self._link.route)
            except GatewayError as exc:
                error = exc
            if connection.live_since is not None:
                attempt = 0
                if asyncio.get_running_loop().time() - connection.live_since >= self._policy.stable_s:
                    renewed = False
                    self._backoff.reset()
            reason = without(token, error.detail)
            if refusal_of(error) is Refusal.RENEW and token and not renewed:
                renewed = True
                tell(FeedLost(at=datetime.now(UTC), reason=reason, unauthorized=True))
                if await self._renewed(token):
                    continue
            await self._wait(self._lost(error, reason, closed=closed), tell)

    def _listener(self, connection: _Connection[T], token: str, tell: Tell[T]) -> Tell[T]:
        """Completes what a link tells: since when it was deaf, what is missing, no token in any text."""

        def told(event: FeedEvent[T]) -> None:
            if isinstance(event, FeedMessage):
                self._heard_at = self._good_at = event.at
                tell(event)
                return
            match event:
                case FeedLive(at=at):
                    connection.live_at, connection.live_since = at, asyncio.get_running_loop().time()
                    tell(msgspec.structs.replace(event, lost_at=self._good_at, heard_at=self._heard_at))
                    self._good_at = at
                case FeedNonsense(at=at, detail=detail):
                    tell(FeedNonsense(at=at, detail=without(token, detail)))
                case _:
                    tell(event)

        return told

    def _lost(self, error: GatewayError, reason: str, *, closed: bool) -> FeedLost:
        absent = refusal_of(error) is Refusal.ABSENT
        quiet = absent or (closed and self._policy.stays_closed)
        spent = quiet or self._backoff.spent
        wait_s = self._policy.quiet_s if quiet else self._backoff.next_s()
        wait_s = max(wait_s, min(asked_wait_s(error) or self._link.asked_wait_s or 0.0, ASKED_LIMIT_S))
        now = datetime.now(UTC)
        return FeedLost(at=now, reason=reason, absent=absent, spent=spent, next_try_at=now + timedelta(seconds=wait_s))

    async def _renewed(self, refused: str) -> bool:
        try:
            await self._tokens.renew(refused)
        except SignInRequired:
            raise
        except GatewayError:
            return False  # unreachable, not refused: wait like for any other loss
        return True

    async def _wait(self, lost: FeedLost, tell: Tell[T]) -> None:
        tell(lost)
        wait_s = (lost.next_try_at - lost.at).total_seconds() if lost.next_try_at else self._policy.quiet_s
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._hurry.wait()


def refusal_of(error: GatewayError) -> Refusal:
    """What a lost connection asks for: only the token's own refusals renew it."""
    if isinstance(error, Unauthorized):
        return Refusal.RENEW
    page = isinstance(error, NotAGateway) and error.status in _NOT_A_FEED
    return Refusal.ABSENT if page or error.status in _ABSENT else Refusal.RETRY


def asked_wait_s(error: GatewayError) -> float | None:
    """How long an answer asked us to wait; None when it did not."""
    return error.retry_after_s if isinstance(error, RateLimited | ServiceFailed | BreakerOpen) else None


def without(token: str, text: str) -> str:
    """`text` without the token, should somebody have echoed it."""
    if len(token) < SECRET_CHARS:
        return text
    return text.replace(token, "(secret left out)").replace(quote(token, safe=""), "(secret left out)")
