"""Opening the store when its key is not at hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.model.errors import (
    StoreBusy,
    StoreError,
    StoreForeign,
    StoreLocked,
    StoreTooNew,
    WrongPassphrase,
)
from console.presenters.unlock import UnlockPresenter, UnlockState, pause_s, unlock_state
from console.store.key import Auto, MemoryOnly, Passphrase


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (StoreLocked(needs="choice"), {"choosing", "retrying"}),
        (StoreLocked(needs="passphrase"), {"typing", "renewable"}),
        (WrongPassphrase(), {"typing", "wrong", "renewable"}),
        (StoreLocked(needs="keyring"), {"retrying", "renewable"}),
        (StoreForeign(path=Path("vault.db")), {"retrying", "renewable"}),
        (StoreTooNew(path=Path("vault.db")), {"retrying", "renewable"}),
        (StoreBusy(path=Path("vault.db")), {"retrying"}),
        (StoreError("disk"), {"retrying", "renewable"}),
    ],
)
def test_what_is_asked_after_an_error(error: StoreError, asked: set[str]) -> None:
    state = unlock_state(error)
    flags = {"choosing", "typing", "wrong", "retrying", "renewable", "busy"}
    assert {flag for flag in flags if getattr(state, flag)} == asked
    assert state.said.headline


def test_guessing_gets_slower() -> None:
    pauses = [pause_s(count) for count in range(-1, 9)]
    assert pauses[:2] == [0.0, 0.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 15.0


async def test_a_passphrase_is_handed_on_and_not_kept(tmp_path: Path) -> None:
    presenter = UnlockPresenter(tmp_path)
    seen: list[UnlockState] = []
    presenter.state_changed.connect(seen.append)
    asking = asyncio.ensure_future(presenter.ask(StoreLocked(needs="passphrase")))
    await asyncio.sleep(0)
    assert seen[-1].typing
    presenter.give_passphrase("correct horse")
    assert await asking == Passphrase("correct horse")
    assert seen[-1].busy
    assert "correct horse" not in repr(seen)


async def test_every_other_answer(tmp_path: Path) -> None:
    presenter = UnlockPresenter(tmp_path)
    for answer, expected in (
        (presenter.keep_nothing, MemoryOnly()),
        (presenter.try_again, Auto()),
        (presenter.give_up, None),
    ):
        asking = asyncio.ensure_future(presenter.ask(StoreLocked(needs="choice")))
        await asyncio.sleep(0)
        answer()
        assert await asking == expected


async def test_ending_the_program_does_not_wait_for_the_pause(tmp_path: Path) -> None:
    presenter = UnlockPresenter(tmp_path)
    for _ in range(2):
        asking = asyncio.ensure_future(presenter.ask(WrongPassphrase()))
        await asyncio.sleep(0)
        if presenter.state is not None and presenter.state.busy:
            presenter.give_up()
            assert await asking is None
            return
        presenter.give_passphrase("guess")
        await asking
    pytest.fail("the second wrong passphrase made no pause")


async def test_beginning_anew_keeps_the_old_files(tmp_path: Path) -> None:
    (tmp_path / "vault.db").write_bytes(b"not to be lost")
    presenter = UnlockPresenter(tmp_path)
    asking = asyncio.ensure_future(presenter.ask(StoreForeign(path=tmp_path / "vault.db")))
    await asyncio.sleep(0)
    await presenter.begin_anew()
    assert await asking == Auto()
    kept = [path for path in tmp_path.iterdir() if path.is_file() and path.read_bytes() == b"not to be lost"]
    assert kept
    assert not (tmp_path / "vault.db").exists()
