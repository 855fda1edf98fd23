"""Setting and removing the passphrase, with a keyring that does as told."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from console.presenters.passphrase import PassphrasePresenter, PassphraseStep
from console.store.key import Auto, Passphrase, unlock
from tests.store.fake_keyring import FakeKeyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

NEW = "battery staple"


@asynccontextmanager
async def presented(folder: Path, port: FakeKeyring) -> AsyncIterator[PassphrasePresenter]:
    errors: list[Exception] = []
    presenter = PassphrasePresenter(folder, lambda _what, error: errors.append(error), keyring=port)
    presenter.look()
    yield presenter
    await presenter.stop()
    assert errors == []


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not holds():
            await asyncio.sleep(0.01)


async def test_it_is_set_and_given_back_to_the_keyring(tmp_path: Path) -> None:
    port = FakeKeyring()
    made = await unlock(tmp_path, Auto(), keyring=port)
    async with presented(tmp_path, port) as presenter:
        await until(lambda: presenter.state.offered == (PassphraseStep.SET,))
        presenter.begin(PassphraseStep.SET)
        presenter.submit("", NEW, NEW)
        await until(lambda: presenter.state.offered == (PassphraseStep.CHANGE, PassphraseStep.REMOVE))
        assert presenter.state.step is None
        assert presenter.state.done
        assert await unlock(tmp_path, Passphrase(NEW), keyring=port) == made
        presenter.begin(PassphraseStep.REMOVE)
        presenter.submit(NEW, "", "")
        await until(lambda: presenter.state.offered == (PassphraseStep.SET,))
    assert await unlock(tmp_path, Auto(), keyring=port) == made


async def test_a_keyring_that_keeps_nothing_leaves_the_passphrase(tmp_path: Path) -> None:  # fault 89
    port = FakeKeyring()
    made = await unlock(tmp_path, Passphrase(NEW), keyring=port)
    port.forgetful = True
    async with presented(tmp_path, port) as presenter:
        presenter.begin(PassphraseStep.REMOVE)
        presenter.submit(NEW, "", "")
        await until(lambda: bool(presenter.state.problem) and not presenter.state.busy)
        assert presenter.state.step is PassphraseStep.REMOVE
    assert await unlock(tmp_path, Passphrase(NEW), keyring=port) == made
