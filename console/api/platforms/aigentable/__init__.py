"""aigentable: AIgentable. Tenants, a server that tells its own health, sign-ins that mostly can't be renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.contract import Gateway, Platform
from console.api.platforms.aigentable import wire
from console.api.platforms.aigentable.accounts import AigentableAccounts
from console.api.platforms.aigentable.auth import AigentableAuthentication
from console.api.platforms.aigentable.documents import aigentable_documents
from console.api.platforms.aigentable.feed import aigentable_feed
from console.api.platforms.aigentable.system import NUMBERS, AigentableHealth
from console.api.platforms.aigentable.tenants import AigentableTenancy
from console.model.capability import Capability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.contract import RequestContext, TokenSource
    from console.api.transport import Transport


def headers(context: RequestContext) -> Mapping[str, str]:
    """The tenant's header, once one is chosen."""
    return {"X-Tenant-ID": context.tenant} if context.tenant else {}


def build(transport: Transport, tokens: TokenSource) -> Gateway:
    """Tie the dialect to a gateway."""
    authentication = AigentableAuthentication(transport)
    return Gateway(
        platform=PLATFORM.name,
        authentication=authentication,
        accounts=AigentableAccounts(transport),
        tenancy=AigentableTenancy(transport),
        health=AigentableHealth(transport),
        metrics=(NUMBERS,),
        documents=aigentable_documents(transport),
        feed=aigentable_feed(transport, tokens, authentication),
    )


PLATFORM = Platform(
    name="aigentable",
    title="AIgentable",
    capabilities=frozenset(
        {
            Capability.PASSWORD_SIGN_IN,
            Capability.REGISTER,
            Capability.RESET_PASSWORD,
            Capability.TENANTS,
            Capability.HEALTH,
            Capability.METRICS,
            Capability.FEED,
            Capability.DOCUMENTS,
        }
    ),
    headers=headers,
    build=build,
    fingerprints=wire.FINGERPRINTS,
    recognise=wire.recognise,
)
