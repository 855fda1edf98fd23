"""The platform's documents: real files in a folder, whichever face they came through."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import hashlib
import json
import random
import shutil
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from console.paths import private_dir
from console.sandbox import document_seeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.sandbox.incoming import ReceivedFile

_DAY_S = 86_400.0
_SEEDED_DAYS = 30
_PIECE = 262_144
_STEP_S = 0.15
_EXCERPT = 200


class DocumentState(enum.StrEnum):
    """How far the platform is with a document."""

    STORED = "stored"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    DELETED = "deleted"


@dataclass(kw_only=True)
class StoredDocument:
    """A document. Its content is a file as long as it is not deleted.

    Attributes:
        name: As it was uploaded.
        media_type: As the client said.
        sha256: Of the content, lower-case hex; empty for a row without content.
        created_at: True time, epoch seconds.
        owner_id: Who uploaded it.
        key: The `Idempotency-Key` it came with; empty for none.
        face: It came through; empty for those that were there before.
        facts: What was told with it, by the face's own names.
        seed_index: Which of those that were there before; -1 for the others.
        findings: Of the processing: what each step found.
    """

    id: str
    name: str
    size_bytes: int
    media_type: str
    sha256: str
    created_at: float
    state: DocumentState = DocumentState.STORED
    owner_id: str = ""
    key: str = ""
    face: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    seed_index: int = -1
    findings: dict[str, object] = field(default_factory=dict)


class Documents:
    """Kept in the state folder, or in a temporary one that goes with the sandbox. Belongs to one event loop.

    Args:
        folder: Of the state; None for a temporary one, made when it is needed.
        seed: Decides what was there before.
        seeded: How many documents were there before.
        born_at: When the platform began, epoch seconds: they are older.
        on_processed: Told when the platform is done with a document.
        on_deleted: Told when one is gone.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        seed: int,
        seeded: int,
        born_at: float,
        on_processed: Callable[[StoredDocument], None] = lambda document: None,  # noqa: ARG005  (nobody listens)
        on_deleted: Callable[[StoredDocument], None] = lambda document: None,  # noqa: ARG005  (nobody listens)
    ) -> None:
        self._state = folder
        self._seed = seed
        self._seeded = seeded
        self._born_at = born_at
        self._on_processed = on_processed
        self._on_deleted = on_deleted
        self._temporary: Path | None = None
        self._index: IO[str] | None = None
        self._rows: dict[str, StoredDocument] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._hurried = asyncio.Event()

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Where processing runs."""
        self._tasks = tasks

    def hurry(self) -> None:
        """The sandbox is about to stop: nothing waits any more."""
        self._hurried.set()
        for task in self._work:
            task.cancel()

    def close(self) -> None:
        """Let go of files; a temporary folder is removed."""
        if self._index is not None:
            self._index.close()
            self._index = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    @property
    def folder(self) -> Path:
        """Where files are, and where they come in."""
        if self._state is not None:
            private_dir(self._state)
            return self._state
        if self._temporary is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="gatewatch-documents-"))
        return self._temporary

    def everything(self) -> list[StoredDocument]:
        """Every row, deleted ones and those without content included; newest first."""
        return sorted(self._all().values(), key=lambda one: (one.created_at, one.id), reverse=True)

    def listed(self, search: str = "") -> list[StoredDocument]:
        """What is not deleted and has a text in its name, newest first."""
        wanted = search.casefold()
        return [
            one for one in self.everything() if one.state is not DocumentState.DELETED and wanted in one.name.casefold()
        ]

    def find(self, document_id: str) -> StoredDocument | None:
        """A document, deleted ones too."""
        return self._all().get(document_id)

    def with_key(self, owner_id: str, key: str) -> StoredDocument | None:
        """What a user uploaded with an idempotency key."""
        rows = self._all().values()
        return next((one for one in rows if key and one.key == key and one.owner_id == owner_id), None)

    def with_content(self, sha256: str) -> StoredDocument | None:
        """A document with this content, deleted ones too."""
        return next((one for one in self._all().values() if one.sha256 == sha256), None)

    def used_bytes(self) -> int:
        """What all documents that came in take together; what was there before takes nothing."""
        return sum(
            one.size_bytes
            for one in self._all().values()
            if one.seed_index < 0 and one.sha256 and one.state is not DocumentState.DELETED
        )

    async def settle(self, seconds: float) -> None:
        """Take the time that a commit takes, whether or not the client waits for it."""
        try:
            async with asyncio.timeout(seconds):
                await self._hurried.wait()
        except TimeoutError:
            return

    def keep(
        self, received: ReceivedFile, *, name: str, owner_id: str, face: str, key: str = "", facts: dict[str, object]
    ) -> StoredDocument:
        """Make a document of a file that came in."""
        rows = self._all()
        document = StoredDocument(
            id=str(uuid.uuid4()),
            name=name,
            size_bytes=received.size_bytes,
            media_type=received.media_type or "application/octet-stream",
            sha256=received.sha256,
            created_at=time.time(),
            owner_id=owner_id,
            key=key,
            face=face,
            facts=facts,
        )
        received.path.rename(self.folder / document.id)
        rows[document.id] = document
        self._write(document)
        return document

    def leave_row(self, name: str, *, owner_id: str, face: str) -> StoredDocument:
        """What some platforms leave behind of an upload that failed: a row that is being processed for ever."""
        document = StoredDocument(
            id=str(uuid.uuid4()),
            name=name,
            size_bytes=0,
            media_type="application/octet-stream",
            sha256="",
            created_at=time.time(),
            state=DocumentState.PROCESSING,
            owner_id=owner_id,
            face=face,
        )
        self._all()[document.id] = document
        self._write(document)
        return document

    def delete(self, document: StoredDocument) -> None:
        """Remove the content; the row stays, marked."""
        document.state = DocumentState.DELETED
        (self.folder / document.id).unlink(missing_ok=True)
        self._write(document)
        self._on_deleted(document)

    def path(self, document: StoredDocument) -> Path:
        """The file with the content. What was there before is written when it is first asked for.

        Raises:
            FileNotFoundError: It is deleted, or there never was any.
        """
        path = self.folder / document.id
        if document.state is DocumentState.DELETED or not document.sha256:
            raise FileNotFoundError(path)
        if document.seed_index >= 0 and not path.exists():
            path.write_bytes(document_seeds.content_of(self._seed, document.seed_index))
        return path

    def process(self, document: StoredDocument) -> None:
        """Work on a document, in a task of its own; a second time while it runs changes nothing."""
        if document.state is DocumentState.PROCESSING or self._tasks is None:
            return
        document.state = DocumentState.PROCESSING
        document.findings = {}
        self._write(document)
        task = self._tasks.create_task(self._process(document), name=f"process {document.id}")
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def snapshot(self, *, seeded: bool) -> list[dict[str, object]]:
        """Every row as plain values, oldest first."""
        return [dataclasses.asdict(one) for one in reversed(self.everything()) if seeded or one.seed_index < 0]

    async def _process(self, document: StoredDocument) -> None:
        """Compare the checksum, then count the words of what is text."""
        hashed, words, excerpt, inside = hashlib.sha256(), 0, b"", False
        text = document.media_type.partition(";")[0].strip() == document_seeds.PLAIN
        try:
            with self.path(document).open("rb") as content:
                while piece := content.read(_PIECE):
                    hashed.update(piece)
                    if text:
                        excerpt = excerpt or piece[:_EXCERPT]
                        words += len(piece.split()) - (inside and not piece[:1].isspace())
                        inside = not piece[-1:].isspace()
                    await asyncio.sleep(0)
        except OSError:
            self._finish(document, DocumentState.FAILED, {"error": "The content can not be read"})
            return
        await asyncio.sleep(_STEP_S)
        findings: dict[str, object] = {"sha256": hashed.hexdigest(), "size": document.size_bytes}
        if text:
            findings |= {"word_count": words, "excerpt": excerpt.decode("utf-8", "replace")}
        intact = hashed.hexdigest() == document.sha256
        self._finish(document, DocumentState.COMPLETED if intact else DocumentState.FAILED, findings)

    def _finish(self, document: StoredDocument, state: DocumentState, findings: dict[str, object]) -> None:
        if document.state is DocumentState.PROCESSING:  # it may be deleted by now
            document.state, document.findings = state, findings
            self._write(document)
            self._on_processed(document)

    def _all(self) -> dict[str, StoredDocument]:
        if self._rows is None:
            self._rows = {one.id: one for one in self._before()}
            self._rows |= self._read()
        return self._rows

    def _before(self) -> list[StoredDocument]:
        source = random.Random(f"documents:{self._seed}")  # noqa: S311  (a picture, no secret)
        found = []
        for index in range(self._seeded):
            content = document_seeds.content_of(self._seed, index)
            found.append(
                StoredDocument(
                    id=str(uuid.UUID(int=source.getrandbits(128), version=4)),
                    name=document_seeds.name_of(self._seed, index),
                    size_bytes=len(content),
                    media_type=document_seeds.media_type_of(index),
                    sha256=hashlib.sha256(content).hexdigest(),
                    created_at=self._born_at - source.uniform(0.01, _SEEDED_DAYS) * _DAY_S,
                    state=source.choice((DocumentState.STORED, DocumentState.COMPLETED, DocumentState.COMPLETED)),
                    seed_index=index,
                )
            )
        return found

    def _read(self) -> dict[str, StoredDocument]:
        """What a state folder kept: the last line of each document counts; half a line at the end is a kill's."""
        file = self._index_file()
        if file is None or not file.exists():
            return {}
        for torn in self.folder.glob("*.part"):
            torn.unlink()
        found = {}
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                kept = json.loads(line)
            except ValueError:
                continue
            state = DocumentState(kept.pop("state"))
            # Nobody works on it any more.
            state = DocumentState.STORED if state is DocumentState.PROCESSING and kept["sha256"] else state
            found[kept["id"]] = StoredDocument(**kept, state=state)
        return found

    def _write(self, document: StoredDocument) -> None:
        file = self._index_file()
        if file is None:
            return
        if self._index is None:
            torn = file.exists() and file.read_bytes()[-1:] not in (b"", b"\n")
            self._index = file.open("a", encoding="utf-8")
            if torn:
                self._index.write("\n")
        self._index.write(json.dumps(dataclasses.asdict(document)) + "\n")
        self._index.flush()

    def _index_file(self) -> Path | None:
        return self.folder / "documents.jsonl" if self._state is not None else None
