"""The Diagnostics view: what requests add up to, the table of them, the services, the story of one request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from console.i18n import tr
from console.presenters.diagnostics_texts import attempts_text, service_rows
from console.presenters.diagnostics_tiles import tiles
from console.presenters.requests_model import AGE, EXCHANGE_ROLE, REQUEST_ID
from console.services.curl import Shell, as_curl
from console.views.clipboard import secret_clipboard
from console.views.destinations import DestinationView
from console.views.diagnostics.bundle_dialog import BundleDialog
from console.views.diagnostics.faces import EmptyPage
from console.views.diagnostics.services_table import ServicesTable
from console.views.diagnostics.tiles import TileRow
from console.views.theme import GAP_M, GAP_XL
from console.views.widgets.label import PlainLabel
from console.views.widgets.skeleton import SkeletonRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QSettings
    from PySide6.QtGui import QHideEvent, QShowEvent

    from console.model.exchange import Exchange
    from console.presenters.bundle import BundlePresenter
    from console.presenters.diagnostics import DiagnosticsPresenter, DiagnosticsState
    from console.views.theme import ThemeProvider

_COLUMNS_KEY, _SPLITTER_KEY = "diagnostics/columns", "diagnostics/splitter"
_WIDTHS = (60, 70, 230, 90, 76, 90, 96, 90, 280)
_DETAIL_LEAST_PX = 330
_BARS = (0.06, 0.08, 0.34, 0.1, 0.08, 0.22)  # of the width, as the columns are


class DiagnosticsView(DestinationView):
    """Renders what a `DiagnosticsPresenter` says. It works while the view is shown."""

    def __init__(
        self, presenter: DiagnosticsPresenter, themes: ThemeProvider, bundle: Callable[[], BundlePresenter]
    ) -> None:
        """`bundle` begins a support bundle."""
        super().__init__()
        self._new_bundle = bundle
        self.setObjectName("diagnostics.view")
        self._presenter = presenter
        self._themes = themes
        self._detailed: Exchange | None = None
        self._title = PlainLabel(tr("Diagnostics"))
        self._tiles = TileRow(themes.current)
        self._story = PlainLabel()
        self._story.setObjectName("diagnostics.story")
        self._story.setWordWrap(True)
        self.filter = QLineEdit()
        self.filter.setObjectName("diagnostics.filter")
        self.filter.setPlaceholderText(tr("status:5xx method:GET slow:>500"))
        self.filter.setAccessibleName(tr("Filter requests"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._narrow)
        self._follow = _button(tr("Pause"), "diagnostics.follow")
        self._follow.setCheckable(True)
        self._follow.toggled.connect(lambda paused: presenter.follow(following=not paused))
        self._har = _button(tr("Save as HAR"), "diagnostics.har")
        self._har.clicked.connect(self._save_har)
        self._bundle = _button(tr("Support bundle"), "diagnostics.bundle")
        self._bundle.clicked.connect(lambda: BundleDialog(self.window(), self._new_bundle()).open())
        self.table = self._table()
        self._skeleton = SkeletonRows(
            themes.current, themes.row_px, "diagnostics.loading", tr("Reading the record"), _BARS
        )
        self._empty = EmptyPage()
        self._empty.again_asked.connect(presenter.read_again)
        self._empty.clear_asked.connect(self.filter.clear)
        self._again = _button(tr("Read the record again"), "diagnostics.again")
        self._again.clicked.connect(presenter.read_again)
        self._services = ServicesTable(themes.current)
        self._detail_text = _text_pane("diagnostics.detail.text", tr("Attempts of this request"))
        self._curl = _button(tr("Copy as cURL"), "diagnostics.curl")
        self._curl.setMenu(self._curl_menu())
        self._close = _button(tr("Close"), "diagnostics.detail.close")
        self._close.clicked.connect(self._close_detail)
        self._lay_out()
        self._keys()
        self.setFocusProxy(self.table)
        presenter.state_changed.connect(self._render)
        themes.changed.connect(self._wear)
        self._wear()
        self._render(presenter.state)

    def recall(self, memory: QSettings, place: str) -> None:
        """Columns, their order, and the splitter as they were left."""
        kept = memory.value(f"{_COLUMNS_KEY}/{place}")
        if isinstance(kept, QByteArray):
            self.table.horizontalHeader().restoreState(kept)
        kept = memory.value(f"{_SPLITTER_KEY}/{place}")
        if isinstance(kept, QByteArray):
            self._splitter.restoreState(kept)

    def keep(self, memory: QSettings, place: str) -> None:
        """Remember them."""
        memory.setValue(f"{_COLUMNS_KEY}/{place}", self.table.horizontalHeader().saveState())
        memory.setValue(f"{_SPLITTER_KEY}/{place}", self._splitter.saveState())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """Follow while somebody looks."""
        super().showEvent(event)
        self._presenter.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  (Qt's name)
        """Rest while nobody looks."""
        self._presenter.pause()
        super().hideEvent(event)

    def _table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("diagnostics.table")
        table.setAccessibleName(tr("Requests"))
        table.setModel(self._presenter.shown)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.setSortingEnabled(True)
        table.sortByColumn(AGE, Qt.SortOrder.AscendingOrder)
        for column, width in enumerate(_WIDTHS):
            table.setColumnWidth(column, width)
        table.horizontalHeader().setStretchLastSection(True)
        table.activated.connect(self._open_detail)
        return table

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(GAP_M)
        line.addWidget(self._title)
        line.addStretch(1)
        self.filter.setMinimumWidth(280)
        for widget in (self.filter, self._follow, self._har, self._bundle):
            line.addWidget(widget)
        self._detail = QWidget()
        self._detail.setObjectName("diagnostics.detail")
        self._detail.setMinimumWidth(_DETAIL_LEAST_PX)
        beside = QVBoxLayout(self._detail)
        beside.setContentsMargins(GAP_M, 0, 0, 0)
        beside.addWidget(self._detail_text, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self._curl)
        buttons.addWidget(self._close)
        buttons.addStretch(1)
        beside.addLayout(buttons)
        self._detail.hide()
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._pages = QStackedWidget()
        for page in (self.table, self._skeleton, self._empty):
            self._pages.addWidget(page)
        self._splitter.addWidget(self._pages)
        self._splitter.addWidget(self._detail)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_M)
        column.setSpacing(GAP_M)
        column.addLayout(line)
        column.addWidget(self._tiles)
        said = QHBoxLayout()
        said.addWidget(self._story, 1)
        said.addWidget(self._again)
        column.addLayout(said)
        column.addWidget(self._splitter, 3)
        column.addWidget(self._services, 1)

    def _keys(self) -> None:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, context=context)
        find.activated.connect(lambda: self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason))
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, context=context)
        leave.activated.connect(self._close_detail)
        copy = QShortcut(
            QKeySequence(QKeySequence.StandardKey.Copy), self.table, context=Qt.ShortcutContext.WidgetShortcut
        )
        copy.activated.connect(self._copy_row)

    def _wear(self) -> None:
        theme = self._themes.current
        self._title.setFont(theme.title)
        self._detail_text.setFont(theme.fixed)
        self._tiles.wear(theme)
        self._empty.wear(theme)
        self._skeleton.theme, self._skeleton.row_px = theme, self._themes.row_px
        self._skeleton.update()
        self._services.wear(theme)
        for table in (self.table, self._services):
            table.verticalHeader().setDefaultSectionSize(self._themes.row_px)

    def _render(self, state: DiagnosticsState) -> None:
        self._tiles.render_tiles(tiles(state, datetime.now(UTC)))
        self._services.render_rows(service_rows(state))
        self._services.setVisible(self._services.rowCount() > 0)
        missing = ""
        if state.problem and state.count:  # without any the page says it
            missing = tr("Requests of former sessions are missing. {why}", why=state.problem)
        self._story.setText(" ".join(part for part in (state.story, missing, state.said) if part))
        self._again.setVisible(bool(missing))
        self._pages.setCurrentWidget(self._face(state))
        if self._detail.isVisible():
            self._fill_detail()
        self._har.setEnabled(bool(state.count))
        self.table.viewport().update()

    def _face(self, state: DiagnosticsState) -> QWidget:
        if not state.loaded:
            return self._skeleton
        if self._presenter.shown.rowCount():
            return self.table
        if state.count:
            self._empty.say(
                tr("No request passes the filter."),
                tr("{count} requests are held.", count=f"{state.count:,}"),
                can_clear=True,
            )
        elif state.problem:
            self._empty.say(tr("No requests yet, and the record can't be read."), state.problem, can_read=True)
        else:
            self._empty.say(tr("No requests yet."), tr("They appear here as soon as the gateway is asked something."))
        return self._empty

    def _narrow(self, text: str) -> None:
        self._presenter.shown.narrow(text)
        self._render(self._presenter.state)

    def _open_detail(self, index: QModelIndex) -> None:
        self._detailed = index.data(EXCHANGE_ROLE)
        if self._detailed is not None:
            self._fill_detail()
            self._detail.show()

    def _fill_detail(self) -> None:
        """Attempts may still be added to the call while it is looked at."""
        if self._detailed is None:
            return
        text = attempts_text(self._presenter.attempts_of(self._detailed))
        if text != self._detail_text.toPlainText():
            self._detail_text.setPlainText(text)

    def _close_detail(self) -> None:
        self._detail.hide()
        self.table.setFocus()

    def _copy_row(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            cells = [str(index.siblingAtColumn(column).data()) for column in range(REQUEST_ID + 1)]
            QGuiApplication.clipboard().setText("\t".join(cells))

    def _curl_menu(self) -> QMenu:
        menu = QMenu(self._curl)
        captions = (
            (Shell.SH, tr("For sh (Linux, macOS)")),
            (Shell.CMD, tr("For cmd (Windows)")),
            (Shell.POWERSHELL, tr("For PowerShell")),
        )
        for shell, caption in captions:
            action = menu.addAction(caption)
            action.setObjectName(f"diagnostics.curl.{shell}")
            action.triggered.connect(lambda _checked=False, shell=shell: self._copy_curl(shell))
        return menu

    def _copy_curl(self, shell: Shell) -> None:
        if self._detailed is not None:
            secret_clipboard().copy(as_curl(self._detailed, self._presenter.profile.url, shell))

    def _save_har(self) -> None:
        dialog = QFileDialog(self.window(), tr("Save as HAR"))
        dialog.setObjectName("diagnostics.har.dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("har")
        dialog.fileSelected.connect(self._presenter.save_har)
        dialog.open()


def _button(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    return button


def _text_pane(name: str, meaning: str) -> QPlainTextEdit:
    pane = QPlainTextEdit()
    pane.setObjectName(name)
    pane.setAccessibleName(meaning)
    pane.setReadOnly(True)
    pane.setTabChangesFocus(True)
    pane.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    return pane
