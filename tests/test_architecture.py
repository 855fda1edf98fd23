"""What import-linter and ruff can't see: each rule reads the syntax of console/ and names every offence."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
WINDOW = ("console/views/", "console/presenters/", "console/app.py", "console/garbage.py", "console/instance.py")
PLATFORM_HOMES = (
    "console/api/platforms/",
    "console/api/registry.py",
    "console/sandbox/",
    "console/cli/tour.py",  # the demo and the tour visit the sandbox's faces, one after the other
    "console/cli/tour_uploads.py",
    "console/cli/window.py",
)
# The x-kong-... headers are a gateway product's: any platform behind it sends them.
PLATFORMS = re.compile(r"(?<!x-)\b(kong|dotmac|dafnck|aigentable|opssight)\b", re.IGNORECASE)
HEX_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\b")
LINES = 400


class Module(NamedTuple):
    path: str  # from the root, with slashes
    source: str
    tree: ast.Module

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node, ast.unparse(node.func)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Every import as a dotted name, also within functions."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module or ''}.{alias.name}") for alias in node.names)

    def texts(self) -> Iterator[tuple[int, str]]:
        """Every string that is no docstring."""
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield node.lineno, node.value


def modules() -> list[Module]:
    found = []
    for path in sorted((ROOT / "console").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        found.append(Module(path.relative_to(ROOT).as_posix(), source, ast.parse(source)))
    return found


MODULES = modules()


def offences(
    find: Callable[[Module], Iterator[tuple[int, str]]], *, within: tuple[str, ...] = (), outside: tuple[str, ...] = ()
) -> list[str]:
    """Where a rule is broken, as `path:line: what`."""
    return [
        f"{module.path}:{line}: {what}"
        for module in MODULES
        if (not within or module.path.startswith(within)) and not (outside and module.path.startswith(outside))
        for line, what in find(module)
    ]


def called(*patterns: str) -> Callable[[Module], Iterator[tuple[int, str]]]:
    """Finds calls whose function's text matches one of the patterns wholly."""

    def find(module: Module) -> Iterator[tuple[int, str]]:
        for call, name in module.calls():
            if any(re.fullmatch(pattern, name) for pattern in patterns):
                yield call.lineno, ast.unparse(call)[:80]

    return find


def imported(pattern: str) -> Callable[[Module], Iterator[tuple[int, str]]]:
    """Finds imports whose dotted name starts with the pattern."""

    def find(module: Module) -> Iterator[tuple[int, str]]:
        return ((line, name) for line, name in module.imports() if re.match(pattern, name))

    return find


def test_the_scan_sees_the_program() -> None:
    assert {"console/__main__.py", "console/presenters/task_scope.py", "console/views/theme.py"} <= {
        module.path for module in MODULES
    }


def test_the_window_starts_coroutines_through_its_task_scope_only() -> None:
    starts = called(r"(.*\.)?(create_task|ensure_future|run_coroutine_threadsafe)")
    assert offences(starts, within=WINDOW, outside=("console/presenters/task_scope.py",)) == []
    assert offences(imported(r"qasync\.async(Slot|Close)")) == []


def test_no_loop_runs_within_the_loop() -> None:  # fault 2
    loops = called(r".*\.exec_?", r"(.*\.)?processEvents", r"(QtCore\.)?QEventLoop", r"qasync\.run")
    # The first frame is drawn by Qt's own loop, before asyncio is imported: nothing runs in it that could starve.
    assert offences(loops, outside=("console/start.py",)) == []
    assert offences(imported(r"(asyncio|qasync)(\..*)?"), within=("console/start.py",)) == []


def test_dialogs_are_opened_and_awaited() -> None:  # fault 2
    static = called(
        r"(.*\.)?QMessageBox\.(about|aboutQt|critical|information|question|warning)",
        r"(.*\.)?QFileDialog\.get\w+",
        r"(.*\.)?QInputDialog\.get\w+",
        r"(.*\.)?QColorDialog\.getColor",
        r"(.*\.)?QFontDialog\.getFont",
    )
    assert offences(static) == []


def test_presenters_know_qtcore_only() -> None:
    assert offences(imported(r"PySide6\.(?!QtCore\b)|pyqtgraph|qasync"), within=("console/presenters/",)) == []


def test_the_standard_sqlite_is_not_used() -> None:  # fault 102
    assert offences(imported(r"sqlite3\b")) == []


def test_httpx_event_hooks_are_not_used() -> None:  # a token added in a hook follows a redirect to another origin
    def hooks(module: Module) -> Iterator[tuple[int, str]]:
        for node in ast.walk(module.tree):
            if (isinstance(node, ast.keyword) and node.arg == "event_hooks") or (
                isinstance(node, ast.Attribute) and node.attr == "event_hooks"
            ):
                yield node.lineno, "event_hooks"

    assert offences(hooks) == []


def test_only_dialects_and_the_sandbox_name_a_platform() -> None:
    def named(module: Module) -> Iterator[tuple[int, str]]:
        yield from ((line, text[:60]) for line, text in module.texts() if PLATFORMS.search(text))
        yield from ((line, name) for line, name in module.imports() if PLATFORMS.search(name))
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name) and PLATFORMS.search(node.id):
                yield node.lineno, node.id

    assert offences(named, outside=PLATFORM_HOMES) == []


def test_colours_come_from_the_theme() -> None:
    def literal(module: Module) -> Iterator[tuple[int, str]]:
        yield from ((line, text[:60]) for line, text in module.texts() if HEX_COLOUR.search(text))
        for call, name in module.calls():
            if name.endswith("QColor") and any(isinstance(argument, ast.Constant) for argument in call.args):
                yield call.lineno, ast.unparse(call)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and re.search(r"\bGlobalColor\.(?!transparent\b)", ast.unparse(node)):
                yield node.lineno, ast.unparse(node)

    assert offences(literal, within=WINDOW) == []


def test_labels_are_plain_labels() -> None:  # fault 115
    assert offences(called(r"(.*\.)?QLabel"), within=WINDOW, outside=("console/views/widgets/label.py",)) == []


def test_modules_stay_readable() -> None:
    """A smoke alarm, no goal: think again before raising it."""
    long = [f"{module.path}: {count}" for module in MODULES if (count := module.source.count("\n")) > LINES]
    assert long == []


HEAVY = ("pyqtgraph", "numpy", "httpx", "keyring", "socketio", "aiohttp", "uvicorn", "starlette", "websockets")


def loaded_after(code: str, names: tuple[str, ...]) -> set[str]:
    """Which of the named modules a fresh interpreter has loaded after the code."""
    report = f"import sys; print(*[name for name in {names} if name in sys.modules], sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["console.__main__", "console.cli"])
def test_the_command_line_loads_nothing_heavy(module: str) -> None:
    assert loaded_after(f"import {module}", (*HEAVY, "PySide6", "apsw", "cryptography")) == set()


def test_the_window_is_there_before_anything_heavy() -> None:
    assert loaded_after("import console.app", HEAVY) == set()


@pytest.mark.parametrize("command", ["cache", "doctor", "health", "profile", "login", "logout", "sandbox"])
def test_commands_without_a_window_do_not_load_qt(command: str) -> None:
    code = (
        f"import click; from console.cli import gatewatch; gatewatch.get_command(click.Context(gatewatch), {command!r})"
    )
    assert loaded_after(code, ("PySide6", "qasync", "shiboken6")) == set()


def test_services_are_built_without_qt() -> None:
    assert loaded_after("import console.composition", ("PySide6", "qasync", "shiboken6")) == set()
