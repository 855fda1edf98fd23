"""Choosing a tenant from a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.test_commands import log_in

if TYPE_CHECKING:
    from console.sandbox.thread import SandboxThread
    from tests.cli.conftest import Shell


def test_a_tenant_is_chosen_with_the_sign_in_and_kept(profiled: Shell, sandbox: SandboxThread) -> None:
    log_in(profiled, sandbox, "d", "--tenant", "contoso field services")
    listed = profiled("tenant", "list", "d", "--json")
    assert {entry["id"]: entry["chosen"] for entry in listed.value} == {"northwind": False, "contoso": True}
    (kept,) = (entry for entry in profiled("profile", "list", "--json").value if entry["name"] == "d")
    assert kept["tenant"] == "contoso"
    assert profiled("health", "d", "--json").value["services"]


def test_another_is_switched_to_and_a_wrong_one_refused(profiled: Shell, sandbox: SandboxThread) -> None:
    log_in(profiled, sandbox, "d")
    switched = profiled("tenant", "switch", "d", "northwind", "--json")
    assert switched.code == 0, switched.err
    assert switched.value == {"profile": "d", "tenant": "northwind"}
    wrong = profiled("tenant", "switch", "d", "fabrikam")
    assert wrong.code == 2
    assert "contoso (Contoso Field Services)" in wrong.err
    sandbox.apply(ignore_tenant=True)
    other = profiled("tenant", "switch", "d", "contoso")
    assert other.code != 0
    assert "instead of contoso" in other.err
    sandbox.clear()


def test_without_tenants_or_a_sign_in_there_is_nothing_to_choose(profiled: Shell, sandbox: SandboxThread) -> None:
    assert profiled("tenant", "list", "d").code == 3
    log_in(profiled, sandbox, "k")
    assert profiled("tenant", "list", "k", "--json").value == []
    assert profiled("tenant", "switch", "k", "northwind").code == 1
