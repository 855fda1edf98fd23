"""One way to a gateway, as an ordered pipeline.

Read-only switch, sharing of equal reads, request budget, circuit, retries, route choice; then, in
`console.api.client`, token, deadline, size limits and tracking.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from console.api import etags, network
from console.api.asking import Asked, Reply, Tries, clock_offset_s, cookies
from console.api.auth import Bearer
from console.api.breaker import Breaker
from console.api.budget import RequestBudget
from console.api.client import TrackedClient
from console.api.coalesce import Coalescer
from console.api.contract import RequestContext
from console.api.downloading import Download
from console.api.retry import broke_off, wait_before_retry
from console.api.routes import ABSENT, NONE_NAMED, UNTAKEN, RouteTable, offers
from console.api.uploading import Upload
from console.model.capability import Effect
from console.model.errors import (
    GatewayError,
    NotAGateway,
    NotOffered,
    RateLimited,
    ReadOnly,
    ServiceFailed,
)
from console.model.exchange import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from console.api.contract import Platform, TokenSource
    from console.api.multipart import Part
    from console.api.sending import Sending, Sink
    from console.api.streaming import Streamed
    from console.model.address import Address
    from console.model.capability import Operation
    from console.model.exchange import Exchange
    from console.model.network import NetworkOptions

__all__ = ["Reply", "Transport"]

_NOT_FOUND = 404
_UNTELLING = (ServiceFailed, RateLimited, NotAGateway)


class Transport:
    """All HTTP of one session. Closed by whoever made it.

    Redirects are not followed, but for a missing or surplus slash: such a redirect's path is asked once more on the
    gateway itself, whatever host it names, because upstreams name their own.
    """

    def __init__(  # noqa: PLR0913  (one argument for each thing that a profile may say)
        self,
        address: Address,
        platform: Platform,
        *,
        tokens: TokenSource,
        observe: Callable[[Exchange], None],
        tenant: str = "",
        options: NetworkOptions = network.DEFAULT,
        read_only: bool = False,
        admin: Transport | None = None,
        services: Sequence[str] = (),
        routes: Mapping[str, str] = NONE_NAMED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        network.check(address, options)
        self.address = address
        self.tenant = tenant
        self.options = options
        self.breaker = Breaker(clock)
        self.budget = RequestBudget(platform.polls_per_minute, clock)
        self._reads: Coalescer[Reply] = Coalescer()
        self.admin = admin  # closed with this one
        self.services = services  # that the profile names beside those of the guide
        self._read_only = read_only
        self._written = 0
        self._platform = platform
        self._bearer = Bearer(tokens, address)
        self._client = TrackedClient(address, platform, self._bearer, observe, options)
        self._routes = RouteTable(routes)

    async def close(self) -> None:
        """Close every connection. Requests still under way fail."""
        try:
            await self._client.close()
        finally:
            if self.admin is not None:
                await self.admin.close()

    def begin_login(self) -> None:
        """Somebody else may be signed in from now on: what is under way is not for them, nor sent in their name."""
        self._bearer.login += 1

    def begin_anew(self) -> None:
        """Probe again which routes this gateway has, and every service that is left alone."""
        self._routes.forget_all()
        self.breaker.probe_now()
        if self.admin is not None:
            self.admin.begin_anew()

    def context_headers(self, path: str, tenant: str | None = None) -> dict[str, str]:
        """The platform's own headers for a request to `path`, for feeds that open their own connection."""
        context = RequestContext(
            request_id=str(uuid.uuid4()),
            sent_at=datetime.now(UTC),
            path=path,
            tenant=self.tenant if tenant is None else tenant,
        )
        return {"X-Request-ID": context.request_id, **self._platform.headers(context)}

    async def call(  # noqa: PLR0913  (one argument for each part of a request)
        self,
        operation: Operation,
        *,
        fields: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        payload: object = None,
        form: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        etag: str = "",
        idempotency_key: str = "",
        tenant: str | None = None,
    ) -> Reply:
        """Send an operation and read its answer: refused, shared, held back, retried as its effect allows.

        Routes are tried in order for a read; for anything else the route is chosen by OPTIONS first, so that nothing
        is done twice.

        Args:
            operation: What to ask.
            fields: Values for `{name}` in the route; quoted here.
            params: Query.
            payload: Sent as JSON when not None.
            form: Sent as an HTML form when not None.
            cookies: Sent with this request only.
            etag: Names the answer that the caller has, if any; only a read by GET carries it.
            idempotency_key: Names a write; the same for every sending of it. Where the platform honours keys, the
                write is retried like a read.
            tenant: Acted for with this request only; None for the session's own.

        Raises:
            NotOffered: No candidate route lives on this gateway.
            GatewayError: Whatever else went wrong.
        """
        if operation.admin:
            return await self._ask_admin(operation, fields=fields, params=params, etag=etag)
        operation = self._allowed(operation)
        request = Asked(
            fields=fields or {},
            params=params,
            payload=payload,
            form=form,
            cookies=cookies,
            etag=etag,
            key=idempotency_key,
            tenant=self.tenant if tenant is None else tenant,  # however late the last try is
        )
        if operation.effect is not Effect.READ or cookies:
            try:
                return await self._persistent(operation, request)
            finally:
                self._written += not operation.session
        # Nobody shares another login's answer, nor one that was on its way before something was written.
        key = (operation.name, self._bearer.login, self._written, repr(request))
        return await self._reads.share(key, lambda: self._persistent(operation, request))

    async def upload(
        self,
        operation: Operation,
        *,
        parts: Callable[[str], Sequence[Part]],
        sending: Sending,
        fields: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a document as a form, once: never retried, but from the start after a refused token or a slash.

        No deadline but silence: see `console.api.uploading`. Cancelled, the connection is closed at once.

        Args:
            operation: What to ask; its route is chosen as for every write.
            parts: The form, in order, with one `FilePart`, for the route that takes it, as a template.
            sending: The document, and who is told how far it is.
            fields: Values for `{name}` in the route.
            params: Query.

        Raises:
            FileTrouble: The file is not what was checked; nothing whole was sent.
            GatewayError: It was not accepted, or nobody knows: see `Sending.sent_whole`.
        """
        return await self._stream(
            operation, Upload(operation, parts, sending), fields=fields, params=params, key=sending.idempotency_key
        )

    async def download(
        self,
        operation: Operation,
        *,
        sink: Sink,
        fields: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Reply:
        """Give the body of an answer to a sink, piece by piece; nothing is decoded. The reply's body is None.

        Raises:
            GatewayError: It broke off, or never began: what the sink has is not the whole.
        """
        return await self._stream(operation, Download(operation, sink), fields=fields, params=params)

    async def _stream(
        self,
        operation: Operation,
        streamed: Streamed,
        *,
        fields: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        key: str = "",
    ) -> Reply:
        operation = self._allowed(operation)
        asked = Asked(fields=fields or {}, params=params, key=key, tenant=self.tenant, streamed=streamed)
        try:
            return await self._persistent(operation, asked)
        finally:
            self._written += operation.effect is not Effect.READ

    def _allowed(self, operation: Operation) -> Operation:
        """As the profile routes it.

        Raises:
            ReadOnly: The profile forbids it.
        """
        if self._read_only and operation.effect is Effect.WRITE and not operation.session:
            raise ReadOnly(operation.name)
        return self._routes.of(operation)

    async def _ask_admin(
        self, operation: Operation, *, fields: Mapping[str, str] | None, params: Mapping[str, str] | None, etag: str
    ) -> Reply:
        """A read at the other address, by a transport that knows no token."""
        if self.admin is None:
            raise NotOffered("no admin address is given")
        there = msgspec.structs.replace(operation, admin=False, authenticated=False)
        return await self.admin.call(there, fields=fields, params=params, etag=etag)

    async def _persistent(self, operation: Operation, request: Asked) -> Reply:
        """Try as often as the effect, the error and the dialect allow. All tries together have one deadline."""
        loop = asyncio.get_running_loop()
        tries = Tries(
            deadline=loop.time() + operation.timeout_s,
            numbers=itertools.count(1),
            call_id=uuid.uuid4().hex,
            login=self._bearer.login,
        )
        named = {f"{method} {route}" for route in operation.routes for method in (operation.method, "OPTIONS")}
        for tried in itertools.count(1):
            if operation.polled:
                await self.budget.take(tries.deadline - loop.time())
            else:
                self.budget.spend()
            try:
                if operation.polled or operation.session:
                    return await self._routed(operation, request, tries)
                with self.breaker.guard(operation.circuit, named):
                    return await self._routed(operation, request, tries)
            except GatewayError as exc:
                if exc.route not in named:  # not this request's: the renewal of the token has rules of its own
                    raise
                self.budget.heard(exc)
                effect = Effect.IDEMPOTENT if operation.keyed and request.key else operation.effect
                wait_s = wait_before_retry(effect, exc, tried, self._platform.retry, _draw())
                if operation.polled or operation.session:
                    wait_s = 0.0 if tried == 1 and broke_off(operation, exc) else None
                if wait_s is None or request.streamed or loop.time() + wait_s >= tries.deadline:
                    raise
            await asyncio.sleep(wait_s)
            tries = replace(tries, reason=Reason.RETRY)
        raise AssertionError

    async def _routed(self, operation: Operation, request: Asked, tries: Tries) -> Reply:
        candidates = self._routes.candidates(operation)
        fields = request.fields
        later: tuple[str, ...] = ()
        if len(candidates) > 1 and operation.effect is not Effect.READ:
            chosen = await self._choose(operation, candidates, request, tries)
            later, candidates = candidates[candidates.index(chosen) + 1 :], (chosen,)
        answers: list[str] = []
        for route in candidates:
            try:
                reply = await self._send(operation, route, request, tries)
            except GatewayError as exc:
                gone = exc.status in ABSENT or isinstance(exc, NotOffered)
                if not gone or (fields and exc.status == _NOT_FOUND):  # one resource, not the route
                    raise
                answers.append(f"{operation.method} {route}: {exc.status}")
                tries = replace(tries, reason=Reason.ROUTE)
                if later and exc.status in UNTAKEN:  # it was asked in vain, whatever it said to OPTIONS
                    self._routes.forget(operation)
                    return await self._routed(msgspec.structs.replace(operation, routes=later), request, tries)
            else:
                self._routes.remember(operation, route)
                return reply
        self._routes.forget(operation)
        raise NotOffered(f"{operation.name} is not offered", answers=answers)

    async def _choose(self, operation: Operation, candidates: tuple[str, ...], asked: Asked, tries: Tries) -> str:
        """The first route that says, without doing anything, that it takes the operation's method.

        Raises:
            NotOffered: None does.
            GatewayError: A route is in no state to tell; that is never remembered.
        """
        answers: list[str] = []
        for route in candidates:
            headers = self.context_headers(route, asked.tenant)
            call = replace(tries, reason=Reason.PROBE).call(operation, "OPTIONS", route, headers)
            request = self._client.request("OPTIONS", self._url(route, asked.fields), headers=call.headers)
            answer = await self._client.ask(request, call, authenticated=False)
            status = answer.response.status_code
            if isinstance(answer.error, _UNTELLING) and status not in ABSENT:
                raise answer.error
            if offers(status, answer.response.headers, operation.method):
                self._routes.remember(operation, route)
                return route
            answers.append(f"OPTIONS {route}: {status}")
        raise NotOffered(f"{operation.name} is not offered", answers=answers)

    async def _send(self, operation: Operation, route: str, request: Asked, tries: Tries) -> Reply:
        headers = self.context_headers(route, request.tenant)
        call = tries.call(operation, operation.method, route, headers, request.streamed)
        if request.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
        headers |= etags.condition(operation, request.etag)
        if request.key:
            headers["Idempotency-Key"] = request.key
        built = self._client.request(
            operation.method,
            self._url(route, request.fields),
            params=request.params,
            json=request.payload,
            data=request.form,
            streamed=request.streamed is not None,
            headers=headers,
        )
        if request.streamed is not None:
            request.streamed.prepare(built, route)
        answer = await self._client.ask(built, call, authenticated=operation.authenticated)
        if answer.error is not None:
            raise answer.error
        return Reply(
            status=answer.response.status_code,
            headers=answer.response.headers,
            body=answer.body,
            exchange=answer.exchange,
            clock_offset_s=clock_offset_s(answer.response.headers, answer.exchange),
            cookies=cookies(answer.response),
            raw=answer.raw,
        )

    def _url(self, route: str, fields: Mapping[str, str]) -> str:
        filled = route.format(**{name: quote(value, safe="") for name, value in fields.items()})
        return self.address.text + filled


def _draw() -> float:
    return random.random()  # noqa: S311  (spreads retries over time; no secret)
