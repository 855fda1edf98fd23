"""`gatewatch login --oauth`, as a person and a script use it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from console.sandbox.faults import Switches
from tests.cli.conftest import LIMIT_S, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.sandbox.thread import SandboxThread
    from tests.cli.conftest import Shell

LOGIN = ("login", "o", "--oauth", "sandbox-sso")
ANA = "u-2"


class Waiting:
    """The command while it waits for a browser."""

    def __init__(self, shell: Shell, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "console", *words],
            env=shell.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.before: list[str] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("http"):
                self.url = line.strip()
                return
            self.before.append(line)
        raise AssertionError(self.before)

    def until_it_waits(self) -> None:
        assert self.process.stderr is not None
        while "Waiting" not in self.process.stderr.readline():
            pass

    def ended(self, typed: str = "") -> tuple[int, str, str]:
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(typed)
        with process.stdout, process.stderr:  # not `communicate`: it forgets what `readline` has read ahead
            return process.wait(LIMIT_S), process.stdout.read(), process.stderr.read()


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


def agree(browser: httpx.Client, url: str, user: str = ANA) -> str:
    landed: str = browser.post(url, data={"user": user}).headers["location"]
    return landed


def test_a_browser_signs_in(profiled: Shell, browser: httpx.Client) -> None:
    waiting = Waiting(profiled, *LOGIN, "--no-browser", "--json")
    assert "Sign in at 127.0.0.1" in waiting.before[-1]
    assert browser.get(agree(browser, waiting.url)).status_code == 200
    code, out, err = waiting.ended()
    assert code == 0
    assert '"user": "Ana Lima"' in out
    assert "Signed in to" in err
    health = profiled("health", "o", "--json")
    assert health.code in (0, 1)
    assert health.value["services"]


def test_a_pasted_address_signs_in_where_no_browser_reaches_this_machine(
    profiled: Shell, browser: httpx.Client
) -> None:
    waiting = Waiting(profiled, *LOGIN, "--paste")
    code, _out, err = waiting.ended(agree(browser, waiting.url) + "\n")
    assert (code, "Signed in to o as Ana Lima." in err) == (0, True)


def test_a_pasted_code_signs_in(profiled: Shell, sandbox: SandboxThread, browser: httpx.Client) -> None:
    sandbox.apply(Switches(oauth="elsewhere"))
    waiting = Waiting(profiled, *LOGIN, "--no-browser")
    (found,) = parse_qs(urlsplit(agree(browser, waiting.url)).query)["code"]
    code, _out, err = waiting.ended(found + "\n")
    assert code == 0
    assert "must be pasted" in err


@pytest.mark.parametrize("typed", ["", "\n", "two words\n", "http://127.0.0.1:1/callback?code=c&state=wrong\n"])
def test_what_is_no_code_is_refused(profiled: Shell, typed: str) -> None:
    waiting = Waiting(profiled, *LOGIN, "--paste")
    code, _out, err = waiting.ended(typed)
    assert code == 3
    assert "Traceback" not in err


def test_a_code_that_is_not_good_any_more_is_named_as_such(profiled: Shell) -> None:
    waiting = Waiting(profiled, *LOGIN, "--paste")
    code, _out, err = waiting.ended("no-code-of-theirs\n")
    assert code == 3
    assert "does not accept the code" in err
    assert "Begin again" in err
    assert "Request id" in err


def test_somebody_who_says_no_ends_it(profiled: Shell, browser: httpx.Client) -> None:  # fault 16
    waiting = Waiting(profiled, *LOGIN, "--no-browser")
    browser.get(agree(browser, waiting.url, user=""))
    code, _out, err = waiting.ended()
    assert code == 3
    assert "declined in the browser (You said <b>no</b> to Gatewatch.)" in err


def test_another_user_is_refused(profiled: Shell, sandbox: SandboxThread, browser: httpx.Client) -> None:  # fault 14
    assert (
        profiled("login", "o", "--username", sandbox.username, "--password-stdin", typed=sandbox.password + "\n").code
        == 0
    )
    assert profiled("logout", "o").code == 0
    waiting = Waiting(profiled, *LOGIN, "--no-browser")
    browser.get(agree(browser, waiting.url))
    code, _out, err = waiting.ended()
    assert code == 3
    assert "Another user signed in (ana@sandbox.example)" in err
    assert profiled("health", "o").code == 3


@pytest.mark.skipif(sys.platform == "win32", reason="a process there can't be interrupted from outside")
def test_ctrl_c_gives_up_and_frees_the_port(profiled: Shell, browser: httpx.Client) -> None:  # fault 15
    waiting = Waiting(profiled, *LOGIN, "--no-browser")
    waiting.until_it_waits()
    waiting.process.send_signal(signal.SIGINT)
    code, _out, err = waiting.ended()
    assert code == 130
    assert "Traceback" not in err
    with pytest.raises(httpx.ConnectError):
        browser.get(parse_qs(urlsplit(waiting.url).query)["redirect_uri"][0])


def test_a_browser_that_does_not_open_leaves_the_address(profiled: Shell, browser: httpx.Client) -> None:  # fault 25
    profiled.environment["BROWSER"] = "/nonexistent/browser"
    profiled.environment["PATH"] = ""
    waiting = Waiting(profiled, *LOGIN)
    browser.get(agree(browser, waiting.url))
    code, _out, err = waiting.ended()
    assert code == 0
    assert "No browser could be opened" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("login", "o", "--oauth", "github"), "sandbox-sso"),
        (("login", "o", "--oauth", "x", "--username", "y"), "takes no user name"),
        (("login", "o", "--paste"), "go with --oauth"),
        (("login", "o", "--no-browser"), "go with --oauth"),
    ],
)
def test_wrong_use_is_said(profiled: Shell, words: tuple[str, ...], said: str) -> None:
    outcome = profiled(*words)
    assert outcome.code == 2
    assert said in outcome.err


def test_a_gateway_without_it_says_so(profiled: Shell, sandbox: SandboxThread) -> None:
    sandbox.apply(Switches(oauth="absent"))
    outcome = profiled(*LOGIN)
    assert outcome.code == 2
    assert "offers no sign-in through a browser" in outcome.err


def test_a_second_factor_is_asked_for_too(profiled: Shell, sandbox: SandboxThread, browser: httpx.Client) -> None:
    sandbox.apply(Switches(require_mfa=True))
    waiting = Waiting(profiled, *LOGIN, "--no-browser", "--mfa-code", sandbox.mfa_code)
    browser.get(agree(browser, waiting.url))
    code, _out, err = waiting.ended()
    assert (code, "as Ana Lima" in err) == (0, True)


def test_no_secret_is_left_in_the_home(profiled: Shell, browser: httpx.Client) -> None:  # fault 27
    waiting = Waiting(profiled, "--verbose", *LOGIN, "--no-browser")
    landed = agree(browser, waiting.url)
    browser.get(landed.replace("state=", "state=x"))  # another state: that is worth a line in the log
    browser.get(landed)
    assert waiting.ended()[0] == 0
    answer = parse_qs(urlsplit(landed).query)
    kept = b"".join(path.read_bytes() for path in profiled.home.rglob("*") if path.is_file())
    assert b"belongs to no sign-in" in kept
    for secret in (answer["code"][0], answer["state"][0]):
        assert secret.encode() not in kept
