"""All gateways at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout

from console.i18n import tr
from console.model.health import HealthStatus
from console.views.destinations import DestinationView
from console.views.overview.tile_delegate import TileDelegate
from console.views.overview.tile_grid import TileGrid
from console.views.theme import GAP_M, GAP_XL
from console.views.widgets.face import Face
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from console.presenters.overview import OverviewPresenter
    from console.views.theme import ThemeProvider


class OverviewView(DestinationView):
    """Renders what an `OverviewPresenter` says."""

    gateway_wanted = Signal(str)  # name of a profile
    addition_wanted = Signal()

    def __init__(self, presenter: OverviewPresenter, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("overview.view")
        self.presenter = presenter
        self._themes = themes
        self._title = PlainLabel(tr("All gateways"))
        self._totals = PlainLabel()
        self._totals.setObjectName("overview.totals")
        self.grid = TileGrid(presenter.model, TileDelegate(themes, presenter.clock, self))
        self._face = Face("overview.face")
        self._face.say(tr("No gateway yet"), tr("Every gateway that you add has a tile here."), tr("Add a gateway"))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.grid)
        self._pages.addWidget(self._face)
        line = QHBoxLayout()
        line.setSpacing(GAP_M)
        line.addWidget(self._title)
        line.addWidget(self._totals)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_M)
        column.setSpacing(GAP_M)
        column.addLayout(line)
        column.addWidget(self._pages, 1)
        self.setFocusProxy(self.grid)
        presenter.changed.connect(self._render)
        self.grid.opened.connect(self.gateway_wanted)
        self._face.act_wanted.connect(self.addition_wanted)
        themes.changed.connect(self._wear)
        self._wear()
        self._render()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """Look while somebody does."""
        super().showEvent(event)
        self.presenter.watch(shown=True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  (Qt's name)
        """And rest while nobody does."""
        self.presenter.watch(shown=False)
        super().hideEvent(event)

    def _wear(self) -> None:
        theme = self._themes.current
        self._title.setFont(theme.title)
        self._totals.setFont(theme.small)
        self._totals.setForegroundRole(self._totals.palette().ColorRole.PlaceholderText)
        self._face.wear(theme)
        self.grid.fit()
        self.grid.viewport().update()

    def _render(self) -> None:
        tiles = self.presenter.model.tiles
        self._pages.setCurrentWidget(self.grid if tiles else self._face)
        bad = sum(1 for one in tiles if one.worst in (HealthStatus.UNHEALTHY, HealthStatus.DEGRADED) and not one.stale)
        well = sum(1 for one in tiles if one.worst is HealthStatus.HEALTHY and not one.stale)
        said = [
            tr("{count} with trouble", count=bad) if bad else "",
            tr("{count} healthy", count=well) if well else "",
            tr("{count} without live data", count=len(tiles) - bad - well) if len(tiles) > bad + well else "",
        ]
        self._totals.setText(" · ".join(part for part in said if part))
        self.grid.viewport().update()  # ages grow
