"""Watch folders: what is put into a gateway's folder, and left alone for a while, is queued once. Nothing is moved."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.i18n import tr
from console.model.errors import GatewayError, ProfileError, StoreError
from console.services.upload_ports import Watched
from console.services.uploads.survey import versions
from console.store.threads import awaitable, detached

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from concurrent.futures import Future

    from console.model.profile import Profile
    from console.model.upload import FileVersion
    from console.services.latest import Latest
    from console.services.upload_ports import Added, Refusal

_log = logging.getLogger(__name__)

SETTLED_S = 5.0
_SILENT_S = 30.0  # a network drive that is gone may take minutes to say so
_REFUSED_SHOWN = 20
_KEPT = timedelta(days=30)  # that a file was queued, after it is gone: a drive that is away comes back
# What programs call a file that they still write.
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".filepart")
_OWNERS_MARK = "~$"


class Intake(Protocol):
    """See `console.services.uploads.queue.Queue`."""

    async def add(self, profile: str, files: Sequence[str], *, watched: bool = False) -> Added:
        """Queue files. Raises StoreError, ProfileError, GatewayError."""

    def watching(self, profile: str, watched: Watched | None) -> None:
        """Show how a folder is; None for none."""


class Memory(Protocol):
    """See `console.store.uploads.UploadJournal`."""

    async def unseen(self, profile: str, files: Sequence[FileVersion]) -> tuple[FileVersion, ...]:
        """Those that were not queued from there yet. Raises StoreError."""

    async def note_seen(self, profile: str, files: Sequence[FileVersion]) -> None:
        """Remember these. Raises StoreError."""

    async def forget_seen(self, profile: str, present: Collection[str], before: datetime) -> int:
        """Forget what lies there no more. Raises StoreError."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often a folder is looked at.

    Attributes:
        every_s: Between two looks, at least; a large folder is looked at more seldom.
        settled_s: A file that did not change for so long is taken for whole.
        batch: So many files are queued at a time.
    """

    every_s: float = 2.0
    settled_s: float = SETTLED_S
    batch: int = 500


class Settling:
    """Since when each file is as it is. Pure but for what it remembers."""

    def __init__(self, settled_s: float = SETTLED_S) -> None:
        self._settled_s = settled_s
        self._since: dict[FileVersion, float] = {}

    def look(self, files: Iterable[FileVersion], now_s: float) -> tuple[FileVersion, ...]:
        """Those that have been like this for long enough.

        Args:
            files: What lies there.
            now_s: Monotonic seconds.
        """
        self._since = {file: self._since.get(file, now_s) for file in files if not unfinished(file.path)}
        return tuple(file for file, since_s in self._since.items() if now_s - since_s >= self._settled_s)


def unfinished(path: str) -> bool:
    """Whether a file's name says that some program still writes it."""
    name = os.path.basename(path).casefold()  # noqa: PTH119  (10,000)
    return name.startswith(_OWNERS_MARK) or name.endswith(_UNFINISHED)


