"""Where the Tab key goes: the order in which a window is read, whatever came into it late.

Qt's own order is the one in which widgets were made. A gateway's row, a provider's button or a view that is made when
it is first wanted would come last of all, behind the status bar; and from a sheet over the window it would lead behind
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtWidgets import QWidget


def step(parts: Sequence[QWidget], *, forward: bool) -> bool:
    """Give the keyboard to the next widget that takes it, through these parts of one window and around.

    Within a part the order is Qt's. Returns whether there was one to give it to.
    """
    if not parts:
        return False
    window = parts[0].window()
    chain = [widget for widget in _chain(window) if _takes_tab(widget)]
    ring = [widget for part in parts for widget in chain if widget is part or part.isAncestorOf(widget)]
    now = window.focusWidget()
    ready = [widget for widget in ring if widget is now or (widget.isVisible() and widget.isEnabled())]
    if not ready or ready == [now]:
        return False
    at = ready.index(now) if now in ready else (-1 if forward else 0)
    found = ready[(at + (1 if forward else -1)) % len(ready)]
    found.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def _chain(start: QWidget) -> Iterator[QWidget]:
    yield start
    widget = start.nextInFocusChain()
    while widget is not None and widget is not start:
        yield widget
        widget = widget.nextInFocusChain()


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value) and widget.focusProxy() is None
