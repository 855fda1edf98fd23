"""opssight: OpsSight. Sign-in in the browser or by password, health of its parts, numbers, deployments, a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.contract import Gateway, Platform
from console.api.oauth.client import OAuthClient
from console.api.platforms.opssight import deployments, numbers, wire
from console.api.platforms.opssight.auth import AUTH_BASES, OpssightAuthentication, signed_in
from console.api.platforms.opssight.feed import dashboard_feed
from console.api.platforms.opssight.health import OpssightHealth
from console.model.capability import Capability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.contract import RequestContext, TokenSource
    from console.api.transport import Transport


def headers(_context: RequestContext) -> Mapping[str, str]:
    """The request id, which every request carries, is all that the guide asks for."""
    return {}


def build(transport: Transport, tokens: TokenSource) -> Gateway:
    """Tie the dialect to a gateway."""
    authentication = OpssightAuthentication(transport)
    return Gateway(
        platform=PLATFORM.name,
        authentication=authentication,
        browser=OAuthClient(transport, AUTH_BASES, signed_in),
        health=OpssightHealth(transport),
        metrics=numbers.QUERIES,
        cache_control=numbers.OpssightCache(transport),
        deployments=deployments.QUERY,
        feed=dashboard_feed(transport, tokens, authentication),
    )


PLATFORM = Platform(
    name="opssight",
    title="OpsSight",
    capabilities=frozenset(
        {
            Capability.PASSWORD_SIGN_IN,
            Capability.OAUTH,
            Capability.REFRESH,
            Capability.HEALTH,
            Capability.METRICS,
            Capability.CACHE_CONTROL,
            Capability.DEPLOYMENTS,
            Capability.FEED,
        }
    ),
    headers=headers,
    build=build,
    fingerprints=wire.FINGERPRINTS,
    recognise=wire.recognise,
    understand=wire.understand,
    polls_per_minute=60.0,  # servers in the field allow 100 requests a minute for everything, health included
)
