"""What a signed-in operator reads, and the little that is written there: where the platform has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from console.model.deployment import DeploymentState
from console.model.errors import (
    Forbidden,
    GatewayError,
    NotFound,
    NotOffered,
    Rejected,
    TenantMismatch,
    TenantRequired,
    Unauthorized,
)
from console.model.health import HealthStatus
from tests.contract.site import offered

if TYPE_CHECKING:
    from console.api.contract import HealthSource
    from console.api.query import Query
    from console.model.health import HealthReport
    from console.sandbox.notices import Notice
    from console.sandbox.server import Sandbox
    from console.services.doctor import PassingSession
    from tests.contract.site import Site

T = TypeVar("T")


async def answer(session: PassingSession, query: Query[T]) -> T:
    """What a query gives."""
    reply = await session.transport.call(query.operation, fields=query.fields, params=query.params)
    return query.decode(reply.body)


async def until(source: HealthSource, status: HealthStatus) -> HealthReport:
    """Read until a service has this status; the test's own time limit ends it."""
    while True:
        report = await source.read()
        if any(service.sample.status is status for service in report.services):
            return report


async def test_health_names_its_services_and_says_how_they_are(site: Site) -> None:
    async with site.operator("health", "health to ask for") as operator:
        source = offered(operator.gateway.health, operator.gateway, "health to ask for")
        report = await until(source, HealthStatus.HEALTHY)
        assert source.interval_s > 0
        assert len({service.id for service in report.services}) == len(report.services)
        assert all(service.id and service.name for service in report.services)
        assert all(service.sample.service_id == service.id for service in report.services)
        assert not report.skipped


async def test_health_tells_when_components_die(site: Site) -> None:
    async with site.operator("health", "health to ask for") as operator:
        source = offered(operator.gateway.health, operator.gateway, "health to ask for")
        before = {service.id for service in (await until(source, HealthStatus.HEALTHY)).services}
        for component in site.sandbox.sandbox.world.components:
            site.sandbox.apply(kill_service=component)
        after = await until(source, HealthStatus.UNHEALTHY)
        assert {service.id for service in after.services} == before, "a dead service is shown, not left out"
        site.sandbox.clear()
        await until(source, HealthStatus.HEALTHY)


async def test_metrics_have_names_and_values(site: Site) -> None:
    async with site.operator("metrics", "metrics") as operator:
        queries = offered(operator.gateway.metrics, operator.gateway, "metrics")
        reports = [await answer(operator, query) for query in queries]
        metrics = [metric for report in reports for metric in report.metrics]
        assert metrics
        assert all(metric.id and metric.name for metric in metrics)
        assert any(metric.value is not None for metric in metrics)
        assert len({metric.id for metric in metrics}) == len(metrics)
        again = [metric.id for query in queries for metric in (await answer(operator, query)).metrics]
        assert again == [metric.id for metric in metrics], "ids are the same with every reading"


async def test_a_cache_can_be_emptied(site: Site) -> None:
    async with site.operator("cache_control", "cache to empty") as operator:
        control = offered(operator.gateway.cache_control, operator.gateway, "cache to empty")
        await control.invalidate()
        await control.invalidate("nothing-is-called-this*")


async def test_a_deployment_is_listed_first(site: Site) -> None:
    async with site.operator("deployments", "deployments") as operator:
        query = offered(operator.gateway.deployments, operator.gateway, "deployments")
        site.sandbox.apply(restart_service="redis")
        deployments = await answer(operator, query)
        latest = deployments[0]
        assert latest.service == "redis"
        assert latest.state is not DeploymentState.OTHER
        assert latest.started_at is not None
        times = [one.started_at for one in deployments if one.started_at is not None]
        assert times == sorted(times, reverse=True)
        assert len({one.id for one in deployments}) == len(deployments)


async def test_a_notice_is_listed_and_marked_as_read(site: Site) -> None:
    async with site.operator("notifications", "notifications") as operator:
        notifications = offered(operator.gateway.notifications, operator.gateway, "notifications")

        async def create(sandbox: Sandbox) -> Notice:
            return sandbox.world.notices.create(kind="quota", title="Nearly full", message="of tests", severity="info")

        site.sandbox.call(create)
        found = await answer(operator, notifications.listing)
        assert len({notice.id for notice in found}) == len(found)
        mine = next(notice for notice in found if "Nearly full" in (notice.title, notice.text) and not notice.read)
        try:
            await notifications.mark_read(mine.id)
        except NotOffered:
            return  # said so, and nothing pretends that it is read
        marked = next(notice for notice in await answer(operator, notifications.listing) if notice.id == mine.id)
        assert marked.read


async def test_nothing_is_read_without_a_sign_in(site: Site) -> None:
    async with site.visitor() as visitor:
        gateway = visitor.gateway
        queries: list[Query[object]] = [gateway.authentication.who, *gateway.metrics]
        queries += [gateway.notifications.listing] if gateway.notifications else []
        queries += [gateway.deployments] if gateway.deployments else []
        for query in queries:
            if query.operation.authenticated:
                with pytest.raises(Unauthorized):
                    await answer(visitor, query)


async def test_tenants_are_listed_and_each_is_answered_for(site: Site) -> None:
    async with site.operator("tenancy", "tenants") as operator:
        tenancy = offered(operator.gateway.tenancy, operator.gateway, "tenants")
        tenants = await tenancy.tenants()
        assert tenants
        assert list(await answer(operator, tenancy.listing)) == list(tenants)
        for tenant in tenants:
            config = await tenancy.config(tenant.id)
            assert config.tenant_id in ("", tenant.id), "a gateway answers for the tenant that was asked for"


async def test_a_tenant_that_is_not_the_users_is_refused(site: Site) -> None:
    async with site.operator("tenancy", "tenants") as operator:
        tenancy = offered(operator.gateway.tenancy, operator.gateway, "tenants")
        refusals = (Forbidden, NotFound, NotOffered, Rejected, TenantMismatch, TenantRequired)
        try:
            config = await tenancy.config("of-somebody-else")
        except refusals:
            return
        assert config.tenant_id != "of-somebody-else"


async def test_a_dead_gateway_is_an_error_of_ours_for_every_read(site: Site) -> None:
    async with site.operator() as operator:
        gateway = operator.gateway
        site.sandbox.apply(status=418)
        with pytest.raises(GatewayError):
            await gateway.authentication.who_am_i()
        if gateway.health is not None:
            try:
                report = await gateway.health.read()
            except GatewayError:
                pass
            else:
                assert all(service.sample.status is not HealthStatus.HEALTHY for service in report.services)
        site.sandbox.clear()
