"""Profiles on disk and their sessions."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from console.model.errors import ProfileError, SettingsError
from console.model.identity import PasswordCredentials, Tokens
from console.model.profile import Profile
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.directory import Directory
from console.services.kept_sign_in import kept_as
from console.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from console.store.store import Store


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions()) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


@contextlib.asynccontextmanager
async def opened(file: Path, store: Store) -> AsyncIterator[Directory]:
    directory = Directory(Settings(file), store.vault, store.record)
    try:
        yield directory
    finally:
        await directory.close()


def nowhere(name: str) -> Profile:
    return Profile(name=name, url="http://127.0.0.1:1", platform="kong")


async def test_what_is_added_is_there_at_the_next_start(file: Path, store: Store) -> None:
    async with opened(file, store) as directory:
        await directory.add(nowhere("one"))
        await directory.add(nowhere(" two "))
        assert [profile.name for profile in directory.profiles.value] == ["one", "two"]
    async with opened(file, store) as again:
        assert [profile.name for profile in again.profiles.value] == ["one", "two"]
        await again.remove("one")
    assert [profile.name for profile in Settings(file).profiles()] == ["two"]


async def test_names_are_unique_whatever_their_case(file: Path, store: Store) -> None:
    async with opened(file, store) as directory:
        await directory.add(nowhere("Edge"))
        with pytest.raises(ProfileError, match="already"):
            await directory.add(nowhere("edge"))
        both = await asyncio.gather(*(directory.add(nowhere("new")) for _ in range(2)), return_exceptions=True)
        assert [type(outcome) for outcome in both].count(ProfileError) == 1
    assert len(Settings(file).profiles()) == 2


async def test_an_unknown_profile_is_named_with_those_there_are(file: Path, store: Store) -> None:
    async with opened(file, store) as directory:
        with pytest.raises(ProfileError, match="none yet"):
            directory.session("x")
        await directory.add(nowhere("one"))
        with pytest.raises(ProfileError, match="'one'"):
            directory.session("x")
        assert directory.session("one") is directory.session("one")


@pytest.mark.expects_logs
async def test_a_settings_file_that_is_broken_is_never_written(file: Path, store: Store) -> None:
    file.write_text("[profiles", encoding="utf-8")
    async with opened(file, store) as directory:
        assert directory.profiles.value == ()
        assert directory.settings_problem is not None
        with pytest.raises(SettingsError):
            await directory.add(nowhere("one"))
    assert file.read_text(encoding="utf-8") == "[profiles"


async def test_removing_a_gateway_forgets_its_sign_in_also_before_it_was_opened(file: Path, store: Store) -> None:
    profile = nowhere("one")
    Settings(file).save(profile)
    await store.vault.save_sign_in(kept_as(profile), Tokens(access="a"), None)
    async with opened(file, store) as directory:
        await directory.remove("one")
        assert directory.profiles.value == ()
    assert await store.vault.load_sign_in(kept_as(profile)) is None


async def test_a_changed_address_gets_no_token_of_the_old_one(file: Path, store: Store) -> None:
    await store.vault.save_sign_in(kept_as(nowhere("one")), Tokens(access="a"), None)
    Settings(file).save(Profile(name="one", url="http://127.0.0.1:2", platform="kong"))
    async with opened(file, store) as directory:
        session = directory.session("one")
        await session.restored()
        assert await session.token() is None


async def test_who_signed_in_is_remembered(file: Path, store: Store, sandbox: SandboxThread) -> None:
    async with opened(file, store) as directory:
        await directory.add(Profile(name="d", url=sandbox.dotmac_url, platform="dotmac", label="eu"))
        await directory.session("d").sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
    (kept,) = Settings(file).profiles()
    assert (kept.username, kept.label) == (sandbox.username, "eu")


async def test_a_dead_gateway_keeps_no_other_from_signing_in(file: Path, store: Store, sandbox: SandboxThread) -> None:
    async with opened(file, store) as directory:
        await directory.add(nowhere("dead"))
        await directory.add(Profile(name="live", url=sandbox.kong_url, platform="kong"))
        credentials = PasswordCredentials(username=sandbox.username, password=sandbox.password)
        dead, live = await asyncio.gather(
            *(directory.session(name).sign_in(credentials) for name in ("dead", "live")), return_exceptions=True
        )
        assert dead is not None
        assert live is None
