"""All gateways at a glance: their tiles, kept up to date while somebody looks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from console.presenters.overview_tiles import spoken, tiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.model.noticed import Noticed
    from console.presenters.overview_tiles import Tile
    from console.services.latest import Latest
    from console.services.ports import GatewayDirectory

TILE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_TICK_MS = 500
_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class TilesModel(QAbstractListModel):
    """The tiles for Qt."""

    def __init__(self, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self.tiles: tuple[Tile, ...] = ()

    def show(self, tiles: tuple[Tile, ...]) -> None:
        """Show these; a reset only where gateways came, went or changed places."""
        before = self.tiles
        if [one.name for one in tiles] != [one.name for one in before]:
            self.beginResetModel()
            self.tiles = tiles
            self.endResetModel()
            return
        self.tiles = tiles
        for number, (new, old) in enumerate(zip(tiles, before, strict=True)):
            if new != old:
                self.dataChanged.emit(self.index(number), self.index(number))

    def row_of(self, name: str) -> int:
        """Where a gateway is; -1 when it is not there."""
        return next((number for number, one in enumerate(self.tiles) if one.name == name), -1)

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        """See Qt."""
        return 0 if parent.isValid() else len(self.tiles)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        if not index.isValid() or index.row() >= len(self.tiles):
            return None
        if role == TILE_ROLE:
            return self.tiles[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return spoken(self.tiles[index.row()], self._clock())
        return None


class OverviewPresenter(QObject):
    """Looks at every session twice a second while it is watched, however often what it shows changes."""

    changed = Signal()

    def __init__(
        self,
        directory: GatewayDirectory,
        noticed: Latest[Noticed],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        parent: QObject | None = None,
        uploads: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """`uploads` is how many of each gateway's are neither done nor cancelled."""
        super().__init__(parent)
        self.clock = clock
        self._uploads = uploads
        self.model = TilesModel(clock, self)
        self._directory = directory
        self._noticed = noticed
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.look)

    def watch(self, *, shown: bool) -> None:
        """Somebody looks, or nobody does."""
        if shown:
            self.look()
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """See how every gateway does now."""
        sessions = [self._directory.session(profile.name) for profile in self._directory.profiles.value]
        self.model.show(tiles(sessions, self._noticed.value, self.clock(), self._uploads()))
        self.changed.emit()
