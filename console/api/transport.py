"""One way to a gateway: headers, token, deadline, size limit, tracking, errors of our own tree."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from console import __version__
from console.api import body, failures, network
from console.api.auth import Bearer
from console.api.contract import RequestContext
from console.api.routes import ABSENT, RouteTable, offers
from console.model.capability import Effect
from console.model.errors import ConnectionLost, GatewayError, NotAGateway, NotOffered, RateLimited, ServiceFailed
from console.model.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from console.api.contract import Platform, TokenSource
    from console.model.address import Address
    from console.model.capability import Operation
    from console.model.network import NetworkOptions

_SLASH_REDIRECTS = frozenset({307, 308})
_UNAUTHORIZED = 401
_NOT_FOUND = 404
_UNTELLING = (ServiceFailed, RateLimited, NotAGateway)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A good answer.

    Attributes:
        status: HTTP status, 2xx unless the caller accepts others.
        headers: Case-insensitive.
        body: Decoded JSON; None for an empty body.
        exchange: What tracking kept of it.
        clock_offset_s: Server's clock minus ours at the middle of the exchange; None without a `Date` header.
        cookies: What the answer set, by name; only those whose values a header may carry back.
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
        options: NetworkOptions = network.DEFAULT,
    ) -> None:
        network.check(address, options)
        self.address = address
        self.tenant = tenant
        self.options = options
        self._platform = platform
        self._observe = observe
        self._bearer = Bearer(tokens, address)
        self._routes = RouteTable()
        self._client = httpx.AsyncClient(
            verify=network.tls_for(address, options),
            proxy=network.http_proxy(address, options),
            trust_env=False,
            headers={
                "User-Agent": f"{network.USER_AGENT}/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": ", ".join(body.ENCODINGS),
            },
            cookies=_no_cookies(),
            timeout=None,  # noqa: S113  (every call has a total deadline)
            limits=httpx.Limits(max_connections=16, keepalive_expiry=30.0),
        )

    async def close(self) -> None:
        """Close every connection. Requests still under way fail."""
        await self._client.aclose()

    def forget_routes(self) -> None:
        """Probe again which routes this gateway has."""
        self._routes.forget_all()

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
                if exc.status not in ABSENT or (fields and exc.status == _NOT_FOUND):  # one resource, not the route
                    raise
                answers.append(f"{operation.method} {route}: {exc.status}")
            else:
                self._routes.remember(operation, route)
                return reply
        self._routes.forget(operation)
        raise NotOffered(f"{operation.name} is not offered", answers=answers)

    async def _choose(self, operation: Operation, candidates: tuple[str, ...], fields: Mapping[str, str]) -> str:
        """The first route that says, without doing anything, that it takes the operation's method.

        Raises:
            NotOffered: None does.
            GatewayError: A route is in no state to tell; that is never remembered.
        """
        answers: list[str] = []
        for route in candidates:
            call = self._begin(operation, "OPTIONS", route)
            request = self._client.build_request("OPTIONS", self._url(route, fields), headers=call.headers)
            answer = await self._ask(request, call, authenticated=False)
            status = answer.response.status_code
            if isinstance(answer.error, _UNTELLING) and status not in ABSENT:
                raise answer.error
            if offers(status, answer.response.headers, operation.method):
                self._routes.remember(operation, route)
                return route
            answers.append(f"OPTIONS {route}: {status}")
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
        call = self._begin(operation, operation.method, route)
        headers = dict(call.headers)
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        request = self._client.build_request(
            operation.method, self._url(route, fields), params=params, json=payload, headers=headers
        )
        answer = await self._ask(request, call, authenticated=operation.authenticated)
        if answer.error is not None:
            raise answer.error
        return Reply(
            status=answer.response.status_code,
            headers=answer.response.headers,
            body=answer.body,
            exchange=answer.exchange,
            clock_offset_s=_clock_offset_s(answer.response.headers, answer.exchange),
            cookies=_cookies(answer.response),
        )

    def _begin(self, operation: Operation, method: str, route: str) -> _Call:
        headers = self.context_headers(route)
        deadline = asyncio.get_running_loop().time() + operation.timeout_s
        return _Call(operation=operation, method=method, route=route, headers=headers, deadline=deadline)

    async def _ask(self, request: httpx.Request, call: _Call, *, authenticated: bool) -> _Answer:
        """Send, and once more where a redirect only adds or drops a slash."""
        answer = await self._signed(request, call, authenticated=authenticated)
        path = _path_with_slash_toggled(request.url, answer.response)
        if path is None:
            return answer
        again = self._client.build_request(
            request.method, request.url.copy_with(raw_path=path), content=request.content, headers=request.headers
        )
        return await self._signed(again, call, authenticated=authenticated, first=answer.exchange.attempt + 1)

    async def _signed(self, request: httpx.Request, call: _Call, *, authenticated: bool, first: int = 1) -> _Answer:
        """Send with the token, where one is due; when it is refused, renew it once and send once more."""
        if not authenticated:
            return await self._attempt(request, call, first)
        async with call.within_deadline():
            token = await self._bearer.sign(request)
        answer = await self._attempt(request, call, first)
        if token is None or answer.response.status_code != _UNAUTHORIZED:
            return answer
        async with call.within_deadline():
            await self._bearer.renew(request, token)
        return await self._attempt(request, call, first + 1)

    async def _attempt(self, request: httpx.Request, call: _Call, number: int) -> _Answer:
        """Once over the wire, tracked. An answer that says no is an answer; only its absence is raised."""
        sent_at, started = datetime.now(UTC), time.perf_counter()

        def tracked(response: httpx.Response | None, error: GatewayError | None) -> Exchange:
            said_id = failures.request_id_of(response.headers) if response is not None else ""
            exchange = Exchange(
                at=sent_at,
                operation=call.operation.name,
                method=call.method,
                route=call.route,
                status=response.status_code if response is not None else None,
                error=type(error).__name__ if error is not None else "",
                total_ms=(time.perf_counter() - started) * 1000,
                gateway_ms=_milliseconds(response, self._platform.gateway_ms_header),
                upstream_ms=_milliseconds(response, self._platform.upstream_ms_header),
                request_id=said_id or call.request_id,
                attempt=number,
            )
            self._observe(exchange)
            return exchange

        try:
            async with call.within_deadline():
                response, raw = await self._exchange(request, call)
        except GatewayError as exc:
            tracked(None, exc)
            raise
        try:
            decoded = _judged(response, raw, call)
        except GatewayError as exc:
            return _Answer(response=response, exchange=tracked(response, exc), error=exc)
        return _Answer(response=response, exchange=tracked(response, None), body=decoded)

    async def _exchange(self, request: httpx.Request, call: _Call) -> tuple[httpx.Response, bytes]:
        try:
            response = await self._client.send(request, auth=None, stream=True, follow_redirects=False)
            async with contextlib.aclosing(response):
                return response, await body.read(response, route=call.named, request_id=call.request_id)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError) as exc:
            raise failures.from_httpx(exc, call.named, call.request_id) from exc

    def _url(self, route: str, fields: Mapping[str, str]) -> str:
        filled = route.format(**{name: quote(value, safe="") for name, value in fields.items()})
        return self.address.text + filled


@dataclass(frozen=True, kw_only=True)
class _Call:
    """One operation on one route, with all its attempts. The deadline, in the loop's time, is theirs together."""

    operation: Operation
    method: str
    route: str
    headers: Mapping[str, str]
    deadline: float

    @property
    def named(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def request_id(self) -> str:
        return self.headers["X-Request-ID"]

    @contextlib.asynccontextmanager
    async def within_deadline(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(self.deadline):
                yield
        except TimeoutError as exc:
            raise ConnectionLost(
                f"no answer within {self.operation.timeout_s:g} s",
                timed_out=True,
                route=self.named,
                request_id=self.request_id,
            ) from exc


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What came over the wire; `error` when it says no or makes no sense."""

    response: httpx.Response
    exchange: Exchange
    body: object = None
    error: GatewayError | None = None


def _judged(response: httpx.Response, raw: bytes, call: _Call) -> object:
    if not response.is_success:
        raise failures.from_answer(
            response.status_code, response.headers, raw, route=call.named, request_id=call.request_id
        )
    said_id = failures.request_id_of(response.headers) or call.request_id
    return body.decode(raw, response.headers, route=call.named, request_id=said_id)


def _path_with_slash_toggled(url: httpx.URL, response: httpx.Response) -> bytes | None:
    """Our own path (and query) with the slash that the redirect asks for; None for any other answer.

    The redirect may name the upstream's host, and a path without the prefix that the gateway strips.
    """
    if response.status_code not in _SLASH_REDIRECTS:
        return None
    wanted = httpx.URL(response.headers.get("location", "")).path
    same = bool(wanted.strip("/")) and url.path.rstrip("/").endswith(wanted.rstrip("/"))
    if not same or wanted.endswith("/") == url.path.endswith("/"):
        return None
    path, mark, query = url.raw_path.partition(b"?")
    return (path + b"/" if wanted.endswith("/") else path.rstrip(b"/")) + mark + query


def _no_cookies() -> CookieJar:
    """A jar that keeps nothing and gives nothing: the session keeps the cookies it wants, itself."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


def _cookies(response: httpx.Response) -> dict[str, str]:
    """By name, whatever their paths: asking httpx for one of two cookies with the same name raises."""
    found = {cookie.name: cookie.value or "" for cookie in response.cookies.jar}
    return {name: value for name, value in found.items() if value.isascii() and value.isprintable()}


def _milliseconds(response: httpx.Response | None, header: str) -> float | None:
    if response is None or not header:
        return None
    try:
        value = float(response.headers.get(header, ""))
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None  # noqa: PLR2004  (nan, infinity and nonsense are no duration)


def _clock_offset_s(headers: Mapping[str, str], exchange: Exchange) -> float | None:
    said = failures.http_date(headers.get("date"))
    return None if said is None else said - (exchange.at.timestamp() + exchange.total_ms / 2000)
