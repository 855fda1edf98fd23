"""What the upload queue's view shows beside its rows, and what is counted for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from operator import attrgetter

import msgspec

from console.model.upload import UploadItem, UploadProgress, UploadState, UploadStep
from console.presenters.upload_next import NextStep
from console.presenters.upload_rows import GROUPS, UploadFilter, UploadGroup, group_of

_PLACE, _ID = attrgetter("profile", "state"), attrgetter("id")


class UploadsState(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown beside the rows.

    Attributes:
        loaded: The journal was read.
        counts: Items of each group, whatever the filter; groups without any are missing.
        offered: Some gateway takes documents, as far as is known.
        shown: Items that pass the filter, those in collapsed groups included.
        unfinished: Items that are neither done nor cancelled.
        done: Items that arrived.
        needing: Items that go on only when the operator does something.
        movable: There is something that could be paused or is.
        total: Progress of all that is not settled.
        paused: The whole queue is held.
        bandwidth_bps: The limit on everything; None for none.
        notes: Why some items don't move though nobody paused them, and what goes out from where: no errors.
        trouble: What is wrong with the journal; empty while nothing is.
        said: What came of the last thing that was asked for; empty for nothing worth a sentence.
        busy: What is under way that the operator waits for; empty for nothing.
        gateways: Names of those with items, in the order of their names.
        unfinished_of: Items not settled, by gateway.
        filter: What is asked for.
        chosen: The item that is looked at; None for none.
        progress: Of that one, while it is sent.
        holding: Why its gateway's items don't move, in the queue's word; empty while they do.
        story: What happened to it, oldest first.
        next: What comes next of it.
    """

    loaded: bool = False
    counts: Mapping[UploadGroup, int] = msgspec.field(default_factory=dict)
    offered: bool = False
    shown: int = 0
    unfinished: int = 0
    done: int = 0
    needing: int = 0
    movable: bool = False
    total: UploadProgress = UploadProgress(sent_bytes=0, total_bytes=0)
    paused: bool = False
    bandwidth_bps: int | None = None
    notes: tuple[str, ...] = ()
    trouble: str = ""
    said: str = ""
    busy: str = ""
    gateways: tuple[str, ...] = ()
    unfinished_of: Mapping[str, int] = msgspec.field(default_factory=dict)
    filter: UploadFilter = UploadFilter()
    chosen: UploadItem | None = None
    progress: UploadProgress | None = None
    holding: str = ""
    story: tuple[UploadStep, ...] = ()
    next: NextStep | None = None

    @property
    def failed(self) -> int:
        """How many failed and can be retried at once."""
        return self.counts.get(UploadGroup.FAILED, 0)

    @property
    def settled(self) -> int:
        """How many are done or cancelled."""
        return self.counts.get(UploadGroup.DONE, 0)


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted of the items; made anew only when they changed."""

    items: tuple[UploadItem, ...] = ()
    by_id: Mapping[str, UploadItem] = msgspec.field(default_factory=dict)
    counts: Mapping[UploadGroup, int] = msgspec.field(default_factory=dict)
    unfinished_of: Mapping[str, int] = msgspec.field(default_factory=dict)
    gateways: tuple[str, ...] = ()
    done: int = 0
    needing: int = 0
    movable: bool = False


def tallied(items: tuple[UploadItem, ...]) -> Tally:
    """Count. There may be ten thousand, ten times a second: only failed ones are looked at one by one."""
    placed = Counter(map(_PLACE, items))
    states: Counter[UploadState] = Counter()
    unfinished: Counter[str] = Counter()
    for (profile, state), count in placed.items():
        states[state] += count
        if not state.settled:
            unfinished[profile] += count
    failed = [item for item in items if item.state is UploadState.FAILED] if states[UploadState.FAILED] else []
    counts: Counter[UploadGroup] = Counter(map(group_of, failed))
    for state, count in states.items():
        if state is not UploadState.FAILED:
            counts[GROUPS[state]] += count
    waiting_for_operator = states[UploadState.NEEDS_FILE] + states[UploadState.NEEDS_SIGN_IN]
    return Tally(
        items=items,
        by_id=dict(zip(map(_ID, items), items, strict=True)),
        counts={group: count for group, count in counts.items() if count},
        unfinished_of=dict(unfinished),
        gateways=tuple(sorted({profile for profile, _state in placed})),
        done=states[UploadState.DONE],
        needing=waiting_for_operator + sum(item.needs_operator for item in failed),
        movable=any(counts[group] for group in (UploadGroup.ACTIVE, UploadGroup.WAITING)),
    )
