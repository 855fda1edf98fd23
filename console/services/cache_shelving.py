"""The cache's way to the record: answers are written behind, in order, and read back after a restart."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from console.model.cached import StoredAnswer
from console.model.errors import ProtocolViolation, StoreError
from console.model.freshness import Source
from console.services.cache_entry import Known

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine

    from console.api.query import Query
    from console.model.cached import Login
    from console.services.cache_ports import AnswerShelf, CacheReply

T = TypeVar("T")

_log = logging.getLogger(__name__)

ANSWER_LIMIT_BYTES = 4 * 1024 * 1024


class Shelving:
    """What is stored for the logins of one profile. A login whose user is unknown stores nothing.

    A record that can't be read or written costs the next start its warmth, and nobody an answer.
    """

    def __init__(self, shelf: AnswerShelf, owner: str) -> None:
        self.owner = owner
        self._shelf = shelf
        self._writing: set[asyncio.Task[None]] = set()

    async def find(self, login: Login, query: Query[T]) -> tuple[Known[T], bool] | None:
        """What is stored, and whether something was written since that touched it; None for nothing of use."""
        if not login.user:
            return None
        try:
            stored = await self._shelf.load(login, query.key)
            if stored is None:
                return None
            value = query.decode(json.loads(stored.body))
        except StoreError as exc:
            _log.info("the answer of %s can't be restored: %s", query.endpoint, exc)
            return None
        except (ProtocolViolation, ValueError) as exc:  # another version of the program understood it
            _log.info("the stored answer of %s is not understood: %s", query.endpoint, exc)
            return None
        known = Known(
            value=value,
            observed_at=stored.observed_at,
            source=Source.RECORD,
            etag=stored.etag,
            size_bytes=len(stored.body),
        )
        return known, stored.invalid

    def keep(self, login: Login, query: Query[T], known: Known[T], reply: CacheReply, *, invalid: bool) -> None:
        """Store an answer, or that it still holds; not when it is too large or the gateway wants it kept nowhere."""
        if not login.user:
            return
        if reply.not_modified:
            self._behind(self._shelf.confirm(login, query.key, known.observed_at, invalid=invalid))
        elif known.size_bytes <= ANSWER_LIMIT_BYTES and not _is_forbidden(reply):
            answer = StoredAnswer(
                key=query.key,
                endpoint=query.endpoint,
                observed_at=known.observed_at,
                etag=known.etag,
                tags=query.tags,
                freshness=query.freshness.value,
                body=reply.raw,
                invalid=invalid,
            )
            self._behind(self._shelf.keep(login, answer))

    def invalidate(self, login: Login, tags: Collection[str]) -> None:
        """Something was written that touched these tags."""
        if login.user and tags:
            self._behind(self._shelf.invalidate(login, tags))

    def forget_others(self, user: str) -> None:
        """Drop what is stored for other users of the profile."""
        self._behind(self._shelf.forget(self.owner, except_user=user))

    async def forget(self, endpoint: str = "") -> int:
        """Drop what is stored for the profile, or of one endpoint; how many answers that were.

        Raises:
            StoreError: It is still there.
        """
        await self.settled()  # otherwise what waits to be written would come back
        return await self._shelf.forget(self.owner, endpoint=endpoint)

    async def settled(self) -> None:
        """Wait until everything is written."""
        while self._writing:
            await asyncio.wait(set(self._writing))

    def _behind(self, work: Coroutine[Any, Any, object]) -> None:
        async def logged() -> None:
            try:
                await work
            except StoreError as exc:
                _log.info("the record's cache is behind: %s", exc)

        task = asyncio.get_running_loop().create_task(logged(), name="cache writing")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


def _is_forbidden(reply: CacheReply) -> bool:
    """Whether the gateway wants the answer kept nowhere (RFC 9111, 5.2.2.5)."""
    directives = reply.headers.get("cache-control", "").casefold().split(",")
    return any(directive.strip() == "no-store" for directive in directives)
