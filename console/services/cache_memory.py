"""The entries of a cache: bounded by the size of their answers, the one used longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

from console.services.cache_entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.api.query import Query

T = TypeVar("T")


class Memory:
    """Entries by question. Those that somebody looks at or waits for are never dropped for want of room."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._entries: OrderedDict[str, Entry[Any]] = OrderedDict()
        self.evictions = 0

    def __iter__(self) -> Iterator[Entry[Any]]:
        return iter(tuple(self._entries.values()))

    def __contains__(self, entry: Entry[Any]) -> bool:
        return self._entries.get(entry.query.key) is entry

    @property
    def size_bytes(self) -> int:
        """All answers together, as received."""
        return sum(entry.size_bytes for entry in self._entries.values())

    def find(self, query: Query[T]) -> Entry[T] | None:
        """The entry of a question, which counts as used."""
        key = query.key
        if key in self._entries:
            self._entries.move_to_end(key)
        return self._entries.get(key)

    def add(self, query: Query[T]) -> Entry[T]:
        """A new entry, in place of a former one."""
        entry = Entry(query)
        self._entries[query.key] = entry
        return entry

    def drop_all(self) -> tuple[Entry[Any], ...]:
        """Empty it; gives what was in it."""
        dropped = tuple(self._entries.values())
        self._entries.clear()
        return dropped

    def tidy(self, entry: Entry[Any]) -> None:
        """Drop an entry that came to nothing."""
        if entry.known is None and not entry.busy and entry in self:
            del self._entries[entry.query.key]

    def make_room(self) -> None:
        """Drop what was used longest ago until the rest is within the limit."""
        surplus = self.size_bytes - self._limit_bytes
        for key, entry in tuple(self._entries.items()):
            if surplus <= 0:
                return
            if not entry.busy and entry.known is not None:
                surplus -= entry.size_bytes
                self.evictions += 1
                del self._entries[key]
