"""Signing in through the system's browser: what is offered, what is waited for, what came of it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.errors import (
    BrowserSignInFailed,
    ConnectFailed,
    ConnectionLost,
    GatewatchError,
    MfaRequired,
    RateLimited,
    ServiceFailed,
    TlsFailed,
)
from console.model.oauth import Provider
from console.presenters.task_scope import TaskScope
from console.services.explain import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.identity import Challenge
    from console.services.ports import BrowserAttempt, GatewayDirectory

_OFFERS, _ATTEMPT, _PROGRESS = "providers", "browser sign-in", "progress"
_AWAY = (ConnectFailed, ConnectionLost, TlsFailed, ServiceFailed, RateLimited)
_ASK_AGAIN_S, _ASK_AGAIN_AT_MOST_S = 5.0, 60.0


class BrowserSignInState(msgspec.Struct, frozen=True, kw_only=True):
    """What the form offers besides a password, and the attempt under way. The code is never part of it.

    Attributes:
        profile: The gateway's; empty for none.
        providers: Who vouches for users of this gateway.
        provider: With whom somebody is signing in now; None when nobody is.
        url: What the browser opens; empty until the gateway gave it.
        host: Where that leads.
        opened: Whether a browser could be opened; None before it was tried.
        returns_here: Whether the browser comes back by itself.
        pasting: The operator wants to paste a code instead.
        finishing: A code is there and is being traded.
        strangers: Answers refused because they are not for this attempt.
        paste_problem: What is wrong with what was pasted.
        problem: Why the last attempt failed.
    """

    profile: str = ""
    providers: tuple[Provider, ...] = ()
    provider: Provider | None = None
    url: str = ""
    host: str = ""
    opened: bool | None = None
    returns_here: bool = True
    pasting: bool = False
    finishing: bool = False
    strangers: int = 0
    paste_problem: Explanation | None = None
    problem: Explanation | None = None

    @property
    def waiting(self) -> bool:
        """Whether an attempt is under way."""
        return self.provider is not None


class BrowserSignInPresenter(QObject):
    """One attempt at a time: a second click begins anew.

    Attributes:
        open_url: Opens an address in the system's browser; False when it could not.
        challenged: Told of a profile whose provider vouched, but whose gateway wants a second factor too.
        succeeded: Told when an attempt worked.
    """

    changed = Signal(object)  # BrowserSignInState

    def __init__(
        self, directory: GatewayDirectory, on_error: Callable[[str, Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._directory = directory
        self._tasks = TaskScope(self, on_error)
        self._under_way: BrowserAttempt | None = None
        self.state = BrowserSignInState()
        self.open_url: Callable[[str], bool] = lambda _url: False
        self.challenged: Callable[[str, Challenge], None] = lambda _profile, _challenge: None
        self.succeeded: Callable[[], None] = lambda: None

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._tasks.close()

    def choose(self, profile: str) -> None:
        """Another gateway: what it offers is asked for, and an attempt at the former one ends."""
        self._tasks.cancel(_ATTEMPT)
        self._tasks.cancel(_OFFERS)
        self._tasks.cancel(_PROGRESS)
        self._under_way = None
        self._set(BrowserSignInState(profile=profile))
        if profile:
            self._tasks.start(_OFFERS, lambda: self._ask_for_offers(profile))

    def begin(self, provider_id: str, *, remember: bool | None = None) -> None:
        """Sign in with a provider; the newest click wins. `remember` as for a session's `sign_in_with`."""
        provider = next((known for known in self.state.providers if known.id == provider_id), None)
        if provider is not None:
            self._tasks.restart(_ATTEMPT, lambda: self._attempt(self.state.profile, provider, remember))

    def cancel(self) -> None:
        """Give the attempt up; its port is free at once."""
        self._tasks.cancel(_ATTEMPT)
        self._set(self._idle())

    def open_again(self) -> None:
        """Open the browser once more."""
        if self._under_way is not None:
            self._change(opened=self.open_url(self._under_way.url))

    def want_paste(self) -> None:
        """The browser can't come back to this machine."""
        self._change(pasting=True)

    def paste(self, text: str) -> None:
        """Go on with what the operator copied."""
        if self._under_way is None or self.state.finishing:
            return
        if not text.strip():
            self._change(paste_problem=Explanation(headline=tr("Paste the code, or the address of that page.")))
            return
        try:
            self._under_way.paste(text)
        except BrowserSignInFailed as exc:
            self._change(paste_problem=explain(exc))
        else:
            self._change(paste_problem=None, finishing=True)

    async def _ask_for_offers(self, profile: str) -> None:
        """Ask until the gateway answers: it may be away just now."""
        session = self._directory.session(profile)
        pause_s = _ASK_AGAIN_S
        while True:
            try:
                providers = await session.providers()
            except _AWAY:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _ASK_AGAIN_AT_MOST_S)
            except GatewatchError:
                return  # it answered, and this is no answer to sign in by; or the profile can't be used
            else:
                self._change(providers=tuple(providers))
                return

    async def _attempt(self, profile: str, provider: Provider, remember: bool | None) -> None:
        self._set(msgspec.structs.replace(self._idle(), provider=provider))
        mine: BrowserAttempt | None = None
        try:
            async with self._directory.session(profile).sign_in_with(provider, remember=remember) as attempt:
                self._under_way = mine = attempt
                self._change(
                    url=attempt.url,
                    host=attempt.host,
                    returns_here=attempt.returns_here,
                    pasting=not attempt.returns_here,
                )
                await asyncio.sleep(0)  # where it leads is on screen before the browser is
                self._change(opened=self.open_url(attempt.url))
                self._tasks.restart(_PROGRESS, lambda: self._follow(attempt))
                await attempt.finished()
        except MfaRequired as exc:
            self._set(self._idle())
            self.challenged(profile, exc.challenge)
        except GatewatchError as exc:
            self._set(msgspec.structs.replace(self._idle(), problem=explain(exc)))
        else:
            self._set(self._idle())
            self.succeeded()
        finally:
            if self._under_way is mine:  # otherwise another attempt has begun
                self._under_way = None
                self._tasks.cancel(_PROGRESS)

    async def _follow(self, attempt: BrowserAttempt) -> None:
        async with aclosing(attempt.progress.follow()) as changes:
            async for progress in changes:
                self._change(strangers=progress.strangers, finishing=progress.arrived)

    def _idle(self) -> BrowserSignInState:
        return BrowserSignInState(profile=self.state.profile, providers=self.state.providers)

    def _change(self, **changes: object) -> None:
        self._set(msgspec.structs.replace(self.state, **changes))

    def _set(self, state: BrowserSignInState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)
