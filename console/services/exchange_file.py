"""Writing an export in one step: the file is there whole, or as it was before."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from console.i18n import tr


def replace_file(path: Path, content: bytes) -> None:
    """Write a file for this user only, through a temporary one beside it.

    Raises:
        OSError: No room, no permission; what was there is still there.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def save_bytes(path: Path, content: bytes) -> str:
    """Write a file, and say what became of it."""
    try:
        replace_file(path, content)
    except OSError as exc:
        return tr("{path} can't be written: {reason}", path=path, reason=exc.strerror or str(exc))
    return tr("Saved as {path}.", path=path)
