"""A gateway that answers a cache when a test says so, and a shelf in memory that behaves as the store's does."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.errors import ConnectionLost, ProtocolViolation
from console.model.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from console.model.cached import Login, StoredAnswer

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is set."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def decoded(body: object) -> tuple[str, ...]:
    """The words of an answer."""
    if not isinstance(body, list):
        raise ProtocolViolation("no list", field="body")
    return tuple(body)


def question(
    name: str, *, freshness: Freshness = Freshness.DIRECTORY, tags: Collection[str] | None = None, **params: str
) -> Query[tuple[str, ...]]:
    """A read that answers with words."""
    operation = Operation(name=name, method="GET", routes=(f"/{name}",), effect=Effect.READ)
    found = frozenset(tags if tags is not None else {name.partition(".")[0]})
    return Query(operation=operation, decode=decoded, params=params, freshness=freshness, tags=found)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Implements `CacheReply`."""

    body: object = None
    raw: bytes = b""
    etag: str = ""
    not_modified: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Asked:
    """One request that waits for its answer."""

    query: Query[Any]
    etag: str
    answer: asyncio.Future[Reply]

    def say(self, *words: str, etag: str = "", **headers: str) -> None:
        """Answer with words."""
        body = list(words)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer.set_result(Reply(body=body, raw=json.dumps(body).encode(), etag=etag, headers=named))

    def say_unchanged(self) -> None:
        """Answer 304."""
        self.answer.set_result(Reply(not_modified=True))

    def break_off(self) -> None:
        """Give no answer."""
        self.answer.set_exception(ConnectionLost("cut"))


class Answering:
    """Implements `Ask`. Requests wait in `open` until a test answers them."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    async def __call__(self, query: Query[Any], etag: str) -> Reply:
        asked = Asked(query, etag, asyncio.get_running_loop().create_future())
        self.asked.append(asked)
        return await asked.answer

    @property
    def open(self) -> list[Asked]:
        """Requests without an answer, oldest first."""
        return [asked for asked in self.asked if not asked.answer.done()]


class MemoryShelf:
    """Implements `AnswerShelf`, in the order of the calls, each taking a turn of the loop."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str, str], StoredAnswer] = {}
        self.loads = 0

    async def load(self, login: Login, key: str) -> StoredAnswer | None:
        self.loads += 1
        found = self.kept.get(_place(login, key))
        await asyncio.sleep(0)
        return found

    async def keep(self, login: Login, answer: StoredAnswer) -> None:
        self.kept[_place(login, answer.key)] = answer
        await asyncio.sleep(0)

    async def confirm(self, login: Login, key: str, observed_at: datetime, *, invalid: bool) -> None:
        place = _place(login, key)
        if place in self.kept:
            self.kept[place] = msgspec.structs.replace(self.kept[place], observed_at=observed_at, invalid=invalid)
        await asyncio.sleep(0)

    async def invalidate(self, login: Login, tags: Collection[str]) -> None:
        for place, answer in self.kept.items():
            if place[:3] == _place(login, "")[:3] and answer.tags & set(tags):
                self.kept[place] = msgspec.structs.replace(answer, invalid=True)
        await asyncio.sleep(0)

    async def forget(self, owner: str, *, endpoint: str = "", except_user: str = "") -> int:
        gone = [
            place
            for place, answer in self.kept.items()
            if place[0] == owner and endpoint in ("", answer.endpoint) and (not except_user or place[1] != except_user)
        ]
        for place in gone:
            del self.kept[place]
        await asyncio.sleep(0)
        return len(gone)

    async def listing(self, owner: str) -> tuple[StoredAnswer, ...]:
        return tuple(answer for place, answer in self.kept.items() if place[0] == owner)


def _place(login: Login, key: str) -> tuple[str, str, str, str]:
    return (login.owner, login.user, login.tenant, key)


async def idle() -> None:
    """Let everything that can go on go on."""
    for _ in range(30):
        await asyncio.sleep(0)
