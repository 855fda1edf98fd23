"""New tokens for old: shared by all who ask, ahead of time, never in a storm, and not for ever in vain."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.model.errors import ConnectionLost, GatewayError, RateLimited, SignInRequired, Unauthorized
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.model.identity import Tokens
    from console.services.kept_sign_in import KeptSignIn

_log = logging.getLogger(__name__)

EXPIRY_MARGIN = timedelta(seconds=5)
RENEW_LEAD = timedelta(seconds=60)
_LONGEST_SLEEP_S = 20.0  # wall clock and monotonic clock part ways while the machine sleeps
_RENEWAL_PAUSE_S = 1.0  # a gateway that gives tokens which end at once must not be asked in a loop
_RENEWAL_GRACE_S = 1.5  # less than the window may take to quit
PAUSE_S = 60.0  # a limit that does not say how long
PAUSE_CAP_S = 900.0
LIMITED_IN_VAIN = 3
FRESH_S = 10.0


class RenewalPace:
    """Says whether a renewal may be asked for now. Belongs to one session.

    A limited refresh route is asked once, then left alone for as long as it said; meanwhile everybody who wants a new
    token hears of the limit without a request. A token that is refused right after it was given is not renewed again:
    a gateway that refuses every token would be asked for one with every request.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held_until = 0.0
        self._limited = 0
        self._renewed_at: float | None = None

    @property
    def held_s(self) -> float:
        """Seconds until the route may be asked again; 0 when it may be now."""
        return max(0.0, self._held_until - self._clock())

    def begin(self) -> None:
        """Somebody signed in: what was before has no bearing."""
        self._held_until, self._limited, self._renewed_at = 0.0, 0, None

    def admit(self, *, ended: bool) -> None:
        """Go ahead, or an error instead of the request.

        Args:
            ended: The token has ended by our clock, so that its refusal is no surprise.

        Raises:
            RateLimited: The route is left alone for now.
            SignInRequired: The token has ended and the route was limited so often that only a new sign-in helps.
            Unauthorized: The token was given a moment ago: a new one would fare no better.
        """
        if (wait_s := self.held_s) > 0:
            raise RateLimited("renewing the sign-in is limited", retry_after_s=wait_s)
        if ended and self._limited >= LIMITED_IN_VAIN:
            raise SignInRequired("the gateway renews no sign-ins at the moment", code=RenewalCode.LIMITED)
        if not ended and self._renewed_at is not None and self._clock() - self._renewed_at < FRESH_S:
            raise Unauthorized("the gateway refuses a token that it has just given", status=401, code=RenewalCode.FRESH)

    def limited(self, error: RateLimited) -> None:
        """The route answered 429."""
        self._limited += 1
        asked_s = error.retry_after_s if error.retry_after_s is not None else PAUSE_S
        self._held_until = self._clock() + min(PAUSE_CAP_S, max(1.0, asked_s))

    def renewed(self) -> None:
        """There are new tokens."""
        self._limited, self._held_until = 0, 0.0
        self._renewed_at = self._clock()


