"""What can be wrong with a file of the operator's."""

from __future__ import annotations

from console.model.errors import GatewatchError


class FileTrouble(GatewatchError):
    """A file can't be sent as it is.

    Attributes:
        path: Which file.
        reason: In a few words, for people.
    """

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class FileGone(FileTrouble):
    """It is not there, can't be read, or is no regular file: the operator finds it, or gives up."""


class FileChanged(FileTrouble):
    """It is no longer what was checked: it is checked anew."""
