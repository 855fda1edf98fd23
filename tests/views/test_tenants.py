"""The page to choose a tenant, in the real window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QListWidget

from console.model.errors import Forbidden, TenantMismatch
from console.model.identity import Tenant
from console.model.tenancy import Standing
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.views.shell_window import desk, until

if TYPE_CHECKING:
    from pathlib import Path

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

TWO = (Tenant(id="northwind", name="Northwind Traders"), Tenant(id="contoso", name="Contoso <b>Field</b> Services"))


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


async def test_with_several_tenants_one_is_chosen_before_anything_is_shown(
    themes: ThemeProvider, settings: Path
) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    session = directory.session("one")
    session.standing.set(Standing(choices=TWO, wanted=True))
    async with desk(directory, themes, settings) as at:
        assert at.shown("login.username")
        session.go_live()
        await until(lambda: at.shown("tenant.list"))
        assert not at.shown("login.username")
        assert not at.shown("health.view")
        assert not at.shown("tenant.cancel")
        assert at.focus() == "tenant.list"
        rows = at.find(QListWidget, "tenant.list")
        assert [rows.item(row).text() for row in range(rows.count())] == [tenant.name for tenant in TWO]
        QTest.keyClick(rows, Qt.Key.Key_Down)
        QTest.keyClick(rows, Qt.Key.Key_Return)
        await until(lambda: at.shown("health.view"))
        assert session.switched == ["contoso"]
        assert "Contoso" in at.window.windowTitle()


async def test_a_tenant_that_can_not_be_had_says_why_and_another_may_be_tried(
    themes: ThemeProvider, settings: Path
) -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.standing.set(Standing(choices=TWO, wanted=True, problem=Forbidden("Access to this tenant is denied")))
    session.tenant_refusal = TenantMismatch("other", wanted="northwind", answered="contoso")
    async with desk(directory, themes, settings) as at:
        session.go_live()
        await until(lambda: at.shown("tenant.error"))
        assert "denied" in at.find(QLabel, "tenant.error").text()
        at.find(QAbstractButton, "tenant.submit").click()
        await until(lambda: "instead of northwind" in at.find(QLabel, "tenant.error").text())
        session.tenant_refusal = None
        at.find(QAbstractButton, "tenant.submit").click()
        await until(lambda: at.shown("health.view"))


async def test_another_tenant_is_chosen_from_the_palette_or_the_present_one_is_kept(
    themes: ThemeProvider, settings: Path
) -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.standing.set(Standing(choices=TWO, current=TWO[0], confirmed=True))
    async with desk(directory, themes, settings) as at:
        session.go_live()
        await until(lambda: at.shown("health.view"))
        at.window.actions_registry.run("tenant.switch")
        await until(lambda: at.shown("tenant.list"))
        assert at.find(QListWidget, "tenant.list").currentRow() == 0
        at.find(QAbstractButton, "tenant.cancel").click()
        await until(lambda: at.shown("health.view"))
        assert session.switched == []
        at.window.actions_registry.run("tenant.switch")
        await until(lambda: at.shown("tenant.list"))
        at.find(QListWidget, "tenant.list").setCurrentRow(1)
        at.find(QAbstractButton, "tenant.submit").click()
        await until(lambda: at.shown("health.view"))
        assert session.switched == ["contoso"]


async def test_a_long_list_is_found_through_by_typing(themes: ThemeProvider, settings: Path) -> None:
    many = tuple(Tenant(id=f"t-{number}", name=f"Tenant number {number}") for number in range(200))
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.standing.set(Standing(choices=many, wanted=True))
    async with desk(directory, themes, settings) as at:
        session.go_live()
        await until(lambda: at.shown("tenant.list"))
        assert at.focus() == "tenant.filter"
        line = at.find(QLineEdit, "tenant.filter")
        QTest.keyClicks(line, "number 142")
        QTest.keyClick(line, Qt.Key.Key_Return)
        await until(lambda: at.shown("health.view"))
        assert session.switched == ["t-142"]


async def test_whoever_chooses_no_tenant_can_sign_out(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.standing.set(Standing(choices=TWO, wanted=True))
    async with desk(directory, themes, settings) as at:
        session.go_live()
        await until(lambda: at.shown("tenant.sign_out"))
        at.find(QAbstractButton, "tenant.sign_out").click()
        await until(lambda: at.shown("login.username"))
        assert session.signed_out == 1
