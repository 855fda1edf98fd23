"""The one-folder program: does it run where nothing of the checkout is?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.packaging.conftest import TakesTheTour

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1000)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frozen")
    build: list[str | Path] = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"),
        *("--distpath", folder / "dist", "--workpath", folder / "build", ROOT / "packaging" / "gatewatch.spec"),
    ]
    environment = os.environ | {"PYINSTALLER_CONFIG_DIR": str(folder / "cache")}
    done = subprocess.run(build, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr[-5000:]
    return folder / "dist" / "gatewatch" / ("gatewatch.exe" if sys.platform == "win32" else "gatewatch")


def test_it_takes_the_whole_tour(program: Path, takes_the_tour: TakesTheTour) -> None:
    takes_the_tour(program)


def test_dialects_are_inside(program: Path, tmp_path: Path) -> None:
    """A dialect is found by its name: an address where nothing listens is a finding, not a usage error."""
    done = subprocess.run(
        [program, "doctor", "http://127.0.0.1:9", "--platform", "kong", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    assert report["platform"] == "kong"
    assert report["ok"] is False


def test_resources_and_keyring_backends_are_inside(program: Path) -> None:  # fault 95
    inside = program.parent / "_internal"
    assert (inside / "console" / "_resources" / "themes" / "dark.toml").is_file()
    assert any(inside.glob("keyring-*.dist-info"))  # its backends are entry points
    archive = subprocess.run(
        [
            sys.executable,
            "-m",
            "PyInstaller.utils.cliutils.archive_viewer",
            "--list",
            "--recursive",
            "--brief",
            program,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for module in ("keyring.backends.SecretService", "keyring.backends.Windows", "console.api.platforms.dotmac"):
        assert module in archive
