"""The page to choose a tenant: after signing in with several, or later, to act for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import escaped, printable
from console.views.theme import GAP_L, GAP_M
from console.views.widgets.form import FORM_WIDTH_PX, ErrorLine, Heading, Quiet, flat, primary

if TYPE_CHECKING:
    from console.presenters.tenants import TenantState
    from console.views.theme import ThemeProvider

_FILTERED_FROM = 8
_ROWS_SHOWN = 8
_ROW_PX = 32
_NAME_LIMIT = 80


class TenantForm(QWidget):
    """A list that is found through by typing; Enter or a double click chooses."""

    chosen = Signal(str)  # id of the tenant
    left = Signal()
    sign_out_wanted = Signal()

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("tenant")
        self.setFixedWidth(FORM_WIDTH_PX)
        self._shown: tuple[tuple[str, str], ...] = ()
        self._title = Heading(themes, name="tenant.title")
        self._text = Quiet(name="tenant.text")
        self._filter = QLineEdit()
        self._filter.setObjectName("tenant.filter")
        self._filter.setPlaceholderText(tr("Part of a name"))
        self._filter.setAccessibleName(tr("Find a tenant"))
        self.list = QListWidget()
        self.list.setObjectName("tenant.list")
        self.list.setAccessibleName(tr("Tenants"))
        self.list.setUniformItemSizes(True)
        self.list.setProperty("sections", True)
        self._error = ErrorLine(themes, "tenant.error")
        self._submit = primary(tr("Continue"), "tenant.submit")
        self._cancel = flat(tr("Cancel"), "tenant.cancel")
        self._sign_out = flat(tr("Sign out"), "tenant.sign_out")
        self._lay_out()
        self._filter.textChanged.connect(self._narrow)
        self._filter.returnPressed.connect(self._send)
        self.list.itemActivated.connect(lambda _item: self._send())
        self._submit.clicked.connect(self._send)
        self._cancel.clicked.connect(self.left)
        self._sign_out.clicked.connect(self.sign_out_wanted)

    def show_gateway(self, name: str, *, switching: bool) -> None:
        """Whose tenants these are; when switching, one is acted for and may be kept."""
        self._title.setText(tr("Choose a tenant of {name}", name=printable(name, 64)))
        self._text.setText(
            tr("What is shown of the present tenant goes; it stays on record.")
            if switching
            else tr("Your account may act for several. Everything shown is of the one you choose.")
        )
        self._cancel.setVisible(switching)
        self._sign_out.setVisible(not switching)

    def render_state(self, state: TenantState) -> None:
        """The choices, and what came of the last one."""
        shown = tuple((tenant.id, tenant.name) for tenant in state.choices)
        if shown != self._shown:
            self._shown = shown
            self._fill(state)
        self._filter.setVisible(len(shown) >= _FILTERED_FROM)
        for widget in (self.list, self._filter, self._submit):
            widget.setEnabled(not state.busy and bool(shown))
        self._submit.setText(tr("Asking for it") if state.busy else tr("Continue"))
        problem = state.problem
        self._error.say(printable(problem.text) if problem is not None else "")

    def take_focus(self) -> None:
        """To where a choice is made."""
        (self._filter if self._filter.isVisibleTo(self) else self.list).setFocus()

    def _fill(self, state: TenantState) -> None:
        self.list.clear()
        for tenant in state.choices:
            item = QListWidgetItem(printable(tenant.name, _NAME_LIMIT))
            item.setData(Qt.ItemDataRole.UserRole, tenant.id)
            item.setToolTip(escaped(printable(tenant.id, _NAME_LIMIT)))
            item.setSizeHint(QSize(0, _ROW_PX))
            self.list.addItem(item)
            if tenant.id == state.current:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        rows = max(2, min(_ROWS_SHOWN, self.list.count()))
        self.list.setFixedHeight(rows * _ROW_PX + 2 * self.list.frameWidth())

    def _narrow(self, text: str) -> None:
        wanted = text.casefold().split()
        first = None
        for row in range(self.list.count()):
            item = self.list.item(row)
            hidden = not all(word in item.text().casefold() for word in wanted)
            item.setHidden(hidden)
            first = first or (None if hidden else item)
        if first is not None and (self.list.currentItem() is None or self.list.currentItem().isHidden()):
            self.list.setCurrentItem(first)

    def _send(self) -> None:
        item = self.list.currentItem()
        if item is not None and not item.isHidden():
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_M)
        buttons.addWidget(self._submit)
        buttons.addWidget(self._cancel)
        buttons.addStretch(1)
        buttons.addWidget(self._sign_out)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        for widget in (self._title, self._text, self._filter, self.list, self._error):
            column.addWidget(widget)
        column.addLayout(buttons)
