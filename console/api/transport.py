"""One way to a gateway: headers, token, deadline, size limit, tracking, errors of our own tree."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from console import __version__
from console.api import failures, network
from console.api.auth import ATTEMPT, BearerAuth
from console.api.contract import RequestContext
from console.api.routes import ABSENT, RouteTable, offers
from console.model.capability import Effect
from console.model.errors import ConnectionLost, GatewayError, NotAGateway, NotOffered, ProtocolViolation
from console.model.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.api.contract import Platform, TokenSource
    from console.model.address import Address
    from console.model.capability import Operation

JSON_LIMIT_BYTES = 16 * 1024 * 1024
_SLASH_REDIRECTS = frozenset({307, 308})


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A good answer.

    Attributes:
        status: HTTP status, 2xx unless the caller accepts others.
        headers: Case-insensitive.
        body: Decoded JSON; None for an empty body.
        exchange: What tracking kept of it.
        clock_offset_s: Server's clock minus ours at the middle of the exchange; None without a `Date` header.
        cookies: What the answer set, by name.
    """

    status: int
    headers: Mapping[str, str]
    body: object
    exchange: Exchange
    clock_offset_s: float | None
    cookies: Mapping[str, str]


class Transport:
    """All HTTP of one session. Closed by whoever made it.

    Redirects are not followed, but for a missing or surplus slash: such a redirect's path is asked once more on the
    gateway itself, whatever host it names, because upstreams name their own.
    """

    def __init__(
        self,
        address: Address,
        platform: Platform,
        *,
        tokens: TokenSource,
        observe: Callable[[Exchange], None],
        tenant: str = "",
    ) -> None:
        self.address = address
        self.tenant = tenant
        self._platform = platform
        self._observe = observe
        self._auth = BearerAuth(tokens, address)
        self._routes = RouteTable()
        self._client = httpx.AsyncClient(
            verify=network.verify_for(address),
            trust_env=network.uses_environment_proxy(address),
            headers={"User-Agent": f"{network.USER_AGENT}/{__version__}", "Accept": "application/json"},
            timeout=None,  # noqa: S113  (every call has a total deadline)
            limits=httpx.Limits(max_connections=16, keepalive_expiry=30.0),
        )

    async def close(self) -> None:
        """Close every connection. Requests still under way fail."""
        await self._client.aclose()

    def forget_routes(self) -> None:
        """Probe again which routes this gateway has."""
        self._routes.forget()

    def context_headers(self, path: str) -> dict[str, str]:
        """The platform's own headers for a request to `path`, for feeds that open their own connection."""
        context = RequestContext(request_id=str(uuid.uuid4()), sent_at=datetime.now(UTC), path=path, tenant=self.tenant)
        return {"X-Request-ID": context.request_id, **self._platform.headers(context)}

    async def call(
        self,
        operation: Operation,
        *,
        fields: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        payload: object = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send an operation and read its answer.

        Routes are tried in order for a read; for anything else the route is chosen by OPTIONS first, so that nothing
        is done twice.

        Args:
            operation: What to ask.
            fields: Values for `{name}` in the route; quoted here.
            params: Query.
            payload: Sent as JSON when not None.
            cookies: Sent with this request only.

        Raises:
            NotOffered: No candidate route lives on this gateway.
            GatewayError: Whatever else went wrong.
        """
        candidates = self._routes.candidates(operation)
        if len(candidates) > 1 and operation.effect is not Effect.READ:
            candidates = (await self._choose(operation, candidates, fields or {}),)
        answers: list[str] = []
        for route in candidates:
            try:
                reply = await self._send(operation, route, fields or {}, params, payload, cookies)
            except GatewayError as exc:
                if exc.status not in ABSENT or (fields and exc.status == 404):  # noqa: PLR2004  (one resource)
                    raise
                answers.append(f"{operation.method} {route}: {exc.status}")
            else:
                self._routes.remember(operation, route)
                return reply
        raise NotOffered(f"{operation.name} is not offered", answers=answers)

    async def _choose(self, operation: Operation, candidates: tuple[str, ...], fields: Mapping[str, str]) -> str:
        answers: list[str] = []
        for route in candidates:
            headers = self.context_headers(route)
            request = self._client.build_request("OPTIONS", self._url(route, fields), headers=headers)
            response, _raw = await self._exchange(request, f"OPTIONS {route}", operation.timeout_s, authenticated=False)
            if offers(response.status_code, response.headers, operation.method):
                self._routes.remember(operation, route)
                return route
            answers.append(f"OPTIONS {route}: {response.status_code}")
        raise NotOffered(f"{operation.name} is not offered", answers=answers)

    async def _send(
        self,
        operation: Operation,
        route: str,
        fields: Mapping[str, str],
        params: Mapping[str, str] | None,
        payload: object,
        cookies: Mapping[str, str] | None,
    ) -> Reply:
        headers = self.context_headers(route)
        request_id = headers["X-Request-ID"]
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        request = self._client.build_request(
            operation.method, self._url(route, fields), params=params, json=payload, headers=headers
        )
        sent_at, started = datetime.now(UTC), time.perf_counter()
        response: httpx.Response | None = None
        error: GatewayError | None = None
        raw = b""
        named = f"{operation.method} {route}"
        try:
            response, raw = await self._exchange(
                request, named, operation.timeout_s, authenticated=operation.authenticated
            )
            response, raw = await self._after_slash(request, response, raw, named, operation)
            if not response.is_success:
                error = failures.from_answer(
                    response.status_code, response.headers, raw, route=named, request_id=request_id
                )
        except GatewayError as exc:
            error = exc
        exchange = Exchange(
            at=sent_at,
            operation=operation.name,
            method=operation.method,
            route=route,
            status=response.status_code if response is not None else None,
            error=type(error).__name__ if error else "",
            total_ms=(time.perf_counter() - started) * 1000,
            gateway_ms=_milliseconds(response, self._platform.gateway_ms_header),
            upstream_ms=_milliseconds(response, self._platform.upstream_ms_header),
            request_id=(failures.request_id_of(response.headers) if response is not None else "") or request_id,
            attempt=request.extensions.get(ATTEMPT, 1),
        )
        self._observe(exchange)
        if error is not None or response is None:
            raise error or GatewayError(route=named, request_id=request_id)
        return Reply(
            status=response.status_code,
            headers=response.headers,
            body=decode(raw, response.headers, route=named, request_id=exchange.request_id),
            exchange=exchange,
            clock_offset_s=_clock_offset_s(response.headers, sent_at, exchange.total_ms),
            cookies=dict(response.cookies),
        )

    async def _after_slash(
        self, request: httpx.Request, response: httpx.Response, raw: bytes, named: str, operation: Operation
    ) -> tuple[httpx.Response, bytes]:
        """Ask once more where a redirect only adds or drops a slash."""
        if response.status_code not in _SLASH_REDIRECTS:
            return response, raw
        path = httpx.URL(response.headers.get("location", "")).path
        if path == request.url.path or path.rstrip("/") != request.url.path.rstrip("/"):
            return response, raw
        again = self._client.build_request(
            request.method, request.url.copy_with(path=path), content=request.content, headers=request.headers
        )
        return await self._exchange(again, named, operation.timeout_s, authenticated=operation.authenticated)

    async def _exchange(
        self, request: httpx.Request, named: str, timeout_s: float, *, authenticated: bool
    ) -> tuple[httpx.Response, bytes]:
        request_id = request.headers.get("X-Request-ID", "")
        response: httpx.Response | None = None
        self._client.cookies.clear()  # the session keeps the cookies it wants, itself
        try:
            async with asyncio.timeout(timeout_s):
                try:
                    response = await self._client.send(
                        request, auth=self._auth if authenticated else None, stream=True, follow_redirects=False
                    )
                    return response, await _read(response, named, request_id)
                finally:
                    if response is not None:
                        await response.aclose()
        except TimeoutError as exc:
            raise ConnectionLost(
                f"no answer within {timeout_s:g} s", timed_out=True, route=named, request_id=request_id
            ) from exc
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as exc:
            raise failures.from_httpx(exc, named, request_id) from exc

    def _url(self, route: str, fields: Mapping[str, str]) -> str:
        filled = route.format(**{name: quote(value, safe="") for name, value in fields.items()})
        return self.address.text + filled


def decode(raw: bytes, headers: Mapping[str, str], *, route: str, request_id: str) -> object:
    """The JSON of a body; None for an empty one.

    Raises:
        NotAGateway: It is a web page.
        ProtocolViolation: It is no JSON, or JSON beyond reason.
    """
    if not raw:
        return None
    kind = headers.get("content-type", "")
    if failures.is_page(kind, raw):
        raise NotAGateway("the answer is a web page", content_type=kind, route=route)
    try:
        decoded: object = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise ProtocolViolation(f"no JSON: {exc}", field="body", route=route, request_id=request_id) from exc
    return decoded


async def _read(response: httpx.Response, named: str, request_id: str) -> bytes:
    """The decompressed body, refused as soon as it passes the limit."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > JSON_LIMIT_BYTES:
            raise ProtocolViolation(
                f"the body is larger than {JSON_LIMIT_BYTES} bytes", field="body", route=named, request_id=request_id
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _milliseconds(response: httpx.Response | None, header: str) -> float | None:
    if response is None or not header:
        return None
    try:
        value = float(response.headers.get(header, ""))
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None  # noqa: PLR2004  (nan, infinity and nonsense are no duration)


def _clock_offset_s(headers: Mapping[str, str], sent_at: datetime, total_ms: float) -> float | None:
    said = failures.http_date(headers.get("date"))
    if said is None:
        return None
    return said - (sent_at.timestamp() + total_ms / 2000)
