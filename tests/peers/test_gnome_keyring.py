"""The store's key in a real gnome-keyring on a bus of its own: kept, locked, hanging, dead, another one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.store import keyslot
from tests.store.conftest import contents

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).with_name("keyring_program.py")
ROOT = PROGRAM.parents[2]
START_S = 15.0
PASSWORD, ANOTHER = "of the sign-in", "of another sign-in"
BACKEND = "keyring.backends.SecretService.Keyring"

BUS, DAEMON = shutil.which("dbus-run-session"), shutil.which("gnome-keyring-daemon")
_MISSING = [name for name, found in (("dbus-run-session", BUS), ("gnome-keyring-daemon", DAEMON)) if found is None]
if _MISSING and os.environ.get("CI") and shutil.which("apt-get"):
    pytest.fail(f"{_MISSING} is missing where continuous integration installs it: see .ci/run", pytrace=False)
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}")

# Without the system's services: nothing starts a keyring that the test stopped, or a window that asks for a password.
_BUS = """<busconfig>
  <type>session</type>
  <listen>unix:runtime=yes</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Desktop:
    """A session bus and a keyring daemon, with a home of their own below a folder."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._run = folder / "run"  # a socket's path has to be short
        for place in (self.home, self._run):
            place.mkdir(mode=0o700)
        (folder / "bus.conf").write_text(_BUS, encoding="utf-8")
        self._bus_file = folder / "bus.conf"
        strangers = ("DISPLAY", "WAYLAND_DISPLAY", "PYTHON_KEYRING_BACKEND", "GATEWATCH_PASSPHRASE")
        self._environment = {name: value for name, value in os.environ.items() if name not in strangers} | {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self._run),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "PYTHONPATH": str(ROOT),
        }
        self._daemon: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[Desktop]:
        assert BUS is not None
        held = [BUS, "--config-file", str(self._bus_file), "--"]
        tell = [*held, "sh", "-c", 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat']
        with subprocess.Popen(
            tell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environment
        ) as bus:
            assert bus.stdin is not None
            assert bus.stdout is not None
            self._environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
            try:
                yield self
            finally:
                self.stop()
                bus.stdin.close()  # ends the session
                bus.wait(START_S)

    def sign_in(self, password: str) -> None:
        """Start the keyring and unlock it, as signing in to a desktop does; a first password makes it."""
        assert DAEMON is not None
        self._daemon = daemon = subprocess.Popen(
            [DAEMON, "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment,
        )  # fmt: skip
        assert daemon.stdin is not None
        daemon.stdin.write(password.encode())
        daemon.stdin.close()
        self._wait_until_it_answers(daemon)

    def stop(self) -> None:
        """As a crash does."""
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait(START_S)
            self._daemon = None

    def send(self, number: signal.Signals) -> None:
        assert self._daemon is not None
        self._daemon.send_signal(number)

    def lock(self) -> None:
        self._program("lock")

    def begin_to_open(self, folder: Path, deadline_s: float) -> subprocess.Popen[str]:
        command = [sys.executable, str(PROGRAM), str(folder), str(deadline_s)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, env=self._environment, text=True)

    def open(self, folder: Path, deadline_s: float = START_S) -> dict[str, object]:
        """What came of it, in a process of its own that has to end, whatever the keyring does."""
        answer: dict[str, object] = json.loads(self._program(str(folder), str(deadline_s)).stdout)
        return answer

    def console(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "console", *arguments]
        return subprocess.run(
            command, env=self._environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )

    def _program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(PROGRAM), *arguments],
            env=self._environment, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip

    def _wait_until_it_answers(self, daemon: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end and daemon.poll() is None:
            if self._program("there").stdout == "yes":
                return
        pytest.fail("gnome-keyring did not start")


@pytest.fixture
def store_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with Desktop(tmp_path_factory.mktemp("k")).running() as running:
        yield running


def test_the_key_is_kept_and_comes_back_after_a_new_sign_in(desktop: Desktop, store_dir: Path) -> None:
    desktop.sign_in(PASSWORD)
    made = desktop.open(store_dir)
    assert made["open"]
    slot = keyslot.read(store_dir)
    assert slot is not None
    assert (slot.kind, slot.keyring) == (keyslot.SlotKind.KEYRING, BACKEND)
    assert desktop.open(store_dir) == made
    desktop.stop()
    desktop.sign_in(PASSWORD)
    assert desktop.open(store_dir) == made


def test_a_locked_keyring_is_said_and_changes_nothing(desktop: Desktop, store_dir: Path) -> None:  # fault 90
    desktop.sign_in(PASSWORD)
    made, before = desktop.open(store_dir), contents(store_dir)
    desktop.lock()
    refused = desktop.open(store_dir)
    assert (refused["open"], refused["needs"]) == (False, "keyring")
    assert "Unlock the keyring" in str(refused["said"])
    assert contents(store_dir) == before
    desktop.stop()
    desktop.sign_in(ANOTHER)  # does not open it either
    assert desktop.open(store_dir)["needs"] == "keyring"
    assert contents(store_dir) == before
    desktop.stop()
    desktop.sign_in(PASSWORD)
    assert desktop.open(store_dir) == made


def test_a_keyring_that_hangs_is_waited_for_so_long_and_no_longer(
    desktop: Desktop, store_dir: Path
) -> None:  # fault 90
    desktop.sign_in(PASSWORD)
    made, before = desktop.open(store_dir), contents(store_dir)
    desktop.send(signal.SIGSTOP)
    refused = desktop.open(store_dir, 1.0)
    assert "did not answer within 1 s" in str(refused["said"])
    assert contents(store_dir) == before
    desktop.send(signal.SIGCONT)
    assert desktop.open(store_dir) == made


def test_a_keyring_that_hangs_at_first_gets_no_store(desktop: Desktop, store_dir: Path) -> None:  # fault 90
    desktop.sign_in(PASSWORD)
    desktop.send(signal.SIGSTOP)
    assert desktop.open(store_dir, 1.0)["needs"] == "choice"
    assert contents(store_dir) == {}
    desktop.send(signal.SIGCONT)
    assert desktop.open(store_dir)["open"]


def test_a_keyring_that_dies_while_it_is_asked(desktop: Desktop, store_dir: Path) -> None:  # fault 90
    desktop.sign_in(PASSWORD)
    made, before = desktop.open(store_dir), contents(store_dir)
    desktop.send(signal.SIGSTOP)  # or it had answered before it dies
    with desktop.begin_to_open(store_dir, START_S) as asking:
        with pytest.raises(subprocess.TimeoutExpired):
            asking.wait(1.0)
        desktop.stop()
        out, _ = asking.communicate(timeout=60)
    assert json.loads(out)["needs"] == "keyring"
    assert "did not answer" not in json.loads(out)["said"]  # it is known at once, not after the deadline
    assert desktop.open(store_dir)["needs"] == "keyring"
    assert contents(store_dir) == before
    desktop.sign_in(PASSWORD)
    assert desktop.open(store_dir) == made


def test_another_keyring_does_not_have_the_key(desktop: Desktop, store_dir: Path) -> None:
    desktop.sign_in(PASSWORD)
    made, before = desktop.open(store_dir), contents(store_dir)
    desktop.stop()
    kept = desktop.home / "data" / "keyrings"
    kept.rename(kept.with_name("aside"))
    desktop.sign_in(ANOTHER)
    refused = desktop.open(store_dir)
    assert "does not have this store's key" in str(refused["said"])
    assert contents(store_dir) == before
    desktop.stop()
    shutil.rmtree(kept)
    kept.with_name("aside").rename(kept)
    desktop.sign_in(PASSWORD)
    assert desktop.open(store_dir) == made


def test_the_command_line_keeps_its_store_in_it_and_says_when_it_is_locked(desktop: Desktop, tmp_path: Path) -> None:
    home = str(tmp_path / "h")
    desktop.sign_in(PASSWORD)
    first = desktop.console("--home", home, "record", "size")
    assert first.returncode == 0, first.stderr
    desktop.lock()
    locked = desktop.console("--home", home, "record", "size")
    assert locked.returncode != 0
    assert "Unlock the keyring" in locked.stdout + locked.stderr
    assert "Traceback" not in locked.stderr
    desktop.stop()
    desktop.sign_in(PASSWORD)
    assert desktop.console("--home", home, "record", "size").returncode == 0
