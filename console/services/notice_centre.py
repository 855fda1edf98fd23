"""The notifications centre: what all gateways tell, and what this console found, as one list."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from console.model import muting
from console.model.cached import Login
from console.model.connection import Phase
from console.model.errors import GatewayError, NotFound, NotOffered
from console.model.freshness import Source
from console.model.noticed import Entry, Noticed, Reach, gathered, merged
from console.model.paired import paired
from console.services.explain import explain
from console.services.kept_going import kept_going
from console.services.kept_sign_in import kept_as
from console.services.latest import Latest
from console.services.open_alerts import OpenAlerts
from console.services.read_marks import ForgottenReadMarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from console.model.muting import Mute
    from console.model.notice import Notice
    from console.model.noticed import OpenAlert
    from console.model.preferences import Preferences
    from console.services.ports import GatewayDirectory, GatewaySession
    from console.services.preferences import SettingsHeld
    from console.services.read_marks import ReadMarks

LIMIT = 2_000
INTERVAL_S = 0.25
TICK_S = 30.0  # quiet hours begin and end without anything else happening


class Book(Protocol):
    """The part of `console.services.preferences.PreferenceBook` that is needed here."""

    @property
    def current(self) -> Latest[Preferences]:
        """What the operator prefers: quiet hours among it."""

    @property
    def held(self) -> Latest[SettingsHeld]:
        """What the settings file says: what is muted among it."""

    async def mute(self, mute: Mute) -> None:
        """Keep that a source is muted. Raises SettingsError."""

    async def unmute(self, gateway: str, service: str) -> None:
        """Keep that it is not. Raises SettingsError."""


class NoticeCentre:
    """Follows every session of the directory while `run` runs.

    What a gateway told belongs to whoever is signed in: with a sign-out, another user or another tenant it goes.

    Attributes:
        noticed: Everything known, changed at most four times a second.
    """

    def __init__(
        self,
        directory: GatewayDirectory,
        book: Book,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        marks: ReadMarks | None = None,
        limit: int = LIMIT,
        interval_s: float = INTERVAL_S,
    ) -> None:
        """A centre that knows nothing yet.

        Args:
            directory: Whose sessions are followed.
            book: What is muted, and when it is quiet.
            clock: Gives the time (UTC).
            marks: Where it is kept what was read here; None keeps it until the end of the program.
            limit: How many entries are shown at most.
            interval_s: Between two changes at least.
        """
        self._directory = directory
        self._book = book
        self._clock = clock
        self._marks = marks or ForgottenReadMarks()
        self._limit = limit
        self._interval_s = interval_s
        self._gateways: dict[str, _Gateway] = {}
        self._followed: dict[str, list[asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()
        self.noticed: Latest[Noticed] = Latest(Noticed())

    async def run(self) -> None:
        """Keep the list up to date until cancelled. What was found and read survives a bug in it."""
        await kept_going("notifications centre", self._run)

    async def _run(self) -> None:
        self._followed.clear()  # a former run's, which has ended
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publish_changes(), name="notices")
            for source, name in ((self._book.held, "mutes"), (self._book.current, "quiet hours")):
                tasks.create_task(self._follow(source, _nothing), name=f"notices and {name}")
            async with aclosing(self._directory.profiles.follow()) as changes:
                async for profiles in changes:
                    self._take([profile.name for profile in profiles], tasks)

    # What the operator does

    async def mark_read(self, entries: Iterable[Entry]) -> None:
        """Mark entries read: here at once, and at the platform where it keeps account of that.

        Raises:
            GatewayError: Some platform could not be told. What it was not told of is unread again.
        """
        wanted: dict[str, list[str]] = {}
        for entry in entries:
            if entry.unread_ids:
                wanted.setdefault(entry.gateway, []).extend(entry.unread_ids)
        found = [(self._gateways[name], ids) for name, ids in wanted.items() if name in self._gateways]
        for gateway, ids in found:
            gateway.read.update(ids)
        self._publish()
        failures = await asyncio.gather(*(gateway.tell_read(ids) for gateway, ids in found))
        self._publish()
        for failure in failures:
            if failure is not None:
                raise failure

    async def mute(self, mute: Mute) -> None:
        """Tell no more of a source, until then. It is counted and listed all the same.

        Raises:
            SettingsError: It can't be kept; nothing changed.
        """
        await self._book.mute(mute)

    async def unmute(self, gateway: str, service: str) -> None:
        """Tell of a source again.

        Raises:
            SettingsError: It can't be kept; nothing changed.
        """
        await self._book.unmute(gateway, service)

    @property
    def mutes(self) -> Sequence[Mute]:
        """What is muted now."""
        now = self._clock()
        return [mute for mute in self._book.held.value.reading.mutes if mute.holds(now)]

    def service_id(self, entry: Entry) -> str:
        """The platform's id of the service that an entry is about; empty where there is none of that name."""
        if entry.service_id or entry.gateway not in self._gateways:
            return entry.service_id
        health = self._gateways[entry.gateway].session.monitor.health.value
        wanted = entry.source.casefold()
        for observed in health.services:
            if wanted and wanted in (observed.value.name.casefold(), observed.value.id.casefold()):
                return observed.value.id
        return ""

    # Following

    def _take(self, names: Sequence[str], tasks: asyncio.TaskGroup) -> None:
        for gone in self._followed.keys() - set(names):
            self._let_go(gone)
        for name in names:
            session = self._directory.session(name)
            gateway = self._gateways.get(name)
            if gateway is None or gateway.session is not session:
                self._let_go(name)
                self._gateways[name] = gateway = _Gateway(name, session, self._clock, self._marks)
            elif name in self._followed:
                continue
            self._followed[name] = [
                tasks.create_task(self._follow(source, take), name=f"notices of {name}")
                for source, take in (
                    (session.telemetry.notices, gateway.hear),
                    (session.monitor.health, gateway.hear),
                    (session.connection, gateway.hear),
                    (session.standing, gateway.hear),
                )
            ]
            self._followed[name].append(tasks.create_task(self._restore(gateway), name=f"what was read of {name}"))
        self._gateways = {name: self._gateways[name] for name in names}
        self._changed.set()

    def _let_go(self, name: str) -> None:
        for task in self._followed.pop(name, ()):
            task.cancel()
        self._gateways.pop(name, None)

    async def _restore(self, gateway: _Gateway) -> None:
        while True:
            await gateway.restore()
            self._changed.set()

    async def _follow(self, source: Latest[Any], take: Callable[[], None]) -> None:
        async with aclosing(source.follow()) as values:
            async for _value in values:
                take()
                self._changed.set()
                await asyncio.sleep(self._interval_s)  # some change hundreds of times a second

    async def _publish_changes(self) -> None:
        while True:
            end = muting.next_end(self._book.held.value.reading.mutes, self._clock())
            left_s = (end - self._clock()).total_seconds() if end is not None else TICK_S
            try:
                async with asyncio.timeout(min(TICK_S, max(0.0, left_s))):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            self._publish()
            await asyncio.sleep(self._interval_s)

    def _publish(self) -> None:
        now = self._clock()
        mutes = [mute for mute in self._book.held.value.reading.mutes if mute.holds(now)]
        lists = [gateway.entries(mutes, now) for gateway in self._gateways.values()]
        entries, left_out = merged(lists, self._limit)
        found = Noticed(
            entries=entries,
            reach=tuple(gateway.reach() for gateway in self._gateways.values()),
            left_out=left_out,
            quiet=self._book.current.value.alerts.quiet_at(now.astimezone().time()),
        )
        if found != self.noticed.value:
            self.noticed.set(found)


