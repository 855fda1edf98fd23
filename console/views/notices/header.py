"""The line above the notifications: how many, which of them, and all of them read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QPushButton, QWidget

from console.i18n import tr
from console.model.notice import Severity
from console.presenters.display import menu_text, printable
from console.presenters.notice_texts import unread_text
from console.views.theme import GAP_M
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.presenters.notices import NoticesPresenter, NoticesState
    from console.views.theme import Theme

_NAME = 64
_FILTER_PX = 150


class NoticesHeader(QWidget):
    """Title, filter, buttons."""

    left = Signal()  # Esc in an empty filter

    def __init__(self, presenter: NoticesPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._gateways: tuple[str, ...] | None = None
        self._title = PlainLabel(tr("Notifications"))
        self._count = PlainLabel()
        self._count.setObjectName("notices.unread")
        self.filter = QLineEdit()
        self.filter.setObjectName("notices.filter")
        self.filter.setPlaceholderText(tr("Filter"))
        self.filter.setAccessibleName(tr("Filter notifications"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(_FILTER_PX)
        self.filter.textChanged.connect(lambda text: presenter.narrow(text=text))
        self.gateway = QComboBox()
        self.gateway.setObjectName("notices.gateway")
        self.gateway.setAccessibleName(tr("Only of this gateway"))
        self.gateway.activated.connect(lambda _row: presenter.narrow(gateway=self.gateway.currentData() or ""))
        self.severity = QComboBox()
        self.severity.setObjectName("notices.severity")
        self.severity.setAccessibleName(tr("Only as bad as this"))
        for severity, text in (
            (Severity.INFO, tr("Any severity")),
            (Severity.WARNING, tr("Warning or worse")),
            (Severity.CRITICAL, tr("Critical only")),
        ):
            self.severity.addItem(text, severity.value)
        self.severity.activated.connect(lambda _row: presenter.narrow(severity=Severity(self.severity.currentData())))
        self.unread = QPushButton(tr("Unread only"))
        self.unread.setObjectName("notices.unread.only")
        self.unread.setCheckable(True)
        self.unread.toggled.connect(lambda on: presenter.narrow(unread=on))
        self._muted = QPushButton()
        self._muted.setObjectName("notices.muted")
        self._muted_menu = QMenu(self._muted)
        self._muted_menu.aboutToShow.connect(self._fill_muted)
        self._muted.setMenu(self._muted_menu)
        self._read = QPushButton(tr("Mark all read"))
        self._read.setObjectName("notices.read.all")
        self._read.clicked.connect(presenter.mark_all_read)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP_M)
        line.addWidget(self._title)
        line.addWidget(self._count)
        line.addStretch(1)
        for widget in (self.filter, self.gateway, self.severity, self.unread, self._muted, self._read):
            line.addWidget(widget)
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
        self.severity.setCurrentIndex(0)
        self.unread.setChecked(False)
        self._presenter.narrow(text="", gateway="", severity=Severity.INFO, unread=False)

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        self._title.setFont(theme.title)
        self._count.setFont(theme.small)
        self._count.setForegroundRole(self._count.palette().ColorRole.PlaceholderText)

    def render_state(self, state: NoticesState) -> None:
        """How many, and what can be chosen."""
        self._count.setText(unread_text(state.unread))
        self._read.setEnabled(bool(state.unread or state.muted_unread))
        self._muted.setText(tr("{count} muted", count=len(state.mutes)))
        self._muted.setVisible(bool(state.mutes))
        if state.gateways != self._gateways:
            self._gateways = state.gateways
            with QSignalBlocker(self.gateway):
                self.gateway.clear()
                self.gateway.addItem(tr("All gateways"), "")
                for name in state.gateways:
                    self.gateway.addItem(printable(name, _NAME), name)
                self.gateway.setCurrentIndex(max(0, self.gateway.findData(state.filter.gateway)))
            if state.filter.gateway not in ("", *state.gateways):
                self._presenter.narrow(gateway="")

    def _fill_muted(self) -> None:
        self._muted_menu.clear()
        for mute, text in self._presenter.state.mutes:
            action = self._muted_menu.addAction(menu_text(tr("Stop muting {what}", what=text)))
            action.triggered.connect(partial(self._presenter.unmute, mute))

    def _leave(self) -> None:
        if self.filter.text():
            self.filter.clear()
        else:
            self.left.emit()
