"""The record from the command line: what was done shows up, narrowed as asked, with nobody on the network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_commands import log_in

if TYPE_CHECKING:
    from console.sandbox.thread import SandboxThread
    from tests.cli.conftest import Outcome, Shell


def lines(outcome: Outcome) -> list[dict[str, Any]]:
    assert outcome.code == 0, outcome.err
    return [json.loads(line) for line in outcome.out.splitlines()]


def test_what_was_seen_and_done_is_found_again(profiled: Shell, sandbox: SandboxThread) -> None:
    log_in(profiled, sandbox, "d")
    assert profiled("health", "d", "--json").code == 0
    assert profiled("logout", "d").code == 0
    everything = lines(profiled("record", "query", "--limit", "1000", "--json"))
    assert {entry["kind"] for entry in everything} >= {"request", "health", "feed", "connection", "action"}
    times = [entry["observed_at"] for entry in everything]
    assert times == sorted(times, reverse=True)
    actions = lines(profiled("record", "query", "--kind", "action", "--json"))
    assert [entry["detail"]["action"] for entry in actions] == ["sign-out", "sign-in", "profile-added", "profile-added"]
    assert actions[1]["detail"]["username"] == sandbox.username
    requests = lines(profiled("record", "query", "--gateway", "d", "--kind", "request", "--since", "1h", "--json"))
    assert {entry["gateway"] for entry in requests} == {"d"}
    assert all(entry["said_at"] for entry in requests)  # the sandbox says its time with every answer
    (wanted, *_) = (entry for entry in requests if entry["ids"])
    found = lines(profiled("record", "query", "--id", wanted["ids"][0], "--json"))
    assert wanted in found
    assert all(wanted["ids"][0] in entry["ids"] for entry in found)
    assert lines(profiled("record", "query", "--until", "1d", "--json")) == []
    text = profiled("record", "query", "--text", "SIGN-IN", "--kind", "action")
    assert len(text.out.splitlines()) == 1
    assert sandbox.username in text.out
    assert len(lines(profiled("record", "query", "--limit", "3", "--json"))) == 3
    said = "".join(json.dumps(entry) for entry in everything)
    assert sandbox.password not in said  # fault 27
    assert "eyJ" not in said


def test_a_removed_gateway_is_still_found_by_its_id(profiled: Shell) -> None:
    (added,) = lines(profiled("record", "query", "--gateway", "d", "--json"))
    assert profiled("profile", "remove", "d").code == 0
    kept = lines(profiled("record", "query", "--gateway", added["gateway_id"], "--kind", "action", "--json"))
    assert [entry["detail"]["action"] for entry in kept] == ["profile-removed", "profile-added"]
    assert kept[0]["gateway"] is None


def test_the_size_is_told_with_its_limit(shell: Shell) -> None:
    fresh = shell("record", "size", "--json").value
    assert fresh["limit_bytes"] == 1 << 30
    assert 0 < fresh["data_bytes"] <= fresh["file_bytes"]
    assert fresh["full_in_s"] is None
    (shell.home / "settings.toml").write_text('[record]\nmax_size = "64 MiB"\n')
    assert shell("record", "size", "--json").value["limit_bytes"] == 64 << 20
    assert "of 64 MiB" in shell("record", "size").out


def test_a_limit_that_is_none_is_told_and_the_default_holds(shell: Shell) -> None:
    assert shell("record", "size").code == 0
    (shell.home / "settings.toml").write_text('[record]\nmax_size = "1 MiB"\n')
    told = shell("record", "size", "--json")
    assert told.value["limit_bytes"] == 1 << 30
    assert "record.max_size" in told.err
    assert "16 MiB" in told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "yesterday"], "yesterday"),
        (["--since", "99999999999999d"], "no time"),
        (["--until", "2026-13-01"], "no time"),
        (["--gateway", "nobody"], "nobody"),
        (["--kind", "gossip"], "gossip"),
        (["--limit", "0"], "0"),
    ],
)
def test_wrong_usage_says_what_is_wrong(shell: Shell, words: list[str], said: str) -> None:  # fault 118
    outcome = shell("record", "query", *words)
    assert outcome.code == 2
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
