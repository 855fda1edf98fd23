"""Gateways that are none, gateways that are gone, and two commands at once."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from tests.cli.conftest import LIMIT_S, ROOT, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ("text/html", b"<html><body>Sign in to the network</body></html>")
OTHER = ("application/json", b'{"name": "something else"}')


@pytest.fixture
def stranger(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that answers everything alike."""
    kind, body = request.param

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("stranger", [PAGE, OTHER], indirect=True)
def test_the_doctor_has_one_object_for_what_is_no_gateway(shell: Shell, stranger: str) -> None:
    outcome = shell("doctor", stranger, "--json")
    assert outcome.code == 2
    found = outcome.value
    assert (found["url"], found["platform"], found["ok"]) == (stranger, "", False)
    (check,) = found["checks"]
    assert check["layer"] == "gateway"
    assert check["error"]
    in_words = shell("doctor", stranger)
    assert in_words.code == 2
    assert check["error"] in in_words.out


@pytest.mark.parametrize("stranger", [PAGE, OTHER], indirect=True)
def test_what_is_no_gateway_is_not_kept(shell: Shell, stranger: str) -> None:
    outcome = shell("profile", "add", "x", stranger, "--json")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err
    assert shell("profile", "list", "--json").value == []


def test_a_gateway_that_is_gone_can_be_left(shell: Shell) -> None:
    with SandboxThread(SandboxOptions()) as sandbox:
        assert shell("profile", "add", "k", sandbox.kong_url, "--platform", "kong").code == 0
        words = ("login", "k", "--username", sandbox.username)
        assert shell(*words, GATEWATCH_PASSWORD=sandbox.password).code == 0
    assert shell("logout", "k", "--json").value == {"profile": "k", "signed_in": False}
    assert shell("health", "k").code == 3  # signed out, though the gateway could not be told
    assert shell("profile", "remove", "k").code == 0


def test_two_commands_share_one_sign_in(shell: Shell) -> None:  # fault 29
    with SandboxThread(SandboxOptions(token_lifetime_s=1.0, refresh_grace_s=0.0)) as sandbox:
        assert shell("profile", "add", "k", sandbox.kong_url, "--platform", "kong").code == 0
        words = ("login", "k", "--username", sandbox.username)
        assert shell(*words, GATEWATCH_PASSWORD=sandbox.password).code == 0
        # Each of these needs a renewal; the platform takes a refresh token but once.
        at_once = [
            subprocess.Popen(
                [sys.executable, "-m", "console", "health", "k", "--json"], cwd=ROOT, env=shell.environment,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(3)
        ]  # fmt: skip
        told = [(*process.communicate(timeout=LIMIT_S), process.returncode) for process in at_once]
        for out, said, code in told:
            assert code == 0, said
            assert json.loads(out)["phase"] == "live"
        assert shell("health", "k").code == 0
