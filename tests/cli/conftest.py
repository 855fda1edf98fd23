"""The command as a script runs it: a process with its own home, a passphrase, and no terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "canary-passphrase of the store"
LIMIT_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """Its one JSON value: stdout holds nothing else."""
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs `gatewatch` in one home."""

    home: Path
    environment: dict[str, str]

    def __call__(self, *words: str, typed: str = "", **environment: str) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "console", *words],
            cwd=ROOT,
            env={**self.environment, **environment},
            input=typed,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def without(self, variable: str) -> Shell:
        """The same home without one variable."""
        return Shell(self.home, {name: value for name, value in self.environment.items() if name != variable})


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return shell_in(tmp_path / "home of a script")


def shell_in(home: Path) -> Shell:
    environment = {
        **os.environ,
        "GATEWATCH_HOME": str(home),
        "GATEWATCH_PASSPHRASE": PASSPHRASE,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    return Shell(home, environment)


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(auth_limit_per_minute=1000)) as running:
        yield running


@pytest.fixture
def sandbox(platform: SandboxThread) -> Iterator[SandboxThread]:
    yield platform
    platform.clear()


@pytest.fixture(scope="module")
def home_with_profiles(platform: SandboxThread, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `profile add` leaves for three faces: made once, copied for each test."""
    shell = shell_in(tmp_path_factory.mktemp("profiles") / "home")
    for name in ("kong", "dotmac", "opssight"):
        added = shell("profile", "add", name[0], platform.sandbox.url(name), "--platform", name)
        assert added.code == 0, added.err
    return shell.home


@pytest.fixture
def profiled(shell: Shell, sandbox: SandboxThread, home_with_profiles: Path) -> Shell:
    """With a profile for each face."""
    shutil.copytree(home_with_profiles, shell.home)
    return shell
