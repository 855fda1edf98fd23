"""Access tokens that expire and refresh tokens that rotate."""

from __future__ import annotations

import enum
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.sandbox.accounts import User
    from console.sandbox.clock import Clock

_ALGORITHM = "HS256"
_ISSUER = "gatewatch-sandbox"
_REFRESH_LIFETIME_S = 30 * 86_400.0
_REMEMBERED_ROTATIONS = 50


class TokenRefusal(enum.Enum):
    """Why a token was not accepted."""

    MISSING = "missing"
    INVALID = "invalid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """What a sign-in or a refresh gives.

    Attributes:
        expires_in_s: Lifetime of the access token.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in_s: float
    user_id: str


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a valid access token says.

    Attributes:
        session_id: The family of refresh tokens it came from.
        expires_at: On the platform's own clock, epoch seconds.
    """

    user_id: str
    session_id: str
    token_id: str
    expires_at: float


@dataclass(kw_only=True)
class _Family:
    """All refresh tokens that descend from one sign-in: one is current, the former ones betray a copy."""

    user_id: str
    current: str
    expires_at: float
    rotated_at: float = 0.0
    former: list[str] = field(default_factory=list)


class TokenIssuer:
    """Issues, checks, rotates and revokes tokens.

    Args:
        key: Signs the access tokens; at least 32 bytes.
        clock: The platform's clock: expiry is judged by it, right or wrong.
        lifetime_s: Of an access token.
        grace_s: How long the refresh token before the current one is still accepted after a rotation.
        on_change: Called after every change that must survive a restart.
    """

    def __init__(
        self,
        key: bytes,
        clock: Clock,
        *,
        lifetime_s: float,
        grace_s: float = 0.0,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._key = key
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._grace_s = grace_s
        self._on_change = on_change
        self._families: dict[str, _Family] = {}
        self._generation = 0
        self.refuse_next_refresh = False

    def sign_in(self, user: User) -> TokenPair:
        """Start a session."""
        session_id = secrets.token_hex(8)
        secret = secrets.token_urlsafe(32)
        self._families[session_id] = _Family(
            user_id=user.id, current=_digest(secret), expires_at=time.time() + _REFRESH_LIFETIME_S
        )
        self._on_change()
        return self._pair(user.id, session_id, secret)

    def refresh(self, token: str) -> TokenPair | TokenRefusal:
        """Exchange a refresh token; it is used up, and using it again ends the whole session (RFC 9700, 4.14)."""
        session_id, _, secret = token.partition(".")
        family = self._families.get(session_id)
        if family is None or not secret:
            return TokenRefusal.INVALID
        if self.refuse_next_refresh:
            self.refuse_next_refresh = False
            self.end(session_id)
            return TokenRefusal.REVOKED
        if family.expires_at < time.time():
            self.end(session_id)
            return TokenRefusal.EXPIRED
        digest = _digest(secret)
        if digest != family.current and not self._in_grace(family, digest):
            if digest in family.former:
                self.end(session_id)
                return TokenRefusal.REVOKED
            return TokenRefusal.INVALID
        fresh = secrets.token_urlsafe(32)
        if digest == family.current:
            family.former.append(digest)
            family.rotated_at = time.time()
        else:  # nobody has the current one; the one in grace stays so, in case this answer is lost too
            family.former.insert(-1, family.current)
        del family.former[:-_REMEMBERED_ROTATIONS]
        family.current = _digest(fresh)
        self._on_change()
        return self._pair(family.user_id, session_id, fresh)

    def extend(self, token: str) -> TokenPair | TokenRefusal:
        """Another access token for a refresh token that stays as it is."""
        session_id, _, secret = token.partition(".")
        family = self._families.get(session_id)
        if family is None or family.current != _digest(secret):
            return TokenRefusal.INVALID
        if self.refuse_next_refresh or family.expires_at < time.time():
            self.refuse_next_refresh = False
            self.end(session_id)
            return TokenRefusal.REVOKED
        return self._pair(family.user_id, session_id, secret)

    def knows(self, refresh_token: str) -> bool:
        """Whether this refresh token would be accepted now; nothing is used up."""
        session_id, _, secret = refresh_token.partition(".")
        family = self._families.get(session_id)
        return family is not None and family.current == _digest(secret)

    def owner(self, session_id: str) -> str | None:
        """Whose session this is; None when it is over."""
        family = self._families.get(session_id)
        return family.user_id if family is not None else None

    def sessions(self, user_id: str) -> int:
        """How many sessions of a user are not over."""
        return sum(family.user_id == user_id for family in self._families.values())

    def check(self, access_token: str | None) -> Claims | TokenRefusal:
        """What an access token says, or why it is refused."""
        if not access_token:
            return TokenRefusal.MISSING
        try:
            payload = jwt.decode(
                access_token,
                self._key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                # The library would judge by the true time; a platform judges by its own clock.
                options={"require": ["exp", "sub", "jti"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return TokenRefusal.INVALID
        if payload["exp"] <= self._clock.now() or payload.get("gen") != self._generation:
            return TokenRefusal.EXPIRED
        if payload.get("sid") not in self._families:
            return TokenRefusal.REVOKED
        return Claims(
            user_id=payload["sub"],
            session_id=payload["sid"],
            token_id=payload["jti"],
            expires_at=float(payload["exp"]),
        )

    def active_users(self) -> int:
        """How many users have an open session."""
        now = time.time()
        return len({family.user_id for family in self._families.values() if family.expires_at > now})

    def end(self, session_id: str) -> None:
        """Revoke every token of a session."""
        if self._families.pop(session_id, None) is not None:
            self._on_change()

    def end_all(self, user_id: str) -> None:
        """Revoke every session of a user."""
        for session_id in [key for key, family in self._families.items() if family.user_id == user_id]:
            self.end(session_id)

    def expire_all(self) -> None:
        """Make every access token issued so far count as expired; refresh tokens stay good."""
        self._generation += 1
        self._on_change()

    def dump(self) -> dict[str, object]:
        """What must survive a restart: digests and names, no token."""
        return {
            "generation": self._generation,
            "families": {
                key: [family.user_id, family.current, family.expires_at, family.former, family.rotated_at]
                for key, family in self._families.items()
            },
        }

    def load(self, kept: Mapping[str, object]) -> None:
        """Take over what `dump` wrote."""
        generation, families = kept.get("generation"), kept.get("families")
        if isinstance(generation, int):
            self._generation = generation
        if isinstance(families, dict):
            for key, (user_id, current, expires_at, former, *since) in families.items():
                self._families[key] = _Family(
                    user_id=user_id,
                    current=current,
                    expires_at=expires_at,
                    former=list(former),
                    rotated_at=since[0] if since else 0.0,  # states of former versions have none
                )

    def _in_grace(self, family: _Family, digest: str) -> bool:
        return bool(family.former) and family.former[-1] == digest and time.time() - family.rotated_at < self._grace_s

    def _pair(self, user_id: str, session_id: str, secret: str) -> TokenPair:
        now = self._clock.now()
        access = jwt.encode(
            {
                "iss": _ISSUER,
                "sub": user_id,
                "sid": session_id,
                "jti": secrets.token_hex(8),
                "gen": self._generation,
                "iat": int(now),
                "exp": now + self._lifetime_s,
            },
            self._key,
            algorithm=_ALGORITHM,
        )
        return TokenPair(
            access=access, refresh=f"{session_id}.{secret}", expires_in_s=self._lifetime_s, user_id=user_id
        )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
