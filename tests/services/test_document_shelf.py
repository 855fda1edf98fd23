"""Documents of a gateway through a session: real sandbox, real encrypted store, real folder."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from console.model.document import DocumentAction
from console.model.errors import ConnectionLost, GatewayError, NotFound, NotOffered
from console.model.file_trouble import FileTrouble
from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.latest import Latest
from console.services.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from console.model.document import DocumentPage
    from console.model.upload import UploadProgress
    from console.services.document_shelf import Shelf
    from console.services.ports import Told
    from console.store.store import Store

LIMIT_S = 45.0
CONTENT = bytes(range(256)) * 8_192  # 2 MiB


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0, documents=150)) as running:
        yield running


@contextlib.asynccontextmanager
async def signed_in(sandbox: SandboxThread, store: Store, platform: str = "kong") -> AsyncIterator[Session]:
    url = {"kong": sandbox.kong_url, "dafnck": sandbox.dafnck_url, "opssight": sandbox.opssight_url}[platform]
    session = Session(Profile(name="one", url=url, platform=platform), store.vault, store.record)
    task = asyncio.ensure_future(session.run())
    await session.restored()
    try:
        await session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def looking(shelf: Shelf, page: int = 1, search: str = "") -> AsyncIterator[None]:
    task = asyncio.ensure_future(shelf.look(page, search))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def told(shelf: Shelf, wanted: Callable[[Told[DocumentPage]], bool]) -> Told[DocumentPage]:
    async with asyncio.timeout(LIMIT_S):
        async for value in shelf.page.follow():
            if value is not None and wanted(value):
                return value
    raise AssertionError


async def listed(shelf: Shelf, wanted: Callable[[DocumentPage], bool] = lambda page: True) -> DocumentPage:
    found = await told(shelf, lambda value: value.known is not None and wanted(value.known.value))
    assert found.known is not None
    return found.known.value


def store_one(sandbox: SandboxThread, name: str, content: bytes = CONTENT) -> str:
    """Uploaded by somebody else."""
    with httpx.Client(base_url=sandbox.kong_url, trust_env=False) as client:
        login = {"email": sandbox.username, "password": sandbox.password}
        token = client.post("/api/v1/auth/login", json=login).json()["access_token"]
        answer = client.post(
            "/api/v1/documents/upload",
            headers={"authorization": f"Bearer {token}"},
            data={"metadata": json.dumps({"filename": name})},
            files={"file": ("any", content)},
        )
        return str(answer.json()["id"])


async def test_pages_searches_and_details(sandbox: SandboxThread, store: Store) -> None:
    id_ = await asyncio.to_thread(store_one, sandbox, "Zebra.bin")
    async with signed_in(sandbox, store) as session:
        shelf = session.documents
        async with looking(shelf):
            first = await listed(shelf)
            assert (first.documents[0].name, first.total, first.more) == ("Zebra.bin", 151, True)
        async with looking(shelf, 2):
            second = await listed(shelf, lambda page: page.page == 2)
            assert second.documents
            assert not {one.id for one in first.documents} & {one.id for one in second.documents}
        async with looking(shelf, search="zebra"):
            found = await listed(shelf, lambda page: page.total == 1)
            assert [one.id for one in found.documents] == [id_]
        document = await shelf.details(id_)
        assert document.sha256 == hashlib.sha256(CONTENT).hexdigest()
        with pytest.raises(NotFound):
            await shelf.details("00000000-0000-4000-8000-000000000000")
        shelf.rest()
        assert shelf.page.value is None


async def test_lists_are_read_anew_after_a_write(sandbox: SandboxThread, store: Store) -> None:
    id_ = await asyncio.to_thread(store_one, sandbox, "Zebra.txt", b"three words here")
    async with signed_in(sandbox, store) as session:
        shelf = session.documents
        async with looking(shelf):
            await listed(shelf)
            await shelf.process(id_)
            await listed(shelf, lambda page: page.documents[0].state == "processing")
            await asyncio.to_thread(store_one, sandbox, "Yak.bin")
            shelf.look_again()
            await listed(shelf, lambda page: page.documents[0].name == "Yak.bin")
            await shelf.delete(id_)
            await listed(shelf, lambda page: id_ not in [one.id for one in page.documents])
            await shelf.delete(id_)  # gone already is fine


async def test_a_delete_whose_answer_is_lost_is_looked_at(sandbox: SandboxThread, store: Store) -> None:
    id_ = await asyncio.to_thread(store_one, sandbox, "Zebra.txt", b"x")
    async with signed_in(sandbox, store) as session:
        shelf = session.documents
        async with looking(shelf):
            await listed(shelf)
            sandbox.apply(lose_answer={"path": "/api/v1/documents", "method": "DELETE", "count": 1})
            with pytest.raises(ConnectionLost):
                await shelf.delete(id_)
            await listed(shelf, lambda page: id_ not in [one.id for one in page.documents])


async def test_a_download_is_whole_under_a_name_of_its_own(
    sandbox: SandboxThread, store: Store, tmp_path: Path
) -> None:
    # fault 83
    id_ = await asyncio.to_thread(store_one, sandbox, "../../CON\u202e.bin")
    folder = tmp_path / "downloads"
    folder.mkdir()
    progress: Latest[UploadProgress | None] = Latest(None)
    async with signed_in(sandbox, store) as session:
        first = await session.documents.download(id_, folder, progress)
        second = await session.documents.download(id_, folder, progress)
    assert [path.name for path in (first, second)] == ["_CON.bin", "_CON (2).bin"]
    assert first.read_bytes() == second.read_bytes() == CONTENT
    assert sorted(path.name for path in folder.iterdir()) == ["_CON (2).bin", "_CON.bin"]
    assert progress.value is not None
    assert (progress.value.sent_bytes, progress.value.total_bytes) == (len(CONTENT), len(CONTENT))


async def test_half_a_download_leaves_nothing(sandbox: SandboxThread, store: Store, tmp_path: Path) -> None:
    id_ = await asyncio.to_thread(store_one, sandbox, "Zebra.bin")
    folder = tmp_path / "downloads"
    folder.mkdir()
    progress: Latest[UploadProgress | None] = Latest(None)
    async with signed_in(sandbox, store) as session:
        sandbox.apply(cut_answer={"path": f"/api/v1/documents/{id_}", "after_bytes": 300_000})
        with pytest.raises(GatewayError):
            await session.documents.download(id_, folder, progress)
        assert list(folder.iterdir()) == []
        sandbox.apply(cut_answer=False, trickle={"path": f"/api/v1/documents/{id_}", "seconds": 5})
        task = asyncio.ensure_future(session.documents.download(id_, folder, progress))
        async with asyncio.timeout(LIMIT_S):
            while not list(folder.iterdir()):
                await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(LIMIT_S):
            while list(folder.iterdir()):
                await asyncio.sleep(0.02)
        sandbox.clear()
        with pytest.raises(FileTrouble):
            await session.documents.download(id_, tmp_path / "no such folder", progress)
        with pytest.raises(NotFound):
            await session.documents.download("00000000-0000-4000-8000-000000000000", folder, progress)
        assert list(folder.iterdir()) == []


async def test_what_a_gateway_lacks_is_no_longer_offered(sandbox: SandboxThread, store: Store) -> None:
    sandbox.apply(field_routes=True)
    id_ = [str(one["id"]) for one in sandbox.documents(seeded=True)][-1]
    async with signed_in(sandbox, store) as session:
        shelf = session.documents
        assert DocumentAction.PROCESS in shelf.actions
        with pytest.raises(NotOffered):
            await shelf.process(id_)
        assert DocumentAction.PROCESS not in shelf.actions


async def test_platforms_without_a_list_or_without_documents(sandbox: SandboxThread, store: Store) -> None:
    async with signed_in(sandbox, store, "dafnck") as session:
        assert session.documents.actions == {DocumentAction.DELETE}
    async with signed_in(sandbox, store, "opssight") as session:
        assert session.documents.actions == frozenset()
        async with looking(session.documents):
            found = await told(session.documents, lambda value: value.error is not None)
            assert isinstance(found.error, NotOffered)


async def test_another_login_finds_nothing_of_the_former(sandbox: SandboxThread, store: Store) -> None:
    async with signed_in(sandbox, store) as session:
        shelf = session.documents
        async with looking(shelf):
            await listed(shelf)
            await session.sign_out()
            await told(shelf, lambda value: value.known is None)
