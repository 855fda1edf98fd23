"""`gatewatch account`: one's own password, where the platform lets people change it themselves."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from console.cli.running import BAD, FINE, give, printable, say, sendable, with_console
from console.i18n import tr
from console.model.errors import NotOffered, Rejected, SignInRequired

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from console.composition import Console
    from console.paths import Home
    from console.services.account_desk import AccountDesk

_STDIN = click.option("--password-stdin", is_flag=True, help="Read the passwords from standard input, one a line.")
_JSON = click.option("--json", "as_json", is_flag=True)


@click.group()
def account() -> None:
    """Change a password, or get back into an account."""


@account.command("change-password")
@click.argument("profile")
@_STDIN
@_JSON
@click.pass_obj
def change_password(home: Home, *, profile: str, password_stdin: bool, as_json: bool) -> None:
    """Replace the password of whoever is signed in to PROFILE: the present one, then the new one."""

    async def work(console: Console) -> int:
        session = console.directory.session(profile)
        await session.restored()
        if await session.token() is None:
            raise SignInRequired(tr("nobody is signed in to {profile}", profile=profile))
        desk = await _desk(console, profile)
        current = _secret(tr("Present password"), stdin=password_stdin)
        wanted = _secret(tr("New password"), stdin=password_stdin, twice=True)
        return await _done(desk.change_password(current, wanted), tr("The password is changed."), as_json=as_json)

    with_console(home, work)


@account.command()
@click.argument("profile")
@click.option("--email", callback=sendable, required=True)
@_JSON
@click.pass_obj
def forgot(home: Home, *, profile: str, email: str, as_json: bool) -> None:
    """Have PROFILE's platform send a code to choose a new password with."""

    async def work(console: Console) -> int:
        desk = await _desk(console, profile)
        said = tr("If the address is known, a message is on its way.")
        return await _done(desk.forgot(email), said, as_json=as_json)

    with_console(home, work)


@account.command()
@click.argument("profile")
@click.option("--code", callback=sendable, required=True, help="From the platform's message; good once.")
@_STDIN
@_JSON
@click.pass_obj
def reset(home: Home, *, profile: str, code: str, password_stdin: bool, as_json: bool) -> None:
    """Choose a new password at PROFILE's platform with the code from its message."""

    async def work(console: Console) -> int:
        desk = await _desk(console, profile)
        wanted = _secret(tr("New password"), stdin=password_stdin, twice=True)
        return await _done(desk.reset(code.strip(), wanted), tr("The password is changed."), as_json=as_json)

    with_console(home, work)


@account.command()
@click.argument("profile")
@click.option("--code", callback=sendable, required=True, help="From the platform's message; good once.")
@_JSON
@click.pass_obj
def verify(home: Home, *, profile: str, code: str, as_json: bool) -> None:
    """Confirm an address at PROFILE's platform with the code from its message."""

    async def work(console: Console) -> int:
        desk = await _desk(console, profile)
        return await _done(desk.verify(code.strip()), tr("The address is confirmed."), as_json=as_json)

    with_console(home, work)


async def _desk(console: Console, profile: str) -> AccountDesk:
    desk = await console.directory.session(profile).accounts()
    if desk is None:
        raise NotOffered("accounts are not offered")
    return desk


async def _done(work: Awaitable[None], said: str, *, as_json: bool) -> int:
    """Say what came of it; what the platform holds against a field is said field by field."""
    try:
        await work
    except Rejected as exc:
        if not exc.fields:
            raise
        if as_json:
            give({"done": False, "fields": exc.fields})
        for name, text in exc.fields.items():
            say(f"{name}: {printable(text)}")
        return BAD
    if as_json:
        give({"done": True})
    say(said)
    return FINE


def _secret(caption: str, *, stdin: bool, twice: bool = False) -> str:
    """A password from standard input or a prompt; never from an argument."""
    if stdin:
        try:
            typed = sys.stdin.readline().rstrip("\r\n")
        except UnicodeDecodeError:
            raise click.UsageError(tr("the password is not text in this terminal's encoding")) from None
    elif sys.stdin.isatty():
        typed = click.prompt(caption, hide_input=True, confirmation_prompt=twice, err=True)
    else:
        raise click.UsageError(tr("no password: use --password-stdin"))
    if not typed:
        raise click.UsageError(tr("the password is empty"))
    return typed
