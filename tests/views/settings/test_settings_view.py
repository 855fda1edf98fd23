"""The settings in the real window: each section changes what it says, and a wrong file costs nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QWidget,
)

from console.model.appearance import Density, ThemeChoice
from console.model.errors import AddressError, NotAGateway, ProfileError
from console.model.network import NetworkOptions
from console.model.preferences import AlertState
from console.presenters.display import zone_text
from console.settings import Settings
from console.views.opening import kept_theme
from console.views.settings.view import SettingsView
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.views.shell_window import Desk, desk, until

if TYPE_CHECKING:
    from pathlib import Path

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


def opened(at: Desk, section: str) -> SettingsView:
    at.find(QAbstractButton, "nav.settings").click()
    view = at.find(SettingsView, "settings")
    view.open_section(section)
    return view


def typed(at: Desk, name: str, text: str) -> None:
    line = at.find(QLineEdit, name)
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


async def test_settings_are_there_before_any_gateway_is(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(), themes, settings) as at:
        opened(at, "gateways")
        assert at.shown("settings.gateway.none")
        assert not at.shown("settings.gateway.save")
        assert str(at.settings_file) in at.find(QLabel, "settings.path").text()
        at.find(QAbstractButton, "settings.copy").click()
        assert QApplication.clipboard().text() == str(at.settings_file)
        at.find(QAbstractButton, "settings.gateway.add").click()
        assert at.shown("login.url")
        sections = at.window.findChild(QListWidget, "settings.sections")
        assert sections is not None
        assert [sections.item(row).text() for row in range(sections.count())] == [
            "Gateways",
            "Appearance",
            "Old values",
            "Local record",
            "Alerts",
            "Security",
            "Uploads",
        ]


async def test_appearance_is_worn_at_once_and_kept(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(profile("one")), themes, settings) as at:
        opened(at, "appearance")
        theme = at.find(QComboBox, "settings.appearance.theme")
        theme.setCurrentIndex(theme.findData("dark"))
        await until(lambda: themes.current.dark and kept_theme(at.settings_file) is ThemeChoice.DARK)
        density = at.find(QComboBox, "settings.appearance.density")
        height = at.find(QWidget, "nav.settings").sizeHint().height()
        density.setCurrentIndex(density.findData("touch"))
        await until(lambda: themes.density is Density.TOUCH)
        assert at.find(QWidget, "nav.settings").sizeHint().height() == height + 8
        blinking = QApplication.cursorFlashTime()
        at.find(QCheckBox, "settings.appearance.reduced_motion").click()
        await until(lambda: QApplication.cursorFlashTime() == 0)
        await until(lambda: at.shown("settings.appearance.reduced_motion.default"))
        at.find(QAbstractButton, "settings.appearance.reduced_motion.default").click()
        await until(lambda: QApplication.cursorFlashTime() == blinking)
        times = at.find(QComboBox, "settings.appearance.times")
        times.setCurrentIndex(times.findData("utc"))
        await until(lambda: zone_text(datetime.now(UTC)) == "UTC" and "utc" in at.settings_file.read_text())
        for name in ("theme", "density", "times"):
            await until(partial(at.shown, f"settings.appearance.{name}.default"))
            at.find(QAbstractButton, f"settings.appearance.{name}.default").click()
        await until(lambda: not at.book.held.value.reading.values)
        await until(lambda: not at.shown("settings.appearance.theme.default") and themes.density is Density.NORMAL)


async def test_a_number_is_checked_under_its_field(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(), themes, settings) as at:
        opened(at, "staleness")
        typed(at, "settings.staleness.health_s", "0.5")
        await until(lambda: at.shown("settings.staleness.health_s.error"))
        assert "from 1 to 86400" in at.find(QLabel, "settings.staleness.health_s.error").text()
        assert at.find(QLineEdit, "settings.staleness.health_s").text() == "0.5"  # to be corrected
        assert not at.settings_file.exists()
        typed(at, "settings.staleness.health_s", "45")
        await until(lambda: at.book.current.value.staleness.health_s == 45)
        assert not at.shown("settings.staleness.health_s.error")
        typed(at, "settings.staleness.health_s", "x")
        await until(lambda: at.shown("settings.staleness.health_s.error"))
        at.find(QAbstractButton, "settings.staleness.health_s.default").click()
        await until(lambda: at.find(QLineEdit, "settings.staleness.health_s").text() == "15")
        assert not at.shown("settings.staleness.health_s.error")
        assert at.book.current.value.staleness.health_s == 15


async def test_record_and_alerts_are_kept(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(), themes, settings) as at:
        view = opened(at, "record")
        typed(at, "settings.record.max_size", "512 mib")
        await until(lambda: at.find(QLineEdit, "settings.record.max_size").text() == "512 MiB")
        view.open_section("alerts")
        at.find(QCheckBox, "settings.alerts.states.degraded").click()
        typed(at, "settings.alerts.quiet_from", "22:00")
        typed(at, "settings.alerts.quiet_to", "7:30")
        at.find(QCheckBox, "settings.alerts.sound").click()
        await until(lambda: at.book.current.value.alerts.sound)
        preferred = at.book.current.value
        assert preferred.record.max_size_bytes == 512 << 20
        assert preferred.alerts.states == (AlertState.UNHEALTHY, AlertState.DEGRADED)
        assert f"{preferred.alerts.quiet_to:%H:%M}" == "07:30"


async def test_the_wheel_over_a_list_scrolls_the_page_and_changes_nothing(
    themes: ThemeProvider, settings: Path
) -> None:
    async with desk(FakeDirectory(), themes, settings) as at:
        opened(at, "appearance")
        theme = at.find(QComboBox, "settings.appearance.theme")
        at.find(QComboBox, "settings.appearance.times").setFocus()
        turn = QWheelEvent(
            QPointF(5, 5), QPointF(5, 5), QPoint(0, -120), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(theme, turn)
        assert theme.currentData() == "auto"


@pytest.mark.expects_logs
async def test_one_wrong_key_is_named_and_corrected_in_the_form(themes: ThemeProvider, settings: Path) -> None:
    file = settings.with_name("settings.toml")
    file.write_text("[appearance]\ntheme = 'pink'\ntimes = 'utc'\n", encoding="utf-8")
    async with desk(FakeDirectory(), themes, settings) as at:
        opened(at, "appearance")
        assert "line 2" in at.find(QLabel, "settings.problems.text").text()
        assert not at.shown("settings.repair")
        assert "pink" in at.find(QLabel, "settings.appearance.theme.error").text()
        assert at.find(QComboBox, "settings.appearance.times").currentData() == "utc"
        at.find(QAbstractButton, "settings.appearance.theme.default").click()
        await until(lambda: not at.shown("settings.problems"))
        assert file.read_text(encoding="utf-8") == "[appearance]\ntimes = 'utc'\n"
        await until(lambda: at.shown("settings.appearance.times.default"))
        at.find(QAbstractButton, "settings.appearance.times.default").click()
        await until(lambda: not at.book.held.value.reading.values)


@pytest.mark.expects_logs
async def test_a_broken_file_is_repaired_only_when_somebody_says_so(  # fault 133
    themes: ThemeProvider, settings: Path
) -> None:
    file = settings.with_name("settings.toml")
    file.write_text("[broken\n", encoding="utf-8")
    async with desk(FakeDirectory(profile("one")), themes, settings) as at:
        view = opened(at, "alerts")
        assert at.shown("settings.repair")
        tick = at.find(QCheckBox, "settings.alerts.sound")
        tick.click()
        await until(lambda: at.shown("question"))
        at.find(QAbstractButton, "question.cancel").click()
        await until(lambda: not at.shown("question") and not view.presenter.state.wanted)
        assert not tick.isChecked()
        assert file.read_text(encoding="utf-8") == "[broken\n"
        tick.click()
        await until(lambda: at.shown("question"))
        at.find(QAbstractButton, "question.go").click()
        await until(lambda: at.book.current.value.alerts.sound)
        assert not at.shown("settings.problems")
        (kept,) = file.parent.glob("settings.toml.broken-*")
        assert kept.read_text(encoding="utf-8") == "[broken\n"
        assert [one.name for one in Settings(file).profiles()] == ["one"]


@pytest.mark.expects_logs
async def test_a_file_corrected_by_hand_is_read_again(themes: ThemeProvider, settings: Path) -> None:
    file = settings.with_name("settings.toml")
    file.write_text("[broken\n", encoding="utf-8")
    async with desk(FakeDirectory(), themes, settings) as at:
        opened(at, "alerts")
        file.write_text("[alerts]\nenabled = false\n", encoding="utf-8")
        at.find(QAbstractButton, "settings.look").click()
        await until(lambda: not at.shown("settings.problems"))
        assert not at.find(QCheckBox, "settings.alerts.enabled").isChecked()


async def test_a_file_that_can_not_be_written_says_so_under_the_field(themes: ThemeProvider, settings: Path) -> None:
    file = settings.with_name("settings.toml")
    file.write_text("# mine\n", encoding="utf-8")
    file.chmod(0o444)
    async with desk(FakeDirectory(), themes, settings) as at:
        opened(at, "record")
        typed(at, "settings.record.max_size", "2 GiB")
        await until(lambda: at.shown("settings.record.max_size.error"))
        assert "read-only" in at.find(QLabel, "settings.record.max_size.error").text()
        assert at.find(QLineEdit, "settings.record.max_size").text() == "2 GiB"


async def test_a_theme_that_is_not_kept_is_said_where_the_operator_is(themes: ThemeProvider, settings: Path) -> None:
    file = settings.with_name("settings.toml")
    file.write_text("# mine\n", encoding="utf-8")
    file.chmod(0o444)
    async with desk(FakeDirectory(profile("one")), themes, settings) as at:
        at.window.actions_registry.run("theme.dark")
        assert themes.current.dark
        await until(lambda: any("read-only" in label.text() for label in at.window.banners.findChildren(QLabel)))


async def test_a_gateway_is_changed_with_its_network_options(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"), profile("two", label="eu", network={"proxy": "none"}))
    async with desk(directory, themes, settings) as at:
        opened(at, "gateways")
        which = at.find(QComboBox, "settings.gateway")
        assert not at.find(QAbstractButton, "settings.gateway.save").isEnabled()
        which.setCurrentIndex(which.findData("two"))
        assert at.find(QLineEdit, "settings.gateway.label").text() == "eu"
        assert at.find(QComboBox, "settings.gateway.network.proxy").currentData() == "none"
        at.find(QLineEdit, "settings.gateway.label").setText("draft")
        which.setCurrentIndex(which.findData("one"))
        assert at.find(QLineEdit, "settings.gateway.label").text() == ""
        which.setCurrentIndex(which.findData("two"))
        assert at.find(QLineEdit, "settings.gateway.label").text() == "draft"
        at.find(QLineEdit, "settings.gateway.label").setText("eu")
        at.find(QCheckBox, "settings.gateway.production").click()
        at.find(QLineEdit, "settings.gateway.network.ca_file").setText(" /etc/ca.pem ")
        proxy = at.find(QComboBox, "settings.gateway.network.proxy")
        proxy.setCurrentIndex(proxy.findData("own"))
        at.find(QAbstractButton, "settings.gateway.save").click()
        await until(lambda: at.shown("settings.gateway.error"))
        assert "address of the proxy" in at.find(QLabel, "settings.gateway.error").text()
        at.find(QLineEdit, "settings.gateway.network.proxy_url").setText("http://proxy.example:3128")
        assert not at.shown("settings.gateway.moves")
        at.find(QAbstractButton, "settings.gateway.save").click()
        await until(lambda: bool(directory.changed))
        (changed,) = directory.changed
        assert changed == profile(
            "two", label="eu", production=True,
            network={"ca_file": "/etc/ca.pem", "proxy": "http://proxy.example:3128"},
        )  # fmt: skip
        await until(lambda: at.find(QLabel, "settings.gateway.note").text() == "Kept.")
        assert not at.find(QAbstractButton, "settings.gateway.save").isEnabled()


async def test_another_address_says_what_it_costs_before_it_is_kept(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"))
    async with desk(directory, themes, settings) as at:
        opened(at, "gateways")
        at.find(QLineEdit, "settings.gateway.url").setText("http://127.0.0.1:8001")
        assert at.shown("settings.gateway.moves")
        at.find(QAbstractButton, "settings.gateway.discard").click()
        assert at.find(QLineEdit, "settings.gateway.url").text() == "http://127.0.0.1:8000"
        assert not at.shown("settings.gateway.moves")
        at.find(QLineEdit, "settings.gateway.url").setText("http://127.0.0.1:8001")
        before = directory.session("one")
        at.find(QAbstractButton, "settings.gateway.save").click()
        await until(lambda: at.shown("settings.gateway.note"))
        assert "Sign in" in at.find(QLabel, "settings.gateway.note").text()
        assert directory.session("one") is not before
        await until(lambda: at.shell.state.gateways[0].incarnation == 2)


async def test_a_connection_is_tested_layer_by_layer_without_keeping_it(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"))
    async with desk(directory, themes, settings) as at:
        opened(at, "gateways")
        at.find(QLineEdit, "settings.gateway.label").setText("changed")
        at.find(QAbstractButton, "settings.gateway.test").click()
        await until(lambda: at.shown("settings.gateway.layers"))
        assert "Network" in at.find(QLabel, "settings.gateway.layers").text()
        assert "can be reached" in at.find(QLabel, "settings.gateway.note").text()
        assert directory.changed == []
        directory.problem = NotAGateway("a web page answers here", content_type="text/html")
        at.find(QAbstractButton, "settings.gateway.test").click()
        await until(lambda: at.shown("settings.gateway.error") or at.shown("settings.gateway.url.error"))
        assert not at.shown("settings.gateway.note")
        assert at.find(QLineEdit, "settings.gateway.label").text() == "changed"


async def test_a_view_of_a_gateway_that_is_reached_anew_is_made_anew(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"))
    directory.session("one").go_live()
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.window.known_view("health", "one") is not None)
        before = at.window.known_view("health", "one")
        await directory.change(profile("one", read_only=True))
        directory.session("one").go_live()
        await until(lambda: at.window.known_view("health", "one") not in (None, before))


async def test_adding_a_gateway_with_certificates_and_a_proxy(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory()
    async with desk(directory, themes, settings) as at:
        assert not at.shown("login.network.ca_file")
        at.find(QAbstractButton, "login.advanced").click()
        at.find(QLineEdit, "login.network.client_key").setText("/etc/key.pem")
        at.find(QLineEdit, "login.url").setText("http://127.0.0.1:8000")
        at.find(QAbstractButton, "login.probe").click()
        await until(lambda: at.shown("login.network.error"))  # a key without a certificate
        at.find(QLineEdit, "login.network.client_cert").setText("/etc/cert.pem")
        at.find(QAbstractButton, "login.network.admin_client_cert").click()
        plain = at.find(QCheckBox, "login.network.allow_plain_http")
        assert not plain.isChecked()
        plain.click()
        assert "unprotected" in at.find(QLabel, "login.network.consequence").text()
        at.find(QAbstractButton, "login.probe").click()
        await until(lambda: at.shown("login.name"))
        at.find(QLineEdit, "login.network.ca_file").setText("/etc/ca.pem")
        assert not at.shown("login.name")  # found in another way: to be found again
        at.find(QAbstractButton, "login.probe").click()
        await until(lambda: at.shown("login.name"))
        at.find(QLineEdit, "login.name").setText("edge")
        at.find(QAbstractButton, "login.add.submit").click()
        await until(lambda: "edge" in directory.sessions)
        assert directory.sessions["edge"].profile.network == NetworkOptions(
            ca_file="/etc/ca.pem",
            client_cert="/etc/cert.pem",
            client_key="/etc/key.pem",
            admin_client_cert=True,
            allow_plain_http=True,
        )
        assert not directory.sessions["edge"].profile.read_only


async def test_a_file_is_chosen_in_a_dialog_that_is_opened(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(profile("one")), themes, settings) as at:
        opened(at, "gateways")
        at.find(QAbstractButton, "settings.gateway.network.ca_file.choose").click()
        dialog = at.window.window().findChild(QFileDialog, "settings.gateway.network.ca_file.dialog")
        assert dialog is not None
        dialog.fileSelected.emit("/etc/ca.pem")
        assert at.find(QLineEdit, "settings.gateway.network.ca_file").text() == "/etc/ca.pem"
        dialog.close()


async def test_a_refused_change_says_why_and_keeps_the_draft(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"))
    async with desk(directory, themes, settings) as at:
        opened(at, "gateways")
        directory.problem = ProfileError("/etc/ca.pem holds no certificate in PEM form")
        at.find(QLineEdit, "settings.gateway.network.ca_file").setText("/etc/ca.pem")
        at.find(QAbstractButton, "settings.gateway.save").click()
        await until(lambda: at.shown("settings.gateway.error"))
        assert "holds no certificate" in at.find(QLabel, "settings.gateway.error").text()
        assert at.find(QLineEdit, "settings.gateway.network.ca_file").text() == "/etc/ca.pem"


async def test_every_control_has_a_name_and_none_is_cut_at_the_smallest_size(
    themes: ThemeProvider, settings: Path
) -> None:
    async with desk(FakeDirectory(profile("one")), themes, settings) as at:
        at.window.resize(at.window.minimumSize())
        view = opened(at, "gateways")
        for section in ("gateways", "appearance", "staleness", "record", "alerts"):
            view.open_section(section)
            for kind in (QAbstractButton, QLineEdit, QComboBox, QListWidget):
                for widget in view.findChildren(kind):
                    if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                        said = widget.accessibleName() or (
                            widget.text() if isinstance(widget, QAbstractButton | QLineEdit) else ""
                        )
                        assert said, f"{section}: {type(widget).__name__} {widget.objectName()}"
                        if isinstance(widget, QAbstractButton):
                            assert widget.width() >= widget.minimumSizeHint().width(), widget.objectName()


async def test_the_admin_address_is_there_for_platforms_that_have_one(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"), profile("two", platform="dotmac"))
    async with desk(directory, themes, settings) as at:
        opened(at, "gateways")
        typed(at, "settings.gateway.admin_url", "http://127.0.0.1:8445")
        at.find(QAbstractButton, "settings.gateway.save").click()
        await until(lambda: bool(directory.changed))
        assert directory.changed[0].admin_url == "http://127.0.0.1:8445"
        directory.problem = AddressError("plain-http", "http://admin.example", field="admin_url")
        typed(at, "settings.gateway.admin_url", "http://admin.example")
        at.find(QAbstractButton, "settings.gateway.save").click()
        await until(lambda: at.shown("settings.gateway.admin_url.error"))
        assert "Plain http" in at.find(QLabel, "settings.gateway.admin_url.error").text()
        assert not at.shown("settings.gateway.url.error")
        which = at.find(QComboBox, "settings.gateway")
        which.setCurrentIndex(which.findData("two"))
        await until(lambda: not at.shown("settings.gateway.admin_url"))
        assert not at.shown("settings.gateway.services")


async def test_a_watch_folder_is_chosen_where_documents_are_taken(
    themes: ThemeProvider, settings: Path, tmp_path: Path
) -> None:
    directory = FakeDirectory(profile("one"), profile("two", platform="dotmac"))
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    async with desk(directory, themes, settings) as at:
        opened(at, "gateways")
        at.find(QAbstractButton, "settings.gateway.watch_folder.choose").click()
        dialog = at.window.window().findChild(QFileDialog, "settings.gateway.watch_folder.dialog")
        assert dialog is not None
        assert dialog.fileMode() is QFileDialog.FileMode.Directory
        dialog.fileSelected.emit(str(outbox))
        dialog.close()
        at.find(QAbstractButton, "settings.gateway.save").click()
        await until(lambda: bool(directory.changed))
        assert directory.changed[0].watch_folder == str(outbox)
        which = at.find(QComboBox, "settings.gateway")
        which.setCurrentIndex(which.findData("two"))
        await until(lambda: not at.shown("settings.gateway.watch_folder"))
