"""One HTTP client for one gateway: signs, sends within a deadline, reads within limits, tracks every attempt."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from console import __version__
from console.api import body, etags, failures, network
from console.api.deadline import Deadline
from console.api.http1.sender import Sender
from console.api.opening import Opening
from console.model.errors import ConnectionLost, GatewatchError, GatewayError, TenantRequired, Unauthorized
from console.model.exchange import Exchange, Reason
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from console.api.auth import Bearer
    from console.api.contract import Platform
    from console.api.http1.connection import Outgoing
    from console.model.address import Address
    from console.model.capability import Operation
    from console.model.network import NetworkOptions

_SLASH_REDIRECTS = frozenset({307, 308})
_UNAUTHORIZED = 401

_ALWAYS = {
    "User-Agent": f"{network.USER_AGENT}/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": ", ".join(body.ENCODINGS),
    "Connection": "keep-alive",
}
_BODILESS = frozenset({"GET", "OPTIONS"})
_NOTHING = httpx.ByteStream(b"")
_NOTHING_TO_RENEW = frozenset({RenewalCode.NOT_RENEWABLE, RenewalCode.FRESH})


@dataclass(frozen=True, kw_only=True)
class Call:
    """One operation on one route, with all its attempts. The deadline, in the loop's time, is theirs together.

    `numbers` counts the attempts of the operation over all routes and tries, which `call_id` ties together; `reason` is
    that of the first attempt on this route, and `login` the one that the operation is for.
    """

    operation: Operation
    method: str
    route: str
    headers: Mapping[str, str]
    deadline: float
    numbers: Iterator[int]
    call_id: str
    reason: Reason
    login: int

    @property
    def named(self) -> str:
        """Method and route, for errors."""
        return f"{self.method} {self.route}"

    @property
    def request_id(self) -> str:
        """The id that all attempts carry."""
        return self.headers["X-Request-ID"]

    def within_deadline(self, route: str) -> AbstractAsyncContextManager[None]:
        """Around whatever may take time; the error blames `route`, empty for what is not the call's own doing.

        Raises:
            ConnectionLost: The deadline is over.
        """
        return Deadline(asyncio.timeout_at(self.deadline), lambda: self._over(route))

    def _over(self, route: str) -> ConnectionLost:
        return ConnectionLost(
            f"no answer within {self.operation.timeout_s:g} s",
            timed_out=True,
            route=route,
            request_id=self.request_id,
        )

    @property
    def outgoing(self) -> Outgoing | None:
        """The body of the request, where it is too large for a library that holds it."""
        return None

    async def receive(self, response: httpx.Response) -> bytes:
        """What of an answer is to be judged."""
        return await body.read(response, route=self.named, request_id=self.request_id)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came over the wire; `error` when it says no or makes no sense."""

    response: httpx.Response
    exchange: Exchange
    body: object = None
    raw: bytes = b""
    error: GatewayError | None = None


