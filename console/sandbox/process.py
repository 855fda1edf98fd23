"""A sandbox as a process: what the child does, and how a parent keeps one."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import msgspec

import console
from console.model.errors import SandboxFailed
from console.sandbox.options import PASSWORD_VARIABLE, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0
_PR_SET_PDEATHSIG = 1


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The one line of JSON that a ready child prints: base URLs, those of `installed` packages' faces by name."""

    kong: str
    dotmac: str
    opssight: str
    dafnck: str
    aigentable: str
    kong_admin: str
    control: str
    username: str
    password: str
    installed: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Ready(kong={self.kong!r}, dotmac={self.dotmac!r})"


def serve(options: SandboxOptions, *, on_ready: Callable[[Ready], None], die_with_parent: bool = False) -> None:
    """Run a sandbox until SIGINT or SIGTERM; blocks.

    Args:
        options: What to run.
        on_ready: Called once, when all faces answer.
        die_with_parent: Stop as well when standard input ends, and on Linux when the parent dies.

    Raises:
        SandboxFailed: It can't start.
    """
    asyncio.run(_serve(options, on_ready, die_with_parent=die_with_parent))


async def _serve(options: SandboxOptions, on_ready: Callable[[Ready], None], *, die_with_parent: bool) -> None:
    from console.sandbox.server import Sandbox  # noqa: PLC0415  (a parent of the child needs no server)

    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stopping.set))
    if die_with_parent:
        _watch_parent(loop, stopping)
    async with Sandbox.running(options) as sandbox:
        on_ready(
            Ready(
                kong=sandbox.kong_url,
                dotmac=sandbox.dotmac_url,
                opssight=sandbox.url("opssight"),
                dafnck=sandbox.dafnck_url,
                aigentable=sandbox.aigentable_url,
                kong_admin=sandbox.url("kong_admin"),
                control=sandbox.control_url,
                username=options.username,
                password=sandbox.world.password,
                installed=sandbox.installed_urls,
            )
        )
        await stopping.wait()


