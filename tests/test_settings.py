"""The settings file: what is written is read, what can't be read is left alone."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.errors import SettingsError
from console.model.profile import Profile
from console.settings import HEADER, Settings

if TYPE_CHECKING:
    from pathlib import Path

KONG = Profile(name="kong", url="http://127.0.0.1:8000", platform="kong", username="ada@example.org", production=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_no_file_is_no_profiles(file: Path) -> None:
    assert Settings(file).profiles() == ()
    Settings(file).remove("nobody")
    assert not file.exists()


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(names, st.booleans(), st.text(st.characters(exclude_categories=["C"]), max_size=20)), max_size=4)
)
def test_what_is_saved_is_read_again(file: Path, wanted: list[tuple[str, bool, str]]) -> None:
    file.unlink(missing_ok=True)
    kept: dict[str, Profile] = {}
    for name, read_only, label in wanted:
        kept[name] = Profile(
            name=name, url="http://127.0.0.1:8000", platform="kong", read_only=read_only, label=label.strip()
        )
        Settings(file).save(kept[name])
    assert Settings(file).profiles() == tuple(kept.values())
    for name in kept:
        Settings(file).remove(name)
    assert Settings(file).profiles() == ()


def test_comments_and_keys_of_others_are_kept(file: Path) -> None:
    file.write_text(
        '# mine\n[profiles.kong]\nurl = "http://127.0.0.1:8000" # the near one\nplatform = "kong"\n'
        "[appearance]\nx = 1\n",
        encoding="utf-8",
    )
    Settings(file).save(KONG)
    text = file.read_text(encoding="utf-8")
    for piece in ("# mine", "# the near one", "[appearance]", "ada@example.org", "production = true"):
        assert piece in text
    Settings(file).remove("kong")
    assert "[appearance]" in file.read_text(encoding="utf-8")


def test_a_new_file_is_private_and_explains_itself(file: Path) -> None:
    Settings(file).save(KONG)
    assert file.read_text(encoding="utf-8").startswith(HEADER)
    assert [entry.name for entry in file.parent.iterdir() if entry.is_file()] == [file.name]
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"[profiles", "can't be read"),
        (b"\xff\xfe\x00", "can't be read"),
        (b"profiles = 3\n", "no table"),
        (b"[profiles]\nkong = 3\n", "not a table"),
        (b'[profiles.kong]\nurl = 8\nplatform = "kong"\n', "url"),
        (b'[profiles.kong]\nplatform = "kong"\n', "url"),
        (b'[profiles.kong]\nurl = "file:///etc/passwd"\nplatform = "kong"\n', "kong"),
        (b'[profiles.kong]\nurl = "http://127.0.0.1"\nplatform = "kong"\nread_only = "yes"\n', "read_only"),
    ],
)
def test_what_can_not_be_understood_is_said_and_left_alone(file: Path, raw: bytes, said: str) -> None:
    file.write_bytes(raw)
    with pytest.raises(SettingsError) as caught:
        Settings(file).profiles()
    assert said in str(caught.value)
    assert caught.value.kept_as == file
    assert file.read_bytes() == raw


@pytest.mark.parametrize("raw", [b"[profiles", b"profiles = 3\n", b"\xff\xfe\x00", b"x = 1\nx = 2\n"])
def test_nothing_is_written_over_a_file_that_can_not_be_understood(file: Path, raw: bytes) -> None:
    file.write_bytes(raw)
    with pytest.raises(SettingsError):
        Settings(file).save(KONG)
    with pytest.raises(SettingsError):
        Settings(file).remove("kong")
    assert file.read_bytes() == raw


def test_a_mark_at_the_beginning_is_no_fault(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf[profiles.kong]\nurl = "http://127.0.0.1:8000"\nplatform = "kong"\n')
    assert [profile.name for profile in Settings(file).profiles()] == ["kong"]
    Settings(file).save(KONG)
    assert Settings(file).profiles() == (KONG,)


def test_a_disk_that_takes_nothing_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Settings(file).save(KONG)
    before = file.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        Settings(file).remove("kong")
    assert file.read_bytes() == before
    assert [entry.name for entry in file.parent.iterdir() if entry.is_file()] == [file.name]
