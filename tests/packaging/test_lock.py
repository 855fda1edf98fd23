"""The locks' digest: what makes them stale, and what does not."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = """
[build-system]
requires = ["hatchling"]
[project]
name = "x"
version = "1"
requires-python = ">=3.11"
dependencies = ["b>=2", "a>=1"]
[dependency-groups]
test = ["c>=3"]
"""


@pytest.fixture(scope="module")
def lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", ROOT / "packaging" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(lock: ModuleType, tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    for name in lock.LOCKS:
        (tmp_path / name).write_text("a==1\n", encoding="utf-8")
    lock.write(tmp_path)
    return tmp_path


def test_fresh_after_writing_and_after_writing_twice(lock: ModuleType, project: Path) -> None:
    assert lock.stale(project) == []
    lock.write(project)
    assert (project / lock.LOCKS[0]).read_text(encoding="utf-8").splitlines()[1:] == ["a==1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("b>=2", "b>=3"),
        ("c>=3", "d>=1"),
        (">=3.11", ">=3.12"),
        ('["hatchling"]', '["hatchling>=2"]'),
    ],
)
def test_stale_after_a_change_of_dependencies(lock: ModuleType, project: Path, old: str, new: str) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.replace(old, new), encoding="utf-8")
    assert lock.stale(project) == list(lock.LOCKS)


@pytest.mark.parametrize(("old", "new"), [('"b>=2", "a>=1"', '"a>=1",\n  "b>=2"'), ('version = "1"', 'version = "2"')])
def test_fresh_after_a_change_that_decides_nothing(lock: ModuleType, project: Path, old: str, new: str) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.replace(old, new), encoding="utf-8")
    assert lock.stale(project) == []


def test_a_missing_or_unmarked_lock_is_stale(lock: ModuleType, project: Path) -> None:
    first, second = lock.LOCKS
    (project / first).unlink()
    (project / second).write_text("a==1\n", encoding="utf-8")
    assert lock.stale(project) == [first, second]


def test_the_locks_name_no_host_and_no_folder(lock: ModuleType) -> None:
    for name in lock.LOCKS:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
