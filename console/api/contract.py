"""The port between services and platforms.

A dialect is a value: a frozen `Gateway` with one field per capability, None where the platform has none. Nobody outside
`console.api.platforms` asks which platform it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from console.api.retry import DEFAULT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from datetime import datetime

    from console.api.multipart import Part
    from console.api.query import Family, Query
    from console.api.retry import RetryPolicy
    from console.api.sending import Sending, Sink
    from console.api.transport import Transport
    from console.model.account import Registration
    from console.model.capability import Capability
    from console.model.deployment import Deployment
    from console.model.document import Document, DocumentAction, DocumentPage, Finding, Sought, UploadRules
    from console.model.errors import GatewayError
    from console.model.feed import FeedEvent, FeedItem
    from console.model.health import HealthReport
    from console.model.identity import Challenge, PasswordCredentials, SignedIn, Tenant, Tokens, User
    from console.model.metrics import MetricsReport
    from console.model.notice import Notice
    from console.model.oauth import Authorization, Provider
    from console.model.tenancy import TenantConfig


class TokenSource(Protocol):
    """Where transport and feeds find the access token. Implemented by the session."""

    async def token(self) -> str | None:
        """The current access token, renewed first when its end is near; None when signed out."""

    async def renew(self, refused: str) -> str:
        """A token other than `refused`, which the gateway did not accept. Shared by all who ask at once.

        Raises:
            SignInRequired: The gateway refused to renew.
            GatewayError: The gateway could not be asked; the session is offline, not over.
        """


class Authentication(Protocol):
    """Signing in, staying signed in, signing out."""

    async def sign_in(self, credentials: PasswordCredentials) -> SignedIn:
        """Trade credentials for tokens.

        Raises:
            Unauthorized: Wrong user name or password.
            MfaRequired: The account wants a second factor.
            GatewayError: Anything else that failed.
        """

    async def answer(self, challenge: Challenge, code: str) -> SignedIn:
        """Go on with a sign-in that wanted a second factor.

        Args:
            challenge: As it came with `MfaRequired`.
            code: As typed: from an app or a message, or a backup code.

        Raises:
            WrongCode: Another may be tried.
            ChallengeExpired: Sign-in begins anew.
            GatewayError: Anything else that failed.
        """

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Renew. The answer replaces `tokens` as a whole and must be stored before it is used.

        Raises:
            SignInRequired: Refused for good.
            GatewayError: Could not be asked, or the route is limited; `tokens` may still be good.
        """

    @property
    def who(self) -> Query[User]:
        """The same as `who_am_i`, for a cache."""

    async def who_am_i(self) -> User:
        """The user behind the current token."""

    async def sign_out(self, tokens: Tokens) -> None:
        """Tell the gateway. What is kept here is dropped by the session, whatever the gateway says."""


class BrowserAuthentication(Protocol):
    """Signing in through the system's browser: authorization code with PKCE."""

    async def providers(self) -> Sequence[Provider]:
        """Who vouches for users of this gateway; empty where it offers none."""

    async def begin(self, provider: Provider, redirect_uri: str) -> Authorization:
        """Begin one attempt, with a state and a verifier of its own; ask for the address to open.

        Raises:
            BrowserSignInFailed: The address is none that should be opened.
            GatewayError: Anything else that failed.
        """

    async def complete(self, attempt: Authorization, code: str) -> SignedIn:
        """Trade the code for tokens. A code is good once: never repeated.

        Raises:
            MfaRequired: The account wants a second factor all the same.
            GatewayError: No tokens came of it.
        """


class Tenancy(Protocol):
    """Tenants the user may act for."""

    @property
    def listing(self) -> Query[tuple[Tenant, ...]]:
        """The same as `tenants`, for a cache."""

    async def tenants(self) -> Sequence[Tenant]:
        """All of them, in the server's order."""

    async def config(self, tenant_id: str) -> TenantConfig:
        """What the gateway says of the tenant it answers for when asked for this one; the empty id asks for none.

        Raises:
            NotOffered: It says nothing of tenants.
            Forbidden: Not for this user.
            TenantRequired: It says nothing without a tenant.
            GatewayError: Anything else that failed.
        """


