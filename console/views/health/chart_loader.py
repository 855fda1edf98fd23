"""Brings the charts in when the first one is opened."""

from __future__ import annotations

import contextlib
import importlib

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal


class ChartLoader(QObject):
    """Imports a module of charts on a worker thread: pyqtgraph and numpy take half a second that no frame has."""

    loaded = Signal()

    def __init__(self, module: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.module = module
        self._begun = False

    def load(self) -> None:
        """Begin, once; `loaded` comes on the thread of this object."""
        if not self._begun:
            self._begun = True
            QThreadPool.globalInstance().start(_Import(self))


class _Import(QRunnable):
    def __init__(self, loader: ChartLoader) -> None:
        super().__init__()
        self._loader = loader
        self._module = loader.module

    def run(self) -> None:
        importlib.import_module(self._module)
        with contextlib.suppress(RuntimeError):  # its window is gone meanwhile
            self._loader.loaded.emit()
