"""The Health view: header, what is missing, the cards or the face that stands in for them, the detail pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout

from console.i18n import tr
from console.presenters.display import age_text
from console.presenters.health_state import HealthPhase, HealthState, Pane
from console.views.destinations import DestinationView
from console.views.dialogs import Question
from console.views.health.card_delegate import CardDelegate
from console.views.health.card_grid import CardGrid
from console.views.health.deployments_pane import DeploymentsPane
from console.views.health.detail import DetailPane
from console.views.health.faces import FacePage, SkeletonGrid
from console.views.health.header import HealthHeader
from console.views.health.look import CardLook
from console.views.health.notices import NoticeBar
from console.views.health.number_pane import NumberPane
from console.views.health.numbers import NumbersStrip

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings
    from PySide6.QtGui import QHideEvent, QShowEvent

    from console.presenters.deployments import DeploymentsState
    from console.presenters.health import HealthPresenter
    from console.presenters.health_detail import DetailState
    from console.views.theme import ThemeProvider

_SIDE = 10
_SPLITTER_KEY = "health/splitter"


class HealthView(DestinationView):
    """Renders what a `HealthPresenter` says, and passes on what the operator wants.

    The presenter works while the view is shown: it is started and paused by the view's own show and hide.
    """

    def __init__(self, presenter: HealthPresenter, theme: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("health.view")
        self._presenter = presenter
        self._theme = theme
        look = CardLook.of(theme.current)
        self._delegate = CardDelegate(look, presenter.clock, self)
        self.header = HealthHeader(look)
        self.notices = NoticeBar(look)
        self.grid = CardGrid(presenter.cards, self._delegate)
        self.face = FacePage(look)
        self.skeleton = SkeletonGrid(look, self._delegate)
        self.detail = DetailPane(look, presenter.clock)
        self.numbers = NumbersStrip(look, presenter.clock, presenter.numbers.series)
        self.number = NumberPane(look, presenter.clock)
        self.deployments = DeploymentsPane(presenter.deployments.rows, look, theme.row_px)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.grid)
        self._render(presenter.state)

    def focus_filter(self) -> None:
        """Go to the filter field and select what is in it."""
        self.header.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.header.filter.selectAll()

    def recall(self, memory: QSettings, place: str) -> None:
        """Put the splitter between cards and detail pane where it was."""
        kept = memory.value(f"{_SPLITTER_KEY}/{place}")
        if isinstance(kept, QByteArray):
            self._splitter.restoreState(kept)

    def keep(self, memory: QSettings, place: str) -> None:
        """Remember the place of the splitter."""
        memory.setValue(f"{_SPLITTER_KEY}/{place}", self._splitter.saveState())

    def show_part(self, id_: str) -> None:
        """Choose a service and open its details."""
        self._presenter.open_detail(id_)
        self.grid.choose(id_)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """Follow while somebody looks."""
        super().showEvent(event)
        self._presenter.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  (Qt's name)
        """Rest while nobody looks."""
        self._presenter.pause()
        super().hideEvent(event)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        for widget in (self.grid, self.face, self.skeleton):
            self._stack.addWidget(widget)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("health.splitter")
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._stack)
        self._side = QStackedWidget()
        for pane in (self.detail, self.number, self.deployments):
            self._side.addWidget(pane)
        self._splitter.addWidget(self._side)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 1)
        self._stack.setMinimumWidth(272)
        self._side.setMinimumWidth(420)
        self._side.hide()
        self._stack.setContentsMargins(_SIDE, 0, _SIDE, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.notices)
        column.addWidget(self.numbers)
        column.addWidget(self._splitter, 1)

    def _connect(self) -> None:
        presenter = self._presenter
        presenter.state_changed.connect(self._render)
        presenter.ticked.connect(self._tick)
        presenter.detail.state_changed.connect(self._render_detail)
        self.header.text_changed.connect(presenter.set_filter_text)
        self.header.statuses_changed.connect(presenter.set_filter_statuses)
        self.header.refresh_asked.connect(presenter.refresh)
        self.grid.chosen.connect(presenter.select)
        self.grid.opened.connect(presenter.open_detail)
        self.grid.left.connect(presenter.close_pane)
        self.face.retry_asked.connect(presenter.refresh)
        self.face.clear_asked.connect(self.header.clear_filter)
        self.detail.closed.connect(self._close_pane)
        self.number.closed.connect(self._close_pane)
        self.deployments.closed.connect(self._close_pane)
        self._connect_numbers()
        self.detail.range_chosen.connect(presenter.set_range)
        self.detail.retry_asked.connect(presenter.detail.retry)
        self._theme.changed.connect(self._theme_changed)
        for keys in (QKeySequence.StandardKey.Find, QKeySequence("/")):
            shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.focus_filter)
        leave = QShortcut(
            QKeySequence(Qt.Key.Key_Escape), self.header.filter, context=Qt.ShortcutContext.WidgetShortcut
        )
        leave.activated.connect(self._leave_filter)

    def _connect_numbers(self) -> None:
        presenter = self._presenter
        presenter.numbers.state_changed.connect(self.numbers.render_state)
        presenter.number.state_changed.connect(self.number.render_state)
        presenter.deployments.state_changed.connect(self._render_deployments)
        presenter.deployments.flags_changed.connect(self.detail.show_flags)
        presenter.deployments.flags_changed.connect(self.number.show_flags)
        self.numbers.number_asked.connect(self._open_number)
        self.numbers.deployments_asked.connect(self._open_deployments)
        self.numbers.empty_asked.connect(self._ask_to_empty)
        self.number.range_chosen.connect(presenter.number.set_range)
        self.deployments.retry_asked.connect(presenter.try_now)
        self.numbers.render_state(presenter.numbers.state)
        self._render_deployments(presenter.deployments.state)

    def _render(self, state: HealthState) -> None:
        self.header.render_state(state, self._age())
        self.notices.show_notices(state.notices if state.totals.count else ())
        self._delegate.gap_s = self._presenter.gap_s
        self._show_face(state)
        self._show_pane(state.pane)

    def _show_face(self, state: HealthState) -> None:
        match state.phase:
            case HealthPhase.LOADING:
                self._stack.setCurrentWidget(self.skeleton)
                return
            case HealthPhase.EMPTY:
                self._say_empty(observed=state.observed)
            case HealthPhase.UNSUPPORTED:
                self.face.say(
                    tr("This gateway offers no health"),
                    tr("These answers said so. It is asked again at every reconnect."),
                    answers=state.answers,
                    can_retry=True,
                )
            case HealthPhase.ERROR if state.explanation is not None:
                said = state.explanation
                self.face.say(said.headline, said.advice, request_id=said.request_id, can_retry=True)
            case _ if not state.shown:
                self.face.say(
                    tr("No service passes the filter"),
                    tr("{count} are hidden.", count=f"{state.totals.count:,}"),
                    can_clear=True,
                )
            case _:
                self._stack.setCurrentWidget(self.grid)
                return
        self._stack.setCurrentWidget(self.face)

    def _say_empty(self, *, observed: bool) -> None:
        if observed:
            self.face.say(
                tr("Nothing was asked of this gateway yet"),
                tr("The platform has no health to ask for: its services appear here as this console asks them."),
                can_retry=True,
            )
            return
        self.face.say(
            tr("This gateway lists no services"),
            tr("Services appear here as soon as they register with the gateway."),
            can_retry=True,
        )

    def _show_pane(self, pane: Pane) -> None:
        widgets = {Pane.SERVICE: self.detail, Pane.NUMBER: self.number, Pane.DEPLOYMENTS: self.deployments}
        opened = pane is not Pane.NONE
        if opened:
            self._side.setCurrentWidget(widgets[pane])
        shown = self._presenter.number.state.tile
        self.numbers.show_open(
            number=shown.metric.id if pane is Pane.NUMBER and shown is not None else "",
            deployments=pane is Pane.DEPLOYMENTS,
        )
        if self._side.isVisibleTo(self) is opened:
            return
        self._side.setVisible(opened)
        if opened and not self._splitter.property("placed"):
            self._splitter.setProperty("placed", True)
            width = self._splitter.width()
            self._splitter.setSizes([width * 2 // 5, width * 3 // 5])

    def _close_pane(self) -> None:
        """The keyboard goes back to what had opened the pane."""
        pane, shown = self._presenter.state.pane, self._presenter.number.state.tile
        self._presenter.close_pane()
        match pane:
            case Pane.NUMBER if shown is not None and self.numbers.focus_number(shown.metric.id):
                pass
            case Pane.DEPLOYMENTS:
                self.numbers.focus_deployments()
            case _:
                self.grid.setFocus()

    def _open_number(self, metric_id: str) -> None:
        shown = self._presenter.number.state.tile
        if self._presenter.state.pane is Pane.NUMBER and shown is not None and shown.metric.id == metric_id:
            self._close_pane()
        else:
            self._presenter.open_number(metric_id)

    def _open_deployments(self) -> None:
        if self._presenter.state.pane is Pane.DEPLOYMENTS:
            self._close_pane()
        else:
            self._presenter.open_deployments()
            self.deployments.setFocus()

    def _ask_to_empty(self) -> None:
        question = Question(
            self,
            self._theme,
            headline=tr("Empty the platform's cache?"),
            detail=tr("What it keeps ready is dropped, for all its users: it is slower until that is filled again."),
            verb=tr("Empty it"),
            typed=self._presenter.numbers.confirmation,
        )
        question.accepted.connect(self._presenter.numbers.empty_cache)
        question.open()

    def _render_deployments(self, state: DeploymentsState) -> None:
        self.deployments.render_state(state)
        self.numbers.render_deployments(state)

    def _leave_filter(self) -> None:
        if self.header.filter.text():
            self.header.filter.clear()
        else:
            self.grid.setFocus()

    def _render_detail(self, state: DetailState) -> None:
        self.detail.render_state(state)

    def _age(self) -> str:
        seen_at = self._presenter.state.seen_at
        if seen_at is None:
            return ""
        age_s = max(0.0, (self._presenter.clock() - seen_at).total_seconds())
        return age_text(age_s)

    def _tick(self) -> None:
        self.header.show_age(self._age())
        self.detail.show_age()
        self.numbers.show_age()
        self.grid.viewport().update()

    def _theme_changed(self) -> None:
        look = CardLook.of(self._theme.current)
        self._delegate.set_look(look)
        for part in (self.header, self.notices, self.face, self.skeleton, self.detail):
            part.set_look(look)
        for other in (self.numbers, self.number, self.deployments):
            other.set_look(look)
        self.deployments.pack(self._theme.row_px)
        self.grid.fit()
        self.grid.viewport().update()
