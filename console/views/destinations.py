"""Where the rail leads: the views that are built, each made when it is first wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from PySide6.QtWidgets import QWidget

from console.i18n import tr
from console.model.capability import Capability
from console.presenters.shell import HOME
from console.views.widgets.glyph import Glyph

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QStackedWidget

SETTINGS = "settings"
DIAGNOSTICS = "diagnostics"
OVERVIEW = "overview"
NOTICES = "notices"
UPLOADS = "uploads"
DOCUMENTS = "documents"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A view that is built.

    Attributes:
        key: Names it in object names, commands and what is remembered.
        text: As on the rail.
        glyph: As on the rail.
        of_gateway: There is one for each gateway; otherwise one for the whole window, at the rail's foot.
        on_top: It stands above the gateways instead: it is of all of them.
        needs_sign_in: The sign-in form takes its place while the gateway wants one.
        capability: What it asks the gateway for; None for nothing. Where that is missing it is hidden or explained.
    """

    key: str
    text: str
    glyph: Glyph
    of_gateway: bool = True
    on_top: bool = False
    needs_sign_in: bool = True
    capability: Capability | None = None


def destinations() -> tuple[Destination, ...]:
    """All of them, in the order of their keys: Ctrl+0 is the first one's."""
    return (
        Destination(
            key=OVERVIEW,
            text=tr("All gateways"),
            glyph=Glyph.TILES,
            of_gateway=False,
            on_top=True,
            needs_sign_in=False,
        ),
        Destination(key=HOME, text=tr("Health"), glyph=Glyph.PULSE, capability=Capability.HEALTH),
        Destination(key=DIAGNOSTICS, text=tr("Diagnostics"), glyph=Glyph.LINES, needs_sign_in=False),
        Destination(key=SETTINGS, text=tr("Settings"), glyph=Glyph.SLIDERS, of_gateway=False, needs_sign_in=False),
        Destination(
            key=NOTICES,
            text=tr("Notifications"),
            glyph=Glyph.BELL,
            of_gateway=False,
            on_top=True,
            needs_sign_in=False,
        ),
        Destination(
            key=UPLOADS,
            text=tr("Uploads"),
            glyph=Glyph.TRAY_UP,
            of_gateway=False,
            on_top=True,
            needs_sign_in=False,
        ),
        Destination(key=DOCUMENTS, text=tr("Documents"), glyph=Glyph.PAGE, capability=Capability.DOCUMENTS),
    )


class DestinationView(QWidget):
    """What a destination shows. Those with something to remember say how."""

    def recall(self, memory: QSettings, place: str) -> None:
        """Be arranged as it was left; `place` tells the gateways apart."""

    def keep(self, memory: QSettings, place: str) -> None:
        """Write down how it is arranged."""

    def show_part(self, id_: str) -> None:
        """Lead to one of the things that it shows; those that have none stay as they are."""


class ViewShelf:
    """The views that were shown at least once, by destination and gateway."""

    def __init__(
        self, stack: QStackedWidget, memory: QSettings, makers: Mapping[str, Callable[[str], DestinationView]]
    ) -> None:
        """`makers` gives for each destination's key what makes its view for a gateway (the empty name for none)."""
        self._stack = stack
        self._memory = memory
        self._makers = makers
        self._views: dict[tuple[str, str], DestinationView] = {}

    def known(self, key: str, gateway: str) -> DestinationView | None:
        """The view, if it was shown before."""
        return self._views.get((key, gateway))

    def view(self, key: str, gateway: str) -> DestinationView:
        """The view; made now when it was never shown."""
        if (view := self.known(key, gateway)) is None:
            view = self._views[key, gateway] = self._makers[key](gateway)
            self._stack.addWidget(view)
            view.recall(self._memory, _place(gateway))
        return view

    def keep(self) -> None:
        """Remember how all are arranged."""
        for (_key, gateway), view in self._views.items():
            view.keep(self._memory, _place(gateway))

    def drop(self, gateway: str) -> None:
        """Give up the views of one gateway, which is there again in another way; they are made anew."""
        self.keep()
        for key, _gateway in [at for at in self._views if at[1] == gateway]:
            self._give_up(key, gateway)

    def drop_all_but(self, gateways: Collection[str]) -> None:
        """Give up the views of gateways that are gone."""
        for key, gateway in [at for at in self._views if at[1] and at[1] not in gateways]:
            self._give_up(key, gateway)

    def _give_up(self, key: str, gateway: str) -> None:
        view = self._views.pop((key, gateway))
        self._stack.removeWidget(view)
        view.deleteLater()


def _place(gateway: str) -> str:
    """A gateway in the settings file: its name may hold what divides keys there."""
    return quote(gateway, safe="")
