"""The store's passphrase in the window: set, changed, or given back to the keyring."""

from __future__ import annotations

import asyncio
import enum
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.errors import StoreError, WrongPassphrase
from console.presenters.task_scope import TaskScope
from console.presenters.unlock import PASSPHRASE_MINIMUM, pause_s
from console.services.explain import explain
from console.store import keyslot
from console.store.key import Passphrase, change_passphrase
from console.store.keyslot import SlotKind
from console.store.passphrase import remove_passphrase, set_passphrase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from console.store.system_keyring import KeyringPort

_LOOK, _WORK = "look at the key slot", "rewrap the key"


class PassphraseStep(enum.StrEnum):
    """What is done about the passphrase."""

    SET = "set"
    CHANGE = "change"
    REMOVE = "remove"


class PassphraseState(msgspec.Struct, frozen=True, kw_only=True):
    """How the store's key is kept, and the form that changes it.

    Attributes:
        about: How it is kept now, in words; what was wrong with finding out.
        offered: What can be done about it.
        step: What the form is for; None while there is none.
        busy: It is being done, or the next passphrase may not be tried yet.
        fields: What is wrong with `old`, `new` or `again`.
        problem: Why it was not done, where no field is to blame.
        done: What was done last.
    """

    about: str = ""
    offered: tuple[PassphraseStep, ...] = ()
    step: PassphraseStep | None = None
    busy: bool = False
    fields: dict[str, str] = {}
    problem: str = ""
    done: str = ""


class PassphrasePresenter(QObject):
    """Single-flight: a double click is one change. What is typed is handed on at once and never kept.

    Args:
        store_dir: Of the open store; None when it keeps nothing on disk.
        on_error: As for `TaskScope`.
        keyring: In place of the system's.
        parent: Owns it.
    """

    state_changed = Signal(object)  # PassphraseState

    def __init__(
        self,
        store_dir: Path | None,
        on_error: Callable[[str, Exception], None],
        *,
        keyring: KeyringPort | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store_dir = store_dir
        self._keyring = keyring
        self._tasks = TaskScope(self, on_error)
        self._wrong = 0  # in a row; outlives the form, or closing it would spare the pause
        self.state = PassphraseState()

    async def stop(self) -> None:
        """Cancel what is under way: the old way or the new one opens the store."""
        await self._tasks.close()

    def look(self) -> None:
        """Find out how the key is kept; the command line may have changed it."""
        self._tasks.restart(_LOOK, self._look)  # one under way may have read what was there before

    def begin(self, step: PassphraseStep) -> None:
        """Show the form. One that still works on a former answer stays busy until that is done."""
        self._change(step=step, fields={}, problem="", done="")

    def leave(self) -> None:
        """Put the form away; what was sent goes on."""
        self._change(step=None, fields={}, problem="")

    def submit(self, old: str, new: str, again: str) -> None:
        """Do what the form is for."""
        step, folder = self.state.step, self._store_dir
        if step is None or folder is None or self.state.busy:
            return
        if wrong := _wrong(step, old, new, again):
            self._change(fields=wrong, problem="")
            return
        # Busy at once, not when the task first runs: what was wrong with the last answer says nothing of this one.
        self._change(busy=True, fields={}, problem="")
        self._tasks.start(_WORK, lambda: self._work(step, folder, Passphrase(old), Passphrase(new)))

    async def _work(self, step: PassphraseStep, folder: Path, old: Passphrase, new: Passphrase) -> None:
        try:
            match step:
                case PassphraseStep.SET:
                    await set_passphrase(folder, new, keyring=self._keyring)
                case PassphraseStep.CHANGE:
                    await change_passphrase(folder, old, new)
                case PassphraseStep.REMOVE:
                    await remove_passphrase(folder, old, keyring=self._keyring)
        except WrongPassphrase as exc:
            self._wrong += 1
            self._change(fields={"old": explain(exc).text})
            await asyncio.sleep(pause_s(self._wrong - 1))
            self._change(busy=False)
        except StoreError as exc:
            self._change(busy=False, problem=explain(exc).text)
        else:
            self._wrong = 0
            self._change(busy=False, step=None, done=_done(step))
        # Not awaited: whoever sees that this is no longer busy may send the next answer at once.
        self.look()

    async def _look(self) -> None:
        if self._store_dir is None:
            self._change(about=tr("Nothing is kept on this computer, so there is nothing to protect."), offered=())
            return
        try:
            slot = await asyncio.to_thread(keyslot.read, self._store_dir)
        except StoreError as exc:
            self._change(about=explain(exc).text, offered=())
            return
        match slot.kind if slot is not None else None:
            case SlotKind.PASSPHRASE:
                about = tr("A passphrase protects the store. It is asked at every start, and after a lock.")
                self._change(about=about, offered=(PassphraseStep.CHANGE, PassphraseStep.REMOVE))
            case SlotKind.KEYRING:
                about = tr(
                    "The system's keyring keeps the store's key: to lock only hides the window. A passphrase makes it a"
                    " lock."
                )
                self._change(about=about, offered=(PassphraseStep.SET,))
            case None:
                self._change(about=tr("The store has no key any more."), offered=())

    def _change(self, **changes: object) -> None:
        state = msgspec.structs.replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


def _wrong(step: PassphraseStep, old: str, new: str, again: str) -> dict[str, str]:
    wrong = {}
    if step is not PassphraseStep.SET and not old:
        wrong["old"] = tr("Type the passphrase.")
    if step is not PassphraseStep.REMOVE:
        if len(new) < PASSPHRASE_MINIMUM:
            wrong["new"] = tr("Use {count} characters or more.", count=PASSPHRASE_MINIMUM)
        elif new != again:
            wrong["again"] = tr("The two passphrases differ.")
    return wrong


def _done(step: PassphraseStep) -> str:
    match step:
        case PassphraseStep.SET:
            return tr("The passphrase is set.")
        case PassphraseStep.CHANGE:
            return tr("The passphrase is changed.")
        case PassphraseStep.REMOVE:
            return tr("The passphrase is removed.")
