"""Making a support bundle: collected, looked at, thinned out, saved; nothing of it on the window's thread."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.errors import GatewatchError
from console.presenters.task_scope import TaskScope
from console.services.exchange_file import save_bytes
from console.services.explain import explain
from console.services.support_bundle import zipped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from console.model.blame import Verdict

    Collect = Callable[[bool, Verdict | None], Awaitable[Mapping[str, str]]]


class BundleState(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be looked at.

    Attributes:
        files: Texts by name; None until they are collected.
        said: What goes on, or what became of saving.
    """

    files: dict[str, str] | None = None
    said: str = ""


class BundlePresenter(QObject):
    """One bundle. Its texts are shown at once; what the probe finds comes after it."""

    state_changed = Signal(object)  # BundleState

    def __init__(
        self,
        collect: Collect,
        probe: Callable[[], Awaitable[Verdict]],
        on_error: Callable[[str, Exception], None],
        parent: QObject | None = None,
    ) -> None:
        """Args: collect: Gives the files, asked with whether addresses are left out, and with what the probe found."""
        super().__init__(parent)
        self.state = BundleState()
        self._collect = collect
        self._probe = probe
        self._verdict: Verdict | None = None
        self._hiding = False
        self._tasks = TaskScope(self, on_error)

    def start(self) -> None:
        """Collect, and probe the way to the gateway meanwhile."""
        self._tasks.restart("bundle", self._fill)
        self._tasks.start("bundle's probe", self._look)

    def hide_addresses(self, *, hiding: bool) -> None:
        """Collect anew, with or without addresses."""
        self._hiding = hiding
        self._tasks.restart("bundle", self._fill)

    def save(self, path: str, names: Collection[str]) -> None:
        """Write the files of these names."""
        files = {name: text for name, text in (self.state.files or {}).items() if name in names}
        self._tasks.start("save the bundle", lambda: self._save(Path(path), files))

    async def _fill(self) -> None:
        files = dict(await self._collect(self._hiding, self._verdict))
        probing = tr("Probing the way to the gateway.") if self._verdict is None else ""
        self._tell(files=files, said=probing)

    async def _look(self) -> None:
        try:
            self._verdict = await self._probe()
        except GatewatchError as exc:
            self._tell(said=explain(exc).text)
            return
        self._tasks.restart("bundle", self._fill)

    async def _save(self, path: Path, files: Mapping[str, str]) -> None:
        self._tell(said=await asyncio.to_thread(lambda: save_bytes(path, zipped(files))))

    def _tell(self, **changes: object) -> None:
        self.state = msgspec.structs.replace(self.state, **changes)
        self.state_changed.emit(self.state)