class _Gateway:
    """One gateway in the centre: what it told, what was found of it, what was read here."""

    def __init__(self, name: str, session: GatewaySession, clock: Callable[[], datetime], marks: ReadMarks) -> None:
        self.name = name
        self.session = session
        self.read: set[str] = set()
        self._marks = marks
        self._marked: dict[str, None] = {}  # read, and no platform that knows; the latest last
        self._restored_for: Login | None = None
        self._newcomer = asyncio.Event()
        self._clock = clock
        self._alerts = OpenAlerts()
        self._who = self._whose()
        self._keeps_account = True
        self._made_of: tuple[Sequence[Notice], Sequence[OpenAlert], frozenset[str]] = ((), (), frozenset())
        self._gathered: tuple[Entry, ...] = ()

    def hear(self) -> None:
        """Something changed."""
        before, self._who = self._who, self._whose()
        if not self._who.may_see_what_was_for(before):
            self._alerts, self._keeps_account = OpenAlerts(), True
            self.read.clear()
            self._marked = {}
        if self._login() != self._restored_for:
            self._newcomer.set()
        if self._who.signed_in:
            self._alerts.look(self.session.monitor.health.value, self._clock())

    async def restore(self) -> None:
        """Wait until somebody else is signed in, or it is known who, and recall what they read here."""
        await self._newcomer.wait()
        self._newcomer.clear()
        self._restored_for = login = self._login()
        if login is None:
            return
        found = dict.fromkeys(await self._marks.load(login))
        if login == self._login():
            self._marked = found | self._marked

    def entries(self, mutes: Sequence[Mute], now: datetime) -> tuple[Entry, ...]:
        """All of them, newest first."""
        told = self.session.telemetry.notices.value
        known = told.known.value if told is not None and told.known is not None else ()
        found = self._gather(known, self._alerts.alerts)
        if not any(mute.gateway == self.name for mute in mutes):
            return found
        return tuple(_muted(entry) if muting.muted(mutes, self.name, entry.source, now) else entry for entry in found)

    def _gather(self, known: Sequence[Notice], alerts: Sequence[OpenAlert]) -> tuple[Entry, ...]:
        """Anew only where something differs: there may be thousands, and health changes all the time."""
        former, *rest = self._made_of
        if known is not former or rest != [alerts, self.read | self._marked.keys()]:
            self.read &= {notice.id for notice in known} | {alert.id for alert in alerts}
            read = frozenset(self.read | self._marked.keys())
            self._made_of = (known, alerts, read)
            self._gathered = paired(gathered(self.name, known, alerts, read))
        return self._gathered

    def reach(self) -> Reach:
        """How far that can be relied on."""
        told = self.session.telemetry.notices.value
        phase = self.session.connection.value.phase
        known = told.known if told is not None else None
        error = told.error if told is not None else None
        return Reach(
            gateway=self.name,
            offered=told is not None and not isinstance(error, NotOffered),
            loaded=told is None or known is not None or error is not None,
            observed_at=known.observed_at if known is not None else None,
            source=known.source if known is not None else Source.LIVE,
            problem=explain(error).headline if error is not None else "",
            signed_in=phase not in (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED),
            lost=phase is Phase.LOST,
        )

    async def tell_read(self, ids: Sequence[str]) -> GatewayError | None:
        """Tell the platform, one after the other; why the rest was not told."""
        own = {alert.id for alert in self._alerts.alerts}
        waiting = [id_ for id_ in ids if id_ not in own]
        before = len(self._marked)
        failure = await self._tell(waiting)
        if len(self._marked) > before and (login := self._login()) is not None:
            await self._marks.keep(login, list(self._marked), self._clock())
        return failure

    async def _tell(self, waiting: Sequence[str]) -> GatewayError | None:
        who = self._whose()
        for position, id_ in enumerate(waiting):
            if not self._keeps_account:
                self._marked |= dict.fromkeys(waiting[position:])
                return None
            if not self._whose().may_see_what_was_for(who):
                return None  # the rest is not for whoever signed in meanwhile
            try:
                await self.session.telemetry.mark_read(id_)
            except NotOffered:
                self._keeps_account = False  # until somebody else signs in: read here is all there is
                self._marked |= dict.fromkeys(waiting[position:])
                return None
            except NotFound:
                self._marked[id_] = None  # the platform knows it no more, or never by this id
            except GatewayError as exc:
                self.read.difference_update(waiting[position:])
                return exc
        return None

    def _login(self) -> Login | None:
        """For whom something can be kept; None while nobody is signed in, or nobody knows who."""
        who = self._whose()
        if not who.signed_in or not who.user:
            return None
        return Login(owner=kept_as(self.session.profile), user=who.user, tenant=who.tenant)

    def _whose(self) -> _Login:
        user = self.session.user
        return _Login(
            signed_in=self.session.connection.value.phase is not Phase.SIGNED_OUT,
            tenant=self.session.profile.tenant,
            user=user.id if user is not None else "",
        )


class _Login(NamedTuple):
    """Whose notices these are. Who that is may become known only later; somebody unknown may be anybody."""

    signed_in: bool
    tenant: str
    user: str

    def may_see_what_was_for(self, other: _Login) -> bool:
        same = (self.signed_in, self.tenant) == (other.signed_in, other.tenant)
        return same and (self.user == other.user or not other.user)


def _muted(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, muted=True)


def _nothing() -> None:
    """What changed is read when the list is put together."""
