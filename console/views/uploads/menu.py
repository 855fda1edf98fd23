"""The menu of what is selected in the upload queue: items, or all of a group."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from console.i18n import tr
from console.presenters.upload_model import movable
from console.presenters.upload_next import WayOn, way_text, ways_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from console.model.upload import UploadItem
    from console.presenters.uploads import UploadsPresenter

_HIGH, _NORMAL, _LOW = 1, 0, -1
_KEYS = {
    WayOn.PAUSE: "Space",
    WayOn.RESUME: "Space",
    WayOn.RETRY: "Alt+Return",
    WayOn.REMOVE: "Del",
}  # of the table, which does what they say
_OF_MANY = (WayOn.PAUSE, WayOn.RESUME, WayOn.RETRY, WayOn.CANCEL, WayOn.REMOVE)
_OF_ONE = (WayOn.SHOW, WayOn.FIND_FILE, WayOn.SIGN_IN, WayOn.IS_THERE, WayOn.SEND_AGAIN, WayOn.LOOK_UP)


def upload_menu(
    parent: QWidget,
    presenter: UploadsPresenter,
    items: Sequence[UploadItem],
    act: Callable[[WayOn, Sequence[UploadItem]], None],
    copies: Sequence[tuple[str, str, Callable[[], None]]],
) -> QMenu:
    """The menu, not opened yet; it goes when it is closed.

    Args:
        parent: Where it opens.
        presenter: Is asked for changes of the order.
        items: What it is about, top to bottom.
        act: Does one of the ways on.
        copies: What can be copied or opened of the only item: object name, text, handler.
    """
    menu = QMenu(parent)
    menu.setObjectName("uploads.menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for way in _OF_ONE if len(items) == 1 else ():
        if way in ways_of(items[0]):
            _add(menu, f"uploads.menu.{way.name.lower()}", way_text(way), partial(act, way, items))
    for way in _OF_MANY:
        fitting = [item for item in items if way in ways_of(item)]
        if fitting:
            text = way_text(way)
            if len(items) > 1:
                text = tr("{action} {count}", action=text, count=f"{len(fitting):,}")
            _add(menu, f"uploads.menu.{way.name.lower()}", text, partial(act, way, fitting), _KEYS.get(way, ""))
    _add_order(menu, presenter, [item for item in items if movable(item)])
    if copies:
        menu.addSeparator()
        for name, text, handler in copies:
            _add(menu, f"uploads.menu.{name}", text, handler)
    return menu


def _add_order(menu: QMenu, presenter: UploadsPresenter, items: Sequence[UploadItem]) -> None:
    if not items:
        return
    ids = [item.id for item in items]
    menu.addSeparator()
    _add(menu, "uploads.menu.up", tr("Move up"), partial(presenter.step, ids, -1), "Alt+Up")
    _add(menu, "uploads.menu.down", tr("Move down"), partial(presenter.step, ids, 1), "Alt+Down")
    part = menu.addMenu(tr("Priority"))
    part.setObjectName("uploads.menu.priority")
    part.menuAction().setObjectName("uploads.menu.priority")
    levels = (("high", tr("High"), _HIGH), ("normal", tr("Normal"), _NORMAL), ("low", tr("Low"), _LOW))
    for name, text, priority in levels:
        action = _add(part, f"uploads.menu.priority.{name}", text, partial(presenter.prioritise, ids, priority))
        action.setCheckable(True)
        action.setChecked(all(item.priority == priority for item in items))


def _add(menu: QMenu, name: str, text: str, handler: Callable[[], object], keys: str = "") -> QAction:
    """An entry; its keys are shown, not bound: two bindings of the same keys would cancel each other out."""
    shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
    action = menu.addAction(f"{text}\t{shown}" if shown else text)
    action.setObjectName(name)
    action.triggered.connect(lambda _checked=False: handler())
    return action
