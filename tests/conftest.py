"""Every test: its own home, no keyring, loopback only, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import ipaddress
import logging
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is imported anywhere
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.fonts.warning=false")

import pytest
from hypothesis import settings

from tests import skips

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
    from pathlib import Path

settings.register_profile("gatewatch", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("gatewatch")

_WINDOWED = ("presenters", "views", "app")
_ENVIRONMENT = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "NO_PROXY", "no_proxy",
    "GATEWATCH_PASSPHRASE", "GATEWATCH_PASSWORD", "GATEWATCH_START_MARKS", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY",
    "WAYLAND_DISPLAY",
)  # fmt: skip


def _windowed(item: pytest.Item) -> bool:
    return item.path.parts[len(item.config.rootpath.parts) + 1] in _WINDOWED


def pytest_collection_finish() -> None:
    """What is there by now stays: nobody needs to look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """As in the program, windows that are part of a cycle end on their own thread: see `console.garbage`."""
    if not _windowed(item):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()  # the loop among it, which outlives the fixtures
        gc.enable()


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests of what the window runs on use its loop; all others plain asyncio."""
    if _windowed(item):
        return {"qasync": _qt_loop}
    return {"asyncio": asyncio.new_event_loop}


def _qt_loop() -> asyncio.AbstractEventLoop:
    from PySide6.QtWidgets import QApplication  # isort: skip  (before qasync, which takes the binding that is loaded)
    import qasync

    return qasync.QEventLoop(QApplication.instance() or QApplication([]), already_running=False)  # type: ignore[no-any-return]


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """The sandbox of this process hashes passwords with less work: hundreds of tests begin with a sign-in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.sandbox.accounts.COST", 2**4)
        yield


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for variable in _ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GATEWATCH_HOME", str(home / "gatewatch"))
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(home / variable.lower()))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


def _on_this_machine(host: object) -> bool:
    """An address of the loopback, or a name that stands for it; no host means this machine too."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting elsewhere fails the test; names are unknown, as without a network."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked(address: Any) -> None:
        if isinstance(address, tuple) and not _on_this_machine(address[0]):
            pytest.fail(f"a test contacts {address}")

    def guarded(self: socket.socket, address: Any) -> None:
        checked(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        checked(address)
        return connect_ex(self, address)

    def resolved(host: Any, *rest: Any, **options: Any) -> Any:
        if not _on_this_machine(host) and not _is_address(host):
            raise socket.gaierror(socket.EAI_NONAME, "no names are looked up in tests")
        return resolve(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def _no_leaked_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [
        thread
        for thread in threading.enumerate()
        # "asyncio_0" and its like belong to the loop, which ends them when it closes: after this fixture.
        if thread not in before and not thread.daemon and not thread.name.startswith("asyncio_")
    ]
    for thread in left:
        thread.join(2.0)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads left behind: {alive}"


@pytest.fixture(autouse=True)
def _no_unexpected_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("expects_logs"):
        yield
        return
    loud: list[logging.LogRecord] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            loud.append(record)

    listener = Listener(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(listener)
    yield
    root.removeHandler(listener)
    assert not loud, [f"{record.name}: {record.getMessage()}" for record in loud]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test with a loop is watched for tasks that it leaves behind."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(inspect.unwrap(item.obj)):
            item.fixturenames.insert(0, "no_leaked_tasks")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what did not run, by reason: its silence is no success."""
    for line in skips.lines(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line)


@pytest.fixture
async def no_leaked_tasks() -> AsyncIterator[None]:
    """What the test started, it ended."""
    yield
    current = asyncio.current_task()
    left = [task for task in asyncio.all_tasks() if task is not current and not task.done()]
    names = [f"{task.get_name()}: {task.get_coro()}" for task in left]
    for task in left:
        task.cancel()
    assert not names, f"tasks left behind: {names}"


@pytest.fixture(autouse=True)
def _no_leaked_windows(request: pytest.FixtureRequest) -> Iterator[None]:
    """For tests of the window: no top-level widget and no running timer outlives its test."""
    yield
    if request.path.parts[len(request.config.rootpath.parts) + 1] not in _WINDOWED:
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    windows = [widget for widget in app.topLevelWidgets() if widget.isVisible()]
    for widget in windows:
        widget.close()
        widget.deleteLater()
    timers = [timer for timer in app.findChildren(QTimer) if timer.isActive()]
    assert not windows, f"windows left open: {windows}"
    assert not timers, f"timers left running: {timers}"
