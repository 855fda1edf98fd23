"""What the operator did reaches the real record, also when that refused at first, and without secrets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SettingsError, StoreFull
from console.model.profile import Profile
from console.model.record import Action, RecordKind, RecordQuery
from console.model.retention import RecordLimit
from console.services.action_log import ActionLog, plain_text, profile_changes
from console.services.directory import Directory
from console.services.preferences import PreferenceBook
from console.services.retention import Retention
from console.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from console.model.record import RecordEntry
    from console.store.store import Store

EDGE = Profile(name="edge", url="https://gateway.example", platform="kong")
ACTIONS = RecordQuery(kinds=(RecordKind.ACTION,))


async def test_an_action_says_who_did_what_to_which(store: Store) -> None:
    log = ActionLog(store.record)
    await log.note(EDGE.gateway_id, Action.SIGN_IN, subject="edge", detail={"username": "ada"})
    await log.note("", Action.LOCKED)
    locked, signed_in = (await store.record.entries(ACTIONS)).entries
    assert (signed_in.gateway_id, signed_in.ids) == (EDGE.gateway_id, ("edge",))
    assert signed_in.text == "sign-in, edge, username ada"
    assert signed_in.detail == {"action": "sign-in", "username": "ada"}
    assert (locked.gateway_id, locked.ids, locked.text) == ("", (), "locked")


class Refusing:
    """Refuses until told otherwise."""

    def __init__(self, store: Store) -> None:
        self.full = True
        self._store = store

    async def append_entries(self, gateway_id: str, entries: Sequence[RecordEntry]) -> None:
        if self.full:
            raise StoreFull("no space left")
        await self._store.record.append_entries(gateway_id, entries)


@pytest.mark.expects_logs
async def test_an_action_is_not_lost_to_a_full_disk(store: Store) -> None:  # fault 98
    record = Refusing(store)
    log = ActionLog(record)
    await log.note("gw", Action.SIGN_IN, subject="edge")
    assert (await store.record.entries(ACTIONS)).entries == ()
    record.full = False
    await log.note("gw", Action.SIGN_OUT, subject="edge")
    found = (await store.record.entries(ACTIONS)).entries
    assert [entry.detail["action"] for entry in found] == ["sign-out", "sign-in"]


async def test_what_looks_like_a_secret_is_masked(store: Store) -> None:  # fault 27
    await ActionLog(store.record).note("gw", Action.PROFILE_CHANGED, detail={"note": "password=canary"})
    (entry,) = (await store.record.entries(ACTIONS)).entries
    assert "canary" not in entry.text + str(entry.detail)


def test_changes_of_a_profile_are_told_by_name() -> None:
    change = msgspec.structs.replace
    assert list(profile_changes(EDGE, change(EDGE, username="ada"))) == []
    assert list(profile_changes(EDGE, change(EDGE, read_only=True))) == [(Action.READ_ONLY_ON, {})]
    assert list(profile_changes(change(EDGE, read_only=True), EDGE)) == [(Action.READ_ONLY_OFF, {})]
    switched = list(profile_changes(EDGE, change(EDGE, tenant="t2")))
    assert switched == [(Action.TENANT_SWITCHED, {"from": "", "to": "t2"})]
    assert list(profile_changes(EDGE, change(EDGE, label="eu", production=True))) == [
        (Action.PROFILE_CHANGED, {"fields": "label, production"})
    ]


@pytest.mark.expects_logs
async def test_a_changed_setting_is_noted_and_a_refused_one_is_not(store: Store, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.toml")
    directory = Directory(settings, store.vault, store.record)
    book = PreferenceBook(settings, directory, ActionLog(store.record))
    retention = Retention(store.record)
    following = asyncio.ensure_future(retention.follow(book.current))
    await book.change("record.max_size", "64 MiB")
    (noted,) = (await store.record.entries(ACTIONS)).entries
    assert (noted.gateway_id, noted.ids) == ("", ("record.max_size",))
    assert noted.detail == {"action": "settings-changed", "value": "64 MiB"}
    async with asyncio.timeout(10):
        while retention.limit != RecordLimit(64 << 20):
            await asyncio.sleep(0)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    (tmp_path / "settings.toml").write_text("[record\n")
    with pytest.raises(SettingsError):
        await book.change("record.max_size", None)
    assert len((await store.record.entries(ACTIONS)).entries) == 1
    await directory.close()


@given(st.text(max_size=3000))
def test_text_from_elsewhere_is_one_bounded_line(text: str) -> None:
    assert plain_text(text).isprintable()
    assert len(plain_text(text)) <= 300
