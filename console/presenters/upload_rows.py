"""The upload queue as rows: what passes the filter, grouped by what it needs, failures on top."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from console.model.upload import FailureClass, UploadItem, UploadState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


class UploadGroup(enum.StrEnum):
    """Items that want the same of the operator; in the order in which they are shown."""

    FAILED = "failed"
    NEEDS_YOU = "needs you"
    ACTIVE = "active"
    WAITING = "waiting"
    DONE = "done"


GROUPS = {
    UploadState.WAITING: UploadGroup.WAITING,
    UploadState.PAUSED: UploadGroup.WAITING,
    UploadState.CHECKING: UploadGroup.ACTIVE,
    UploadState.UPLOADING: UploadGroup.ACTIVE,
    UploadState.VERIFYING: UploadGroup.ACTIVE,
    UploadState.DONE: UploadGroup.DONE,
    UploadState.FAILED: UploadGroup.FAILED,
    UploadState.NEEDS_FILE: UploadGroup.NEEDS_YOU,
    UploadState.NEEDS_SIGN_IN: UploadGroup.NEEDS_YOU,
    UploadState.CANCELLED: UploadGroup.DONE,
}


class UploadFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What to show.

    Attributes:
        text: Words that all have to occur in name, path, gateway, state, failure, request id or document id.
        gateway: Name of a profile; empty for all.
    """

    text: str = ""
    gateway: str = ""

    @property
    def narrows(self) -> bool:
        """Whether it may hide anything."""
        return bool(self.text.strip() or self.gateway)

    def passes(self, item: UploadItem) -> bool:
        """Whether an item is shown."""
        if self.gateway and item.profile != self.gateway:
            return False
        words = self.text.casefold().split()
        if not words:
            return True
        searched = _searched(item)
        return all(word in searched for word in words)


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """The line above the items of one group.

    Attributes:
        group: Which.
        count: Items in it that pass the filter.
        size_bytes: Of all of them.
        collapsed: They are not shown.
    """

    group: UploadGroup
    count: int
    size_bytes: int
    collapsed: bool = False


Row: TypeAlias = Heading | UploadItem


def key_of(row: Row) -> str:
    """Unique among all rows."""
    return row.id if isinstance(row, UploadItem) else f"\0{row.group.value}"


def group_of(item: UploadItem) -> UploadGroup:
    """Where an item stands. One that may be stored or not waits for a decision: it is no plain failure."""
    if is_undecided(item):
        return UploadGroup.NEEDS_YOU
    return GROUPS[item.state]


def is_undecided(item: UploadItem) -> bool:
    """Whether only the operator can say what became of it."""
    failure = item.failure
    return item.state is UploadState.FAILED and failure is not None and failure.kind is FailureClass.UNDECIDED


def rows(items: Iterable[UploadItem], wanted: UploadFilter, collapsed: Collection[UploadGroup]) -> tuple[Row, ...]:
    """What is shown, top to bottom. `items` come in the order in which they are sent."""
    members: dict[UploadGroup, list[UploadItem]] = {group: [] for group in UploadGroup}
    narrows = wanted.narrows
    for item in items:
        if not narrows or wanted.passes(item):
            members[group_of(item)].append(item)
    members[UploadGroup.FAILED].sort(key=lambda item: not item.needs_operator)  # for good, then those tried again
    if UploadGroup.DONE not in collapsed:
        members[UploadGroup.DONE].sort(key=lambda item: item.changed_at, reverse=True)
    found: list[Row] = []
    for group, listed in members.items():
        if not listed:
            continue
        size_bytes = sum(item.size_bytes for item in listed)
        hidden = group in collapsed
        found.append(Heading(group=group, count=len(listed), size_bytes=size_bytes, collapsed=hidden))
        if not hidden:
            found += listed
    return tuple(found)


def move_target(
    waiting: Sequence[UploadItem], chosen: Collection[str], step: int
) -> tuple[tuple[str, ...], str] | None:
    """Where the chosen ones go when they go up (-1) or down (1) by one, together.

    Returns:
        Their ids in their order, and before which item they go: the empty id is the end. None when they stay.
    """
    places = [place for place, item in enumerate(waiting) if item.id in chosen]
    if not places:
        return None
    ids = tuple(waiting[place].id for place in places)
    if step < 0:
        return (ids, waiting[places[0] - 1].id) if places[0] else None
    below = waiting[places[-1] + 1 :]
    if not below:
        return None
    return ids, below[1].id if len(below) > 1 else ""


def _searched(item: UploadItem) -> str:
    failure = item.failure
    told = f"{failure.kind.value}\n{failure.text}\n{failure.request_id}" if failure is not None else ""
    return f"{item.name}\n{item.path}\n{item.profile}\n{item.state.value}\n{item.document_id}\n{told}".casefold()
