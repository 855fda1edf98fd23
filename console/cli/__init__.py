"""The command line. Without a command it opens the window.

Exit codes: 0 fine, 1 the checked thing is bad, 2 usage or cannot reach, 3 not authorised; and as shells have it 130
after an interrupt, 141 when the reader of standard output has gone.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console import __version__
from console.paths import Home

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERRUPTED, HUNG_UP = 130, 141

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("console.cli.window", "demo"),
    "tour": ("console.cli.window", "tour"),
    "sandbox": ("console.sandbox.command", "sandbox"),
    "profile": ("console.cli.profile", "profile"),
    "settings": ("console.cli.settings", "settings"),
    "login": ("console.cli.sign_in", "login"),
    "tenant": ("console.cli.tenant", "tenant"),
    "account": ("console.cli.account", "account"),
    "logout": ("console.cli.sign_in", "logout"),
    "doctor": ("console.cli.doctor", "doctor"),
    "store": ("console.cli.store", "store"),
    "cache": ("console.cli.cache", "cache"),
    "health": ("console.cli.health", "health"),
    "upload": ("console.cli.upload", "upload"),
    "diagnostics": ("console.cli.diagnostics", "diagnostics"),
    "record": ("console.cli.record", "record"),
}


class LazyGroup(click.Group):
    """Imports a command's module when that command runs: the window must not wait for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """See click."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (see above)
        """See click."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """See click, whose own codes for these two would say that the checked thing is bad."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # What is still buffered is flushed at the exit, and would be complained about there.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(HUNG_UP)


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gatewatch")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep everything in this folder (also GATEWATCH_HOME).",
)
@click.option("--verbose", is_flag=True, help="Log more to the log file.")
@click.pass_context
def gatewatch(ctx: click.Context, home: Path | None, verbose: bool) -> None:
    """A desktop operator console for platforms behind an API gateway. Without a command it opens the window."""
    ctx.obj = Home.find(home)
    ctx.meta["gatewatch.verbose"] = verbose
    if ctx.invoked_subcommand is None:
        from console.start import open_window  # noqa: PLC0415  (brings Qt)

        ctx.exit(open_window(ctx.obj, verbose=verbose))
