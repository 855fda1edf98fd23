"""A gateway's own admin API: another address, which never gets the access token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.api.transport import Transport
from console.model.address import Address
from console.model.errors import SignInRequired
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.api.contract import Platform
    from console.model.exchange import Exchange
    from console.model.network import NetworkOptions


class _Nobody:
    """A token source without any token: see `console.api.contract.TokenSource`."""

    async def token(self) -> str | None:
        """There is none."""
        return None

    async def renew(self, refused: str) -> str:  # noqa: ARG002  (the port's signature)
        """There is none."""
        raise SignInRequired("nobody signs in to the admin address", code=RenewalCode.NOT_RENEWABLE)


def admin_transport(
    url: str, platform: Platform, *, gateway: Address, observe: Callable[[Exchange], None], options: NetworkOptions
) -> Transport | None:
    """The way to the admin address that a profile names; None where it names none. Closed by the one it is given to.

    Authorities, proxy and the choice of plain http are the profile's. Its client certificate says who the operator is:
    an address of another origin than the gateway's is shown it only when the profile says so.

    It reads only, for nobody and for no tenant, and keeps connections of its own. What is tracked has the whole
    address in its route, for all else is told of the gateway.

    Raises:
        AddressError: Not an address, or plain http beyond this machine, and nobody chose that.
        ProfileError: The network options can't be used.
    """
    if not url:
        return None
    address = Address.parse(url, allow_plain_http=options.allow_plain_http)
    if address.origin != gateway.origin and not options.admin_client_cert:
        options = msgspec.structs.replace(options, client_cert="", client_key="")

    def tracked(exchange: Exchange) -> None:
        observe(msgspec.structs.replace(exchange, route=address.text + exchange.route))

    return Transport(address, platform, tokens=_Nobody(), observe=tracked, options=options, read_only=True)
