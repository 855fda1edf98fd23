"""What surrounds every view: the gateways on the rail, the current one, the story of its connection."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from console.model.address import is_loopback
from console.model.capability import Capability
from console.model.connection import Connection, Phase
from console.model.health import HealthStatus
from console.model.tenancy import Standing
from console.presenters.availability import Availability, Available, availability
from console.presenters.connection_story import feed_text, story_lines
from console.presenters.display import age_text, exact_time
from console.presenters.membership_lines import membership_lines
from console.presenters.pace import paced
from console.presenters.task_scope import TaskScope
from console.services.explain import story

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.capability import Capability
    from console.model.profile import Profile
    from console.services.ports import GatewayDirectory, GatewaySession

HOME = "health"  # the view that a gateway begins with
_TICK_MS = 1000
_ENDED = (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED)


class GatewayItem(msgspec.Struct, frozen=True, kw_only=True):
    """One gateway on the rail.

    Attributes:
        name: Of the profile.
        platform: Of the dialect.
        label: The operator's own mark.
        production: Framed.
        sandbox: Bannered.
        unprotected: Plain http beyond this machine: marked for as long as it is chosen.
        phase: Of its connection.
        worst: Worst condition of its services; None while none is known.
        stale: Whether that is old.
        username: Who signed in last.
        keep_signed_in: What the form proposes.
        recorded: Whether there is a record to look at without signing in.
        incarnation: Grows when its session was begun anew: a view of the one before shows what is over.
    """

    name: str
    platform: str
    label: str = ""
    production: bool = False
    sandbox: bool = False
    unprotected: bool = False
    phase: Phase = Phase.SIGNED_OUT
    worst: HealthStatus | None = None
    stale: bool = True
    username: str = ""
    keep_signed_in: bool = True
    recorded: bool = False
    incarnation: int = 0


class ShellState(msgspec.Struct, frozen=True, kw_only=True):
    """Rail and status bar.

    Attributes:
        gateways: In the operator's order.
        current: Name of the chosen one; empty for none.
        story: One sentence on its connection.
        phase: Of the chosen gateway.
        feed: What the feed says of itself; empty where there is none.
        age: Age of what the gateway last said.
        exact: The same as an exact time, for the hover.
        offers_record: The current gateway wants a sign-in, and there is a record to look at instead.
        shows_record: The operator looks at the record without being signed in.
        standing: For which tenant the gateway answers.
        wants_tenant: The page to choose a tenant is what to show: one has to be chosen, or the operator asked.
        membership: Who is signed in and for whom they may act, as captions and texts with their age.
        destination: Key of the view that the operator went to.
    """

    gateways: tuple[GatewayItem, ...] = ()
    current: str = ""
    story: str = ""
    phase: Phase = Phase.SIGNED_OUT
    feed: str = ""
    age: str = ""
    exact: str = ""
    offers_record: bool = False
    shows_record: bool = False
    standing: Standing = Standing()
    wants_tenant: bool = False
    membership: tuple[tuple[str, str], ...] = ()
    destination: str = HOME

    @property
    def gateway(self) -> GatewayItem | None:
        """The chosen gateway."""
        return next((item for item in self.gateways if item.name == self.current), None)

    @property
    def tenant(self) -> str:
        """Name of the tenant acted for; empty where there is none."""
        return self.standing.current.name if self.standing.current is not None else ""

    def availability(self, capability: Capability | None) -> Availability:
        """Whether a view that needs this can be had on the chosen gateway."""
        if capability is None:
            return Available()
        return availability(capability, self.standing.flags, self.standing.permissions, self.standing.offered)

    @property
    def wants_sign_in(self) -> bool:
        """Whether the sign-in form, or the page to choose a tenant, is what to show."""
        return self.wants_tenant or not self.current or (self.phase in _ENDED and not self.shows_record)


class ShellPresenter(QObject):
    """Opens a session for every gateway and keeps their states; a dead one never blocks another."""

    state_changed = Signal(object)  # ShellState

    def __init__(
        self,
        directory: GatewayDirectory,
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._directory = directory
        self._clock = clock
        self._tasks = TaskScope(self, on_error)
        self._state = ShellState()
        self._current = ""
        self._destination = HOME
        self._adding = False  # the operator asked for the form to add one: no change of the list takes it away
        self._followed: dict[str, GatewaySession] = {}
        self._incarnations: Counter[str] = Counter()
        self._looking_at_record: set[str] = set()
        self._choosing_tenant: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tell)

    @property
    def state(self) -> ShellState:
        """What is shown now."""
        return self._state

    @property
    def session(self) -> GatewaySession | None:
        """The session of the chosen gateway."""
        current = self._state.current
        known = any(profile.name == current for profile in self._directory.profiles.value)
        return self._directory.session(current) if known else None  # removed a moment ago, perhaps

    def story_lines(self) -> tuple[tuple[str, str], ...]:
        """The whole story of the current connection, as captions and texts; empty when no gateway is chosen."""
        if (session := self.session) is None:
            return ()
        standing = session.standing.value if session.connection.value.facts.signed_in else None
        lines = story_lines(session.profile, session.connection.value, self._clock(), standing)
        return lines + self._state.membership

    def start(self) -> None:
        """Follow the directory and every session in it."""
        self._take(self._directory.profiles.value)  # at once: whoever shows the first state shows the right view
        self._tasks.start("profiles", self._follow_profiles)
        self._timer.start()

    async def stop(self) -> None:
        """Stop for good."""
        self._timer.stop()
        await self._tasks.close()

    # Intents

    def choose(self, name: str, destination: str = "") -> None:
        """Make this the current gateway, and go to a view when one is named; the empty name is "add one"."""
        self._destination = destination or self._destination
        self._current = name
        self._adding = not name
        self._tell()

    def go(self, destination: str) -> None:
        """Show this view of the current gateway, or of the whole window."""
        self._destination = destination
        self._tell()

    def choose_next(self, step: int) -> None:
        """Go on to the next gateway on the rail, or back with -1."""
        names = [item.name for item in self._state.gateways]
        if names:
            here = names.index(self._state.current) if self._state.current in names else 0
            self.choose(names[(here + step) % len(names)])

    def look_at_record(self) -> None:
        """Show what is recorded of the current gateway without signing in."""
        self._destination = HOME
        self._looking_at_record.add(self._state.current)
        self._tell()

    def ask_for_sign_in(self) -> None:
        """Back from the record, or from another view, to the sign-in form."""
        self._destination = HOME
        self._looking_at_record.discard(self._state.current)
        self._tell()

    def choose_tenant(self) -> None:
        """Show the page to choose a tenant of the current gateway."""
        if self._state.standing.choices:
            self._destination = HOME
            self._choosing_tenant.add(self._state.current)
            self._tell()

    def keep_tenant(self) -> None:
        """Back from that page without a choice."""
        self._choosing_tenant.discard(self._state.current)
        self._tell()

    def try_now(self) -> None:
        """Try to reach the current gateway now."""
        if (session := self.session) is not None:
            session.try_now()

    def sign_out(self) -> None:
        """End the current session."""
        ended = self._state.phase in _ENDED and not self._state.wants_tenant
        if (session := self.session) is not None and not ended:
            self._looking_at_record.discard(self._state.current)

            async def leave() -> None:
                if (unheard := await session.sign_out()) is not None:
                    raise unheard  # done, and the operator should know

            self._tasks.start(f"sign out {self._state.current}", leave)

    def clear_answers(self) -> None:
        """Forget what is kept of the current gateway's answers; what is shown of them is asked for anew."""
        if (session := self.session) is not None:

            async def clear() -> None:
                await session.cache.clear()

            self._tasks.start(f"clear answers {self._state.current}", clear)

    def remove(self, name: str) -> None:
        """Forget a gateway."""
        self._tasks.start(f"remove {name}", lambda: self._directory.remove(name))

    # Following

    async def _follow_profiles(self) -> None:
        async with aclosing(self._directory.profiles.follow()) as changes:
            async for profiles in changes:
                self._take(profiles)

    def _take(self, profiles: tuple[Profile, ...]) -> None:
        names = {profile.name for profile in profiles}
        for gone in self._followed.keys() - names:
            self._tasks.cancel(f"connection {gone}")
            self._tasks.cancel(f"health {gone}")
            self._tasks.cancel(f"tenant {gone}")
            del self._followed[gone]
        for name in names:
            session = self._directory.session(name)
            if self._followed.get(name) is session:
                continue
            self._tasks.restart(f"connection {name}", partial(self._follow_connection, session))
            self._tasks.restart(f"health {name}", partial(self._follow_health, session))
            self._tasks.restart(f"tenant {name}", partial(self._follow_standing, session))
            self._followed[name] = session
            self._incarnations[name] += 1
        if self._current not in names and not self._adding:
            self._current = next((profile.name for profile in profiles), "")
        self._tell()

    async def _follow_connection(self, session: GatewaySession) -> None:
        async with aclosing(paced(session.connection)) as changes:
            async for connection in changes:
                if connection.phase not in _ENDED:
                    self._looking_at_record.discard(session.profile.name)
                self._tell()

    async def _follow_standing(self, session: GatewaySession) -> None:
        former = ""
        async with aclosing(session.standing.follow()) as changes:
            async for standing in changes:
                now = standing.current.id if standing.current is not None else ""
                if now != former:
                    former = now
                    self._choosing_tenant.discard(session.profile.name)
                self._tell()

    async def _follow_health(self, session: GatewaySession) -> None:
        async with aclosing(paced(session.monitor.health, 1.0)) as changes:
            async for _snapshot in changes:
                self._tell()

    def _tell(self) -> None:
        """Build the state anew; say so when it differs."""
        profiles = self._directory.profiles.value
        items = tuple(self._item(profile) for profile in profiles if profile.name in self._followed)
        state = ShellState(gateways=items, current=self._current, destination=self._destination)
        if (item := state.gateway) is not None:
            session = self._directory.session(item.name)
            state = self._with_story(state, session.connection.value, recorded=item.recorded)
            state = self._with_tenant(state, session)
            known = membership_lines(session.membership.value, self._clock(), ended=state.phase in _ENDED)
            state = msgspec.structs.replace(state, membership=known)
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)

    def _with_tenant(self, state: ShellState, session: GatewaySession) -> ShellState:
        facts, standing = session.connection.value.facts, session.standing.value
        if not facts.signed_in or facts.refused:
            return state
        wanted = standing.wanted or state.current in self._choosing_tenant
        return msgspec.structs.replace(state, standing=standing, wants_tenant=wanted)

    def _item(self, profile: Profile) -> GatewayItem:
        session = self._directory.session(profile.name)
        health = session.monitor.health.value
        worst = max(
            (observed.value.sample.status for observed in health.services),
            key=lambda status: status.severity,
            default=None,
        )
        return GatewayItem(
            name=profile.name,
            platform=profile.platform,
            label=profile.label,
            production=profile.production,
            sandbox=profile.sandbox,
            unprotected=_is_unprotected(profile),
            phase=session.connection.value.phase,
            worst=None if session.standing.value.wanted else worst,
            stale=health.source_lost,
            username=profile.username,
            keep_signed_in=profile.keep_signed_in,
            recorded=bool(health.services),
            incarnation=self._incarnations[profile.name],
        )

    def _with_story(self, state: ShellState, connection: Connection, *, recorded: bool) -> ShellState:
        now, facts = self._clock(), connection.facts
        heard = max((at for at in (facts.last_success_at, facts.feed_at) if at is not None), default=None)
        return msgspec.structs.replace(
            state,
            story=story(connection, now),
            phase=connection.phase,
            feed=feed_text(connection, now),
            age=age_text((now - heard).total_seconds()) if heard else "",
            exact=exact_time(heard) if heard else "",
            offers_record=recorded and connection.phase in _ENDED,
            shows_record=recorded and state.current in self._looking_at_record,
        )


def _is_unprotected(profile: Profile) -> bool:
    parts = urlsplit(profile.url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
