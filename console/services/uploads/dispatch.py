"""Who sends what: one runner for each session that is open, and leases that are kept while they run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import msgspec

from console.model.errors import StoreError
from console.model.upload import LeaseLost, UploadChange, UploadState
from console.services.unbroken import unbroken
from console.services.uploads import events
from console.services.uploads.file_source import Files
from console.services.uploads.renames import renamed
from console.services.uploads.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    from console.model.profile import Profile
    from console.model.upload import UploadItem
    from console.services.latest import Latest
    from console.services.session import Session
    from console.services.uploads.desk import Desk
    from console.store.owners import Owner

    class Sessions(Protocol):
        """The part of the directory that is followed; see `console.services.directory.Directory`."""

        @property
        def profiles(self) -> Latest[tuple[Profile, ...]]:
            """All gateways."""

        @property
        def opened(self) -> Latest[Mapping[str, Session]]:
            """Their sessions that are open, by name."""


_log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
LOOK_S = 1.0  # for what other processes changed
_REMOVED = "removed"


class Dispatch:
    """Runs the runners.

    Args:
        desk: The journal.
        sessions: The gateways, and which of them are open.
    """

    def __init__(self, desk: Desk, sessions: Sessions) -> None:
        self._desk = desk
        self._sessions = sessions
        self._files: Files
        self._runners: dict[str, tuple[Runner, asyncio.Task[None]]] = {}

    async def run(self, *, only: Iterable[str] | None = None) -> None:
        """Send what may be sent, of every session that is open, until cancelled. What is held is given back then.

        Args:
            only: Nothing but these items, and those that `add` takes on afterwards; None for all.

        Raises:
            StoreError: Nobody can hold leases here.
        """
        desk = self._desk
        desk.only = None if only is None else set(only)
        desk.owner = owner = await asyncio.to_thread(desk.journal.owners.enter)
        self._files = Files()
        desk.heard, desk.changed = self._heed, self._wake
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._look_again_and_again(), name="uploads elsewhere")
                tasks.create_task(self._keep_leases(), name="upload leases")
                tasks.create_task(self._follow_profiles(), name="upload profiles")
                tasks.create_task(self._follow_sessions(), name="upload sessions")
        finally:
            await unbroken(self._wind_up(owner))

    async def _wind_up(self, owner: Owner) -> None:
        await asyncio.gather(*(self._end(name) for name in list(self._runners)))
        with contextlib.suppress(StoreError):
            self._desk.take_over(await self._desk.journal.release(owner.id))
        owner.close()
        self._files.close()
        self._desk.owner = None
        self._desk.reports.close()

    async def _look_again_and_again(self) -> None:
        while True:
            try:
                await self._desk.refresh()
                self._desk.reports.failing(None)
            except StoreError as exc:
                self._desk.reports.failing(exc)
            await asyncio.sleep(LOOK_S)

    def _heed(self, item: UploadItem) -> None:
        if (running := self._runners.get(item.profile)) is not None:
            running[0].heed(item)

    def _wake(self) -> None:
        for runner, _task in self._runners.values():
            runner.wake()

    async def _keep_leases(self) -> None:
        """Prolong them; one that nobody here works on any more goes back, once it was seen so twice."""
        left: frozenset[str] = frozenset()
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                kept = await self._desk.keep()
                for runner, _task in self._runners.values():
                    runner.lost(runner.held - kept)
                worked_on = frozenset().union(*(runner.held for runner, _task in self._runners.values()))
                for item_id in left & kept - worked_on:
                    with contextlib.suppress(LeaseLost):
                        await self._desk.tell(item_id, events.LetGo(sent_whole=True))
                left = kept - worked_on
            except StoreError as exc:
                self._desk.reports.failing(exc)

    async def _follow_sessions(self) -> None:
        async for sessions in self._sessions.opened.follow():
            for name, (runner, _task) in list(self._runners.items()):
                if sessions.get(name) is not runner.session:
                    await self._end(name)
            for name, session in sessions.items():
                if name not in self._runners:
                    self._begin(session)

    def _begin(self, session: Session) -> None:
        runner = Runner(session, self._desk, self._files)
        task = asyncio.get_running_loop().create_task(runner.run(), name=f"uploads of {runner.profile}")
        task.add_done_callback(_ended)
        self._runners[runner.profile] = (runner, task)

    async def _end(self, name: str) -> None:
        _runner, task = self._runners.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _follow_profiles(self) -> None:
        """Items go with their gateway's new name. Where a gateway is gone they are held: another may take its name."""
        before: Sequence[Profile] = ()
        async for profiles in self._sessions.profiles.follow():
            try:
                await self._desk.refresh()
                for old, new in renamed(before, profiles).items():
                    await self._move_to(old, new)
                names = {profile.name for profile in profiles}
                # One that never was here may be new: another process added it, and its settings were not read again.
                gone = {profile.name for profile in before} or self._desk.mirror.profiles()
                for name in gone - names if self._desk.only is None else ():
                    await self._strand(name)
                for name in names:
                    if self._desk.reports.snapshot.value.holding.get(name) == _REMOVED:
                        self._desk.reports.held(name, "")
            except StoreError as exc:
                self._desk.reports.failing(exc)
            before = profiles

    async def _over(self, name: str) -> None:
        """Until nobody sends for this gateway: the session has ended, or is about to."""
        while (running := self._runners.get(name)) is not None:
            await asyncio.wait([running[1]])
            await asyncio.sleep(0)

    async def _move_to(self, old: str, new: str) -> None:
        await self._over(old)  # it gives back what it holds
        ids = [item.id for item in self._desk.mirror.of(old, *UploadState)]
        self._desk.take_over(
            await self._desk.journal.change_all(
                ids, lambda item: UploadChange(item=msgspec.structs.replace(item, profile=new))
            )
        )
        self._desk.reports.held(old, "")

    async def _strand(self, name: str) -> None:
        moving = [state for state in UploadState if not state.settled and state is not UploadState.PAUSED]
        items = list(self._desk.mirror.of(name, *moving))
        await self._desk.tell_all(items, events.Pause())
        if items:
            await self._over(name)  # whose last word is that nothing is held
            self._desk.reports.held(name, _REMOVED)

    def begin_anew(self) -> None:
        """The operator wants to try now: no runner waits between vain attempts."""
        for runner, _task in self._runners.values():
            runner.begin_anew()


def _ended(runner: asyncio.Task[None]) -> None:
    """Tell of a runner that a bug has ended; whoever ends it would not hear of it."""
    if not runner.cancelled() and (problem := runner.exception()) is not None:
        _log.error("%s ended", runner.get_name(), exc_info=problem)
