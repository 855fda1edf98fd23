"""Sign-ins come back as they were; one process at a time renews them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.model.identity import Tokens, User
from console.store.vault import VAULT, Vault

if TYPE_CHECKING:
    from tests.store.conftest import Shelf

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
TOKENS = Tokens(
    access="access-canary",
    refresh="refresh-canary",
    expires_at=NOON + timedelta(minutes=15),
    lifetime_s=900.0,
    cookies={"refresh_token": "cookie-canary"},
)
USER = User(id="7", name="<b>Zoë</b>", email="zoe@example.org", roles=("admin", "ops"))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


async def test_a_sign_in_outlives_the_program(shelf: Shelf) -> None:
    database = await shelf.open(VAULT)
    await Vault(database, Clock()).save_sign_in("prod", TOKENS, USER)
    await database.close()
    stored = await Vault(await shelf.open(VAULT)).load_sign_in("prod")
    assert stored is not None
    assert (stored.tokens, stored.user, stored.saved_at) == (TOKENS, USER, NOON)


async def test_the_latest_sign_in_counts_and_profiles_are_apart(shelf: Shelf) -> None:
    vault = Vault(await shelf.open(VAULT))
    await vault.save_sign_in("a", TOKENS, USER)
    await vault.save_sign_in("a", Tokens(access="newer"), None)
    await vault.save_sign_in("b", TOKENS, None)
    stored = await vault.load_sign_in("a")
    assert stored is not None
    assert (stored.tokens, stored.user) == (Tokens(access="newer"), None)
    await vault.forget_sign_in("a")
    await vault.forget_sign_in("a")
    assert await vault.load_sign_in("a") is None
    assert await vault.load_sign_in("b") is not None


async def test_tokens_are_nowhere_in_plain_text(shelf: Shelf) -> None:  # fault 107
    database = await shelf.open(VAULT)
    vault = Vault(database)
    await vault.save_sign_in("prod", TOKENS, USER)
    stored = await vault.load_sign_in("prod")
    await vault.forget_sign_in("prod")
    files = b"".join(path.read_bytes() for path in shelf.folder.iterdir())
    await database.close()
    files += b"".join(path.read_bytes() for path in shelf.folder.iterdir())
    assert len(files) > 10_000
    assert b"canary" not in files
    assert "canary" not in repr(stored)


async def test_a_lease_has_one_owner_at_a_time(shelf: Shelf) -> None:
    clock = Clock()
    window = Vault(await shelf.open(VAULT), clock)
    command = Vault(await shelf.open(VAULT, busy_timeout_s=3.0), clock)
    assert await window.acquire_lease("renew prod", "window", 10.0)
    assert await window.acquire_lease("renew prod", "window", 10.0)
    assert not await command.acquire_lease("renew prod", "command", 10.0)
    assert await command.acquire_lease("renew other", "command", 10.0)
    await command.release_lease("renew prod", "command")  # not its own
    assert not await command.acquire_lease("renew prod", "command", 10.0)
    await window.release_lease("renew prod", "window")
    assert await command.acquire_lease("renew prod", "command", 10.0)


async def test_of_many_that_ask_at_once_one_gets_the_lease(shelf: Shelf) -> None:
    vaults = [Vault(await shelf.open(VAULT, busy_timeout_s=5.0)) for _ in range(4)]
    got = await asyncio.gather(*(vault.acquire_lease("renew", str(index), 60.0) for index, vault in enumerate(vaults)))
    assert sorted(got) == [False, False, False, True]


async def test_a_lease_ends_when_its_owner_died_or_the_clock_was_set_back(shelf: Shelf) -> None:
    clock = Clock()
    vault = Vault(await shelf.open(VAULT), clock)
    assert await vault.acquire_lease("renew", "first", 10.0)
    clock.now = NOON + timedelta(seconds=9.9)
    assert not await vault.acquire_lease("renew", "second", 10.0)
    clock.now = NOON + timedelta(seconds=10)
    assert await vault.acquire_lease("renew", "second", 10.0)
    clock.now = NOON - timedelta(hours=1)
    assert await vault.acquire_lease("renew", "third", 10.0)
