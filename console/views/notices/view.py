"""The notifications centre: filter, list, one of them in full."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.noticed import Entry
from console.presenters.display import menu_text
from console.presenters.notice_rows import NoticeFilter
from console.presenters.notice_texts import copied_text, counted, source_text, unread_text
from console.views.destinations import DestinationView
from console.views.notices.detail import NoticeDetail
from console.views.notices.header import NoticesHeader
from console.views.notices.row_delegate import NoticeRowDelegate
from console.views.notices.row_list import NoticeList
from console.views.theme import GAP_M, GAP_XL
from console.views.widgets.face import Face
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint, QSettings
    from PySide6.QtGui import QHideEvent, QShowEvent

    from console.presenters.notice_rows import Row
    from console.presenters.notices import NoticesPresenter, NoticesState
    from console.views.theme import ThemeProvider

_SPLITTER_KEY = "notices/splitter"


class NoticesView(DestinationView):
    """Renders what a `NoticesPresenter` says."""

    place_wanted = Signal(str, str)  # a gateway's name, and the id of a service of it or the empty text

    def __init__(self, presenter: NoticesPresenter, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("notices.view")
        self.presenter = presenter
        self._themes = themes
        self._muting = QMenu(self)
        self._muting.setObjectName("notices.muting")
        self._muting.aboutToShow.connect(lambda: self._fill_muting(self._muting))
        self.header = NoticesHeader(presenter)
        self.list = NoticeList(presenter.model, NoticeRowDelegate(themes, presenter.clock, self))
        self.detail = NoticeDetail(self._muting)
        self._notes = PlainLabel()
        self._notes.setObjectName("notices.notes")
        self._notes.setWordWrap(True)
        self._face = Face("notices.face")
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.list)
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

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """Ages grow while somebody looks."""
        super().showEvent(event)
        self.presenter.watch(shown=True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  (Qt's name)
        """And rest while nobody does."""
        self.presenter.watch(shown=False)
        super().hideEvent(event)

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self._face)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("notices.splitter")
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._pages)
        self._splitter.addWidget(self.detail)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self.detail.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_M)
        column.setSpacing(GAP_M)
        column.addWidget(self.header)
        column.addWidget(self._notes)
        column.addWidget(self._splitter, 1)

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.state_changed.connect(self._render)
        presenter.ticked.connect(self._tick)
        self.list.chosen.connect(presenter.choose)
        self.list.opened.connect(self._open)
        self.list.left.connect(self._close)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.detail.show_wanted.connect(self._open_chosen)
        self.detail.read_wanted.connect(self._read_chosen)
        self.detail.copy_wanted.connect(self._copy_chosen)
        self.detail.closed.connect(self._close)
        self.header.left.connect(lambda: self.list.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self._face.act_wanted.connect(self.header.clear)
        self._themes.changed.connect(self._wear)
        for keys in (QKeySequence(QKeySequence.StandardKey.Find), QKeySequence("/")):
            find = QShortcut(keys, self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            find.activated.connect(self.header.focus_filter)
        copy = QShortcut(
            QKeySequence(QKeySequence.StandardKey.Copy), self.list, context=Qt.ShortcutContext.WidgetShortcut
        )
        copy.activated.connect(self._copy_chosen)

    def _wear(self) -> None:
        theme = self._themes.current
        self.header.wear(theme)
        self.detail.wear(theme)
        self._face.wear(theme)
        self._notes.setFont(theme.small)
        self._notes.setForegroundRole(self._notes.palette().ColorRole.PlaceholderText)
        self.list.doItemsLayout()  # rows may be higher now
        if self.presenter.state.chosen is not None:
            self.detail.render_row(self.presenter.state.chosen, self.presenter.clock())

    def _render(self, state: NoticesState) -> None:
        self.header.render_state(state)
        self._notes.setText("\n".join(_notes(state)))
        self._notes.setVisible(bool(self._notes.text()))
        self._pages.setCurrentWidget(self._face_of(state))
        if state.chosen is not None:
            self.detail.render_row(state.chosen, self.presenter.clock())
        self.detail.setVisible(state.chosen is not None)

    def _face_of(self, state: NoticesState) -> QWidget:
        if state.shown:
            return self.list
        if state.total:
            only_unread = state.filter == NoticeFilter(unread=True)
            headline = tr("Everything is read") if only_unread else tr("Nothing passes the filter")
            self._face.say(headline, tr("{held} held.", held=counted(state.total)), tr("Clear the filter"))
        elif not state.gateways:
            self._face.say(tr("No notifications"), tr("What your gateways tell appears here. There is no gateway yet."))
        elif not state.loaded:
            self._face.say(tr("Reading notifications"), tr("The gateways are being asked."))
        else:
            self._face.say(
                tr("No notifications"),
                tr("What platforms tell their users appears here, and each service that turns bad."),
            )
        return self._face

    def _tick(self) -> None:
        self.list.viewport().update()
        if (chosen := self.presenter.state.chosen) is not None:
            self.detail.render_row(chosen, self.presenter.clock())

    # What is done about one

    def _open(self, row: Row) -> None:
        if isinstance(row, Entry):
            self.presenter.mark_read(row)
        self.place_wanted.emit(*self.presenter.place(row))

    def _open_chosen(self) -> None:
        if (chosen := self.presenter.state.chosen) is not None:
            self._open(chosen)

    def _read_chosen(self) -> None:
        if isinstance(chosen := self.presenter.state.chosen, Entry):
            self.presenter.mark_read(chosen)

    def _copy_chosen(self) -> None:
        if isinstance(chosen := self.presenter.state.chosen, Entry):
            QGuiApplication.clipboard().setText(copied_text(chosen, self.presenter.clock()))

    def _close(self) -> None:
        self.list.clear_choice()
        self.presenter.choose(())
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_menu(self, at: QPoint) -> None:
        if not self.list.indexAt(at).isValid():
            return
        menu = QMenu(self)
        menu.setObjectName("notices.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Show"), self._open_chosen)
        if isinstance(self.presenter.state.chosen, Entry):
            menu.addAction(tr("Mark read"), self._read_chosen)
            menu.addAction(tr("Copy text"), self._copy_chosen)
        menu.addSeparator()
        self._fill_muting(menu, anew=False)
        menu.popup(self.list.viewport().mapToGlobal(at))

    def _fill_muting(self, menu: QMenu, *, anew: bool = True) -> None:
        if anew:
            menu.clear()
        if (chosen := self.presenter.state.chosen) is None:
            return
        for mute, text in self.presenter.state.mutes:
            if mute.gateway == chosen.gateway and mute.service in ("", chosen.source):
                said = menu.addAction(menu_text(tr("Stop muting {what}", what=text)))
                said.triggered.connect(partial(self.presenter.unmute, mute))
        for service in dict.fromkeys((chosen.source, "")):
            part = menu.addMenu(menu_text(tr("Mute {what}", what=source_text(chosen.gateway, service))))
            part.setObjectName("notices.mute.source" if service else "notices.mute.gateway")
            for text, act in (
                (tr("For 1 hour"), self.presenter.mute_for_an_hour),
                (tr("Until tomorrow, 8:00"), self.presenter.mute_until_tomorrow),
                (tr("For good"), partial(self.presenter.mute, until=None)),
            ):
                part.addAction(text, partial(act, chosen.gateway, service))


def _notes(state: NoticesState) -> tuple[str, ...]:
    notes = list(state.notes)
    if state.quiet:
        notes.insert(0, tr("Quiet hours: nothing is announced, everything is listed."))
    if state.left_out:
        notes.append(tr("{held} older left no room and are not shown.", held=counted(state.left_out)))
    if state.muted_unread:
        notes.append(tr("{unread} of muted sources, not counted on the rail.", unread=unread_text(state.muted_unread)))
    return tuple(notes)
