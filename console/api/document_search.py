"""Finding out what became of an upload whose answer was lost, from a platform's list of documents.

A wrong THERE loses a document and a wrong ABSENT stores it twice: whatever fits half is UNSURE.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from console.api.documents import DELETED, alike, same_name
from console.i18n import tr
from console.model.document import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from datetime import datetime

    from console.model.document import Document, DocumentPage, Sought

# Servers cut times to seconds and their clocks are known by headers that do; they may take their time to commit.
EARLIER = timedelta(seconds=5)
LATER = timedelta(minutes=5)
# A server that writes its local time without a zone is off by a multiple of this, and by so much at most.
ZONE_STEP, ZONE_MOST = timedelta(minutes=15), timedelta(hours=14)
PAGES_LIMIT = 100
_ROUNDS = 2
CLOCK_GRAIN_S = 2.0
NOT_AHEAD = timedelta()
NO_STATES: frozenset[str] = frozenset()


Read = tuple["DocumentPage", float | None]


class Fit(enum.IntEnum):
    """How well a document fits what is sought."""

    NONE = 0
    HALF = 1
    WHOLE = 2


def judge(
    sought: Sought,
    documents: Iterable[Document],
    *,
    gap: str = "",
    doubtful: frozenset[str] = NO_STATES,
    ahead: timedelta = NOT_AHEAD,
) -> Finding:
    """What a list of documents says of a lost upload. Pure.

    Args:
        sought: The upload.
        documents: What the platform lists, back to the beginning of the upload at least.
        gap: Why there may be documents that are not among them; empty when there can be none.
        doubtful: States, in small letters, in which a document may be no more than what a failed upload left behind.
        ahead: By how much the gateway's clock is ahead of ours.
    """
    present = [one for one in documents if one.state.casefold() != DELETED and one.id not in sought.others]
    keyed = [one for one in present if one.idempotency_key and one.idempotency_key == sought.idempotency_key]
    if keyed:
        sure = [one for one in keyed if one.state.casefold() not in doubtful]
        if sure:
            return Finding(verdict=Verdict.THERE, documents=(_oldest(sure),))
        return _unsure(keyed, tr("what is stored may be the rest of a failed upload"))
    fits = [(one, fit(sought, one, doubtful, ahead)) for one in present]
    whole = [one for one, how in fits if how is Fit.WHOLE]
    exact = [one for one in whole if same_name(one.name, sought.name)] or whole
    if len(exact) == 1:
        return Finding(verdict=Verdict.THERE, documents=tuple(exact))
    if exact:
        return _unsure(exact, tr("{count} documents fit it", count=len(exact)))
    if half := [one for one, how in fits if how is Fit.HALF]:
        return _unsure(half, tr("what is there fits only half"))
    return _unsure((), gap) if gap else Finding(verdict=Verdict.ABSENT)


def fit(sought: Sought, found: Document, doubtful: frozenset[str] = NO_STATES, ahead: timedelta = NOT_AHEAD) -> Fit:
    """How well one document fits, by all that the platform tells of it."""
    if found.idempotency_key:  # it came with another upload, or `judge` would have taken it
        return Fit.NONE
    same_content = _agree(found.sha256, sought.sha256)
    same_size = None if found.size_bytes is None else found.size_bytes == sought.size_bytes
    if same_content is False or (same_size is False and not same_content):
        return Fit.NONE
    name = _name(sought.name, found.name)
    when = _when(sought, found.created_at, ahead)
    by_size = Fit.WHOLE if same_size else Fit.HALF
    how = _by_content(name, when) if same_content else min(name, when, by_size)
    return min(how, Fit.HALF) if found.state.casefold() in doubtful else how


def _by_content(name: Fit, when: Fit) -> Fit:
    """The same bytes: of another time they may be what keeps the platform from taking them twice."""
    if when is Fit.WHOLE:
        return Fit.HALF if name is Fit.NONE else Fit.WHOLE
    return Fit.NONE if name is Fit.NONE else Fit.HALF


def _agree(one: str, other: str) -> bool | None:
    return None if not one or not other else one == other


def _name(sought: str, found: str) -> Fit:
    if not found:
        return Fit.HALF
    if same_name(sought, found):
        return Fit.WHOLE
    return Fit.HALF if alike(sought) == alike(found) else Fit.NONE


def _when(sought: Sought, at: datetime | None, ahead: timedelta) -> Fit:
    """Whether it was stored while it was sent, by the gateway's clock; half when only some other clock can say so."""
    if at is None:
        return Fit.HALF
    begin, end = sought.since - EARLIER, sought.until + LATER
    ours = at - ahead
    if begin <= ours <= end:
        return Fit.WHOLE
    if begin <= at <= end:  # the service behind the gateway has a clock of its own, like ours
        return Fit.HALF
    off = begin - ours if ours < begin else ours - end
    steps = -(-off // ZONE_STEP)  # the fewest that can bring it there
    moved = ours + steps * ZONE_STEP if ours < begin else ours - steps * ZONE_STEP
    return Fit.HALF if begin <= moved <= end and steps * ZONE_STEP <= ZONE_MOST else Fit.NONE


def _oldest(documents: Sequence[Document]) -> Document:
    """The first one stored; any of them when none tells."""
    told = [one for one in documents if one.created_at is not None]
    return min(told, key=lambda one: (one.created_at, one.id)) if told else min(documents, key=lambda one: one.id)


def _unsure(documents: Iterable[Document], reason: str) -> Finding:
    return Finding(verdict=Verdict.UNSURE, documents=tuple(documents), reason=reason)


async def look_up(
    sought: Sought,
    read: Callable[[int], Awaitable[Read]],
    *,
    doubtful: frozenset[str] = NO_STATES,
) -> Finding:
    """Read a platform's list, page by page, back to when the upload began, and judge it.

    The list's order is observed, never assumed. It is read once more when documents were removed meanwhile: those after
    them moved up, perhaps onto a page that was read already.

    Args:
        sought: The upload.
        read: Gives one page, from 1, past any cache, and how much the gateway's clock is ahead of ours in seconds.
        doubtful: See `judge`.

    Raises:
        GatewayError: A page could not be read.
    """
    for _round in range(_ROUNDS):
        walk = await _walk(sought, read)
        if not walk.shrunk:
            break
    return judge(sought, walk.seen.values(), gap=walk.gap, doubtful=doubtful, ahead=walk.ahead)


@dataclass(kw_only=True)
class _Walk:
    """What was read of a list so far.

    Attributes:
        ahead: By how much the gateway's clock is ahead of ours.
        seen: By id.
        total: As the first page said.
        least: The smallest total that any page said.
        oldest: Time of the last new document while they come newest first.
        newest_first: Whether all came so.
        gap: Why it is not all; empty when it is.
    """

    ahead: timedelta = NOT_AHEAD
    seen: dict[str, Document] = field(default_factory=dict)
    total: int | None = None
    least: int | None = None
    oldest: datetime | None = None
    newest_first: bool = True
    gap: str = ""

    @property
    def shrunk(self) -> bool:
        """Whether documents were removed while it was read."""
        return self.total is not None and self.least is not None and self.least < self.total

    def add(self, page: DocumentPage) -> bool:
        """Take a page; whether anything in it is new."""
        fresh = [one for one in page.documents if one.id not in self.seen]
        for one in fresh:
            ordered = one.created_at is not None and (self.oldest is None or one.created_at <= self.oldest)
            self.newest_first = self.newest_first and ordered
            self.oldest = one.created_at
            self.seen[one.id] = one
        self.total = page.total if self.total is None else self.total
        if page.total is not None:
            self.least = page.total if self.least is None else min(self.least, page.total)
        if page.skipped:
            self.gap = tr("{count} entries of the list can't be read", count=len(page.skipped))
        return bool(fresh)


async def _walk(sought: Sought, read: Callable[[int], Awaitable[Read]]) -> _Walk:
    walk = _Walk()
    for number in range(1, PAGES_LIMIT + 1):
        page, clock_offset_s = await read(number)
        if number == 1:
            walk.ahead = _ahead(clock_offset_s)
        new = walk.add(page)
        if any(one.idempotency_key == sought.idempotency_key for one in page.documents):
            return walk
        if not page.more:
            if walk.total is not None and len(walk.seen) < walk.total and not page.skipped:
                walk.gap = tr("the platform lists {seen} of {total} documents", seen=len(walk.seen), total=walk.total)
            return walk
        if not new:
            walk.gap = tr("the platform gives the same page again and again")
            return walk
        if (
            walk.newest_first
            and walk.oldest is not None
            and walk.oldest < sought.since - EARLIER + min(walk.ahead, NOT_AHEAD)
        ):
            return walk
    walk.gap = tr("the list is longer than {count} pages", count=PAGES_LIMIT)
    return walk


def _ahead(clock_offset_s: float | None) -> timedelta:
    """Of a clock that is told by a header, which is cut to seconds."""
    if clock_offset_s is None or abs(clock_offset_s) < CLOCK_GRAIN_S:
        return NOT_AHEAD
    return timedelta(seconds=clock_offset_s)
