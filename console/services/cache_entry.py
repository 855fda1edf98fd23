"""One answer in memory: what the gateway said last, what was changed ahead of it, and what of that still holds.

No I/O and no tasks: the cache says what happened, in turns. A turn is a number that only grows; every request to the
gateway begins in one, and so does every write's end. An answer knows of all that was written before its request began.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from console.model.freshness import Observed, Source

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from datetime import datetime

    from console.api.query import Query
    from console.model.errors import GatewayError
    from console.services.cache_ports import CacheReply

T = TypeVar("T")

RETRY_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Known(Generic[T]):
    """What the gateway said last. `size_bytes` is that of the body as received."""

    value: T
    observed_at: datetime
    source: Source
    etag: str = ""
    size_bytes: int = 0

    @classmethod
    def heard(cls, query: Query[T], reply: CacheReply, at: datetime) -> Known[T]:
        """An answer of the gateway that came at that time.

        Raises:
            ProtocolViolation: Nobody understands it.
        """
        return Known(
            value=query.decode(reply.body),
            observed_at=at,
            source=Source.LIVE,
            etag=reply.etag,
            size_bytes=len(reply.raw),
        )


@dataclass(eq=False)
class Patch(Generic[T]):
    """A change that is shown before the gateway has confirmed it; `written` is the turn in which its write ended."""

    change: Callable[[T], T]
    written: int | None = None


@dataclass(eq=False)
class Entry(Generic[T]):
    """See the module.

    Attributes:
        query: Which question it answers.
        known: The gateway's last answer; None before the first. Never changed ahead of it.
        error: Why the last try to ask failed; None when it did not.
        loading: Looks into the record.
        asking: Asks the gateway; never twice at a time.
        followers: How many look at it.
    """

    query: Query[T]
    known: Known[T] | None = None
    error: GatewayError | None = None
    loading: asyncio.Task[None] | None = None
    asking: asyncio.Task[None] | None = None
    followers: int = 0
    _patches: list[Patch[T]] = field(default_factory=list)
    _invalid_since: int = 0
    _tried_at: datetime | None = None

    @property
    def shown(self) -> Observed[T] | None:
        """What to show: the gateway's answer with the changes that it may not know of."""
        if self.known is None:
            return None
        value = self.known.value
        for patch in self._patches:
            value = patch.change(value)
        problem = (self.error.detail or type(self.error).__name__) if self.error is not None else ""
        return Observed(value=value, observed_at=self.known.observed_at, source=self.known.source, problem=problem)

    @property
    def invalid(self) -> bool:
        """Whether something was written since that touched it."""
        return self._invalid_since > 0

    @property
    def is_asking(self) -> bool:
        """Whether the gateway is being asked."""
        return self.asking is not None and not self.asking.done()

    @property
    def is_loading(self) -> bool:
        """Whether the record is being looked into."""
        return self.loading is not None and not self.loading.done()

    @property
    def busy(self) -> bool:
        """Whether somebody needs it: it can't be dropped for want of room."""
        return bool(self.followers or self.is_asking or self.is_loading or self._patches)

    @property
    def size_bytes(self) -> int:
        """Of the answer, as received."""
        return self.known.size_bytes if self.known is not None else 0

    def due_in_s(self, now: datetime, ttl_s: float) -> float:
        """Seconds until it should be asked for anew, which is at the age of `ttl_s`; 0 and less when it should be now.

        A failure is followed by a pause. A value from the future was seen before the clock was set back: its age is
        unknown.
        """
        pause_s = 0.0
        if self.error is not None and self._tried_at is not None:
            since = now - self._tried_at
            pause_s = (RETRY_PAUSE - since).total_seconds() if timedelta() <= since < RETRY_PAUSE else 0.0
        if self.known is None or self.invalid or self.known.observed_at > now:
            return pause_s
        age_s = (now - self.known.observed_at).total_seconds()
        return max(pause_s, ttl_s - age_s)

    # What happened

    def found(self, known: Known[T], *, invalid: bool) -> None:
        """The record has an answer: nothing was known before."""
        self.known = known
        self._invalid_since = max(self._invalid_since, 1 if invalid else 0)

    def answered(self, known: Known[T], began: int) -> None:
        """The gateway answered a request that began in that turn."""
        self.known = known
        self.error = self._tried_at = None
        if began >= self._invalid_since:
            self._invalid_since = 0
        self._patches = [patch for patch in self._patches if patch.written is None or patch.written > began]

    def failed(self, error: GatewayError, at: datetime) -> None:
        """The gateway could not be asked, or said no. What is known stays."""
        self.error, self._tried_at = error, at

    def invalidate(self, turn: int) -> None:
        """Something was written, until that turn, that touched it."""
        self._invalid_since = turn
        self.try_now()

    def try_now(self) -> None:
        """There is reason to believe that what failed would go well now."""
        self._tried_at = None

    def forget(self) -> None:
        """Nothing is known any more; whoever asks waits for the gateway."""
        self.known = self.error = self._tried_at = None

    def patch(self, change: Callable[[T], T]) -> Patch[T]:
        """Show a change from now on."""
        patch = Patch(change)
        self._patches.append(patch)
        return patch

    def written(self, patch: Patch[T], turn: int) -> None:
        """The change was written by that turn: show it until an answer comes that knows of it."""
        patch.written = turn

    def withdraw(self, patch: Patch[T]) -> None:
        """The change was not made. What is shown is what the gateway said last, not what was shown before."""
        self._patches.remove(patch)


def hold(entry: Entry[T] | None, *, instead_of: Entry[T] | None) -> Entry[T] | None:
    """Count a follower of one entry instead of another."""
    if instead_of is not None:
        instead_of.followers -= 1
    if entry is not None:
        entry.followers += 1
    return entry
