"""kong: microservices behind Kong. Health by asking each service, tokens with a refresh cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import __version__
from console.api.contract import Gateway, Platform
from console.api.platforms.kong import wire
from console.api.platforms.kong.admin import NUMBERS, TARGETS
from console.api.platforms.kong.auth import KongAuthentication
from console.api.platforms.kong.documents import kong_documents
from console.api.platforms.kong.feed import kong_feed
from console.api.platforms.kong.health import KongHealth, routes
from console.api.platforms.kong.notifications import KongNotifications
from console.model.capability import Capability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.contract import RequestContext, TokenSource
    from console.api.transport import Transport


def headers(context: RequestContext) -> Mapping[str, str]:
    """The headers of the guide."""
    return {
        "X-Kong-Request-Id": context.request_id,
        "X-Client-Version": __version__,
        "X-Client-Timestamp": str(int(context.sent_at.timestamp() * 1000)),
    }


def build(transport: Transport, tokens: TokenSource) -> Gateway:
    """Tie the dialect to a gateway."""
    authentication = KongAuthentication(transport)
    return Gateway(
        platform=PLATFORM.name,
        authentication=authentication,
        health=KongHealth(transport, routes(transport.services)),
        metrics=(NUMBERS,) if transport.admin is not None else (),
        metric_families=(TARGETS,) if transport.admin is not None else (),
        notifications=KongNotifications(transport),
        documents=kong_documents(transport),
        feed=kong_feed(transport, tokens, authentication),
    )


PLATFORM = Platform(
    name="kong",
    title="Microservices behind Kong",
    capabilities=frozenset(
        {
            Capability.PASSWORD_SIGN_IN,
            Capability.REFRESH,
            Capability.HEALTH,
            Capability.FEED,
            Capability.NOTIFICATIONS,
            Capability.DOCUMENTS,
            Capability.METRICS,
            Capability.ADMIN_ADDRESS,
            Capability.NAMED_SERVICES,
        }
    ),
    headers=headers,
    build=build,
    fingerprints=wire.FINGERPRINTS,
    recognise=wire.recognise,
    gateway_ms_header="x-kong-proxy-latency",
    upstream_ms_header="x-kong-upstream-latency",
)
