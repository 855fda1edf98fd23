"""Mail that the platform sends: it goes nowhere, and can be read at the control routes."""

from __future__ import annotations

import enum
import hashlib
import secrets
import time
from collections import deque
from dataclasses import dataclass

import msgspec

_KEPT = 200
_LIFETIME_S = 3600.0


class Purpose(enum.StrEnum):
    """What the code in a message is good for."""

    VERIFY = "verify"
    RESET = "reset"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One mail.

    Attributes:
        code: What its reader copies into the console.
        sent_at: Epoch seconds.
    """

    to: str
    subject: str
    purpose: Purpose
    code: str
    sent_at: float


@dataclass(frozen=True)
class _Open:
    purpose: Purpose
    user_id: str
    ends_at: float


class Outbox:
    """Sends codes, and takes each back once, while it is good. A newer code of a kind ends the older ones."""

    def __init__(self) -> None:
        self.messages: deque[Message] = deque(maxlen=_KEPT)
        self._open: dict[str, _Open] = {}

    def send(self, purpose: Purpose, user_id: str, to: str) -> None:
        """Send a new code."""
        self._open = {
            digest: kept
            for digest, kept in self._open.items()
            if (kept.purpose, kept.user_id) != (purpose, user_id) and kept.ends_at > time.time()
        }
        code = secrets.token_urlsafe(12)
        self._open[_digest(code)] = _Open(purpose, user_id, time.time() + _LIFETIME_S)
        subject = "Confirm your address" if purpose is Purpose.VERIFY else "Choose a new password"
        self.messages.append(Message(to=to, subject=subject, purpose=purpose, code=code, sent_at=time.time()))

    def redeem(self, purpose: Purpose, code: str) -> str | None:
        """The id of the user whom this code was sent to; it is used up. None when it is not good."""
        found = self._open.get(_digest(code))
        if found is None or found.purpose is not purpose or found.ends_at <= time.time():
            return None
        del self._open[_digest(code)]
        return found.user_id


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
