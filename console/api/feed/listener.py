"""Who listens, for platforms whose feeds want to be told that beside the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from console.model.errors import Forbidden, NotOffered

if TYPE_CHECKING:
    from console.api.contract import Authentication
    from console.api.feed.policy import FeedPolicy
    from console.api.feed.reconnecting import Link
    from console.api.feed.running import Tell

T = TypeVar("T")


class Listener:
    """The user behind a token; asked for once for each token.

    Attributes:
        user_id: Empty where the gateway does not say.
    """

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication
        self._token: str | None = None
        self.user_id = ""

    def forget(self) -> None:
        """Somebody else may listen next."""
        self._token, self.user_id = None, ""

    async def learn(self, token: str | None) -> None:
        """Find out whose token it is.

        Raises:
            GatewayError: The gateway could not be asked.
        """
        if token is None or token == self._token:
            return
        try:
            self.user_id = (await self._authentication.who_am_i()).id
        except (NotOffered, Forbidden):
            self.user_id = ""
        self._token = token


class IntroducedLink(Generic[T]):
    """See `console.api.feed.reconnecting.Link`: knows who listens before it connects."""

    def __init__(self, link: Link[T], listener: Listener) -> None:
        self._link = link
        self._listener = listener

    @property
    def route(self) -> str:
        """See `Link`."""
        return self._link.route

    @property
    def asked_wait_s(self) -> float | None:
        """See `Link`."""
        return self._link.asked_wait_s

    def forget(self) -> None:
        """See `Link`."""
        self._listener.forget()
        self._link.forget()

    async def run(self, token: str | None, tell: Tell[T], policy: FeedPolicy) -> None:
        """See `Link.run`."""
        await self._listener.learn(token)
        await self._link.run(token, tell, policy)

    async def say(self, message: object) -> None:
        """See `Link.say`."""
        await self._link.say(message)
