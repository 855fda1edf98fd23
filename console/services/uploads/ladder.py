"""When a failed upload is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.model.upload import FailureClass

if TYPE_CHECKING:
    from console.model.upload import UploadItem

_JITTER = 0.3


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """Waits that grow: a rung for each failure in a row.

    Attributes:
        delays_s: By rung; after the last one it fails for good.
        slow_from: The first rung for a platform whose disk is full: room is not made within seconds.
    """

    delays_s: tuple[float, ...] = (25.0, 120.0, 600.0, 3_600.0, 18_000.0)
    slow_from: int = 2

    def next(
        self, item: UploadItem, kind: FailureClass, *, retry_after_s: float | None = None, draw: float = 0.0
    ) -> tuple[int, float | None]:
        """The rung after a failure, and seconds until the next try; None for no further one by itself.

        Args:
            item: As it was when it failed.
            kind: What went wrong.
            retry_after_s: What the platform asked for: never less than that.
            draw: A random number in [0, 1): jitter only lengthens, by up to 30 %.
        """
        if not kind.transient or not self.delays_s:
            return item.rung, None
        last = len(self.delays_s) - 1
        rung = item.rung
        if kind is FailureClass.LIMITED:
            wait = retry_after_s if retry_after_s is not None else self.delays_s[min(rung, last)]
            return rung, wait * (1.0 + _JITTER * draw)
        if kind is FailureClass.NO_ROOM:
            rung = max(rung, min(self.slow_from, last))
        if rung > last:
            return rung, None
        return rung + 1, max(self.delays_s[rung], retry_after_s or 0.0) * (1.0 + _JITTER * draw)


LADDER = Ladder()
