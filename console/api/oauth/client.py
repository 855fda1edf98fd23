"""The routes of browser sign-in, for every dialect: providers, authorization, and the trade of the code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec

from console.api import reading
from console.api.oauth import authorization_url, proof
from console.api.tokens import refuse_challenge
from console.model.capability import Effect, Operation
from console.model.errors import BrowserSignInFailed, NotAGateway, NotOffered, ProtocolViolation, Rejected
from console.model.oauth import Authorization, BrowserSignInReason, Provider

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from console.api.transport import Reply, Transport
    from console.model.identity import SignedIn

    ReadSignedIn = Callable[[Reply, Mapping[str, object]], Awaitable[SignedIn]]

PROVIDERS_LIMIT = 12
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_BAD_GRANT = 400  # RFC 6749, 5.2: the code was used, is too old, or was given to somebody else
_PASSES_ON = frozenset({301, 302, 303, 307, 308})


class OAuthClient:
    """See `console.api.contract.BrowserAuthentication`.

    Args:
        transport: The session's.
        bases: Where a dialect's auth routes may live, the guide's first, such as `/api/auth`.
        read_signed_in: The dialect's reading of the answer to a sign-in.
    """

    def __init__(self, transport: Transport, bases: Sequence[str], read_signed_in: ReadSignedIn) -> None:
        self._transport = transport
        self._bases = tuple(bases)
        self._read_signed_in = read_signed_in
        self._base = self._bases[0]

    async def providers(self) -> Sequence[Provider]:
        """`GET .../oauth/providers`; where the route is missing nobody vouches."""
        operation = Operation(
            session=True,
            name="oauth.providers",
            method="GET",
            routes=tuple(f"{base}/oauth/providers" for base in self._bases),
            effect=Effect.READ,
            timeout_s=10.0,
            authenticated=False,
        )
        try:
            reply = await self._transport.call(operation)
        except NotOffered:
            return ()
        self._base = reply.exchange.route.removesuffix("/oauth/providers")
        return read_providers(reply.body)

    async def begin(self, provider: Provider, redirect_uri: str) -> Authorization:
        """`GET .../oauth/{provider}/authorize` gives the address, or passes the browser on by itself."""
        attempt = msgspec.structs.replace(proof.attempt(provider.id, redirect_uri), issuer=provider.issuer)
        params = {
            "redirect_uri": attempt.redirect_uri,
            "state": attempt.state,
            "code_challenge": proof.challenge(attempt.verifier),
            "code_challenge_method": proof.CHALLENGE_METHOD,
            "response_type": "code",
        }
        operation = Operation(
            session=True,
            name="oauth.authorize",
            method="GET",
            routes=(f"{self._base}/oauth/{{provider}}/authorize",),
            effect=Effect.IDEMPOTENT,
            timeout_s=15.0,
            authenticated=False,
        )
        here = f"{self._transport.address.text}{self._base}/oauth/{quote(provider.id, safe='')}/authorize"
        try:
            reply = await self._transport.call(operation, fields={"provider": provider.id}, params=params)
        except NotAGateway as exc:
            if exc.status is not None and exc.status not in _PASSES_ON:
                raise
            url = f"{here}?{urlencode(params)}"  # a page or a redirect: made for a browser, so a browser gets it
        else:
            body = reading.unwrapped(reply.body, "authorize")
            url = _url(body)
            attempt = msgspec.structs.replace(attempt, issuer=reading.text(body.get("issuer")) or attempt.issuer)
        return authorization_url.adopt(url, attempt, self._transport.address)

    async def complete(self, attempt: Authorization, code: str) -> SignedIn:
        """`POST .../oauth/{provider}/callback {code, state, code_verifier, redirect_uri}` gives tokens."""
        operation = Operation(
            session=True,
            name="oauth.callback",
            method="POST",
            routes=(f"{self._base}/oauth/{{provider}}/callback",),
            effect=Effect.WRITE,
            authenticated=False,
        )
        try:
            reply = await self._transport.call(
                operation,
                fields={"provider": attempt.provider},
                payload={
                    "code": code,
                    "state": attempt.state,
                    "code_verifier": attempt.verifier,
                    "redirect_uri": attempt.redirect_uri,
                },
            )
        except Rejected as exc:
            if exc.status != _BAD_GRANT:
                raise
            raise BrowserSignInFailed(
                exc.detail, reason=BrowserSignInReason.REFUSED, code=exc.code, request_id=exc.request_id
            ) from exc
        body = reading.unwrapped(reply.body, "tokens")
        if (error := reading.text(body.get("error"))) or body.get("success") is False:
            raise ProtocolViolation(f"an error in an answer of success: {error[:64]}", field="error")
        refuse_challenge(body)
        return await self._read_signed_in(reply, body)


def read_providers(body: object) -> tuple[Provider, ...]:
    """`[{name, issuer?}]` or `{providers: [{provider, name, configured, enabled}]}`, without those switched off."""
    found: dict[str, Provider] = {}
    for entry in reading.listing(body, "providers"):
        provider = _provider(entry)
        if provider is not None and len(found) < PROVIDERS_LIMIT:
            found.setdefault(provider.id, provider)
    return tuple(found.values())


def _provider(entry: object) -> Provider | None:
    if isinstance(entry, str):
        entry = {"name": entry}
    if not isinstance(entry, Mapping) or entry.get("enabled") is False or entry.get("configured") is False:
        return None
    names = [reading.text(entry.get(key)) for key in ("provider", "id", "slug", "name")]
    name = next((name for name in names if name), "")
    if not _NAME.fullmatch(name):
        return None
    titles = [reading.text(entry.get(key)) for key in ("display_name", "title", "name")]
    title = next((title for title in titles if title), name)
    return Provider(id=name, title=title[:64], issuer=reading.text(entry.get("issuer")))


def _url(body: Mapping[str, object]) -> str:
    """Never shortened or mended: an address that is not as it came is another one."""
    for name in ("authorization_url", "authorize_url", "url"):
        if isinstance(url := body.get(name), str) and url:
            return url
    raise ProtocolViolation("authorization_url is missing", field="authorization_url")
