"""Files are private, replaced as a whole, and kept aside with what belongs to them."""

from __future__ import annotations

import os
import stat
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from console.model.errors import StoreError
from console.store import files

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and owners")


@posix
@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_modes_under_any_umask(store_dir: Path, umask: int) -> None:  # fault 106
    before = os.umask(umask)
    try:
        files.private_store_dir(store_dir / "new")
        assert files.private_file(store_dir / "new" / "a")
        files.replace(store_dir / "new" / "b", b"b")
        assert files.publish(store_dir / "new" / "c", b"c")
    finally:
        os.umask(before)
    assert stat.S_IMODE((store_dir / "new").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (store_dir / "new").iterdir()} == {0o600}


@posix
def test_a_file_that_was_open_to_others_is_closed_to_them(store_dir: Path) -> None:  # fault 106
    path = store_dir / "a"
    path.write_bytes(b"content")
    path.chmod(0o644)
    assert not files.private_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"content"


@posix
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_in_place_of_a_file_is_refused(store_dir: Path, dangling: bool) -> None:  # fault 106
    target = store_dir / "target"
    if not dangling:
        target.write_bytes(b"elsewhere")
        target.chmod(0o644)
    (store_dir / "a").symlink_to(target)
    with pytest.raises(StoreError, match="a link"):
        files.private_file(store_dir / "a")
    assert target.exists() != dangling
    assert dangling or stat.S_IMODE(target.stat().st_mode) == 0o644


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="only root can give files away")
def test_what_belongs_to_another_is_refused(store_dir: Path) -> None:  # fault 106
    files.private_file(store_dir / "a")
    os.chown(store_dir / "a", 12345, 12345)
    with pytest.raises(StoreError, match="belongs to another user"):
        files.private_file(store_dir / "a")
    os.chown(store_dir, 12345, 12345)
    with pytest.raises(StoreError, match="belongs to another user"):
        files.private_store_dir(store_dir)


def test_a_folder_that_cannot_be_made_is_said(store_dir: Path) -> None:
    (store_dir / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="can't be used"):
        files.private_store_dir(store_dir / "file")
    with pytest.raises(StoreError, match="can't be used"):
        files.private_file(store_dir / "missing" / "a")
    with pytest.raises(StoreError, match="can't be written"):
        files.replace(store_dir / "missing" / "a", b"")


def test_replacing_leaves_one_file(store_dir: Path) -> None:
    for content in (b"one", b"two"):
        files.replace(store_dir / "a", content)
    assert [(path.name, path.read_bytes()) for path in store_dir.iterdir()] == [("a", b"two")]


def test_publishing_never_overwrites(store_dir: Path) -> None:
    assert files.publish(store_dir / "a", b"first")
    assert not files.publish(store_dir / "a", b"second")
    assert [(path.name, path.read_bytes()) for path in store_dir.iterdir()] == [("a", b"first")]


def test_setting_aside_keeps_the_log_with_its_file_and_every_earlier_one(store_dir: Path) -> None:
    kept = []
    for turn in (b"1", b"2", b"3"):
        for suffix in ("", "-wal", "-shm"):
            (store_dir / f"a.db{suffix}").write_bytes(turn)
        kept.append(files.set_aside(store_dir / "a.db", word="damaged", at=AT))
    assert kept[0].name == "a.db.damaged-20260102T030405Z"
    assert len(set(kept)) == 3
    for turn, path in zip((b"1", b"2", b"3"), kept, strict=True):
        for suffix in ("", "-wal", "-shm"):
            assert path.with_name(path.name + suffix).read_bytes() == turn
    assert len(list(store_dir.iterdir())) == 9
