"""Where a command keeps things, which gateway it means, and what it says of a home that can't be used."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from console.cli import gatewatch
from console.cli import health as health_command
from tests.cli.conftest import PASSPHRASE, ROOT, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.sandbox.thread import SandboxThread

BROKEN = "# mine\n[profiles\n"


@pytest.fixture
def in_process(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """Runs commands here, in the shell's home."""
    for name in ("GATEWATCH_HOME", "GATEWATCH_PASSPHRASE", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.setenv(name, shell.environment[name])
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield CliRunner()
    root.setLevel(level)
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()


def test_home_is_the_option_before_the_variable(shell: Shell, tmp_path: Path) -> None:
    other = tmp_path / "other"
    added = shell("--home", str(other), "profile", "add", "x", "http://127.0.0.1:1", "--platform", "kong", "--json")
    assert added.code == 0, added.err
    assert added.value["name"] == "x"
    assert (other / "settings.toml").is_file()
    assert not shell.home.exists()
    assert shell("profile", "list", "--json").value == []
    removed = shell("--home", str(other), "profile", "remove", "x", "--json")
    assert removed.value == {"profile": "x", "removed": True}


@pytest.mark.parametrize(
    "words", [["profile", "list"], ["profile", "list", "--json"], ["health", "x"], ["doctor", "x"]]
)
def test_settings_that_can_not_be_read_are_not_no_gateways(shell: Shell, words: list[str]) -> None:
    shell.home.mkdir()
    settings = shell.home / "settings.toml"
    settings.write_text(BROKEN)
    outcome = shell(*words)
    assert outcome.code == 2
    assert outcome.out == ""
    assert "settings" in outcome.err
    assert "Traceback" not in outcome.err
    assert settings.read_text() == BROKEN


def test_an_address_is_examined_whatever_the_settings_are(shell: Shell, sandbox: SandboxThread) -> None:
    shell.home.mkdir()
    (shell.home / "settings.toml").write_text(BROKEN)
    assert shell("doctor", sandbox.kong_url, "--json").value["url"] == sandbox.kong_url


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_host_with_a_port_is_an_address(shell: Shell, host: str) -> None:
    outcome = shell("doctor", f"{host}:1", "--platform", "kong", "--json")
    assert outcome.code == 2
    assert outcome.value["ok"] is False
    assert outcome.value["url"].endswith(f"{host}:1")


def test_what_only_an_address_has_is_not_ignored_for_a_profile(profiled: Shell, sandbox: SandboxThread) -> None:
    for words in (["--platform", "dotmac"], ["--tenant", "t1"]):
        outcome = profiled("doctor", "k", *words)
        assert outcome.code == 2
        assert "--username" in outcome.err
    examined = profiled(
        "doctor", "k", "--platform", "dotmac", "--username", sandbox.username, "--json",
        GATEWATCH_PASSWORD=sandbox.password,
    )  # fmt: skip
    assert examined.value["platform"] == "dotmac"


def test_the_doctor_of_a_profile_uses_its_sign_in(profiled: Shell, sandbox: SandboxThread) -> None:
    signed_in = profiled("login", "d", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password)
    assert signed_in.code == 0, signed_in.err
    found = profiled("doctor", "d", "--json")
    assert found.code == 0, found.out
    held = {(check["capability"], check["check"]) for check in found.value["checks"] if check["ok"]}
    assert {("sign-in", "who am I"), ("sign-in", "refresh"), ("health", "read"), ("health", "feed")} <= held
    assert profiled("health", "d").code == 0  # the refreshed sign-in was kept


def test_the_doctor_writes_where_it_may_and_only_when_asked(profiled: Shell, sandbox: SandboxThread) -> None:
    def upload(*words: str) -> dict[str, object]:
        found = profiled("doctor", *words, "--json", GATEWATCH_PASSWORD=sandbox.password)
        assert found.code == 0, found.out + found.err
        checks = found.value["checks"]
        return next(one for one in checks if (one["capability"], one["check"]) == ("documents", "upload"))

    def stored() -> int:
        return len(sandbox.documents())

    before = stored()
    as_somebody = ("--username", sandbox.username)
    assert upload("k", *as_somebody)["skipped"]
    assert profiled("profile", "change", "k", "--read-only").code == 0
    assert upload("k", "--write", *as_somebody)["skipped"]
    assert stored() == before
    assert profiled("profile", "change", "k", "--no-read-only").code == 0
    assert "deleted again" in str(upload("k", "--write", *as_somebody)["detail"])
    assert stored() == before + 1
    assert sandbox.documents()[-1]["state"] == "deleted"


def test_the_doctor_leaves_nobody_signed_in(shell: Shell, sandbox: SandboxThread) -> None:
    words = ("doctor", sandbox.kong_url, "--username", sandbox.username, "--json", "--password-stdin")
    outcome = shell(*words, typed=f"{sandbox.password}\n")
    assert outcome.code == 0, outcome.err
    assert sandbox.password not in outcome.out + outcome.err
    assert "eyJ" not in outcome.out + outcome.err
    assert list(shell.home.rglob("*")) == []


def test_the_doctor_is_told_of_an_address_what_a_profile_knows(shell: Shell, sandbox: SandboxThread) -> None:
    known = ("--admin-url", sandbox.kong_admin_url, "--service", "auth")
    words = ("doctor", sandbox.kong_url, "--username", sandbox.username, "--json", *known)
    misled = shell(*words, "--route", "auth.login=/api/nowhere", GATEWATCH_PASSWORD=sandbox.password)
    assert misled.code != 0
    (login,) = [check for check in misled.value["checks"] if check["check"] == "login"]
    assert "/api/nowhere" in login["error"] + login["detail"]
    outcome = shell(*words, GATEWATCH_PASSWORD=sandbox.password)
    assert outcome.code == 0, outcome.err
    held = {(check["capability"], check["check"]) for check in outcome.value["checks"] if check["ok"]}
    assert {("admin", "status"), ("admin", "upstreams")} <= held
    elsewhere = shell("doctor", sandbox.dotmac_url, "--platform", "dotmac", "--admin-url", sandbox.kong_admin_url)
    assert elsewhere.code == 2
    assert "no admin address" in elsewhere.err
    unusable = shell("doctor", sandbox.kong_url, "--client-key", "/nowhere.key")
    assert unusable.code == 2
    assert "certificate" in unusable.err


def test_of_a_profile_the_doctor_is_told_nothing(profiled: Shell) -> None:
    outcome = profiled("doctor", "k", "--proxy", "none")
    assert outcome.code == 2
    assert "profile change k" in outcome.err


def test_health_that_was_never_read_is_not_fine(
    profiled: Shell, sandbox: SandboxThread, in_process: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in = profiled("login", "k", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password)
    assert signed_in.code == 0, signed_in.err
    sandbox.apply(latency=30.0)
    monkeypatch.setattr(health_command, "FIRST_ANSWER_S", 0.2)
    outcome = in_process.invoke(gatewatch, ["health", "k", "--json"])
    assert json.loads(outcome.stdout)["phase"] == "connecting"
    assert outcome.exit_code == 2


def test_a_service_that_is_down_is_exit_code_1(profiled: Shell, sandbox: SandboxThread) -> None:
    signed_in = profiled("login", "d", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password)
    assert signed_in.code == 0, signed_in.err
    sandbox.apply(kill_service="search-indexer")
    outcome = profiled("health", "d", "--json")
    assert outcome.code == 1
    assert "unhealthy" in {service["status"] for service in outcome.value["services"]}


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_no_password_is_in_the_process_list(profiled: Shell, sandbox: SandboxThread) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "console", "login", "k", "--username", sandbox.username, "--password-stdin", "--json"],
        cwd=ROOT, env=profiled.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(sandbox.password.encode()[:4])  # it waits for the rest
        process.stdin.flush()
        listed = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        out, said = process.communicate(sandbox.password.encode()[4:] + b"\n", timeout=60)
    assert process.returncode == 0, said
    assert json.loads(out)["signed_in"] is True
    for secret in (sandbox.password, PASSPHRASE):
        assert secret.encode() not in listed + out + said


def test_without_a_display_the_window_says_so(shell: Shell) -> None:
    for words in ([], ["--home", str(shell.home)]):
        outcome = shell(*words)
        assert outcome.code == 2
        assert "display" in outcome.err
    assert not shell.home.exists()


def test_a_tour_that_can_keep_no_pictures_says_so(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    outcome = shell("tour", "--out", str(tmp_path / "file" / "below"))
    assert outcome.code == 2
    assert "No pictures" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["demo", "--help"], ["tour", "--help"], ["doctor", "x"]])
def test_help_and_checks_need_no_qt(shell: Shell, words: list[str]) -> None:
    code = (
        f"import runpy, sys\nsys.argv = ['gatewatch', *{words!r}]\n"
        "try:\n    runpy.run_module('console', run_name='__main__')\nexcept SystemExit:\n    pass\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'PySide6'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=shell.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
