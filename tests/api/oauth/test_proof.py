"""State and verifier of an attempt."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import string

from hypothesis import given
from hypothesis import strategies as st

from console.api.oauth.proof import CHALLENGE_METHOD, attempt, challenge

UNRESERVED = string.ascii_letters + string.digits + "-._~"
REDIRECT = "http://127.0.0.1:5000/callback"


def test_the_challenge_is_that_of_the_rfc() -> None:  # fault 21
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert CHALLENGE_METHOD == "S256"


@given(st.text(UNRESERVED, min_size=43, max_size=128))
def test_a_challenge_is_the_digest_without_padding(verifier: str) -> None:  # fault 21
    made = challenge(verifier)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made)
    assert base64.urlsafe_b64decode(made + "=") == hashlib.sha256(verifier.encode()).digest()


def test_every_attempt_has_secrets_of_its_own() -> None:  # fault 21
    attempts = [attempt("sso", REDIRECT) for _ in range(200)]
    assert len({one.verifier for one in attempts} | {one.state for one in attempts}) == 400
    for one in attempts:
        assert 43 <= len(one.verifier) <= 128
        assert set(one.verifier) <= set(UNRESERVED)
        assert len(one.state) * math.log2(64) >= 128


def test_no_secret_is_in_a_repr() -> None:  # fault 27
    one = attempt("sso", REDIRECT)
    assert one.verifier not in repr(one)
    assert one.state not in repr(one)
