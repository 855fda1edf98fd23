"""Numbers of what a list names: followed while it is listed, dropped when it is not."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from console.api.contract import Gateway
from console.api.query import Family, Query
from console.model.errors import GatewayError, NotOffered, ServiceFailed
from console.model.freshness import Freshness
from tests.services.gateway_of_answers import idle
from tests.services.test_telemetry import Desk, Said, desk, operation, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

METRICS = frozenset({"metrics"})


def names(body: object) -> tuple[str, ...]:
    assert isinstance(body, list)
    return tuple(body)


def each(name: str) -> Query[Any]:
    return Query(
        operation=operation("one"), decode=report, fields={"name": name}, freshness=Freshness.METRICS, tags=METRICS
    )


PARTS = Family(
    members=Query(operation=operation("parts"), decode=names, freshness=Freshness.METRICS, tags=METRICS), each=each
)
GATEWAY = Gateway(platform="listing", authentication=None, metric_families=(PARTS,))  # type: ignore[arg-type]  # nobody


class Listed(Desk):
    """A gateway that lists two parts."""

    def __init__(self) -> None:
        super().__init__()
        self.says = {"parts": ["a", "b"], "a": {"a.bad": 0.0}, "b": {"b.bad": 1.0}}

    async def _ask(self, query: Query[Any], etag: str) -> Said:
        said = self.says[query.fields.get("name", query.endpoint)]
        if isinstance(said, GatewayError):
            raise said
        return Said(said)

    async def says_now(self, **said: object) -> None:
        self.says |= said
        self.cache.invalidate(METRICS)
        await idle()

    def failed(self) -> list[str]:
        return [name for name, _error in self.telemetry.metrics.value.failures]


@contextlib.asynccontextmanager
async def listed() -> AsyncIterator[Listed]:
    async with desk(GATEWAY, Listed()) as at:
        assert isinstance(at, Listed)
        yield at


async def test_each_part_that_is_listed_is_asked_for() -> None:
    async with listed() as at:
        assert at.values() == {"a.bad": 0.0, "b.bad": 1.0}
        await at.says_now(b={"b.bad": 5.0})
        assert at.values() == {"a.bad": 0.0, "b.bad": 5.0}


async def test_a_part_that_is_listed_no_more_takes_its_numbers_along_and_a_new_one_brings_some() -> None:
    async with listed() as at:
        await at.says_now(parts=["b", "c"], c={"c.bad": 2.0})
        assert at.values() == {"b.bad": 1.0, "c.bad": 2.0}
        assert at.telemetry.series("a.bad") == ()


async def test_a_list_that_fails_keeps_its_parts_and_says_so() -> None:
    async with listed() as at:
        await at.says_now(parts=ServiceFailed("down", status=503))
        assert at.values() == {"a.bad": 0.0, "b.bad": 1.0}
        assert at.failed() == ["parts"]


async def test_a_part_that_fails_is_its_own_failure() -> None:
    async with listed() as at:
        await at.says_now(a=ServiceFailed("down", status=503))
        assert at.failed() == ["parts a"]
        assert at.values()["b.bad"] == 1.0


async def test_of_a_list_that_is_not_offered_nothing_is_said() -> None:
    at = Listed()
    at.says["parts"] = NotOffered("no such route")
    async with desk(GATEWAY, at):
        assert at.values() == {}
        assert at.failed() == []


async def test_another_login_begins_anew() -> None:
    async with listed() as at:
        await at.cache.end_login()
        await idle()
        assert at.values() == {}
        at.cache.begin_login("bob")
        await idle()
        assert at.values() == {"a.bad": 0.0, "b.bad": 1.0}
