"""One window a home: a second start brings the first one to the front."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from console.i18n import tr

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

_RAISE = b"raise\n"
_WAIT_MS = 500
_LOCK_LIMIT_BYTES = 4096


class Instance(QObject):
    """Holds the lock of a home, and listens for a second start.

    The lock file is what counts; the socket is a courtesy. A socket file left by a killed process is removed only
    while the lock is held.

    Attributes:
        name: Of the socket.
        warnings: What had to be put aside, to be shown once.
    """

    raised = Signal()

    def __init__(self, lock_file: Path) -> None:
        super().__init__()
        self.warnings: list[str] = []
        self._path = lock_file
        self.name = "gatewatch-" + hashlib.sha256(str(lock_file).encode()).hexdigest()[:24]
        self._lock = QLockFile(str(lock_file))
        self._lock.setStaleLockTime(0)
        self._guests: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)

    def acquire(self) -> bool:
        """Whether this is now the one window; when it is not, the other one was asked to come to the front."""
        if not self._lock.tryLock(0) and not self._past_garbage():
            self._ask_other()
            return False
        with contextlib.suppress(OSError):  # Qt leaves its mode to the umask
            self._path.chmod(0o600)
        QLocalServer.removeServer(self.name)
        if not self._server.listen(self.name):
            _log.warning("a second start can't raise this window: %s", self._server.errorString())
        return True

    def release(self) -> None:
        """Let another window of this home start."""
        for guest in list(self._guests):
            guest.abort()
        self._server.close()
        self._lock.unlock()

    def _past_garbage(self) -> bool:
        """A lock file that no process wrote is put aside; a real one is respected."""
        if self._lock.error() is not QLockFile.LockError.LockFailedError or not self._is_garbage():
            return False
        aside = self._path.with_suffix(".damaged")
        self._path.replace(aside)
        self.warnings.append(tr("The window's lock file was damaged and is kept as {name}.", name=aside.name))
        _log.warning("the lock file was garbage, kept as %s", aside)
        return self._lock.tryLock(0)

    def _is_garbage(self) -> bool:
        """A lock of ours begins with the number of its process."""
        try:
            raw = self._path.read_bytes()[:_LOCK_LIMIT_BYTES]
        except OSError:
            return False
        first = raw.split(b"\n", 1)[0].strip()
        return not first.isdigit()

    def _ask_other(self) -> None:
        socket = QLocalSocket()
        socket.connectToServer(self.name)
        if socket.waitForConnected(_WAIT_MS):
            socket.write(_RAISE)
            socket.waitForBytesWritten(_WAIT_MS)
            socket.disconnectFromServer()

    def _greet(self) -> None:
        while (guest := self._server.nextPendingConnection()) is not None:
            guest.setReadBufferSize(len(_RAISE) + 1)
            guest.readyRead.connect(self._listen)
            guest.disconnected.connect(self._part)
            self._guests.append(guest)
        self._listen()

    def _listen(self) -> None:
        """One word is understood; whoever says anything else is sent away."""
        for guest in list(self._guests):
            if guest.bytesAvailable() < len(_RAISE):
                continue
            if guest.readAll().data() == _RAISE:
                self.raised.emit()
            else:
                guest.abort()

    def _part(self) -> None:
        # The slots hold no guest: one that is deleted later with a slot that holds it brings the process down.
        gone = [guest for guest in self._guests if guest.state() is QLocalSocket.LocalSocketState.UnconnectedState]
        for guest in gone:
            self._guests.remove(guest)
            guest.deleteLater()
