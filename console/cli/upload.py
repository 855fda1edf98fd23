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
from console.services.upload_ports import Refusal
from console.services.uploads.gate import OFFLINE, SIGNED_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.composition import Console
    from console.model.upload import UploadItem
    from console.paths import Home
    from console.services.upload_ports import QueueSnapshot

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
        self._left: set[str] = set()  # items that are not told of yet
        self._sizes: Mapping[str, int] = {}
        self._files: Mapping[str, str] = {}  # by item
        self._code = FINE
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
        self._code = BAD if refused else FINE
        if not added.items:
            return self._code
        self._sizes = {item.id: item.size_bytes for item in added.items}
        self._files = {item.id: item.path for item in added.items}
        self._left = set(self._sizes)
        return await self._follow()

    def _check(self, metadata: Mapping[str, str]) -> None:
        """What the platform would not be told is not taken either: nobody would notice."""
        rules = self._queue.rules(self._profile)
        known = {field.id for field in rules.fields} if rules is not None else set()
        if rules is not None and (surplus := sorted(metadata.keys() - known)):
            raise click.UsageError(tr("{profile} takes no --{option}", profile=self._profile, option=surplus[0]))

    async def _follow(self) -> int:
        """Send, and tell of it, until there is nothing to wait for any more; the exit code."""
        loop = asyncio.get_running_loop()
        running = loop.create_task(self._queue.run(only=frozenset(self._left)), name="uploads")
        ends = [
            loop.create_task(self._watch(), name="watch uploads"),
            loop.create_task(self._lose_patience(), name="offline"),
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

    async def _lose_patience(self) -> int:
        """Wait until the gateway was away for too long."""
        away_s = 0.0
        while away_s < self._wait_s or self._held() != OFFLINE:
            await asyncio.sleep(_TICK_S)
            away_s = away_s + _TICK_S if self._held() == OFFLINE else 0.0
        return self._give_up(tr("{profile} can't be reached: the files stay in the queue.", profile=self._profile))

    def _held(self) -> str:
        return self._queue.snapshot.value.holding.get(self._profile, "")

    async def _watch(self) -> int:
        """Tell of each item once it is settled, and how far all of it is meanwhile; the exit code."""
        with contextlib.ExitStack() as stack:
            if self._bar is not None:
                stack.callback(self._bar.clear)
            missing = set(self._left)
            async for snapshot in self._queue.snapshot.follow():
                mine = {item.id: item for item in snapshot.items if item.id in self._left}
                missing -= mine.keys()  # one that is missing later was removed elsewhere
                if not missing and (code := self._look(mine, snapshot)) is not None:
                    return code
        raise AssertionError  # it never ends by itself

    def _look(self, mine: Mapping[str, UploadItem], snapshot: QueueSnapshot) -> int | None:
        """What is to be told of a snapshot; the exit code once there is nothing to wait for."""
        for item_id in sorted(self._left - mine.keys(), key=lambda gone: self._files[gone]):
            self._left.discard(item_id)
            self._code = max(self._code, BAD)
            reason = tr("removed from the queue before it was told what became of it")
            self._refused(Refusal(path=self._files[item_id], kind=None, reason=reason), state="removed")
        for item in mine.values():
            if _over(item):
                self._tell(item)
        if not self._left:
            return self._code
        if self._held() == SIGNED_OUT:
            text = tr("Nobody is signed in to {profile}: the files stay in the queue.", profile=self._profile)
            self._give_up(text)
            return UNAUTHORISED
        if snapshot.paused:
            self._give_up(tr("The queue is paused: the files stay in it."))
            return BAD
        if self._bar is not None:
            left = [item for item in mine.values() if item.id in self._left]
            self._bar.show(left, self._sizes, snapshot)
        return None

    def _give_up(self, text: str) -> int:
        """Tell how those are that are not settled."""
        for item in self._queue.snapshot.value.items:
            if item.id in self._left:
                self._tell(item)
        say(text)
        return UNREACHABLE

    def _tell(self, item: UploadItem) -> None:
        self._left.discard(item.id)
        if item.state is UploadState.NEEDS_SIGN_IN:
            self._code = UNAUTHORISED
        elif item.state is not UploadState.DONE:
            self._code = max(self._code, BAD)
        if self._bar is not None:
            self._bar.clear()
        self._settled(item)

    def _refused(self, refusal: Refusal, state: str = "refused") -> None:
        if self._as_json:
            nothing = {"sha256": None, "document_id": None, "attempts": 0}
            give({"file": refusal.path, "state": state, **nothing, "error": refusal.reason})
        elif state == "refused":
            say(tr("{file}: not taken: {reason}", file=refusal.path, reason=refusal.reason))
        else:
            say(tr("{file}: {reason}", file=refusal.path, reason=refusal.reason))

    def _settled(self, item: UploadItem) -> None:
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

    def show(self, left: Sequence[UploadItem], sizes: Mapping[str, int], snapshot: QueueSnapshot) -> None:
        """How far all of it is.

        Args:
            left: What is not settled.
            sizes: Of all, by id.
            snapshot: Of the queue.
        """
        total = sum(sizes.values())
        under_way = sum(one.sent_bytes for item_id, one in snapshot.progress.items() if item_id in sizes)
        sent = total - sum(item.size_bytes for item in left) + under_way
        share = min(1.0, max(0.0, sent / total)) if total else 1.0
        filled = int(share * _BAR_WIDTH)
        words = [f"[{'#' * filled}{'-' * (_BAR_WIDTH - filled)}] {share:4.0%}"]
        words.append(tr("{done} of {count}", done=len(sizes) - len(left), count=len(sizes)))
        if (rate := snapshot.total.rate_bps) is not None:
            words.append(tr("{rate} MB/s", rate=f"{rate / 1_000_000:.1f}"))
        if (remaining := snapshot.total.remaining_s) is not None:
            words.append(tr("{remaining} s left", remaining=round(remaining)))
        words.extend(snapshot.holding.values())
        click.echo(f"\r\x1b[K{printable('  '.join(words))}", nl=False, err=True)
        self._shown = True

    def clear(self) -> None:
        """Leave no line behind."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._shown = False


def _over(item: UploadItem) -> bool:
    return item.state.settled or item.needs_operator or item.state is UploadState.PAUSED
