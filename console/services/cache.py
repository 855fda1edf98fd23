"""What a gateway answered, kept for whoever asks again: memory, then the record, then the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from console.model.cached import CacheStats, Login
from console.model.errors import GatewayError, SignInRequired
from console.model.freshness import Freshness, Observed, Source, ttl_s
from console.services.bell import Bell
from console.services.cache_entry import Known, hold
from console.services.cache_memory import Memory
from console.services.cache_shelving import Shelving
from console.services.ports import Told

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Coroutine, Mapping

    from console.api.query import Query
    from console.services.cache_entry import Entry
    from console.services.cache_ports import AnswerShelf, Ask

T = TypeVar("T")

_log = logging.getLogger(__name__)

MEMORY_BYTES = 16 * 1024 * 1024
_LONGEST_WAIT_S = 20.0  # wall clock and monotonic clock part ways while the machine sleeps


class ReadCache:
    """The answers of one session's gateway, for one login at a time.

    What is known is given at once, with its age; when it is past its class's TTL the gateway is asked behind it, once
    for all who want it. A failure leaves the old value, with the problem. Belongs to one event loop; the owner awaits
    `close`.
    """

    def __init__(
        self,
        ask: Ask,
        shelf: AnswerShelf,
        owner: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        """A cache without a login: it knows nothing and asks nothing.

        Args:
            ask: The way to the gateway.
            shelf: The way to the record.
            owner: Profile and address, as the sign-in is kept under.
            clock: Gives the time (UTC).
            memory_bytes: Limit for answers in memory, as received.
        """
        self._ask = ask
        self._shelving = Shelving(shelf, owner)
        self._clock = clock
        self._login: Login | None = None
        self._paused = False
        self._memory = Memory(memory_bytes)
        self._turn = 1
        self._changed = Bell()
        self._tasks: set[asyncio.Task[None]] = set()
        self._counted: Counter[str] = Counter()
        self.dropped: Callable[[], None] = lambda: None  # told when nothing of a login may be shown any more
        self._budgets_s: dict[Freshness, float] = {}

    @property
    def stats(self) -> CacheStats:
        """What it did since the session began."""
        return CacheStats(
            **self._counted,
            evictions=self._memory.evictions,
            entries=sum(entry.known is not None for entry in self._memory),
            size_bytes=self._memory.size_bytes,
        )

    def prefer(self, budgets_s: Mapping[Freshness, float]) -> None:
        """Hold answers to these budgets from now on, and to the defaults where none is named."""
        self._budgets_s = dict(budgets_s)
        self._changed.ring()

    # The login

    def begin_login(self, user: str, tenant: str = "") -> None:
        """Work for this user from now on, acting for this tenant.

        Of another login, or another tenant, nothing is shown any more, and what is under way for it is not waited for.
        What is stored for other users of this profile is dropped; for this user's other tenants it stays.

        Args:
            user: The platform's id; empty while unknown: then nothing is stored.
            tenant: Id of the tenant; empty for none.
        """
        login = Login(owner=self._shelving.owner, user=user, tenant=tenant)
        self._paused = False
        if login != self._login or not user:  # of two who are unknown nobody can tell that they are the same
            newcomer = self._login is None or self._login.user != user
            self._drop()
            self._login = login
            if newcomer and user:
                self._shelving.forget_others(user)
        self._changed.ring()

    def identify(self, user: str) -> None:
        """The login, whose user was unknown when it began, is this user's: from now on answers are stored."""
        if self._login is not None and not self._login.user:
            self._login = msgspec.structs.replace(self._login, user=user)
            self._shelving.forget_others(user)

    def pause(self) -> None:
        """The sign-in has ended, perhaps not for good: what is known is still shown, and nothing is asked."""
        self._paused = True
        for entry in self._memory:
            if entry.asking is not None:
                entry.asking.cancel()
        self._changed.ring()

    async def end_login(self) -> None:
        """Signed out: nothing of this profile's logins is left, in memory or stored, whoever stored it.

        Raises:
            StoreError: What is stored is still there.
        """
        self._drop()
        await self._shelving.forget()

    async def close(self) -> None:
        """Ask no more; what was answered is stored. Whoever waits is told that the session is over."""
        self._drop()
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        await self._shelving.settled()

    # Reading

    async def read(self, query: Query[T], *, anew: bool = False) -> Observed[T]:
        """What is known, at once; when nothing is, what the gateway says.

        Args:
            query: What to ask.
            anew: Wait for the gateway in any case; what it could not say is told by the value's problem.

        Raises:
            SignInRequired: There is no login, or it ended while this waited.
            GatewayError: Nothing is known, and the gateway gave no answer.
        """
        entry = await self._entry(query)
        if entry is None:
            raise SignInRequired("signed out")
        self._count(entry)
        if not self._paused and (entry.known is None or anew):
            await self._heard(entry)
        elif self._is_due(entry):
            self._asked(entry)
        if (shown := entry.shown) is not None:
            return shown
        self._memory.tidy(entry)
        raise entry.error or SignInRequired("the sign-in has ended")

    async def follow(self, query: Query[T]) -> AsyncGenerator[Told[T], None]:
        """What is known, at once, and whatever it becomes; nothing while nobody is signed in.

        The gateway is asked behind it whenever that is due. Ends when the follower is cancelled.
        """
        told: Told[T] | None = None
        held: Entry[T] | None = None
        counted = False
        try:
            while True:
                entry = await self._entry(query)
                if entry is None and self._login is not None:
                    continue  # the login changed while the record was looked into
                if entry is not held:
                    held = hold(entry, instead_of=held)
                said: Told[T] = Told()
                if entry is not None:
                    if not counted:
                        self._count(entry)
                        counted = True
                    if self._is_due(entry):
                        self._asked(entry)
                    said = Told(entry.shown, entry.error)
                if said != told:
                    told = said
                    yield said
                else:
                    await self._change(entry)
        finally:
            hold(None, instead_of=held)

    def peek(self, query: Query[T]) -> Observed[T] | None:
        """What is in memory now; asks neither the record nor the gateway."""
        entry = self._memory.find(query)
        return entry.shown if entry is not None else None

    # Writing

    def invalidate(self, tags: Collection[str]) -> None:
        """Something was written that touched these tags: whoever looks gets a new answer, others when they ask."""
        self._turn += 1
        touched = frozenset(tags)
        for entry in self._memory:
            if entry.query.tags & touched:
                entry.invalidate(self._turn)
        if self._login is not None:
            self._shelving.invalidate(self._login, touched)
        self._changed.ring()

    @contextlib.asynccontextmanager
    async def optimistic(self, query: Query[T], change: Callable[[T], T]) -> AsyncIterator[None]:
        """Show a change while the block writes it; when the block fails, show what the gateway said last.

        After the block all that shares the query's tags is invalid, also when it failed: nobody knows how far it got.

        Args:
            query: Whose answer changes; when nothing is known of it, nothing is shown.
            change: From the value before to the value after. Pure; it may also be given a value that has the change
                already, when the gateway answers in the middle of the write.

        Raises:
            SignInRequired: There is no login.
        """
        entry = await self._entry(query)
        if entry is None:
            raise SignInRequired("signed out")
        patch = entry.patch(change)
        self._changed.ring()
        try:
            yield
        except BaseException:
            entry.withdraw(patch)
            raise
        else:
            entry.written(patch, self._turn + 1)
        finally:
            self.invalidate(query.tags)
            entry.invalidate(self._turn)
            if entry in self._memory and self._is_due(entry):
                self._asked(entry)  # also when nobody looks: until then the change is kept

    # Clearing

    async def clear(self, endpoint: str = "") -> int:
        """Forget the answers of one endpoint, or all of them; whoever looks at one gets a new one.

        Returns:
            How many were stored.

        Raises:
            StoreError: What is stored is still there.
        """
        for entry in self._memory:
            if endpoint in ("", entry.query.endpoint):
                if entry.loading is not None:
                    entry.loading.cancel()  # it may have read what is about to be dropped
                entry.forget()
                self._memory.tidy(entry)
        self._changed.ring()
        return await self._shelving.forget(endpoint)

    def try_now(self) -> None:
        """Ask again for what failed, without waiting for its turn."""
        for entry in self._memory:
            entry.try_now()
        self._changed.ring()

    # Inside

    async def _entry(self, query: Query[T]) -> Entry[T] | None:
        """The entry of a question, with what the record has; None without a login, or when it changed meanwhile."""
        if self._login is None:
            return None
        entry = self._memory.find(query)
        if entry is None:
            entry = self._memory.add(query)
            if self._login.user:
                entry.loading = self._task(self._load(self._login, entry))
        if entry.loading is not None and not entry.loading.done():
            entry.followers += 1  # what is found is not dropped for want of room before it was looked at
            try:
                await asyncio.wait({entry.loading})
            finally:
                entry.followers -= 1
        return entry if entry in self._memory else None

    async def _load(self, login: Login, entry: Entry[Any]) -> None:
        found = await self._shelving.find(login, entry.query)
        if found is not None and entry in self._memory:
            entry.found(found[0], invalid=found[1])

    def _due_in_s(self, entry: Entry[Any]) -> float:
        budget_s = self._budgets_s.get(kind := entry.query.freshness, kind.default_budget_s)
        return entry.due_in_s(self._clock(), ttl_s(budget_s))

    def _is_due(self, entry: Entry[Any]) -> bool:
        return not self._paused and not entry.is_asking and self._due_in_s(entry) <= 0

    def _asked(self, entry: Entry[Any]) -> asyncio.Task[None]:
        """The request for an entry that is under way, or a new one."""
        if entry.asking is None or entry.asking.done():
            entry.asking = self._task(self._ask_until_valid(entry))
        return entry.asking

    async def _heard(self, entry: Entry[Any]) -> None:
        """Wait for the gateway's answer, or for its failure.

        Raises:
            SignInRequired: The login ended meanwhile.
        """
        entry.followers += 1
        try:
            asking = self._asked(entry)
            await asyncio.wait({asking})
            if entry not in self._memory:
                raise SignInRequired("signed out meanwhile")
            if not asking.cancelled():
                asking.result()
        finally:
            entry.followers -= 1
            self._memory.make_room()

    async def _ask_until_valid(self, entry: Entry[Any]) -> None:
        """Ask, and once more when something was written while the answer was on its way."""
        while await self._ask_once(entry):
            pass

    async def _ask_once(self, entry: Entry[Any]) -> bool:
        """Ask; whether the answer came too late to count."""
        self._turn += 1
        began, had = self._turn, entry.known
        self._counted["asks"] += 1
        try:
            reply = await self._ask(entry.query, had.etag if had is not None else "")
            if entry not in self._memory:
                return False  # of a login that has ended
            if not reply.not_modified:
                known = Known.heard(entry.query, reply, self._clock())
        except GatewayError as exc:
            self._counted["failures"] += 1
            entry.failed(exc, self._clock())
            return False
        if reply.not_modified:
            self._counted["revalidations"] += 1
            if had is None or entry.known is not had:
                return True  # cleared meanwhile: there is nothing that was not modified
            known = dataclasses.replace(had, observed_at=self._clock(), source=Source.LIVE)
        entry.answered(known, began)
        if self._login is not None:
            self._shelving.keep(self._login, entry.query, known, reply, invalid=entry.invalid)
        self._changed.ring()
        return entry.invalid

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name="cache")
        self._tasks.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (bug := task.exception()) is not None:
                _log.error("the cache failed", exc_info=bug)
            self._memory.make_room()
            self._changed.ring()

        task.add_done_callback(ended)
        return task

    def _count(self, entry: Entry[Any]) -> None:
        if entry.known is None:
            self._counted["misses"] += 1
            return
        self._counted["from_record"] += entry.known.source is Source.RECORD
        self._counted["stale_hits" if self._due_in_s(entry) <= 0 else "hits"] += 1

    def _drop(self) -> None:
        """Know nothing and nobody any more; end what is under way."""
        self._login = None
        for entry in self._memory.drop_all():
            for task in (entry.loading, entry.asking):
                if task is not None:
                    task.cancel()
        self.dropped()
        self._changed.ring()

    async def _change(self, entry: Entry[Any] | None) -> None:
        """Wait until something has changed, or until the entry is due."""
        wait_s = _LONGEST_WAIT_S
        if entry is not None and not entry.is_asking and not self._paused:
            wait_s = min(wait_s, self._due_in_s(entry))
        await self._changed.wait(wait_s)
