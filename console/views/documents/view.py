"""The Documents view: search, a page of them, one in full."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QModelIndex, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.i18n import tr
from console.model.document import DocumentAction
from console.presenters.display import printable
from console.presenters.document_texts import count_text, name_text
from console.presenters.documents_model import DOCUMENT_ROLE
from console.presenters.documents_state import DocumentsPhase
from console.views.destinations import DestinationView
from console.views.dialogs import Question
from console.views.documents.detail import DocumentDetail
from console.views.documents.faces import DocumentsFace
from console.views.documents.table import DocumentsTable
from console.views.theme import GAP_M, GAP_XL
from console.views.widgets.label import PlainLabel
from console.views.widgets.skeleton import SkeletonRows

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint, QSettings
    from PySide6.QtGui import QHideEvent, QShowEvent

    from console.model.document import Document
    from console.presenters.documents import DocumentsPresenter
    from console.presenters.documents_state import DocumentsState
    from console.views.theme import ThemeProvider

_SPLITTER_KEY, _COLUMNS_KEY, _FOLDER_KEY = "documents/splitter", "documents/columns", "documents/folder"
_REASON_LIMIT = 400
_BARS = (0.5, 0.1, 0.14, 0.06, 0.18)


class DocumentsView(DestinationView):
    """Renders what a `DocumentsPresenter` says. It works while the view is shown."""

    def __init__(self, presenter: DocumentsPresenter, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("documents.view")
        self.presenter = presenter
        self._themes = themes
        self._folder = ""
        self._stale = False
        self._title = PlainLabel(tr("Documents"))
        self._count = PlainLabel()
        self._count.setObjectName("documents.count")
        self.search = QLineEdit()
        self.search.setObjectName("documents.search")
        self.search.setAccessibleName(tr("Search documents"))
        self.search.setClearButtonEnabled(True)
        self._age = PlainLabel()
        self._age.setObjectName("documents.age")
        self._refresh = _button(tr("Refresh"), "documents.refresh")
        self._problem = _line("documents.problem")
        self._said = _line("documents.said")
        self._skipped = _line("documents.skipped")
        self.table = DocumentsTable(presenter.rows, themes.current)
        self._skeleton = SkeletonRows(
            themes.current, themes.row_px, "documents.loading", tr("Reading the documents"), _BARS
        )
        self._face = DocumentsFace()
        self.detail = DocumentDetail()
        self._previous = _button(tr("Previous"), "documents.previous")
        self._next = _button(tr("Next"), "documents.next")
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.table)
        self._wear()
        self._render(presenter.state)

    def recall(self, memory: QSettings, place: str) -> None:
        """Splitter, columns and the folder of the last download."""
        for key, restore in (
            (_SPLITTER_KEY, self._splitter.restoreState),
            (_COLUMNS_KEY, self.table.horizontalHeader().restoreState),
        ):
            if isinstance(kept := memory.value(f"{key}/{place}"), QByteArray):
                restore(kept)
        self._folder = str(memory.value(_FOLDER_KEY, ""))

    def keep(self, memory: QSettings, place: str) -> None:
        """Remember them."""
        memory.setValue(f"{_SPLITTER_KEY}/{place}", self._splitter.saveState())
        memory.setValue(f"{_COLUMNS_KEY}/{place}", self.table.horizontalHeader().saveState())
        memory.setValue(_FOLDER_KEY, self._folder)

    def show_part(self, id_: str) -> None:
        """Open one document, also when it is not on the page that is shown."""
        self.presenter.choose(id_)
        self._select(id_)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """Follow while somebody looks."""
        super().showEvent(event)
        self.presenter.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  (Qt's name)
        """Rest while nobody looks."""
        self.presenter.pause()
        super().hideEvent(event)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP_M)
        head.addWidget(self._title)
        head.addWidget(self._count)
        head.addStretch(1)
        self.search.setMinimumWidth(260)
        for widget in (self.search, self._age, self._refresh):
            head.addWidget(widget)
        self._pages = QStackedWidget()
        for page in (self.table, self._skeleton, self._face):
            self._pages.addWidget(page)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("documents.splitter")
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._pages)
        self._splitter.addWidget(self.detail)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self.detail.hide()
        foot = QHBoxLayout()
        foot.setSpacing(GAP_M)
        foot.addWidget(self._skipped, 1)
        foot.addStretch(1)
        foot.addWidget(self._previous)
        foot.addWidget(self._next)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_M)
        column.setSpacing(GAP_M)
        column.addLayout(head)
        column.addWidget(self._problem)
        column.addWidget(self._said)
        column.addWidget(self._splitter, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.state_changed.connect(self._render)
        presenter.thumbnail.changed.connect(self.detail.thumbnail.render_state)
        self.search.textChanged.connect(presenter.search)
        self._refresh.clicked.connect(presenter.look_again)
        self._face.retry_wanted.connect(presenter.look_again)
        self._face.clear_wanted.connect(self.search.clear)
        self._previous.clicked.connect(partial(self._turn, -1))
        self._next.clicked.connect(partial(self._turn, 1))
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.table.customContextMenuRequested.connect(self._open_menu)
        presenter.rows.modelReset.connect(self._select_again)
        self.detail.download_wanted.connect(self._ask_folder)
        self.detail.process_wanted.connect(self._process)
        self.detail.delete_wanted.connect(self._ask_to_delete)
        self.detail.cancel_wanted.connect(presenter.cancel_download)
        self.detail.closed.connect(self._close)
        self._themes.changed.connect(self._wear)
        for keys, act in (
            (QKeySequence(QKeySequence.StandardKey.Find), self._focus_search),
            (QKeySequence("/"), self._focus_search),
            (QKeySequence(Qt.Key.Key_Escape), self._close),
        ):
            QShortcut(keys, self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.table, context=Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._ask_to_delete)

    def _wear(self) -> None:
        theme = self._themes.current
        self._title.setFont(theme.title)
        for label in (self._count, self._age, self._skipped):
            label.setFont(theme.small)
            label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        self.table.wear(theme, self._themes.row_px, stale=self.presenter.state.stale)
        self._skeleton.theme, self._skeleton.row_px = theme, self._themes.row_px
        self._skeleton.update()
        self._face.wear(theme)
        self.detail.wear(theme)
        self.detail.render_state(self.presenter.state)

    def _render(self, state: DocumentsState) -> None:
        listed = state.phase is DocumentsPhase.LISTED
        self._count.setText(count_text(state.count, state.total, state.page, more=state.more) if listed else "")
        self._age.setText(_age(state))
        self._say_problem(state, listed=listed)
        said = state.said.text
        if state.said.request_id:
            said = tr("{text} Request {id}.", text=said, id=printable(state.said.request_id))
        _tell(self._said, said)
        left_out = tr("{count} entries can't be read and are left out.", count=len(state.skipped))
        _tell(self._skipped, left_out if state.skipped else "")
        self._skipped.setToolTip("")
        searchable = DocumentAction.SEARCH in state.actions or not state.actions
        self.search.setEnabled(searchable)
        self.search.setPlaceholderText(tr("Search names") if searchable else tr("This gateway can't search"))
        for button, there in ((self._previous, state.page > 1), (self._next, state.more)):
            button.setVisible(state.page > 1 or state.more)
            button.setEnabled(there)
        if state.stale is not self._stale:
            self._stale = state.stale
            self.table.wear(self._themes.current, self._themes.row_px, stale=state.stale)
        self._pages.setCurrentWidget(self._face_of(state))
        self.detail.render_state(state)
        self.detail.setVisible(state.chosen is not None)

    def _say_problem(self, state: DocumentsState, *, listed: bool) -> None:
        problem = ""
        if listed and state.explanation is not None:
            problem = printable(state.explanation.text, _REASON_LIMIT)
            if state.explanation.request_id:
                problem = tr("{text} Request {id}.", text=problem, id=printable(state.explanation.request_id))
        _tell(self._problem, problem)

    def _face_of(self, state: DocumentsState) -> QWidget:
        if state.phase is DocumentsPhase.LISTED:
            return self.table
        if state.phase is DocumentsPhase.LOADING:
            return self._skeleton
        self._face.render_state(state)
        return self._face

    # What is done

    @property
    def _chosen(self) -> Document | None:
        return self.presenter.state.chosen

    def _choose(self, current: QModelIndex) -> None:
        document: Document | None = current.data(DOCUMENT_ROLE) if current.isValid() else None
        if document is not None:
            self.presenter.choose(document.id)

    def _select_again(self) -> None:
        """Another page has come: what is chosen is chosen there as well."""
        if self._chosen is not None:
            self._select(self._chosen.id)

    def _select(self, document_id: str) -> None:
        row = self.presenter.rows.row_of(document_id)
        if row >= 0 and row != self.table.currentIndex().row():
            self.table.setCurrentIndex(self.presenter.rows.index(row, 0))

    def _turn(self, pages: int) -> None:
        self.presenter.turn(pages)
        self.table.scrollToTop()

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _close(self) -> None:
        if self.search.hasFocus() and self.search.text():
            self.search.clear()
            return
        self.table.setCurrentIndex(QModelIndex())
        self.presenter.choose("")
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _process(self) -> None:
        if (document := self._chosen) is not None:
            self.presenter.process(document)

    def _ask_folder(self) -> None:
        """Opened, never executed; the download begins when a folder is chosen."""
        if (document := self._chosen) is None:
            return
        dialog = QFileDialog(self.window(), tr("Download into"), self._folder)
        dialog.setObjectName("documents.folder")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(partial(self._download, document))
        dialog.open()

    def _download(self, document: Document, folder: str) -> None:
        self._folder = folder
        self.presenter.download(document, folder)

    def _ask_to_delete(self) -> None:
        document = self._chosen
        if document is None or DocumentAction.DELETE not in self.presenter.state.actions:
            return
        question = Question(
            self,
            self._themes,
            headline=tr("Delete {name}?", name=name_text(document)),
            detail=tr("The document is removed from the platform, for everybody. It can't be brought back from here."),
            verb=tr("Delete it"),
            typed=self.presenter.confirmation,
        )
        question.accepted.connect(partial(self.presenter.delete, document))
        question.open()

    def _open_menu(self, at: QPoint) -> None:
        if not self.table.indexAt(at).isValid() or self._chosen is None:
            return
        menu = QMenu(self)
        menu.setObjectName("documents.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        actions = self.presenter.state.actions
        for action, text, act in (
            (DocumentAction.DOWNLOAD, tr("Download"), self._ask_folder),
            (DocumentAction.PROCESS, tr("Process"), self._process),
            (DocumentAction.DELETE, tr("Delete"), self._ask_to_delete),
        ):
            if action in actions:
                menu.addAction(text, act)
        if menu.isEmpty():
            menu.deleteLater()
            return
        menu.popup(self.table.viewport().mapToGlobal(at))


def _age(state: DocumentsState) -> str:
    if not state.age:
        return ""
    return tr("{age}, stale", age=state.age) if state.stale else state.age


def _tell(label: PlainLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _line(name: str) -> PlainLabel:
    label = PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def _button(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    return button
