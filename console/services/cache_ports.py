"""What the read cache needs of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from console.api.query import Query
    from console.model.cached import Login, StoredAnswer


class CacheReply(Protocol):
    """The part of a transport's reply that is kept; see `console.api.transport.Reply`."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Case-insensitive."""

    @property
    def body(self) -> object:
        """Decoded JSON."""

    @property
    def raw(self) -> bytes:
        """As received."""

    @property
    def etag(self) -> str:
        """Names this state of the answer."""

    @property
    def not_modified(self) -> bool:
        """The answer that the etag named still holds."""


class Ask(Protocol):
    """How the gateway is asked."""

    async def __call__(self, query: Query[Any], etag: str) -> CacheReply:
        """Send it, conditionally where there is an etag.

        Raises:
            GatewayError: Whatever went wrong.
        """


class AnswerShelf(Protocol):
    """Where answers outlive the program; see `console.store.cached.CachedAnswers`."""

    async def load(self, login: Login, key: str) -> StoredAnswer | None:
        """The answer to a question."""

    async def keep(self, login: Login, answer: StoredAnswer) -> None:
        """Keep an answer in place of the former one."""

    async def confirm(self, login: Login, key: str, observed_at: datetime, *, invalid: bool) -> None:
        """A kept answer is still the answer."""

    async def invalidate(self, login: Login, tags: Collection[str]) -> None:
        """Something was written that touched these tags."""

    async def listing(self, owner: str) -> Sequence[StoredAnswer]:
        """What is kept for a profile, without the bodies, newest first."""

    async def forget(self, owner: str, *, endpoint: str = "", except_user: str = "") -> int:
        """Drop what is kept for a profile."""
