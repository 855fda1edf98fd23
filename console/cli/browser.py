"""`gatewatch login --oauth`: sign in through a browser, here or on another machine."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import webbrowser
from typing import TYPE_CHECKING

import click

from console.cli.running import interruptible, say
from console.i18n import tr
from console.model.errors import BrowserSignInFailed
from console.model.oauth import BrowserSignInReason
from console.services.explain import explain

if TYPE_CHECKING:
    from console.model.oauth import Provider
    from console.services.browser_sign_in import BrowserSignIn
    from console.services.session import Session


async def sign_in_with(session: Session, name: str, *, browser: bool, paste: bool, remember: bool | None) -> None:
    """Have somebody sign in with the provider of that name, and wait until they did; `remember` as for the session.

    Raises:
        GatewayError: Nothing changed; the error says why.
    """
    provider = await _provider(session, name)
    async with session.sign_in_with(provider, remember=remember) as attempt:
        say(tr("Sign in at {host}:", host=attempt.host))
        click.echo(attempt.url, err=True)
        if not attempt.returns_here:
            say(tr("This gateway does not send the browser back here: the code must be pasted."))
        if paste or not attempt.returns_here:
            _paste(attempt)
        elif browser and not await asyncio.to_thread(_open, attempt.url):
            say(tr("No browser could be opened: open the address above on this machine, or use --paste."))
        else:
            say(tr("Waiting for the browser. Ctrl+C cancels."))
        await attempt.finished()


async def _provider(session: Session, name: str) -> Provider:
    providers = await session.providers()
    for provider in providers:
        if provider.id == name:
            return provider
    offered = ", ".join(provider.id for provider in providers)
    if offered:
        raise click.UsageError(tr("{name} is none of what this gateway offers: {offered}", name=name, offered=offered))
    raise click.UsageError(tr("this gateway offers no sign-in through a browser"))


def _open(url: str) -> bool:
    with contextlib.suppress(webbrowser.Error, OSError):
        return webbrowser.open(url)
    return False


def _paste(attempt: BrowserSignIn) -> None:
    """Give it what is pasted; a person may paste again what was none, a script is told."""
    while True:
        try:
            attempt.paste(_pasted())
        except BrowserSignInFailed as exc:
            if exc.reason not in (BrowserSignInReason.STATE, BrowserSignInReason.MALFORMED) or not sys.stdin.isatty():
                raise
            say(explain(exc).text)
        else:
            return


def _pasted() -> str:
    """One line: a code, or the address of the page that the browser ended on."""
    if sys.stdin.isatty():
        with interruptible():
            text: str = click.prompt(tr("Code, or address of the page you end on"), err=True)
        return text
    with interruptible():
        return sys.stdin.readline()
