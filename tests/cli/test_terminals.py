"""Pipes that close, terminals that interrupt, encodings that lack letters, bytes that are no text."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import LIMIT_S, PASSPHRASE, ROOT, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.sandbox.thread import SandboxThread

COMMAND = [sys.executable, "-m", "console"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="terminals and signals are others there")

# What a login shell does for its child: the terminal becomes the one whose Ctrl+C reaches it.
ON_TERMINAL = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'console', *sys.argv[1:]])"
)


class Terminal:
    """A command on a terminal of its own, and the person at it."""

    def __init__(self, shell: Shell, *words: str) -> None:
        self._master, slave = os.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL, *words],
            cwd=ROOT,
            env=shell.environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def until(self, text: str) -> None:
        deadline = time.monotonic() + LIMIT_S
        while text not in self.shown:
            if not select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))[0]:
                pytest.fail(f"{text!r} was not asked; shown: {self.shown!r}")
            self._read()

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl+C, as late as a person would: when the question waits for its answer.

        Python looks for signals before it reads and when the reading was interrupted, not in the microseconds between.
        """
        deadline = time.monotonic() + LIMIT_S
        while not self._waits_for_typing():
            assert time.monotonic() < deadline, f"nothing was read; shown: {self.shown!r}"
            time.sleep(0.01)
        self.type("\x03")

    def _waits_for_typing(self) -> bool:
        """Whether the program's first thread is held by the kernel in a call on its terminal."""
        try:
            call = Path(f"/proc/{self.process.pid}/syscall").read_text().split()
        except FileNotFoundError:  # no Linux: nothing to ask
            return True
        if len(call) < 2:  # "running"
            return False
        try:
            return str(Path(f"/proc/{self.process.pid}/fd/{int(call[1], 16)}").readlink()).startswith("/dev/")
        except OSError:  # its first argument is no open file
            return False

    def ended(self) -> int:
        """The exit code."""
        deadline = time.monotonic() + LIMIT_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self._master], [], [], 0.1)[0]:
                self._read()
        return self.process.wait(0)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    def _read(self) -> None:
        try:
            self.shown += os.read(self._master, 4096).decode()
        except OSError:  # Linux: the other end is closed
            self.process.wait(LIMIT_S)


@pytest.fixture
def asked(profiled: Shell, sandbox: SandboxThread) -> Iterator[Terminal]:
    terminal = Terminal(profiled, "login", "d", "--username", sandbox.username)
    yield terminal
    terminal.close()


@POSIX
def test_an_interrupt_ends_the_question_for_the_password(asked: Terminal) -> None:
    asked.until("Password for")
    asked.interrupt()
    assert asked.ended() == 130
    assert "Traceback" not in asked.shown


@POSIX
def test_a_person_is_asked_for_the_password_and_the_code(asked: Terminal, sandbox: SandboxThread) -> None:
    sandbox.apply(require_mfa=True)
    asked.until("Password for")
    asked.type(f"{sandbox.password}\n")
    asked.until("second factor")
    asked.type(f"{sandbox.mfa_code}\n")
    assert asked.ended() == 0, asked.shown
    assert sandbox.password not in asked.shown  # typed unseen


@POSIX
def test_a_person_types_a_wrong_code_again(asked: Terminal, sandbox: SandboxThread) -> None:  # fault 26
    sandbox.apply(require_mfa=True)
    asked.until("Password for")
    asked.type(f"{sandbox.password}\n")
    asked.until("second factor")
    asked.type("not it\n")
    asked.until("This is not the code")
    asked.type(f"{sandbox.mfa_code}\n")
    assert asked.ended() == 0, asked.shown


@POSIX
def test_an_interrupt_ends_the_question_for_the_code(asked: Terminal, sandbox: SandboxThread) -> None:
    sandbox.apply(require_mfa=True)
    asked.until("Password for")
    asked.type(f"{sandbox.password}\n")
    asked.until("second factor")
    asked.interrupt()
    assert asked.ended() == 130
    assert "Traceback" not in asked.shown


@POSIX
def test_a_person_is_asked_for_the_passphrase(profiled: Shell) -> None:
    terminal = Terminal(profiled.without("GATEWATCH_PASSPHRASE"), "profile", "list")
    try:
        terminal.until("Passphrase of the local store")
        terminal.type(f"{PASSPHRASE}\n")
        assert terminal.ended() == 0, terminal.shown
        assert "127.0.0.1" in terminal.shown
        assert PASSPHRASE not in terminal.shown
    finally:
        terminal.close()