class Accounts(Protocol):
    """Getting an account, and back into one.

    What is wrong with a field stands in `Rejected.fields`, by our names:
    `first_name`, `last_name`, `email`, `password`, `current`, `terms`, `token`.
    """

    async def register(self, wanted: Registration) -> None:
        """Ask for an account; a message to confirm its address is on its way afterwards."""

    async def forgot(self, email: str) -> None:
        """Ask for a message to choose a new password with. The answer does not tell whether the address is known."""

    async def reset(self, token: str, password: str) -> None:
        """Choose a new password with the code of that message."""

    async def verify(self, token: str) -> None:
        """Confirm an address with the code that was sent to it."""

    async def resend(self, email: str) -> None:
        """Ask for that code again. The answer does not tell whether the address is known."""

    async def change_password(self, current: str, password: str) -> None:
        """Replace the password of whoever is signed in."""


class Heartbeat(Protocol):
    """Telling the gateway that the session is in use."""

    @property
    def interval_s(self) -> float:
        """How often, in seconds."""

    async def beat(self) -> None:
        """Once.

        Raises:
            GatewayError: It did not arrive; a warning, nothing more.
        """


class HealthSource(Protocol):
    """Health by asking."""

    @property
    def interval_s(self) -> float:
        """How often to ask, in seconds."""

    async def read(self) -> HealthReport:
        """One reading of every service. One service's failure is its own status, not an exception.

        Raises:
            GatewayError: The gateway as a whole gave no reading.
        """


class CacheControl(Protocol):
    """A cache of the platform's own, that operators may empty."""

    async def invalidate(self, pattern: str = "") -> None:
        """Drop what the platform caches under this pattern, as its guide words it; everything without one.

        Raises:
            GatewayError: Whether anything was dropped is unknown, or it said no.
        """


class Notifications(Protocol):
    """What the platform wants its users to know."""

    @property
    def listing(self) -> Query[tuple[Notice, ...]]:
        """The latest, newest first; one page."""

    async def mark_read(self, notice_id: str) -> None:
        """Tell the platform that this user has read it.

        Raises:
            NotOffered: It keeps no account of that.
            GatewayError: It could not be told.
        """


class Documents(Protocol):
    """Documents that users give to the platform. What it lacks raises NotOffered."""

    @property
    def rules(self) -> UploadRules:
        """What it wants of them."""

    @property
    def actions(self) -> frozenset[DocumentAction]:
        """What the platform's guide promises beside uploading."""

    async def upload(self, sending: Sending) -> Document:
        """Send one document, once: neither retried nor repeated here.

        Raises:
            FileTrouble: The file is gone, unreadable, or changed while it was read; nothing whole was sent.
            GatewayError: It was not accepted, or nobody knows: see `Sending.sent_whole`.
        """

    def form(self, sending: Sending, route: str) -> Sequence[Part]:
        """What goes with a document to one of the upload's routes, a template, for whoever wants to show it."""

    async def find(self, sought: Sought) -> Finding:
        """What became of an upload whose final answer was lost.

        Raises:
            GatewayError: The gateway could not be asked.
        """

    def listing(self, page: int, search: str = "") -> Query[DocumentPage]:
        """One page, from 1, newest first where the platform lets us choose; those that fit the search."""

    def details(self, document_id: str) -> Query[Document]:
        """One of them."""

    async def delete(self, document_id: str) -> None:
        """Remove it. One that is gone already is fine."""

    async def process(self, document_id: str) -> None:
        """Have the platform work on it (once more)."""

    async def download(self, document_id: str, sink: Sink) -> None:
        """Give its content to the sink, piece by piece.

        Raises:
            GatewayError: It broke off: what the sink has is not the whole.
        """

    async def thumbnail(self, url: str) -> bytes:
        """What lies at a `Document.thumbnail_url` below the gateway's own address: 1 MiB at most, said to be a picture.

        Raises:
            NotOffered: The platform makes no pictures, or it is somewhere else, where nothing is asked.
            GatewayError: It could not be had, or is none.
        """


