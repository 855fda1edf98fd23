"""The command line of the sandbox: `sandbox serve`, `sandbox faults`, `sandbox incident`."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import msgspec

from console.i18n import tr
from console.model.errors import SandboxFailed
from console.sandbox.catalogue import catalogue
from console.sandbox.incidents import INCIDENTS
from console.sandbox.options import DEFAULT_USERNAME, PASSWORD_VARIABLE, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.sandbox.process import Ready

_UNREACHABLE = 2
_LOOPBACK = ("127.0.0.1", "localhost")
_TIMEOUT_S = 10.0


@click.group()
def sandbox() -> None:
    """The embedded gateway: a small real platform on this machine, for trying things out."""


@sandbox.command()
@click.option("--kong-port", type=click.IntRange(0, 65535), default=0, help="Port of the kong face; 0 is any.")
@click.option("--dotmac-port", type=click.IntRange(0, 65535), default=0, help="Port of the dotmac face; 0 is any.")
@click.option("--opssight-port", type=click.IntRange(0, 65535), default=0, help="Port of the opssight face; 0 is any.")
@click.option("--dafnck-port", type=click.IntRange(0, 65535), default=0, help="Port of the dafnck face; 0 is any.")
@click.option(
    "--aigentable-port", type=click.IntRange(0, 65535), default=0, help="Port of the aigentable face; 0 is any."
)
@click.option("--kong-admin-port", type=click.IntRange(0, 65535), default=0, help="Port of Kong's admin API; 0 is any.")
@click.option("--control-port", type=click.IntRange(0, 65535), default=0, help="Port of the switches; 0 is any.")
@click.option("--seed", type=int, default=1, help="Decides the history before the start.")
@click.option("--services", type=click.IntRange(12, 10_000), default=12, help="How many services the platform has.")
@click.option("--token-lifetime", type=float, default=900.0, help="Seconds until an access token expires.")
@click.option("--refresh-grace", type=float, default=0.0, help="Seconds a used refresh token is still accepted.")
@click.option("--auth-limit", type=int, default=100, help="Sign-in requests a minute.")
@click.option("--limit", type=int, default=6_000, help="Other requests a minute.")
@click.option("--pings", type=float, default=500.0, help="Components asked a second, all together.")
@click.option("--history-step", type=float, default=60.0, help="Seconds one entry of the history sums up.")
@click.option("--metrics-interval", type=float, default=5.0, help="Seconds between two readings of the metrics.")
@click.option("--feed-heartbeat", type=float, default=30.0, help="Seconds between two heartbeats of a feed.")
@click.option("--feed-patience", type=float, default=300.0, help="Seconds a feed waits for a sign of life.")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep sign-ins and history here. New accounts, notifications and deployments end with the sandbox even so.",
)
@click.option("--username", default=DEFAULT_USERNAME, help="The operator's address.")
@click.option("--ready-json", is_flag=True, help="Print one line of JSON when ready, then nothing more.")
@click.option("--die-with-parent", is_flag=True, help="Stop when standard input ends.")
def serve(  # noqa: PLR0913  (one parameter per option of the command)
    *,
    kong_port: int,
    dotmac_port: int,
    opssight_port: int,
    dafnck_port: int,
    aigentable_port: int,
    kong_admin_port: int,
    control_port: int,
    seed: int,
    services: int,
    token_lifetime: float,
    refresh_grace: float,
    auth_limit: int,
    limit: int,
    pings: float,
    history_step: float,
    metrics_interval: float,
    feed_heartbeat: float,
    feed_patience: float,
    state: Path | None,
    username: str,
    ready_json: bool,
    die_with_parent: bool,
) -> None:
    """Run the sandbox on 127.0.0.1 until it is interrupted.

    The operator's password is new at each start, or that of the environment variable GATEWATCH_SANDBOX_PASSWORD.
    """
    from console.sandbox import process  # noqa: PLC0415  (the other commands need no server)

    options = SandboxOptions(
        kong_port=kong_port,
        dotmac_port=dotmac_port,
        opssight_port=opssight_port,
        dafnck_port=dafnck_port,
        aigentable_port=aigentable_port,
        kong_admin_port=kong_admin_port,
        control_port=control_port,
        seed=seed,
        services=services,
        token_lifetime_s=token_lifetime,
        refresh_grace_s=refresh_grace,
        auth_limit_per_minute=auth_limit,
        limit_per_minute=limit,
        pings_per_s=pings,
        history_step_s=history_step,
        metrics_interval_s=metrics_interval,
        feed_heartbeat_s=feed_heartbeat,
        feed_patience_s=feed_patience,
        state_dir=state,
        username=username,
        password=os.environ.pop(PASSWORD_VARIABLE, None),
    )
    announce = _announce_json if ready_json else _announce
    try:
        process.serve(options, on_ready=announce, die_with_parent=die_with_parent)
    except SandboxFailed as exc:
        click.echo(tr("The sandbox did not start: {reason}", reason=exc), err=True)
        sys.exit(_UNREACHABLE)


@sandbox.command()
@click.argument("url", required=False)
@click.option("--set", "switches", help='Switches as JSON, such as {"kill_service": "redis"}.')
@click.option("--clear", is_flag=True, help="Turn everything off.")
@click.option("--list", "listing", is_flag=True, help="Name every switch and what it takes; needs no URL.")
def faults(url: str | None, switches: str | None, *, clear: bool, listing: bool) -> None:
    """Show or turn the switches of the sandbox at URL."""
    if listing:
        click.echo("\n".join(catalogue()))
        return
    if url is None:
        raise click.UsageError(tr("Missing argument 'URL'."))
    if clear:
        shown = _send(url, "DELETE")
    elif switches is not None:
        try:
            shown = _send(url, "POST", json.loads(switches))
        except json.JSONDecodeError as exc:
            raise click.BadParameter(tr("not JSON: {reason}", reason=exc), param_hint="--set") from exc
    else:
        shown = _send(url, "GET")
    click.echo(json.dumps(shown, indent=2))


@sandbox.command()
@click.argument("url")
def outbox(url: str) -> None:
    """Show the mail that the sandbox at URL sent: nothing of it ever leaves this machine."""
    click.echo(json.dumps(_send(url, "GET", route="outbox"), indent=2))


@sandbox.command()
@click.argument("url")
@click.option("--seeded", is_flag=True, help="Also those that were there before.")
def documents(url: str, *, seeded: bool) -> None:
    """Show what was uploaded to the sandbox at URL, with its SHA-256; deleted ones too."""
    route = "documents?seeded=1" if seeded else "documents"
    click.echo(json.dumps(_send(url, "GET", route=route), indent=2))


@sandbox.command()
@click.argument("name", type=click.Choice(sorted(INCIDENTS)))
@click.argument("url")
@click.option("--speed", type=click.FloatRange(min=0.01), default=1.0, help="How many times faster than written.")
def incident(name: str, url: str, speed: float) -> None:
    """Play an incident against the sandbox at URL."""
    shown = _send(url, "GET")
    if isinstance(shown, dict) and isinstance(shown.get("control"), str):
        url = shown["control"]  # stays when the incident takes the faces away
    for act in INCIDENTS[name]:
        time.sleep(act.after_s / speed)
        if act.switches:
            click.echo(tr("{incident}: {switches}", incident=name, switches=json.dumps(dict(act.switches))))
            _send(url, "POST", act.switches)
        else:
            click.echo(tr("{incident}: everything back to normal", incident=name))
            _send(url, "DELETE")


def _announce_json(ready: Ready) -> None:
    click.echo(msgspec.json.encode(ready).decode())
    sys.stdout.flush()


def _announce(ready: Ready) -> None:
    click.echo(tr("The sandbox runs. Kong: {url}", url=ready.kong))
    click.echo(tr("Dotmac: {url}", url=ready.dotmac))
    click.echo(tr("Opssight: {url}", url=ready.opssight))
    click.echo(tr("Dafnck: {url}", url=ready.dafnck))
    click.echo(tr("Aigentable: {url}", url=ready.aigentable))
    for name, url in ready.installed.items():
        click.echo(tr("{face}: {url}", face=name.capitalize(), url=url))
    click.echo(tr("Kong admin: {url}", url=ready.kong_admin))
    click.echo(tr("Switches: {url}", url=ready.control))
    click.echo(tr("Sign in as {username} with {password}", username=ready.username, password=ready.password))


def _send(url: str, method: str, body: Mapping[str, object] | None = None, route: str = "faults") -> object:
    """One request to the control routes; only ever to this machine."""
    parts = urlsplit(url if "//" in url else f"http://{url}")
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise click.BadParameter(tr("a sandbox is only ever at http://127.0.0.1"), param_hint="URL")
    request = urllib.request.Request(
        f"http://{parts.netloc}/__sandbox/{route}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as exc:
        with exc:
            click.echo(tr("The sandbox refused: {reason}", reason=exc.read().decode("utf-8", "replace")), err=True)
        sys.exit(1)
    except (OSError, ValueError) as exc:
        click.echo(tr("No sandbox answers at {url}: {reason}", url=url, reason=exc), err=True)
        sys.exit(_UNREACHABLE)


if __name__ == "__main__":
    sandbox(prog_name="sandbox")
