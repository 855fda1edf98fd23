"""The settings file: what is written is read, what can't be read is left alone."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.errors import SettingsError
from console.model.network import NetworkOptions
from console.model.preferences import Preferences, Retention
from console.model.profile import Profile
from console.model.setting import BY_KEY, BadValue, preferences, value_text
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
    assert file.read_text(encoding="utf-8").startswith(f"# {HEADER}\n")
    assert [entry.name for entry in file.parent.iterdir() if entry.is_file()] == [file.name]
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"[profiles", "at end of document"),
        (b"\xff\xfe\x00", "line 1 is not UTF-8"),
        (b"a = 1\n[appearance]\ntheme = dark\n", "line 3, column 9"),
        (b"x = " + b"[" * 5000, "nested too deeply"),
        (b"x = " + b"9" * 5000, "can't be read"),
        (b"version = 2\n", "newer program (version 2)"),
        (b"#" * (1 << 20) + b"\n", "larger than 1024 KiB"),
    ],
)
def test_what_can_not_be_understood_is_said_and_left_alone(file: Path, raw: bytes, said: str) -> None:  # fault 133
    file.write_bytes(raw)
    with pytest.raises(SettingsError) as caught:
        Settings(file).read()
    assert said in str(caught.value)
    assert caught.value.kept_as == file
    with pytest.raises(SettingsError):
        Settings(file).set("appearance.theme", "dark")
    assert file.read_bytes() == raw


GOOD = '[profiles.good]\nurl = "http://127.0.0.1:1"\nplatform = "kong"\n'


@pytest.mark.parametrize(
    ("raw", "key", "line", "said"),
    [
        ("profiles = 3\n", "profiles", 1, "no table"),
        (GOOD + "[profiles]\nkong = 3\n", "profiles.kong", 5, "not a table"),
        (GOOD + '[profiles.kong]\nplatform = "kong"\nurl = 8\n', "profiles.kong", 6, "Expected `str`"),
        (GOOD + '[profiles.kong]\nplatform = "kong"\n', "profiles.kong", 4, "url"),
        (GOOD + '[profiles."a b"]\nurl = "file:///etc/passwd"\nplatform = "kong"\n', "profiles.a b", 4, "'a b'"),
        (GOOD + '[profiles.kong]\nurl = "http://127.0.0.1"\nread_only = "yes"\n', "profiles.kong", 6, "read_only"),
        (
            GOOD + '[profiles.k]\nurl = "http://h"\nplatform = "kong"\n[profiles.k.network]\nproxy = 1',
            "profiles.k",
            7,
            "",
        ),
        (GOOD + "[appearance]\ntheme = 'pink'\n", "appearance.theme", 5, "“pink”, not one of auto, light, dark"),
        (GOOD + "staleness.health_s = 0\n", "", 0, ""),
        ("staleness.health_s = 0\n" + GOOD, "staleness.health_s", 1, "0, not a number from 1 to 86400"),
        ("staleness = 0\n" + GOOD, "staleness", 1, "no table"),
        (GOOD + '[record]\n"max_size" = "1 MiB"\n', "record.max_size", 5, "at least 16 MiB"),
        (GOOD + "[security]\nlock_after_minutes = 1.5\n", "security.lock_after_minutes", 5, "whole number"),
        (GOOD + "[alerts]\nstates = ['unhealthy', 'happy']\n", "alerts.states", 5, "a list of 2"),
        (GOOD + "[alerts]\nenabled = 0x" + "f" * 6000 + "\n", "alerts.enabled", 5, "too many digits"),
    ],
)
def test_one_wrong_thing_is_named_and_costs_nothing_else(  # fault 133
    file: Path, raw: str, key: str, line: int, said: str
) -> None:
    file.write_text(raw, encoding="utf-8")
    reading = Settings(file).read()
    if not key:  # a key of the gateway's table that is not ours
        assert reading.problems == ()
        return
    (problem,) = reading.problems
    assert (problem.key, problem.line) == (key, line)
    assert said in problem.text
    assert f"settings.toml, line {line}: " in problem.text
    assert reading.preferences == Preferences()
    if "[profiles.good]" in raw:
        assert [profile.name for profile in reading.profiles] == ["good"]


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


@pytest.mark.parametrize(
    ("table", "size_bytes", "problems"),
    [
        ('[record]\nmax_size = "1023.999999 GiB"\n', 1_099_511_626_702, 0),
        ('[alerts]\nquiet_from = "1\uff12:00"\n', 1 << 30, 1),
        ('[alerts]\nquiet_from = "12:0\u0662"\n', 1 << 30, 1),
        ('[record]\nmax_size = "\uff15\uff11\uff12 MiB"\n', 1 << 30, 1),
    ],
)
def test_every_value_that_is_allowed_can_be_gone_by(  # fault 133
    file: Path, table: str, size_bytes: int, problems: int
) -> None:
    file.write_text(table, encoding="utf-8")
    reading = Settings(file).read()
    assert reading.preferences == Preferences(record=Retention(max_size_bytes=size_bytes))
    assert len(reading.problems) == problems
    for key, value in reading.values.items():
        assert BY_KEY[key].checked(value) == value


def test_a_comment_on_how_a_gateway_is_reached_outlives_a_sign_in(file: Path) -> None:
    text = """[profiles.prod]
