"""Getting an account, confirming its address, getting back into it, and changing its password."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.errors import GatewatchError, NotOffered, Rejected
from console.presenters.task_scope import TaskScope
from console.services.explain import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.model.account import Registration
    from console.services.account_desk import AccountDesk
    from console.services.ports import GatewayDirectory

_OFFER, _SEND = "account offer", "account"


class AccountPage(enum.StrEnum):
    """Which form is shown."""

    NONE = "none"
    FORGOT = "forgot"
    RESET = "reset"
    REGISTER = "register"
    VERIFY = "verify"
    CHANGE = "change"


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    """The account pages. No password and no code is ever part of it.

    Attributes:
        offered: This platform lets people do this themselves.
        page: Which form is shown.
        email: To fill it with.
        busy: Something is under way.
        fields: What is wrong, by field: `first_name`, `last_name`, `email`, `token`, `current`, `password`, `again`,
            `terms`.
        problem: What is wrong beyond single fields.
        notice: What was done, and what comes next.
        finished: Counts what worked: forms empty their secrets when it grows.
    """

    offered: bool = False
    page: AccountPage = AccountPage.NONE
    email: str = ""
    busy: bool = False
    fields: dict[str, str] = {}
    problem: Explanation | None = None
    notice: str = ""
    finished: int = 0


class AccountPresenter(QObject):
    """One gateway's accounts; single-flight: a double click is one request."""

    state_changed = Signal(object)  # AccountState

    def __init__(
        self, directory: GatewayDirectory, on_error: Callable[[str, Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._directory = directory
        self._tasks = TaskScope(self, on_error)
        self._profile = ""
        self.state = AccountState()

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._tasks.close()

    @property
    def profile(self) -> str:
        """The gateway that is asked; empty for none."""
        return self._profile

    # Which page

    def choose(self, profile: str) -> None:
        """Find out what this gateway offers; the empty name is no gateway."""
        self._tasks.cancel(_SEND)
        self._profile = profile
        self._set(AccountState(finished=self.state.finished + 1))
        if profile:
            self._tasks.restart(_OFFER, lambda: self._find_offer(profile))

    def show(self, page: AccountPage, email: str = "") -> None:
        """Show a form, filled with this address."""
        self._tasks.cancel(_SEND)
        self._change(page=page, email=email.strip(), busy=False, fields={}, problem=None, notice="")

    def leave(self) -> None:
        """Back to where somebody signs in."""
        self.show(AccountPage.NONE, self.state.email)

    # What is submitted

    def register(self, wanted: Registration, again: str) -> None:
        """Ask for an account."""
        wrong = _missing(first_name=wanted.first_name, last_name=wanted.last_name, email=wanted.email)
        wrong |= _wrong_passwords(wanted.password, again)
        if not wanted.accepts_terms:
            wrong["terms"] = tr("Accept the platform's terms, or ask its people for an account.")
        self._send(wrong, lambda desk: desk.register(wanted), AccountPage.VERIFY, _on_its_way(), email=wanted.email)

    def forgot(self, email: str) -> None:
        """Ask for a code to choose a new password with."""
        wrong = _missing(email=email)
        self._send(wrong, lambda desk: desk.forgot(email.strip()), AccountPage.RESET, _on_its_way(), email=email)

    def reset(self, token: str, password: str, again: str) -> None:
        """Choose a new password with that code."""
        wrong = _missing(token=token) | _wrong_passwords(password, again)
        done = tr("The password is changed. Sign in with the new one.")
        self._send(wrong, lambda desk: desk.reset(token.strip(), password), AccountPage.NONE, done)

    def verify(self, token: str) -> None:
        """Confirm an address."""
        done = tr("The address is confirmed. Sign in.")
        self._send(_missing(token=token), lambda desk: desk.verify(token.strip()), AccountPage.NONE, done)

    def resend(self, email: str) -> None:
        """Ask for the code to confirm it again."""
        wrong = _missing(email=email)
        self._send(wrong, lambda desk: desk.resend(email.strip()), AccountPage.VERIFY, _on_its_way(), email=email)

    def change_password(self, current: str, password: str, again: str) -> None:
        """Replace the password of whoever is signed in."""
        wrong = _missing(current=current) | _wrong_passwords(password, again)
        done = tr("The password is changed.")
        self._send(wrong, lambda desk: desk.change_password(current, password), AccountPage.CHANGE, done)

    async def _find_offer(self, profile: str) -> None:
        try:
            desk = await self._directory.session(profile).accounts()
        except GatewatchError:
            desk = None  # said where it matters: at the sign-in
        if profile == self._profile:
            self._change(offered=desk is not None)

    def _send(
        self,
        wrong: dict[str, str],
        work: Callable[[AccountDesk], Awaitable[None]],
        then: AccountPage,
        done: str,
        *,
        email: str = "",
    ) -> None:
        if wrong:
            self._change(fields=wrong, problem=None, notice="")
            return
        self._tasks.start(_SEND, lambda: self._work(work, then, done, email.strip()))

    async def _work(
        self, work: Callable[[AccountDesk], Awaitable[None]], then: AccountPage, done: str, email: str
    ) -> None:
        self._change(busy=True, fields={}, problem=None, notice="")
        try:
            desk = await self._directory.session(self._profile).accounts()
            if desk is None:
                raise NotOffered("accounts are not offered")
            await work(desk)
        except Rejected as exc:
            shown = {name: text for name, text in exc.fields.items() if name in _FIELDS}
            self._change(busy=False, fields=shown, problem=None if shown else explain(exc))
        except GatewatchError as exc:
            self._change(busy=False, problem=explain(exc))
        else:
            finished = self.state.finished + 1
            self._change(busy=False, page=then, notice=done, email=email or self.state.email, finished=finished)

    def _change(self, **changes: object) -> None:
        self._set(msgspec.structs.replace(self.state, **changes))

    def _set(self, state: AccountState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


_FIELDS = ("first_name", "last_name", "email", "token", "current", "password", "again", "terms")


def _on_its_way() -> str:
    """Whether the address is known is nobody's business."""
    return tr("If the address is known, a message is on its way. Type the code from it.")


def _missing(**typed: str) -> dict[str, str]:
    said = {
        "first_name": tr("Type your first name."),
        "last_name": tr("Type your last name."),
        "email": tr("Type your e-mail address."),
        "token": tr("Type the code from the message."),
        "current": tr("Type your present password."),
    }
    return {name: said[name] for name, text in typed.items() if not text.strip()}


def _wrong_passwords(password: str, again: str) -> dict[str, str]:
    """Only what no server needs to say: its own rules are its own."""
    if not password:
        return {"password": tr("Type a new password.")}
    return {} if password == again else {"again": tr("This is not the same password.")}
