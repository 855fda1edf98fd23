"""Can a window open here? Asked before Qt is used, because Qt's own answer is a traceback or an aborted process."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from console.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Packages(NamedTuple):
    """Who ships a library."""

    debian: str
    fedora: str
    arch: str


# What Qt and its X11 plugin are linked against, beyond the C library.
LIBRARIES: Mapping[str, Packages] = {
    "libEGL.so.1": Packages("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": Packages("libgl1", "libglvnd-glx", "libglvnd"),
    "libX11-xcb.so.1": Packages("libx11-xcb1", "libX11-xcb", "libx11"),
    "libX11.so.6": Packages("libx11-6", "libX11", "libx11"),
    "libbrotlidec.so.1": Packages("libbrotli1", "libbrotli", "brotli"),
    "libdbus-1.so.3": Packages("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": Packages("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": Packages("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": Packages("libglib2.0-0", "glib2", "glib2"),
    "libgssapi_krb5.so.2": Packages("libgssapi-krb5-2", "krb5-libs", "krb5"),
    "libgthread-2.0.so.0": Packages("libglib2.0-0", "glib2", "glib2"),
    "libxcb-cursor.so.0": Packages("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": Packages("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": Packages("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": Packages("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": Packages("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": Packages("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-render.so.0": Packages("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-shape.so.0": Packages("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": Packages("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": Packages("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-util.so.1": Packages("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-xfixes.so.0": Packages("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": Packages("libxcb-xkb1", "libxcb", "libxcb"),
    "libxcb.so.1": Packages("libxcb1", "libxcb", "libxcb"),
    "libxkbcommon-x11.so.0": Packages("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxkbcommon.so.0": Packages("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libzstd.so.1": Packages("libzstd1", "libzstd", "zstd"),
}
_LIBRARY = re.compile(r"\blib[\w.+-]+\.so(?:\.\d+)*")


def obstacle(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why no window can open, in words with a way on; None when one can.

    To be called before anything else of Qt is imported; it imports what every window needs. Whoever calls it prints the
    text and exits with code 2.
    """
    try:
        import PySide6  # noqa: PLC0415  (its version must be known before more of it is loaded)

        if broken := broken_binding(PySide6.__version__, sys.version_info[:2]):
            return broken
        from PySide6 import QtWidgets  # noqa: F401, PLC0415  (is it there?)
    except ImportError as exc:
        return unloadable(str(exc), missing_libraries())
    if not sys.platform.startswith("linux"):
        return None
    return _no_display(environment)


def broken_binding(pyside: str, python: tuple[int, int]) -> str | None:
    """Refuse the combination that drops references to None and True until the interpreter aborts (docs/adr/0002)."""
    if python < (3, 12) and pyside.startswith("6.12."):
        return tr(
            "PySide6 {pyside} crashes on Python {python}. Install PySide6 6.11, or use Python 3.12 or later:\n"
            "    python -m pip install 'pyside6-essentials<6.12'",
            pyside=pyside,
            python=".".join(map(str, python)),
        )
    return None


def unloadable(reason: str, missing: Iterable[str]) -> str:
    """What to install when a library of Qt did not load.

    Args:
        reason: What the loader said.
        missing: The names of the libraries that are known to be missing beside the one that the loader names.
    """
    named = _LIBRARY.findall(reason)[:1]
    absent = sorted({*missing, *named})
    known = [LIBRARIES[library] for library in absent if library in LIBRARIES]
    if not known:
        return tr(
            "Qt can't be loaded: {reason}\n"
            "Install the program again; on Windows also Microsoft's Visual C++ redistributable package.",
            reason=reason,
        )
    return tr(
        "The window needs system libraries that are missing here: {absent}\nInstall them:\n"
        "    Debian, Ubuntu:  sudo apt install {debian}\n"
        "    Fedora:          sudo dnf install {fedora}\n"
        "    Arch:            sudo pacman -S {arch}",
        absent=", ".join(absent),
        debian=" ".join(sorted({packages.debian for packages in known})),
        fedora=" ".join(sorted({packages.fedora for packages in known})),
        arch=" ".join(sorted({packages.arch for packages in known})),
    )


def missing_libraries() -> list[str]:
    """Which of the libraries Qt needs on Linux do not load; none elsewhere, where Qt brings all it needs."""
    if not sys.platform.startswith("linux"):
        return []
    return [name for name in LIBRARIES if load_failure(name)]


def load_failure(library: str | Path) -> str | None:
    """What the dynamic loader says against a library; None when it loads. It stays loaded."""
    import ctypes  # noqa: PLC0415  (5 ms that Windows, macOS and Wayland never need)

    try:
        ctypes.CDLL(str(library))
    except OSError as exc:
        return str(exc)
    return None


def _no_display(environment: Mapping[str, str]) -> str | None:
    """Qt aborts the process when its platform plugin can't load or its display does not answer."""
    chosen = environment.get("QT_QPA_PLATFORM", "")
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    if chosen and not chosen.startswith("xcb"):
        return None
    if not chosen and wayland:
        return None
    if not x11:
        return tr(
            "There is no display here: neither DISPLAY nor WAYLAND_DISPLAY is set.\n"
            "`gatewatch tour --out DIR` draws every view without one, and the commands in `gatewatch --help` need none."
        )
    from PySide6.QtCore import QLibraryInfo  # noqa: PLC0415  (loaded by now)

    plugin = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms", "libqxcb.so")
    if plugin.is_file() and (failure := load_failure(plugin)):
        return unloadable(failure, missing_libraries())
    if not _answers(x11):
        return tr("The display {display} does not answer. Is it still there, and may you use it?", display=x11)
    return None


def _answers(display: str) -> bool:
    """Does that X server take our connection?"""
    import ctypes  # noqa: PLC0415  (see above)

    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(display), None)
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)
