"""Looking at each layer on its own, so that the right one is blamed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from console.api import failures, network
from console.api.opening import Opening
from console.model.blame import Layer, Probe, Verdict
from console.model.errors import ConnectFailed, GatewayError, TlsFailed
from console.model.reasons import ConnectReason

if TYPE_CHECKING:
    from console.model.address import Address
    from console.model.network import NetworkOptions

PROBE_TIMEOUT_S = 4.0
_SERVER_ERROR = 500


async def probe_layers(
    address: Address, options: NetworkOptions = network.DEFAULT, timeout_s: float = PROBE_TIMEOUT_S
) -> Verdict:
    """Network, then TLS, then the gateway's HTTP; stops at the first layer that fails. Never raises for a failure.

    A refused connection clears the network: the host answered, nothing listens there. Behind a proxy the network
    probe is left out: HTTP through the proxy is the verdict.

    Raises:
        AddressError: The options do not allow plain http there.
        ProfileError: The options can't be used.
    """
    network.check(address, options)
    probes: list[Probe] = []
    if network.proxy_for(address, options) is None:
        probes += await _connect(address, options, timeout_s)
        if not probes[-1].ok:
            return Verdict(probes=tuple(probes))
    probes.append(await _http(address, options, timeout_s))
    return Verdict(probes=tuple(probes))


async def _connect(address: Address, options: NetworkOptions, timeout_s: float) -> list[Probe]:
    """Name, route and port; then the handshake where the address is https."""
    look = _Look()
    try:
        writer = await _open(address, timeout_s)
    except OSError as exc:
        error = failures.from_os_error(exc)
        reason = error.reason if isinstance(error, ConnectFailed) else ConnectReason.OTHER
        if reason == ConnectReason.REFUSED:
            return [
                look.at(Layer.NETWORK, detail=f"{address.host} answers"),
                look.failed(Layer.GATEWAY, f"nothing listens on {address.host_port}", reason),
            ]
        return [look.failed(Layer.NETWORK, error.detail, reason)]
    await _hang_up(writer)
    reached = look.at(Layer.NETWORK, detail=f"{address.host_port} accepts connections")
    if address.scheme != "https":
        return [reached]
    return [reached, await _handshake(address, options, timeout_s)]


async def _open(address: Address, timeout_s: float) -> asyncio.StreamWriter:
    """Connect to the first address of the host that takes it; of several refusals the plainest is raised.

    Not left to asyncio: of several addresses it tells no more than a sentence, without the errors themselves.
    """
    loop = asyncio.get_running_loop()
    errors: list[OSError] = []
    async with asyncio.timeout(timeout_s):
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        for *_kind, (host, *_rest) in found:
            try:
                async with asyncio.timeout(timeout_s / len(found)):
                    _reader, writer = await asyncio.open_connection(str(host), address.port)
            except OSError as exc:
                errors.append(exc)
            else:
                return writer
    raise min(errors, key=lambda error: not isinstance(error, ConnectionRefusedError))


async def _handshake(address: Address, options: NetworkOptions, timeout_s: float) -> Probe:
    look = _Look()
    try:
        async with asyncio.timeout(timeout_s):
            _reader, writer = await asyncio.open_connection(
                address.host,
                address.port,
                ssl=network.tls_context(options),
                server_hostname=address.host,
                ssl_shutdown_timeout=1.0,
            )
    except TimeoutError:
        return look.failed(Layer.TLS, f"no handshake within {timeout_s:g} s", ConnectReason.TIMEOUT)
    except OSError as exc:
        # It was reached a moment ago: what breaks off now is the handshake. Some Pythons tell no more of it than that.
        broke_off = isinstance(exc, ConnectionResetError | ConnectionAbortedError | BrokenPipeError)
        error = failures.hung_up() if broke_off else failures.from_os_error(exc)
        return look.failed(error.layer, error.detail, _reason(error))
    version = writer.get_extra_info("ssl_object").version()
    await _hang_up(writer)
    return look.at(Layer.TLS, detail=f"{version}, certificate accepted")


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """Close for good: a transport left to close itself outlives a loop that ends now."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _http(address: Address, options: NetworkOptions, timeout_s: float) -> Probe:
    """Any answer below 500 is a gateway that speaks; what it says is judged by those who asked something.

    The body is never read: it may have no end.
    """
    look = _Look()
    try:
        async with (
            asyncio.timeout(timeout_s),
            _client(address, options) as client,
            client.stream("GET", address.text + "/", extensions={"trace": Opening()}) as response,
        ):
            status = response.status_code
    except TimeoutError:
        return look.failed(Layer.GATEWAY, f"no answer within {timeout_s:g} s", ConnectReason.TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as exc:
        error: GatewayError = failures.from_httpx(exc, "GET /", "")
        return look.failed(error.layer, error.detail, _reason(error))
    if status >= _SERVER_ERROR:
        return look.failed(Layer.GATEWAY, f"answers {status}", "ServiceFailed")
    return look.at(Layer.GATEWAY, detail=f"answers {status}")


def _client(address: Address, options: NetworkOptions) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=network.tls_for(address, options),
        proxy=network.http_proxy(address, options),
        trust_env=False,
        headers={"User-Agent": network.USER_AGENT},
        timeout=None,  # noqa: S113  (the probe has a total deadline)
        follow_redirects=False,
    )


def _reason(error: GatewayError) -> str:
    return (error.reason if isinstance(error, TlsFailed) else "") or type(error).__name__


class _Look:
    """Times one look."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def at(self, layer: Layer, *, detail: str) -> Probe:
        return Probe(layer=layer, ok=True, at=datetime.now(UTC), ms=self._ms(), detail=detail)

    def failed(self, layer: Layer, detail: str, reason: str) -> Probe:
        return Probe(layer=layer, ok=False, at=datetime.now(UTC), ms=self._ms(), detail=detail, reason=reason)

    def _ms(self) -> float:
        return (time.perf_counter() - self._started) * 1000
