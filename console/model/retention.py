"""How much is recorded: when to warn, when to drop what is oldest, and how much of it. Sizes alone decide, no clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from console.model.record import RecordSize

GIB, MIB = 1 << 30, 1 << 20
DEFAULT_LIMIT_BYTES = GIB
LEAST_LIMIT_BYTES = 16 * MIB

_LEAST_LOG_BYTES, _MOST_LOG_BYTES = 4 * MIB, 64 * MIB
_LEAST_ERA_BYTES = 64 * 1024
_LEAST_TOLD_SPAN = timedelta(hours=1)


class RecordLimit(msgspec.Struct, frozen=True):
    """The most that the record may take on the disk, its log included."""

    size_bytes: int = DEFAULT_LIMIT_BYTES

    @property
    def warn_bytes(self) -> int:
        """From here on the operator is told that it fills up."""
        return self.size_bytes * 4 // 5

    @property
    def calm_bytes(self) -> int:
        """Below this a warning is taken back: the next filling is told of anew."""
        return self.size_bytes * 7 // 10

    @property
    def log_bytes(self) -> int:
        """Kept free for the log: a sixteenth, which for a small record would be less than one write."""
        return min(max(self.size_bytes // 16, min(self.size_bytes // 8, _LEAST_LOG_BYTES)), _MOST_LOG_BYTES)

    @property
    def cached_bytes(self) -> int:
        """The most that stored answers may take of it: nothing that was seen gives way to them."""
        return self.size_bytes // 8

    @property
    def high_bytes(self) -> int:
        """From here on what is oldest is dropped ..."""
        return self.size_bytes - self.log_bytes

    @property
    def low_bytes(self) -> int:
        """... down to this."""
        return self.high_bytes - self.size_bytes // 32

    @property
    def era_bytes(self) -> int:
        """How much is written between two marks; what is dropped is dropped from mark to mark."""
        return max(_LEAST_ERA_BYTES, self.size_bytes // 256)

    def full_in(self, size: RecordSize) -> timedelta | None:
        """When the record is full if it goes on as it did; None where too little is known."""
        if size.oldest is None or size.newest is None or size.newest - size.oldest < _LEAST_TOLD_SPAN:
            return None
        left = max(0, self.high_bytes - size.data_bytes)
        return (size.newest - size.oldest) * (left / max(1, size.data_bytes))
