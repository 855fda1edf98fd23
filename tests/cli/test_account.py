"""One's own password from a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from tests.cli.test_commands import log_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Shell


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    """Of its own: these tests change its passwords."""
    with SandboxThread(SandboxOptions(auth_limit_per_minute=1000)) as running:
        yield running


@pytest.fixture
def profiled(shell: Shell, sandbox: SandboxThread) -> Shell:
    added = shell("profile", "add", "f", sandbox.dafnck_url)
    assert added.code == 0, added.err
    (listed,) = shell("profile", "list", "--json").value
    assert listed["platform"] == "dafnck"  # it was probed
    return shell


def test_a_password_is_changed_and_changed_back(profiled: Shell, sandbox: SandboxThread) -> None:
    words = ("account", "change-password", "f", "--password-stdin", "--json")
    assert profiled(*words, typed="a\nb\n").code == 3  # nobody is signed in
    log_in(profiled, sandbox, "f")
    weak = profiled(*words, typed=f"{sandbox.password}\nshort\n")
    assert weak.code == 1
    assert set(weak.value["fields"]) == {"password"}
    changed = profiled(*words, typed=f"{sandbox.password}\nanother horse 2\n")
    assert changed.code == 0, changed.err
    assert "another horse" not in changed.out + changed.err
    assert profiled("account", "forgot", "f", "--email", "nobody@example.org").code == 0
    assert profiled("account", "forgot", "f", "--email", sandbox.username).code == 0
    code = str(sandbox.sandbox.outbox()[-1]["code"])
    typed = f"{sandbox.password}x1\n"
    assert profiled("account", "reset", "f", "--code", "nonsense", "--password-stdin", typed=typed).code == 1
    reset = profiled("account", "reset", "f", "--code", code, "--password-stdin", typed=typed)
    assert reset.code == 0, reset.err


def test_a_platform_without_accounts_says_so(shell: Shell, sandbox: SandboxThread) -> None:
    assert shell("profile", "add", "k", sandbox.kong_url, "--platform", "kong").code == 0
    outcome = shell("account", "forgot", "k", "--email", "ada@example.org")
    assert outcome.code == 1
    assert "does not offer" in outcome.err


def test_a_sign_in_that_is_not_to_be_remembered_is_gone_with_the_command(shell: Shell, sandbox: SandboxThread) -> None:
    assert shell("profile", "add", "k", sandbox.kong_url, "--no-keep-signed-in").code == 0
    log_in(shell, sandbox, "k")
    assert shell("health", "k").code == 3
    log_in(shell, sandbox, "k", "--remember")
    assert shell("health", "k").code == 0
    log_in(shell, sandbox, "k", "--no-remember")
    assert shell("health", "k").code == 3
