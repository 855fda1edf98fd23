"""`gatewatch upload`: files and folders into the queue, and along until they have arrived."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.running import BAD, FINE, UNAUTHORISED, UNREACHABLE, give, printable, say, sendable, with_console
from console.i18n import tr
from console.model.upload import UploadState
from console.services.uploads.gate import OFFLINE, SIGNED_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.composition import Console
    from console.model.upload import UploadItem
    from console.paths import Home
    from console.services.upload_ports import QueueSnapshot, Refusal

_BAR_WIDTH = 30
_TICK_S = 0.2


@click.command()
@click.argument("profile")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--category", callback=sendable, help="Where the platform sorts documents.")
@click.option("--agent", callback=sendable, help="Id of the agent that the document is for.")
@click.option("--thumbnail", is_flag=True, help="Have the platform make a small picture of it.")
@click.option("--description", callback=sendable)
@click.option("--priority", type=int, default=0, help="Higher goes first.", show_default=True)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="Seconds to wait for a gateway that is not there.",
)
@click.option("--json", "as_json", is_flag=True, help="One object a file, as soon as it is settled.")
@click.pass_obj
def upload(  # noqa: PLR0913  (one for each option)
    home: Home,
    *,
    profile: str,
    files: tuple[Path, ...],
    category: str | None,
    agent: str | None,
    thumbnail: bool,
    description: str | None,
    priority: int,
    wait_s: float,
    as_json: bool,
) -> None:
    """Upload each FILE, and what is in folders, to PROFILE. Ends when all of it has arrived or waits for somebody.

    Whatever interrupts it, the files stay in the queue: the window goes on with them, and so does this command when it
    is given them again.
    """
    told = {
        "category": category,
        "agent": agent,
        "thumbnail": "true" if thumbnail else None,
        "description": description,
    }
    metadata = {name: value for name, value in told.items() if value is not None}

    async def work(console: Console) -> int:
        return await _Upload(console, profile, wait_s=wait_s, as_json=as_json).run(files, metadata, priority)

    with_console(home, work)


class _Upload:
    """One run of the command."""

    def __init__(self, console: Console, profile: str, *, wait_s: float, as_json: bool) -> None:
        self._console = console
        self._queue = console.uploads
        self._profile = profile
        self._wait_s = wait_s
        self._as_json = as_json
        self._told: set[str] = set()
        self._bar = _Bar() if sys.stderr.isatty() and not as_json else None

    async def run(self, files: Sequence[Path], metadata: Mapping[str, str], priority: int) -> int:
        session = self._console.directory.session(self._profile)
        await session.reach()
        await session.restored()
        self._check(metadata)
        survey = await self._queue.survey(files)
        added = await self._queue.add(self._profile, survey.files, metadata=metadata, priority=priority)
        refused = (*survey.refused, *added.refused)
        for refusal in refused:
            self._refused(refusal)
        wanted = {item.id: item for item in added.items}
        if not wanted:
            return BAD if refused else FINE
        ended = await self._follow(frozenset(wanted))
        return max(BAD if refused else FINE, ended)

    def _check(self, metadata: Mapping[str, str]) -> None:
        """What the platform would not be told is not taken either: nobody would notice."""
        rules = self._queue.rules(self._profile)
        known = {field.id for field in rules.fields} if rules is not None else set()
        if rules is not None and (surplus := sorted(metadata.keys() - known)):
            raise click.UsageError(tr("{profile} takes no --{option}", profile=self._profile, option=surplus[0]))

    async def _follow(self, wanted: frozenset[str]) -> int:
        """Send, and tell of it, until there is nothing to wait for any more; the exit code."""
        loop = asyncio.get_running_loop()
        running = loop.create_task(self._queue.run(only=wanted), name="uploads")
        ends = [
            loop.create_task(self._watch(wanted), name="watch uploads"),
            loop.create_task(self._lose_patience(wanted), name="offline"),
        ]
        try:
            await asyncio.wait([running, *ends], return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running  # it ends by an error alone
            return next(end.result() for end in ends if end.done())
        finally:
            for task in (running, *ends):
                task.cancel()
            await asyncio.gather(running, *ends, return_exceptions=True)

    async def _lose_patience(self, wanted: frozenset[str]) -> int:
        """Wait until the gateway was away for too long."""
        away_s = 0.0
        while away_s < self._wait_s or self._queue.snapshot.value.holding.get(self._profile) != OFFLINE:
            await asyncio.sleep(_TICK_S)
            away = self._queue.snapshot.value.holding.get(self._profile) == OFFLINE
            away_s = away_s + _TICK_S if away else 0.0
        self._tell([item for item in self._queue.snapshot.value.items if item.id in wanted])
        say(tr("{profile} can't be reached: the files stay in the queue.", profile=self._profile))
        return UNREACHABLE

    async def _watch(self, wanted: frozenset[str]) -> int:
        """Tell of each item once it is settled, and how far all of it is meanwhile; the exit code."""
        missing = set(wanted)
        with contextlib.ExitStack() as stack:
            if self._bar is not None:
                stack.callback(self._bar.clear)
            async for snapshot in self._queue.snapshot.follow():
                mine = [item for item in snapshot.items if item.id in wanted]
                missing -= {item.id for item in mine}  # one that is missing later was removed elsewhere
                if not missing and (code := self._look(mine, snapshot)) is not None:
                    return code
        raise AssertionError  # it never ends by itself

    def _look(self, mine: Sequence[UploadItem], snapshot: QueueSnapshot) -> int | None:
        """What is to be told of a snapshot; the exit code once there is nothing to wait for."""
        if snapshot.holding.get(self._profile) == SIGNED_OUT:
            self._tell(mine)
            say(tr("Nobody is signed in to {profile}: the files stay in the queue.", profile=self._profile))
            return UNAUTHORISED
        self._tell([item for item in mine if _over(item)])
        if all(_over(item) for item in mine):
            return _code(mine)
        if self._bar is not None:
            self._bar.show(mine, snapshot)
        return None

    def _tell(self, items: Sequence[UploadItem]) -> None:
        for item in items:
            if item.id not in self._told:
                if self._bar is not None:
                    self._bar.clear()
                self._settled(item)

    def _refused(self, refusal: Refusal) -> None:
        if self._as_json:
            nothing = {"sha256": None, "document_id": None, "attempts": 0}
            give({"file": refusal.path, "state": "refused", **nothing, "error": refusal.reason})
        else:
            say(tr("{file}: not taken: {reason}", file=refusal.path, reason=refusal.reason))

    def _settled(self, item: UploadItem) -> None:
        self._told.add(item.id)
        error = item.failure.text if item.failure is not None else None
        if self._as_json:
            give(
                {
                    "file": item.path,
                    "state": item.state.value,
                    "sha256": item.sha256 or None,
                    "document_id": item.document_id or None,
                    "attempts": item.attempts,
                    "error": error,
                }
            )
        elif item.state is UploadState.DONE:
            click.echo(printable(f"{item.name}  {item.state.value}  {item.document_id}"))
        else:
            click.echo(printable(f"{item.name}  {item.state.value}  {error or ''}".rstrip()))


class _Bar:
    """One line of a terminal, drawn over again."""

    def __init__(self) -> None:
        self._shown = False

    def show(self, items: Sequence[UploadItem], snapshot: QueueSnapshot) -> None:
        ids = {item.id for item in items}
        total = sum(item.size_bytes for item in items)
        done = sum(item.size_bytes for item in items if item.state is UploadState.DONE)
        sent = done + sum(one.sent_bytes for item_id, one in snapshot.progress.items() if item_id in ids)
        share = min(1.0, sent / total) if total else 1.0
        filled = int(share * _BAR_WIDTH)
        words = [f"[{'#' * filled}{'-' * (_BAR_WIDTH - filled)}] {share:4.0%}"]
        words.append(tr("{done} of {count}", done=sum(map(_over, items)), count=len(items)))
        if (rate := snapshot.total.rate_bps) is not None:
            words.append(tr("{rate} MB/s", rate=f"{rate / 1_000_000:.1f}"))
        if (remaining := snapshot.total.remaining_s) is not None:
            words.append(tr("{remaining} s left", remaining=round(remaining)))
        words.extend(snapshot.holding.values())
        click.echo(f"\r\x1b[K{printable('  '.join(words))}", nl=False, err=True)
        self._shown = True

    def clear(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._shown = False


def _over(item: UploadItem) -> bool:
    return item.state.settled or item.needs_operator or item.state is UploadState.PAUSED


def _code(items: Sequence[UploadItem]) -> int:
    if any(item.state is UploadState.NEEDS_SIGN_IN for item in items):
        return UNAUTHORISED
    return FINE if all(item.state is UploadState.DONE for item in items) else BAD
