"""One unit of work: all of it happens, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

T = TypeVar("T")


def transact(connection: apsw.Connection, begin: str, work: Callable[[apsw.Connection], T]) -> T:
    """Run `work(connection)` between `begin` and COMMIT; whatever it raises rolls everything back and comes out."""
    connection.execute(begin)
    try:
        result = work(connection)
        connection.execute("COMMIT")
    finally:
        # SQLite has rolled back by itself after a full disk; after anything else the transaction is still open.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return result
