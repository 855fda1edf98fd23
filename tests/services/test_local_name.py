"""Names from servers, as names of files here."""

from __future__ import annotations

import unicodedata
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.services.local_name import LIMIT_BYTES, numbered, safe_name

HARD = st.lists(
    st.sampled_from(
        ["..", "/", "\\", "CON", "nul", "com1", ".", " ", ":", "\u202e", "\n", "e\u0301", "\U0001f4c4", "a", ".txt"]
    )
    | st.text(max_size=5),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(  # faults 83 and 124
    ("said", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("a:b", "a_b"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("nul .tar.gz", "_nul .tar.gz"),
        ("com\u00b9", "_com\u00b9"),
        ("console", "console"),
        ("report.", "report"),
        ("report. . ", "report"),
        (".bashrc", "bashrc"),
        ("..", "document"),
        ("", "document"),
        ("folder/", "document"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("gpj.\u202egnp.exe", "gpj.gnp.exe"),
        ("line\nfeed\x00\x1b[31m.txt", "linefeed[31m.txt"),
        ("\U0001f4c4 paper.pdf", "\U0001f4c4 paper.pdf"),
        ("no\u00a0break\u3000space", "no break space"),
        ("\ud800lone", "lone"),
    ],
)
def test_a_servers_name_becomes_a_name_of_a_file(said: str, safe: str) -> None:
    assert safe_name(said) == safe


@given(HARD | st.text())
def test_a_safe_name_is_one_everywhere(said: str) -> None:  # faults 83 and 124
    name = safe_name(said)
    assert name
    assert name not in (".", "..")
    assert not set(name) & set('/\\<>:"|?*')
    assert not name.endswith((".", " "))
    assert not name.startswith((".", " "))
    assert name.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs") for char in name)
    assert unicodedata.is_normalized("NFC", name)
    assert len(name.encode()) <= LIMIT_BYTES + 1
    assert safe_name(name) == name


@given(
    st.text(alphabet="aü\U0001f4c4e\u0301", min_size=150, max_size=400),
    st.sampled_from([".pdf", ".tar", "", "." + "x" * 60]),
)
def test_a_long_name_keeps_its_suffix(stem: str, suffix: str) -> None:  # fault 83
    name = safe_name(stem + suffix)
    assert len(name.encode()) <= LIMIT_BYTES
    if len(suffix) == 4:
        assert name.endswith(suffix)


def test_numbers_stand_before_the_suffix() -> None:
    assert list(islice(numbered("a.tar.gz"), 3)) == ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"]
    assert list(islice(numbered("README"), 2)) == ["README", "README (2)"]
