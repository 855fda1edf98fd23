"""Makes the documents list of a gateway when it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.presenters.documents import DocumentsPresenter
from console.views.documents.view import DocumentsView

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.presenters.documents import ShelvedSession
    from console.views.theme import ThemeProvider


def documents_view(
    session: ShelvedSession, themes: ThemeProvider, on_error: Callable[[str, Exception], None]
) -> DocumentsView:
    """The documents of a session's gateway."""
    presenter = DocumentsPresenter(session, on_error)
    view = DocumentsView(presenter, themes)
    presenter.setParent(view)
    return view
