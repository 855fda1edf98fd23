"""What is packed with the program is found, or its absence is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console import assets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def _looked_up_anew() -> Iterator[None]:
    assets.root.cache_clear()
    yield
    assets.root.cache_clear()


def test_a_text_is_read_by_its_path() -> None:
    assert assets.path("themes/dark.toml").is_file()
    assert assets.text("themes/dark.toml") == assets.path("themes/dark.toml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("_looked_up_anew")
def test_what_is_packed_counts_before_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "_resources"
    packed.mkdir()
    (packed / "words.txt").write_text("schön", encoding="utf-8")
    monkeypatch.setattr(assets, "_PACKED", packed)
    assert assets.root() == packed
    assert assets.text("words.txt") == "schön"


@pytest.mark.usefixtures("_looked_up_anew")
def test_an_incomplete_installation_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_PACKED", tmp_path / "_resources")
    monkeypatch.setattr(assets, "_CHECKOUT", tmp_path / "resources")
    with pytest.raises(FileNotFoundError, match="install it again"):
        assets.text("themes/dark.toml")
