"""A keyring that does as told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading


class FakeKeyring:
    """Keeps secrets in memory; may lie, hang, raise, or be another one than before."""

    def __init__(self, name: str = "tests.Keyring") -> None:
        self.name = name
        self.kept: dict[str, str] = {}
        self.reads = 0
        self.writes = 0
        self.forgetful = False
        self.problem: Exception | None = None
        self.hangs_until: threading.Event | None = None

    def backend(self) -> str:
        return self.name

    def read(self, store_id: str) -> str | None:
        self.reads += 1
        self._misbehave()
        return self.kept.get(store_id)

    def write(self, store_id: str, secret: str) -> None:
        self.writes += 1
        self._misbehave()
        if not self.forgetful:
            self.kept[store_id] = secret

    def _misbehave(self) -> None:
        if self.hangs_until is not None:
            self.hangs_until.wait()
        if self.problem is not None:
            raise self.problem
