"""Changing a gateway: drafts are kept until they are saved or given up, and nothing is kept by a test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.capability import Capability
from console.model.errors import SettingsError
from console.presenters.gateway_editor import GatewayEditor
from console.presenters.network_draft import NetworkDraft
from tests.presenters.fake_directory import FakeDirectory, profile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory(profile("one"), profile("two", label="eu"))


@pytest.fixture
async def editor(directory: FakeDirectory) -> AsyncIterator[GatewayEditor]:
    errors: list[Exception] = []
    editor = GatewayEditor(directory, lambda _what, error: errors.append(error))
    yield editor
    await editor.stop()
    assert errors == []


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


def typed(editor: GatewayEditor, **changes: object) -> None:
    editor.edit(msgspec.structs.replace(editor.state.draft, **changes))


async def test_a_draft_waits_while_another_gateway_is_looked_at(editor: GatewayEditor) -> None:
    assert editor.state.current == profile("one")
    typed(editor, label="draft", network=NetworkDraft(proxy="none"))
    editor.open("two")
    assert (editor.state.draft.label, editor.state.changed) == ("eu", False)
    editor.open("one")
    assert (editor.state.draft.label, editor.state.changed) == ("draft", True)
    editor.discard()
    editor.open("two")
    editor.open("one")
    assert not editor.state.changed


async def test_only_the_address_moves_a_gateway(editor: GatewayEditor) -> None:
    typed(editor, url="HTTP://127.0.0.1:8000/", label="x")
    assert not editor.state.moves
    typed(editor, url="http://127.0.0.1:8001")
    assert editor.state.moves
    typed(editor, url="not an address")
    assert not editor.state.moves


async def test_what_is_typed_meanwhile_takes_a_verdict_away(editor: GatewayEditor, directory: FakeDirectory) -> None:
    editor.test()
    await until(lambda: bool(editor.state.layers))
    assert editor.state.note
    typed(editor, url="http://127.0.0.1:8001")
    assert (editor.state.layers, editor.state.note) == ((), "")
    typed(editor, url="http://a b")
    editor.test()
    await until(lambda: editor.state.problem is not None)
    assert editor.state.problem is not None
    assert editor.state.problem.field == "url"
    assert directory.changed == []


async def test_another_platform_at_the_address_is_said(directory: FakeDirectory) -> None:
    directory.profiles.set((profile("one", platform="dotmac"),))
    editor = GatewayEditor(directory, lambda _what, _error: None)
    editor.test()
    await until(lambda: bool(editor.state.note))
    assert "looks like Microservices behind Kong" in editor.state.note
    await editor.stop()


async def test_a_change_that_fails_keeps_the_draft(editor: GatewayEditor, directory: FakeDirectory) -> None:
    directory.problem = SettingsError("settings.toml can't be written: No space left on device")
    typed(editor, label="draft")
    editor.save()
    await until(lambda: editor.state.problem is not None)
    assert editor.state.problem is not None
    assert editor.state.problem.text == "Not kept: settings.toml can't be written: No space left on device."
    assert editor.state.changed
    directory.problem = None
    editor.save()
    await until(lambda: not editor.state.changed)
    assert directory.changed == [profile("one", label="draft")]


async def test_the_list_follows_the_directory(editor: GatewayEditor, directory: FakeDirectory) -> None:
    typed(editor, label="draft")
    await directory.add(profile("three"))
    await until(lambda: len(editor.state.gateways) == 3)
    assert editor.state.draft.label == "draft"
    directory.profiles.set((profile("one", username="ada@example.org"), profile("two")))
    await until(lambda: editor.state.current is not None and bool(editor.state.current.username))
    assert editor.state.draft.label == "draft"  # who signed in is no part of the form
    await directory.remove("one")
    await until(lambda: editor.state.current is not None and editor.state.current.name == "two")
    assert not editor.state.changed
    await directory.remove("two")
    await until(lambda: editor.state.current is None)


async def test_the_admin_address_and_services_are_kept_where_the_platform_has_them(
    editor: GatewayEditor, directory: FakeDirectory
) -> None:
    assert Capability.ADMIN_ADDRESS in editor.state.offered
    typed(editor, admin_url=" http://127.0.0.1:8445 ", services="users,  search")
    editor.save()
    await until(lambda: bool(directory.changed))
    kept = directory.changed[0]
    assert (kept.admin_url, kept.services) == ("http://127.0.0.1:8445", ("users", "search"))
    await until(lambda: not editor.state.changed)
    assert editor.state.draft.services == "users, search"
