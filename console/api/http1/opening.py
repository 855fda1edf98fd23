"""Connections to a gateway: directly or through a proxy, plain or with TLS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from console.api import failures, network
from console.api.http1.answer import MalformedAnswer
from console.api.http1.connection import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from console.model.address import Address
    from console.model.network import NetworkOptions

_NEXT_ADDRESS_S = 3.0
_PORTS = {"http": 80, "https": 443}
_TUNNELED = range(200, 300)


class Way:
    """How a gateway is reached.

    Attributes:
        absolute: Whether a request names the gateway in its first line: a proxy reads it.
        headers: That a request carries for the proxy.
    """

    def __init__(self, address: Address, options: NetworkOptions) -> None:
        self._address = address
        self._options = options
        proxy = network.proxy_for(address, options)
        self._proxy = urlsplit(proxy) if proxy is not None else None
        self._tunnel = self._proxy is not None and address.scheme == "https"
        self.absolute = self._proxy is not None and not self._tunnel
        self.headers = self._credentials() if self.absolute else b""

    async def connection(self, route: str, request_id: str) -> Connection:
        """A new one. Cancelled, or failed, nothing stays open.

        Raises:
            GatewayError: None came about; blames `route`.
        """
        host, port = self._address.host, self._address.port
        if self._proxy is not None:
            host = self._proxy.hostname or ""
            port = self._proxy.port or _PORTS[self._proxy.scheme]
        connection = await self._dialled(host, port, route, request_id)
        try:
            if self._proxy is not None and self._proxy.scheme == "https":
                await _secure(connection, network.proxy_tls(self._options), host, route, request_id)
            if self._tunnel:
                await self._through(connection, route, request_id)
            if self._address.scheme == "https":
                context = network.tls_for(self._address, self._options)
                await _secure(connection, context, self._address.host, route, request_id)
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _dialled(self, host: str, port: int, route: str, request_id: str) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            dialled = await _dial(host, port)
        except (OSError, ExceptionGroup) as exc:
            if self._proxy is not None:
                raise failures.from_proxy(f"the proxy can't be reached: {exc}", route, request_id) from exc
            raise failures.from_os_error(exc, route, request_id) from exc
        try:
            _transport, connection = await loop.create_connection(Connection, sock=dialled)
        except BaseException:
            dialled.close()
            raise
        return connection

    async def _through(self, connection: Connection, route: str, request_id: str) -> None:
        host = self._address.host_port
        head = f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n".encode() + self._credentials() + b"\r\n"
        try:
            answer = await connection.ask(head)
        except (OSError, MalformedAnswer) as exc:
            raise failures.from_proxy(f"the proxy opens no way: {exc}", route, request_id) from exc
        if answer.status not in _TUNNELED:
            raise failures.from_proxy(f"{answer.status}", route, request_id)

    def _credentials(self) -> bytes:
        if self._proxy is None or self._proxy.username is None:
            return b""
        said = f"{unquote(self._proxy.username)}:{unquote(self._proxy.password or '')}".encode()
        return b"Proxy-Authorization: Basic " + base64.b64encode(said) + b"\r\n"


async def _secure(connection: Connection, context: ssl.SSLContext, host: str, route: str, request_id: str) -> None:
    """Put TLS on a connection."""
    try:
        await connection.secure(context, host)
    except ssl.SSLError as exc:
        raise failures.from_tls(exc, route, request_id) from exc
    except OSError as exc:
        raise failures.hung_up(route, request_id) from exc


async def _dial(host: str, port: int) -> socket.socket:
    """A connected socket; each address but the last has only a moment.

    Raises:
        OSError: The name is not known, or its only address does not answer.
        ExceptionGroup: None of its addresses does.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    errors: list[OSError] = []
    for number, (family, kind, protocol, _name, address) in enumerate(found, 1):
        try:
            async with _closed_on_failure(socket.socket(family, kind, protocol)) as sock:
                sock.setblocking(False)
                async with asyncio.timeout(_NEXT_ADDRESS_S if number < len(found) else None):
                    await loop.sock_connect(sock, address)
                return sock
        except OSError as exc:
            errors.append(exc)
    if len(errors) == 1:
        raise errors[0]
    raise ExceptionGroup("no address answers", errors)


@contextlib.asynccontextmanager
async def _closed_on_failure(sock: socket.socket) -> AsyncIterator[socket.socket]:
    try:
        yield sock
    except BaseException:
        sock.close()
        raise
