"""`gatewatch record`: what was seen and done, looked through without a gateway; and how large that has become."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
import msgspec

from console.cli.running import FINE, give, printable, say, sendable, with_console
from console.i18n import tr
from console.model.errors import ProfileError
from console.model.record import RecordKind, RecordQuery
from console.services.retention import shown_size, shown_span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from console.composition import Console
    from console.model.record import RecordEntry, RecordPage
    from console.paths import Home

_PAGE = 500
_AGO = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*([smhdw])", re.IGNORECASE)
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A time: how long ago, or ISO 8601, local unless it says otherwise; a callback for options."""
    if value is None:
        return None
    text = value.strip()
    try:
        if (ago := _AGO.fullmatch(text)) is not None:
            return datetime.now(UTC) - timedelta(seconds=float(ago[1]) * _UNIT_S[ago[2].lower()])
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        shown = tr("{text} is no time such as 2h, 3d or 2026-03-01T12:00", text=printable(text[:40]))
        raise click.BadParameter(shown, ctx, param) from None


@click.group()
def record() -> None:
    """Look through what was recorded. Contacts nobody."""


@record.command("query")
@click.option(
    "--gateway", "gateways", multiple=True, help="A profile's name, or a gateway's id. More than once for more."
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in RecordKind]),
    help="More than once for more.",
)
@click.option("--since", callback=moment, help="2h, 3d, or ISO 8601.")
@click.option("--until", callback=moment, help="The same.")
@click.option("--id", "wanted_id", default="", callback=sendable, help="A request's, a service's or a profile's.")
@click.option("--text", default="", callback=sendable, help="Contained in the entry's line; A to Z in either case.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
@click.pass_obj
def query(
    home: Home,
    /,
    *,
    gateways: tuple[str, ...],
    kinds: tuple[str, ...],
    wanted_id: str,
    limit: int,
    as_json: bool,
    **narrowed: datetime | str | None,
) -> None:
    """Entries of all kinds, newest first."""

    async def work(console: Console) -> int:
        names = {profile.gateway_id: profile.name for profile in console.directory.profiles.value}
        wanted = msgspec.convert(
            {
                **narrowed,
                "gateways": tuple(_gateway_id(name, names) for name in gateways),
                "kinds": kinds,
                "id": wanted_id,
                "limit": min(limit, _PAGE),
            },
            RecordQuery,
        )
        left, page = limit, None
        async for page in _pages(console, wanted):
            for entry in page.entries[:left]:
                give(_told(entry, names)) if as_json else click.echo(_line(entry, names))
            left -= len(page.entries)
            if left <= 0:
                break
        if page is not None and page.dropped_until is not None:
            since = wanted.since or page.dropped_until
            if left > 0 and since <= page.dropped_until:
                say(
                    tr(
                        "Some of what was seen before {time} was dropped: the record was full.",
                        time=_time(page.dropped_until),
                    )
                )
        return FINE

    with_console(home, work)


@record.command("size")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def size(home: Home, *, as_json: bool) -> None:
    """How large the record is, how large it may become, and when that will be."""

    async def work(console: Console) -> int:
        found, limit = await console.retention.size(), console.retention.limit
        left = limit.full_in(found)
        if as_json:
            give(
                {
                    "file_bytes": found.file_bytes,
                    "data_bytes": found.data_bytes,
                    "limit_bytes": limit.size_bytes,
                    "oldest": None if found.oldest is None else found.oldest.isoformat(),
                    "newest": None if found.newest is None else found.newest.isoformat(),
                    "full_in_s": None if left is None else round(left.total_seconds()),
                }
            )
            return FINE
        click.echo(tr("{held} of {most}", held=shown_size(found.file_bytes), most=shown_size(limit.size_bytes)))
        if found.oldest is not None:
            click.echo(tr("since {time}", time=_time(found.oldest)))
        if left is not None:
            click.echo(tr("full in {span}", span=shown_span(left)))
        return FINE

    with_console(home, work)


async def _pages(console: Console, wanted: RecordQuery) -> AsyncIterator[RecordPage]:
    while True:
        page = await console.record.entries(wanted)
        yield page
        if not page.more:
            return
        wanted = msgspec.structs.replace(wanted, before=page.more)


def _gateway_id(name: str, names: dict[str, str]) -> str:
    """The id for a profile's name; an id is taken as it is: the record outlives its profile."""
    for gateway_id, known in names.items():
        if name in (gateway_id, known):
            return gateway_id
    if ":" in name and "#" in name:
        return name
    known = ", ".join(map(repr, names.values())) or tr("none yet")
    raise ProfileError(tr("there is no profile {name!r}; there are: {known}", name=name, known=known))


def _told(entry: RecordEntry, names: dict[str, str]) -> dict[str, object]:
    return {
        "kind": entry.kind.value,
        "gateway": names.get(entry.gateway_id),
        "gateway_id": entry.gateway_id,
        "observed_at": entry.observed_at.isoformat(),
        "said_at": None if entry.said_at is None else entry.said_at.isoformat(),
        "ids": entry.ids,
        "text": entry.text,
        "detail": dict(entry.detail),
    }


def _line(entry: RecordEntry, names: dict[str, str]) -> str:
    gateway = names.get(entry.gateway_id, entry.gateway_id) or "-"
    ids = f"  [{' '.join(entry.ids)}]" if entry.ids else ""
    return printable(f"{_time(entry.observed_at)}  {entry.kind.value:<10}  {gateway}  {entry.text}{ids}")


def _time(at: datetime) -> str:
    """Local, with its offset: what a terminal shows is read by somebody who sits there."""
    return at.astimezone().isoformat(sep=" ", timespec="seconds")
