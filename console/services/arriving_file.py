"""A download that becomes a file: whole and under an unused name, or not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from console.services.local_name import FALLBACK, safe_name
from console.services.part_file import PartFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class ArrivingFile:
    """A `console.api.sending.Sink`. Used as a context: what `keep` did not keep is gone at its end.

    Attributes:
        arrived_bytes: So far.
        size_bytes: In all, as the server says; None while or where it does not.
    """

    def __init__(
        self, folder: Path, *, name: str = "", arrived: Callable[[int, int | None], None] | None = None
    ) -> None:
        """Args: folder: Where it goes. name: What else is known of its name. arrived: Told how far it is."""
        self.arrived_bytes = 0
        self.size_bytes: int | None = None
        self._name = safe_name(name) if name else FALLBACK
        self._told = arrived
        self._part = PartFile(folder)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._part.discard()

    async def begin(self, *, name: str, size_bytes: int | None, media_type: str) -> None:  # noqa: ARG002  (not trusted)
        """See `Sink`.

        Raises:
            FileTrouble: The folder can't be written to.
        """
        self._name = safe_name(name, self._name)
        self.size_bytes = size_bytes
        await asyncio.to_thread(self._part.create, self._name)
        self._tell()  # how much will come is known long before a slow gateway's first piece

    async def take(self, piece: bytes) -> None:
        """See `Sink`.

        Raises:
            FileTrouble: There is no room, or the folder is gone.
        """
        await asyncio.to_thread(self._part.write, piece)
        self.arrived_bytes += len(piece)
        self._tell()

    def _tell(self) -> None:
        if self._told is not None:
            self._told(self.arrived_bytes, self.size_bytes)

    async def keep(self) -> Path:
        """It is whole: where it is now. Never takes another file's place.

        Raises:
            FileTrouble: It can't be kept.
        """
        return await asyncio.to_thread(self._part.keep, self._name)
