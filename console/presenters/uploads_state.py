"""What the upload queue's view shows beside its rows, and what is counted for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from console.model.upload import UploadItem, UploadProgress, UploadState, UploadStep
from console.presenters.upload_next import NextStep
from console.presenters.upload_rows import UploadFilter, UploadGroup, group_of


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
        notes: Why some items don't move though nobody paused them: no errors.
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
    """Count."""
    counts = Counter(group_of(item) for item in items)
    unfinished = Counter(item.profile for item in items if not item.state.settled)
    return Tally(
        items=items,
        by_id={item.id: item for item in items},
        counts=dict(counts),
        unfinished_of=dict(unfinished),
        gateways=tuple(sorted({item.profile for item in items})),
        done=sum(item.state is UploadState.DONE for item in items),
        needing=sum(item.needs_operator for item in items),
        movable=any(counts[group] for group in (UploadGroup.ACTIVE, UploadGroup.WAITING)),
    )
