"""The Uploads view: what is on its way to the gateways, what needs somebody, what arrived."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.upload_drop import drop_of, refusal_text
from console.presenters.upload_model import MOVED_TYPE
from console.presenters.upload_next import WayOn, ways_of
from console.presenters.upload_texts import counted
from console.views.clipboard import secret_clipboard
from console.views.destinations import DestinationView
from console.views.theme import GAP_M, GAP_XL
from console.views.uploads.detail import UploadDetail
from console.views.uploads.header import UploadsHeader
from console.views.uploads.menu import upload_menu
from console.views.uploads.overlay import DropOverlay
from console.views.uploads.row_delegate import UploadRowDelegate
from console.views.uploads.table import UploadTable
from console.views.widgets.face import Face
from console.views.widgets.form import ErrorLine, Quiet
from console.views.widgets.skeleton import SkeletonRows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QPoint, QSettings
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QHideEvent, QShowEvent

    from console.model.upload import UploadItem
    from console.presenters.uploads import UploadsPresenter
    from console.presenters.uploads_state import UploadsState
    from console.views.theme import ThemeProvider

_SPLITTER_KEY = "uploads/splitter"
_BARS = (0.3, 0.08, 0.1, 0.18, 0.1, 0.08, 0.08)


class UploadsView(DestinationView):
    """Renders what an `UploadsPresenter` says. What needs a question or a dialog first is a signal."""

    files_wanted = Signal()
    folder_wanted = Signal()
    list_wanted = Signal()
    dropped = Signal(object)  # paths
    cancel_wanted = Signal(object)  # items
    removal_wanted = Signal(object)  # items
    file_wanted = Signal(str)  # id of the item whose file is to be found
    sign_in_wanted = Signal(str)  # a gateway's name
    document_wanted = Signal(str, str)  # a gateway's name, a document's id

    def __init__(self, presenter: UploadsPresenter, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("uploads.view")
        self.setAcceptDrops(True)
        self.presenter = presenter
        self._themes = themes
        self.header = UploadsHeader(presenter, themes)
        self.table = UploadTable(presenter.model, UploadRowDelegate(themes, self), themes)
        self.detail = UploadDetail(themes)
        self._trouble = ErrorLine(themes, "uploads.trouble")
        self._notes = Quiet(name="uploads.notes")
        self._said = Quiet(name="uploads.said")
        self._face = Face("uploads.face")
        self._skeleton = SkeletonRows(
            themes.current, themes.row_px, "uploads.loading", tr("Reading the queue's journal"), _BARS
        )
        self._overlay = DropOverlay(self, themes)
        self._lay_out()
        self._connect()
        self._keys()
        self.setFocusProxy(self.table)
        self._wear()
        self._render(presenter.state)

    def recall(self, memory: QSettings, place: str) -> None:
        """The splitter as it was left."""
        kept = memory.value(f"{_SPLITTER_KEY}/{place}")
        if isinstance(kept, QByteArray):
            self._splitter.restoreState(kept)

    def keep(self, memory: QSettings, place: str) -> None:
        """Remember it."""
        memory.setValue(f"{_SPLITTER_KEY}/{place}", self._splitter.saveState())

    def show_part(self, id_: str) -> None:
        """Lead to one of the uploads."""
        self.table.select_item(id_)
        self.presenter.choose(id_)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """Rows are made while somebody looks."""
        super().showEvent(event)
        self.presenter.watch(shown=True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  (Qt's name)
        """And rest while nobody does."""
        self.presenter.watch(shown=False)
        super().hideEvent(event)

    # Dropping files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  (Qt's name)
        """Say what will happen, also when that is nothing."""
        data = event.mimeData()
        if data.hasFormat(MOVED_TYPE):
            event.ignore()
            return
        self._overlay.show_for(drop_of(data.urls()))
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802  (Qt's name)
        """Wherever it is over the view."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802  (Qt's name)
        """It goes elsewhere."""
        self._overlay.hide()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802  (Qt's name)
        """Files and folders of this computer are looked through; for anything else there is a sentence."""
        self._overlay.hide()
        drop = drop_of(event.mimeData().urls())
        self.presenter.say(refusal_text(drop))
        event.setAccepted(bool(drop.paths))
        if drop.paths:
            event.setDropAction(Qt.DropAction.CopyAction)  # never moved: whoever gave them keeps them
            self.dropped.emit(drop.paths)

    # How it is made

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        for page in (self.table, self._face, self._skeleton):
            self._pages.addWidget(page)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("uploads.splitter")
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._pages)
        self._splitter.addWidget(self.detail)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self.detail.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_M)
        column.setSpacing(GAP_M)
        for widget in (self.header, self._trouble, self._notes, self._said):
            column.addWidget(widget)
        column.addWidget(self._splitter, 1)

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.state_changed.connect(self._render)
        presenter.thumbnail.changed.connect(self.detail.thumbnail.render_state)
        presenter.ticked.connect(self.table.viewport().update)
        self.table.chosen.connect(presenter.choose)
        self.table.folded.connect(presenter.fold)
        self.table.moved.connect(presenter.move)
        self.table.held.connect(self._pause_or_resume)
        self.table.left.connect(self._close)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.detail.way_wanted.connect(self._go_on)
        self.detail.decided.connect(self._decide)
        self.detail.closed.connect(self._close)
        self.header.files_wanted.connect(self.files_wanted)
        self.header.folder_wanted.connect(self.folder_wanted)
        self.header.list_wanted.connect(self.list_wanted)
        self.header.left.connect(lambda: self.table.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self._face.act_wanted.connect(self._act_on_face)
        self._themes.changed.connect(self._wear)

    def _keys(self) -> None:
        for keys in (QKeySequence(QKeySequence.StandardKey.Find), QKeySequence("/")):
            find = QShortcut(keys, self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            find.activated.connect(self.header.focus_filter)
        for keys, does in (
            (QKeySequence(QKeySequence.StandardKey.Copy), self._copy_path),
            (QKeySequence(QKeySequence.StandardKey.Delete), partial(self._do_selected, WayOn.REMOVE)),
            (QKeySequence("Alt+Return"), partial(self._do_selected, WayOn.RETRY)),
            (QKeySequence("Alt+Up"), partial(self._step, -1)),
            (QKeySequence("Alt+Down"), partial(self._step, 1)),
        ):
            QShortcut(keys, self.table, context=Qt.ShortcutContext.WidgetShortcut).activated.connect(does)

    def _wear(self) -> None:
        theme = self._themes.current
        self.table.wear()
        self.detail.wear(theme)
        self._face.wear(theme)
        self._skeleton.theme, self._skeleton.row_px = theme, self._themes.row_px
        self._skeleton.update()
        for label in (self._notes, self._said):
            label.setFont(theme.small)
        self._render_detail(self.presenter.state)

    def _render(self, state: UploadsState) -> None:
        self.header.render_state(state)
        self._trouble.say(state.trouble)
        for label, text in ((self._notes, "\n".join(state.notes)), (self._said, state.busy or state.said)):
            label.setText(text)
            label.setVisible(bool(text))
        self._pages.setCurrentWidget(self._page_of(state))
        self._render_detail(state)

    def _render_detail(self, state: UploadsState) -> None:
        if (item := state.chosen) is not None:
            self.detail.render_state(state, self.presenter.user_id(item.profile))
        self.detail.setVisible(item is not None)

    def _page_of(self, state: UploadsState) -> QWidget:
        if not state.loaded:
            return self._skeleton
        if state.shown:
            return self.table
        if held := sum(state.counts.values()):
            self._face.say(
                tr("Nothing passes the filter"), tr("{held} in the queue.", held=counted(held)), tr("Clear the filter")
            )
        elif not state.offered:
            self._face.say(
                tr("No uploads"),
                tr("Documents on their way to a gateway appear here. None of your gateways takes documents yet."),
            )
        else:
            self._face.say(
                tr("No uploads"),
                tr(
                    "Drop files or folders anywhere here, or add them. They are sent one after the other, wait while"
                    " a gateway is out of reach, and go on after a restart."
                ),
                tr("Add files"),
            )
        return self._face

    def _act_on_face(self) -> None:
        if self.presenter.state.filter.narrows:
            self.header.clear()
        else:
            self.files_wanted.emit()

    # What is done about some

    def _selected(self) -> tuple[UploadItem, ...]:
        """The selected items; those of the group where its heading is what is selected."""
        if items := self.table.items:
            return items
        heading = self.table.heading
        return self.presenter.members(heading.group) if heading is not None else ()

    def _do_selected(self, way: WayOn) -> None:
        self._do(way, [item for item in self._selected() if way in ways_of(item)])

    def _do(self, way: WayOn, items: Sequence[UploadItem]) -> None:
        ids = [item.id for item in items]
        if not ids:
            return
        match way:
            case WayOn.PAUSE:
                self.presenter.pause(ids)
            case WayOn.RESUME:
                self.presenter.resume(ids)
            case WayOn.RETRY | WayOn.LOOK_UP:
                self.presenter.retry(ids)
            case WayOn.CANCEL:
                self.cancel_wanted.emit(tuple(items))
            case WayOn.REMOVE:
                self.removal_wanted.emit(tuple(items))
            case _:
                self._do_one(way, items[0])

    def _do_one(self, way: WayOn, item: UploadItem) -> None:
        match way:
            case WayOn.SHOW:
                self.document_wanted.emit(item.profile, item.document_id)
            case WayOn.FIND_FILE:
                self.file_wanted.emit(item.id)
            case WayOn.SIGN_IN:
                self.sign_in_wanted.emit(item.profile)
            case WayOn.IS_THERE | WayOn.SEND_AGAIN:
                self.presenter.decide(item.id, stored=way is WayOn.IS_THERE)

    def _go_on(self, way: WayOn) -> None:
        if (chosen := self.presenter.state.chosen) is not None:
            self._do(way, (chosen,))

    def _decide(self, stored: bool, document_id: str) -> None:
        if (chosen := self.presenter.state.chosen) is not None:
            self.presenter.decide(chosen.id, stored=stored, document_id=document_id)

    def _pause_or_resume(self) -> None:
        pausing = any(WayOn.PAUSE in ways_of(item) for item in self.table.items)
        self._do_selected(WayOn.PAUSE if pausing else WayOn.RESUME)

    def _step(self, by: int) -> None:
        self.presenter.step([item.id for item in self.table.items], by)

    def _copy_path(self) -> None:
        if items := self.table.items:
            QGuiApplication.clipboard().setText("\n".join(item.path for item in items))

    def _close(self) -> None:
        self.table.clear_choice()
        self.presenter.choose("")
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_menu(self, at: QPoint) -> None:
        items = self._selected() if self.table.indexAt(at).isValid() else ()
        if items:
            menu = upload_menu(self, self.presenter, items, self._do, self._copies(items))
            menu.popup(self.table.viewport().mapToGlobal(at))

    def _copies(self, items: Sequence[UploadItem]) -> Sequence[tuple[str, str, Callable[[], None]]]:
        if len(items) > 1:
            return [("path", tr("Copy paths"), self._copy_path)] if self.table.items else []
        item = items[0]
        clipboard = QGuiApplication.clipboard()
        request_id = item.failure.request_id if item.failure is not None else ""
        found: list[tuple[str, str, Callable[[], None]]] = [
            ("path", tr("Copy path"), partial(clipboard.setText, item.path)),
            ("curl", tr("Copy as cURL"), lambda: secret_clipboard().copy(self.presenter.curl(item))),
        ]
        if request_id:
            found.append(("request", tr("Copy request id"), partial(clipboard.setText, request_id)))
        if item.document_id:
            found.append(("document", tr("Copy document id"), partial(clipboard.setText, item.document_id)))
        return found
