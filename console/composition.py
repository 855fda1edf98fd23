"""The one place where services are built. Without Qt: commands without a window use it alone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.model.retention import RecordLimit
from console.services.action_log import ActionLog
from console.services.directory import Directory
from console.services.notice_centre import NoticeCentre
from console.services.preferences import PreferenceBook
from console.services.read_marks import StoredReadMarks
from console.services.retention import Retention
from console.services.uploads.queue import Queue
from console.services.uploads.watch_folder import WatchFolders
from console.settings import Settings
from console.store.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from console.paths import Home
    from console.store.key import KeyChoice
    from console.store.record import Record
    from console.store.store import Notice


@dataclass(frozen=True)
class Console:
    """Everything that a window or a command works with.

    Attributes:
        directory: Gateways and their sessions.
        preferences: What the operator prefers, and the settings file.
        notices: What happened to the store while it was opened, to be shown once.
        record: Everything that was seen and done, to be looked through.
        retention: Keeps the record within its limit; whoever can tell the operator runs it.
        actions: Where what the operator does is noted.
        centre: What all gateways tell; whoever shows it runs it.
        uploads: The queue of documents; whoever wants it to move runs it.
        watching: Queues what is put into watch folders; the window runs it.
    """

    directory: Directory
    preferences: PreferenceBook
    notices: Sequence[Notice]
    record: Record
    retention: Retention
    actions: ActionLog
    centre: NoticeCentre
    uploads: Queue
    watching: WatchFolders


@asynccontextmanager
async def open_console(home: Home, key: KeyChoice, *, head_start_s: float = 0.0) -> AsyncIterator[Console]:
    """Open the store and build the services; everything is torn down at the end, what is pending is recorded.

    Args:
        home: Where everything is kept.
        key: How the store's key is kept.
        head_start_s: How long a window has to show the record before sessions load what speaks HTTP.

    Raises:
        StoreLocked: The store's key is out of reach, or no way to keep it was chosen yet.
        StoreError: The store can't be used.
    """
    home.create()
    store = await open_store(home.store_dir, key)
    try:
        settings = Settings(home.settings_file)
        directory = Directory(settings, store.vault, store.record, head_start_s=head_start_s)
        actions = ActionLog(store.record)
        preferences = PreferenceBook(settings, directory, actions)
        retention = Retention(store.record, RecordLimit(preferences.current.value.record.max_size_bytes))
        uploads = Queue(store.uploads, directory, actions)
        following = [
            asyncio.get_running_loop().create_task(uploads.follow(preferences.current), name="upload settings"),
            asyncio.get_running_loop().create_task(directory.follow(preferences.current), name="budgets"),
            asyncio.get_running_loop().create_task(retention.follow(preferences.current), name="record limit"),
        ]
        try:
            yield Console(
                directory=directory,
                preferences=preferences,
                notices=store.notices,
                record=store.record,
                retention=retention,
                actions=actions,
                centre=NoticeCentre(directory, preferences, marks=StoredReadMarks(store.record.cached)),
                uploads=uploads,
                watching=WatchFolders(directory.profiles, uploads, store.uploads),
            )
        finally:
            for follower in following:
                follower.cancel()
            await asyncio.gather(*following, return_exceptions=True)
            await directory.close()
    finally:
        await store.close()
