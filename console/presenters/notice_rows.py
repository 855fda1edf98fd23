"""The notifications centre as rows: what passes the filter, grouped by gateway and source, newest group first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from console.i18n import tr
from console.model.notice import Severity
from console.model.noticed import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class NoticeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What to show.

    Attributes:
        text: Words that all have to occur in title, text, source, gateway or kind.
        gateway: Name of a profile; empty for all.
        severity: Only what is as bad as this or worse.
        unread: Only what is unread.
    """

    text: str = ""
    gateway: str = ""
    severity: Severity = Severity.INFO
    unread: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it may hide anything."""
        return self != NoticeFilter()

    def passes(self, entry: Entry) -> bool:
        """Whether an entry is shown."""
        if self.unread and not entry.unread:
            return False
        if self.gateway and entry.gateway != self.gateway:
            return False
        if entry.severity.rank < self.severity.rank:
            return False
        return not self.text or all(word in _searched(entry) for word in self.text.casefold().split())


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The heading above the entries of one source.

    Attributes:
        gateway: Name of the profile.
        source: Name of the service, or empty.
        count: Entries below it.
        unread: How many of them are unread.
        muted: The source is muted.
    """

    gateway: str
    source: str
    count: int
    unread: int
    muted: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Unique among all rows."""
        return ("group", self.gateway, self.source)


Row: TypeAlias = Group | Entry


def rows(entries: Iterable[Entry], wanted: NoticeFilter) -> tuple[Row, ...]:
    """What is shown, top to bottom: the group with the newest entry first, in it the newest entry first."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:  # newest first already
        if wanted.passes(entry):
            groups.setdefault((entry.gateway, entry.source), []).append(entry)
    found: list[Row] = []
    for (gateway, source), members in groups.items():
        unread = sum(1 for entry in members if entry.unread)
        group = Group(gateway=gateway, source=source, count=len(members), unread=unread, muted=members[0].muted)
        found += [group, *members]
    return tuple(found)


def severity_word(severity: Severity) -> str:
    """A severity in a word."""
    match severity:
        case Severity.CRITICAL:
            return tr("Critical")
        case Severity.WARNING:
            return tr("Warning")
        case Severity.INFO:
            return tr("Information")


def entries_of(shown: Sequence[Row]) -> Sequence[Entry]:
    """The entries among rows."""
    return [row for row in shown if isinstance(row, Entry)]


def _searched(entry: Entry) -> str:
    return "\n".join((entry.title, entry.text, entry.source, entry.gateway, entry.kind)).casefold()
