"""`gatewatch profile`: the gateways that this console knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from console.cli.running import FINE, give, printable, say, with_console
from console.i18n import tr
from console.model.address import Address
from console.model.errors import NotAGateway
from console.model.network import ENVIRONMENT, NetworkOptions
from console.model.profile import Profile, checked_name

if TYPE_CHECKING:
    from console.composition import Console
    from console.paths import Home
    from console.services.ports import Discovery


FILE = click.Path(dir_okay=False, resolve_path=True)


@click.group()
def profile() -> None:
    """Add, list and remove gateways."""


@profile.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--platform", default="", help="Left out, the gateway is probed and the platform proposed.")
@click.option("--label", default="")
@click.option("--production", is_flag=True, help="Framed in the window; destructive acts ask twice.")
@click.option("--read-only", is_flag=True, help="Refuse everything that changes something.")
@click.option("--ca-file", type=FILE, help="Authorities trusted besides the system's, in PEM form.")
@click.option("--client-cert", type=FILE, help="Certificate shown to a gateway that asks, in PEM form.")
@click.option("--client-key", type=FILE, help="Its key, unless the certificate's file holds it.")
@click.option("--proxy", default=ENVIRONMENT, help="environment (the default), none, or http://host:port.")
@click.option("--allow-plain-http", is_flag=True, help="Unprotected http beyond this machine; passwords can be read.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def add(
    home: Home,
    /,
    *,
    name: str,
    url: str,
    platform: str,
    label: str,
    production: bool,
    read_only: bool,
    as_json: bool,
    **network: Any,
) -> None:
    """Keep the gateway at URL under NAME."""
    if not label.isprintable():
        raise click.BadParameter(tr("only printable characters"), param_hint="--label")

    async def work(console: Console) -> int:
        options = NetworkOptions(**{option: value for option, value in network.items() if value is not None})
        chosen = platform or proposed(await console.directory.discover(url, options))
        added = Profile(
            name=checked_name(name),
            url=Address.parse(url, allow_plain_http=options.allow_plain_http).text,
            platform=checked(chosen),
            label=label,
            production=production,
            read_only=read_only,
            network=options,
        )
        await console.directory.add(added)
        if as_json:
            give(_told(added))
        say(tr("Added {name} ({platform}).", name=name, platform=chosen))
        return FINE

    with_console(home, work)


@profile.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(home: Home, *, as_json: bool) -> None:
    """All gateways, in their order."""

    async def work(console: Console) -> int:
        profiles = console.directory.profiles.value
        if as_json:
            give([_told(known) for known in profiles])
            return FINE
        for known in profiles:
            choices = (
                ("production", known.production),
                ("read-only", known.read_only),
                ("plain http allowed", known.network.allow_plain_http),
            )
            marks = [word for word, on in choices if on]
            fields = (known.name, known.platform, known.url, known.label, ", ".join(marks))
            click.echo("\t".join(printable(field) for field in fields).rstrip())
        if not profiles:
            say(tr("No gateways yet. Add one: gatewatch profile add NAME URL"))
        return FINE

    with_console(home, work)


@profile.command("remove")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def remove(home: Home, *, name: str, as_json: bool) -> None:
    """Sign out and forget the gateway; what was recorded of it stays."""

    async def work(console: Console) -> int:
        await console.directory.remove(name)
        if as_json:
            give({"profile": name, "removed": True})
        say(tr("Removed {name}.", name=name))
        return FINE

    with_console(home, work)


def _network(known: Profile) -> dict[str, object]:
    """What is shown of a profile's network: never the proxy, whose URL may hold a password."""
    return {"allow_plain_http": known.network.allow_plain_http}


def checked(name: str) -> str:
    """A platform's name that exists. Raises ProfileError."""
    from console.api import registry  # noqa: PLC0415  (listing needs none of it)

    return registry.platform(name).name


def _told(profile: Profile) -> dict[str, object]:
    fields = ("name", "url", "platform", "label", "production", "read_only", "username")
    return {field: getattr(profile, field) for field in fields} | _network(profile)


def proposed(found: Discovery) -> str:
    """The platform that fits best.

    Raises:
        GatewayError: What stands there is no gateway, or one that no platform fits.
    """
    if found.problem is not None:
        raise found.problem
    best = found.proposals[0]
    if best.fit <= 0:
        raise NotAGateway(tr("no platform fits; name one with --platform"))
    return best.platform
