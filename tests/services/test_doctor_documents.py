"""The examination's look at documents: one small file comes and goes, and nothing stays that can be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.api import registry
from console.model.address import Address
from console.model.capability import Capability
from console.model.identity import PasswordCredentials
from console.sandbox.faults import Rule
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.doctor import Check, PassingSession, examine

if TYPE_CHECKING:
    from collections.abc import Iterator

TAKERS = [name for name in registry.names() if Capability.DOCUMENTS in registry.platform(name).capabilities]


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(auth_limit_per_minute=1000)) as running:
        yield running


@pytest.fixture
def sandbox(platform: SandboxThread) -> Iterator[SandboxThread]:
    yield platform
    platform.clear()


def left(sandbox: SandboxThread) -> list[object]:
    return [row["name"] for row in sandbox.documents() if row["state"] != "deleted"]


async def looked_at(sandbox: SandboxThread, face: str, *, write: bool = True) -> dict[str, Check]:
    """What the examination says of documents, by what was looked at."""
    address = Address.parse(sandbox.sandbox.url(face))
    patient = PassingSession(address, face)

    async def sign_in() -> str:
        await patient.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        return "signed in"

    try:
        found = await examine(address, face, patient, sign_in, write=write)
    finally:
        await patient.close()
    return {check.check: check for check in found.checks if check.capability == "documents"}


@pytest.mark.parametrize("field_routes", [False, True])
@pytest.mark.parametrize("face", TAKERS)
async def test_one_file_comes_and_goes(sandbox: SandboxThread, face: str, field_routes: bool) -> None:
    sandbox.apply(field_routes=field_routes)
    checks = await looked_at(sandbox, face)
    assert not [check for check in checks.values() if not check.ok and not check.skipped]
    upload = checks["upload"]
    if upload.skipped:
        assert "no route" in upload.detail
    else:
        assert "deleted again" in upload.detail
        assert ("found again" in upload.detail) == checks["list"].ok
    assert left(sandbox) == []


@pytest.mark.parametrize("face", TAKERS)
async def test_nothing_is_written_unasked(sandbox: SandboxThread, face: str) -> None:
    before = len(sandbox.documents())
    checks = await looked_at(sandbox, face, write=False)
    assert checks["upload"].skipped
    assert "--write" in checks["upload"].detail
    assert len(sandbox.documents()) == before


async def test_a_platform_without_documents_says_so(sandbox: SandboxThread) -> None:
    for face in set(registry.names()) - set(TAKERS):
        checks = await looked_at(sandbox, face)
        assert [check.skipped for check in checks.values()] == [True]


async def test_a_list_that_fails_leaves_nothing_behind(sandbox: SandboxThread) -> None:
    sandbox.apply(status=Rule(status=500, path="/api/v1/documents", method="GET"))
    checks = await looked_at(sandbox, "kong")
    assert not checks["list"].ok
    assert not checks["upload"].ok
    assert left(sandbox) == []


async def test_a_lost_answer_leaves_nothing_behind(sandbox: SandboxThread) -> None:
    sandbox.apply(late_status=Rule(status=500, path="/api/v1/documents", method="POST"))
    upload = (await looked_at(sandbox, "kong"))["upload"]
    assert not upload.ok
    assert not upload.skipped
    assert len(sandbox.documents()) > 0
    assert left(sandbox) == []


async def test_what_can_not_be_deleted_is_named(sandbox: SandboxThread) -> None:
    sandbox.apply(status=Rule(status=405, path="/api/v1/documents", method="DELETE"))
    upload = (await looked_at(sandbox, "kong"))["upload"]
    assert upload.ok
    (name,) = left(sandbox)
    assert f"{name} stays there" in upload.detail
