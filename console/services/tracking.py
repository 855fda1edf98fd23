"""The newest requests of a session."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.model.exchange import Exchange

RING_SIZE = 10_000


class Tracking:
    """A ring of requests; the oldest give way. Belongs to one event loop.

    What is in an `Exchange` is masked by construction: templates and numbers.
    """

    def __init__(self, *, also: Callable[[Exchange], None] = lambda _exchange: None, size: int = RING_SIZE) -> None:
        """`also` hears of every request, too."""
        self._also = also
        self._ring: deque[Exchange] = deque(maxlen=size)
        self._count = 0

    @property
    def count(self) -> int:
        """How many requests were noted since the session began, those included that gave way."""
        return self._count

    def note(self, exchange: Exchange) -> None:
        """Take a request."""
        self._ring.append(exchange)
        self._count += 1
        self._also(exchange)

    def since(self, count: int) -> Sequence[Exchange]:
        """What was noted after `count` requests had been, oldest first, as far as the ring still holds it."""
        fresh = min(self._count - count, len(self._ring))
        return list(islice(self._ring, len(self._ring) - fresh, None))
