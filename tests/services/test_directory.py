"""Profiles on disk and their sessions."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.errors import AddressError, ProfileError, SettingsError
from console.model.identity import PasswordCredentials, Tokens
from console.model.network import NetworkOptions
from console.model.preferences import Preferences, Staleness
from console.model.profile import Profile
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.directory import Directory
from console.services.kept_sign_in import kept_as
from console.services.latest import Latest
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


async def test_a_change_of_looks_keeps_the_session(file: Path, store: Store) -> None:
    async with opened(file, store) as directory:
        await directory.add(nowhere("one"))
        session = directory.session("one")
        await directory.change(msgspec.structs.replace(nowhere("one"), label="eu", production=True))
        assert directory.session("one") is session
        assert session.profile.label == "eu"
    (kept,) = Settings(file).profiles()
    assert (kept.label, kept.production) == ("eu", True)


async def test_a_change_of_the_way_begins_the_session_anew_and_signed_in(
    file: Path, store: Store, sandbox: SandboxThread
) -> None:
    async with opened(file, store) as directory:
        profile = Profile(name="d", url=sandbox.dotmac_url, platform="dotmac")
        await directory.add(profile)
        before = directory.session("d")
        await before.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        await directory.change(msgspec.structs.replace(profile, read_only=True, network=NetworkOptions(proxy="none")))
        now = directory.session("d")
        assert now is not before
        await now.restored()
        assert await now.token() is not None
        assert now.profile.username == sandbox.username
    (kept,) = Settings(file).profiles()
    assert (kept.read_only, kept.network.proxy, kept.username) == (True, "none", sandbox.username)


async def test_the_tenant_chosen_meanwhile_stays_chosen(file: Path, store: Store) -> None:
    seen = nowhere("one")
    Settings(file).save(msgspec.structs.replace(seen, tenant="t1", username="ada@example.org"))
    async with opened(file, store) as directory:
        session = directory.session("one")
        await directory.change(msgspec.structs.replace(seen, label="eu"))
        assert directory.session("one") is session
        (kept,) = directory.profiles.value
        assert (kept.tenant, kept.username, kept.label) == ("t1", "ada@example.org", "eu")
        await directory.change(msgspec.structs.replace(kept, url="http://127.0.0.1:2"))
        assert directory.profiles.value[0].tenant == ""  # of the gateway at the address before


async def test_another_address_ends_the_sign_in_and_leaves_none_behind(file: Path, store: Store) -> None:
    await store.vault.save_sign_in(kept_as(nowhere("one")), Tokens(access="a"), None)
    Settings(file).save(nowhere("one"))
    async with opened(file, store) as directory:
        await directory.change(msgspec.structs.replace(nowhere("one"), url="http://127.0.0.1:2/"))
        assert directory.profiles.value[0].url == "http://127.0.0.1:2"
        session = directory.session("one")
        await session.restored()
        assert await session.token() is None
    assert await store.vault.load_sign_in(kept_as(nowhere("one"))) is None


async def test_a_change_that_can_not_be_used_changes_nothing(file: Path, store: Store) -> None:
    async with opened(file, store) as directory:
        await directory.add(nowhere("one"))
        session = directory.session("one")
        for wrong, error in (
            (msgspec.structs.replace(nowhere("one"), url="http://gateway.example"), AddressError),
            (
                Profile(
                    name="one",
                    url="https://127.0.0.1:1",
                    platform="kong",
                    network=NetworkOptions(client_cert="/nowhere.pem"),
                ),
                ProfileError,
            ),
            (nowhere("two"), ProfileError),
        ):
            with pytest.raises(error):
                await directory.change(wrong)
        assert directory.session("one") is session
        assert directory.profiles.value == (nowhere("one"),)


class SlowBook:
    """A settings file on a slow disk: writing waits until it may go on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.may_go_on = threading.Event()
        self.entered = threading.Event()

    def profiles(self) -> tuple[Profile, ...]:
        return self._settings.profiles()

    def save(self, profile: Profile) -> None:
        self._settings.save(profile)

    def remove(self, name: str) -> None:
        self.entered.set()
        assert self.may_go_on.wait(10)
        self._settings.remove(name)


async def test_asking_for_a_session_while_its_gateway_is_removed_makes_no_other(file: Path, store: Store) -> None:
    Settings(file).save(nowhere("one"))
    book = SlowBook(Settings(file))
    directory = Directory(book, store.vault, store.record)
    try:
        session = directory.session("one")
        removal = asyncio.create_task(directory.remove("one"))
        await asyncio.to_thread(book.entered.wait, 10)
        assert directory.session("one") is session
        book.may_go_on.set()
        follower = directory.profiles.follow()
        while await anext(follower):
            assert directory.session("one") is session
        with contextlib.suppress(ProfileError):  # still closing, or over: but no other
            assert directory.session("one") is session
        await removal
        with pytest.raises(ProfileError):
            directory.session("one")
        assert [task for task in asyncio.all_tasks() if task.get_name() == "session one"] == []
        await follower.aclose()
    finally:
        await directory.close()


async def test_what_is_changed_by_hand_is_taken_over(file: Path, store: Store) -> None:
    for name in ("stays", "moves", "goes"):
        Settings(file).save(nowhere(name))
    async with opened(file, store) as directory:
        await directory.add(msgspec.structs.replace(nowhere("demo"), sandbox=True))
        sessions = {name: directory.session(name) for name in ("stays", "moves", "goes")}
        Settings(file).remove("goes")
        Settings(file).save(msgspec.structs.replace(nowhere("stays"), label="eu"))
        Settings(file).save(msgspec.structs.replace(nowhere("moves"), url="http://127.0.0.1:2"))
        Settings(file).save(nowhere("comes"))
        assert await directory.reload()
        assert not await directory.reload()
        assert [profile.name for profile in directory.profiles.value] == ["stays", "moves", "demo", "comes"]
        assert directory.profiles.value[2].sandbox
        assert directory.session("stays") is sessions["stays"]
        assert directory.session("stays").profile.label == "eu"
        assert directory.session("moves") is not sessions["moves"]
        with pytest.raises(ProfileError):
            directory.session("goes")
        file.write_text("[profiles", encoding="utf-8")
        with pytest.raises(SettingsError):
            await directory.reload()
        assert len(directory.profiles.value) == 4


async def test_sessions_go_by_the_budget_that_is_preferred(file: Path, store: Store) -> None:
    preferred = Latest(Preferences(staleness=Staleness(health_s=40.0)))
    async with opened(file, store) as directory:
        await directory.add(nowhere("one"))
        health = directory.session("one").monitor.health
        following = asyncio.create_task(directory.follow(preferred))
        async with contextlib.aclosing(health.follow()) as changes:
            async for snapshot in changes:
                if snapshot.budget_s == 40.0:
                    break
        await directory.add(nowhere("two"))
        assert directory.session("two").monitor.health.value.budget_s == 40.0
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_two_consoles_of_one_process_prefer_their_own(file: Path, store: Store, tmp_path: Path) -> None:
    prefers = Latest(Preferences(staleness=Staleness(health_s=40.0)))
    other = tmp_path / "other.toml"
    async with opened(file, store) as directory, opened(other, store) as neighbour:
        following = asyncio.create_task(directory.follow(prefers))
        await directory.add(nowhere("one"))
        await neighbour.add(nowhere("one"))
        async with contextlib.aclosing(directory.session("one").monitor.health.follow()) as changes:
            async for snapshot in changes:
                if snapshot.budget_s == 40.0:
                    break
        assert neighbour.session("one").monitor.health.value.budget_s == 15.0
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
