"""A gateway examined capability by capability; the command line's tests cover what is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.model.address import Address
from console.model.blame import Layer
from console.model.errors import ProfileError
from console.model.identity import PasswordCredentials
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.doctor import Check, Diagnosis, PassingSession, examine

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(auth_limit_per_minute=1000)) as running:
        yield running


@pytest.fixture
def sandbox(platform: SandboxThread) -> Iterator[SandboxThread]:
    yield platform
    platform.clear()


async def examined(sandbox: SandboxThread, face: str, *, signed_in: bool = True) -> Diagnosis:
    address = Address.parse(getattr(sandbox, f"{face}_url"))
    patient = PassingSession(address, face)

    async def sign_in() -> str:
        await patient.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        return "signed in"

    try:
        return await examine(address, face, patient, sign_in if signed_in else None)
    finally:
        await patient.close()


def failed(diagnosis: Diagnosis) -> list[Check]:
    return [check for check in diagnosis.checks if not check.ok and not check.skipped]


@pytest.mark.parametrize("face", ["kong", "dotmac", "opssight"])
async def test_a_sound_gateway(sandbox: SandboxThread, face: str) -> None:
    diagnosis = await examined(sandbox, face)
    assert diagnosis.ok
    assert failed(diagnosis) == []
    assert not diagnosis.unreachable
    assert not diagnosis.unauthorised


async def test_without_credentials_the_rest_is_skipped_and_says_why(sandbox: SandboxThread) -> None:
    diagnosis = await examined(sandbox, "kong", signed_in=False)
    assert diagnosis.ok
    skipped = {check.check: check.detail for check in diagnosis.checks if check.skipped}
    assert skipped["login"] == "no user name was given"
    assert skipped["read"] == "not signed in"


async def test_a_feed_that_is_not_there_is_not_told_as_a_broken_gateway(sandbox: SandboxThread) -> None:
    sandbox.apply(field_routes=True)
    (feed,) = failed(await examined(sandbox, "dotmac"))
    assert (feed.capability, feed.check) == ("health", "feed")
    assert "not offered" in feed.detail


async def test_a_second_factor_is_the_sign_ins_matter(sandbox: SandboxThread) -> None:
    sandbox.apply(require_mfa=True)
    diagnosis = await examined(sandbox, "kong")
    assert [check.layer for check in failed(diagnosis)] == [Layer.SIGN_IN]
    assert diagnosis.unauthorised
    assert "second factor" in failed(diagnosis)[0].error


async def test_an_outage_stops_it_at_the_layer_that_fails(sandbox: SandboxThread) -> None:
    sandbox.apply(outage=True)
    diagnosis = await examined(sandbox, "dotmac")
    assert [check.layer for check in failed(diagnosis)] == [Layer.GATEWAY]
    assert diagnosis.unreachable
    assert all(check.capability in ("reach", "tls") for check in diagnosis.checks)


async def test_nothing_is_left_behind(sandbox: SandboxThread) -> None:
    before = sandbox.stats()
    await examined(sandbox, "kong")
    paths = str(sandbox.stats())
    assert str(before) != paths
    assert "logout" in paths


def test_an_unknown_platform_is_named() -> None:
    with pytest.raises(ProfileError, match="nope"):
        PassingSession(Address.parse("http://127.0.0.1:1"), "nope")