def _watch_parent(loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    """Stop when the parent is gone: its end of our standard input closes, however it ended."""
    if sys.platform == "linux":
        # A second line of defence: a grandchild may have inherited the pipe. 0 is "no error"; others leave the pipe.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    def read_until_end() -> None:
        while os.read(0, 1024):
            pass
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(stopping.set)

    threading.Thread(target=read_until_end, name="parent watch", daemon=True).start()


def child_command(options: SandboxOptions) -> list[str]:
    """The command line of a child with these options; the password goes by the environment, never here."""
    program = [sys.executable, "sandbox"] if _frozen() else [sys.executable, "-m", "console.sandbox.command"]
    arguments = {
        "--kong-port": options.kong_port,
        "--dotmac-port": options.dotmac_port,
        "--opssight-port": options.opssight_port,
        "--dafnck-port": options.dafnck_port,
        "--aigentable-port": options.aigentable_port,
        "--kong-admin-port": options.kong_admin_port,
        "--control-port": options.control_port,
        "--seed": options.seed,
        "--services": options.services,
        "--token-lifetime": options.token_lifetime_s,
        "--refresh-grace": options.refresh_grace_s,
        "--auth-limit": options.auth_limit_per_minute,
        "--limit": options.limit_per_minute,
        "--pings": options.pings_per_s,
        "--history-step": options.history_step_s,
        "--metrics-interval": options.metrics_interval_s,
        "--feed-heartbeat": options.feed_heartbeat_s,
        "--feed-patience": options.feed_patience_s,
        "--username": options.username,
    }
    if options.state_dir is not None:
        arguments["--state"] = str(options.state_dir)
    named = [text for name, value in arguments.items() for text in (name, str(value))]
    return [*program, "serve", *named, "--ready-json", "--die-with-parent"]


def _frozen() -> bool:
    return bool(getattr(sys, "frozen", False))


class SandboxProcess:
    """A sandbox in a child process that does not outlive this one.

    An async context manager, or `start` and `stop` by hand. After a kill or a stop, `start` again gives the same ports,
    the same account, and, as the state folder is the same, the same sessions and history.

    Args:
        options: Without `state_dir` a temporary folder is used, and removed by `stop`.
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self._options = options or SandboxOptions()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._ready: Ready | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def ready(self) -> Ready:
        """Addresses and account of the child; known after `start`."""
        if self._ready is None:
            raise SandboxFailed("the sandbox's process is not started")
        return self._ready

    @property
    def kong_url(self) -> str:
        """Base URL of the kong face."""
        return self.ready.kong

    @property
    def dotmac_url(self) -> str:
        """Base URL of the dotmac face."""
        return self.ready.dotmac

    @property
    def opssight_url(self) -> str:
        """Base URL of the opssight face."""
        return self.ready.opssight

    @property
    def dafnck_url(self) -> str:
        """Base URL of the dafnck face."""
        return self.ready.dafnck

    @property
    def aigentable_url(self) -> str:
        """Base URL of the aigentable face."""
        return self.ready.aigentable

    @property
    def kong_admin_url(self) -> str:
        """Base URL of Kong's admin API."""
        return self.ready.kong_admin

    @property
    def control_url(self) -> str:
        """Base URL of the control face."""
        return self.ready.control

    @property
    def username(self) -> str:
        """The operator's address."""
        return self.ready.username

    @property
    def password(self) -> str:
        """The operator's password."""
        return self.ready.password

    @property
    def pid(self) -> int | None:
        """The child's process id; None when none runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the child and wait until its faces answer. Cancelling stops the child.

        Raises:
            SandboxFailed: It did not start; the detail is the last of what it said.
        """
        if self.pid is not None:
            return
        options, folder = self._with_state()
        log = folder / "sandbox.log"
        with log.open("wb") as errors:
            self._process = process = await asyncio.create_subprocess_exec(
                *child_command(options),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(options),
            )
        try:
            self._ready = ready = msgspec.json.decode(await _first_line(process), type=Ready)
        except msgspec.DecodeError as exc:
            await self._end()  # no signal: most likely it has ended by itself
            said = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
            await self.stop()
            raise SandboxFailed(said or "the sandbox's process did not become ready") from exc
        except asyncio.CancelledError:
            await self.kill()
            await self.stop()
            raise
        self._options = replace(
            self._options,
            kong_port=_port(ready.kong),
            dotmac_port=_port(ready.dotmac),
            opssight_port=_port(ready.opssight),
            dafnck_port=_port(ready.dafnck),
            aigentable_port=_port(ready.aigentable),
            kong_admin_port=_port(ready.kong_admin),
            control_port=_port(ready.control),
            password=ready.password,
        )

    async def kill(self) -> None:
        """End the child at once, as a crash would; it may be started again."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._gone(self._process)

    async def stop(self) -> None:
        """Ask the child to stop and wait; after five seconds it is killed. A temporary state folder goes away."""
        await self._end()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    async def _end(self) -> None:
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()  # the child stops at the end of its standard input
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
        else:
            await self._gone(self._process)

    async def _gone(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(ConnectionError):
                await process.stdin.wait_closed()
        await process.wait()
        self._process = None

    def _with_state(self) -> tuple[SandboxOptions, Path]:
        folder = self._options.state_dir
        if folder is None:
            if self._temporary is None:
                self._temporary = tempfile.TemporaryDirectory(prefix="gatewatch-sandbox-", ignore_cleanup_errors=True)
            folder = Path(self._temporary.name)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return replace(self._options, state_dir=folder), folder


async def _first_line(process: asyncio.subprocess.Process) -> bytes:
    """The child's first line; empty when it ends or takes too long without one."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_TIMEOUT_S):
            return await process.stdout.readline() if process.stdout is not None else b""
    return b""


def _environment(options: SandboxOptions) -> dict[str, str]:
    environment = dict(os.environ)
    environment.pop(PASSWORD_VARIABLE, None)
    if options.password is not None:
        environment[PASSWORD_VARIABLE] = options.password
    if not _frozen():  # the child finds the package where this process found it
        root = str(Path(console.__file__).parent.parent)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    return environment


def _port(url: str) -> int:
    return urlsplit(url).port or 0
