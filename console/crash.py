"""What is left of a program that fails where no handler is: a file that says where, a masked log, and no core."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import stat
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from console.i18n import tr

if TYPE_CHECKING:
    from types import TracebackType

_log = logging.getLogger(__name__)

NAME, FORMER_NAME = "crash.txt", "crash-former.txt"
_COREDUMP_FILTER = Path("/proc/self/coredump_filter")
_kept: list[int] = []  # the open crash file: the handler writes to its descriptor, whatever state Python is in


class Crash(NamedTuple):
    """The trace of a crash: files, lines and functions of every thread, no values.

    Attributes:
        path: Where it is.
        at: When it was written (UTC).
        told: Whether a window has started since, and said so.
    """

    path: Path
    at: datetime
    told: bool

    @property
    def text(self) -> str:
        """A sentence on it, for who is asked to read the file."""
        moment = f"{self.at.astimezone():%Y-%m-%d %H:%M}"
        return tr("The window crashed at {moment}. {path} says where; a support bundle has it too.",
                  moment=moment, path=self.path)  # fmt: skip


def begin() -> None:
    """For the process: no core, crashes traced to standard error, what nobody handles logged. Any number of times.

    A core would hold keys and tokens; a traceback of Python's own shows what libraries put into their messages.
    """
    _forbid_core()
    if not _kept:
        _trace_to_standard_error()
    sys.excepthook = _unhandled
    threading.excepthook = _thread_failed
    sys.unraisablehook = _unraisable


def keep(logs_dir: Path) -> Crash | None:
    """Trace a crash to a private file from here on; the crash that the last window ended with, None without one.

    One process at a time does this for a folder: the window, of which there is one. What it left is kept aside until
    the next crash. Where the file can't be made, the trace goes to standard error.
    """
    path, former = logs_dir / NAME, logs_dir / FORMER_NAME
    found = None
    try:
        if _found(path, told=False) is not None:
            path.replace(former)
            found = _found(former, told=True)
        path.unlink(missing_ok=True)  # or a link in its place would be followed
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    except OSError as exc:
        _log.warning("crashes are traced to standard error: %s", exc)
        return found
    faulthandler.enable(file=descriptor, all_threads=True)
    for earlier in _kept:
        os.close(earlier)
    _kept[:] = [descriptor]
    return found


def last(logs_dir: Path) -> Crash | None:
    """The latest crash of a window of this home; None when there was none, or nothing can be read."""
    return _found(logs_dir / NAME, told=False) or _found(logs_dir / FORMER_NAME, told=True)


def _found(path: Path, *, told: bool) -> Crash | None:
    try:
        facts = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(facts.st_mode) or not facts.st_size:
        return None
    return Crash(path, datetime.fromtimestamp(facts.st_mtime, UTC), told)


def _forbid_core() -> None:
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    try:
        # Where cores are piped to a program the limit is only a wish: let none of our memory be in what it gets.
        _COREDUMP_FILTER.write_text("0", encoding="ascii")
    except OSError:
        return  # another system than Linux, or a kernel without cores


def _trace_to_standard_error() -> None:
    try:
        faulthandler.enable(all_threads=True)
    except (AttributeError, OSError, RuntimeError, ValueError):
        return  # a windowed process has no standard error


def _unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return  # somebody wanted it; the exit code says so
    _tell("an error ended the program", kind, error, trace)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if issubclass(failed.exc_type, SystemExit):
        return
    name = failed.thread.name if failed.thread is not None else "?"
    _tell(f"an error ended thread {name}", failed.exc_type, failed.exc_value, failed.exc_traceback)


def _unraisable(failed: sys.UnraisableHookArgs) -> None:
    what = getattr(failed.object, "__qualname__", type(failed.object).__name__)  # its repr may hold anything
    _tell(f"an error that nobody could get, in {what}", failed.exc_type, failed.exc_value, failed.exc_traceback)


def _tell(what: str, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log it; on standard error say no more than where to look, or all of it, masked, while there is no log."""
    from console import logs  # noqa: PLC0415  (a start without errors needs it later)

    shown = error if error is not None else kind()
    if logging.getLogger().handlers:
        _log.critical("%s", what, exc_info=(kind, shown, trace))
        said = f"{kind.__name__}; the log says more"
    else:
        record = logging.LogRecord(__name__, logging.CRITICAL, "", 0, what, None, (kind, shown, trace))
        said = logs.MaskingFormatter("%(message)s").format(record)
    with contextlib.suppress(AttributeError, OSError, ValueError):  # no standard error, or a closed one
        sys.stderr.write(f"gatewatch: {what}: {said}\n" if "\n" not in said else f"gatewatch: {said}\n")
