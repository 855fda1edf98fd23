"""Sign-in through a browser that came to nothing, in the operator's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.errors import BrowserSignInFailed, WrongUser
from console.model.oauth import BrowserSignInReason
from console.services.explanation import Explanation

if TYPE_CHECKING:
    from console.model.errors import GatewayError


def explain_browser(error: GatewayError) -> Explanation:
    """What happened, and what to do about it."""
    match error:
        case WrongUser():
            return _wrong_user(error)
        case BrowserSignInFailed():
            return _failed(error)
        case _:
            raise AssertionError(error)


def _wrong_user(error: WrongUser) -> Explanation:
    if error.came:
        headline = tr(
            "Another user signed in ({came}): this gateway is kept for {expected}.",
            came=error.came,
            expected=error.expected,
        )
    else:
        headline = tr("The gateway does not say who signed in, and it is kept for {expected}.", expected=error.expected)
    return Explanation(
        headline=headline,
        advice=tr("Nothing was kept. Sign out at the provider in the browser, or add the gateway again for that user."),
    )


def _failed(error: BrowserSignInFailed) -> Explanation:
    detail = f" ({error.detail})" if error.detail else ""
    again = tr("Begin again.")
    match error.reason:
        case BrowserSignInReason.DENIED:
            headline, advice = tr("Sign-in was declined in the browser{detail}.", detail=detail), again
        case BrowserSignInReason.PROVIDER:
            headline = tr("The provider reports an error{detail}.", detail=detail)
            advice = tr("Try again, or ask who runs the gateway.")
        case BrowserSignInReason.STATE:
            headline = tr("This answer is not for this sign-in{detail}.", detail=detail)
            advice = tr("Use the address that is shown now.")
            return Explanation(headline=headline, advice=advice, field="oauth")
        case BrowserSignInReason.ISSUER:
            headline = tr("The answer does not come from the provider that was asked{detail}.", detail=detail)
            advice = tr("It was not used. Tell who runs the gateway.")
        case BrowserSignInReason.MALFORMED:
            headline = tr("What came back holds no code{detail}.", detail=detail)
            advice = tr("Copy the code, or the whole address of the page that the browser ended on.")
            return Explanation(headline=headline, advice=advice, field="oauth")
        case BrowserSignInReason.REFUSED:
            headline = tr("The gateway does not accept the code from the browser{detail}.", detail=detail)
            advice = tr("Begin again: a code is good once, for about a minute.")
        case BrowserSignInReason.TIMED_OUT:
            headline, advice = tr("The browser did not come back in time."), again
        case BrowserSignInReason.SUPERSEDED:
            headline, advice = tr("Another sign-in was begun instead of this one."), ""
        case BrowserSignInReason.NO_LISTENER:
            headline = tr(
                "This computer lets Gatewatch open no port for the browser to come back to{detail}.", detail=detail
            )
            advice = tr("Check what your firewall or sandbox forbids on 127.0.0.1.")
        case _:
            headline = tr(
                "The gateway sends the browser to an address that should not be opened{detail}.", detail=detail
            )
            advice = tr("Nothing was opened. Tell who runs the gateway.")
    return Explanation(headline=headline, advice=advice)
