"""`gatewatch cache`: what is kept of a gateway's answers. Asks no gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from console.cli.running import FINE, give, printable, say, with_console
from console.i18n import tr

if TYPE_CHECKING:
    from console.composition import Console
    from console.paths import Home


@click.group()
def cache() -> None:
    """Look at what is kept of a gateway's answers, or forget it."""


@cache.command("list")
@click.argument("profile")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(home: Home, *, profile: str, as_json: bool) -> None:
    """Endpoints of PROFILE whose answers are stored, with the answers' age."""

    async def work(console: Console) -> int:
        stored = await console.directory.stored_answers(profile)
        now = datetime.now(UTC)
        if as_json:
            told = (
                {"endpoint": one.endpoint, "observed_at": one.observed_at.isoformat(), "invalid": one.invalid}
                for one in stored
            )
            give(list(told))
            return FINE
        for one in stored:
            age_s = max(0, round((now - one.observed_at).total_seconds()))
            click.echo(f"{printable(one.endpoint)}\t{tr('{age} s ago', age=age_s)}")
        if not stored:
            say(tr("Nothing is stored of {profile}.", profile=profile))
        return FINE

    with_console(home, work)


@cache.command("clear")
@click.argument("profile")
@click.option("--endpoint", default="", help="Only this one's, as list names it. Left out, all.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def clear(home: Home, *, profile: str, endpoint: str, as_json: bool) -> None:
    """Forget the stored answers of PROFILE. What is recorded of its health stays."""

    async def work(console: Console) -> int:
        count = await console.directory.clear_answers(profile, endpoint)
        if as_json:
            give({"profile": profile, "cleared": count})
        say(tr("Forgot {count} stored answers of {profile}.", count=count, profile=profile))
        return FINE

    with_console(home, work)