class Renewer:
    """Renews the tokens of one session, once for all who ask and once among all processes that share the sign-in.

    Args:
        kept: Where other processes find the tokens.
        current: The tokens in use; None when signed out.
        refresh: Asks the gateway.
        adopt: Takes the new tokens over in place of the old ones; raises SignInRequired when nobody wants them.
    """

    def __init__(
        self,
        kept: KeptSignIn,
        current: Callable[[], Tokens | None],
        refresh: Callable[[Tokens], Awaitable[Tokens]],
        adopt: Callable[[Tokens, Tokens], Awaitable[None]],
    ) -> None:
        self._kept = kept
        self._current = current
        self._refresh = refresh
        self._adopt = adopt
        self._pace = RenewalPace()
        self._under_way: dict[str, asyncio.Task[str]] = {}  # by the access token they replace
        self._refusal: SignInRequired | None = None  # of the tokens in use
        self._refused = asyncio.Event()

    def begin(self) -> None:
        """Somebody signed in."""
        self._pace.begin()
        self._refusal = None
        self._refused.clear()

    async def close(self) -> None:
        """Give what is under way a moment: the old tokens may be void already."""
        if renewals := set(self._under_way.values()):
            _done, late = await asyncio.wait(renewals, timeout=_RENEWAL_GRACE_S)
            for renewal in late:
                renewal.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def token(self) -> str | None:
        """The access token in use, renewed first when its end is near; see `console.api.contract.TokenSource`."""
        tokens = self._current()
        if tokens is not None and tokens.renewable and tokens.ends_within(EXPIRY_MARGIN, datetime.now(UTC)):
            return await self.renew(tokens.access)
        return tokens.access if tokens is not None else None

    async def renewed_for(self, needed_s: float) -> None:
        """Renew first when the token would end sooner, unless it is young: a new one would live hardly longer.

        Raises:
            SignInRequired: The session is over.
            GatewayError: The token has ended and can't be renewed now.
        """
        tokens, now = self._current(), datetime.now(UTC)
        if tokens is None:
            raise SignInRequired("signed out")
        if tokens.expires_at is None or not tokens.renewable or now + timedelta(seconds=needed_s) <= tokens.expires_at:
            return
        if tokens.lifetime_s is not None and (tokens.expires_at - now).total_seconds() > tokens.lifetime_s / 2:
            return
        try:
            await self.renew(tokens.access)
        except SignInRequired:
            raise
        except GatewayError:
            if tokens.ends_within(timedelta(), datetime.now(UTC)):
                raise

    async def renew(self, refused: str) -> str:
        """An access token other than `refused`; see `console.api.contract.TokenSource`."""
        tokens = self._current()
        if tokens is None:
            raise SignInRequired("signed out")
        if tokens.access != refused:
            return tokens.access
        if self._refusal is not None:
            raise self._refusal
        if (renewal := self._under_way.get(refused)) is None:
            renewal = asyncio.get_running_loop().create_task(self._renew(tokens), name="renew")
            self._under_way[refused] = renewal
            renewal.add_done_callback(lambda done: self._renewed(refused, done))
        return await asyncio.shield(renewal)

    def _renewed(self, refused: str, renewal: asyncio.Task[str]) -> None:
        del self._under_way[refused]
        if renewal.cancelled():
            return
        error = renewal.exception()  # looked at here: those who asked may all have been cancelled by then
        in_use = (tokens := self._current()) is not None and tokens.access == refused
        if in_use and isinstance(error, SignInRequired) and error.code != RenewalCode.NOT_RENEWABLE:
            self._refusal = error  # whoever asked first: it is over for all
            self._refused.set()

    async def _renew(self, tokens: Tokens) -> str:
        async with self._kept.lease():
            renewed = await self._kept.newer_than(tokens)
            if renewed is None:
                self._pace.admit(ended=tokens.ends_within(timedelta(), datetime.now(UTC)))
                renewed = await self._refreshed(tokens)
            self._pace.renewed()
            await self._adopt(tokens, renewed)  # stored before it is used
            return renewed.access

    async def _refreshed(self, tokens: Tokens) -> Tokens:
        """Ask for new tokens, once more where the answer got lost.

        The gateway may have replaced the old ones already: those that allow for lost answers accept them a moment more.
        """
        try:
            try:
                return await self._refresh(tokens)
            except ConnectionLost as exc:
                if exc.timed_out:
                    raise  # no time left while others wait for the lease
                return await self._refresh(tokens)
        except RateLimited as exc:
            self._pace.limited(exc)
            raise

    async def keep_renewed(self) -> None:
        """Renew ahead of expiry. Unreachable is not refused: try again while the session may still live.

        Raises:
            SignInRequired: The session is over, whoever it was that the renewal was refused to.
        """
        retry_s = 1.0
        while (tokens := self._current()) is not None:
            if self._refusal is not None:
                raise self._refusal
            due = tokens.renew_at(RENEW_LEAD) if tokens.renewable else tokens.expires_at
            wait_s = (due - datetime.now(UTC)).total_seconds() if due is not None else _LONGEST_SLEEP_S
            if wait_s > 0:
                await self._sleep(min(wait_s, _LONGEST_SLEEP_S))
                continue
            if not tokens.renewable:
                raise SignInRequired(
                    "the sign-in has ended, and this gateway does not renew it", code=RenewalCode.NOT_RENEWABLE
                )
            try:
                await self.renew(tokens.access)
                retry_s = 1.0
                await asyncio.sleep(_RENEWAL_PAUSE_S)
            except SignInRequired:
                raise
            except GatewayError as exc:
                _log.info("renewal put off: %s", exc)
                await self._sleep(max(retry_s, min(self._pace.held_s, _LONGEST_SLEEP_S)))
                retry_s = min(retry_s * 2, _LONGEST_SLEEP_S)

    async def _sleep(self, seconds: float) -> None:
        """Until then, or until a renewal is refused."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._refused.wait()
