"""Sign-in through the system's browser: from the address to open to tokens that are this profile's."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from console.api.oauth.callback import code_in, code_pasted
from console.model.errors import (
    BrowserSignInFailed,
    GatewayError,
    MfaRequired,
    NotOffered,
    SignInRequired,
    WrongUser,
)
from console.model.oauth import BrowserSignInReason
from console.model.reasons import RenewalCode
from console.services.latest import Latest
from console.services.loopback import Loopback
from console.services.ports import BrowserProgress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from console.api.contract import Gateway
    from console.model.identity import Challenge, SignedIn, Tokens, User
    from console.model.oauth import Authorization, Provider

    Take = Callable[[SignedIn, str], Awaitable[None]]
    Provisional = Callable[[Tokens], AbstractAsyncContextManager[Gateway]]

_log = logging.getLogger(__name__)

LIMIT_S = 300.0


class BrowserSignIns:
    """The sign-ins of one session through a browser, of which there is at most one at a time.

    Args:
        gateway: Gives the session's gateway; raises what stops it from being used.
        provisional: Gives the same gateway, acting with tokens that the session has not taken over.
        take: Takes tokens over for the user of that name: they are stored, then used.
    """

    def __init__(self, gateway: Callable[[], Gateway], provisional: Provisional, take: Take) -> None:
        self._gateway = gateway
        self._provisional = provisional
        self._take = take
        self._waiting: BrowserSignIn | None = None
        self.expected = ""  # whom the profile is kept for, as typed or told; empty for anybody
        self.known: User | None = None
        self._challenge: Challenge | None = None

    @asynccontextmanager
    async def begin(self, provider: Provider) -> AsyncIterator[BrowserSignIn]:
        """One attempt; whichever was going on ends. The port that waits for the browser is open within the block.

        Raises:
            BrowserSignInFailed: It can't be begun.
            GatewayError: The gateway did not begin it.
        """
        if (browser := self._gateway().browser) is None:
            raise NotOffered("sign-in through a browser is not offered")
        attempt = BrowserSignIn(self._finish)
        if self._waiting is not None:
            self._waiting.end(BrowserSignInFailed(reason=BrowserSignInReason.SUPERSEDED))
        self._waiting = attempt
        try:
            async with Loopback(attempt.arrive) as loopback:
                attempt.begun(await browser.begin(provider, loopback.redirect_uri))
                yield attempt
        finally:
            if self._waiting is attempt:
                self._waiting = None
            attempt.close()

    async def _finish(self, attempt: Authorization, code: str) -> None:
        gateway = self._gateway()
        if gateway.browser is None:
            raise NotOffered("sign-in through a browser is not offered")
        try:
            signed = await gateway.browser.complete(attempt, code)
        except MfaRequired as exc:
            self._challenge = exc.challenge
            raise
        await self.take(signed)

    def asked_for(self, challenge: Challenge) -> bool:
        """Whether a second factor is wanted because of a sign-in here: who it is for is not known before the end."""
        return challenge is self._challenge  # two may look alike where the platform names only the user

    async def take(self, signed: SignedIn) -> None:
        """Take tokens over, unless they are somebody else's than the profile is kept for.

        Raises:
            WrongUser: They are; nothing was stored.
            GatewayError: It can't be found out.
        """
        self._challenge = None
        if signed.user is None:
            async with self._provisional(signed.tokens) as other:
                signed = msgspec.structs.replace(signed, user=await self._asked_who(other))
        name = signed.user.sign_in_name if signed.user is not None else ""
        if not self._is_expected(signed.user):
            async with self._provisional(signed.tokens) as other:
                with contextlib.suppress(GatewayError):  # nobody uses them: the gateway need not honour them
                    await other.authentication.sign_out(signed.tokens)
            raise WrongUser(expected=self.expected, came=name)
        await self._take(signed, self.expected or name)

    async def _asked_who(self, gateway: Gateway) -> User | None:
        try:
            return await gateway.authentication.who_am_i()
        except GatewayError as exc:
            if self.expected:
                raise  # tokens of nobody knows whom are not kept for somebody
            _log.info("who signed in is not known yet: %s", type(exc).__name__)
            return None

    def _is_expected(self, user: User | None) -> bool:
        if not self.expected:
            return True
        if user is None:
            return False
        return user.answers_to(self.expected) or (self.known is not None and self.known.id == user.id)


class FixedToken:
    """A token source for one token that is not renewed: see `console.api.contract.TokenSource`."""

    def __init__(self, access: str) -> None:
        self._access = access

    async def token(self) -> str | None:
        """The one."""
        return self._access

    async def renew(self, refused: str) -> str:  # noqa: ARG002  (the port's signature)
        """There is no other."""
        raise SignInRequired("the gateway does not accept the token it just gave", code=RenewalCode.NOT_RENEWABLE)


class BrowserSignIn:
    """See `console.services.ports.BrowserAttempt`."""

    def __init__(self, finish: Callable[[Authorization, str], Awaitable[None]]) -> None:
        self._finish = finish
        self._attempt: Authorization | None = None
        self._code: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.progress = Latest(BrowserProgress())

    @property
    def url(self) -> str:
        """See the port."""
        return self._attempt.url if self._attempt is not None else ""

    @property
    def host(self) -> str:
        """See the port."""
        return urlsplit(self.url).hostname or ""

    @property
    def returns_here(self) -> bool:
        """See the port."""
        return self._attempt is not None and self._attempt.returns_here

    def begun(self, attempt: Authorization) -> None:
        """The gateway knows of it."""
        self._attempt = attempt

    def arrive(self, query: str) -> None:
        """A browser came back, or something that looks like one. Only the first answer for this attempt counts."""
        if self._attempt is None or self._code.done():
            return
        try:
            code = code_in(query, self._attempt)
        except BrowserSignInFailed as exc:
            if exc.reason == BrowserSignInReason.STATE:
                self._knocked()
            else:
                self._code.set_exception(exc)
        else:
            self._accept(code)

    def _knocked(self) -> None:
        """Anybody on this machine can, and as often as they like; the true answer may still come."""
        known = self.progress.value.strangers
        if not known:
            _log.info("an answer that belongs to no sign-in of ours was refused")
        self.progress.set(BrowserProgress(strangers=known + 1))

    def _accept(self, code: str) -> None:
        self._code.set_result(code)
        self.progress.set(msgspec.structs.replace(self.progress.value, arrived=True))

    def paste(self, text: str) -> None:
        """See the port."""
        if self._attempt is None or self._code.done():
            return
        self._accept(code_pasted(text, self._attempt))

    def end(self, error: BrowserSignInFailed) -> None:
        """Make whoever waits hear why nothing comes any more."""
        if not self._code.done():
            self._code.set_exception(error)

    def close(self) -> None:
        """Nobody waits any more."""
        if not self._code.done():
            self._code.cancel()
        elif not self._code.cancelled():
            self._code.exception()  # looked at: whoever waited may have been cancelled

    async def finished(self) -> None:
        """See the port."""
        try:
            async with asyncio.timeout(LIMIT_S):
                code = await asyncio.shield(self._code)
        except TimeoutError as exc:
            raise BrowserSignInFailed(reason=BrowserSignInReason.TIMED_OUT) from exc
        if self._attempt is not None:
            await self._finish(self._attempt, code)
