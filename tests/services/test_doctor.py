"""A gateway examined capability by capability; the command line's tests cover what is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.model.address import Address
from console.model.blame import Layer
from console.model.errors import MfaRequired, ProfileError
from console.model.identity import PasswordCredentials
from console.sandbox.faults import Switches
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.doctor import Check, Diagnosis, PassingSession, examine
from console.services.session import Session
from tests.services.test_session import is_live, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.store.store import Store


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(auth_limit_per_minute=1000)) as running:
        yield running


@pytest.fixture
def sandbox(platform: SandboxThread) -> Iterator[SandboxThread]:
    yield platform
    platform.clear()


async def examined(
    sandbox: SandboxThread,
    face: str,
    *,
    signed_in: bool = True,
    tenant: str = "",
    code: Callable[[], str] | None = None,
    admin_url: str = "",
) -> Diagnosis:
    address = Address.parse(getattr(sandbox, f"{face}_url"))
    patient = PassingSession(address, face, tenant, admin_url=admin_url)

    async def sign_in() -> str:
        try:
            await patient.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        except MfaRequired as exc:
            if code is None:
                raise
            await patient.answer(exc.challenge, code())
        return "signed in"

    try:
        return await examine(address, face, patient, sign_in if signed_in else None, tenant=tenant)
    finally:
        await patient.close()


def failed(diagnosis: Diagnosis) -> list[Check]:
    return [check for check in diagnosis.checks if not check.ok and not check.skipped]


@pytest.mark.parametrize("face", ["kong", "dotmac", "dafnck", "opssight", "aigentable"])
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
    diagnosis = await examined(sandbox, "dotmac")
    assert failed(diagnosis) == []
    (feed,) = [check for check in diagnosis.checks if (check.capability, check.check) == ("health", "feed")]
    assert feed.skipped
    assert "not offered" in feed.detail


@pytest.mark.parametrize(
    ("face", "form"),
    [
        ("opssight", Switches(opssight_form="guide")),
        ("opssight", Switches(opssight_form="open", field_routes=True)),
        ("opssight", Switches(opssight_form="first_message", field_routes=True)),
        ("dafnck", Switches()),
        ("dafnck", Switches(event_stream=True)),
        ("dotmac", Switches()),
    ],
)
async def test_a_feed_in_each_of_its_forms(sandbox: SandboxThread, face: str, form: Switches) -> None:
    sandbox.apply(form)
    diagnosis = await examined(sandbox, face)
    assert failed(diagnosis) == []
    told = {(check.capability, check.check): check for check in diagnosis.checks}
    assert told["health", "feed"].detail == "connection acknowledged"
    if face == "opssight":
        assert "deployments" in told["deployments", "latest"].detail
        assert "numbers" in told["metrics", "metrics.performance"].detail


@pytest.mark.parametrize("field_routes", [False, True], ids=["guide", "field"])
async def test_kong_with_its_feed_notices_and_admin_status(sandbox: SandboxThread, field_routes: bool) -> None:
    sandbox.apply(field_routes=field_routes)
    diagnosis = await examined(sandbox, "kong", admin_url=sandbox.kong_admin_url)
    assert failed(diagnosis) == []
    told = {(check.capability, check.check): check for check in diagnosis.checks}
    assert told["health", "feed"].detail == "connection acknowledged"
    assert "notices" in told["notifications", "latest"].detail
    assert told["admin", "status"].ok
    assert "numbers" in told["admin", "status"].detail
    assert told["admin", "upstreams"].detail == "4 upstreams"
    assert told["metrics", "numbers"].detail == "this platform has none"


async def test_an_admin_address_that_is_none_fails_alone(sandbox: SandboxThread) -> None:
    (check,) = failed(await examined(sandbox, "kong", admin_url=sandbox.kong_url))
    assert (check.capability, check.check) == ("admin", "status")


@pytest.mark.parametrize("field_routes", [False, True], ids=["guide", "field"])
async def test_aigentable_with_its_feed_and_numbers(sandbox: SandboxThread, field_routes: bool) -> None:
    sandbox.apply(field_routes=field_routes)
    diagnosis = await examined(sandbox, "aigentable")
    assert failed(diagnosis) == []
    told = {(check.capability, check.check): check for check in diagnosis.checks}
    assert told["health", "feed"].detail == "connection acknowledged"
    numbers = told["metrics", "numbers"]
    assert "numbers" in numbers.detail or (numbers.skipped and "not for this user" in numbers.detail)


async def test_a_feed_that_comes_in_by_polling_is_told_as_degraded(sandbox: SandboxThread) -> None:  # fault 70
    sandbox.apply(block_upgrade=True)
    told = {check.check: check for check in (await examined(sandbox, "kong")).checks}
    assert told["feed"].ok
    assert "degraded: no WebSocket" in told["feed"].detail


async def test_a_second_factor_is_the_sign_ins_matter(sandbox: SandboxThread) -> None:
    sandbox.apply(require_mfa=True)
    diagnosis = await examined(sandbox, "kong")
    assert [check.layer for check in failed(diagnosis)] == [Layer.SIGN_IN]
    assert diagnosis.unauthorised
    assert "second factor" in failed(diagnosis)[0].error


async def test_a_second_factor_is_passed_with_its_code(sandbox: SandboxThread) -> None:
    sandbox.apply(require_mfa=True)
    diagnosis = await examined(sandbox, "dotmac", code=lambda: sandbox.mfa_code)
    assert diagnosis.ok


async def test_each_platforms_own_ways_are_looked_at(sandbox: SandboxThread) -> None:
    told = {check.check: check for check in (await examined(sandbox, "opssight")).checks}
    assert told["providers"].detail == "Sandbox single sign-on"
    assert told["heartbeat"].skipped
    told = {check.check: check for check in (await examined(sandbox, "dotmac", tenant="contoso")).checks}
    assert told["providers"].skipped
    assert "every 300 s" in told["heartbeat"].detail
    assert told["answers for"].detail == "Contoso Field Services"


async def test_an_answer_for_another_tenant_is_a_failure_of_its_own(sandbox: SandboxThread) -> None:
    sandbox.apply(ignore_tenant=True)
    (check,) = failed(await examined(sandbox, "dotmac", tenant="contoso"))
    assert (check.capability, check.check, check.layer) == ("tenants", "answers for", Layer.SIGN_IN)
    assert "contoso" in check.error


async def test_a_clock_that_differs_is_mentioned(sandbox: SandboxThread) -> None:  # fault 36
    sandbox.apply(clock_skew_s=600.0)
    told = {check.check: check for check in (await examined(sandbox, "opssight")).checks}
    assert told["read"].ok
    assert "its clock differs by" in told["read"].detail


async def test_what_fails_on_this_computer_hides_nothing_of_the_gateway(sandbox: SandboxThread) -> None:
    broken = Check(capability="local", check="settings", ok=False, error="line 3")
    address = Address.parse(sandbox.kong_url)
    patient = PassingSession(address, "kong")
    try:
        diagnosis = await examine(address, "kong", patient, None, local=(broken,))
    finally:
        await patient.close()
    assert diagnosis.checks[0] is broken
    assert len(diagnosis.checks) > 3
    assert not diagnosis.ok
    assert not diagnosis.unauthorised
    assert not diagnosis.unreachable


async def test_an_outage_stops_it_at_the_layer_that_fails(sandbox: SandboxThread) -> None:
    sandbox.apply(outage=True)
    diagnosis = await examined(sandbox, "dotmac")
    assert [check.layer for check in failed(diagnosis)] == [Layer.GATEWAY]
    assert diagnosis.unreachable
    assert all(check.capability in ("reach", "tls") for check in diagnosis.checks)


async def test_a_sign_in_that_was_renewed_for_the_first_question_renews(sandbox: SandboxThread, store: Store) -> None:
    where = profile(sandbox, "dotmac")
    async with running(Session(where, store.vault, store.record)) as session:
        await session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        await until(session, is_live)
        await session.renew(await session.token() or "")
        diagnosis = await examine(Address.parse(where.url), where.platform, session, None)
    assert diagnosis.ok, failed(diagnosis)
    assert "renewed" in next(check.detail for check in diagnosis.checks if check.check == "refresh")


async def test_nothing_is_left_behind(sandbox: SandboxThread) -> None:
    before = sandbox.stats()
    await examined(sandbox, "kong")
    paths = str(sandbox.stats())
    assert str(before) != paths
    assert "logout" in paths


def test_an_unknown_platform_is_named() -> None:
    with pytest.raises(ProfileError, match="nope"):
        PassingSession(Address.parse("http://127.0.0.1:1"), "nope")
