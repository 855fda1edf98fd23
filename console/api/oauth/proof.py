"""The secrets of one attempt: state and verifier, and the challenge that is shown of the latter."""

from __future__ import annotations

import base64
import hashlib
import secrets

from console.model.oauth import Authorization

CHALLENGE_METHOD = "S256"  # `plain` would show the verifier to whoever sees the address
_SECRET_BYTES = 48  # 64 characters: a verifier has 43 to 128


def attempt(provider: str, redirect_uri: str) -> Authorization:
    """A new attempt with secrets of its own."""
    return Authorization(
        provider=provider,
        redirect_uri=redirect_uri,
        state=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(_SECRET_BYTES),
    )


def challenge(verifier: str) -> str:
    """What the authorization route may see of a verifier: `BASE64URL(SHA256(verifier))` without padding."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
