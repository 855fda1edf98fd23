"""In whatever order tokens end, renewals fail and people come and go: never two at once, none in vain, one prompt."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import tempfile
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from console.model.connection import Phase
from console.model.errors import GatewayError
from console.model.identity import PasswordCredentials
from console.model.network import NO_PROXY, NetworkOptions
from console.model.profile import Profile
from console.services import renewal
from console.services.kept_sign_in import kept_as
from console.services.session import Session
from console.services.telemetry import Telemetry
from console.store.key import MemoryOnly
from console.store.store import open_store
from tests.api.scripted_gateway import Asked, reply, scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from console.api.contract import Gateway
    from console.model.identity import Tokens, User
    from console.services.kept_sign_in import SignInVault, StoredSignIn

LIMIT_S = 30.0
LIMITED_S = 60.0
PACE = renewal.RenewalPace
LOGIN = PasswordCredentials(username="operator@example.org", password="right")
WHO = {"id": "7", "name": "Operator", "email": LOGIN.username}
FATES = ("good", "lost", "unavailable", "nonsense", "limited", "refused")


class Clock:
    """Stands still until it is set forward."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Vault:
    """A session's vault that remembers what is on the disk."""

    def __init__(self, vault: SignInVault) -> None:
        self._vault = vault
        self.saved: set[str] = set()
        self.load_sign_in = vault.load_sign_in
        self.forget_sign_in = vault.forget_sign_in
        self.acquire_lease = vault.acquire_lease
        self.release_lease = vault.release_lease

    async def save_sign_in(self, profile: str, tokens: Tokens, user: User | None) -> None:
        await self._vault.save_sign_in(profile, tokens, user)
        self.saved.add(tokens.access)

    async def kept(self, profile: Profile) -> StoredSignIn | None:
        return await self._vault.load_sign_in(kept_as(profile))


class Issuer:
    """Gives tokens, takes each refresh token once, and forgives what got lost until something newer was used."""

    def __init__(self, clock: Clock, saved: set[str]) -> None:
        self._clock = clock
        self._saved = saved
        self._numbers = itertools.count()
        self._refreshes: list[str] = []  # accepted: the one in use, and successors that may have got lost
        self._pairs: dict[str, str] = {}
        self._held_until_s = 0.0
        self._login = 0
        self.good: set[str] = set()
        self.delivered = ""
        self.fates: deque[str] = deque()
        self.counts: Counter[str] = Counter()
        self.wrongs: list[str] = []

    def expire(self) -> None:
        self.counts["expired"] += bool(self.good)
        self.good.clear()

    def __call__(self, asked: Asked) -> bytes | None:
        if asked.method == "OPTIONS":
            return reply(204)
        route = asked.path.removeprefix("/api/v1/")
        if route.startswith("/socket.io"):
            return reply(404)
        if route == "auth/login":
            self._refreshes.clear()
            self.expire()  # who asks meanwhile, with what a sign-in ends, may renew once
            self._held_until_s = 0.0
            self._login += 1
            return self._issued()
        if route == "auth/refresh":
            return self._refresh(asked)
        if route in {"auth/logout", "auth/set-refresh"}:
            return reply(404)
        access = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if access not in self.good:
            return reply(401, {"message": "expired"})
        if access not in self._saved:
            self.wrongs.append("a token was used before it was stored")
        self._refreshes = [self._pairs[access]]
        return reply(200, {"status": "healthy"} if route.endswith("/health") else WHO)

    def _refresh(self, asked: Asked) -> bytes | None:
        refresh = asked.headers.get("cookie", "").partition("=")[2]
        if not refresh.startswith(f"refresh-{self._login}-"):
            return reply(401, {"message": "replaced"})  # it was on its way when somebody signed in anew
        fate = self.fates.popleft() if self.fates else "good"
        self.counts["renewals"] += 1
        self.counts[fate] += 1
        if self.delivered in self.good:
            self.wrongs.append("a renewal although the last token is good")
        if self._clock() < self._held_until_s:
            self.wrongs.append("a renewal before the time that was named")
        if refresh not in self._refreshes:
            self.wrongs.append("a refresh token that was void")
        match fate:
            case "unavailable":
                return reply(503, {})
            case "nonsense":
                return reply(200, {})
            case "limited":
                self._held_until_s = self._clock() + LIMITED_S
                return reply(429, {}, f"retry-after: {LIMITED_S:g}")
            case "refused":
                self._refreshes.clear()
                return reply(401, {"message": "revoked"})
            case "lost":
                self._issued(delivered=False)
                return None
            case _:
                return self._issued()

    def _issued(self, *, delivered: bool = True) -> bytes:
        number = next(self._numbers)
        access, refresh = f"access-{number}", f"refresh-{self._login}-{number}"
        self.good.add(access)
        self._pairs[access] = refresh
        self._refreshes.append(refresh)
        self.delivered = access if delivered else self.delivered
        body = {"access_token": access, "expires_in": 36_000, "user": WHO}
        return reply(200, body, f"set-cookie: refresh_token={refresh}; Path=/; HttpOnly")