def without_reader(shell: Shell, *words: str) -> tuple[int, str]:
    """Run with a standard output that nobody reads any more; exit code and what was said."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*COMMAND, *words], cwd=ROOT, env=shell.environment, stdout=writer, stderr=subprocess.PIPE, text=True,
            timeout=LIMIT_S, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)
    return done.returncode, done.stderr


@POSIX
@pytest.mark.parametrize("words", [["profile", "list"], ["profile", "list", "--json"], ["health", "d", "--json"]])
def test_a_reader_that_has_gone_is_no_failure_of_the_gateway(profiled: Shell, words: list[str]) -> None:
    code, said = without_reader(profiled, *words)
    assert code == 141  # not 1: that would say the checked thing is bad
    assert said == ""


@POSIX
def test_a_watch_ends_quietly_once_its_reader_has_gone(profiled: Shell, sandbox: SandboxThread) -> None:
    signed_in = profiled("login", "d", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password)
    assert signed_in.code == 0, signed_in.err
    with subprocess.Popen(
        [*COMMAND, "health", "d", "--watch", "--json"], cwd=ROOT, env=profiled.environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as watching:  # fmt: skip
        assert watching.stdout is not None
        assert watching.stderr is not None
        while "services" not in (line := watching.stdout.readline()) and '"status"' not in line:
            assert line, watching.stderr.read()
        watching.stdout.close()
        sandbox.apply(outage=True)  # something to tell
        assert watching.wait(LIMIT_S) == 141
        assert watching.stderr.read() == ""


def test_a_code_page_without_the_letters_harms_neither_text_nor_json(shell: Shell) -> None:
    assert shell("profile", "add", "ключ", "http://127.0.0.1:1", "--platform", "kong").code == 0
    text = shell("profile", "list", PYTHONIOENCODING="cp1252")
    assert text.code == 0, text.err
    assert "127.0.0.1" in text.out
    listed = shell("profile", "list", "--json", PYTHONIOENCODING="cp1252")
    assert [profile["name"] for profile in json.loads(listed.out)] == ["ключ"]


@POSIX
@pytest.mark.parametrize(
    "words", [["login", "k", "--username", "u"], ["doctor", "http://127.0.0.1:1", "--username", "u"]]
)
def test_a_password_that_is_no_text_is_wrong_usage(profiled: Shell, words: list[str]) -> None:
    done = subprocess.run(
        [*COMMAND, *words, "--password-stdin"], cwd=ROOT,
        env={**profiled.environment, "PYTHONIOENCODING": "utf-8:strict"}, input=b"\xff\xfe\n", capture_output=True,
        timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"not text" in done.stderr
    by_environment = profiled(*words, GATEWATCH_PASSWORD=os.fsdecode(b"\xff"))
    assert by_environment.code == 2
    assert "not text" in by_environment.err
    assert "Traceback" not in by_environment.err


@POSIX
def test_other_bytes_that_are_no_text_are_wrong_usage(shell: Shell) -> None:
    label = shell("profile", "add", "x", "http://127.0.0.1:1", "--platform", "kong", "--label", os.fsdecode(b"\xff"))
    assert label.code == 2
    assert "--label" in label.err
    passphrase = shell("profile", "list", GATEWATCH_PASSPHRASE=os.fsdecode(b"\xff"))
    assert passphrase.code == 2
    assert "GATEWATCH_PASSPHRASE" in passphrase.err
    username = shell("login", "x", "--username", os.fsdecode(b"\xff"), GATEWATCH_PASSWORD="any")
    tenant = shell("doctor", "http://127.0.0.1:1", "--tenant", os.fsdecode(b"\xff"))
    code = shell("login", "x", "--username", "u", "--mfa-code", os.fsdecode(b"\xff"), GATEWATCH_PASSWORD="any")
    assert [outcome.code for outcome in (username, tenant, code)] == [2, 2, 2]
    for outcome in (label, passphrase, username, tenant, code):
        assert "Traceback" not in outcome.err


@pytest.mark.parametrize("typed", ["", "\n", "\r\n"])
def test_an_empty_password_is_wrong_usage(profiled: Shell, typed: str) -> None:
    outcome = profiled("login", "k", "--username", "u", "--password-stdin", typed=typed)
    assert outcome.code == 2
    assert "empty" in outcome.err
