"""B4: how fast documents go out beside curl, one large and many small, and how much memory that takes.

Ours reads each file off the loop's thread and hashes it while it is sent; curl only sends it. Both files and server are
on this machine, the files in its memory.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.b7_transport import _plain, _SignedIn
from benchmarks.outcome import Outcome
from console.api.multipart import FilePart
from console.api.sending import Sending
from console.api.transport import Transport
from console.model.address import Address
from console.model.capability import Effect, Operation
from console.services.uploads.file_source import Files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.services.uploads.file_source import Checked

LARGE_BYTES = 1024**3
SPARSE_BYTES = 5 * 1024**3
SMALL_BYTES, SMALL_FILES = 64 * 1024, 1000
ROUNDS = 5
AT_ONCE = 3  # as the queue sends to one gateway
LEAST_RATIO = 0.8
GROWTH_ALLOWED_MIB = 32
UPLOAD = Operation(name="documents.upload", method="POST", routes=("/documents",), effect=Effect.WRITE)
_MIB = 1024**2


def measure() -> list[Outcome]:
    """Medians of alternating rounds against a server in a process of its own that throws everything away."""
    curl = shutil.which("curl")
    if curl is None:
        raise RuntimeError("curl is not installed")
    command = [sys.executable, "-m", "benchmarks.discarding_server"]
    with (
        tempfile.TemporaryDirectory(prefix="gatewatch-b4-") as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None  # noqa: S101  (asked for above)
        try:
            return asyncio.run(_measure(curl, Path(folder), int(server.stdout.readline())))
        finally:
            server.kill()


async def _measure(curl: str, folder: Path, port: int) -> list[Outcome]:
    address = Address(scheme="http", host="127.0.0.1", port=port)
    large, small = await asyncio.to_thread(_fill, folder)
    sparse = folder / "sparse.bin"
    await asyncio.to_thread(_make_sparse, sparse)
    alone = _curl(curl, folder / "large.cfg", address, [large])
    together = _curl(curl, folder / "small.cfg", address, small, "--parallel")
    files = Files()
    transport = Transport(address, _plain(), tokens=_SignedIn(), observe=lambda _exchange: None)
    try:
        desk = _Desk(files, transport)
        await desk.check([large, sparse, *small])
        times: dict[str, list[float]] = {"large": [], "large, curl": [], "small": [], "small, curl": []}
        for _ in range(ROUNDS + 1):
            times["large, curl"].append(await asyncio.to_thread(_run, alone))
            times["large"].append(await desk.send([large]))
            times["small, curl"].append(await asyncio.to_thread(_run, together))
            times["small"].append(await desk.send(small))
        before = _most_memory_mib()
        await desk.send([large])
        await desk.send([sparse])
        grown = _most_memory_mib() - before
    finally:
        await transport.close()
        files.close()
    took = {what: statistics.median(every[1:]) for what, every in times.items()}
    megabytes = LARGE_BYTES / 1e6
    return [
        Outcome(
            "B4", "1 GiB", megabytes / took["large"], megabytes / took["large, curl"], "MB/s", LEAST_RATIO, "least"
        ),
        Outcome(
            "B4",
            f"{SMALL_FILES:,} files of 64 KiB, curl --parallel",
            SMALL_FILES / took["small"],
            SMALL_FILES / took["small, curl"],
            "files/s",
            LEAST_RATIO,
            "least",
        ),
        Outcome("B4", "memory growth, 1 GiB and 5 GiB (sparse)", grown, GROWTH_ALLOWED_MIB, "MiB", 1),
    ]


class _Desk:
    """Sends files as the queue does: checked once, then read again while they go out."""

    def __init__(self, files: Files, transport: Transport) -> None:
        self._files = files
        self._transport = transport
        self._checked: dict[Path, Checked] = {}

    async def check(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self._checked[path] = await self._files.check(path)

    async def send(self, paths: Sequence[Path]) -> float:
        """How long it took, in seconds."""
        waiting = iter(paths)

        async def work() -> None:
            for path in waiting:
                await self._send(path)

        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return time.perf_counter() - started

    async def _send(self, path: Path) -> None:
        known = self._checked[path]
        sending = Sending(
            source=self._files.source(
                path, size_bytes=known.size_bytes, modified_ns=known.modified_ns, sha256=known.sha256
            ),
            name=path.name,
            media_type=known.media_type,
            sha256=known.sha256,
            idempotency_key=path.name,
        )
        await self._transport.upload(UPLOAD, parts=lambda _route: [FilePart()], sending=sending)


def _fill(folder: Path) -> tuple[Path, list[Path]]:
    large = folder / "large.bin"
    with large.open("wb") as file:
        for _ in range(LARGE_BYTES // _MIB):
            file.write(os.urandom(_MIB))
    small = [folder / f"{number}.bin" for number in range(SMALL_FILES)]
    for path in small:
        path.write_bytes(os.urandom(SMALL_BYTES))
    return large, small


def _make_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(SPARSE_BYTES)


def _curl(curl: str, config: Path, address: Address, paths: Sequence[Path], *options: str) -> list[str]:
    """One process that sends them all; it does not wait to be asked on (`Expect`), as ours does not."""
    blocks = [
        f'url = "{address.text}/documents"\nform = "file=@{path}"\nheader = "Expect:"\n'
        f'header = "Authorization: Bearer benchmark"\noutput = "{os.devnull}"\nsilent\nshow-error\nfail\n'
        for path in paths
    ]
    config.write_text("next\n".join(blocks))
    return [curl, "--no-progress-meter", *options, "--config", str(config)]


def _run(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _most_memory_mib() -> float:
    """The most that this process ever held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / _MIB if sys.platform == "darwin" else most / 1024
