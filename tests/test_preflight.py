"""What the start says where no window can open."""

from __future__ import annotations

import builtins
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console import preflight

if TYPE_CHECKING:
    from collections.abc import Iterator

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 and its libraries")


@pytest.mark.parametrize(
    ("pyside", "python", "refused"),
    [
        ("6.12.0", (3, 11), True),
        ("6.12.1", (3, 11), True),
        ("6.11.3", (3, 11), False),
        ("6.12.0", (3, 12), False),
        ("6.13.0", (3, 13), False),
    ],
)
def test_the_binding_that_aborts_the_interpreter_is_refused(
    pyside: str, python: tuple[int, int], refused: bool
) -> None:
    said = preflight.broken_binding(pyside, python)  # fault 1
    assert (said is not None) is refused
    if said:
        assert pyside in said
        assert "pyside6-essentials<6.12" in said


def test_offscreen_needs_no_display() -> None:
    assert preflight.obstacle({"QT_QPA_PLATFORM": "offscreen"}) is None


def test_a_wayland_session_is_taken() -> None:
    assert preflight.obstacle({"WAYLAND_DISPLAY": "wayland-0"}) is None


@linux
@pytest.mark.parametrize("environment", [{}, {"QT_QPA_PLATFORM": "xcb"}, {"DISPLAY": ""}])
def test_no_display_is_said_with_what_works_without_one(environment: dict[str, str]) -> None:
    said = preflight.obstacle(environment)
    assert said is not None
    assert "no display" in said
    assert "gatewatch tour" in said


@linux
def test_a_display_that_does_not_answer_is_named() -> None:
    said = preflight.obstacle({"DISPLAY": ":971"})
    assert said is not None
    assert ":971" in said


@pytest.fixture
def virtual_display() -> Iterator[str]:
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("needs Xvfb")
    read, write = os.pipe()
    with subprocess.Popen(
        [server, "-displayfd", str(write), "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL
    ) as process:
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        try:
            yield f":{number}"
        finally:
            process.terminate()


@linux
def test_a_display_that_answers_is_taken(virtual_display: str) -> None:
    assert preflight.obstacle({"DISPLAY": virtual_display}) is None


@linux
def test_a_plugin_with_a_missing_library_is_found_before_qt_aborts(tmp_path: Path) -> None:
    from PySide6.QtCore import QLibraryInfo

    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    libraries = tmp_path / "Qt" / "lib"
    libraries.parent.mkdir()
    libraries.symlink_to(QLibraryInfo.path(QLibraryInfo.LibraryPath.LibrariesPath))
    broken = tmp_path / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    broken.parent.mkdir(parents=True)
    original = (plugins / "platforms" / "libqxcb.so").read_bytes()
    broken.write_bytes(original.replace(b"libxcb-cursor.so.0", b"libxcb-absent.so.0"))
    failure = preflight.load_failure(broken)
    assert failure is not None
    assert "libxcb-absent.so.0" in failure
    assert preflight.load_failure(plugins / "platforms" / "libqxcb.so") is None


def test_a_missing_library_is_answered_with_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_egl(name: str, globals_: Any = None, locals_: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name == "PySide6" and fromlist:
            raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
        return real(name, globals_, locals_, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", without_egl)
    said = preflight.obstacle({"QT_QPA_PLATFORM": "offscreen"})
    assert said is not None
    assert "sudo apt install libegl1" in said
    assert "sudo dnf install libglvnd-egl" in said
    assert "sudo pacman -S libglvnd" in said


def test_each_missing_package_is_named_once() -> None:
    said = preflight.unloadable(
        "libxcb-xkb.so.1: cannot open", ["libglib-2.0.so.0", "libgthread-2.0.so.0", "libxcb-xkb.so.1"]
    )
    assert said.count("libglib2.0-0") == 1
    assert said.count("libxcb-xkb1") == 1


def test_an_unknown_failure_is_passed_on() -> None:
    said = preflight.unloadable("DLL load failed while importing QtWidgets", [])
    assert "DLL load failed while importing QtWidgets" in said
    assert "Visual C++" in said


@linux
def test_every_library_of_the_table_is_one_that_qt_needs() -> None:
    assert preflight.missing_libraries() == []


def test_it_costs_the_start_no_more_than_qt_itself() -> None:
    heavy = ("ctypes", "PySide6", "importlib.metadata")
    code = f"import sys; import console.preflight; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
