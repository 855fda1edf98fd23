"""How a gateway is reached: authorities, client certificate, proxy, and plain http as a choice that is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.i18n import tr
from console.model.health import HealthStatus
from console.model.network import ENVIRONMENT, NO_PROXY
from console.presenters.network_draft import OWN_PROXY, NetworkDraft
from console.views.theme import GAP_L, GAP_S
from console.views.widgets.file_field import FileField
from console.views.widgets.form import Choices, Field, Quiet, Tick
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.views.theme import ThemeProvider


class NetworkFields(QWidget):
    """The same fields wherever a gateway is added or changed. Says that something was changed; `draft` says what."""

    changed = Signal()

    def __init__(self, themes: ThemeProvider, prefix: str) -> None:
        super().__init__()
        self.setObjectName(prefix)
        self._themes = themes
        self._showing = False
        pem = tr("Certificates (*.pem *.crt *.cer *.key)")
        self.ca_file = FileField(themes, f"{prefix}.ca_file", tr("Authorities trusted besides the system's"), pem)
        self.client_cert = FileField(themes, f"{prefix}.client_cert", tr("Client certificate"), pem)
        self.client_key = FileField(themes, f"{prefix}.client_key", tr("Its key, when in a file of its own"), pem)
        self.admin_cert = Tick(
            themes, f"{prefix}.admin_client_cert", tr("Show the certificate to the admin address too")
        )
        self.proxy = Choices(themes, f"{prefix}.proxy", tr("Proxy"))
        self.proxy.addItem(tr("As the system's environment says"), ENVIRONMENT)
        self.proxy.addItem(tr("None: straight to the gateway"), NO_PROXY)
        self.proxy.addItem(tr("This one"), OWN_PROXY)
        self.proxy_url = Field(themes, f"{prefix}.proxy_url", tr("Address of the proxy"))
        self.proxy_url.line.setPlaceholderText("http://proxy.example:3128")
        self._proxy_hint = Quiet(tr("A user name and password in it are kept readable in the settings file."))
        self.plain_http = Tick(themes, f"{prefix}.allow_plain_http", tr("Allow http without protection"))
        self._consequence = PlainLabel()
        self._consequence.setObjectName(f"{prefix}.consequence")
        self._consequence.setWordWrap(True)
        self._lay_out()
        for part in (self.ca_file, self.client_cert, self.client_key):
            part.changed.connect(self._tell)
        self.proxy.currentIndexChanged.connect(self._tell)
        self.proxy_url.line.textChanged.connect(self._tell)
        for tick in (self.admin_cert, self.plain_http):
            tick.toggled.connect(self._tell)
        self.setFocusProxy(self.ca_file)
        themes.changed.connect(self._dress)
        self._dress()
        self._follow()

    @property
    def draft(self) -> NetworkDraft:
        """What the fields say."""
        return NetworkDraft(
            ca_file=self.ca_file.text,
            client_cert=self.client_cert.text,
            client_key=self.client_key.text,
            admin_client_cert=self.admin_cert.isChecked(),
            proxy=self.proxy.currentData() or ENVIRONMENT,
            proxy_url=self.proxy_url.text.strip(),
            allow_plain_http=self.plain_http.isChecked(),
        )

    def show_draft(self, draft: NetworkDraft) -> None:
        """Fill the fields; says nothing of it."""
        self._showing = True
        self.ca_file.show_text(draft.ca_file)
        self.client_cert.show_text(draft.client_cert)
        self.client_key.show_text(draft.client_key)
        self.admin_cert.setChecked(draft.admin_client_cert)
        self.proxy.setCurrentIndex(self.proxy.findData(draft.proxy))
        if draft.proxy_url != self.proxy_url.text.strip():
            self.proxy_url.line.setText(draft.proxy_url)
        self.plain_http.setChecked(draft.allow_plain_http)
        self._showing = False
        self._follow()

    def _tell(self) -> None:
        self._follow()
        if not self._showing:
            self.changed.emit()

    def _follow(self) -> None:
        own = self.proxy.currentData() == OWN_PROXY
        self.proxy_url.setVisible(own)
        self._proxy_hint.setVisible(own)
        allowed = self.plain_http.isChecked()
        self._consequence.setText(
            tr(
                "▲ Passwords, tokens and data then go unprotected: everybody on the way can read and change them. The"
                " window says so for as long as this gateway is chosen."
            )
            if allowed
            else tr("Without this, only gateways on this machine are spoken to in plain http.")
        )
        self._dress()

    def _dress(self) -> None:
        theme = self._themes.current
        palette = self._consequence.palette()
        warned = self.plain_http.isChecked()
        colour = theme.words[HealthStatus.DEGRADED] if warned else theme.secondary
        palette.setColor(palette.ColorRole.WindowText, colour)
        self._consequence.setPalette(palette)
        self._consequence.setFont(theme.small)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        for part in (self.ca_file, self.client_cert, self.client_key, self.admin_cert):
            column.addWidget(part)
        proxy = QVBoxLayout()
        proxy.setSpacing(GAP_S)
        proxy.addWidget(PlainLabel(tr("Proxy")))
        proxy.addWidget(self.proxy)
        column.addLayout(proxy)
        column.addWidget(self.proxy_url)
        column.addWidget(self._proxy_hint)
        plain = QVBoxLayout()
        plain.setSpacing(GAP_S)
        plain.addWidget(self.plain_http)
        plain.addWidget(self._consequence)
        column.addLayout(plain)