class TrackedClient:
    """All connections of one session to its gateway. Closed by whoever made it."""

    def __init__(
        self,
        address: Address,
        platform: Platform,
        bearer: Bearer,
        observe: Callable[[Exchange], None],
        options: NetworkOptions,
    ) -> None:
        self._platform = platform
        self._bearer = bearer
        self._observe = observe
        self._sender = Sender(address, options)
        self._http = httpx.AsyncClient(
            verify=network.tls_for(address, options),
            proxy=network.http_proxy(address, options),
            trust_env=False,
            cookies=_no_cookies(),
            timeout=None,  # noqa: S113  (every call has a total deadline)
            limits=httpx.Limits(max_connections=16, keepalive_expiry=30.0),
        )

    async def close(self) -> None:
        """Close every connection. Requests still under way fail."""
        self._sender.close()
        await self._http.aclose()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        json: object = None,
        data: Mapping[str, str] | None = None,
        streamed: bool = False,
    ) -> httpx.Request:
        """A request, not sent yet; `streamed` when its body comes from elsewhere."""
        there = _parsed(url) if params is None else httpx.URL(url, params=params)
        merged = {"Host": there.netloc.decode("ascii"), **_ALWAYS, **headers}
        if streamed or method in _BODILESS:
            return httpx.Request(method, there, headers=merged, stream=_NOTHING)  # spares httpx to look for a body
        return httpx.Request(method, there, json=json, data=data, headers=merged)

    async def ask(self, request: httpx.Request, call: Call, *, authenticated: bool) -> Answer:
        """Send, and once more where a redirect only adds or drops a slash."""
        answer = await self._signed(request, call, call.reason, authenticated=authenticated)
        path = _path_with_slash_toggled(request.url, answer.response)
        if path is None:
            return answer
        there = request.url.copy_with(raw_path=path)
        again = httpx.Request(request.method, there, headers=request.headers, stream=request.stream)
        return await self._signed(again, call, Reason.SLASH, authenticated=authenticated)

    async def _signed(self, request: httpx.Request, call: Call, reason: Reason, *, authenticated: bool) -> Answer:
        """Send with the token, where one is due; when it is refused, renew it once and send once more."""
        if not authenticated:
            return await self._attempt(request, call, reason)
        async with call.within_deadline(""):
            token = await self._bearer.sign(request, call.login)
        answer = await self._attempt(request, call, reason, authenticated=True)
        refused = answer.response.status_code == _UNAUTHORIZED or isinstance(answer.error, TenantRequired)
        if token is None or not refused:
            return answer
        try:
            async with call.within_deadline(""):
                await self._bearer.renew(request, token, call.login)
        except Unauthorized as exc:
            if isinstance(answer.error, TenantRequired) and exc.code in _NOTHING_TO_RENEW:
                return answer  # so it is no ended token in disguise
            raise
        return await self._attempt(request, call, Reason.RENEWED, authenticated=True)

    async def _attempt(
        self, request: httpx.Request, call: Call, reason: Reason, *, authenticated: bool = False
    ) -> Answer:
        """Once over the wire, tracked. An answer that says no is an answer; only its absence is raised."""
        number = next(call.numbers)
        sent_at, started = datetime.now(UTC), time.perf_counter()

        def tracked(response: httpx.Response | None, error: GatewatchError | None) -> Exchange:
            told = dict(response.headers.items()) if response is not None else {}  # once: httpx takes its time
            exchange = Exchange(
                at=sent_at,
                operation=call.operation.name,
                method=call.method,
                route=call.route,
                status=response.status_code if response is not None else None,
                error=type(error).__name__ if error is not None else "",
                total_ms=(time.perf_counter() - started) * 1000,
                gateway_ms=_milliseconds(told, self._platform.gateway_ms_header),
                upstream_ms=_milliseconds(told, self._platform.upstream_ms_header),
                request_id=failures.request_id_of(told) or call.request_id,
                attempt=number,
                said_at=_said_at(told),
                call_id=call.call_id,
                reason=reason,
                service=call.operation.circuit,
                authenticated=authenticated,
            )
            self._observe(exchange)
            return exchange

        try:
            async with call.within_deadline(call.named):
                response, raw = await self._exchange(request, call)
        except GatewatchError as exc:
            tracked(None, exc)
            raise
        try:
            decoded = None if etags.is_not_modified(request, response) else _judged(response, raw, call)
        except GatewayError as exc:
            meant = self._platform.understand(exc)
            return Answer(response=response, exchange=tracked(response, meant), error=meant)
        return Answer(response=response, exchange=tracked(response, None), body=decoded, raw=raw)

    async def _exchange(self, request: httpx.Request, call: Call) -> tuple[httpx.Response, bytes]:
        request.extensions["trace"] = Opening()
        try:
            response = await self._sent(request, call)
            async with contextlib.aclosing(response):
                return response, await call.receive(response)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError) as exc:
            raise failures.from_httpx(exc, call.named, call.request_id) from exc

    async def _sent(self, request: httpx.Request, call: Call) -> httpx.Response:
        if call.outgoing is None:
            return await self._http.send(request, auth=None, stream=True, follow_redirects=False)
        return await self._sender.send(request, call.outgoing, route=call.named, request_id=call.request_id)


@functools.lru_cache(256)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


def _judged(response: httpx.Response, raw: bytes, call: Call) -> object:
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


def _said_at(told: Mapping[str, str]) -> datetime | None:
    said = failures.http_date(told.get("date"))
    return None if said is None else datetime.fromtimestamp(said, UTC)


def _milliseconds(told: Mapping[str, str], header: str) -> float | None:
    try:
        value = float(told.get(header.lower(), ""))
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None  # noqa: PLR2004  (nan, infinity and nonsense are no duration)
