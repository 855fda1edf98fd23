"""What every command shares, in this process: exit codes, what a terminal may be shown, where secrets may come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from console.cli import gatewatch
from console.cli.doctor import report
from console.cli.running import exit_code, give, printable, say
from console.model.blame import Layer
from console.model.errors import (
    AddressError,
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    GatewatchError,
    NotAGateway,
    NotFound,
    NotOffered,
    ProfileError,
    ProtocolViolation,
    RateLimited,
    SandboxFailed,
    ServiceFailed,
    SignInRequired,
    StoreBusy,
    StoreLocked,
    TlsFailed,
    Unauthorized,
    WrongPassphrase,
)
from console.model.reasons import ConnectReason
from console.services.doctor import Check, Diagnosis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WINDOWED = ("demo", "tour", "sandbox")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


@pytest.mark.parametrize(("name", "command"), list(commands(gatewatch)))
def test_no_secret_is_ever_an_argument(name: str, command: click.Command) -> None:
    assert command.params is not None, name
    for parameter in command.params:
        said = " ".join((parameter.name or "", *parameter.opts))
        if any(word in said for word in ("password", "passphrase", "secret", "token")) and "lifetime" not in said:
            assert isinstance(parameter, click.Option)
            assert parameter.is_flag, f"{name} takes {said} as an argument"


@pytest.mark.parametrize(
    ("name", "command"), [(name, command) for name, command in commands(gatewatch) if name.split()[0] not in WINDOWED]
)
def test_json_is_everywhere(name: str, command: click.Command) -> None:
    assert any("--json" in parameter.opts for parameter in command.params), name


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unauthorized(), 3),
        (SignInRequired(), 3),
        (Forbidden(), 3),
        (WrongPassphrase("other"), 3),
        (ConnectFailed(reason=ConnectReason.REFUSED), 2),
        (ConnectionLost(), 2),
        (TlsFailed(), 2),
        (NotAGateway(), 2),
        (ServiceFailed(), 1),
        (ProtocolViolation(field="x"), 1),
        (NotFound(), 1),
        (ProfileError("none"), 2),
        (AddressError("spaces", "a b"), 2),
        (SandboxFailed("port"), 2),
    ],
)
def test_each_error_has_its_exit_code(error: GatewatchError, code: int) -> None:
    assert exit_code(error) == code


@given(st.text())
def test_a_terminal_obeys_nothing_that_comes_from_elsewhere(text: str) -> None:  # fault 120
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)


def test_what_a_server_says_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:  # fault 120
    evil = "\x1b]0;owned\x07\x1b[2J\u202etxt"
    say(evil)
    check = Check(
        capability="sign-in", check="login", ok=False, layer=Layer.SIGN_IN, detail=evil, error=f"no {evil}",
        request_id=evil,
    )  # fmt: skip
    assert report(Diagnosis(url="http://127.0.0.1:1", platform="kong", ok=False, checks=(check,)), as_json=False) == 3
    shown = capsys.readouterr()
    assert "owned" in shown.out
    assert not {"\x1b", "\x07", "\u202e"} & set(shown.out + shown.err)


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.none(), st.integers(), st.lists(st.text()))))
def test_json_is_one_ascii_line_that_reads_back(value: dict[str, object]) -> None:
    @click.command()
    def command() -> None:
        give(value)

    out = CliRunner().invoke(command).stdout
    assert out.isascii()
    assert out.count("\n") == 1
    assert json.loads(out) == value


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ([Check(capability="reach", check="network", ok=True)], 0),
        ([Check(capability="health", check="feed", ok=False, skipped=True)], 0),
        ([Check(capability="health", check="read", ok=False, layer=Layer.SERVICE)], 1),
        ([Check(capability="reach", check="gateway", ok=False, layer=Layer.GATEWAY)], 2),
        ([Check(capability="sign-in", check="login", ok=False, layer=Layer.SIGN_IN)], 3),
    ],
)
def test_a_diagnosis_is_told_by_its_exit_code(
    checks: list[Check], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    ok = all(check.ok or check.skipped for check in checks)
    diagnosis = Diagnosis(url="http://127.0.0.1:1", platform="kong", ok=ok, checks=tuple(checks))
    assert report(diagnosis, as_json=True) == code
    (shown,) = json.loads(capsys.readouterr().out)["checks"]
    assert list(shown) == ["capability", "check", "ok", "skipped", "layer", "ms", "detail", "error", "request_id"]
    assert shown["layer"] in {"network", "tls", "gateway", "service", "sign-in", None}


def test_help_is_there_for_every_command() -> None:
    runner = CliRunner()
    for name, _ in commands(gatewatch):
        outcome = runner.invoke(gatewatch, [*name.split(), "--help"])
        assert outcome.exit_code == 0, name
        assert outcome.stdout.startswith("Usage: ")


@pytest.mark.parametrize("raised", [KeyboardInterrupt, click.Abort])
def test_an_interrupt_is_130_wherever_it_comes(raised: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("console.cli.profile.with_console", interrupted)
    assert CliRunner().invoke(gatewatch, ["profile", "list"]).exit_code == 130


def test_a_store_that_is_busy_or_locked_is_no_verdict_on_the_gateway(tmp_path: Path) -> None:
    assert exit_code(StoreBusy("another window")) == 2
    assert exit_code(StoreLocked("no keyring", needs="keyring", path=tmp_path)) == 3
    assert exit_code(RateLimited()) == 1
    assert exit_code(NotOffered()) == 1
