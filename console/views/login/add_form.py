"""Adding a gateway: paste its address, see what answers, confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.network_draft import NetworkDraft
from console.views.theme import GAP_L, GAP_M, GAP_S
from console.views.widgets.extra_fields import ExtraFields
from console.views.widgets.form import FORM_WIDTH_PX, Choices, ErrorLine, Field, Heading, Quiet, Tick, flat, primary
from console.views.widgets.label import PlainLabel
from console.views.widgets.network_fields import NetworkFields

if TYPE_CHECKING:
    from console.model.discovery import Discovery
    from console.presenters.login import AddState
    from console.views.theme import ThemeProvider

_FITS = 0.3


class AddGatewayForm(QWidget):
    """Two steps in one column: the address, then what was found."""

    probe_wanted = Signal(str, object)  # the address, and the NetworkDraft of how to reach it
    changed = Signal()  # what was found, or is being looked for, is reached in another way: probe again
    add_wanted = Signal(str, str, str, bool, bool, str, str)  # as `LoginPresenter.add` takes them

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("login.add")
        self.setFixedWidth(FORM_WIDTH_PX)
        self._shown: Discovery | None = None
        self._probing = False
        self._title = Heading(themes, tr("Add a gateway"))
        self._intro = Quiet(
            tr("Paste the address of a gateway. It is asked what it is; nothing is sent to it but that question.")
        )
        self.url = Field(themes, "login.url", tr("Address"))
        self.url.line.setPlaceholderText("https://gateway.example")
        self._probe = primary(tr("Check address"), "login.probe")
        self._more = flat(tr("Certificates, proxy, plain http"), "login.advanced")
        self.network = NetworkFields(themes, "login.network")
        self._network_error = ErrorLine(themes, "login.network.error")
        self._layers = Quiet(name="login.layers")
        self._found = QWidget()
        self._platform = Choices(themes, "login.platform", tr("Platform"))
        self._proposal = Quiet(name="login.proposal")
        self.name = Field(themes, "login.name", tr("Name"))
        self.label = Field(themes, "login.label", tr("Label (optional)"))
        self._production = Tick(themes, "login.production", tr("Production: framed, destructive acts ask twice"))
        self._read_only = Tick(themes, "login.read_only", tr("Read only: refuse everything that changes something"))
        self.extras = ExtraFields(themes, "login")
        self._error = ErrorLine(themes, "login.add.error")
        self._add = primary(tr("Add gateway"), "login.add.submit")
        self._again = flat(tr("Other address"), "login.add.again")
        self._lay_out()
        self._more.clicked.connect(lambda: self._open_network(self.network.isHidden()))
        self.network.changed.connect(self._network_changed)
        self.url.entered.connect(self._ask)
        self._probe.clicked.connect(self._ask)
        self._platform.currentIndexChanged.connect(self._platform_chosen)
        self._add.clicked.connect(self._send)
        self.name.entered.connect(self._send)
        self.label.entered.connect(self._send)
        self._again.clicked.connect(self._start_over)

    def render_state(self, state: AddState) -> None:
        """Show what probing found, or what is wrong."""
        self._probing = state.busy and state.found is None
        self.url.setEnabled(not state.busy)
        self._probe.setEnabled(not state.busy)
        self._probe.setText(tr("Checking") if self._probing else tr("Check address"))
        self._layers.setText(
            "\n".join(f"{_CHECK if ok else _CROSS} {printable(text, 160)}" for text, ok in state.layers)
        )
        self._layers.setVisible(bool(state.layers))
        problem = state.problem
        text = problem.text if problem is not None else ""
        field = problem.field if problem is not None else ""
        self.url.error.say(text if field == "url" else "")
        self.name.error.say(text if field == "name" else "")
        self._network_error.say(text if field == "network" else "")
        self.extras.admin_url.error.say(text if field == "admin_url" else "")
        self._error.say(text if field not in ("url", "name", "network", "admin_url") else "")
        if field == "network":
            self._open_network(True)
        if state.found is not self._shown:
            self._shown = state.found
            self._propose(state)
        self._found.setVisible(bool(state.proposals))
        self._probe.setVisible(not state.proposals)
        self._add.setEnabled(not state.busy)
        if problem is not None:  # what was busy lost the focus
            parts = {"network": self.network, "name": self.name, "admin_url": self.extras.admin_url}
            parts.get(field, self.url).setFocus()
        if state.added:
            self._start_over()

    def take_focus(self) -> None:
        """To the field that is next."""
        (self.name if self._found.isVisible() else self.url).line.setFocus()

    def _propose(self, state: AddState) -> None:
        self._platform.clear()
        for proposal in state.proposals:
            self._platform.addItem(printable(proposal.title, 60), proposal.platform)
        if not state.proposals:
            return
        best = state.proposals[0]
        self._proposal.setText(
            tr("This looks like {platform}.", platform=best.title)
            if best.fit >= _FITS
            else tr("No platform was recognised; choose the one you know it to be.")
        )
        self.name.line.setText(state.name)
        self.name.line.selectAll()
        self.name.line.setFocus()

    def _platform_chosen(self) -> None:
        offered = {one.platform: one.offered for one in self._shown.proposals} if self._shown is not None else {}
        self.extras.show_for(offered.get(self._platform.currentData() or "", frozenset()))

    def _ask(self) -> None:
        self.probe_wanted.emit(self.url.text, self.network.draft)

    def _open_network(self, opened: bool) -> None:
        self.network.setVisible(opened)
        self._more.setText(
            tr("Hide certificates, proxy, plain http") if opened else tr("Certificates, proxy, plain http")
        )

    def _network_changed(self) -> None:
        if self._probing or not self._found.isHidden():
            self.changed.emit()

    def _send(self) -> None:
        self.add_wanted.emit(
            self.name.text,
            self._platform.currentData() or "",
            self.label.text,
            self._production.isChecked(),
            self._read_only.isChecked(),
            *self.extras.texts,
        )

    def _start_over(self) -> None:
        for field in (self.url, self.name, self.label):
            field.line.clear()
        self._production.setChecked(False)
        self._read_only.setChecked(False)
        self.extras.show_texts("", "")
        self.network.show_draft(NetworkDraft())
        self._open_network(False)
        self._network_error.say("")
        self._found.hide()
        self._layers.hide()
        self._probe.show()
        self.url.line.setFocus()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        above: tuple[QWidget, ...] = (self._title, self._intro, self.url)
        for widget in above:
            column.addWidget(widget)
        more = QHBoxLayout()
        more.addWidget(self._more)
        more.addStretch(1)
        column.addLayout(more)
        below: tuple[QWidget, ...] = (self.network, self._network_error, self._layers, self._error)
        for widget in below:
            column.addWidget(widget)
        self.network.setVisible(False)
        row = QHBoxLayout()
        row.addWidget(self._probe)
        row.addStretch(1)
        column.addLayout(row)
        found = QVBoxLayout(self._found)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(GAP_L)
        platform = QVBoxLayout()
        platform.setSpacing(GAP_S)
        platform.addWidget(PlainLabel(tr("Platform")))
        platform.addWidget(self._platform)
        platform.addWidget(self._proposal)
        found.addLayout(platform)
        fields: tuple[QWidget, ...] = (self.name, self.label, self._production, self._read_only, self.extras)
        for widget in fields:
            found.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_M)
        buttons.addWidget(self._add)
        buttons.addWidget(self._again)
        buttons.addStretch(1)
        found.addLayout(buttons)
        column.addWidget(self._found)
        self._found.hide()
        self._layers.hide()


_CHECK, _CROSS = "\N{CHECK MARK}", "\N{MULTIPLICATION X}"
