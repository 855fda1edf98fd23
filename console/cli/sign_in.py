"""`gatewatch login` and `gatewatch logout`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from console.cli.browser import sign_in_with
from console.cli.running import FINE, ask_credentials, give, say, sendable, with_code, with_console
from console.cli.tenant import switch
from console.i18n import tr
from console.model.errors import MfaRequired
from console.services.explain import explain

if TYPE_CHECKING:
    from console.composition import Console
    from console.paths import Home
    from console.services.session import Session


@click.command()
@click.argument("profile")
@click.option("--username", callback=sendable, help="Left out, the one of the last time.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--mfa-code",
    callback=sendable,
    help="The code of the second factor. Left out, a terminal is asked when it is wanted.",
)
@click.option("--oauth", "provider", metavar="PROVIDER", help="Sign in through a browser, with this provider.")
@click.option("--no-browser", is_flag=True, help="With --oauth: give the address to open, and wait.")
@click.option("--paste", is_flag=True, help="With --oauth: give the address, and take the code that the browser got.")
@click.option(
    "--remember/--no-remember", default=None, help="Whether the sign-in is kept; left out, as the profile says."
)
@click.option("--tenant", callback=sendable, help="Id or name of the tenant to act for from now on.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def login(  # noqa: PLR0913  (one argument an option)
    home: Home,
    *,
    profile: str,
    username: str | None,
    password_stdin: bool,
    mfa_code: str | None,
    provider: str | None,
    no_browser: bool,
    paste: bool,
    remember: bool | None,
    tenant: str | None,
    as_json: bool,
) -> None:
    """Sign in to PROFILE and stay signed in; the window shares it."""
    if provider is not None and (username or password_stdin):
        raise click.UsageError(tr("--oauth takes no user name and no password: the browser asks for them"))
    if provider is None and (no_browser or paste):
        raise click.UsageError(tr("--no-browser and --paste go with --oauth"))

    async def work(console: Console) -> int:
        session = console.directory.session(profile)
        if provider is not None:
            try:
                await sign_in_with(session, provider, browser=not no_browser, paste=paste, remember=remember)
            except MfaRequired as exc:
                await _answered(session, exc, mfa_code, "")
            if tenant is not None:
                await switch(session, tenant)
            return _signed_in(session, "", as_json=as_json)
        name = username or session.profile.username
        if not name:
            raise click.UsageError(tr("who signs in? Use --username"))
        try:
            typed = ask_credentials(name, password_stdin=password_stdin)
            kept = session.profile.keep_signed_in if remember is None else remember
            await session.sign_in(msgspec.structs.replace(typed, remember=kept))
        except MfaRequired as exc:
            await _answered(session, exc, mfa_code, name)
        if tenant is not None:
            await switch(session, tenant)
        return _signed_in(session, name, as_json=as_json)

    with_console(home, work)


async def _answered(session: Session, wanted: MfaRequired, given: str | None, name: str) -> None:
    await with_code(wanted, given, lambda code: session.answer(wanted.challenge, code, username=name))


def _signed_in(session: Session, name: str, *, as_json: bool) -> int:
    who = session.user.name if session.user else name
    profile = session.profile
    if as_json:
        acted_for = {"tenant": profile.tenant} if profile.tenant else {}
        give({"profile": profile.name, "signed_in": True, "user": who, **acted_for})
    say(tr("Signed in to {profile} as {user}.", profile=profile.name, user=who or tr("an unnamed user")))
    return FINE


@click.command()
@click.argument("profile")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def logout(home: Home, *, profile: str, as_json: bool) -> None:
    """End the sign-in of PROFILE, here and at the gateway."""

    async def work(console: Console) -> int:
        session = console.directory.session(profile)
        await session.restored()
        unheard = await session.sign_out()
        if as_json:
            give({"profile": profile, "signed_in": False})
        said = tr("Signed out of {profile}.", profile=profile) if unheard is None else explain(unheard).text
        say(said)
        return FINE

    with_console(home, work)
