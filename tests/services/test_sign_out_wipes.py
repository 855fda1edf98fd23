"""After a sign-out whoever has the files and the key finds nothing of it: neither rows, nor free pages, nor the log."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from console.model.cached import Login
from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.model.record import RecordKind, RecordQuery
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.kept_sign_in import kept_as
from console.store.encrypted_file import EncryptedFile
from console.store.key import Passphrase, unlock
from console.store.record import RECORD
from console.store.store import open_store
from console.store.vault import VAULT
from tests.services.test_session_cache import running
from tests.store.pages import plain

if TYPE_CHECKING:
    from pathlib import Path

    from console.model.identity import Tokens
    from console.store.store import Store

KEY = Passphrase("four words of passphrase")
LIMIT_S = 45.0


def secrets_of(tokens: Tokens) -> set[bytes]:
    return {part.encode() for part in (tokens.access, tokens.refresh) if part}


async def renewed(store: Store, mine: Profile, former: set[bytes]) -> Tokens:
    async with asyncio.timeout(LIMIT_S):
        while True:
            stored = await store.vault.load_sign_in(kept_as(mine))
            assert stored is not None
            if not secrets_of(stored.tokens) & former:
                return stored.tokens
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("platform", ["dotmac", "kong"])
async def test_nothing_of_a_login_is_left_in_the_files(tmp_path: Path, platform: str) -> None:  # fault 38
    folder = tmp_path / "store"
    store = await open_store(folder, KEY)
    with SandboxThread(SandboxOptions(token_lifetime_s=3.0)) as sandbox:
        url = {"kong": sandbox.kong_url, "dotmac": sandbox.dotmac_url}[platform]
        tenant = "northwind" if platform == "dotmac" else ""
        mine = Profile(name="one", url=url, platform=platform, username=sandbox.username, tenant=tenant)
        async with running(mine, store) as session:
            await session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
            who = session.gateway.authentication.who
            user = (await session.cache.read(who, anew=True)).value
            login = Login(owner=kept_as(mine), user=user.id, tenant=tenant)
            stored = await store.vault.load_sign_in(kept_as(mine))
            assert stored is not None
            first = secrets_of(stored.tokens)
            secrets = first | secrets_of(await renewed(store, mine, first))
            answers = await store.record.cached.listing(kept_as(mine))
            assert answers
            kept = await store.record.cached.load(login, who.key)
            assert kept is not None
            bodies = {kept.body}
        await store.close()
    # As it stands before, so that the search is known to find what is there.
    before = await plain(folder, VAULT, KEY), await plain(folder, RECORD, KEY)
    assert any(secret in before[0] for secret in secrets)
    assert all(body in before[1] for body in bodies)
    assert not any(secret in before[1] for secret in secrets), "tokens have no business in the record"

    store = await open_store(folder, KEY)
    async with running(mine, store) as session:  # the gateway is gone: what is kept here goes all the same
        await session.sign_out()
        assert await store.vault.load_sign_in(kept_as(mine)) is None
        assert await store.record.cached.listing(kept_as(mine)) == ()
        vault = await plain(folder, VAULT, KEY)  # at once, also where the program is killed now
        assert not any(secret in vault for secret in secrets)
    stays = (await store.record.entries(RecordQuery(kinds=(RecordKind.ACTION,)))).entries
    requests = await store.record.exchanges(mine.gateway_id, datetime(2020, 1, 1, tzinfo=UTC))
    await store.close()
    vault, record = await plain(folder, VAULT, KEY), await plain(folder, RECORD, KEY)
    for secret in secrets:
        assert secret not in vault + record
    for body in bodies:
        assert body not in vault + record
    assert mine.name.encode() not in vault, "not even that there was a sign-in"
    # What stays, and is to: what was done and asked, without what it was done with.
    assert [entry.text for entry in stays if entry.text.startswith("sign-out")]
    assert {one.operation for one in requests} >= {"auth.login"}
    assert sandbox.password.encode() not in record


async def test_the_search_finds_what_lies_in_free_pages_and_in_the_log(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    store = await open_store(folder, KEY)
    await store.close()
    file = EncryptedFile(folder / VAULT.name, (await unlock(folder, KEY)).for_file(VAULT.name), VAULT)
    connection = file.connect()
    connection.pragma("secure_delete", "OFF")
    connection.execute("CREATE TABLE scrap (text TEXT)")
    connection.execute("INSERT INTO scrap VALUES (?)", ("free-page" * 2000,))
    connection.execute("DELETE FROM scrap")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.pragma("secure_delete", "ON")
    connection.execute("INSERT INTO scrap VALUES (?)", ("older-frame" * 2000,))
    connection.execute("DELETE FROM scrap")
    found = await plain(folder, VAULT, KEY)
    connection.close()
    assert b"free-page" in found
    assert b"older-frame" in found
