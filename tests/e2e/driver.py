"""The real program with a second pair of hands: reads commands from standard input, answers with what is on screen.

One JSON object a line each way: `{"do": "state"}`, `{"do": "choose", "gateway": NAME}`,
`{"do": "press", "name": NAME}`, `{"do": "type", "name": NAME, "text": TEXT}`, `{"do": "block", "seconds": SECONDS}`,
`{"do": "quit"}`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from console import start
from console.paths import Home
from console.presenters.shell import HOME
from console.views.health.view import HealthView

if TYPE_CHECKING:
    from console.app import App
    from console.presenters.health_cards_model import HealthCardsModel

W = TypeVar("W", bound=QWidget)


async def obey(app: App) -> None:
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # A daemon: a program that was told to end must not wait for another order.
    threading.Thread(target=read, daemon=True).start()
    while True:
        order = json.loads(await lines.get())
        match order["do"]:
            case "choose":
                app.shell.choose(order["gateway"])
            case "press":
                on_screen(app, QAbstractButton, order["name"]).click()
            case "type":
                on_screen(app, QLineEdit, order["name"]).setText(order["text"])
            case "block":
                time.sleep(float(order["seconds"]))  # noqa: ASYNC251  (a window that hangs is what is tested)
            case "quit":
                app.quit(0)
                return
        print(json.dumps(state(app)), flush=True)


def on_screen(app: App, kind: type[W], name: str) -> W:
    return next(found for found in app.window.findChildren(kind, name) if found.isVisible())


def state(app: App) -> dict[str, object]:
    shell = app.shell.state
    view = app.window.known_view(HOME, shell.current)
    cards = (
        cast("HealthCardsModel", view.grid.model()).cards if isinstance(view, HealthView) and view.isVisible() else ()
    )
    page = app.window.stack.currentWidget()
    return {
        "current": shell.current,
        "phase": shell.phase.value,
        "story": shell.story,
        "page": page.objectName() if page is not None else "",
        "gateways": {item.name: item.phase.value for item in shell.gateways},
        "cards": [{"name": card.service.name, "status": card.status.value, "stale": card.stale} for card in cards],
        "pid": os.getpid(),
    }


if __name__ == "__main__":
    sys.exit(start.run(Home.at(Path(sys.argv[1])), drive=obey))