url = "https://gateway.example"
platform = "kong"

[profiles.prod.network]
# behind the squid
proxy = "http://squid:3128"  # ask Ann
newer = 7
"""
    file.write_text(text, encoding="utf-8")
    (prod,) = Settings(file).profiles()
    Settings(file).save(msgspec.structs.replace(prod, username="ann"))
    for line in text.splitlines():
        assert line in file.read_text(encoding="utf-8")
    (prod,) = Settings(file).profiles()
    assert (prod.username, prod.network.proxy) == ("ann", "http://squid:3128")


def test_a_network_that_is_given_up_leaves_no_key(file: Path) -> None:
    away = msgspec.structs.replace(KONG, network=NetworkOptions(proxy="none", ca_file="/ca.pem"))
    Settings(file).save(away)
    assert Settings(file).profiles() == (away,)
    Settings(file).save(KONG)
    assert Settings(file).profiles() == (KONG,)
    assert "proxy" not in file.read_text(encoding="utf-8")


def test_a_network_in_one_line_is_changed_too(file: Path) -> None:
    file.write_text(
        '[profiles.prod]\nurl = "https://gateway.example"\nplatform = "kong"\nnetwork = { proxy = "none" }\n',
        encoding="utf-8",
    )
    (prod,) = Settings(file).profiles()
    moved = msgspec.structs.replace(prod, network=NetworkOptions(ca_file="/ca.pem"))
    Settings(file).save(moved)
    assert Settings(file).profiles() == (moved,)


def test_routes_of_a_gateway_keep_their_comments(file: Path) -> None:
    settings_file = Settings(file)
    routed = msgspec.structs.replace(KONG, routes={"auth.login": "/a", "health.kong": "/b"})
    settings_file.save(routed)
    assert settings_file.profiles() == (routed,)
    text = file.read_text(encoding="utf-8").replace(
        '"auth.login" = "/a"', '"auth.login" = "/a"  # behind the old proxy'
    )
    assert "old proxy" in text
    file.write_text(text, encoding="utf-8")
    fewer = msgspec.structs.replace(KONG, routes={"auth.login": "/c"})
    settings_file.save(fewer)
    assert settings_file.profiles() == (fewer,)
    assert '"auth.login" = "/c"  # behind the old proxy' in file.read_text(encoding="utf-8")
    settings_file.save(KONG)
    assert settings_file.profiles() == (KONG,)


def test_waits_between_retries_are_a_list_of_seconds() -> None:
    waits = BY_KEY["uploads.retry_delays_s"]
    assert waits.understood("25, 120 0.5") == (25.0, 120.0, 0.5)
    assert waits.understood("") == ()
    assert value_text(waits.default) == "25, 120, 600, 3600, 18000"
    for wrong in ("soon", "0", "-1", "1, 2, x", ", ".join(["1"] * 21), "1e99"):
        with pytest.raises(BadValue, match="numbers of seconds"):
            waits.understood(wrong)
    for kind in ("25", 25, [True], ["25"], [float("nan")]):
        with pytest.raises(BadValue):
            waits.checked(kind)
    assert preferences({"uploads.retry_delays_s": (1.0,)}).uploads.retry_delays_s == (1.0,)
