"""What stands at an address: probed layer by layer, and the platform proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api import fingerprints, registry
from console.api.probe import probe_layers
from console.model.address import Address
from console.model.blame import Layer
from console.model.discovery import Discovery, Proposal
from console.model.errors import ConnectFailed, ConnectionLost, NotAGateway, ServiceFailed, TlsFailed
from console.model.network import NetworkOptions

if TYPE_CHECKING:
    from console.api.contract import Platform
    from console.model.blame import Probe
    from console.model.errors import GatewayError

RECOGNISED = 0.3


async def discover(typed: str, options: NetworkOptions | None = None) -> Discovery:
    """See `console.services.ports.GatewayDirectory.discover`."""
    options = options or NetworkOptions()
    address = Address.parse(typed, allow_plain_http=options.allow_plain_http)
    platforms = [registry.platform(name) for name in registry.names()]
    verdict = await probe_layers(address, options)
    if (culprit := verdict.culprit) is not None:
        unfitting = tuple(_proposal(one, 0.0) for one in platforms)
        return Discovery(address=address, verdict=verdict, proposals=unfitting, problem=_of_probe(culprit))
    prints = await fingerprints.take(address, {path for one in platforms for path in one.fingerprints}, options)
    proposals = sorted(
        (_proposal(one, one.recognise(prints)) for one in platforms),
        key=lambda proposal: -proposal.fit,
    )
    problem: GatewayError | None = None
    if fingerprints.only_pages(prints.values()):
        problem = NotAGateway("a web page answers here", content_type="text/html")
    elif proposals[0].fit < RECOGNISED and not any(isinstance(one.body, dict) for one in prints.values()):
        problem = NotAGateway("no answer here is one of a gateway that this console knows")
    return Discovery(address=address, verdict=verdict, proposals=tuple(proposals), problem=problem)


def _proposal(one: Platform, fit: float) -> Proposal:
    return Proposal(platform=one.name, title=one.title, fit=fit, offered=one.capabilities)


def _of_probe(probe: Probe) -> GatewayError:
    """The error that a failed probe stands for, so that it is explained like any other."""
    match probe.layer:
        case Layer.TLS:
            return TlsFailed(probe.detail, reason=probe.reason)
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
