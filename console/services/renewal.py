"""When the gateway may be asked for new tokens: never in a storm, and not for ever in vain."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from console.model.errors import RateLimited, SignInRequired, Unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_S = 60.0  # a limit that does not say how long
PAUSE_CAP_S = 900.0
LIMITED_IN_VAIN = 3
FRESH_S = 10.0


class RenewalPace:
    """Says whether a renewal may be asked for now. Belongs to one session.

    A limited refresh route is asked once, then left alone for as long as it said; meanwhile everybody who wants a new
    token hears of the limit without a request. A token that is refused right after it was given is not renewed again:
    a gateway that refuses every token would be asked for one with every request.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held_until = 0.0
        self._limited = 0
        self._renewed_at: float | None = None

    @property
    def held_s(self) -> float:
        """Seconds until the route may be asked again; 0 when it may be now."""
        return max(0.0, self._held_until - self._clock())

    def begin(self) -> None:
        """Somebody signed in: what was before has no bearing."""
        self._held_until, self._limited, self._renewed_at = 0.0, 0, None

    def admit(self, *, ended: bool) -> None:
        """Go ahead, or an error instead of the request.

        Args:
            ended: The token has ended by our clock, so that its refusal is no surprise.

        Raises:
            RateLimited: The route is left alone for now.
            SignInRequired: The token has ended and the route was limited so often that only a new sign-in helps.
            Unauthorized: The token was given a moment ago: a new one would fare no better.
        """
        if (wait_s := self.held_s) > 0:
            raise RateLimited("renewing the sign-in is limited", retry_after_s=wait_s)
        if ended and self._limited >= LIMITED_IN_VAIN:
            raise SignInRequired("the gateway renews no sign-ins at the moment", code="renewal-limited")
        if not ended and self._renewed_at is not None and self._clock() - self._renewed_at < FRESH_S:
            raise Unauthorized("the gateway refuses a token that it has just given", status=401, code="fresh-token")

    def limited(self, error: RateLimited) -> None:
        """The route answered 429."""
        self._limited += 1
        asked_s = error.retry_after_s if error.retry_after_s is not None else PAUSE_S
        self._held_until = self._clock() + min(PAUSE_CAP_S, max(1.0, asked_s))

    def renewed(self) -> None:
        """There are new tokens."""
        self._limited, self._held_until = 0, 0.0
        self._renewed_at = self._clock()
