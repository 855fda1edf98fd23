"""dotmac: DotMac platform services. A service registry with history, a WebSocket feed, tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console import __version__
from console.api.contract import Gateway, Platform
from console.api.network import USER_AGENT
from console.api.platforms.dotmac import wire
from console.api.platforms.dotmac.auth import DotmacAuthentication
from console.api.platforms.dotmac.documents import dotmac_documents
from console.api.platforms.dotmac.health import DotmacHealth, health_feed
from console.api.platforms.dotmac.notifications import DotmacNotifications
from console.api.platforms.dotmac.tenants import DotmacHeartbeat, DotmacTenancy
from console.model.capability import Capability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.contract import RequestContext, TokenSource
    from console.api.transport import Transport

_REGISTRY_PATHS = ("/api/services/", "/api/service-registry/")


def headers(context: RequestContext) -> Mapping[str, str]:
    """The headers of the guide; the tenant's only once one is chosen."""
    audit = {
        "component": "gatewatch",
        "user_agent": f"{USER_AGENT}/{__version__}",
        "timestamp": context.sent_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    made = {"X-Audit-Context": msgspec.json.encode(audit).decode()}
    if context.tenant:
        made["X-Tenant-ID"] = context.tenant
    if context.path.startswith(_REGISTRY_PATHS):
        made["X-Service-Registry"] = "true"
    return made


def build(transport: Transport, tokens: TokenSource) -> Gateway:
    """Tie the dialect to a gateway."""
    authentication = DotmacAuthentication(transport)
    return Gateway(
        platform=PLATFORM.name,
        authentication=authentication,
        tenancy=DotmacTenancy(transport),
        heartbeat=DotmacHeartbeat(transport),
        health=DotmacHealth(transport),
        notifications=DotmacNotifications(),
        documents=dotmac_documents(transport),
        feed=health_feed(transport, tokens, authentication),
    )


PLATFORM = Platform(
    name="dotmac",
    title="DotMac platform services",
    capabilities=frozenset(
        {
            Capability.PASSWORD_SIGN_IN,
            Capability.REFRESH,
            Capability.TENANTS,
            Capability.HEALTH,
            Capability.FEED,
            Capability.NOTIFICATIONS,
            Capability.DOCUMENTS,
        }
    ),
    headers=headers,
    build=build,
    fingerprints=wire.FINGERPRINTS,
    recognise=wire.recognise,
    understand=wire.understand,
)
