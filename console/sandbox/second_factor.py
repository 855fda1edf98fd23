"""The second factor: time-based codes (RFC 6238) and the challenges that ask for them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.sandbox.clock import Clock

_STEP_S = 30
_DIGITS = 6
CHALLENGE_LIFETIME_S = 300.0
CODE_ATTEMPTS = 5


@dataclass(frozen=True)
class WrongCode:
    """The code is not the one; none left means that the challenge is over and the account locked for a while."""

    attempts_left: int


@dataclass(frozen=True)
class ChallengeOver:
    """No such challenge: answered, given up, or too old."""


@dataclass(frozen=True)
class _Challenge:
    user_id: str
    ends_at: float
    attempts_left: int = CODE_ATTEMPTS


@dataclass
class SecondFactor:
    """Every account has the same generator of codes; each challenge can be answered once."""

    clock: Clock
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(20), repr=False)
    _challenges: dict[str, _Challenge] = field(default_factory=dict, repr=False)

    def code(self, steps_ago: int = 0) -> str:
        """The code that an authenticator app shows now."""
        counter = int(self.clock.now()) // _STEP_S - steps_ago
        digest = hmac.new(self._secret, struct.pack(">Q", counter), hashlib.sha1).digest()
        offset = digest[-1] & 0x0F
        number = struct.unpack_from(">I", digest, offset)[0] & 0x7FFFFFFF
        return f"{number % 10**_DIGITS:0{_DIGITS}d}"

    def challenge(self, user_id: str, token: str = "") -> str:
        """Ask a user for a code; the name of the challenge, a new one unless `token` gives it."""
        token = token or secrets.token_urlsafe(16)
        self._challenges[token] = _Challenge(user_id, self.clock.now() + CHALLENGE_LIFETIME_S)
        return token

    def answer(self, token: str, code: str) -> str | WrongCode | ChallengeOver:
        """The id of the user whom a code lets in. The code of the step before is good too: people type slowly."""
        open_one = self._challenges.pop(token, None)
        if open_one is None or self.clock.now() >= open_one.ends_at:
            return ChallengeOver()
        if any(hmac.compare_digest(code, self.code(steps_ago)) for steps_ago in (0, 1)):
            return open_one.user_id
        left = open_one.attempts_left - 1
        if left > 0:
            self._challenges[token] = replace(open_one, attempts_left=left)
        return WrongCode(left)
