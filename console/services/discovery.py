"""What stands at an address: probed layer by layer, and the platform proposed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx

from console.api import failures, network, registry
from console.api.contract import Fingerprint
from console.api.probe import probe_layers
from console.model.address import Address
from console.model.blame import Layer
from console.model.errors import ConnectFailed, ConnectionLost, NotAGateway, ServiceFailed, TlsFailed
from console.services.ports import Discovery, Proposal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.model.blame import Probe
    from console.model.errors import GatewayError

TIMEOUT_S = 6.0
BODY_LIMIT_BYTES = 256 * 1024
RECOGNISED = 0.3


async def discover(typed: str) -> Discovery:
    """See `console.services.ports.GatewayDirectory.discover`."""
    address = Address.parse(typed)
    platforms = [registry.platform(name) for name in registry.names()]
    verdict = await probe_layers(address)
    if (culprit := verdict.culprit) is not None:
        unfitting = tuple(Proposal(platform=one.name, title=one.title, fit=0.0) for one in platforms)
        return Discovery(address=address, verdict=verdict, proposals=unfitting, problem=_of_probe(culprit))
    prints, page = await _fingerprints(address, {path for one in platforms for path in one.fingerprints})
    proposals = sorted(
        (Proposal(platform=one.name, title=one.title, fit=one.recognise(prints)) for one in platforms),
        key=lambda proposal: -proposal.fit,
    )
    problem = NotAGateway("a web page answers here", content_type="text/html") if page else None
    if not problem and proposals[0].fit < RECOGNISED and not any(isinstance(one.body, dict) for one in prints.values()):
        problem = NotAGateway("no answer here is one of a gateway that this console knows")
    return Discovery(address=address, verdict=verdict, proposals=tuple(proposals), problem=problem)


async def _fingerprints(address: Address, paths: Iterable[str]) -> tuple[dict[str, Fingerprint], bool]:
    """Ask each path once without credentials. The second value says whether all answers were web pages."""
    async with httpx.AsyncClient(
        verify=network.verify_for(address),
        trust_env=network.uses_environment_proxy(address),
        headers={"User-Agent": network.USER_AGENT, "Accept": "application/json"},
        timeout=TIMEOUT_S,
    ) as client:
        named = list(paths)
        answers = await asyncio.gather(*(_ask(client, address.text + path) for path in named))
    found = {path: answer for path, answer in zip(named, answers, strict=True) if answer is not None}
    pages = [failures.is_page(answer.headers.get("content-type", ""), b"") for answer in found.values()]
    return found, bool(pages) and all(pages)


async def _ask(client: httpx.AsyncClient, url: str) -> Fingerprint | None:
    try:
        async with asyncio.timeout(TIMEOUT_S), client.stream("GET", url) as response:
            raw = b""
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > BODY_LIMIT_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError):
        return None
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Fingerprint(status=response.status_code, headers=headers, body=body)


def _of_probe(probe: Probe) -> GatewayError:
    """The error that a failed probe stands for, so that it is explained like any other."""
    match probe.layer:
        case Layer.TLS:
            return TlsFailed(probe.detail)
        case Layer.NETWORK:
            return ConnectFailed(probe.detail, reason=probe.reason)
        case _ if probe.reason == "refused":
            return ConnectFailed(probe.detail, reason=probe.reason)
        case _ if probe.reason == "ServiceFailed":
            return ServiceFailed(probe.detail, layer=Layer.GATEWAY)
        case _ if probe.reason == "NotAGateway":
            return NotAGateway(probe.detail)
        case _:
            return ConnectionLost(probe.detail, timed_out=probe.reason == "timeout")
