"""`gatewatch profile`: the gateways that this console knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from console.cli.running import FINE, UNREACHABLE, give, printable, say, with_console
from console.i18n import tr
from console.model.address import Address
from console.model.errors import NotAGateway
from console.model.network import ENVIRONMENT, NO_PROXY, NetworkOptions
from console.model.profile import Profile, checked_name, checked_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.composition import Console
    from console.model.discovery import Discovery
    from console.paths import Home


F = TypeVar("F", bound="Callable[..., object]")


class _File(click.Path):
    """A file by its whole path; the empty text stays empty, for none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See click."""
        return value if not value else super().convert(value, param, ctx)


FILE = _File(dir_okay=False, resolve_path=True)


@click.group()
def profile() -> None:
    """Add, list and remove gateways."""


def network_options(command: F) -> F:
    """The options that say how a gateway is reached, as `NetworkOptions` has them; None for those not given."""
    for option in (
        click.option("--ca-file", type=FILE, help="Authorities trusted besides the system's, in PEM form."),
        click.option("--client-cert", type=FILE, help="Certificate shown to a gateway that asks, in PEM form."),
        click.option("--client-key", type=FILE, help="Its key, unless the certificate's file holds it."),
        click.option(
            "--admin-client-cert/--no-admin-client-cert",
            default=None,
            help="Whether an admin address of another origin is shown the client certificate too.",
        ),
        click.option("--proxy", help=f"{ENVIRONMENT} (the default), {NO_PROXY}, or http://host:port."),
    ):
        command = option(command)
    return command


def _printable_label(_ctx: click.Context, _param: click.Parameter, label: str | None) -> str | None:
    if label is not None and not label.isprintable():
        raise click.BadParameter(tr("only printable characters"))
    return label


def _routes(_ctx: click.Context, _param: click.Parameter, typed: tuple[str, ...]) -> dict[str, str]:
    """Paths by operation; the empty path takes one away."""
    pairs = [one.partition("=") for one in typed]
    if wrong := next((name for name, equals, _path in pairs if not equals), None):
        raise click.BadParameter(tr("{typed} is not OPERATION=PATH", typed=repr(wrong)))
    return {name.strip(): path.strip() for name, _equals, path in pairs}


def extra_options(command: F) -> F:
    """What some platforms let a profile name besides."""
    for option in (
        click.option("--admin-url", help="Where the gateway's own admin API is. It never gets a token."),
        click.option("--service", "services", multiple=True, help="A service to look at besides; repeatable."),
        click.option("--watch-folder", help="While the window is open, what is put into this folder is uploaded."),
        click.option(
            "--route",
            "routes",
            multiple=True,
            callback=_routes,
            metavar="OPERATION=PATH",
            help="Where an operation lives here, such as auth.login=/auth/login; repeatable, no PATH removes.",
        ),
    ):
        command = option(command)
    return command


@profile.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--platform", default="", help="Left out, the gateway is probed and the platform proposed.")
@click.option("--label", default="", callback=_printable_label)
@click.option("--production", is_flag=True, help="Framed in the window; destructive acts ask twice.")
@click.option("--read-only", is_flag=True, help="Refuse everything that changes something.")
@click.option("--keep-signed-in/--no-keep-signed-in", default=True, help="Whether a sign-in outlives the program.")
@extra_options
@network_options
@click.option("--allow-plain-http", is_flag=True, help="Unprotected http beyond this machine; passwords can be read.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def add(  # noqa: PLR0913  (one argument an option)
    home: Home,
    /,
    *,
    name: str,
    url: str,
    platform: str,
    label: str,
    production: bool,
    read_only: bool,
    keep_signed_in: bool,
    admin_url: str | None,
    services: tuple[str, ...],
    routes: dict[str, str],
    watch_folder: str | None,
    as_json: bool,
    **network: Any,
) -> None:
    """Keep the gateway at URL under NAME."""

    async def work(console: Console) -> int:
        options = NetworkOptions(**given(network))
        chosen = platform or proposed(await console.directory.discover(url, options))
        added = Profile(
            name=checked_name(name),
            url=Address.parse(url, allow_plain_http=options.allow_plain_http).text,
            platform=checked(chosen),
            label=label,
            production=production,
            read_only=read_only,
            keep_signed_in=keep_signed_in,
            network=options,
            admin_url=admin_url or "",
            services=services,
            routes=routes,
            watch_folder=watch_folder or "",
        )
        await console.directory.add(added)
        if as_json:
            give(_told(added))
        say(tr("Added {name} ({platform}).", name=name, platform=chosen))
        return FINE

    with_console(home, work)


@profile.command("change")
@click.argument("name")
@click.option("--url", help="Another address: a sign-in belongs to its address, and ends.")
@click.option("--platform", help="Another platform; ends the sign-in too.")
@click.option("--label", callback=_printable_label)
@click.option("--production/--no-production", default=None, help="Framed in the window; destructive acts ask twice.")
@click.option("--read-only/--no-read-only", default=None, help="Refuse everything that changes something.")
@click.option("--keep-signed-in/--no-keep-signed-in", default=None, help="Whether a sign-in outlives the program.")
@extra_options
@network_options
@click.option(
    "--allow-plain-http/--no-allow-plain-http",
    default=None,
    help="Unprotected http beyond this machine; passwords can be read.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def change(  # noqa: PLR0913  (one argument an option)
    home: Home,
    /,
    *,
    name: str,
    url: str | None,
    platform: str | None,
    as_json: bool,
    label: str | None,
    production: bool | None,
    read_only: bool | None,
    keep_signed_in: bool | None,
    admin_url: str | None,
    services: tuple[str, ...],
    routes: dict[str, str],
    watch_folder: str | None,
    **network: Any,
) -> None:
    """Change what is given of the gateway NAME; an empty text takes it away. Names stay as they are."""
    looks = given({"label": label, "production": production, "read_only": read_only, "keep_signed_in": keep_signed_in})
    looks |= given({"admin_url": admin_url, "services": services or None, "watch_folder": watch_folder})

    async def work(console: Console) -> int:
        known = next((one for one in console.directory.profiles.value if one.name == name), None)
        if known is None:
            console.directory.session(name)  # says which there are
            return UNREACHABLE
        options = msgspec.structs.replace(known.network, **given(network))
        address = Address.parse(url if url is not None else known.url, allow_plain_http=options.allow_plain_http)
        dialect = checked(platform) if platform is not None else known.platform
        routed = known.routes | routes
        wanted = msgspec.structs.replace(
            known, url=address.text, platform=dialect, network=options, routes=routed, **looks
        )
        changed = checked_profile(wanted)
        await console.directory.change(changed)
        if as_json:
            give(_told(changed))
        say(tr("Changed {name}.", name=name))
        if changed.gateway_id != known.gateway_id:
            say(tr("Its sign-in has ended. Sign in again: gatewatch login {name}", name=name))
        return FINE

    with_console(home, work)


def given(options: dict[str, Any]) -> dict[str, Any]:
    """What was named on the command line."""
    return {option: value for option, value in options.items() if value is not None}


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
                ("sign-in not kept", not known.keep_signed_in),
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
    fields = ("name", "url", "platform", "label", "production", "read_only", "keep_signed_in", "username", "tenant")
    extras = {
        "admin_url": profile.admin_url,
        "services": list(profile.services),
        "routes": profile.routes,
        "watch_folder": profile.watch_folder,
    }
    return {field: getattr(profile, field) for field in fields} | extras | _network(profile)


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
