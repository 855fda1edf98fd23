"""Which notices an operator read here, where the platform keeps no account of that: kept for the next start.

They lie with the stored answers of the same login, and go with them: a sign-out, another user, or clearing the cache
takes them along.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Protocol

from console.model.cached import Login, StoredAnswer
from console.model.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from console.services.cache_ports import AnswerShelf

_log = logging.getLogger(__name__)

ENDPOINT = "console.notices.read"
LIMIT = 2_000


class ReadMarks(Protocol):
    """Where they are kept."""

    async def load(self, login: Login) -> Sequence[str]:
        """Ids of notices that this login read, the latest last."""

    async def keep(self, login: Login, ids: Sequence[str], at: datetime) -> None:
        """Keep these in place of the former ones."""


class StoredReadMarks:
    """In the record. One that can't be read or written costs the next start a few that are unread again."""

    def __init__(self, shelf: AnswerShelf) -> None:
        self._shelf = shelf

    async def load(self, login: Login) -> Sequence[str]:
        """See `ReadMarks`."""
        if not login.user:
            return ()
        try:
            stored = await self._shelf.load(login, ENDPOINT)
            told = json.loads(stored.body) if stored is not None else []
        except (StoreError, ValueError) as exc:
            _log.info("what was read can't be restored: %s", exc)
            return ()
        return [id_ for id_ in told if isinstance(id_, str)] if isinstance(told, list) else ()

    async def keep(self, login: Login, ids: Sequence[str], at: datetime) -> None:
        """See `ReadMarks`. Of somebody unknown nothing is kept, and of very many the latest."""
        if not login.user:
            return
        body = json.dumps(list(ids)[-LIMIT:]).encode()
        try:
            await self._shelf.keep(login, StoredAnswer(key=ENDPOINT, endpoint=ENDPOINT, observed_at=at, body=body))
        except StoreError as exc:
            _log.info("what was read is not kept: %s", exc)


class ForgottenReadMarks:
    """Nowhere."""

    async def load(self, login: Login) -> Sequence[str]:  # noqa: ARG002  (the port's signature)
        """See `ReadMarks`."""
        return ()

    async def keep(self, login: Login, ids: Sequence[str], at: datetime) -> None:
        """See `ReadMarks`."""
