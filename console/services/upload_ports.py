"""What screens and commands may ask of the upload queue and of a gateway's documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.model.errors import StoreError
from console.model.upload import FailureClass, UploadItem, UploadProgress, UploadState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from console.model.document import Document, DocumentAction, DocumentPage, UploadRules
    from console.model.upload import UploadStep
    from console.services.latest import Latest
    from console.services.ports import Told


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A path that was not taken, and why: in a few words, for people."""

    path: str
    kind: FailureClass | None
    reason: str


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A folder from which whatever is put there is queued.

    Attributes:
        folder: Its path.
        trouble: Why nothing is taken from it at the moment, for people; empty when all is well.
        refused: What lies there and is not queued, and why; not more than a few.
        refused_count: How many there are of those.
    """

    folder: str
    trouble: str = ""
    refused: tuple[Refusal, ...] = ()
    refused_count: int = 0


class QueueSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The queue of every gateway at one moment.

    Attributes:
        items: By priority, position; those that are done or cancelled included until they are cleared.
        progress: Of those being sent by this process, by item id.
        total: Of all that is not settled.
        paused: The whole queue is held by the operator.
        bandwidth_bps: The limit on everything together; None for none.
        loaded: False until the journal was read: show skeletons.
        holding: Why a gateway's items don't move at the moment though nobody paused them, by profile:
            `offline`, `signed out`, `locked`. Not an error.
        watched: The watch folders, by profile, while this process looks at them.
        trouble: Why the journal can't be read or written at the moment; None when it can.
    """

    items: tuple[UploadItem, ...] = ()
    progress: Mapping[str, UploadProgress] = msgspec.field(default_factory=dict)
    total: UploadProgress = UploadProgress(sent_bytes=0, total_bytes=0)
    paused: bool = False
    bandwidth_bps: int | None = None
    loaded: bool = False
    holding: Mapping[str, str] = msgspec.field(default_factory=dict)
    watched: Mapping[str, Watched] = msgspec.field(default_factory=dict)
    trouble: StoreError | None = None

    def count(self, state: UploadState) -> int:
        """How many items are in a state."""
        return sum(item.state is state for item in self.items)


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What a drop or a selection holds, before anything is queued.

    Attributes:
        files: Regular files, in the order they will be queued.
        total_bytes: Of all of them.
        refused: What is left out: links, hidden files, what is no regular file, what can't be read.
    """

    files: tuple[str, ...]
    total_bytes: int
    refused: tuple[Refusal, ...] = ()


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What became of files that were to be queued."""

    items: tuple[UploadItem, ...]
    refused: tuple[Refusal, ...] = ()


