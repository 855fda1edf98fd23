"""A profile's sign-in in the vault, shared with every other process that uses the profile."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from typing import TYPE_CHECKING, Protocol

from console.model.address import Address
from console.model.errors import SignInRequired, StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from console.model.identity import Tokens, User
    from console.model.profile import Profile

_log = logging.getLogger(__name__)

LEASE_TTL_S = 45.0
LEASE_POLL_S = 0.1
SIGNED_OUT_ELSEWHERE = "signed-out-elsewhere"
SIGNED_IN_ELSEWHERE = "signed-in-elsewhere"


class StoredSignIn(Protocol):
    """What the vault kept of a sign-in; see `console.store.vault`."""

    @property
    def tokens(self) -> Tokens:
        """As last saved."""

    @property
    def user(self) -> User | None:
        """Who it was."""


class SignInVault(Protocol):
    """The part of the vault that sessions need; see `console.store.vault.Vault`."""

    async def save_sign_in(self, profile: str, tokens: Tokens, user: User | None) -> None:
        """Keep a sign-in; on disk when this returns."""

    async def load_sign_in(self, profile: str) -> StoredSignIn | None:
        """The sign-in kept for a profile."""

    async def forget_sign_in(self, profile: str) -> None:
        """Drop it."""

    async def acquire_lease(self, name: str, owner: str, ttl_s: float) -> bool:
        """Whether `owner` now holds the lease, alone among all processes."""

    async def release_lease(self, name: str, owner: str) -> None:
        """Give it up."""


def kept_as(profile: Profile) -> str:
    """The name of a profile's sign-in in the vault. Another address is another gateway: no token of ours is for it."""
    address = Address.parse(profile.url, allow_plain_http=profile.network.allow_plain_http)
    return f"{profile.name} at {address.text}"


class KeptSignIn:
    """Saves, finds and forgets it. A vault that can't be written has no say in whether the session lives."""

    def __init__(self, vault: SignInVault, profile: Profile) -> None:
        self._vault = vault
        self._name = kept_as(profile)
        self._lease_owner = str(uuid.uuid4())
        self._behind = False
        self._user_id = ""  # empty while unknown
        self.keeping = True  # else nothing is written: the sign-in ends with the program

    async def load(self) -> StoredSignIn | None:
        """What is kept.

        Raises:
            StoreError: It can't be read.
        """
        stored = await self._vault.load_sign_in(self._name)
        self._user_id = _id_of(stored.user) if stored is not None else ""
        return stored

    async def save(self, tokens: Tokens, user: User | None) -> None:
        """Have it on disk when this returns; where the disk takes nothing, it lives as long as the program."""
        self._user_id = _id_of(user)
        try:
            if self.keeping:
                await self._vault.save_sign_in(self._name, tokens, user)
            else:
                await self._vault.forget_sign_in(self._name)  # of the one before
        except StoreError as exc:
            _log.warning("the sign-in %s can't be kept: %s", self._name, exc)
            self._behind = True
        else:
            self._behind = False

    async def forget(self) -> None:
        """Drop it.

        Raises:
            StoreError: It is still there.
        """
        await self._vault.forget_sign_in(self._name)

    async def newer_than(self, tokens: Tokens) -> Tokens | None:
        """The tokens that another process has got meanwhile, if it was first.

        Raises:
            SignInRequired: Another process signed out, or somebody else in.
        """
        if self._behind or not self.keeping:
            return None
        try:
            stored = await self._vault.load_sign_in(self._name)
        except StoreError as exc:
            _log.info("renewing without a look at the store: %s", exc)
            return None
        if stored is None:
            raise SignInRequired("signed out by another window or command", code=SIGNED_OUT_ELSEWHERE)
        if self._user_id and _id_of(stored.user) not in ("", self._user_id):
            raise SignInRequired("somebody else signed in, in another window or command", code=SIGNED_IN_ELSEWHERE)
        return stored.tokens if stored.tokens.access != tokens.access else None

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[None]:
        """Alone among all processes that share the vault."""
        lease = f"renew:{self._name}"
        try:
            try:
                while not await self._vault.acquire_lease(lease, self._lease_owner, LEASE_TTL_S):  # noqa: ASYNC110
                    await asyncio.sleep(LEASE_POLL_S)  # another process may hold it: no event of ours tells
            except StoreError as exc:
                _log.info("renewing without a lease: %s", exc)
            yield
        finally:  # also when cancelled half-way: it may be ours already
            with contextlib.suppress(StoreError):  # it runs out by itself
                await self._vault.release_lease(lease, self._lease_owner)


def _id_of(user: User | None) -> str:
    return user.id if user is not None else ""
