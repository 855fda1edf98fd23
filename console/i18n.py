"""Every text an operator reads goes through `tr`; the window installs Qt's translator, the command line needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class _Catalogue:
    translate: Callable[[str], str] | None = None


def install(translate: Callable[[str], str] | None) -> None:
    """Look texts up through `translate` from now on; None gives the source texts again."""
    _Catalogue.translate = translate


def tr(text: str, /, **fields: object) -> str:
    """The text in the operator's language, with `{fields}` filled in.

    The source text is the key, so it must be a literal: `tr("{count} healthy", count=3)`.
    """
    found = _Catalogue.translate(text) if _Catalogue.translate else text
    return found.format(**fields) if fields else found
