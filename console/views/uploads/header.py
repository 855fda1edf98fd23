"""Above the uploads: how far everything is, what can be done with all of it, and which are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.upload_texts import NAME, limit_text, ratio_of, summary_text
from console.views.theme import GAP_M
from console.views.uploads.row_delegate import paint_bar
from console.views.widgets.form import Choices, Heading
from console.views.widgets.label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.presenters.uploads import UploadsPresenter
    from console.presenters.uploads_state import UploadsState
    from console.views.theme import ThemeProvider

_FILTER_PX, _BAR_PX = 180, (180, 6)
_KIB, _MIB = 1 << 10, 1 << 20
_LIMITS = (None, 128 * _KIB, 512 * _KIB, _MIB, 2 * _MIB, 5 * _MIB, 10 * _MIB, 50 * _MIB)


class TotalBar(QWidget):
    """How much of everything is sent."""

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("uploads.total")
        self._themes = themes
        self._ratio = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_ratio(self, ratio: float) -> None:
        """From 0 to 1."""
        if ratio != self._ratio:
            self._ratio = ratio
            self.setAccessibleName(tr("{percent}% sent", percent=int(ratio * 100)))
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """A thin line."""
        return QSize(*_BAR_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """The bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_bar(painter, QRectF(self.rect()), self._ratio, self._themes.current)


class UploadsHeader(QWidget):
    """Title and filter, summary, toolbar."""

    files_wanted = Signal()
    folder_wanted = Signal()
    list_wanted = Signal()
    left = Signal()  # Esc in an empty filter

    def __init__(self, presenter: UploadsPresenter, themes: ThemeProvider) -> None:
        super().__init__()
        self._presenter = presenter
        self._gateways: tuple[str, ...] | None = None
        self._limit: object = ()
        self._title = Heading(themes, tr("Uploads"), "uploads.title")
        self._title.setWordWrap(False)
        self._total = TotalBar(themes)
        self._summary = ElidedLabel()
        self._summary.setObjectName("uploads.summary")
        self.filter = QLineEdit()
        self.filter.setObjectName("uploads.filter")
        self.filter.setPlaceholderText(tr("Filter"))
        self.filter.setAccessibleName(tr("Filter uploads"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(_FILTER_PX)
        self.filter.textChanged.connect(lambda text: presenter.narrow(text=text))
        self.gateway = Choices(themes, "uploads.gateway", tr("Only of this gateway"))
        self.gateway.activated.connect(lambda _row: presenter.narrow(gateway=self.gateway.currentData() or ""))
        self.limit = Choices(themes, "uploads.limit", tr("Limit of the bandwidth"))
        self.limit.setToolTip(tr("For everything that is sent from this computer together"))
        self.limit.activated.connect(lambda _row: presenter.limit(self.limit.currentData()))
        self._files = _button(tr("Add files"), "uploads.add", self.files_wanted)
        self._folder = _button(tr("Add folder"), "uploads.add.folder", self.folder_wanted)
        self._hold = _button(tr("Pause all"), "uploads.hold", self._hold_or_not)
        self._retry = _button(tr("Retry failed"), "uploads.retry", presenter.retry_failed)
        self._clear = _button(tr("Clear done"), "uploads.clear", presenter.clear_done)
        self._save = _button(tr("Save list…"), "uploads.save", self.list_wanted)
        self._lay_out()
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.filter, context=Qt.ShortcutContext.WidgetShortcut)
        leave.activated.connect(self._leave)

    def focus_filter(self) -> None:
        """Go to the filter and select what is in it."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def clear(self) -> None:
        """Show everything again."""
        self.filter.clear()
        self.gateway.setCurrentIndex(0)
        self._presenter.narrow(text="", gateway="")

    def render_state(self, state: UploadsState) -> None:
        """How far, and what can be done."""
        self._summary.setText(summary_text(state))
        self._summary.setVisible(bool(self._summary.text()))
        self._total.show_ratio(ratio_of(state.total) or 0.0)
        self._total.setVisible(bool(state.unfinished and state.total.total_bytes))
        self._hold.setText(tr("Resume all") if state.paused else tr("Pause all"))
        self._hold.setEnabled(state.paused or state.movable)
        self._retry.setText(
            tr("Retry {count} failed", count=f"{state.failed:,}") if state.failed else tr("Retry failed")
        )
        self._retry.setEnabled(bool(state.failed))
        self._clear.setText(tr("Clear {count} done", count=f"{state.settled:,}") if state.settled else tr("Clear done"))
        self._clear.setEnabled(bool(state.settled))
        self._save.setEnabled(any(state.counts.values()))
        for button in (self._files, self._folder):
            button.setEnabled(state.loaded and not state.busy)
        self._fill_gateways(state)
        self._fill_limits(state.bandwidth_bps)

    def _fill_gateways(self, state: UploadsState) -> None:
        if state.gateways == self._gateways:
            return
        self._gateways = state.gateways
        with QSignalBlocker(self.gateway):
            self.gateway.clear()
            self.gateway.addItem(tr("All gateways"), "")
            for name in state.gateways:
                self.gateway.addItem(printable(name, NAME), name)
            self.gateway.setCurrentIndex(max(0, self.gateway.findData(state.filter.gateway)))
        self.gateway.setVisible(len(state.gateways) > 1)
        if state.filter.gateway not in ("", *state.gateways):
            self._presenter.narrow(gateway="")

    def _fill_limits(self, current: int | None) -> None:
        if current == self._limit:
            return
        self._limit = current
        limits = _LIMITS if current in _LIMITS else (*_LIMITS, current)
        with QSignalBlocker(self.limit):
            self.limit.clear()
            for limit in limits:
                self.limit.addItem(limit_text(limit), limit)
            self.limit.setCurrentIndex(limits.index(current))

    def _hold_or_not(self) -> None:
        self._presenter.hold(paused=not self._presenter.state.paused)

    def _leave(self) -> None:
        if self.filter.text():
            self.filter.clear()
        else:
            self.left.emit()

    def _lay_out(self) -> None:
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        first.addWidget(self._title)
        first.addStretch(1)
        first.addWidget(self.gateway)
        first.addWidget(self.filter)
        second.addWidget(self._summary, 1)
        second.addWidget(self._total)
        for button in (self._files, self._folder, self._hold, self._retry, self._clear, self._save):
            third.addWidget(button)
        third.addStretch(1)
        third.addWidget(self.limit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_M)
        for line in (first, second, third):
            line.setSpacing(GAP_M)
            column.addLayout(line)


def _button(text: str, name: str, does: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.clicked.connect(does)
    return button
