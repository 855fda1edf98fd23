"""Where things are kept, and for whom."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from console.paths import Home, private_dir

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are a matter of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_chosen_folder_comes_before_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWATCH_HOME", str(tmp_path / "named"))
    assert Home.find(tmp_path / "chosen") == Home.at(tmp_path / "chosen")
    assert Home.find() == Home.at(tmp_path / "named")
    monkeypatch.chdir(tmp_path)
    assert Home.find(Path("here")).settings_file == tmp_path / "here" / "settings.toml"


def test_without_either_the_operating_system_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWATCH_HOME")
    home = Home.find()
    assert Path.home() in home.settings_dir.parents
    assert "gatewatch" in home.settings_dir.parts
    assert home.lock_file.parent == home.store_dir


@posix
def test_folders_are_private(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "new")
    home.create()
    home.create()
    assert {mode(folder) for folder in (home.settings_dir, home.store_dir, home.logs_dir)} == {0o700}


@posix
def test_a_folder_that_is_shared_stays_so_and_ours_in_it_are_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "store").mkdir(mode=0o755)
    home = Home.at(tmp_path)
    home.create()
    assert mode(tmp_path) == 0o755
    assert mode(home.store_dir) == 0o700


@posix
def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 4711)
    with pytest.raises(PermissionError, match="another user"):
        private_dir(tmp_path)