class UploadQueue(Protocol):
    """The queue of all gateways. What is asked for is in the journal when the method returns.

    Every method raises StoreError when the journal can't be written.
    """

    @property
    def snapshot(self) -> Latest[QueueSnapshot]:
        """The newest snapshot; set at most ten times a second."""

    async def survey(self, paths: Sequence[Path]) -> Survey:
        """Look through files and folders, off the loop's thread. Links are not followed, hidden files left out."""

    async def add(
        self, profile: str, files: Sequence[str], *, metadata: Mapping[str, str] | None = None, priority: int = 0
    ) -> Added:
        """Queue files for a gateway; what the platform won't take is refused.

        The same file twice is one item, also when it has arrived, until that is cleared.
        """

    async def pause(self, item_ids: Sequence[str]) -> None:
        """Hold these; one that is being sent breaks off and begins anew later."""

    async def resume(self, item_ids: Sequence[str]) -> None:
        """Let these go on."""

    async def cancel(self, item_ids: Sequence[str]) -> None:
        """Give these up; one whose last byte has gone out is verified first, and may end as done."""

    async def retry(self, item_ids: Sequence[str]) -> None:
        """Try these now: attempts begin at zero.

        One that is undecided is looked up again, and sent only when it turns out not to be stored. One whose content is
        queued or stored already is sent all the same when it is the only one asked for; among several it is not.
        """

    async def retry_failed(self, profile: str = "") -> int:
        """Try every failed one now, of one gateway or of all, as `retry` does several; how many.

        Undecided ones are left to `decide`, or to a `retry` of their own.
        """

    async def clear_done(self) -> int:
        """Forget what is done or cancelled; how many."""

    async def remove(self, item_ids: Sequence[str]) -> None:
        """Forget these, unless they are being sent."""

    async def move(self, item_ids: Sequence[str], before_id: str = "") -> None:
        """Put these, in this order, before another; at the end without one."""

    async def prioritise(self, item_ids: Sequence[str], priority: int) -> None:
        """Let these go before or after others."""

    async def decide(self, item_id: str, *, stored: bool, document_id: str = "") -> None:
        """What the look-up could not tell: it is stored (perhaps as that document), or is to be sent again."""

    async def locate(self, item_id: str, path: Path) -> None:
        """The file of an item that needs it is here now.

        Raises:
            FileTrouble: It can't be read.
        """

    async def hold(self, *, paused: bool) -> None:
        """Pause or resume the whole queue, also over restarts."""

    async def limit_bandwidth(self, bytes_per_s: int | None) -> None:
        """Share so many bytes a second among everything that is sent; None for no limit."""

    async def story(self, item_id: str) -> tuple[UploadStep, ...]:
        """What happened to an item, oldest first."""

    async def thumbnail(self, item: UploadItem) -> bytes:
        """What lies at the item's `thumbnail_url`; whoever shows it finds out whether it is a picture.

        Raises:
            NotOffered: It is not on the item's gateway, or that is not open; nobody else is asked.
            GatewayError: It could not be had.
        """

    async def request_ids(self) -> Mapping[str, str]:
        """The last request that each item's story tells of, by the item's id; without those that sent none."""

    def rules(self, profile: str) -> UploadRules | None:
        """What a gateway's platform wants of documents; None where it takes none."""

    def curl(self, item: UploadItem) -> str:
        """The upload as a command for a shell, without its token; empty before anything was sent to that gateway."""


class DocumentShelf(Protocol):
    """The documents of one gateway, while its session is open."""

    @property
    def rules(self) -> UploadRules:
        """What the platform wants of documents."""

    @property
    def actions(self) -> frozenset[DocumentAction]:
        """What it offers, less what this gateway was found not to have."""

    @property
    def arrivals(self) -> int:
        """How many documents this program has stored there: whoever looks at a list looks again when it grows."""

    @property
    def page(self) -> Latest[Told[DocumentPage] | None]:
        """What was looked for last, with its age; None until then."""

    async def look(self, page: int = 1, search: str = "") -> None:
        """Show a page in `page`: what is known at once, then what the gateway says, until cancelled.

        The last look wins.
        """

    def look_again(self) -> None:
        """Ask for that page anew, now."""

    def rest(self) -> None:
        """Nobody looks any more: forget the page, which may soon be another user's."""

    async def details(self, document_id: str) -> Document:
        """One of them, as the gateway says now."""

    async def delete(self, document_id: str) -> None:
        """Remove it; lists are read anew."""

    async def process(self, document_id: str) -> None:
        """Have the platform work on it; lists are read anew."""

    async def download(self, document_id: str, folder: Path, progress: Latest[UploadProgress | None]) -> Path:
        """Store its content in a folder under a safe, unused name; nothing half stays behind.

        Raises:
            FileTrouble: The folder can't be written.
            GatewayError: It broke off.
        """

    async def thumbnail(self, url: str) -> bytes:
        """What lies at a `Document.thumbnail_url`; whoever shows it finds out whether it is a picture.

        Raises:
            NotOffered: It is not on this gateway, and nobody else is asked.
            GatewayError: It could not be had.
        """
