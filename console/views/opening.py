"""The application and its empty frame, dressed in the theme."""

from __future__ import annotations

import contextlib
import sys
import tomllib
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QSettings, QTranslator
from PySide6.QtWidgets import QApplication, QStyleFactory

from console import i18n
from console.views.frame import Frame
from console.views.theme import Choice, ThemeProvider

if TYPE_CHECKING:
    from pathlib import Path

FORMER_THEME_KEY = "window/theme"  # in the frame's memory
_READ_LIMIT_BYTES = 1 << 20


def dressed() -> QApplication:
    """The one application, with its name, its style and the operator's language."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("gatewatch")
    application.setApplicationDisplayName("Gatewatch")
    application.setDesktopFileName("gatewatch")
    application.setQuitOnLastWindowClosed(False)
    application.setStyle(QStyleFactory.create("Fusion"))
    translator = QTranslator(application)
    if translator.load(QLocale(), "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(translator)
    i18n.install(lambda text: QApplication.translate("gatewatch", text))
    return application


def framed(application: QApplication, settings_file: Path, theme: Choice | None) -> Frame:
    """The frame where it was the last time, in the theme that is chosen; `theme` overrides that."""
    memory_file = settings_file.with_name("window.ini")
    with contextlib.suppress(OSError):  # Qt would leave its mode to the umask; a mode that is there it keeps
        memory_file.touch(0o600)
    memory = QSettings(str(memory_file), QSettings.Format.IniFormat)
    themes = ThemeProvider(theme or kept_theme(settings_file) or former_theme(memory) or Choice.SYSTEM)

    def wear() -> None:
        application.setFont(themes.current.body)
        application.setPalette(themes.current.palette())
        application.setStyleSheet(themes.current.style_sheet(themes.density))

    themes.changed.connect(wear)
    wear()
    return Frame(themes, memory)


def kept_theme(settings_file: Path) -> Choice | None:
    """What the settings say, read in the shortest way: all of them are read once the window is there."""
    try:
        if settings_file.stat().st_size > _READ_LIMIT_BYTES:
            return None
        return Choice(tomllib.loads(settings_file.read_bytes().decode("utf-8-sig"))["appearance"]["theme"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def former_theme(memory: QSettings) -> Choice | None:
    """What was chosen before the settings held it; None when nothing was."""
    word = str(memory.value(FORMER_THEME_KEY, ""))
    try:
        return Choice.SYSTEM if word == "system" else Choice(word)
    except ValueError:
        return None
