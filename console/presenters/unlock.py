"""Opening the store when its key is not at hand: what is asked, and what the operator answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.model.errors import StoreBusy, StoreError, StoreForeign, StoreLocked, StoreTooNew, WrongPassphrase
from console.services.explain import Explanation, explain
from console.store.key import Auto, MemoryOnly, Passphrase
from console.store.store import set_store_aside

if TYPE_CHECKING:
    from pathlib import Path

    from console.store.key import KeyChoice

PASSPHRASE_MINIMUM = 8
_PAUSES_S = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)


class UnlockState(msgspec.Struct, frozen=True, kw_only=True):
    """The page that opens the store.

    Attributes:
        said: Why it is not open.
        choosing: No way to keep the key was chosen yet: a new passphrase, typed twice, or memory only.
        typing: The passphrase of an existing store is asked.
        wrong: The last one did not fit.
        retrying: It may help to try again, as with a keyring that was silent.
        renewable: With consent, the store may be put aside and a new one begun.
        busy: An answer is being tried, or the next one may not be given yet.
    """

    said: Explanation
    choosing: bool = False
    typing: bool = False
    wrong: bool = False
    retrying: bool = False
    renewable: bool = False
    busy: bool = False


def unlock_state(error: StoreError) -> UnlockState:
    """What to ask for after this error."""
    said = explain(error)
    match error:
        case WrongPassphrase():
            return UnlockState(said=said, typing=True, wrong=True, renewable=True)
        case StoreLocked(needs="passphrase"):
            return UnlockState(said=said, typing=True, renewable=True)
        case StoreLocked(needs="choice"):
            return UnlockState(said=said, choosing=True, retrying=True)
        case StoreLocked() | StoreForeign() | StoreTooNew():
            return UnlockState(said=said, retrying=True, renewable=True)
        case StoreBusy():
            return UnlockState(said=said, retrying=True)
        case _:
            return UnlockState(said=said, retrying=True, renewable=True)


def pause_s(wrong_in_a_row: int) -> float:
    """How long the next passphrase has to wait, in seconds: guessing gets slower."""
    return _PAUSES_S[min(max(0, wrong_in_a_row), len(_PAUSES_S) - 1)]


class UnlockPresenter(QObject):
    """Waits for the operator's answer. A passphrase is handed on at once and never kept."""

    state_changed = Signal(object)  # UnlockState

    def __init__(self, store_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store_dir = store_dir
        self._wrong = 0
        self._answer: asyncio.Future[KeyChoice | None] | None = None
        self.state: UnlockState | None = None

    async def ask(self, error: StoreError) -> KeyChoice | None:
        """Show what is needed, and wait for the answer; None when it was given up."""
        self._wrong = self._wrong + 1 if isinstance(error, WrongPassphrase) else 0
        state = unlock_state(error)
        answer: asyncio.Future[KeyChoice | None] = asyncio.get_running_loop().create_future()
        self._answer = answer
        try:
            if (wait_s := pause_s(self._wrong - 1)) > 0:
                self._show(msgspec.structs.replace(state, busy=True))
                await asyncio.wait((answer,), timeout=wait_s)
            if not answer.done():
                self._show(state)
            return await answer
        finally:
            self._answer = None
            self._show(msgspec.structs.replace(state, busy=True, wrong=False))

    def give_up(self) -> None:
        """The program ends: nobody will answer."""
        self._settle(None)

    def give_passphrase(self, text: str) -> None:
        """Open with this passphrase, or protect a new store with it."""
        self._settle(Passphrase(text))

    def keep_nothing(self) -> None:
        """Work without keeping anything on this computer."""
        self._settle(MemoryOnly())

    def try_again(self) -> None:
        """The same once more: the keyring may answer now."""
        self._settle(Auto())

    async def begin_anew(self) -> None:
        """Put the store aside, and begin a new one.

        Raises:
            StoreError: The folder refuses it.
        """
        await asyncio.to_thread(set_store_aside, self._store_dir)
        self._settle(Auto())

    def _settle(self, choice: KeyChoice | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(choice)

    def _show(self, state: UnlockState) -> None:
        self.state = state
        self.state_changed.emit(state)
