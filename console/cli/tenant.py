"""`gatewatch tenant`: for whom a gateway answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.running import FINE, give, printable, say, sendable, with_console
from console.i18n import tr
from console.model.errors import NotOffered, SignInRequired

if TYPE_CHECKING:
    from console.composition import Console
    from console.paths import Home
    from console.services.session import Session


@click.group()
def tenant() -> None:
    """List the tenants of a gateway, and choose the one to act for."""


@tenant.command("list")
@click.argument("profile")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(home: Home, *, profile: str, as_json: bool) -> None:
    """The tenants that the user of PROFILE may act for; a star marks the chosen one."""

    async def work(console: Console) -> int:
        session = await _signed_in(console, profile)
        chosen = session.profile.tenant
        found = await session.tenants()
        if as_json:
            give([{"id": one.id, "name": one.name, "chosen": one.id == chosen} for one in found])
            return FINE
        for one in found:
            click.echo(f"{'*' if one.id == chosen else ' '} {printable(one.id)}\t{printable(one.name)}")
        if not found:
            say(tr("This gateway has no tenants to choose from."))
        return FINE

    with_console(home, work)


@tenant.command("switch")
@click.argument("profile")
@click.argument("wanted", metavar="TENANT", callback=sendable)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def switch_(home: Home, *, profile: str, wanted: str, as_json: bool) -> None:
    """Act for TENANT, an id or a name, with PROFILE from now on."""

    async def work(console: Console) -> int:
        session = await _signed_in(console, profile)
        await switch(session, wanted)
        if as_json:
            give({"profile": profile, "tenant": session.profile.tenant})
        return FINE

    with_console(home, work)


async def switch(session: Session, wanted: str) -> None:
    """Act for the tenant of that id or name, once the gateway has answered for it.

    Raises:
        click.UsageError: No tenant, or several, are called so.
        GatewayError: See `Session.switch_tenant`.
    """
    found = await session.tenants()
    matches = [one for one in found if one.id == wanted] or [
        one for one in found if one.name.casefold() == wanted.casefold()
    ]
    if not found and session.gateway.tenancy is None:
        raise NotOffered("tenants are not offered")
    if found and len(matches) != 1:
        listed = ", ".join(f"{one.id} ({one.name})" for one in found)
        raise click.UsageError(tr("there is no one tenant {wanted}; there are: {listed}", wanted=wanted, listed=listed))
    tenant_id = matches[0].id if matches else wanted  # a user who may not list them may know the id
    await session.switch_tenant(tenant_id)
    current = session.standing.value.current
    name = current.name if current is not None else tenant_id
    said = "" if session.standing.value.confirmed else " " + tr("The gateway does not say so itself.")
    say(tr("Acting for {tenant}.", tenant=name) + said)


async def _signed_in(console: Console, profile: str) -> Session:
    session = console.directory.session(profile)
    await session.restored()
    if await session.token() is None:
        raise SignInRequired(tr("nobody is signed in to {profile}", profile=profile))
    return session
