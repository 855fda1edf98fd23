"""A platform's numbers for its feeds: when to try again, and when a silent connection counts as dead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rise:
    """A row of attempts whose waits rise.

    Attributes:
        base_s: Shortest wait, and the first ceiling.
        cap_s: Highest ceiling.
        attempts: How many; None for no end.
    """

    base_s: float = 1.0
    cap_s: float = 30.0
    attempts: int | None = None


@dataclass(frozen=True, kw_only=True)
class FeedPolicy:
    """What a platform's guide says of its feed; the defaults are ours.

    Attributes:
        rises: Rows of quick attempts, one after the other.
        quiet_s: Wait between attempts when those are used up, when the gateway has no such feed, or when it hung up
            on purpose and `stays_closed`.
        stable_s: How long a connection must hold to count as good: only then waits start over and a token that is
            refused is renewed once more.
        stays_closed: A connection that the gateway closes without complaint is not quickly made anew.
        open_s: Limit for handshake and acknowledgement together.
        ping_interval_s: Between two pings of the protocol, where it has them.
        ping_timeout_s: A ping without an answer for so long means a dead connection.
        silence_s: A connection without any sign of life for so long is dead, although nobody said so; None where the
            gateway promises no signs of life.
    """

    rises: tuple[Rise, ...] = (Rise(),)
    quiet_s: float = 60.0
    stable_s: float = 10.0
    stays_closed: bool = False
    open_s: float = 8.0
    ping_interval_s: float = 4.0
    ping_timeout_s: float = 6.0
    silence_s: float | None = None


DEFAULT = FeedPolicy()
