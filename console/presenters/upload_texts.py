"""The words of the upload queue. What servers and file systems say is made safe to look at here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from console.i18n import tr
from console.model import zone
from console.model.metrics import Unit
from console.model.upload import FailureClass, UploadItem, UploadState
from console.presenters.display import age_text, exact_time, printable
from console.presenters.number_texts import number_text
from console.presenters.upload_rows import Heading, UploadGroup, is_undecided

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from console.model.document import Document, UploadRules
    from console.model.upload import UploadProgress, UploadStep
    from console.presenters.upload_rows import Row
    from console.presenters.uploads_state import UploadsState
    from console.services.upload_ports import Refusal

NAME, _PATH, TEXT = 120, 2_000, 600
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_HIGH, _LOW, _SHORT = 1, -1, 4
_TYPES = {
    "plain": "TXT",
    "msword": "DOC",
    "vnd.ms-excel": "XLS",
    "vnd.ms-powerpoint": "PPT",
    "vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
}


def name_text(item: UploadItem) -> str:
    """The file's name in one line."""
    return printable(item.name, NAME) or tr("Without a name")


def path_text(item: UploadItem) -> str:
    """The whole path in one line."""
    return printable(item.path, _PATH)


def size_text(size_bytes: float) -> str:
    """A size: `1.5 MiB`."""
    return number_text(size_bytes, Unit.BYTES)


def rate_text(progress: UploadProgress | None) -> str:
    """How fast; empty while that is not known."""
    if progress is None or progress.rate_bps is None:
        return ""
    return tr("{size}/s", size=size_text(progress.rate_bps))


def remaining_text(progress: UploadProgress | None) -> str:
    """For how long; empty while that is not known."""
    if progress is None or progress.remaining_s is None:
        return ""
    return duration_text(progress.remaining_s)


