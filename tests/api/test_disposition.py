"""What answers call the files they carry."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.disposition import file_name


@pytest.mark.parametrize(  # fault 124
    ("header", "name"),
    [
        ("", ""),
        ("attachment", ""),
        ("attachment; filename=report.pdf", "report.pdf"),
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ('attachment; FileName = "a;b.pdf"; size=3', "a;b.pdf"),
        ('attachment; filename="say \\"A\\".pdf"', 'say "A".pdf'),
        ('attachment; filename="C:\\Temp\\a.pdf"', "C:\\Temp\\a.pdf"),
        ("attachment; filename=x; filename*=UTF-8''na%C3%AFve.txt", "na\u00efve.txt"),
        ("attachment; filename*=utf-8'en'a%2Fb; filename=x", "a/b"),
        ("attachment; filename*=\"UTF-8''a%20b\"", "a b"),
        ("attachment; filename*=iso-8859-1''%e4; filename=x", "\u00e4"),
        ("attachment; filename*=UTF-8''%ff; filename=x", "x"),
        ("attachment; filename*=utf-7''+AC8-; filename=x", "x"),
        ("attachment; filename*=broken; filename=x", "x"),
        ('attachment; filename="open', '"open'),
    ],
)
def test_the_better_of_two_names_is_taken(header: str, name: str) -> None:
    assert file_name(header) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100))
def test_any_name_comes_through(name: str) -> None:
    assert file_name(f"attachment; filename*=UTF-8''{quote(name, safe='')}") == name


@given(st.text())
def test_nonsense_is_no_trouble(header: str) -> None:
    file_name(header)
    file_name("attachment; filename" + header)
