"""Recorded requests and the support bundle from the command line, for whoever helps from afar."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

from tests.cli.test_commands import log_in

if TYPE_CHECKING:
    from pathlib import Path

    from console.sandbox.thread import SandboxThread
    from tests.cli.conftest import Shell


def test_requests_and_a_bundle_of_them(profiled: Shell, sandbox: SandboxThread, tmp_path: Path) -> None:
    log_in(profiled, sandbox, "d")
    assert profiled("health", "d", "--json").code == 0
    told = profiled("diagnostics", "requests", "d", "--json").value
    assert {"GET"} <= {one["method"] for one in told}
    assert all(one["request_id"] for one in told)
    har = tmp_path / "requests.har"
    assert profiled("diagnostics", "requests", "d", "--har", str(har)).code == 0
    assert len(json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]) == len(told)
    out = tmp_path / "bundle.zip"
    made = profiled("diagnostics", "bundle", "--out", str(out), "--profile", "d", "--json").value
    with zipfile.ZipFile(out) as archive:
        assert {one["name"]: one["size_bytes"] for one in made["contents"]} == {
            entry.filename: entry.file_size for entry in archive.infolist()
        }
        content = b"".join(archive.read(entry) for entry in archive.infolist())
    assert sandbox.password.encode() not in content  # fault 27
    assert b"eyJ" not in content


def test_a_bundle_that_can_not_be_written_says_so(profiled: Shell, tmp_path: Path) -> None:
    out = tmp_path / "no-such-folder" / "bundle.zip"
    refused = profiled("diagnostics", "bundle", "--out", str(out))
    assert refused.code == 2
    assert "can't be written" in refused.err
    assert profiled("diagnostics", "bundle", "--out", str(out), "--profile", "nobody").code != 0
