"""Which processes are alive: each holds a file lock that the system drops with it, however it ends."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from typing import TYPE_CHECKING

from console.model.errors import StoreError
from console.store.files import private_file, private_store_dir

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, *, shared: bool) -> None:
        del (
            shared
        )  # there are none: two that look at once may take a dead owner for a living one, until they look again
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int, *, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


_SUFFIX = ".lock"
_SWEPT_AFTER_S = 86_400.0  # long after every lease of a dead owner has ended by itself


class Owner:
    """A life of this process, to hold leases with. Made by `Owners.enter`; ends with `close` or with the process.

    Attributes:
        id: What leases are held under.
    """

    def __init__(self, owner_id: str, path: Path, descriptor: int | None) -> None:
        """Use `Owners.enter`."""
        self.id = owner_id
        self._path = path
        self._descriptor = descriptor

    def close(self) -> None:
        """Be dead from now on; what is held still is free for others at once. Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)  # before the file is gone: one without a file is not known to be dead
            self._descriptor = None

    def __enter__(self) -> Self:
        """Itself, to be closed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


class Owners:
    """Those who hold leases in one store, in any process."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before `enter`.

        Args:
            folder: Of their lock files.
        """
        self._folder = folder

    def enter(self) -> Owner:
        """Begin a life. Where the file system has no locks, others have to wait for the end of its leases.

        Raises:
            StoreError: The folder can't be used.
        """
        private_store_dir(self._folder)
        self._sweep()
        owner_id = f"{os.getpid()}-{secrets.token_hex(8)}"
        path = self._path(owner_id)
        private_file(path)
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        except OSError as exc:
            raise StoreError(f"the file can't be used: {exc.strerror or exc}", path=path) from exc
        try:
            _lock(descriptor, shared=False)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)  # without a file it is not known to be dead
            return Owner(owner_id, path, None)
        return Owner(owner_id, path, descriptor)

    def dead(self, owners: Iterable[str]) -> frozenset[str]:
        """Those that are known to have ended. One without a file may live."""
        return frozenset(owner for owner in owners if self._ended(self._path(owner)))

    def _ended(self, path: Path) -> bool:
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            return False
        try:
            _lock(descriptor, shared=True)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True

    def _sweep(self) -> None:
        """Drop the files of those who are dead for long."""
        until = time.time() - _SWEPT_AFTER_S
        with contextlib.suppress(OSError):
            for path in self._folder.glob(f"*{_SUFFIX}"):
                if path.stat().st_mtime < until and self._ended(path):
                    path.unlink(missing_ok=True)

    def _path(self, owner: str) -> Path:
        return self._folder / f"{owner}{_SUFFIX}"
