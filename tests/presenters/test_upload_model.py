"""The rows for Qt: what differs is told, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from console.model.upload import FailureClass, UploadItem, UploadProgress, UploadState
from console.presenters.upload_model import MOVED_TYPE, Column, UploadModel
from console.presenters.upload_rows import UploadFilter, UploadGroup, rows
from tests.presenters.fake_session import NOON
from tests.presenters.fake_uploads import failed, item, many

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

pytestmark = pytest.mark.usefixtures("qapp")


class Told:
    """What a model says of itself; a reset is never among it."""

    def __init__(self, model: QAbstractItemModel) -> None:
        self.said: list[tuple[str, int, int]] = []
        model.rowsInserted.connect(lambda _parent, first, last: self.said.append(("in", first, last)))
        model.rowsRemoved.connect(lambda _parent, first, last: self.said.append(("out", first, last)))
        model.dataChanged.connect(lambda first, last: self.said.append(("data", first.row(), last.row())))
        model.modelReset.connect(lambda: self.said.append(("reset", 0, 0)))
        model.layoutChanged.connect(lambda: self.said.append(("layout", 0, 0)))

    def heard(self) -> list[tuple[str, int, int]]:
        said, self.said = self.said, []
        return said


def bare() -> UploadModel:
    """One that nobody checks: Qt's tester looks at every row at every change."""
    return UploadModel(lambda: NOON, lambda _item: "")


def model() -> UploadModel:
    made = bare()
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    return made


def show(made: UploadModel, items: Sequence[UploadItem], folded: Collection[UploadGroup] = (UploadGroup.DONE,)) -> None:
    made.show(rows(items, UploadFilter(), folded), {}, {})


def test_progress_tells_of_its_rows_only() -> None:
    made = model()
    show(made, [*many(50), item(60, UploadState.UPLOADING)])
    told = Told(made)
    made.show_progress({"i60": UploadProgress(sent_bytes=530, total_bytes=1060, rate_bps=2048.0, remaining_s=61.0)})
    assert told.heard() == [("data", 1, 1)]
    texts = [made.index(1, column).data() for column in Column]
    assert texts == ["60.pdf", "1.04 KiB", "one", "Sending", "50%", "2 KiB/s", "1 min 1 s", "", "1 min"]
    made.show_progress({"i60": UploadProgress(sent_bytes=1060, total_bytes=1060)})
    assert made.index(1, Column.STATE).data() == "Verifying"  # the answer is waited for
    assert told.heard() == [("data", 1, 1)]
    made.show_progress({})
    assert told.heard() == [("data", 1, 1)]


def test_one_that_goes_on_moves_alone() -> None:
    items = list(many(2000))
    made = bare()
    show(made, items)
    told = Told(made)
    items[0] = item(0, UploadState.UPLOADING)
    show(made, items)
    assert {what for what, _first, _last in told.said} == {"in", "out", "data"}
    assert all(last - first < 3 for _what, first, last in told.heard())
    items[0] = item(0, UploadState.DONE)
    show(made, items)
    assert all(last - first < 3 for _what, first, last in told.heard())
    assert made.rowCount() == 1 + 1999 + 1


def test_folding_ten_thousand_is_one_change() -> None:
    items = many(10_000)
    made = bare()
    show(made, items)
    told = Told(made)
    show(made, items, (UploadGroup.WAITING,))
    assert told.heard() == [("out", 1, 10_000), ("data", 0, 0)]
    show(made, items)
    assert told.heard() == [("in", 1, 10_000), ("data", 0, 0)]


states = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(UploadState)), unique_by=lambda one: one[0], max_size=15
)


@given(st.lists(states, min_size=1, max_size=4), st.sets(st.sampled_from(UploadGroup)))
def test_whatever_comes_is_shown_without_a_reset(
    snapshots: list[list[tuple[int, UploadState]]], folded: set[UploadGroup]
) -> None:
    made = model()
    told = Told(made)
    for snapshot in snapshots:
        items = [item(number, state) for number, state in snapshot]
        show(made, items, folded)
        expected = rows(items, UploadFilter(), folded)
        assert tuple(made.rows) == expected
        assert all(made.row_of(row.id) == place for place, row in enumerate(expected) if isinstance(row, UploadItem))
    assert {what for what, _first, _last in told.heard()} <= {"in", "out", "data"}


def test_only_what_waits_is_dragged() -> None:
    made = model()
    show(made, [failed(1, FailureClass.REFUSED), item(2), item(3, UploadState.PAUSED)])
    dragged = [bool(made.index(row, 0).flags() & Qt.ItemFlag.ItemIsDragEnabled) for row in range(made.rowCount())]
    assert dragged == [False, False, False, True, True]
    data = made.mimeData([made.index(row, column) for row in (4, 3, 1) for column in (0, 1)])
    assert bytes(data.data(MOVED_TYPE).data()) == b"i2\ni3"


def test_hovers_show_what_is_elided_as_plain_text() -> None:
    made = model()
    one = failed(1, FailureClass.REFUSED, path="/in/<b>x</b>.pdf", text="<i>no</i>")
    show(made, [one])
    assert "&lt;b&gt;" in made.index(1, Column.FILE).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;i&gt;no" in made.index(1, Column.STATE).data(Qt.ItemDataRole.ToolTipRole)
    assert made.index(0, Column.FILE).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Failed · 1")
    spoken = made.index(1, Column.FILE).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Failed, refused" in spoken


def test_holding_changes_the_word_of_what_waits() -> None:
    made = model()
    shown = rows([item(1), item(2, profile="two")], UploadFilter(), ())
    made.show(shown, {}, {})
    told = Told(made)
    made.show(shown, {}, {"one": "offline"})
    assert told.heard() == [("data", 0, 2)]
    assert [made.index(row, Column.STATE).data() for row in (1, 2)] == ["Waiting, offline", "Waiting"]
    made.show(rows([msgspec.structs.replace(item(1), name="b")], UploadFilter(), ()), {}, {})
    assert made.index(1, Column.FILE).data() == "b"
