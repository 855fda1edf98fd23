"""The application and its empty frame, dressed in the theme."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QSettings, QTranslator
from PySide6.QtWidgets import QApplication, QStyleFactory

from console import i18n
from console.views.frame import THEME_KEY, Frame
from console.views.theme import Choice, ThemeProvider

if TYPE_CHECKING:
    from pathlib import Path


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


def framed(application: QApplication, settings_dir: Path, theme: Choice | None) -> Frame:
    """The frame where it was the last time, in the theme that was chosen then; `theme` overrides that."""
    memory = QSettings(str(settings_dir / "window.ini"), QSettings.Format.IniFormat)
    themes = ThemeProvider(theme or kept_theme(memory))

    def wear() -> None:
        application.setFont(themes.current.body)
        application.setPalette(themes.current.palette())
        application.setStyleSheet(themes.current.style_sheet())

    themes.changed.connect(wear)
    wear()
    return Frame(themes, memory)


def kept_theme(memory: QSettings) -> Choice:
    """What the operator chose the last time; the system's where that can't be read."""
    try:
        return Choice(str(memory.value(THEME_KEY, Choice.SYSTEM.value)))
    except ValueError:
        return Choice.SYSTEM
