"""The command line of the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from console.sandbox import process, server
from console.sandbox.command import _announce
from console.sandbox.command import sandbox as command
from console.sandbox.faces.kong import KongFace
from console.sandbox.faults import Switches
from console.sandbox.incidents import INCIDENTS
from console.sandbox.options import FACES, SandboxOptions

if TYPE_CHECKING:
    from console.sandbox.thread import SandboxThread

ROOT = Path(__file__).parents[2]


def test_faults_are_shown_turned_and_cleared(sandbox: SandboxThread) -> None:
    run = CliRunner().invoke
    turned = run(command, ["faults", sandbox.control_url, "--set", '{"kill_service": "redis"}'])
    assert json.loads(turned.output)["dead"] == ["redis"]
    assert json.loads(run(command, ["faults", sandbox.kong_url]).output)["dead"] == ["redis"]
    assert json.loads(run(command, ["faults", sandbox.kong_url, "--clear"]).output)["dead"] == []


def test_what_goes_wrong_is_said_with_an_exit_code(sandbox: SandboxThread) -> None:
    run = CliRunner().invoke
    assert run(command, ["faults", sandbox.kong_url, "--set", "{"]).exit_code == 2
    assert run(command, ["faults", sandbox.kong_url, "--set", '{"x": 1}']).exit_code == 1
    assert run(command, ["faults", "http://gateway.example"]).exit_code == 2
    assert run(command, ["faults", "http://127.0.0.1:1"]).exit_code == 2
    assert run(command, ["incident", "no-such-thing", sandbox.control_url]).exit_code == 2


@pytest.mark.parametrize("name", sorted(INCIDENTS))
def test_incidents_play_to_a_clean_end(sandbox: SandboxThread, name: str) -> None:
    played = CliRunner().invoke(command, ["incident", name, sandbox.kong_url, "--speed", "100"])
    assert played.exit_code == 0, played.output
    shown = json.loads(CliRunner().invoke(command, ["faults", sandbox.control_url]).output)
    assert shown["dead"] == []
    assert shown["outage"] == []
    assert shown["revoke_refresh"] is False


def test_the_switches_are_listed() -> None:
    shown = CliRunner().invoke(command, ["faults", "--list"])
    assert shown.exit_code == 0
    lines = shown.output.splitlines()
    assert [line.partition(":")[0] for line in lines[: lines.index("")]] == list(Switches.__struct_fields__)
    assert 'opssight_form: "guide" | "open" | "first_message"' in lines
    assert any(line.startswith("Flood {face: ") for line in lines)
    assert CliRunner().invoke(command, ["faults"]).exit_code == 2


def test_what_is_off_is_shown_too(sandbox: SandboxThread) -> None:
    shown = json.loads(CliRunner().invoke(command, ["faults", sandbox.control_url]).output)
    assert shown["block_upgrade"] is shown["garble"] is shown["flood"] is shown["event_stream"] is False
    assert shown["opssight_form"] == "guide"
    sandbox.apply(block_upgrade=True)
    shown = json.loads(CliRunner().invoke(command, ["faults", sandbox.control_url]).output)
    assert shown["block_upgrade"]["status"] == 426


def test_incidents_use_switches_that_exist() -> None:
    known = set(Switches.__struct_fields__)
    assert all(act.switches.keys() <= known for acts in INCIDENTS.values() for act in acts)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM")
def test_serve_prints_where_it_is_and_stops_on_a_signal() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "console.sandbox.command", "serve"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        while "operator@sandbox.example" not in lines[-1]:
            lines.append(child.stdout.readline())
            assert lines[-1], lines
        assert all("http://127.0.0.1:" in line for line in lines[:-1])
        child.terminate()
        assert child.wait(10) == 0


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    options = SandboxOptions(kong_port=81, state_dir=tmp_path)
    line = process.child_command(options)
    assert line[:3] == [sys.executable, "sandbox", "serve"]
    assert line[line.index("--kong-port") + 1] == "81"
    assert line[line.index("--state") + 1] == str(tmp_path)


def test_documents_are_told_with_their_hashes(sandbox: SandboxThread) -> None:
    run = CliRunner().invoke
    assert json.loads(run(command, ["documents", sandbox.control_url]).output) == []
    seeded = json.loads(run(command, ["documents", sandbox.control_url, "--seeded"]).output)
    assert [len(one["sha256"]) for one in seeded] == [64] * 36


async def test_faces_of_installed_packages_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Lighthouse(KongFace):
        name = "lighthouse"

    monkeypatch.setattr(server, "installed", lambda world: [Lighthouse(world)])
    async with server.Sandbox.running(SandboxOptions()) as sandbox:
        urls = sandbox.installed_urls
        assert list(urls) == ["lighthouse"]
        addresses = dict.fromkeys((*FACES, "kong_admin", "control", "username", "password"), "there")
        _announce(process.Ready(**addresses, installed=urls))
        assert f"Lighthouse: {urls['lighthouse']}" in capsys.readouterr().out
