"""The commands that open a window on the sandbox: `gatewatch demo`, `gatewatch tour`."""

from __future__ import annotations

import asyncio
import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console import start
from console.i18n import tr
from console.paths import Home
from console.preflight import obstacle

if TYPE_CHECKING:
    from collections.abc import Collection

    from console.app import App
    from console.sandbox.process import SandboxProcess

TOUR_DIR = Path("gatewatch-tour")


class Part(StrEnum):
    """A part of the tour: each begins with a home of its own, so that any of them can be taken alone."""

    GATEWAYS = "gateways"  # from the first start to a dead gateway, and a restart without it
    LOCK = "lock"
    OVERVIEW = "overview"  # every face of a sandbox at once
    DOCUMENTS = "documents"
    UPLOADS = "uploads"  # documents on their way to them


@click.command()
@click.option("--headless", is_flag=True, help="Take the tour offscreen instead of opening a window.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=TOUR_DIR, help="For the tour's pictures."
)
@click.pass_context
def demo(ctx: click.Context, *, headless: bool, out: Path) -> None:
    """Open the console on its embedded sandbox, signed in and live.

    Nothing of it touches your own profiles, store or keyring. Without a display it takes the tour.
    """
    if headless or not start.has_display():
        click.echo(tr("No display: taking the tour offscreen instead."))
        ctx.exit(_take_tour(out))
    from console.store.key import MemoryOnly  # noqa: PLC0415  (with it the store)

    with tempfile.TemporaryDirectory(prefix="gatewatch-demo-", ignore_cleanup_errors=True) as folder:
        ctx.exit(start.run(Home.at(Path(folder)), key=MemoryOnly(), drive=_live_on_sandbox))


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=TOUR_DIR,
    show_default=True,
    help="Folder for the pictures.",
)
@click.option(
    "--part",
    "parts",
    type=click.Choice([part.value for part in Part]),
    multiple=True,
    help="Take this part only; may be given more than once. Without it the whole tour, some minutes.",
)
@click.pass_context
def tour(ctx: click.Context, *, out: Path, parts: tuple[str, ...]) -> None:
    """Walk every view against the sandbox, offscreen; save a picture of each and print a summary.

    Its parts: "gateways" adds some, signs in, looks at each view and starts again with none of them in reach; "lock"
    gives the store a passphrase; "overview" has every face of a sandbox at once, and what they notify of.
    """
    ctx.exit(_take_tour(out, [Part(part) for part in parts or Part]))


def _take_tour(out: Path, parts: Collection[Part] = tuple(Part)) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if (reason := obstacle()) is not None:
        click.echo(reason, err=True)
        return 2
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        click.echo(tr("No pictures can be kept in {folder}: {reason}", folder=out, reason=exc), err=True)
        return 2
    from console.cli.tour import take_tour  # noqa: PLC0415  (Qt, only for those who want a window)

    return take_tour(out, parts)


async def _live_on_sandbox(app: App) -> None:
    """Start the sandbox and sign in to every gateway it has; stop it when the window is closed."""
    from console.sandbox.process import SandboxProcess  # noqa: PLC0415  (only the demo needs a gateway)

    async with SandboxProcess() as sandbox:
        await sign_in_everywhere(app, sandbox)
        await asyncio.get_running_loop().create_future()  # until the window is closed and this is cancelled


async def sign_in_everywhere(app: App, sandbox: SandboxProcess) -> None:
    """Add a profile for each face of the sandbox, sign in to it, and act for the first tenant where there are some."""
    from console.model.identity import PasswordCredentials  # noqa: PLC0415  (see above)
    from console.model.profile import Profile  # noqa: PLC0415  (see above)

    credentials = PasswordCredentials(username=sandbox.username, password=sandbox.password)
    for platform, url in faces(sandbox).items():
        name = f"sandbox-{platform}"
        await app.directory.add(Profile(name=name, url=url, platform=platform, label="demo", sandbox=True))
        session = app.directory.session(name)
        await session.sign_in(credentials)
        if tenants := await session.tenants():  # or the window would begin with a question
            await session.switch_tenant(tenants[0].id)


def faces(sandbox: SandboxProcess) -> dict[str, str]:
    """Base URLs of the sandbox by platform, in the order of the rail: the livelier ones first."""
    return {
        "dotmac": sandbox.dotmac_url,
        "kong": sandbox.kong_url,
        "opssight": sandbox.opssight_url,
        "aigentable": sandbox.aigentable_url,
        "dafnck": sandbox.dafnck_url,
    }


def self_service(sandbox: SandboxProcess) -> tuple[str, str]:
    """Platform and base URL of the face where people open and mend accounts themselves."""
    return "dafnck", sandbox.dafnck_url
