"""What is muted, as the settings file has it.

A table for each gateway, in it a key for each service, or `*` for the whole gateway; a service that is called `*` is
`**` here. The value is a time, or `true` for good:

    [muted.kong-prod]
    "*" = 2026-11-22T08:00:00+01:00
    search = true
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime

from console.i18n import tr
from console.model.muting import Mute
from console.settings.document import REMOVED

MUTED = "muted"
EVERYTHING = "*"

Path = tuple[str, ...]


def read(table: object) -> tuple[tuple[Mute, ...], tuple[tuple[Path, str], ...]]:
    """The mutes in a table, and what is wrong with the others: where, and in which words."""
    if not isinstance(table, Mapping):
        return (), (((MUTED,), tr("{key} is no table", key=MUTED)),)
    mutes: list[Mute] = []
    problems: list[tuple[Path, str]] = []
    for gateway, services in table.items():
        if not isinstance(services, Mapping):
            problems.append(((MUTED, gateway), tr("{key} is no table", key=f"{MUTED}.{gateway}")))
            continue
        for service, until in services.items():
            try:
                mutes.append(Mute(gateway=gateway, service=_service(service), until=_until(until)))
            except ValueError:
                said = tr(
                    "{key} is neither true, which is for good, nor a time such as 2026-11-22T08:00:00+01:00",
                    key=f"{MUTED}.{gateway}.{service}",
                )
                problems.append(((MUTED, gateway, service), said))
    return tuple(mutes), tuple(problems)


def as_changes(mute: Mute) -> dict[Path, object]:
    """A mute as the key that sets it."""
    until = mute.until.astimezone().replace(microsecond=0) if mute.until is not None else None
    return {_path(mute.gateway, mute.service): True if until is None else until}


def as_removal(gateway: str, service: str) -> dict[Path, object]:
    """The key that goes with a mute."""
    return {_path(gateway, service): REMOVED}


def _path(gateway: str, service: str) -> Path:
    if not service.strip(EVERYTHING):
        return (MUTED, gateway, EVERYTHING + service)  # a service may have that name
    return (MUTED, gateway, service)


def _service(key: str) -> str:
    return key if key.strip(EVERYTHING) else key.removeprefix(EVERYTHING)


def _until(value: object) -> datetime | None:
    if value is True:
        return None
    if isinstance(value, datetime):
        with contextlib.suppress(OverflowError, OSError):
            return value.astimezone(UTC)  # without a zone it is this machine's time
    raise ValueError(value)
