"""Sign-in through a browser with an OpenID provider that nobody here wrote: `oidc-provider`, on Node."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import jwt
import msgspec
import pytest

from console.model.errors import BrowserSignInFailed
from console.model.oauth import BrowserSignInReason
from console.model.profile import Profile
from console.services.session import Session
from console.store.key import MemoryOnly
from console.store.store import open_store
from tests.api.scripted_gateway import Asked, reply, scripted
from tests.skips import needs_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from console.services.browser_sign_in import BrowserSignIn

NODE = shutil.which("node")
FOLDER = Path(__file__).parent / "node"
MISSING = (
    "node is not installed"
    if NODE is None
    else "oidc-provider is not installed: npm ci --prefix tests/peers/node"
    if not (FOLDER / "node_modules" / "oidc-provider").is_dir()
    else ""
)
pytestmark = needs_node(MISSING)

ANA = "ana@example.org"
BASE = "/api/v1/auth"
_FORM = re.compile(r'<form[^>]*action="([^"]+)"[^>]*method="post"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest.fixture
def issuer() -> Iterator[tuple[str, str]]:
    """The provider's address, and the secret that it gave the gateway."""
    assert NODE is not None
    secret = secrets.token_urlsafe(24)
    with subprocess.Popen(
        [NODE, str(FOLDER / "openid_provider.mjs"), secret],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"NODE_ENV": "test"},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}", secret
        finally:
            process.stdin.close()
            process.wait(10)


