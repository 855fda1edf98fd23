"""What `console.services.doctor` looks at of being signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.errors import GatewayError, NotOffered, Unauthorized
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from console.api.contract import BrowserAuthentication, Gateway, Heartbeat
    from console.services.doctor import Patient


async def signed_in(patient: Patient) -> bool:
    """Whether there is a token to ask with."""
    try:
        return await patient.token() is not None
    except GatewayError:
        return False


async def who(gateway: Gateway) -> str:
    """Who is signed in."""
    user = await gateway.authentication.who_am_i()
    return f"{user.name} ({user.id})"


async def refresh(patient: Patient) -> str:
    """That the sign-in can be renewed."""
    token = await patient.token() or ""
    try:
        await patient.renew(token)
    except Unauthorized as exc:
        if exc.code == RenewalCode.NOT_RENEWABLE:
            return tr("this gateway does not renew; sign in again at expiry")
        if exc.code == RenewalCode.FRESH:
            return tr("renewed a moment ago, when its end was near")
        raise
    return tr("renewed")


async def providers(browser: BrowserAuthentication) -> str:
    """Who vouches for users."""
    found = await browser.providers()
    return ", ".join(provider.title for provider in found) or tr("none")


async def beat(heart: Heartbeat) -> str:
    """That the session is known to be in use."""
    try:
        await heart.beat()
    except NotOffered:
        return tr("this gateway has no route for it")
    return tr("told; wanted every {seconds} s", seconds=round(heart.interval_s))
