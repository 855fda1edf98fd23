"""An upload queue that does at once what it is told, in memory."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from console.model.document import FieldKind, UploadField, UploadRules
from console.model.errors import NotOffered
from console.model.file_trouble import FileGone
from console.model.upload import FailureClass, UploadFailure, UploadItem, UploadProgress, UploadState, UploadStep
from console.presenters.upload_rows import is_undecided
from console.services.latest import Latest
from console.services.upload_ports import Added, QueueSnapshot, Refusal, Survey
from tests.presenters.fake_session import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from console.model.errors import StoreError

RULES = UploadRules(
    max_bytes=50 << 20,
    media_types=frozenset({"application/pdf", "image/png"}),
    fields=(
        UploadField(id="category", caption="Category", kind=FieldKind.CHOICE, choices=("invoice", "letter")),
        UploadField(id="agent", caption="Agent", required=True),
        UploadField(id="thumbnail", caption="Make a thumbnail", kind=FieldKind.FLAG),
    ),
)


def item(number: int, state: UploadState = UploadState.WAITING, **fields: Any) -> UploadItem:
    """The item of that number."""
    at = NOON - timedelta(seconds=number)
    named: dict[str, Any] = {
        "profile": "one",
        "path": f"/files/{number}.pdf",
        "name": f"{number}.pdf",
        "size_bytes": 1000 + number,
        "modified_ns": 0,
        "idempotency_key": f"key-{number}",
        "created_at": at,
        "changed_at": at,
        "position": float(number),
        **fields,
    }
    return UploadItem(id=f"i{number}", state=state, **named)


def failed(number: int, kind: FailureClass, *, again_s: float | None = None, **fields: Any) -> UploadItem:
    """An item that failed; tried again by itself after so many seconds, or not."""
    failure = UploadFailure(
        kind=kind,
        text=fields.pop("text", f"It failed: {kind}."),
        status=fields.pop("status", None),
        request_id=f"request-{number}",
        next_try_at=NOON + timedelta(seconds=again_s) if again_s is not None else None,
    )
    return item(number, UploadState.FAILED, failure=failure, attempts=2, **fields)


class FakeQueue:
    """Implements `UploadQueue`. `asked` is what was asked of it."""

    def __init__(self, *items: UploadItem, loaded: bool = True) -> None:
        self.snapshot: Latest[QueueSnapshot] = Latest(QueueSnapshot(items=items, loaded=loaded))
        self.asked: list[tuple[Any, ...]] = []
        self.rules_of: dict[str, UploadRules] = {"one": RULES, "two": UploadRules()}
        self.steps: dict[str, tuple[UploadStep, ...]] = {}
        self.surveyed = Survey(files=(), total_bytes=0)
        self.refused: tuple[Refusal, ...] = ()
        self.problem: StoreError | None = None

    def tell(self, **fields: Any) -> None:
        """Another snapshot."""
        self.snapshot.set(msgspec.structs.replace(self.snapshot.value, **fields))

    def put(self, *items: UploadItem) -> None:
        """These instead of those with the same ids; new ones at the end."""
        known = {one.id: one for one in self.snapshot.value.items}
        known.update({one.id: one for one in items})
        self.tell(items=tuple(known.values()))

    def sending(self, number: int, sent: float) -> None:
        """So much of an item is sent, from 0 to 1."""
        total = self._of(f"i{number}").size_bytes
        progress = UploadProgress(sent_bytes=int(total * sent), total_bytes=total, rate_bps=250.0, remaining_s=3.0)
        self.tell(progress={**self.snapshot.value.progress, f"i{number}": progress})

    async def survey(self, paths: Sequence[Path]) -> Survey:
        self.asked.append(("survey", *map(str, paths)))
        return self.surveyed

    async def add(
        self, profile: str, files: Sequence[str], *, metadata: Mapping[str, str] | None = None, priority: int = 0
    ) -> Added:
        self._note("add", profile, tuple(files), dict(metadata or {}), priority)
        refused = {one.path for one in self.refused}
        first = len(self.snapshot.value.items) + 1
        taken = [path for path in files if path not in refused]
        items = tuple(
            item(first + number, profile=profile, path=path, name=path.rpartition("/")[2], metadata=metadata or {})
            for number, path in enumerate(taken)
        )
        self.put(*items)
        return Added(items=items, refused=self.refused)

    async def pause(self, item_ids: Sequence[str]) -> None:
        self._become("pause", item_ids, UploadState.PAUSED)

    async def resume(self, item_ids: Sequence[str]) -> None:
        self._become("resume", item_ids, UploadState.WAITING)

    async def cancel(self, item_ids: Sequence[str]) -> None:
        self._become("cancel", item_ids, UploadState.CANCELLED)

    async def retry(self, item_ids: Sequence[str]) -> None:
        self._become("retry", item_ids, UploadState.WAITING)

    async def retry_failed(self, profile: str = "") -> int:
        self._note("retry failed", profile)
        ids = [one.id for one in self.snapshot.value.items if one.state is UploadState.FAILED and not is_undecided(one)]
        self._become("retry", ids, UploadState.WAITING)
        return len(ids)

    async def clear_done(self) -> int:
        self._note("clear done")
        kept = tuple(one for one in self.snapshot.value.items if not one.state.settled)
        cleared = len(self.snapshot.value.items) - len(kept)
        self.tell(items=kept)
        return cleared

    async def remove(self, item_ids: Sequence[str]) -> None:
        self._note("remove", *item_ids)
        self.tell(items=tuple(one for one in self.snapshot.value.items if one.id not in item_ids))

    async def move(self, item_ids: Sequence[str], before_id: str = "") -> None:
        self._note("move", tuple(item_ids), before_id)
        moved = [self._of(id_) for id_ in item_ids]
        rest = [one for one in self.snapshot.value.items if one.id not in item_ids]
        place = next((number for number, one in enumerate(rest) if one.id == before_id), len(rest))
        self.tell(items=(*rest[:place], *moved, *rest[place:]))

    async def prioritise(self, item_ids: Sequence[str], priority: int) -> None:
        self._note("prioritise", *item_ids, priority)
        changed = [msgspec.structs.replace(self._of(id_), priority=priority) for id_ in item_ids]
        self.put(*changed)
        ordered = sorted(self.snapshot.value.items, key=lambda one: (-one.priority, one.position))
        self.tell(items=tuple(ordered))

    async def decide(self, item_id: str, *, stored: bool, document_id: str = "") -> None:
        self._note("decide", stored, document_id)
        self._become("decided", (item_id,), UploadState.DONE if stored else UploadState.WAITING)

    async def locate(self, item_id: str, path: Path) -> None:
        self._note("locate", item_id, str(path))
        if path.name == "gone":
            raise FileGone("it is not there", str(path))
        self._become("located", (item_id,), UploadState.WAITING)

    async def hold(self, *, paused: bool) -> None:
        self._note("hold", paused)
        self.tell(paused=paused)

    async def limit_bandwidth(self, bytes_per_s: int | None) -> None:
        self._note("limit", bytes_per_s)
        self.tell(bandwidth_bps=bytes_per_s)

    async def story(self, item_id: str) -> tuple[UploadStep, ...]:
        self.asked.append(("story", item_id))
        return self.steps.get(item_id, (UploadStep(at=NOON, state=UploadState.WAITING, text="Queued."),))

    async def thumbnail(self, item: UploadItem) -> bytes:
        raise NotOffered(item.thumbnail_url)

    async def request_ids(self) -> Mapping[str, str]:
        return {one.id: f"r-{one.id}" for one in self.snapshot.value.items if one.attempts}

    def rules(self, profile: str) -> UploadRules | None:
        return self.rules_of.get(profile)

    def curl(self, item: UploadItem) -> str:
        return f"curl -F file=@{item.path} https://{item.profile}.example/documents"

    def _of(self, id_: str) -> UploadItem:
        return next(one for one in self.snapshot.value.items if one.id == id_)

    def _note(self, *what: Any) -> None:
        if self.problem is not None:
            raise self.problem
        self.asked.append(what)

    def _become(self, what: str, ids: Sequence[str], state: UploadState) -> None:
        self._note(what, *ids)
        self.put(
            *(
                msgspec.structs.replace(one, state=state, failure=None, revision=one.revision + 1)
                for one in self.snapshot.value.items
                if one.id in ids
            )
        )


def many(count: int, arrange: Callable[[int], UploadItem] = item) -> tuple[UploadItem, ...]:
    """So many items, whose content nobody needs."""
    return tuple(arrange(number) for number in range(count))


def digest(number: int) -> str:
    """A content hash."""
    return hashlib.sha256(str(number).encode()).hexdigest()