def duration_text(seconds: float) -> str:
    """A time that is still to pass, in its two largest units."""
    whole = max(1, round(seconds))
    if whole < _MINUTE_S:
        return tr("{count} s", count=whole)
    if whole < _HOUR_S:
        return tr("{minutes} min {seconds} s", minutes=whole // _MINUTE_S, seconds=whole % _MINUTE_S)
    if whole < _DAY_S:
        return tr("{hours} h {minutes} min", hours=whole // _HOUR_S, minutes=whole % _HOUR_S // _MINUTE_S)
    return tr("{days} d {hours} h", days=whole // _DAY_S, hours=whole % _DAY_S // _HOUR_S)


def ratio_of(progress: UploadProgress | None) -> float | None:
    """How much is sent, from 0 to 1; None while nothing is."""
    if progress is None:
        return None
    return min(1.0, progress.sent_bytes / progress.total_bytes) if progress.total_bytes else 1.0


def percent_text(ratio: float | None) -> str:
    """How much is sent; 100% only when all is."""
    return "" if ratio is None else f"{int(ratio * 100)}%"


def state_word(  # noqa: C901  (one case a state)
    item: UploadItem, holding: str = "", progress: UploadProgress | None = None
) -> str:
    """Where an item is, in a word or two. `holding` is why its gateway's items don't move, in a word.

    Once everything is sent it is the platform's answer that is waited for.
    """
    match item.state:
        case UploadState.WAITING:
            return tr("Waiting, {why}", why=holding_word(holding)) if holding else tr("Waiting")
        case UploadState.PAUSED:
            return tr("Paused")
        case UploadState.CHECKING:
            return tr("Checking")
        case UploadState.UPLOADING:
            return tr("Verifying") if ratio_of(progress) == 1 else tr("Sending")
        case UploadState.VERIFYING:
            return tr("Verifying")
        case UploadState.DONE:
            return tr("Done")
        case UploadState.NEEDS_FILE:
            return tr("Needs its file")
        case UploadState.NEEDS_SIGN_IN:
            return tr("Needs sign-in")
        case UploadState.CANCELLED:
            return tr("Cancelled")
        case UploadState.FAILED:
            if is_undecided(item):
                return tr("Needs a decision")
            return tr("Failed, {why}", why=failure_word(item.failure.kind)) if item.failure else tr("Failed")


def failure_word(kind: FailureClass) -> str:  # noqa: C901  (one case a class)
    """Why an upload failed, in a word or two."""
    match kind:
        case FailureClass.NETWORK:
            return tr("no connection")
        case FailureClass.SERVICE:
            return tr("platform in trouble")
        case FailureClass.LIMITED:
            return tr("too many requests")
        case FailureClass.NO_ROOM:
            return tr("no room there")
        case FailureClass.CHANGING:
            return tr("file changing")
        case FailureClass.TOO_LARGE:
            return tr("too large")
        case FailureClass.WRONG_TYPE:
            return tr("wrong type")
        case FailureClass.REFUSED:
            return tr("refused")
        case FailureClass.DUPLICATE:
            return tr("duplicate")
        case FailureClass.NOT_OFFERED:
            return tr("not offered")
        case FailureClass.READ_ONLY:
            return tr("read-only gateway")
        case FailureClass.UNDECIDED:
            return tr("stored or not")


def holding_word(holding: str) -> str:
    """Why a gateway's items don't move, in a word."""
    return {"offline": tr("offline"), "signed out": tr("signed out"), "locked": tr("locked")}.get(
        holding, printable(holding, NAME)
    )


def holding_text(gateway: str, holding: str, count: int) -> str:
    """The same in a sentence. It is no error: everything goes on by itself."""
    name, items = printable(gateway, NAME), counted(count)
    match holding:
        case "offline":
            return tr(
                "{name} is out of reach: {items} on hold. Sending goes on when it is back.", name=name, items=items
            )
        case "signed out":
            return tr(
                "Nobody is signed in to {name}: {items} on hold. Sending goes on after sign-in.", name=name, items=items
            )
        case "locked":
            return tr("The console is locked: {items} for {name} on hold.", name=name, items=items)
        case _:
            return tr("{items} for {name} on hold ({why}).", items=items, name=name, why=printable(holding, NAME))


def group_word(group: UploadGroup) -> str:
    """A group in a word."""
    match group:
        case UploadGroup.FAILED:
            return tr("Failed")
        case UploadGroup.NEEDS_YOU:
            return tr("Needs you")
        case UploadGroup.ACTIVE:
            return tr("Active")
        case UploadGroup.WAITING:
            return tr("Waiting")
        case UploadGroup.DONE:
            return tr("Done")


def heading_text(heading: Heading) -> str:
    """A group, how many and how much."""
    return f"{group_word(heading.group)} · {heading.count:,} · {size_text(heading.size_bytes)}"


def counted(count: int) -> str:
    """So many uploads."""
    return tr("1 upload") if count == 1 else tr("{count} uploads", count=f"{count:,}")


def counted_files(count: int) -> str:
    """So many files."""
    return tr("1 file") if count == 1 else tr("{count} files", count=f"{count:,}")


def age_of(item: UploadItem, now: datetime) -> str:
    """Since when it is in the queue."""
    return age_text((now - item.created_at).total_seconds())


def priority_word(priority: int) -> str:
    """How urgent; empty for most."""
    if priority >= _HIGH:
        return tr("high priority")
    return tr("low priority") if priority <= _LOW else ""


def queued_by_text(item: UploadItem, user_id: str, user_name: str) -> str:
    """Whose it is where that is somebody else than who is signed in; empty otherwise."""
    if not item.user_id or item.user_id == user_id:
        return ""
    return tr("queued by {user}", user=printable(user_name or item.user_id, NAME))


def spoken(row: Row, progress: UploadProgress | None, now: datetime, holding: str = "") -> str:
    """What a screen reader says of a row."""
    if isinstance(row, Heading):
        return ", ".join((heading_text(row), tr("collapsed") if row.collapsed else tr("expanded")))
    percent = percent_text(ratio_of(progress))
    parts = (
        name_text(row),
        state_word(row, holding, progress),
        percent,
        size_text(row.size_bytes),
        printable(row.profile, NAME),
        tr("{age} old", age=age_of(row, now)),
    )
    return ", ".join(part for part in parts if part)


def summary_text(state: UploadsState) -> str:
    """How far everything is, in one line."""
    if not state.unfinished:
        return tr("Everything arrived") if state.done else ""
    parts = [tr("{done} of {all} uploads done", done=f"{state.done:,}", all=f"{state.done + state.unfinished:,}")]
    total = state.total
    if total.total_bytes:
        sent, whole = size_text(total.sent_bytes), size_text(total.total_bytes)
        parts.append(tr("{sent} of {whole} sent", sent=sent, whole=whole))
    if state.paused:
        parts.append(tr("paused"))
    else:
        if rate := rate_text(total):
            parts.append(rate)
        if left := remaining_text(total):
            parts.append(tr("{time} left", time=left))
    if state.failed:
        parts.append(tr("{count} failed", count=f"{state.failed:,}"))
    if wanting := state.counts.get(UploadGroup.NEEDS_YOU, 0):
        parts.append(tr("1 needs you") if wanting == 1 else tr("{count} need you", count=f"{wanting:,}"))
    return " · ".join(parts)


def short_text(state: UploadsState) -> str:
    """For the status bar; empty when nothing is left to do."""
    if not state.unfinished:
        return ""
    return tr("{done} of {all} uploads", done=f"{state.done:,}", all=f"{state.done + state.unfinished:,}")


def limit_text(bytes_per_s: int | None) -> str:
    """A limit of the bandwidth."""
    if bytes_per_s is None:
        return tr("No limit")
    return tr("At most {size}/s", size=size_text(bytes_per_s))


class Fact(NamedTuple):
    """Something known of an item.

    Attributes:
        caption: What it is.
        text: Made safe to look at.
        is_whole: One word to the machine, such as a path or a hash: its line is never broken.
    """

    caption: str
    text: str
    is_whole: bool = False


def fact_lines(item: UploadItem, user_id: str = "") -> tuple[Fact, ...]:
    """Everything known of an item; what is not known is missing."""
    failure = item.failure
    told = "\n".join(f"{printable(name, NAME)}: {printable(value, NAME)}" for name, value in item.metadata.items())
    lines = (
        (tr("Gateway"), printable(item.profile, NAME)),
        (tr("Path"), path_text(item), True),
        (tr("Size"), tr("{size} ({count} bytes)", size=size_text(item.size_bytes), count=f"{item.size_bytes:,}")),
        (tr("Type"), printable(item.media_type, NAME)),
        (tr("Told with it"), told),
        (tr("Priority"), priority_word(item.priority)),
        (tr("Queued"), " · ".join(filter(None, (exact_time(item.created_at), queued_by_text(item, user_id, ""))))),
        (tr("Attempts"), str(item.attempts or "")),
        (tr("Last answer"), tr("status {status}", status=failure.status) if failure and failure.status else ""),
        (tr("Request id"), printable(failure.request_id, NAME) if failure else "", True),
        (tr("Document id"), printable(item.document_id, NAME), True),
        (tr("Thumbnail"), printable(item.thumbnail_url, _PATH), True),
        (tr("SHA-256"), item.sha256, True),
        (tr("Key"), printable(item.idempotency_key, NAME), True),
    )
    return tuple(fact for fact in (Fact(*line) for line in lines) if fact.text)


def candidate_text(document: Document) -> str:
    """A document that may be it, in one line."""
    size = size_text(document.size_bytes) if document.size_bytes is not None else ""
    at = exact_time(document.created_at) if document.created_at is not None else ""
    parts = (printable(document.name, NAME), size, at, printable(document.id, NAME))
    return " · ".join(part for part in parts if part)


def story_line(step: UploadStep) -> str:
    """One line of an item's story: when, what, why, under which request."""
    head = f"{zone.shown(step.at):%d %b %H:%M:%S}  {step_word(step)}"
    request = tr("request {id}", id=printable(step.request_id, NAME)) if step.request_id else ""
    rest = " · ".join(part for part in (printable(step.text, TEXT), request) if part)
    return f"{head}\n{rest}" if rest else head


def step_word(step: UploadStep) -> str:
    """What an item became, and in which attempt."""
    words = {
        UploadState.WAITING: tr("Waiting"),
        UploadState.PAUSED: tr("Paused"),
        UploadState.CHECKING: tr("Checking"),
        UploadState.UPLOADING: tr("Sending"),
        UploadState.VERIFYING: tr("Verifying"),
        UploadState.DONE: tr("Done"),
        UploadState.FAILED: tr("Failed"),
        UploadState.NEEDS_FILE: tr("Needs its file"),
        UploadState.NEEDS_SIGN_IN: tr("Needs sign-in"),
        UploadState.CANCELLED: tr("Cancelled"),
    }
    if step.attempt:
        return tr("{state}, attempt {count}", state=words[step.state], count=step.attempt)
    return words[step.state]


def rules_text(rules: UploadRules) -> str:
    """What a platform takes, in a sentence."""
    size = (
        tr("Files of up to {size}.", size=size_text(rules.max_bytes)) if rules.max_bytes else tr("Files of any size.")
    )
    if not rules.media_types:
        return tr("{size} Any type.", size=size)
    types = ", ".join(sorted(printable(_short_type(one), NAME) for one in rules.media_types))
    return tr("{size} Types: {types}.", size=size, types=types)


def refusal_lines(refused: Sequence[Refusal], limit: int = 200) -> str:
    """A line a file: which, and why it is left out."""
    lines = [f"{printable(one.path, _PATH)}: {printable(one.reason, TEXT)}" for one in refused[:limit]]
    if (more := len(refused) - limit) > 0:
        lines.append(tr("and {count} more", count=f"{more:,}"))
    return "\n".join(lines)


def _short_type(media_type: str) -> str:
    """`application/pdf` as people call it: PDF. Unknown long names stay as they are."""
    name = media_type.rpartition("/")[2]
    if (known := _TYPES.get(name)) is not None:
        return known
    return name.upper() if name.isalnum() and len(name) <= _SHORT else media_type
