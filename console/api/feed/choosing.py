"""A feed that a platform's servers have in several forms: the first that a gateway takes is kept to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from console.api.feed.reconnecting import Refusal, refusal_of
from console.model.errors import ConnectionLost, GatewayError, Unauthorized
from console.model.feed import FeedLive

if TYPE_CHECKING:
    from console.api.feed.policy import FeedPolicy
    from console.api.feed.reconnecting import Link
    from console.api.feed.running import Tell
    from console.model.feed import FeedEvent

T = TypeVar("T")


class ChoosingLink(Generic[T]):
    """See `console.api.feed.reconnecting.Link`.

    A form that is absent, or turns the token away, is followed by the next one; any other failure is the gateway's own
    and is not answered with more connections. The form that went live is the only one that is tried again, until it
    is absent.

    Args:
        links: At least one; the guide's form first.
    """

    def __init__(self, *links: Link[T]) -> None:
        self._links = links
        self._current = links[0]
        self._known = False

    @property
    def route(self) -> str:
        """Method and path of the form that was tried last, for errors."""
        return self._current.route

    @property
    def asked_wait_s(self) -> float | None:
        """See `Link`."""
        return self._current.asked_wait_s

    def forget(self) -> None:
        """See `Link`: every form is worth a try again."""
        self._known = False
        for link in self._links:
            link.forget()

    async def run(self, token: str | None, tell: Tell[T], policy: FeedPolicy) -> None:
        """See `Link.run`. A token that no form takes was refused, even where another form is absent.

        Raises:
            GatewayError: Of the form that was known; otherwise the refusal of the token, or what the last form said.
        """
        if self._known:
            try:
                await self._current.run(token, tell, policy)
            except GatewayError as exc:
                if refusal_of(exc) is not Refusal.ABSENT:
                    raise
                self._known = False
            else:
                return
        refused: GatewayError | None = None
        last: GatewayError = ConnectionLost("no form of the feed")
        for link in self._links:
            self._current = link
            try:
                await link.run(token, self._noting(tell), policy)
            except GatewayError as exc:
                if self._known or refusal_of(exc) is Refusal.RETRY:
                    raise
                refused = refused or (exc if isinstance(exc, Unauthorized) else None)
                last = exc
            else:
                return
        raise refused or last

    async def say(self, message: object) -> None:
        """See `Link.say`."""
        await self._current.say(message)

    def _noting(self, tell: Tell[T]) -> Tell[T]:
        def told(event: FeedEvent[T]) -> None:
            self._known = self._known or isinstance(event, FeedLive)
            tell(event)

        return told
