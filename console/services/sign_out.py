"""Telling a gateway that somebody signed out. Whether it hears of it changes nothing here, and the operator is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.errors import GatewayError, ProfileError, SignInRequired, SignOutUnheard, Unauthorized
from console.services.explain import explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.api.contract import Gateway
    from console.model.identity import Tokens


async def told(gateway: Callable[[], Gateway], tokens: Tokens) -> SignOutUnheard | None:
    """Tell it; what kept it from hearing, if anything did."""
    try:
        await gateway().authentication.sign_out(tokens)
    except (SignInRequired, Unauthorized):
        return None  # there it has ended already
    except (GatewayError, ProfileError) as exc:
        return SignOutUnheard(explain(exc).headline)
    return None
