"""What is of all gateways at once: the notifications centre with its number on the rail, and the overview."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from console.presenters.notice_texts import unread_text
from console.presenters.notices import NoticesPresenter
from console.views.destinations import NOTICES, OVERVIEW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.presenters.notices import Centre, NoticesState
    from console.services.ports import GatewayDirectory
    from console.views.destinations import DestinationView
    from console.views.main_window import MainWindow
    from console.views.notices.view import NoticesView
    from console.views.overview.view import OverviewView
    from console.views.theme import ThemeProvider

_SHOWN_MOST = 99


class NoticeDesk(QObject):
    """Keeps the number on the rail from the start; its views are made when they are wanted."""

    def __init__(
        self,
        window: MainWindow,
        themes: ThemeProvider,
        centre: Centre,
        directory: GatewayDirectory,
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        uploads: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """`uploads` is how many of each gateway's are under way, for the overview."""
        super().__init__(window)
        self._uploads = uploads
        self._window = window
        self._themes = themes
        self._centre = centre
        self._directory = directory
        self._clock = clock
        self._presenter = NoticesPresenter(centre, on_error, clock, self)
        self._presenter.state_changed.connect(self._count)
        self._presenter.start()

    @property
    def makers(self) -> Mapping[str, Callable[[str], DestinationView]]:
        """For `console.views.destinations.ViewShelf`."""
        return {OVERVIEW: self._overview_view, NOTICES: self._notices_view}

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._presenter.stop()

    def _overview_view(self, _gateway: str) -> OverviewView:
        from console.presenters.overview import OverviewPresenter  # noqa: PLC0415  (when it is wanted)
        from console.views.overview.view import OverviewView  # noqa: PLC0415  (see above)

        presenter = OverviewPresenter(self._directory, self._centre.noticed, self._clock, uploads=self._uploads)
        view = OverviewView(presenter, self._themes)
        presenter.setParent(view)
        view.gateway_wanted.connect(self._window.choose_gateway)
        view.addition_wanted.connect(lambda: self._window.choose_gateway(""))
        return view

    def _notices_view(self, _gateway: str) -> NoticesView:
        from console.views.notices.view import NoticesView  # noqa: PLC0415  (when it is wanted)

        view = NoticesView(self._presenter, self._themes)
        view.place_wanted.connect(self._window.show_service)
        return view

    def _count(self, state: NoticesState) -> None:
        shown = f"{_SHOWN_MOST}+" if state.unread > _SHOWN_MOST else str(state.unread or "")
        self._window.rail.set_count(NOTICES, shown, unread_text(state.unread))
