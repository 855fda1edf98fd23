"""Services are built on a real store, and torn down whatever happens in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.composition import open_console
from console.model.errors import WrongPassphrase
from console.model.profile import Profile
from console.paths import Home
from console.store.key import MemoryOnly, Passphrase

if TYPE_CHECKING:
    from pathlib import Path

KEY = Passphrase("canary-passphrase")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "a home")


async def test_what_was_added_is_there_the_next_time(home: Home) -> None:
    known = Profile(name="edge", url="http://127.0.0.1:1", platform="kong")
    async with open_console(home, KEY) as console:
        assert console.directory.profiles.value == ()
        await console.directory.add(known)
    async with open_console(home, KEY) as console:
        assert console.directory.profiles.value == (known,)
        assert list(console.notices) == []


async def test_the_store_is_closed_after_an_error_too(home: Home) -> None:
    with pytest.raises(LookupError):
        await _fail_with_a_session(home)
    async with open_console(home, KEY) as console:  # nothing holds it any more
        assert [profile.name for profile in console.directory.profiles.value] == ["edge"]


async def _fail_with_a_session(home: Home) -> None:
    async with open_console(home, KEY) as console:
        await console.directory.add(Profile(name="edge", url="http://127.0.0.1:1", platform="kong"))
        console.directory.session("edge")  # runs a task of its own
        raise LookupError


async def test_another_passphrase_opens_nothing(home: Home) -> None:
    async with open_console(home, KEY):
        pass
    with pytest.raises(WrongPassphrase):
        async with open_console(home, Passphrase("another")):
            pytest.fail("opened with a wrong passphrase")
    async with open_console(home, KEY):  # and nothing was changed by the attempt
        pass


@pytest.mark.expects_logs
async def test_settings_that_can_not_be_read_stop_no_window(home: Home) -> None:
    home.create()
    home.settings_file.write_text("[profiles\n")
    async with open_console(home, MemoryOnly()) as console:
        assert console.directory.settings_problem is not None
        assert console.directory.profiles.value == ()
    assert home.settings_file.read_text() == "[profiles\n"
