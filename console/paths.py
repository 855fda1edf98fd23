"""Where the program keeps things."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "gatewatch"


@dataclass(frozen=True)
class Home:
    """One folder with everything the program keeps, created with mode 0700.

    With `--home` or `GATEWATCH_HOME` all is in one folder; otherwise settings, store and logs go where the operating
    system wants them.
    """

    settings_dir: Path
    store_dir: Path
    logs_dir: Path

    @classmethod
    def at(cls, root: Path) -> Home:
        """Everything below `root`: portable mode, tests, the sandbox."""
        return cls(settings_dir=root, store_dir=root / "store", logs_dir=root / "logs")

    @classmethod
    def find(cls, chosen: Path | None = None) -> Home:
        """The home to use: the chosen one, `GATEWATCH_HOME`, or the user's own folders."""
        if chosen is not None:
            return cls.at(chosen.absolute())
        if named := os.environ.get("GATEWATCH_HOME"):
            return cls.at(Path(named).absolute())
        dirs = platformdirs.PlatformDirs(APP, appauthor=False)
        return cls(
            settings_dir=Path(dirs.user_config_path),
            store_dir=Path(dirs.user_data_path) / "store",
            logs_dir=Path(dirs.user_log_path),
        )

    @property
    def settings_file(self) -> Path:
        """The settings, as TOML."""
        return self.settings_dir / "settings.toml"

    @property
    def lock_file(self) -> Path:
        """Held by the one window of this home."""
        return self.store_dir / "window.lock"

    def create(self) -> None:
        """Make the folders, for this user only.

        Raises:
            OSError: A folder belongs to another user, or can't be made.
        """
        # The chosen folder may be shared with other things: it is left as it is, its files are private by themselves.
        self.settings_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self.store_dir, self.logs_dir):
            private_dir(folder)


def private_dir(folder: Path) -> None:
    """Make a folder with mode 0700, whatever the umask; refuse one that another user owns."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sys.platform == "win32":
        return  # the user's profile folder is private by its own access list
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    folder.chmod(0o700)