async def _asks_nothing(_telemetry: Telemetry, _gateway: Gateway) -> None:
    await asyncio.Event().wait()


class Renewals(RuleBasedStateMachine):
    """One session, one gateway, real sockets and a real vault."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = contextlib.AsyncExitStack()
        self.clock = Clock()
        self.at_once = self.most_at_once = 0
        self.prompts = self.refusals = 0
        self.signed_in = False
        self.runner.run(self._open())

    async def _open(self) -> None:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(renewal, "RenewalPace", lambda: PACE(self.clock))
        patch.setattr(Telemetry, "run", _asks_nothing)  # who asks, and when, is what the rules say
        store = await open_store(folder, MemoryOnly())
        self.stack.push_async_callback(store.close)
        self.vault = Vault(store.vault)
        self.issuer = Issuer(self.clock, self.vault.saved)
        gateway = await self.stack.enter_async_context(scripted(self.issuer))
        network = NetworkOptions(proxy=NO_PROXY)
        profile = Profile(name="the-kong", url=gateway.address.text, platform="kong", network=network)
        self.session = Session(profile, self.vault, store.record)
        await self.stack.enter_async_context(_beside(self.session.run()))
        await self.session.restored()
        await self.stack.enter_async_context(_beside(self._watch()))
        self._count_renewals()

    def _count_renewals(self) -> None:
        authentication = self.session.gateway.authentication
        refresh = authentication.refresh

        async def counted(tokens: Tokens) -> Tokens:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                return await refresh(tokens)
            finally:
                self.at_once -= 1

        self.stack.enter_context(pytest.MonkeyPatch.context()).setattr(authentication, "refresh", counted)

    async def _watch(self) -> None:
        former = Phase.SIGNED_OUT
        async for connection in self.session.connection.follow():
            self.prompts += connection.phase is Phase.SIGN_IN_NEEDED is not former
            former = connection.phase

    @rule()
    def sign_in(self) -> None:
        self.signed_in = True
        self.runner.run(self._done(self.session.sign_in(LOGIN)))

    @rule()
    def sign_out(self) -> None:
        self.signed_in = False
        self.runner.run(self._done(self.session.sign_out()))

    @rule()
    def expire(self) -> None:
        self.issuer.expire()
        self.clock.now_s += renewal.FRESH_S

    @rule()
    def wait(self) -> None:
        self.clock.now_s += LIMITED_S

    @rule(
        askers=st.integers(min_value=1, max_value=6),
        fates=st.lists(st.sampled_from(FATES), max_size=3),
        expired=st.booleans(),
        given_up=st.booleans(),
    )
    def ask(self, askers: int, fates: list[str], expired: bool, given_up: bool) -> None:
        if expired:
            self.expire()
        self.issuer.fates = deque(fates)
        self.runner.run(self._done(self._ask(askers, given_up=given_up)))

    async def _ask(self, askers: int, *, given_up: bool) -> None:
        asking = [asyncio.ensure_future(self.session.gateway.authentication.who_am_i()) for _ in range(askers)]
        if given_up:
            await asyncio.sleep(0.001)
            asking[0].cancel()
        for outcome in (await asyncio.gather(*asking, return_exceptions=True))[given_up:]:
            if isinstance(outcome, BaseException) and not isinstance(outcome, GatewayError):
                raise outcome

    async def _done(self, work: Coroutine[None, None, object]) -> None:
        """Also what goes on when whoever wanted it has gone."""
        async with asyncio.timeout(LIMIT_S):  # nobody waits for ever
            await work
            await _all_renewed()
            self.issuer.fates.clear()
            if self.issuer.counts["refused"] > self.refusals:
                self.refusals += 1
                self.signed_in = False
                while self.prompts < self.refusals:
                    await asyncio.sleep(0.001)

    @invariant()
    def nothing_went_wrong_at_the_gateway(self) -> None:
        assert self.issuer.wrongs == []

    @invariant()
    def one_renewal_at_a_time(self) -> None:
        assert self.most_at_once <= 1

    @invariant()
    def no_renewal_in_vain(self) -> None:
        counts = self.issuer.counts
        failed = sum(counts[fate] for fate in FATES if fate != "good")
        assert counts["renewals"] <= counts["expired"] + failed

    @invariant()
    def one_prompt_for_each_refusal(self) -> None:
        assert self.prompts == self.refusals

    @invariant()
    def what_is_used_is_kept(self) -> None:
        kept, used = self.runner.run(self._kept_and_used())
        assert kept == used
        assert (used is not None) is self.signed_in

    async def _kept_and_used(self) -> tuple[str | None, str | None]:
        while True:
            await _all_renewed()
            kept, used = await self.vault.kept(self.session.profile), await self.session.token()
            if not _renewals():  # polls go on meanwhile
                return kept.tokens.access if kept is not None else None, used

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


def _renewals() -> list[asyncio.Task[None]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "renew"]


async def _all_renewed() -> None:
    while renewing := _renewals():
        await asyncio.wait(renewing)


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


TestRenewals = Renewals.TestCase
TestRenewals.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)
