"""The same thing told twice: a platform's notice of a service's state, and this console's alert of the same state.

Both stay what they are; in the notifications centre they are one entry, so that one event is read and counted once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from console.model.health import HealthStatus
from console.model.noticed import SAME_WITHIN, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORDS = re.compile(r"[^\W_]+")
_LINKS = frozenset({"is", "turned", "became", "now", "service"})
_STATES = {status.value: status for status in (HealthStatus.UNHEALTHY, HealthStatus.DEGRADED)}


def state_said(entry: Entry) -> HealthStatus | None:
    """The bad state that a title says its source is in; None when it says anything else, or more than that.

    `search is unhealthy`, `search: degraded` and `search turned unhealthy` say one. `search is no longer unhealthy`
    does not, nor does a title that is about something else as well: those are not the same as an alert.
    """
    source = entry.source.casefold()
    title = entry.title.casefold()
    if not source or source not in title:
        return None
    words = [word for word in _WORDS.findall(title.replace(source, " ", 1)) if word not in _LINKS]
    return _STATES.get(words[0]) if len(words) == 1 else None


def paired(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries of one gateway, newest first, with each alert and the notice that says the same as one entry.

    They are the same when service and state are, and neither ended more than `SAME_WITHIN` before the other began. The
    alert's entry stands for both: it knows whether it is over. Each is joined with one other at most.
    """
    told: dict[tuple[str, HealthStatus], list[Entry]] = {}
    for entry in entries:
        if not entry.own and (state := state_said(entry)) is not None:
            told.setdefault((entry.source.casefold(), state), []).append(entry)
    if not told:
        return tuple(entries)
    gone: set[tuple[str, str]] = set()
    joined: dict[tuple[str, str], Entry] = {}
    for alert in entries:
        if not alert.own or alert.also_told or alert.state is None:
            continue
        names = dict.fromkeys(name.casefold() for name in (alert.source, alert.service_id))
        same = _first_near(alert, [one for name in names for one in told.get((name, alert.state), ())], gone)
        if same is not None:
            gone.add(same.key)
            joined[alert.key] = _joined(alert, same)
    found = [joined.get(entry.key, entry) for entry in entries if entry.key not in gone]
    return tuple(sorted(found, key=lambda entry: (entry.last_at, entry.gateway, entry.id), reverse=True))


def _first_near(alert: Entry, notices: Iterable[Entry], gone: set[tuple[str, str]]) -> Entry | None:
    for notice in notices:
        begins, ends = max(alert.first_at, notice.first_at), min(alert.last_at, notice.last_at)
        if notice.key not in gone and begins - ends <= SAME_WITHIN:
            return notice
    return None


def _joined(alert: Entry, notice: Entry) -> Entry:
    """The platform's text where the alert has none; happened as often as the one who saw more of it says."""
    return msgspec.structs.replace(
        alert,
        text=alert.text or notice.text,
        kind=notice.kind,
        severity=max(alert.severity, notice.severity, key=lambda severity: severity.rank),
        first_at=min(alert.first_at, notice.first_at),
        last_at=max(alert.last_at, notice.last_at),
        count=max(alert.count, notice.count),
        notice_ids=(*alert.notice_ids, *notice.notice_ids),
        unread_ids=(*alert.unread_ids, *notice.unread_ids),
        also_told=True,
    )
