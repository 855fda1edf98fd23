"""`gatewatch settings`, and what `gatewatch profile` changes: as a script uses them, also on a broken file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_a_setting_is_set_read_and_taken_back_without_a_store(shell: Shell) -> None:
    bare = shell.without("GATEWATCH_PASSPHRASE")
    assert bare("settings", "get", "appearance.theme").out == "auto\n"
    kept = bare("settings", "set", "record.max_size", "512MiB", "--json")
    assert (kept.code, kept.value["value"], kept.value["set"]) == (0, "512 MiB", True)
    assert bare("settings", "set", "alerts.states", "degraded").code == 0
    assert bare("settings", "get", "alerts.states", "--json").value["value"] == ["degraded"]
    assert bare("settings", "set", "record.max_size", "default").code == 0
    assert "max_size" not in (shell.home / "settings.toml").read_text()
    listed = {one["key"]: one for one in bare("settings", "list", "--json").value}
    assert listed["record.max_size"]["set"] is False
    assert listed["alerts.states"]["value"] == ["degraded"]
    assert "staleness.health_s\t15\tdefault" in bare("settings", "list").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "appearance.theme", "pink"), "one of auto, light, dark, high-contrast"),
        (("set", "staleness.health_s", "0"), "from 1 to 86400"),
        (("set", "appearance.colour", "red"), "There is no setting appearance.colour"),
        (("get", "x\x1b[2J"), "There is no setting"),
    ],
)
def test_what_is_not_allowed_is_said_with_what_is(shell: Shell, words: tuple[str, ...], said: str) -> None:
    outcome = shell("settings", *words)
    assert outcome.code == 2
    assert said in outcome.err
    assert "\x1b" not in outcome.err
    assert not (shell.home / "settings.toml").exists()


def test_a_broken_file_is_checked_line_by_line_and_left_alone(shell: Shell) -> None:  # fault 133
    shell.home.mkdir()
    file = shell.home / "settings.toml"
    assert shell("settings", "check").code == 0
    for broken, said in (("[appearance\n", "line 1"), ("a = 1\nb = \n", "line 2"), ("version = 9\n", "newer")):
        file.write_text(broken)
        checked = shell("settings", "check", "--json")
        assert checked.code == 1
        assert checked.value["ok"] is False
        assert said in checked.value["problems"][0]["text"]
        assert shell("settings", "get", "appearance.theme").out == "auto\n"
        assert shell("settings", "list").code == 1
        refused = shell("settings", "set", "appearance.theme", "dark")
        assert refused.code == 2
        assert "left as it is" in refused.err
        assert file.read_text() == broken


def test_one_wrong_key_costs_a_command_nothing_else(shell: Shell) -> None:  # fault 133
    assert shell("profile", "add", "one", "http://127.0.0.1:1", "--platform", "kong").code == 0
    file = shell.home / "settings.toml"
    file.write_text(file.read_text() + "\n[profiles.two]\nurl = 3\n\n[alerts]\nenabled = 'yes' # mine\n")
    checked = shell("settings", "check", "--json")
    assert {problem["key"] for problem in checked.value["problems"]} == {"profiles.two", "alerts.enabled"}
    listed = shell("profile", "list", "--json")
    assert listed.code == 0
    assert [one["name"] for one in listed.value] == ["one"]
    assert "'two'" in listed.err
    assert shell("settings", "set", "alerts.enabled", "no").code == 0
    assert "enabled = false # mine" in file.read_text()
    assert "[profiles.two]\nurl = 3" in file.read_text()


def test_a_gateway_is_changed_by_what_is_given(shell: Shell) -> None:
    added = ("profile", "add", "one", "http://127.0.0.1:1", "--platform", "kong", "--label", "eu", "--read-only")
    assert shell(*added).code == 0
    options = ("--production", "--no-read-only", "--proxy", "none", "--watch-folder", "~/outbox")
    changed = shell("profile", "change", "one", *options, "--json")
    assert changed.code == 0, changed.err
    assert changed.value == {
        "name": "one", "url": "http://127.0.0.1:1", "platform": "kong", "label": "eu", "production": True,
        "read_only": False, "username": "", "tenant": "", "keep_signed_in": True,
        "allow_plain_http": False, "admin_url": "", "services": [], "routes": {},
        "watch_folder": "~/outbox",
    }  # fmt: skip
    assert "sign-in" not in changed.err
    assert 'proxy = "none"' in (shell.home / "settings.toml").read_text()
    moved = shell("profile", "change", "one", "--url", "http://127.0.0.1:2/", "--label", "")
    assert "sign-in has ended" in moved.err
    (kept,) = shell("profile", "list", "--json").value
    assert (kept["url"], kept["label"], kept["production"]) == ("http://127.0.0.1:2", "", True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("two",), "no profile 'two'"),
        (("one", "--url", "http://gateway.example"), "http"),
        (("one", "--url", "https://127.0.0.1:1", "--ca-file", "nowhere.pem"), "can't be read"),
        (("one", "--client-key", "key.pem"), "needs a client certificate"),
        (("one", "--platform", "nothing"), "nothing"),
    ],
)
def test_a_change_that_can_not_be_used_changes_nothing(shell: Shell, words: tuple[str, ...], said: str) -> None:
    assert shell("profile", "add", "one", "http://127.0.0.1:1", "--platform", "kong").code == 0
    before = (shell.home / "settings.toml").read_text()
    outcome = shell("profile", "change", *words)
    assert outcome.code == 2
    assert said in outcome.err
    assert (shell.home / "settings.toml").read_text() == before
