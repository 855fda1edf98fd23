"""Which failures are one service's own, and which are the gateway's."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from console.api.platforms.kong.health import KongHealth
from console.api.registry import platform
from console.model.blame import Layer
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    NotAGateway,
    NotOffered,
    ServiceFailed,
    SignInRequired,
    Unauthorized,
)
from console.model.health import HealthStatus
from tests.api.scripted_gateway import Asked, Tokens, reply, scripted, transport_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from console.model.health import HealthReport
    from tests.api.scripted_gateway import Scripted

NAMES = ("auth", "documents", "notifications", "workflows")
FINE = reply(200, {"status": "healthy", "service": "a-service"})


@contextlib.asynccontextmanager
async def asking(
    answers: Mapping[str, bytes | None], others: bytes | None = FINE, tokens: Tokens | None = None
) -> AsyncIterator[tuple[KongHealth, Scripted]]:
    def script(asked: Asked) -> bytes | None:
        return answers.get(asked.path.split("/")[3], others)

    async with (
        scripted(script) as gateway,
        transport_to(gateway, tokens=tokens or Tokens(), platform=platform("kong")) as transport,
    ):
        yield KongHealth(transport), gateway


async def reading(answers: Mapping[str, bytes | None], others: bytes | None = FINE) -> HealthReport:
    async with asking(answers, others) as (health, _gateway):
        return await health.read()


def statuses(report: HealthReport) -> dict[str, HealthStatus]:
    return {service.id: service.sample.status for service in report.services}


async def test_every_service_is_asked_and_answers() -> None:
    async with asking({}) as (health, gateway):
        report = await health.read()
    assert sorted(gateway.lines) == [f"GET /api/v1/{name}/health" for name in NAMES]
    assert statuses(report) == dict.fromkeys(NAMES, HealthStatus.HEALTHY)
    assert (report.complete, report.skipped) == (True, ())
    assert all(one.headers["x-kong-request-id"] == one.headers["x-request-id"] for one in gateway.asked)


async def test_one_service_that_fails_is_its_own_status() -> None:
    report = await reading({"documents": reply(503, {"message": "name resolution failed"})})
    assert statuses(report) == {
        "auth": HealthStatus.HEALTHY,
        "documents": HealthStatus.UNHEALTHY,
        "notifications": HealthStatus.HEALTHY,
        "workflows": HealthStatus.HEALTHY,
    }
    assert report.skipped == ("documents: name resolution failed",)
    assert not report.complete
    assert report.services[1].sample.problem == "name resolution failed"


@pytest.mark.parametrize("answer", [reply(200), reply(200, b"{"), reply(401, {"detail": "no"}), reply(429)])
async def test_one_service_that_gives_no_reading_is_unknown(answer: bytes) -> None:
    report = await reading({"documents": answer})
    assert statuses(report)["documents"] is HealthStatus.UNKNOWN
    assert len(report.skipped) == 1
    assert report.skipped[0].startswith("documents: ")


async def test_a_service_that_dropped_keeps_its_name() -> None:
    async with asking({}) as (health, gateway):
        await health.read()
        gateway.script = lambda asked: None if "documents" in asked.path else FINE
        report = await health.read()
    lost = report.services[1]
    assert (lost.id, lost.name, lost.sample.status) == ("documents", "a-service", HealthStatus.UNHEALTHY)


async def test_a_service_without_a_route_has_no_card() -> None:
    report = await reading({"workflows": reply(404, {"message": "no Route matched with those values"})})
    assert set(statuses(report)) == {"auth", "documents", "notifications"}
    assert (report.complete, report.skipped) == (True, ())


async def test_without_any_route_health_is_not_offered() -> None:
    with pytest.raises(NotOffered) as caught:
        await reading({}, reply(404))
    assert caught.value.answers == tuple(f"GET /api/v1/{name}/health: 404" for name in NAMES)


@pytest.mark.parametrize("one", [reply(404), reply(401), None, reply(200, b"{")], ids=["404", "401", "drop", "json"])
async def test_a_5xx_of_the_others_clears_the_gateway(one: bytes | None) -> None:
    report = await reading({"auth": one}, reply(503))
    assert statuses(report)["documents"] is HealthStatus.UNHEALTHY
    assert not report.complete


async def test_all_of_them_failing_is_still_each_ones_own() -> None:
    report = await reading({}, reply(502))
    assert statuses(report) == dict.fromkeys(NAMES, HealthStatus.UNHEALTHY)


PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_proxys_page_for_all_of_them_is_the_gateways_trouble(status: int) -> None:
    with pytest.raises(ServiceFailed) as caught:
        await reading({"workflows": reply(404)}, reply(status, PAGE, "content-type: text/html"))
    assert (caught.value.status, caught.value.layer) == (status, Layer.GATEWAY)


async def test_a_proxys_page_for_one_of_them_is_its_own() -> None:
    report = await reading({"documents": reply(502, PAGE, "content-type: text/html")})
    assert statuses(report)["documents"] is HealthStatus.UNHEALTHY
    assert statuses(report)["auth"] is HealthStatus.HEALTHY


async def test_a_gateways_own_word_beside_a_proxys_pages_clears_the_gateway() -> None:
    answers = {"auth": reply(503, {"message": "name resolution failed"})}
    report = await reading(answers, reply(502, PAGE, "content-type: text/html"))
    assert statuses(report) == dict.fromkeys(NAMES, HealthStatus.UNHEALTHY)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(401), Unauthorized),
        (None, ConnectionLost),
        (reply(200, b"<html>", "content-type: text/html"), NotAGateway),
    ],
    ids=["401", "drop", "portal"],
)
async def test_what_all_of_them_say_is_the_gateways(answer: bytes | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        await reading({}, answer)


async def test_where_nobody_listens_there_is_no_reading() -> None:
    async with scripted(lambda _asked: None) as gateway:
        pass
    async with transport_to(gateway, platform=platform("kong")) as transport:
        with pytest.raises(ConnectFailed):
            await KongHealth(transport).read()


async def test_a_session_that_is_over_is_not_hidden_by_a_public_route() -> None:  # fault 32
    tokens = Tokens()
    tokens.broken = SignInRequired("over")
    async with asking({"auth": FINE}, reply(401), tokens) as (health, _gateway):
        with pytest.raises(SignInRequired):
            await health.read()
