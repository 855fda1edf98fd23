"""Server text loses its secrets, its echoes and its internals, and keeps its sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api import redaction


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("failed with eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef at the end", "eyJ"),
        ("failed with Bearer abc.def-ghi at the end", "abc.def"),
        ("failed with password=hunter2 at the end", "hunter2"),
        ('failed with "password": "two words" at the end', "words"),
        ("failed with 'password': 'two words' at the end", "words"),
        ('failed with "refresh_token": "s3cr3tvalue" at the end', "s3cr3t"),
        ("failed with postgres://admin:hunter2@db/users at the end", "hunter2"),
        ("failed with $2b$12$" + "a" * 53 + " at the end", "aaaa"),
        ("failed with $argon2id$v=19$m=65536,t=3$c2FsdA$aGFzaA at the end", "aGFzaA"),
        ("failed with " + "0a" * 20 + " at the end", "0a0a"),
    ],
)
def test_secrets_go(said: str, secret: str) -> None:
    shown = redaction.redact(said)
    assert secret not in shown
    assert shown.startswith("failed with ")


@pytest.mark.parametrize(
    "said",
    [
        "Value error, too short [type=value_error, input_value='hunter2 and more', input_type=str]",
        "Value error, too short [type=value_error, input_value=hunter2, input_type=str]",
        '{"msg": "too short", "input": "hunter2"}',
        "duplicate key value violates a constraint. DETAIL: Key (password)=(hunter2) already exists.",
        "null value in column. DETAIL: Failing row contains (7, hunter2, null).",
    ],
)
def test_what_was_sent_does_not_come_back(said: str) -> None:
    assert "hunter2" not in redaction.redact(said)


@pytest.mark.parametrize(
    "said",
    [
        'no such row. Traceback (most recent call last):\n  File "/srv/canary.py", line 3, in x\n    raise KeyError',
        'no such row. File "/srv/canary.py", line 3, in x',
        "no such row.\n    at Object.canary (/usr/src/app/canary.js:10:5)\n    at async next (node:internal:1:2)",
        "no such row.\n    at file:///app/canary.mjs:10:5",
        "no such row.\n\tat com.example.Canary.run(Canary.java:42)\n\tat java.lang.Thread.run(Thread.java:1)",
        "no such row. [SQL: SELECT canary.hash FROM canary WHERE id = %(id)s] [parameters: {'id': 'canary'}]",
        "no such row. INSERT INTO canary (a) VALUES ('canary')",
        "no such row. update canary set a = 'canary' where b = 1",
        "no such row. ENOENT: no such file or directory, open '/etc/canary/private.key'",
        "no such row. can't open /usr/src/app/config/canary.yaml:12",
        r"no such row. C:\inetpub\canary\web.config was not found",
    ],
)
def test_internals_go_and_the_sentence_stays(said: str) -> None:
    shown = redaction.redact(said)
    assert "canary" not in shown.casefold()
    assert shown.startswith("no such row.")


@pytest.mark.parametrize(
    "said",
    [
        "Cannot GET /api/v1/users/42",
        "Please select a workspace from the list",
        "The document /documents/7 is at version 2 (see /api/v1/documents/7/history)",
        "Your role must be updated before you set a limit",
        "Rate limit exceeded: 100 per 1 minute",
    ],
)
def test_plain_sentences_stay_as_they_are(said: str) -> None:
    assert redaction.redact(said) == said


@given(st.text(max_size=3000))
def test_one_short_line_whatever_comes(said: str) -> None:
    shown = redaction.redact(said)
    assert len(shown) <= redaction.DETAIL_LIMIT
    assert "\n" not in shown
