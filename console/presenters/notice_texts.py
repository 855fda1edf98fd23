"""The words of the notifications centre. What servers say is made safe to look at here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model import zone
from console.model.freshness import Freshness, Source
from console.presenters.display import age_text, exact_time, printable
from console.presenters.notice_rows import Group, severity_word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from console.model.muting import Mute
    from console.model.noticed import Entry, Reach
    from console.presenters.notice_rows import Row

_TITLE, _TEXT, _NAME = 300, 4_000, 64
_NAMED = 3


def title_text(entry: Entry) -> str:
    """One line."""
    return printable(entry.title, _TITLE) or tr("Without words")


def source_text(gateway: str, source: str) -> str:
    """A gateway, and what of it."""
    name = printable(gateway, _NAME)
    return f"{name} · {printable(source, _NAME)}" if source else name


def times_text(entry: Entry) -> str:
    """How often, when that is more than once: `3 times, last 14:02`."""
    if entry.count == 1:
        return ""
    return tr("{count} times, last {time}", count=entry.count, time=f"{zone.shown(entry.last_at):%H:%M}")


def ago_text(at: datetime, now: datetime) -> str:
    """An age, as cards have it."""
    return age_text((now - at).total_seconds())


def resolved_text(entry: Entry) -> str:
    """What became of an alert of this console; empty for others."""
    if not entry.own:
        return ""
    if entry.resolved_at is None:
        return tr("open")
    return tr("resolved {time}", time=f"{zone.shown(entry.resolved_at):%H:%M}")


def spoken(row: Row, now: datetime) -> str:
    """What a screen reader says."""
    if isinstance(row, Group):
        said = [source_text(row.gateway, row.source), counted(row.count), unread_text(row.unread)]
        return ", ".join(part for part in (*said, tr("muted") if row.muted else "") if part)
    parts = (
        tr("unread") if row.unread else "",
        severity_word(row.severity),
        title_text(row),
        source_text(row.gateway, row.source),
        times_text(row),
        resolved_text(row),
        tr("{age} ago", age=ago_text(row.last_at, now)),
    )
    return ", ".join(part for part in parts if part)


def tooltip(entry: Entry) -> str:
    """What a row elides, and the exact time."""
    return "\n".join((title_text(entry), source_text(entry.gateway, entry.source), exact_time(entry.last_at)))


def detail_lines(entry: Entry, now: datetime) -> Sequence[tuple[str, str]]:
    """Everything known of an entry, as captions and texts."""
    lines = [
        (tr("Gateway"), printable(entry.gateway, _NAME)),
        (tr("About"), printable(entry.source, _NAME)),
        (tr("Severity"), severity_word(entry.severity)),
        (tr("Kind"), printable(entry.kind, _NAME)),
        (tr("When"), tr("{time}, {age} ago", time=exact_time(entry.last_at), age=ago_text(entry.last_at, now))),
    ]
    if entry.count > 1:
        lines.append((tr("How often"), tr("{count} times", count=entry.count)))
        lines.append((tr("First"), exact_time(entry.first_at)))
    if entry.resolved_at is not None:
        lines.append((tr("Resolved"), exact_time(entry.resolved_at)))
    lines.append((tr("Told by"), _teller(entry)))
    lines.append((tr("Id"), printable(entry.id, _TITLE)))
    return [(caption, text) for caption, text in lines if text]


def _teller(entry: Entry) -> str:
    if entry.also_told:
        return tr("this console and the platform")
    return tr("this console") if entry.own else tr("the platform")


def body_text(entry: Entry) -> str:
    """What the notice says beyond its title; lines stay lines."""
    return "\n".join(printable(line, _TEXT) for line in entry.text[:_TEXT].splitlines())


def copied_text(entry: Entry, now: datetime) -> str:
    """An entry as plain text, to be pasted into a ticket. Times are ISO 8601, UTC."""
    lines = [title_text(entry), body_text(entry)]
    lines += [f"{caption}: {text}" for caption, text in detail_lines(entry, now) if caption != tr("When")]
    lines.append(tr("When: {time}", time=entry.last_at.isoformat(timespec="seconds")))
    return "\n".join(line for line in lines if line)


def counted(count: int) -> str:
    """A number of entries."""
    return tr("1 notification") if count == 1 else tr("{count} notifications", count=f"{count:,}")


def unread_text(count: int) -> str:
    """How many are unread; empty for none."""
    return tr("{count} unread", count=f"{count:,}") if count else ""


def mute_text(mute: Mute, now: datetime) -> str:
    """What is muted, and for how long."""
    source = source_text(mute.gateway, mute.service)
    if mute.until is None:
        return tr("{source}, for good", source=source)
    until = zone.shown(mute.until)
    shown = f"{until:%H:%M}" if until.date() == zone.shown(now).date() else f"{until:%a %H:%M}"
    return tr("{source}, until {time}", source=source, time=shown)


def reach_notes(reach: Sequence[Reach], now: datetime) -> tuple[str, ...]:
    """What is missing or old, and why, a sentence for each kind of it."""
    notes: list[str] = []
    for one in reach:
        if not one.offered or not one.signed_in:
            continue
        name = printable(one.gateway, _NAME)
        if one.observed_at is None:
            if one.problem:
                notes.append(tr("{gateway}: none could be read. {why}", gateway=name, why=one.problem))
            continue
        age = ago_text(one.observed_at, now)
        if one.problem or one.lost or one.source is Source.RECORD:
            notes.append(tr("{gateway}: as of {age} ago. {why}", gateway=name, age=age, why=_why(one)))
        elif (now - one.observed_at).total_seconds() > 2 * Freshness.NOTICES.default_budget_s:
            notes.append(tr("{gateway}: as of {age} ago.", gateway=name, age=age))
    silent = [printable(one.gateway, _NAME) for one in reach if one.signed_in and not one.offered]
    if silent:
        notes.append(
            tr("{gateways}: no list to read, only what is pushed and what this console finds.", gateways=_few(silent))
        )
    out = [printable(one.gateway, _NAME) for one in reach if not one.signed_in]
    if out:
        notes.append(tr("Not signed in to {gateways}.", gateways=_few(out)))
    return tuple(notes)


def _why(one: Reach) -> str:
    return one.problem or (tr("Offline.") if one.lost else tr("From the record."))


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return tr("{names} and {count} more", names=shown, count=len(names) - _NAMED) if len(names) > _NAMED else shown
