"""The way from a process to a painted window, with nothing loaded on it that the first frame does not need."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from console import crash
from console.i18n import tr
from console.marks import mark
from console.preflight import obstacle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from PySide6.QtWidgets import QApplication

    from console.app import App
    from console.paths import Home
    from console.store.key import KeyChoice
    from console.views.frame import Frame
    from console.views.theme import Choice

FIRST_FRAME_LIMIT_MS = 500
_WINDOWLESS = ("offscreen", "minimal", "vnc")


def open_window(home: Home, *, verbose: bool = False) -> int:
    """The console, or a sentence on why there can be no window; the exit code."""
    if not has_display():
        reason = tr("There is no display to open a window on. Try gatewatch --help for what works without.")
        print(reason, file=sys.stderr)  # noqa: T201  (no window to say it in)
        return 2
    return run(home, verbose=verbose)


def has_display() -> bool:
    """Whether a window could be seen."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in _WINDOWLESS:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(
    home: Home,
    *,
    key: KeyChoice | None = None,
    verbose: bool = False,
    theme: Choice | None = None,
    drive: Callable[[App], Awaitable[None]] | None = None,
) -> int:
    """Open the window and stay until it is closed; the exit code.

    Args:
        home: Where everything is kept.
        key: How the store's key is kept; None is as the store was made.
        verbose: Log more.
        theme: To begin with; None follows the system.
        drive: Run in the loop once the services are there; for the demo, the tour and tests.
    """
    crash.begin()
    gc.disable()  # takes time, and finds nothing yet; `console.garbage` sees to it once there is a loop
    if (reason := obstacle()) is not None:
        print(reason, file=sys.stderr)  # noqa: T201  (no window to say it in)
        return 2
    from console.instance import Instance  # noqa: PLC0415  (Qt, once it is known to load)
    from console.views.opening import dressed, framed  # noqa: PLC0415  (see above)

    try:
        home.create()
    except OSError as exc:
        print(tr("Nothing can be kept in {folder}: {reason}", folder=home.settings_dir, reason=exc), file=sys.stderr)  # noqa: T201  (no window to say it in)
        return 2
    application = dressed()
    instance = Instance(home.lock_file)
    if not instance.acquire():
        print(tr("Gatewatch is open already; its window was brought to the front."))  # noqa: T201  (no window of ours)
        return 0
    frame = framed(application, home.settings_file, theme)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))  # nothing is open yet; the loop's own handlers come with it
    frame.show()
    paint(application, frame)
    mark("painted")
    from console import app  # noqa: PLC0415  (the rest of the program, behind the first frame)

    return app.run(home, application, frame, instance, key=key, verbose=verbose, drive=drive)


def paint(application: QApplication, frame: Frame) -> None:
    """Let Qt draw the first frame.

    Qt's own loop, for a moment, before asyncio is even imported: there is no coroutine here that it could starve.
    """
    from PySide6.QtCore import QEventLoop, Qt, QTimer  # noqa: PLC0415  (loaded by now)

    # A loop of its own: a word that is still queued when it ends must not end the program's.
    waiting = QEventLoop(application)
    first = frame.painted.connect(waiting.quit, Qt.ConnectionType.QueuedConnection)
    late = QTimer(frame, singleShot=True)  # a window may be hidden or minimised
    late.timeout.connect(waiting.quit)
    late.start(FIRST_FRAME_LIMIT_MS)
    waiting.exec()
    late.stop()
    waiting.deleteLater()
    frame.painted.disconnect(first)