class Relying:
    """A gateway that lets the provider vouch for its users: its OAuth routes, and who is signed in."""

    def __init__(self, issuer: str, secret: str) -> None:
        self._issuer, self._secret = issuer, secret
        self._users: dict[str, dict[str, str]] = {}
        self._provider = httpx.Client(trust_env=False, timeout=20)
        self.about: dict[str, Any] = self._provider.get(f"{issuer}/.well-known/openid-configuration").json()
        self.refused: list[dict[str, Any]] = []

    def close(self) -> None:
        self._provider.close()

    def script(self, asked: Asked) -> bytes:
        path, _, query = asked.path.partition("?")
        match asked.method, path.removeprefix(BASE):
            case "GET", "/oauth/providers":
                return reply(200, [{"name": "openid", "display_name": "OpenID", "issuer": self.about["issuer"]}])
            case "GET", "/oauth/openid/authorize":
                return reply(200, {"authorization_url": self._authorization(query)})
            case "POST", "/oauth/openid/callback":
                return self._trade(json.loads(asked.body))
            case "GET", "/me":
                token = asked.headers.get("authorization", "").removeprefix("Bearer ")
                user = self._users.get(token)
                return reply(200, user) if user else reply(401, {"detail": "nobody is signed in"})
            case _:
                return reply(404, {"detail": "Not Found"})

    def _authorization(self, query: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        return f"{self.about['authorization_endpoint']}?" + urlencode(
            {**asked, "client_id": "gateway", "scope": "openid email"}
        )

    def _trade(self, fields: dict[str, str]) -> bytes:
        answer = self._provider.post(
            self.about["token_endpoint"],
            auth=("gateway", self._secret),
            data={
                "grant_type": "authorization_code",
                "code": fields["code"],
                "code_verifier": fields["code_verifier"],
                "redirect_uri": fields["redirect_uri"],
            },
        )
        body = answer.json()
        if answer.status_code != 200:
            self.refused.append(body)
            return reply(400, {"detail": body["error_description"], "code": body["error"]})
        keys = jwt.PyJWKSet.from_dict(self._provider.get(self.about["jwks_uri"]).json())
        key = keys[jwt.get_unverified_header(body["id_token"])["kid"]]
        told = jwt.decode(body["id_token"], key, algorithms=["RS256"], audience="gateway", issuer=self._issuer)
        user = {"id": told["sub"], "name": told["sub"], "email": told["email"]}
        self._users[body["access_token"]] = user
        tokens = {"access_token": body["access_token"], "token_type": "Bearer", "expires_in": body["expires_in"]}
        return reply(200, {**tokens, "user": user})


class Browser:
    """Follows pages and fills in their forms, as a person would who knows the way."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def walk(self, url: str, name: str, *, stop_before_the_end: bool = False) -> str:
        """Sign in at the provider and agree; the address that the browser ends on, or would end on."""
        async with httpx.AsyncClient(trust_env=False, timeout=20) as browser:
            answer = await browser.get(url)
            for _step in range(12):
                self.seen.append(str(answer.url).partition("?")[0])
                if answer.is_redirect:
                    target = urljoin(str(answer.url), answer.headers["location"])
                    if urlsplit(target).path == "/callback" and stop_before_the_end:
                        return target
                    answer = await browser.get(target)
                elif form := _FORM.search(answer.text):
                    fields = dict(_HIDDEN.findall(form[2]))
                    if "password" in form[2]:
                        fields |= {"login": name, "password": "any"}
                    answer = await browser.post(urljoin(str(answer.url), html.unescape(form[1])), data=fields)
                else:
                    return str(answer.url)
        raise AssertionError(f"the browser goes round: {self.seen}")


@pytest.fixture
async def gateway(issuer: tuple[str, str]) -> AsyncIterator[tuple[Relying, str]]:
    relying = Relying(*issuer)
    async with scripted(relying.script) as served:
        yield relying, served.address.text
    relying.close()


@contextlib.asynccontextmanager
async def session_at(url: str, folder: Path) -> AsyncIterator[Session]:
    store = await open_store(folder, MemoryOnly())
    told = {"name": "with-openid", "url": url, "platform": "opssight"}
    session = Session(msgspec.convert(told, Profile), store.vault, store.record)
    running = asyncio.ensure_future(session.run())
    try:
        await session.restored()
        async with asyncio.timeout(60):
            yield session
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()


async def _begun(session: Session, attempt: BrowserSignIn) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(attempt.url).query).items()}


async def test_a_person_signs_in_at_the_provider_and_the_console_is_signed_in(
    gateway: tuple[Relying, str], tmp_path: Path
) -> None:
    relying, url = gateway
    async with session_at(url, tmp_path) as session:
        (provider,) = await session.providers()
        assert provider.issuer == relying.about["issuer"]
        async with session.sign_in_with(provider) as attempt:
            asked = await _begun(session, attempt)
            assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
            browser = Browser()
            landed = await browser.walk(attempt.url, ANA)
            assert landed.startswith(asked["redirect_uri"])
            await attempt.finished()
        assert session.user is not None
        assert session.user.answers_to(ANA)
        assert [page for page in browser.seen if "/interaction/" in page], "the provider's own pages were walked"


async def test_a_code_is_worth_nothing_without_the_verifier_of_its_attempt(
    gateway: tuple[Relying, str], tmp_path: Path
) -> None:  # fault 21
    relying, url = gateway
    async with session_at(url, tmp_path) as session:
        (provider,) = await session.providers()
        async with session.sign_in_with(provider) as first:
            stolen = await Browser().walk(first.url, ANA, stop_before_the_end=True)
        async with session.sign_in_with(provider) as second:
            mine = await _begun(session, second)
            code = parse_qs(urlsplit(stolen).query)["code"][0]
            bait = urlencode({"code": code, "state": mine["state"], "iss": relying.about["issuer"]})
            async with httpx.AsyncClient(trust_env=False) as browser:
                await browser.get(f"{mine['redirect_uri']}?{bait}")
            with pytest.raises(BrowserSignInFailed) as refused:
                await second.finished()
        assert refused.value.reason == BrowserSignInReason.REFUSED
        assert relying.refused[0]["error"] == "invalid_grant"
        assert session.user is None


async def test_an_answer_of_another_issuer_is_refused(gateway: tuple[Relying, str], tmp_path: Path) -> None:  # fault 22
    _relying, url = gateway
    async with session_at(url, tmp_path) as session:
        (provider,) = await session.providers()
        async with session.sign_in_with(provider) as attempt:
            landed = await Browser().walk(attempt.url, ANA, stop_before_the_end=True)
            query = parse_qs(urlsplit(landed).query)
            assert query["iss"] == [provider.issuer]  # RFC 9207: this provider says who it is
            query["iss"] = ["https://accounts.elsewhere.example"]
            async with httpx.AsyncClient(trust_env=False) as browser:
                await browser.get(f"{landed.partition('?')[0]}?{urlencode(query, doseq=True)}")
            with pytest.raises(BrowserSignInFailed):
                await attempt.finished()
        assert session.user is None


async def test_a_person_who_cancels_at_the_provider_is_told_so(
    gateway: tuple[Relying, str], tmp_path: Path
) -> None:  # fault 16
    _relying, url = gateway
    async with session_at(url, tmp_path) as session:
        (provider,) = await session.providers()
        async with session.sign_in_with(provider) as attempt:
            async with httpx.AsyncClient(trust_env=False, timeout=20, follow_redirects=True) as browser:
                page = await browser.get(attempt.url)
                cancel = re.search(r'href="([^"]*/abort)"', page.text)
                assert cancel is not None
                await browser.get(urljoin(str(page.url), cancel[1]))
            with pytest.raises(BrowserSignInFailed) as told:
                await attempt.finished()
        assert told.value.reason == BrowserSignInReason.DENIED
