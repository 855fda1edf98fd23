"""B6's uploads: the view of the queue with 10,000 items, and with 100."""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import msgspec
from PySide6.QtWidgets import QApplication

from console.model.upload import UploadItem, UploadState
from console.presenters.uploads import UploadsPresenter
from console.services.latest import Latest
from console.services.upload_ports import QueueSnapshot
from console.views.theme import Choice, ThemeProvider
from console.views.uploads.view import UploadsView

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.document import UploadRules
    from console.services.ports import GatewayDirectory
    from console.services.upload_ports import UploadQueue

MUCH, LITTLE, ROUNDS = 10_000, 100, 7
SIZE_PX = (1240, 780)
_STATES = (*(UploadState.WAITING,) * 94, *(UploadState.DONE,) * 3, UploadState.FAILED, UploadState.UPLOADING)
_NOW = datetime.now(UTC)


class _Queue:
    """Holds a snapshot; nothing moves."""

    def __init__(self, count: int) -> None:
        self.snapshot = Latest(QueueSnapshot(items=tuple(_item(number) for number in range(count)), loaded=True))

    def rules(self, _profile: str) -> UploadRules | None:
        return None


class _Directory:
    """Knows no gateway."""

    profiles: Latest[tuple[object, ...]] = Latest(())


def _item(number: int) -> UploadItem:
    name = f"Scanned document {number}.pdf"
    return UploadItem(
        id=f"item-{number}",
        profile=f"gateway-{number % 3}",
        path=f"/home/operator/documents/{name}",
        name=name,
        size_bytes=10_000 + number,
        modified_ns=0,
        idempotency_key=f"key-{number}",
        created_at=_NOW,
        changed_at=_NOW,
        state=_STATES[number % len(_STATES)],
        position=float(number),
    )


class Opened:
    """The view, made and painted once."""

    def __init__(self, queue: _Queue, themes: ThemeProvider) -> None:
        self.queue = queue
        directory = cast("GatewayDirectory", _Directory())
        self.presenter = UploadsPresenter(cast("UploadQueue", queue), directory, _failed)
        self.view = UploadsView(self.presenter, themes)
        self.view.resize(*SIZE_PX)
        self.view.show()
        self.view.grab()

    def scroll(self) -> None:
        """Down by fifty pages, or as far as it goes and back, painting each."""
        bar = self.view.table.verticalScrollBar()
        for page in range(50):
            bar.setValue((page * bar.pageStep()) % max(1, bar.maximum()))
            self.view.table.grab()

    def go_on(self) -> None:
        """One item after the other is taken up: rows leave one group and enter another."""
        items = list(self.queue.snapshot.value.items)
        for number in range(10):
            items[number] = msgspec.structs.replace(items[number], state=UploadState.CHECKING)
            self.queue.snapshot.set(msgspec.structs.replace(self.queue.snapshot.value, items=tuple(items)))
            self.presenter.watch(shown=True)
            self.view.grab()

    def close(self) -> None:
        """Take it away."""
        self.presenter.watch(shown=False)
        self.view.close()
        self.view.deleteLater()


def _failed(what: str, error: Exception) -> None:
    raise RuntimeError(what) from error


def main() -> None:
    """Print the medians of alternating rounds."""
    application = QApplication(sys.argv[:1])
    themes = ThemeProvider(Choice.LIGHT)
    application.setPalette(themes.current.palette())
    application.setStyleSheet(themes.current.style_sheet())
    queues = {count: _Queue(count) for count in (MUCH, LITTLE)}
    took: dict[str, dict[int, list[float]]] = {}
    for _ in range(ROUNDS + 1):
        for count, queue in queues.items():
            _round(took, count, queue, themes)
            application.sendPostedEvents(None, 0)
    medians = {
        what: [statistics.median(by_count[count][1:]) for count in (MUCH, LITTLE)] for what, by_count in took.items()
    }
    print(json.dumps(medians))


def _round(took: dict[str, dict[int, list[float]]], count: int, queue: _Queue, themes: ThemeProvider) -> None:
    def timed(what: str, work: Callable[[], object]) -> object:
        started = time.perf_counter()
        done = work()
        took.setdefault(what, {}).setdefault(count, []).append((time.perf_counter() - started) * 1000)
        return done

    opened = timed(f"{MUCH:,} uploads: open the view", lambda: Opened(queue, themes))
    if isinstance(opened, Opened):
        timed(f"{MUCH:,} uploads: scroll 50 pages", opened.scroll)
        before = queue.snapshot.value
        timed(f"{MUCH:,} uploads: ten go on", opened.go_on)
        queue.snapshot.set(before)
        opened.close()


if __name__ == "__main__":
    main()