class Feed(Protocol):
    """What the platform tells by itself: reconnects until closed."""

    def events(self) -> AsyncGenerator[FeedEvent[FeedItem], None]:
        """The stream, with the connection's own story in it. One consumer; close the generator to hang up."""

    def try_now(self) -> None:
        """Cut a wait for the next attempt short: there is reason to believe that the gateway is back."""


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """What a dialect can speak with one gateway.

    Attributes:
        platform: Name of the dialect.
        authentication: Every platform has it.
        browser: None where the platform lets nobody else vouch for its users.
        tenancy: None where the platform knows no tenants.
        heartbeat: None where the platform wants none.
        accounts: None where accounts are made and mended by others.
        health: None where health can only be observed.
        metrics: Numbers that the platform gives of itself, a query for each route that has some.
        metric_families: More of them, one question for each part that the platform lists.
        cache_control: None where it has no cache to empty.
        deployments: None where it knows nothing of them. Newest first.
        notifications: None where it has none to ask for.
        documents: None where it takes none.
        feed: None where it pushes nothing.
    """

    platform: str
    authentication: Authentication
    browser: BrowserAuthentication | None = None
    tenancy: Tenancy | None = None
    heartbeat: Heartbeat | None = None
    accounts: Accounts | None = None
    health: HealthSource | None = None
    metrics: tuple[Query[MetricsReport], ...] = ()
    metric_families: tuple[Family[MetricsReport], ...] = ()
    cache_control: CacheControl | None = None
    deployments: Query[tuple[Deployment, ...]] | None = None
    notifications: Notifications | None = None
    documents: Documents | None = None
    feed: Feed | None = None


@dataclass(frozen=True, kw_only=True)
class RequestContext:
    """What a platform's own headers are made from.

    Attributes:
        request_id: Ours, new for every request.
        sent_at: When it is sent (UTC).
        path: Below the base URL.
        tenant: Id of the tenant acted for; empty for none.
    """

    request_id: str
    sent_at: datetime
    path: str
    tenant: str


def _as_it_stands(error: GatewayError) -> GatewayError:
    return error


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A dialect before it is tied to a gateway.

    Attributes:
        name: As in profiles and on the command line.
        title: As on screen.
        capabilities: What the platform's guide promises.
        headers: Headers that go with every request, made anew for each.
        build: Ties the dialect to a transport.
        recognise: How well the answers of a gateway fit, 0 (not at all) to 1; gets what `fingerprints` gave.
        fingerprints: Unauthenticated GET routes that tell this platform from others.
        gateway_ms_header: Header with the milliseconds spent in the gateway; empty for none.
        upstream_ms_header: Header with the milliseconds spent in the service; empty for none.
        retry: What is worth another try, and when.
        understand: What an error of this platform means, where its status does not say; the same error when it does.
        polls_per_minute: Requests that everything which polls may send, all together.
    """

    name: str
    title: str
    capabilities: frozenset[Capability]
    headers: Callable[[RequestContext], Mapping[str, str]]
    build: Callable[[Transport, TokenSource], Gateway]
    fingerprints: tuple[str, ...]
    recognise: Callable[[Mapping[str, Fingerprint]], float]
    gateway_ms_header: str = ""
    upstream_ms_header: str = ""
    retry: RetryPolicy = DEFAULT
    understand: Callable[[GatewayError], GatewayError] = _as_it_stands
    polls_per_minute: float = 600.0


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What one unauthenticated GET answered.

    Attributes:
        status: HTTP status.
        headers: Lower-case names.
        body: Decoded JSON, or None when it was none.
    """

    status: int
    headers: Mapping[str, str]
    body: object = None
