"""A platform of somebody else's, installed beside the console: it is there everywhere, and takes the same tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from console.api import registry

SOURCE = Path(__file__).with_name("sixth")
ROOT = Path(__file__).parents[2]
NAME = "lighthouse"
# Of the suite: enough to show that an installed platform takes part, everywhere and in both ways.
SUITE = (
    ("test_sign_in.py", "test_capabilities.py", "test_reads.py", "test_feeds.py", "test_errors.py"),
    ("test_documents.py",),
)

pytestmark = pytest.mark.skipif(NAME in registry.names(), reason="this run is the one with the platform installed")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that its wheel is installed in: built and installed without a network."""
    folder = tmp_path_factory.mktemp("sixth")
    shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    done = subprocess.run([*pip, *options, str(folder / "source")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def run(installed: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(installed), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": path}, cwd=ROOT, input=stdin,
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("part", SUITE)
def test_it_takes_the_contract_suite(installed: Path, part: tuple[str, ...]) -> None:
    files = [str(Path(__file__).with_name(name)) for name in part]
    done = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", NAME, *files)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    outcome = done.stdout.splitlines()[-1]
    assert " passed" in outcome
    assert "failed" not in outcome


def test_the_command_line_examines_it_and_proposes_it(installed: Path) -> None:
    done = run(installed, "-c", _EXAMINED)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["proposed"] == NAME
    assert said["doctor"]["platform"] == NAME
    assert said["doctor"]["ok"] is True, said["doctor"]
    looked_at = {check["check"] for check in said["doctor"]["checks"] if check["ok"]}
    assert {"gateway", "login", "read", "feed"} <= looked_at
    assert said["profile"] == NAME


_EXAMINED = """
import json, os, subprocess, sys
from console.sandbox.thread import SandboxThread

def gatewatch(*arguments):
    secrets = {"GATEWATCH_PASSWORD": sandbox.password, "GATEWATCH_PASSPHRASE": "oil for the lamps"}
    command = [sys.executable, "-m", "console", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | secrets)
    if done.returncode:
        sys.exit(f"{arguments}: {done.stdout} {done.stderr}")
    return done.stdout

with SandboxThread() as sandbox:
    url = sandbox.sandbox.url("lighthouse")
    proposed = json.loads(gatewatch("doctor", url, "--json", "--username", sandbox.username))
    doctor = json.loads(gatewatch("doctor", url, "--platform", "lighthouse", "--json", "--username", sandbox.username))
    gatewatch("profile", "add", "rock", url, "--platform", "lighthouse")
    kept = json.loads(gatewatch("profile", "list", "--json"))
print(json.dumps({"proposed": proposed["platform"], "doctor": doctor, "profile": kept[0]["platform"]}))
"""
