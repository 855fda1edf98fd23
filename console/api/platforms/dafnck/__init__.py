"""dafnck: DafnckMachine. Answers in envelopes; accounts that people open and recover themselves; a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.contract import Gateway, Platform
from console.api.platforms.dafnck import wire
from console.api.platforms.dafnck.accounts import DafnckAccounts
from console.api.platforms.dafnck.auth import DafnckAuthentication
from console.api.platforms.dafnck.documents import dafnck_documents
from console.api.platforms.dafnck.feed import dafnck_feed
from console.model.capability import Capability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.contract import RequestContext, TokenSource
    from console.api.transport import Transport


def headers(context: RequestContext) -> Mapping[str, str]:
    """The header of the guide beside the request id, which every platform gets."""
    return {"X-Timestamp": context.sent_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def build(transport: Transport, tokens: TokenSource) -> Gateway:
    """Tie the dialect to a gateway."""
    authentication = DafnckAuthentication(transport)
    return Gateway(
        platform=PLATFORM.name,
        authentication=authentication,
        accounts=DafnckAccounts(transport),
        documents=dafnck_documents(transport),
        feed=dafnck_feed(transport, tokens, authentication),
    )


PLATFORM = Platform(
    name="dafnck",
    title="DafnckMachine",
    capabilities=frozenset(
        {
            Capability.PASSWORD_SIGN_IN,
            Capability.REFRESH,
            Capability.REGISTER,
            Capability.RESET_PASSWORD,
            Capability.VERIFY_ADDRESS,
            Capability.CHANGE_PASSWORD,
            Capability.FEED,
            Capability.DOCUMENTS,
        }
    ),
    headers=headers,
    build=build,
    fingerprints=wire.FINGERPRINTS,
    recognise=wire.recognise,
)
