"""Every error of SQLite's has one of ours."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from console.model.errors import StoreBusy, StoreCorrupt, StoreError, StoreForeign, StoreFull
from console.store.failures import check_library, check_version, store_error

PATH = Path("vault.db")
EXPECTED: dict[type[apsw.Error], type[StoreError]] = {
    apsw.NotADBError: StoreForeign,
    apsw.CorruptError: StoreCorrupt,
    apsw.FormatError: StoreCorrupt,
    apsw.BusyError: StoreBusy,
    apsw.LockedError: StoreBusy,
    apsw.ProtocolError: StoreBusy,
    apsw.FullError: StoreFull,
    apsw.IOError: StoreFull,
}
ALL = [kind for kind in vars(apsw).values() if isinstance(kind, type) and issubclass(kind, apsw.Error)]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_each_kind_is_mapped(kind: type[apsw.Error]) -> None:
    mapped = store_error(kind("what happened"), PATH)
    assert type(mapped) is EXPECTED.get(kind, StoreError)
    assert "what happened" in mapped.detail
    assert mapped.path == PATH


def test_a_page_that_cannot_be_read_is_damage() -> None:
    unreadable = apsw.IOError("disk I/O error")
    unreadable.extendedresult = apsw.SQLITE_IOERR_READ  # type: ignore[attr-defined]  # apsw sets it, its stubs say less
    assert type(store_error(unreadable, PATH)) is StoreCorrupt


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.17"])
def test_a_sqlite_that_loses_commits_is_refused(version: str) -> None:  # fault 102
    with pytest.raises(StoreError, match=version):
        check_version(version, encrypts=True)


def test_a_sqlite_that_cannot_encrypt_is_refused() -> None:
    with pytest.raises(StoreError, match="can't encrypt"):
        check_version("3.60.0", encrypts=False)


def test_the_installed_one_will_do() -> None:
    check_library()
    check_version("3.51.3", encrypts=True)
