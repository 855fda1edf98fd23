"""What is handed to somebody who helps: files to be looked at before they are saved, masked once more."""

from __future__ import annotations

import io
import json
import platform
import re
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from console import __version__, crash
from console.logs import masked
from console.services.request_stats import summarise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from console.model.exchange import Exchange
    from console.model.profile import Profile

LOG_BYTES = 512 * 1024
_HIDDEN = "(address left out)"
_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s\"'<>]+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b")


def bundle_files(
    *,
    settings_file: Path,
    logs_dir: Path,
    profiles: Sequence[Profile],
    exchanges: Mapping[str, Sequence[Exchange]],
    facts: Mapping[str, Mapping[str, object]],
    now: datetime,
    hide_addresses: bool = False,
) -> dict[str, str]:
    """The bundle's files by name, as texts to be shown. What can't be read says so in its place.

    Args:
        settings_file: The settings, as TOML.
        logs_dir: Where the log is.
        profiles: The gateways, whose addresses can be left out.
        exchanges: Requests by name of the profile.
        facts: How the gateways stand, by name of the profile; see `console.services.bundle_facts`.
        now: The moment of the summary (UTC).
        hide_addresses: Leave out URLs, hosts and IP addresses.
    """
    about = {
        "gatewatch": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "made_at": now.isoformat(),
    }
    files = {
        "about.json": json.dumps(about, indent=1),
        "settings.toml": _tail(settings_file),
        "gatewatch.log": _tail(logs_dir / "gatewatch.log"),
    }
    if (crashed := crash.last(logs_dir)) is not None:
        files[crash.NAME] = _tail(crashed.path)
    for name, requests in exchanges.items():
        stem = re.sub(r"[^\w.-]", "_", name)
        files[f"requests-{stem}.json"] = msgspec.json.format(msgspec.json.encode(requests), indent=1).decode()
        summary = msgspec.json.encode(summarise(requests, now))
        files[f"summary-{stem}.json"] = msgspec.json.format(summary, indent=1).decode()
    for name, known in facts.items():
        stem = re.sub(r"[^\w.-]", "_", name)
        files[f"connection-{stem}.json"] = msgspec.json.format(msgspec.json.encode(known), indent=1).decode()
    hosts = [host for profile in profiles if (host := urlsplit(profile.url).hostname)]
    return {name: _fit(text, hosts if hide_addresses else None) for name, text in files.items()}


def zipped(files: Mapping[str, str]) -> bytes:
    """The files as one archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _fit(text: str, hosts: Sequence[str] | None) -> str:
    fit = masked(text)
    if hosts is None:
        return fit
    fit = _ADDRESS.sub(_HIDDEN, fit)
    for host in hosts:
        fit = re.sub(rf"(?i)(?<![\w.-]){re.escape(host)}(?![\w-])", _HIDDEN, fit)
    return fit


def _tail(path: Path) -> str:
    """The end of a text file, from a line's beginning."""
    try:
        raw = path.read_bytes()
    except OSError as exc:
        return f"({exc.strerror or exc})\n"
    if len(raw) > LOG_BYTES:
        raw = raw[-LOG_BYTES:].partition(b"\n")[2]  # half a line could hold half a secret
    return raw.decode(errors="replace")
