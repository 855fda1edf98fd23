"""Who may sign in. Passwords are kept as scrypt hashes only."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

COST = 2**14  # of scrypt
_BLOCK = 8
_SALT_BYTES = 16
_DIGEST_BYTES = 64


@dataclass(frozen=True, kw_only=True)
class User:
    """An account of the platform.

    Attributes:
        tenants: Ids of the tenants it belongs to, its own first.
        created_at: Epoch seconds.
    """

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    tenants: tuple[str, ...]
    created_at: float = field(default_factory=time.time)


@dataclass(frozen=True)
class PasswordHash:
    """A salted scrypt hash."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, password: str) -> PasswordHash:
        """Hash a password with a fresh salt; takes tens of milliseconds."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return cls(salt, _scrypt(password, salt))

    def matches(self, password: str) -> bool:
        """Whether this is the password; takes tens of milliseconds, whatever the answer."""
        return hmac.compare_digest(self.digest, _scrypt(password, self.salt))


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=COST, r=_BLOCK, p=1)


class Accounts:
    """The platform's users; the operator is the one whom the sandbox names. All have the same password.

    Args:
        username: The operator's address.
        password: Everybody's.
        on_change: Told each account that changed, or is new.
    """

    def __init__(self, username: str, password: str, *, on_change: Callable[[User], None] = lambda _user: None) -> None:
        self._on_change = on_change
        self.operator = User(
            id="8f3c1a52-0d7e-4b7c-9a57-6a1e5f0b2c11",
            email=username,
            name="Sandbox Operator",
            roles=("operator", "auditor"),
            tenants=("northwind", "contoso"),
        )
        self._users = [
            self.operator,
            User(id="u-2", email="ana@sandbox.example", name="Ana Lima", roles=("viewer",), tenants=("northwind",)),
            User(id="u-3", email="jo@sandbox.example", name="Jo Berg", roles=("admin",), tenants=("contoso",)),
        ]
        kept = PasswordHash.of(password)
        self._hashes = {user.email.casefold(): kept for user in self._users}
        # Checked for unknown names too, so that the time of an answer does not tell who exists.
        self._nobody = PasswordHash(secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_DIGEST_BYTES))

    def everyone(self) -> tuple[User, ...]:
        """All users, for directories."""
        return tuple(self._users)

    def named(self, email: str) -> User | None:
        """The user with this address."""
        name = email.strip().casefold()
        return next((user for user in self._users if user.email.casefold() == name), None)

    async def add(self, user: User, password: str) -> None:
        """Somebody new; the hash is computed on a worker thread."""
        self._users.append(user)
        await self.set_password(user, password)

    async def set_password(self, user: User, password: str) -> None:
        """Replace a password; the hash is computed on a worker thread."""
        self._hashes[user.email.casefold()] = await asyncio.to_thread(PasswordHash.of, password)
        self._on_change(user)

    def find(self, user_id: str) -> User | None:
        """The user with this id."""
        return next((user for user in self._users if user.id == user_id), None)

    async def check(self, username: str, password: str) -> User | None:
        """The user whom these credentials name, or None. The hash is computed on a worker thread."""
        name = username.strip().casefold()
        kept = self._hashes.get(name, self._nobody)
        if not await asyncio.to_thread(kept.matches, password):
            return None
        return next((user for user in self._users if user.email.casefold() == name), None)
