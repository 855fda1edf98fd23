"""`gatewatch diagnostics`: recorded requests, and a bundle for whoever helps. Asks no gateway, unless told to probe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.running import FINE, UNREACHABLE, give, printable, say, with_console
from console.i18n import tr
from console.model.address import Address
from console.model.errors import ProfileError
from console.services.bundle_facts import recorded_story, verdict_facts
from console.services.exchange_export import as_har
from console.services.exchange_file import replace_file
from console.services.support_bundle import bundle_files, zipped

if TYPE_CHECKING:
    from console.composition import Console
    from console.model.exchange import Exchange
    from console.model.profile import Profile
    from console.paths import Home

_LOOK_BACK = timedelta(days=1)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def diagnostics() -> None:
    """Look at recorded requests, or make a bundle for whoever helps."""


@diagnostics.command("requests")
@click.argument("profile")
@click.option("--har", type=_FILE, help="Write them to this file as an HTTP archive.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def requests(home: Home, *, profile: str, har: Path | None, as_json: bool) -> None:
    """Requests to PROFILE of the last day, oldest first, at most 10,000."""

    async def work(console: Console) -> int:
        known = _profiles(console, profile)[0]
        found = await _recorded(console, known)
        if har is not None:
            return _write(har, as_har(found, known.url).encode())
        if as_json:
            give([_line(one) for one in found])
            return FINE
        for one in found:
            status = one.status if one.status is not None else one.error
            text = f"{one.at.isoformat()} {one.method} {one.route} {status} {one.total_ms:.0f} ms {one.request_id}"
            click.echo(printable(text))
        return FINE

    with_console(home, work)


@diagnostics.command("bundle")
@click.option("--out", type=_FILE, required=True, help="The zip file to write.")
@click.option("--profile", default="", help="Requests of this gateway only.")
@click.option("--probe", is_flag=True, help="Probe the way to each gateway, layer by layer. Sends no sign-in.")
@click.option("--hide-addresses", is_flag=True, help="Leave out URLs, hosts and IP addresses.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def bundle(home: Home, *, out: Path, profile: str, probe: bool, hide_addresses: bool, as_json: bool) -> None:
    """Write versions, settings, log, stories and recorded requests to a zip file, without secrets, and list them."""

    async def work(console: Console) -> int:
        profiles = _profiles(console, profile)
        files = bundle_files(
            settings_file=home.settings_file,
            logs_dir=home.logs_dir,
            profiles=console.directory.profiles.value,
            exchanges={one.name: await _recorded(console, one) for one in profiles},
            facts={one.name: await _facts(console, one, probe=probe) for one in profiles},
            now=datetime.now(UTC),
            hide_addresses=hide_addresses,
        )
        if (code := _write(out, zipped(files))) != FINE:
            return code
        sizes = {name: len(text.encode()) for name, text in files.items()}
        if as_json:
            give({"file": str(out), "contents": [{"name": name, "size_bytes": size} for name, size in sizes.items()]})
            return FINE
        for name, size in sizes.items():
            click.echo(printable(f"{size:>9}  {name}"))
        return FINE

    with_console(home, work)


def _profiles(console: Console, name: str) -> tuple[Profile, ...]:
    known = console.directory.profiles.value
    if not name:
        return known
    if not (chosen := tuple(one for one in known if one.name == name)):
        raise ProfileError(f"there is no profile {name!r}")
    return chosen


async def _recorded(console: Console, profile: Profile) -> tuple[Exchange, ...]:
    return await console.record.exchanges(profile.gateway_id, datetime.now(UTC) - _LOOK_BACK)


async def _facts(console: Console, profile: Profile, *, probe: bool) -> dict[str, object]:
    verdict = None
    if probe:
        from console.api.probe import probe_layers  # noqa: PLC0415  (brings httpx)

        address = Address.parse(profile.url, allow_plain_http=profile.network.allow_plain_http)
        verdict = await probe_layers(address, profile.network)
    return {**verdict_facts(verdict), **await recorded_story(console.record, profile.gateway_id)}


def _line(one: Exchange) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "operation": one.operation,
        "method": one.method,
        "route": one.route,
        "status": one.status,
        "error": one.error or None,
        "total_ms": one.total_ms,
        "gateway_ms": one.gateway_ms,
        "upstream_ms": one.upstream_ms,
        "request_id": one.request_id,
        "attempt": one.attempt,
        "reason": one.reason.value,
        "call_id": one.call_id or None,
    }


def _write(path: Path, content: bytes) -> int:
    try:
        replace_file(path, content)
    except OSError as exc:
        say(tr("{path} can't be written: {reason}", path=path, reason=exc.strerror or str(exc)))
        return UNREACHABLE
    return FINE
