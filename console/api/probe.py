"""Looking at each layer on its own, so that the right one is blamed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from console.api import failures, network
from console.model.blame import Layer, Probe, Verdict
from console.model.errors import ConnectFailed, ConnectReason, GatewayError

if TYPE_CHECKING:
    from console.model.address import Address

PROBE_TIMEOUT_S = 4.0
_SERVER_ERROR = 500


async def probe_layers(address: Address, timeout_s: float = PROBE_TIMEOUT_S) -> Verdict:
    """Network, then TLS, then the gateway's HTTP; stops at the first layer that fails. Never raises for a failure.

    A refused connection clears the network: the host answered, nothing listens there. Behind a proxy the network
    probe still goes direct, and a failure there is no verdict: HTTP through the proxy is.
    """
    probes: list[Probe] = []
    proxied = network.uses_environment_proxy(address) and _has_proxy(address)
    if not proxied:
        probes += await _connect(address, timeout_s)
        if not probes[-1].ok:
            return Verdict(probes=tuple(probes))
    probes.append(await _http(address, timeout_s))
    return Verdict(probes=tuple(probes))


def _has_proxy(address: Address) -> bool:
    import urllib.request  # noqa: PLC0415  (only gateways beyond this machine need it)

    return not {address.scheme, "all"}.isdisjoint(urllib.request.getproxies()) and not urllib.request.proxy_bypass(
        address.host
    )


async def _connect(address: Address, timeout_s: float) -> list[Probe]:
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
    return [reached, await _handshake(address, timeout_s)]


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


async def _handshake(address: Address, timeout_s: float) -> Probe:
    look = _Look()
    try:
        async with asyncio.timeout(timeout_s):
            _reader, writer = await asyncio.open_connection(
                address.host,
                address.port,
                ssl=network.tls_context(),
                server_hostname=address.host,
                ssl_shutdown_timeout=1.0,
            )
    except TimeoutError:
        return look.failed(Layer.TLS, f"no handshake within {timeout_s:g} s", ConnectReason.TIMEOUT)
    except OSError as exc:
        error = failures.from_os_error(exc)
        return look.failed(error.layer, error.detail, type(error).__name__)
    version = writer.get_extra_info("ssl_object").version()
    await _hang_up(writer)
    return look.at(Layer.TLS, detail=f"{version}, certificate accepted")


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """Close for good: a transport left to close itself outlives a loop that ends now."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _http(address: Address, timeout_s: float) -> Probe:
    """Any answer below 500 is a gateway that speaks; what it says is judged by those who asked something.

    The body is never read: it may have no end.
    """
    look = _Look()
    try:
        async with (
            asyncio.timeout(timeout_s),
            _client(address) as client,
            client.stream("GET", address.text + "/") as response,
        ):
            status = response.status_code
    except TimeoutError:
        return look.failed(Layer.GATEWAY, f"no answer within {timeout_s:g} s", ConnectReason.TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        error: GatewayError = failures.from_httpx(exc, "GET /", "")
        return look.failed(error.layer, error.detail, type(error).__name__)
    if status >= _SERVER_ERROR:
        return look.failed(Layer.GATEWAY, f"answers {status}", "ServiceFailed")
    return look.at(Layer.GATEWAY, detail=f"answers {status}")


def _client(address: Address) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=network.verify_for(address),
        trust_env=network.uses_environment_proxy(address),
        headers={"User-Agent": network.USER_AGENT},
        timeout=None,  # noqa: S113  (the probe has a total deadline)
        follow_redirects=False,
    )


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