class WatchFolders:
    """The folders of all profiles that have one.

    Args:
        profiles: The gateways, as the settings have them.
        intake: The queue.
        memory: What was queued before.
        pace: How often to look.
        monotonic: Seconds.
        clock: The time (UTC).
    """

    def __init__(
        self,
        profiles: Latest[tuple[Profile, ...]],
        intake: Intake,
        memory: Memory,
        *,
        pace: Pace | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._profiles = profiles
        self._intake = intake
        self._memory = memory
        self._pace = pace or Pace()
        self._monotonic = monotonic
        self._clock = clock

    async def run(self) -> None:
        """Watch, also what is set later, until cancelled."""
        watching: dict[tuple[str, str, bool], asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group, aclosing(self._profiles.follow()) as turns:
            async for profiles in turns:
                wanted = {(one.name, one.watch_folder, one.read_only) for one in profiles if one.watch_folder}
                ended = [watching.pop(key) for key in set(watching) - wanted]
                for task in ended:
                    task.cancel()
                await asyncio.gather(*ended, return_exceptions=True)
                for key in wanted - set(watching):
                    name, folder, _read_only = key
                    watching[key] = group.create_task(self._watch(name, folder), name=f"watch folder of {name}")

    async def _watch(self, profile: str, folder: str) -> None:
        watch = _Watch(profile, folder, self._intake, self._memory, self._pace)
        try:
            while True:
                begun_s = self._monotonic()
                await watch.look(self._monotonic, self._clock())
                took_s = self._monotonic() - begun_s
                await asyncio.sleep(max(self._pace.every_s, 10 * took_s))
        finally:
            watch.close()
            self._intake.watching(profile, None)


class _Watch:
    """One folder."""

    def __init__(self, profile: str, folder: str, intake: Intake, memory: Memory, pace: Pace) -> None:
        self._profile = profile
        self._folder = os.path.expanduser(folder)  # noqa: PTH111  (as text)
        self._intake = intake
        self._memory = memory
        self._batch = pace.batch
        self._broken = threading.Event()
        self._settling = Settling(pace.settled_s)
        self._refused: dict[FileVersion, Refusal] = {}
        self._looking: Future[tuple[FileVersion, ...]] | None = None
        self._tidied = False
        self._trouble: str | None = None  # as was told last; None for nothing yet
        self._told = 0

    async def look(self, monotonic: Callable[[], float], now: datetime) -> None:
        """Queue what is new and settled, and say how the folder is."""
        try:
            found = await self._lying_there()
            await self._take(self._settling.look(found, monotonic()))
            if not self._tidied and found:  # an empty folder may be one whose drive is away
                await self._memory.forget_seen(self._profile, [file.path for file in found], now - _KEPT)
                self._tidied = True
        except TimeoutError:
            trouble = tr("The folder does not answer.")
        except OSError as exc:
            trouble = tr("The folder can't be looked into: {reason}.", reason=exc.strerror or str(exc))
        except StoreError as exc:
            trouble = tr("The queue can't be written: {reason}.", reason=str(exc))
        except (GatewayError, ProfileError) as exc:
            trouble = str(exc)
        else:
            trouble = ""
            lying = set(found)
            self._refused = {file: refusal for file, refusal in self._refused.items() if file in lying}
        self._tell(trouble)

    def close(self) -> None:
        """A thread that looks through the folder stops at the next file."""
        self._broken.set()

    async def _lying_there(self) -> tuple[FileVersion, ...]:
        """What lies there. One thread looks at a time: it may hang until a network drive is back."""
        if self._looking is None or self._looking.done():
            self._looking = detached(lambda: versions(self._folder, self._broken), name="watch folder")
        async with asyncio.timeout(_SILENT_S):
            return await awaitable(self._looking)

    async def _take(self, settled: Sequence[FileVersion]) -> None:
        candidates = [file for file in settled if file not in self._refused]
        new = await self._memory.unseen(self._profile, candidates) if candidates else ()
        for first in range(0, len(new), self._batch):
            some = new[first : first + self._batch]
            added = await self._intake.add(self._profile, [file.path for file in some], watched=True)
            refused = {refusal.path: refusal for refusal in added.refused}
            self._refused |= {file: refused[file.path] for file in some if file.path in refused}
            # Most are known to be by now; not those that had arrived before they were put here.
            await self._memory.note_seen(self._profile, [file for file in some if file.path not in refused])
            _log.info("%d files of the watch folder of %s are queued", len(added.items), self._profile)

    def _tell(self, trouble: str) -> None:
        if (trouble, len(self._refused)) == (self._trouble, self._told):
            return
        if trouble and trouble != self._trouble:
            _log.warning("the watch folder of %s: %s", self._profile, trouble)
        self._trouble, self._told = trouble, len(self._refused)
        refused = tuple(self._refused.values())
        self._intake.watching(
            self._profile,
            Watched(folder=self._folder, trouble=trouble, refused=refused[:_REFUSED_SHOWN], refused_count=len(refused)),
        )
