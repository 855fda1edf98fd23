"""What a platform's WebSocket expects to hear from us, beside the handshake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _nothing_first(_token: str | None) -> Sequence[str]:
    return ()


def _no_reply(_message: str | bytes) -> str | None:
    return None


def _never(_message: str | bytes) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A dialect's own manners. Each function looks at one message and must be quick: thousands may come in a second.

    Attributes:
        first: What is sent after the handshake, made from the token: a sign-in, subscriptions.
        acknowledges: Whether a message says that the connection is accepted; only then the feed is live. None where
            the handshake alone says so.
        beat: Our heartbeat, made anew for each; None for none.
        beat_interval_s: Between two of ours.
        reply: Our answer to a message, such as to a heartbeat of theirs; None for none.
        is_noise: Whether a message only shows that the other side lives, so that it is not decoded.
    """

    first: Callable[[str | None], Sequence[str]] = _nothing_first
    acknowledges: Callable[[str | bytes], bool] | None = None
    beat: Callable[[], str] | None = None
    beat_interval_s: float = 30.0
    reply: Callable[[str | bytes], str | None] = _no_reply
    is_noise: Callable[[str | bytes], bool] = _never


SILENT = Conversation()
