"""Who agreed in a browser to be signed in: codes that are good once, for a minute, for whoever holds the verifier."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.sandbox.clock import Clock

CODE_LIFETIME_S = 60.0

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOOPBACK = ("127.0.0.1", "::1")
_STATE_LIMIT = 512


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """What a client asked of a provider, after it was checked."""

    provider: str
    redirect_uri: str
    state: str = field(repr=False)
    challenge: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class _Grant:
    request: AuthorizationRequest
    user_id: str
    expires_at: float


def checked(provider: str, query: Mapping[str, str], own_redirect: str) -> AuthorizationRequest | str:
    """The request in a query, or what is wrong with it.

    Args:
        provider: Whom it was sent to.
        query: As it came.
        own_redirect: A page of ours that a code may go to as well; otherwise only loopback addresses.
    """
    redirect_uri, state = query.get("redirect_uri", ""), query.get("state", "")
    if query.get("response_type", "code") != "code":
        return "response_type must be code"
    if redirect_uri != own_redirect and not _is_loopback(redirect_uri):
        return "redirect_uri must be an http address of the loopback with a port"
    if not state or len(state) > _STATE_LIMIT:
        return "state is missing"
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(query.get("code_challenge", "")):
        return "code_challenge with code_challenge_method S256 is required"
    return AuthorizationRequest(
        provider=provider, redirect_uri=redirect_uri, state=state, challenge=query["code_challenge"]
    )


class Authorizations:
    """The codes that were given out and not traded yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: dict[str, _Grant] = {}

    def agree(self, request: AuthorizationRequest, user_id: str) -> str:
        """A code for a user who agreed."""
        code = secrets.token_urlsafe(32)
        now = self._clock.now()
        self._grants = {kept: grant for kept, grant in self._grants.items() if grant.expires_at > now}
        self._grants[code] = _Grant(request=request, user_id=user_id, expires_at=now + CODE_LIFETIME_S)
        return code

    def trade(self, provider: str, code: str, verifier: str, redirect_uri: str) -> str | None:
        """Whose code it is; None when it is none, was used, is too old, or was asked for by somebody else."""
        grant = self._grants.pop(code, None)
        if grant is None or grant.expires_at <= self._clock.now() or not _VERIFIER.fullmatch(verifier):
            return None
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        proven = hmac.compare_digest(digest, grant.request.challenge)
        same = (grant.request.provider, grant.request.redirect_uri) == (provider, redirect_uri)
        return grant.user_id if proven and same else None


def _is_loopback(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "http" and parts.hostname in _LOOPBACK and bool(parts.port) and not parts.query
    except ValueError:
        return False
