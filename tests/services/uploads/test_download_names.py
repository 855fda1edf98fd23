"""Names of downloads, whatever a server calls them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.services.uploads.download_names import NAME_BYTES, numbered, offered_name, safe_name


# fault 83
@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.txt", "notes.txt"),
        ("Übersicht (4) 📄.pdf", "Übersicht (4) 📄.pdf"),
        ("u\u0308.txt", "ü.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("a:b?.txt", "a_b_.txt"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("LPT1.tar.gz", "_LPT1.tar.gz"),
        ("COM\N{SUPERSCRIPT TWO}.txt", "_COM\N{SUPERSCRIPT TWO}.txt"),
        ("console.txt", "console.txt"),
        ("evil.", "evil"),
        ("  .hidden", "hidden"),
        ("two\nlines\u202etxt.exe", "twolinestxt.exe"),
        ("..", "document"),
        ("", "document"),
        ("///", "document"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_keep_what_tells_their_kind() -> None:
    name = safe_name("ü" * 300 + ".docx")
    assert name.endswith("ü.docx")
    assert len(name.encode()) <= NAME_BYTES


@given(st.text(max_size=400))
def test_a_safe_name_is_one_component_and_stays_as_it_is(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= NAME_BYTES + 1
    assert not set(safe) & set('/\\<>:"|?*\0')
    assert safe == safe.strip(". ")
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.txt"', "a b.txt"),
        ("attachment; filename=plain.txt", "plain.txt"),
        (r'attachment; filename="say \"a\".txt"', 'say "a".txt'),
        ("attachment; filename*=UTF-8''%C3%9C%20%F0%9F%93%84.txt", "Ü 📄.txt"),
        ("attachment; filename=\"old.txt\"; filename*=utf-8'en'new%0A.txt", "new\n.txt"),
        ("attachment; filename*=iso-8859-1''%DC.txt", "Ü.txt"),
        ("attachment; filename=\"old.txt\"; filename*=klingon''x", "old.txt"),
        ("inline", ""),
        ("", ""),
        ("attachment; filename*=", ""),
    ],
)
def test_a_disposition_tells_the_name(disposition: str, name: str) -> None:
    assert offered_name(disposition) == name


@given(st.text(max_size=300))
def test_any_header_is_read(header: str) -> None:
    assert safe_name(offered_name(header))


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert list(itertools.islice(numbered("a.tar.gz"), 3)) == ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"]
    assert next(itertools.islice(numbered("LICENSE"), 1, 2)) == "LICENSE (2)"
