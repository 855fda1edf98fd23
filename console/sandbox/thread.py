"""A sandbox in a thread of its own, for tests that keep their event loop to themselves."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from console.model.errors import SandboxFailed
from console.sandbox.faults import Switches
from console.sandbox.options import SandboxOptions
from console.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

_TIMEOUT_S = 15.0
Result = TypeVar("Result")


class SandboxThread:
    """A context manager: the sandbox serves inside the block.

    Example:
        with SandboxThread() as sandbox:
            sandbox.apply(Switches(kill_service="redis"))
            httpx.get(sandbox.kong_url)

    Args:
        options: By default free ports, one operator, a new password.

    Raises:
        SandboxFailed: On entering: it did not start.
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self._options = options or SandboxOptions()
        self._started = threading.Event()
        self._failure: SandboxFailed | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._sandbox: Sandbox | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(_TIMEOUT_S):
            raise SandboxFailed("the sandbox's thread did not start in time")
        if self._failure is not None:
            self._thread.join(_TIMEOUT_S)
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox itself; touch it through `call` only."""
        if self._sandbox is None:
            raise SandboxFailed("the sandbox is not started")
        return self._sandbox

    @property
    def kong_url(self) -> str:
        """Base URL of the kong face."""
        return self.sandbox.kong_url

    @property
    def dotmac_url(self) -> str:
        """Base URL of the dotmac face."""
        return self.sandbox.dotmac_url

    @property
    def opssight_url(self) -> str:
        """Base URL of the opssight face."""
        return self.sandbox.url("opssight")

    @property
    def dafnck_url(self) -> str:
        """Base URL of the dafnck face."""
        return self.sandbox.url("dafnck")

    @property
    def aigentable_url(self) -> str:
        """Base URL of the aigentable face."""
        return self.sandbox.aigentable_url

    @property
    def kong_admin_url(self) -> str:
        """Base URL of Kong's admin API."""
        return self.sandbox.url("kong_admin")

    @property
    def control_url(self) -> str:
        """Base URL of the control face."""
        return self.sandbox.control_url

    @property
    def username(self) -> str:
        """The operator's address."""
        return self._options.username

    @property
    def password(self) -> str:
        """The operator's password."""
        return self.sandbox.world.password

    @property
    def mfa_code(self) -> str:
        """What the operator's authenticator app shows now."""
        return self.sandbox.world.second_factor.code()

    def apply(self, change: Switches | None = None, /, **switches: object) -> None:
        """Turn switches, given as a value or by name; they have taken effect on return.

        Raises:
            KeyError: No component has this name.
            msgspec.ValidationError: There is no such switch, or not with this value.
        """
        wanted = change or msgspec.convert(msgspec.to_builtins(switches), Switches)
        self.call(lambda sandbox: sandbox.apply(wanted))

    def clear(self) -> None:
        """Everything off, dead components up again."""
        self.call(lambda sandbox: sandbox.clear())

    def stats(self) -> dict[str, object]:
        """What clients did so far."""

        async def read(sandbox: Sandbox) -> dict[str, object]:
            return sandbox.stats()

        return self.call(read)

    def documents(self, *, seeded: bool = False) -> list[dict[str, object]]:
        """What was uploaded, oldest first, with its SHA-256; deleted ones too, and on demand what was there before."""

        async def read(sandbox: Sandbox) -> list[dict[str, object]]:
            return sandbox.documents(seeded=seeded)

        return self.call(read)

    def call(self, act: Callable[[Sandbox], Awaitable[Result]]) -> Result:
        """Run something in the sandbox's own loop and wait for its result."""
        if self._loop is None:
            raise SandboxFailed("the sandbox is not started")

        async def run() -> Result:
            return await act(self.sandbox)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(_TIMEOUT_S)

    def stop(self) -> None:
        """Stop and wait; the ports are free afterwards. A second call does nothing."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_TIMEOUT_S)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except SandboxFailed as exc:
            self._failure = exc
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        async with Sandbox.running(self._options) as self._sandbox:
            self._started.set()
            await self._stopping.wait()
