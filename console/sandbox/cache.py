"""A small cache of answers, with a lifetime for each."""

from __future__ import annotations

import fnmatch
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LIMIT = 256


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    until: float  # monotonic


class AnswerCache:
    """Bodies by key. When it is full, the one that was used longest ago goes.

    Attributes:
        hits: Lookups that were answered from here.
        misses: Lookups for which the answer had to be made.
        evictions: Entries that went because there was no room or their time was over.
    """

    def __init__(self) -> None:
        self.hits = self.misses = self.evictions = 0
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._spent_ms = 0.0

    @property
    def hit_ratio(self) -> float:
        """Hits among all lookups, 0 to 1; 0 without any."""
        asked = self.hits + self.misses
        return round(self.hits / asked, 4) if asked else 0.0

    @property
    def mean_ms(self) -> float:
        """How long a lookup took, making the answer included."""
        asked = self.hits + self.misses
        return round(self._spent_ms / asked, 3) if asked else 0.0

    @property
    def size_bytes(self) -> int:
        """Of all bodies."""
        return sum(len(kept.body) for kept in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str, make: Callable[[], bytes], *, lifetime_s: float) -> bytes:
        """The body of this key; made, and kept, when there is none or its time is over."""
        asked_at = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and kept.until > asked_at:
            self.hits += 1
            self._kept.move_to_end(key)
            self._spent_ms += (time.monotonic() - asked_at) * 1000
            return kept.body
        self.misses += 1
        if kept is not None:
            self.evictions += 1
        body = make()
        self._kept[key] = _Kept(body, asked_at + lifetime_s)
        self._kept.move_to_end(key)
        if len(self._kept) > _LIMIT:
            self._kept.popitem(last=False)
            self.evictions += 1
        self._spent_ms += (time.monotonic() - asked_at) * 1000
        return body

    def invalidate(self, pattern: str = "*") -> int:
        """Drop the entries whose key matches (`*` and `?` as in file names); how many went."""
        gone = [key for key in self._kept if fnmatch.fnmatchcase(key, pattern)]
        for key in gone:
            del self._kept[key]
        return len(gone)
