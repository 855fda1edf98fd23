"""What scripts rely on: exit codes, JSON alone on standard output, secrets nowhere."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import PASSPHRASE, ROOT, Shell

if TYPE_CHECKING:
    from console.sandbox.thread import SandboxThread


def log_in(shell: Shell, sandbox: SandboxThread, profile: str, *words: str) -> None:
    outcome = shell(
        "login", profile, "--username", sandbox.username, "--password-stdin", *words, typed=f"{sandbox.password}\n"
    )
    assert outcome.code == 0, outcome.err


def test_profiles_are_added_listed_and_removed(shell: Shell, sandbox: SandboxThread) -> None:
    assert shell("profile", "list", "--json").value == []
    added = shell("profile", "add", "edge", sandbox.kong_url, "--label", "eu", "--production", "--read-only")
    assert added.code == 0, added.err
    (listed,) = shell("profile", "list", "--json").value
    assert (listed["name"], listed["platform"], listed["label"]) == ("edge", "kong", "eu")  # the platform was probed
    assert (listed["production"], listed["read_only"]) == (True, True)
    again = shell("profile", "add", "EDGE", sandbox.kong_url)
    assert again.code == 2
    assert "already" in again.err
    assert shell("profile", "remove", "edge").code == 0
    gone = shell("profile", "remove", "edge")
    assert gone.code == 2
    assert "edge" in gone.err


def test_an_admin_address_is_given_examined_and_taken_away(profiled: Shell, sandbox: SandboxThread) -> None:
    changed = profiled("profile", "change", "k", "--admin-url", sandbox.kong_admin_url, "--service", "users", "--json")
    assert changed.code == 0, changed.err
    assert (changed.value["admin_url"], changed.value["services"]) == (sandbox.kong_admin_url, ["users"])
    examined = profiled("doctor", "k", "--username", sandbox.username, "--json", GATEWATCH_PASSWORD=sandbox.password)
    assert examined.code == 0, examined.err
    held = {(check["capability"], check["check"]) for check in examined.value["checks"] if check["ok"]}
    assert {("admin", "status"), ("notifications", "latest")} <= held
    refused = profiled("profile", "change", "k", "--admin-url", "http://admin.example:8001")
    assert refused.code == 2
    assert "Plain http" in refused.err
    elsewhere = profiled("profile", "change", "k", "--platform", "dotmac")
    assert elsewhere.code == 2
    assert "no admin address" in elsewhere.err.casefold()
    gone = profiled("profile", "change", "k", "--admin-url", "", "--service", "", "--json")
    assert (gone.value["admin_url"], gone.value["services"]) == ("", [])


def test_a_profile_names_a_route_of_its_own(profiled: Shell, sandbox: SandboxThread) -> None:
    assert profiled("profile", "change", "d", "--route", "auth.login=/api/nowhere", "--json").code == 0
    lost = profiled("login", "d", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password)
    assert lost.code != 0
    assert "does not offer" in lost.err
    assert "/api/nowhere" in lost.err
    found = profiled("profile", "change", "d", "--route", "auth.login=/api/auth/login", "--json")
    assert found.value["routes"] == {"auth.login": "/api/auth/login"}
    assert profiled("login", "d", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password).code == 0
    gone = profiled("profile", "change", "d", "--route", "auth.login=", "--json")
    assert gone.value["routes"] == {}
    refused = profiled("profile", "change", "d", "--route", "auth.login=http://elsewhere.example/")
    assert refused.code == 2
    assert "auth.login" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["profile", "add", "x", "file:///etc/passwd"], "https://"),
        (["profile", "add", "x", "http://u:canary@127.0.0.1:1"], "password"),
        (["profile", "add", "x", "http://127.0.0.1:1"], "nothing listens"),
        (["profile", "add", "x", "http://127.0.0.1:1", "--platform", "nope"], "nope"),
        (["login", "nobody", "--username", "u"], "nobody"),
        (["doctor", "nobody"], "nobody"),
        (["health", "nobody"], "nobody"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage_says_what_is_wrong(shell: Shell, words: list[str], said: str) -> None:  # fault 118
    outcome = shell(*words, GATEWATCH_PASSWORD="any")
    assert outcome.code == 2
    assert said in outcome.err.casefold() or said in outcome.err
    assert "Traceback" not in outcome.err
    assert "canary" not in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize("profile", ["k", "d"])
def test_signed_in_once_every_command_is(profiled: Shell, sandbox: SandboxThread, profile: str) -> None:
    assert profiled("health", profile).code == 3
    log_in(profiled, sandbox, profile)
    health = profiled("health", profile, "--json")
    assert health.code == 0, health.err
    assert health.value["phase"] == "live"
    assert health.value["services"]
    assert {"name", "status", "stale", "age_s"} <= set(health.value["services"][0])
    out = profiled("logout", profile, "--json")
    assert out.value == {"profile": profile, "signed_in": False}
    assert profiled("health", profile).code == 3


def test_a_wrong_password_is_the_sign_ins_fault(profiled: Shell, sandbox: SandboxThread) -> None:
    outcome = profiled("login", "k", "--username", sandbox.username, GATEWATCH_PASSWORD="canary-wrong")
    assert outcome.code == 3
    assert "canary" not in outcome.out + outcome.err


def test_a_second_factor_comes_as_an_argument_or_not_at_all(profiled: Shell, sandbox: SandboxThread) -> None:
    sandbox.apply(require_mfa=True)
    words = ("login", "d", "--username", sandbox.username, "--json")
    asked = profiled(*words, GATEWATCH_PASSWORD=sandbox.password)
    assert asked.code == 3
    assert "--mfa-code" in asked.err
    wrong = profiled(*words, "--mfa-code", "not it", GATEWATCH_PASSWORD=sandbox.password)
    assert wrong.code == 3
    right = profiled(
        *words, "--mfa-code", f"{sandbox.mfa_code[:3]} {sandbox.mfa_code[3:]}", GATEWATCH_PASSWORD=sandbox.password
    )
    assert right.value["signed_in"] is True


def test_no_password_is_no_prompt_in_a_script(profiled: Shell) -> None:
    outcome = profiled("login", "k", "--username", "ada@example.org")
    assert outcome.code == 2
    assert "--password-stdin" in outcome.err


@pytest.mark.parametrize("face", ["kong", "dotmac"])
def test_the_doctor_says_capability_by_capability(shell: Shell, sandbox: SandboxThread, face: str) -> None:
    url = getattr(sandbox, f"{face}_url")
    outcome = shell("doctor", url, "--username", sandbox.username, "--json", GATEWATCH_PASSWORD=sandbox.password)
    assert outcome.code == 0, outcome.err
    found = outcome.value
    assert (found["url"], found["platform"], found["ok"]) == (url, face, True)
    fields = {"capability", "check", "ok", "skipped", "layer", "ms", "detail", "error", "request_id"}
    assert all(set(check) == fields for check in found["checks"])
    held = {(check["capability"], check["check"]) for check in found["checks"] if check["ok"]}
    assert {("sign-in", "login"), ("sign-in", "refresh"), ("sign-in", "who am I"), ("health", "read")} <= held
    assert ("health", "feed") in held
    assert not (shell.home / "store").exists()  # nothing is kept


def test_the_doctor_blames_the_layer(shell: Shell, sandbox: SandboxThread) -> None:
    down = shell("doctor", "http://127.0.0.1:1", "--platform", "kong", "--json")
    assert down.code == 2
    assert [check["layer"] for check in down.value["checks"] if not check["ok"] and not check["skipped"]] == ["gateway"]
    wrong = shell("doctor", sandbox.kong_url, "--username", sandbox.username, "--json", GATEWATCH_PASSWORD="wrong")
    assert wrong.code == 3
    failed = [check for check in wrong.value["checks"] if not check["ok"] and not check["skipped"]]
    assert [check["layer"] for check in failed] == ["sign-in"]
    assert failed[0]["request_id"]


def test_the_doctor_takes_a_profile_whose_name_looks_like_an_address(profiled: Shell, sandbox: SandboxThread) -> None:
    assert profiled("profile", "add", "kong.eu", sandbox.kong_url, "--platform", "kong").code == 0
    found = profiled("doctor", "kong.eu", "--json").value
    assert found["url"] == sandbox.kong_url
    here = {check["check"]: check["ok"] for check in found["checks"] if check["capability"] == "local"}
    assert here == {"settings": True, "store": True, "record": True, "window": True}


def test_a_gateway_that_is_gone_is_told_with_what_is_known(profiled: Shell, sandbox: SandboxThread) -> None:
    log_in(profiled, sandbox, "d")
    assert profiled("health", "d").code == 0
    sandbox.apply(outage=True)
    lost = profiled("health", "d", "--json")
    assert lost.code == 2
    assert lost.value["phase"] == "lost"
    assert all(service["stale"] for service in lost.value["services"])
    assert lost.value["services"]


@pytest.mark.skipif(sys.platform == "win32", reason="a process there has no SIGINT of its own")
def test_watching_ends_with_an_interrupt(profiled: Shell, sandbox: SandboxThread) -> None:
    log_in(profiled, sandbox, "d")
    command = [sys.executable, "-m", "console", "health", "d", "--watch", "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=profiled.environment, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().startswith("{")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == 130


def test_a_store_without_a_key_is_a_matter_of_authority(profiled: Shell, sandbox: SandboxThread) -> None:
    log_in(profiled, sandbox, "k")
    locked = profiled.without("GATEWATCH_PASSPHRASE")("health", "k")
    assert locked.code == 3
    assert "GATEWATCH_PASSPHRASE" in locked.err
    wrong = profiled("health", "k", GATEWATCH_PASSPHRASE="another")
    assert wrong.code == 3
    assert "Traceback" not in wrong.err


def test_no_secret_is_left_in_any_file(profiled: Shell, sandbox: SandboxThread) -> None:
    log_in(profiled, sandbox, "k")
    profiled("--verbose", "health", "k")
    written = b"".join(path.read_bytes() for path in profiled.home.rglob("*") if path.is_file())
    assert written
    for secret in (sandbox.password, PASSPHRASE, "eyJhbGciOi"):
        assert secret.encode() not in written


def test_nothing_can_be_kept_is_said(shell: Shell) -> None:
    shell.home.write_text("a file where the folder should be")
    outcome = shell("profile", "list")
    assert outcome.code == 2
    assert "Nothing can be kept" in outcome.err
    assert "Traceback" not in outcome.err


def test_commands_without_a_window_load_no_qt(shell: Shell) -> None:
    code = (
        "import sys, runpy\nsys.argv = ['gatewatch', 'profile', 'list']\n"
        "try:\n    runpy.run_module('console', run_name='__main__')\n"
        "except SystemExit as ended:\n    code = ended.code\n"
        "print(code, sorted(name for name in sys.modules if name.partition('.')[0] == 'PySide6'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=shell.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"


def test_stored_answers_are_listed_and_cleared_without_the_gateway(profiled: Shell, sandbox: SandboxThread) -> None:
    log_in(profiled, sandbox, "d")
    assert profiled("health", "d", "--json").code == 0
    sandbox.apply(outage=True)
    stored = profiled("cache", "list", "d", "--json")
    assert stored.code == 0, stored.err
    assert {"auth.me", "tenants.list"} >= {one["endpoint"] for one in stored.value}
    assert stored.value
    one = stored.value[0]["endpoint"]
    cleared = profiled("cache", "clear", "d", "--endpoint", one, "--json")
    assert cleared.value == {"profile": "d", "cleared": 1}
    assert one not in profiled("cache", "list", "d").out
    assert profiled("cache", "clear", "d").code == 0
    assert profiled("cache", "list", "d", "--json").value == []
    unknown = profiled("cache", "clear", "nobody")
    assert unknown.code == 2
    assert "nobody" in unknown.err


def test_a_sign_out_takes_the_stored_answers_along(profiled: Shell, sandbox: SandboxThread) -> None:  # fault 38
    log_in(profiled, sandbox, "d")
    assert profiled("health", "d", "--json").code == 0
    assert profiled("cache", "list", "d", "--json").value
    assert profiled("logout", "d").code == 0
    assert profiled("cache", "list", "d", "--json").value == []
