"""The whole console on a real store, signed in to a real sandbox, with a queue that runs."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from console.composition import open_console
from console.model.identity import PasswordCredentials
from console.model.network import NO_PROXY, NetworkOptions
from console.model.profile import Profile
from console.paths import Home
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.store.key import Passphrase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from console.composition import Console
    from console.model.upload import UploadItem
    from console.services.session import Session
    from console.services.upload_ports import QueueSnapshot
    from console.services.uploads.queue import Queue
    from console.store.uploads import UploadJournal

LIMIT_S = 45.0
KEY = Passphrase("four words of passphrase")
UPLOAD = "/api/v1/documents/upload"


@pytest.fixture(scope="package")
def platform() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(auth_limit_per_minute=10_000, limit_per_minute=1_000_000)) as running:
        yield running


@pytest.fixture
def sandbox(platform: SandboxThread) -> Iterator[SandboxThread]:
    yield platform
    platform.clear()


@dataclass
class Desktop:
    """A console whose queue runs, and the files of its operator."""

    console: Console
    sandbox: SandboxThread
    folder: Path
    gateway: str = "kong"
    running: asyncio.Task[None] | None = None
    before: set[object] = field(default_factory=set)

    @property
    def queue(self) -> Queue:
        return self.console.uploads

    @property
    def journal(self) -> UploadJournal:
        """As another process has it."""
        return self.queue._desk.journal  # noqa: SLF001  (nothing else speaks for another process here)

    @property
    def session(self) -> Session:
        return self.console.directory.session(self.gateway)

    def file(self, name: str, content: bytes | None = None) -> str:
        path = self.folder / name
        path.write_bytes(f"{name} of {self.folder}".encode() if content is None else content)  # of this test alone
        return str(path)

    def start(self, **options: Any) -> None:
        self.running = asyncio.get_running_loop().create_task(self.queue.run(**options), name="queue")

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
            self.running = None

    async def add(self, *names: str, **options: Any) -> list[str]:
        added = await self.queue.add(self.gateway, [self.file(name) for name in names], **options)
        assert not added.refused
        return [item.id for item in added.items]

    async def shows(self, wanted: Callable[[QueueSnapshot], bool]) -> QueueSnapshot:
        try:
            async with asyncio.timeout(LIMIT_S):
                async for snapshot in self.queue.snapshot.follow():
                    if wanted(snapshot):
                        return snapshot
        except TimeoutError:
            pytest.fail(f"it did not come about: {self.queue.snapshot.value}")
        raise AssertionError

    async def until(self, wanted: Callable[[UploadItem], bool], *item_ids: str) -> list[UploadItem]:
        def all_of(snapshot: QueueSnapshot) -> bool:
            found = [item for item in snapshot.items if item.id in item_ids]
            return len(found) == len(item_ids) and all(map(wanted, found))

        snapshot = await self.shows(all_of)
        found = {item.id: item for item in snapshot.items}
        return [found[item_id] for item_id in item_ids]

    async def settled(self, *item_ids: str) -> list[UploadItem]:
        return await self.until(lambda item: item.state.settled or item.needs_operator, *item_ids)

    def stored(self) -> list[tuple[str, str]]:
        """Name and hash of what the platform has since the test began."""
        return [
            (str(one["name"]), str(one["sha256"])) for one in self.sandbox.documents() if one["id"] not in self.before
        ]

    def arrived_once(self, *names: str) -> bool:
        wanted = sorted((name, hashlib.sha256((self.folder / name).read_bytes()).hexdigest()) for name in names)
        return sorted(self.stored()) == wanted


@contextlib.asynccontextmanager
async def desktop_at(
    home: Path, sandbox: SandboxThread, url: str, platform: str = "kong", *, settings: str = ""
) -> AsyncIterator[Desktop]:
    folder = home / "files"
    folder.mkdir(parents=True, exist_ok=True)
    place = Home.at(home / "gatewatch")
    place.create()
    if not place.settings_file.exists():
        place.settings_file.write_text(f"[uploads]\nretry_delays_s = [0.2, 0.4, 0.8]\n{settings}", encoding="utf-8")
    async with open_console(place, KEY) as console:
        if not console.directory.profiles.value:
            network = NetworkOptions(proxy=NO_PROXY)
            await console.directory.add(Profile(name=platform, url=url, platform=platform, network=network))
        desktop = Desktop(console, sandbox, folder, platform)
        desktop.before = {one["id"] for one in sandbox.documents()}
        await desktop.session.restored()
        if desktop.session.user is None:
            await desktop.session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        try:
            yield desktop
        finally:
            await desktop.stop()


@pytest.fixture
async def desktop(tmp_path: Path, sandbox: SandboxThread) -> AsyncIterator[Desktop]:
    async with desktop_at(tmp_path / "desktop", sandbox, sandbox.kong_url) as opened:
        opened.start()
        yield opened
