"""Every secret there is goes through one full run; afterwards none is in anything that was written or printed."""

from __future__ import annotations

import base64
import html
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from console.sandbox.authorizations import AuthorizationRequest, Authorizations
from console.sandbox.options import SandboxOptions
from console.sandbox.second_factor import SecondFactor
from console.sandbox.thread import SandboxThread
from console.sandbox.tokens import TokenIssuer, TokenPair
from console.store.key import Passphrase
from console.store.record import RECORD
from console.store.vault import VAULT
from tests.store.pages import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).with_name("canary_program.py")
ROOT = PROGRAM.parents[2]
LIMIT_S = 120.0
PASSWORD = "c4n4ry/Pass+word=%7&x"
PASSPHRASE = "c4n4ry four words of passphrase"
PROXY_PASSWORD = "c4n4ryProxyPassword"
ENVIRONMENT_PROXY_PASSWORD = "c4n4ryEnvironmentProxy"

pytestmark = pytest.mark.timeout(280)


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it may be written down: as it is, quoted for URLs, JSON and HTML, in base64, hex and UTF-16."""
    raw = secret.encode()
    yield raw
    yield quote(secret, safe="").encode()
    yield quote(quote(secret, safe=""), safe="").encode()
    yield json.dumps(secret)[1:-1].encode()
    yield html.escape(secret).encode()
    yield raw.hex().encode()
    yield secret.encode("utf-16-le")
    yield secret.encode("utf-16-be")
    for before in range(3):  # whatever stands in front of it in the same text: the characters that it alone decides
        whole = base64.b64encode(b"\0" * before + raw)
        yield whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6].translate(bytes.maketrans(b"+/", b"-_"))


def found_in(content: bytes, secrets: dict[str, str]) -> set[str]:
    """Which of the secrets are there, by what they are."""
    return {kind for kind, secret in secrets.items() if any(form in content for form in forms(secret))}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Every secret that the gateways give out or get, by what it is."""
    secrets: dict[str, str] = {}
    pair = TokenIssuer._pair  # noqa: SLF001  (the one place where they are made)
    trade, agree = Authorizations.trade, Authorizations.agree
    challenge = SecondFactor.challenge

    def issued(issuer: TokenIssuer, user_id: str, session_id: str, secret: str) -> TokenPair:
        made = pair(issuer, user_id, session_id, secret)
        number = len(secrets)
        secrets[f"access token {number}"], secrets[f"refresh token {number}"] = made.access, made.refresh
        return made

    def traded(book: Authorizations, provider: str, code: str, verifier: str, redirect_uri: str) -> str | None:
        secrets[f"verifier {len(secrets)}"] = verifier
        return trade(book, provider, code, verifier, redirect_uri)

    def agreed(book: Authorizations, request: AuthorizationRequest, user_id: str) -> str:
        code = agree(book, request, user_id)
        number = len(secrets)
        secrets[f"code {number}"], secrets[f"state {number}"] = code, request.state
        return code

    def challenged(factor: SecondFactor, user_id: str, token: str = "") -> str:
        given = challenge(factor, user_id, token)
        secrets[f"challenge {len(secrets)}"] = given
        return given

    monkeypatch.setattr(TokenIssuer, "_pair", issued)
    monkeypatch.setattr(Authorizations, "trade", traded)
    monkeypatch.setattr(Authorizations, "agree", agreed)
    monkeypatch.setattr(SecondFactor, "challenge", challenged)
    return secrets


class Run:
    """Runs programs in one home and keeps what they print."""

    def __init__(self, home: Path, sandbox: SandboxThread) -> None:
        self.printed: dict[str, bytes] = {}
        self.environment = {
            **os.environ,
            "GATEWATCH_HOME": str(home),
            "GATEWATCH_PASSPHRASE": PASSPHRASE,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": str(ROOT),
            "QT_QPA_PLATFORM": "offscreen",
            "CANARY_USERNAME": sandbox.username,
            "CANARY_PASSWORD": PASSWORD,
            "CANARY_MFA_CODE": sandbox.mfa_code,
            "CANARY_KONG": sandbox.kong_url,
            "CANARY_OPSSIGHT": sandbox.opssight_url,
        }

    def __call__(self, *words: str, typed: str = "", **environment: str) -> int:
        command = [sys.executable, *words] if words[0].endswith(".py") else [sys.executable, "-m", "console", *words]
        done = subprocess.run(
            command, cwd=ROOT, env={**self.environment, **environment}, input=typed.encode(), capture_output=True,
            timeout=LIMIT_S, check=False,
        )  # fmt: skip
        self.printed[f"{len(self.printed)} {' '.join(words)}"] = done.stdout + done.stderr
        return done.returncode

    @property
    def last(self) -> str:
        return next(reversed(self.printed.values())).decode()


async def test_no_secret_is_in_anything_that_is_left(
    tmp_path: Path, seen: dict[str, str]
) -> None:  # fault 27, 139, 141
    home, out = tmp_path / "home", tmp_path / "exports"
    out.mkdir()
    with SandboxThread(SandboxOptions(password=PASSWORD, token_lifetime_s=20.0)) as sandbox:
        sandbox.apply(require_mfa=True)
        run = Run(home, sandbox)
        mfa_code = sandbox.mfa_code
        code = run(str(PROGRAM), str(home))
        assert code < 0, run.last
        assert "crashing" in run.last, run.last
        login = ("--verbose", "login", "d", "--username", sandbox.username, "--tenant", "northwind")
        assert run("--verbose", "profile", "add", "d", sandbox.dotmac_url, "--platform", "dotmac") == 0
        assert run(*login, "--password-stdin", "--mfa-code", mfa_code, typed="wrong" + PASSWORD + "\n") == 3
        assert run("login", "d", "--username", sandbox.username, "--password-stdin", typed=PASSWORD + "\n") == 3
        mfa_code = sandbox.mfa_code  # the one of this half minute
        assert run(*login, "--password-stdin", "--mfa-code", mfa_code, typed=PASSWORD + "\n") == 0, run.last
        for proxy in (f"http://operator:{PROXY_PASSWORD}@127.0.0.1:1",):
            name = ("profile", "add", "p", "https://gateway.example", "--platform", "kong", "--proxy", proxy)
            assert run(*name, "--json") == 0, run.last
            assert run("--verbose", "doctor", "p", "--json") == 2, run.last
        for variable in ("HTTPS_PROXY", "https_proxy"):
            proxied = {variable: f"http://operator:{ENVIRONMENT_PROXY_PASSWORD}@127.0.0.1:1"}
            run("--verbose", "doctor", "https://gateway.example", "--platform", "kong", "--json", **proxied)
        assert run("--verbose", "doctor", "d", "--json") in (0, 1), run.last
        run("--verbose", "doctor", sandbox.kong_url, "--username", sandbox.username, "--password-stdin",
            "--mfa-code", mfa_code, "--json", typed=PASSWORD + "\n")  # fmt: skip
        run("--verbose", "login", "browsed", "--oauth", "sandbox-sso", "--paste", "--mfa-code", mfa_code,
            typed="http://127.0.0.1:1/callback?code=c4n4ryPastedCode&state=c4n4ryPastedState\n")  # fmt: skip
        for profile in ("typed", "browsed", "d"):
            run("health", profile, "--json")
            assert run("diagnostics", "requests", profile, "--har", str(out / f"{profile}.har")) == 0, run.last
            assert run("diagnostics", "requests", profile, "--json") == 0
        assert run("diagnostics", "bundle", "--out", str(out / "bundle.zip")) == 0, run.last
        assert run("record", "query", "--json", "--limit", "10000") == 0
        assert run("cache", "list", "d") == 0
        assert run("settings", "list", "--json") == 0
        assert run("profile", "list", "--json") == 0
        assert run("logout", "typed") == 0, run.last
    secrets = {
        **seen,
        "password": PASSWORD,
        "mfa code of the window": run.environment["CANARY_MFA_CODE"],
        "mfa code": mfa_code,
        "passphrase": PASSPHRASE,
        "proxy password": PROXY_PASSWORD,
        "the environment's proxy password": ENVIRONMENT_PROXY_PASSWORD,
        "pasted code": "c4n4ryPastedCode",
        "pasted state": "c4n4ryPastedState",
    }
    kinds = {kind.rpartition(" ")[0] for kind in seen}
    assert kinds == {"access token", "refresh token", "code", "state", "verifier", "challenge"}

    written = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    names = {path.rpartition("/")[2] for path in written}
    assert names >= {"settings.toml", VAULT.name, RECORD.name, "gatewatch.log", "crash.txt", "bundle.zip", "d.har"}
    with zipfile.ZipFile(out / "bundle.zip") as bundle:
        assert {"crash.txt", "gatewatch.log", "settings.toml", "requests-d.json"} <= set(bundle.namelist())
        written |= {f"bundle.zip: {name}": bundle.read(name) for name in bundle.namelist()}
    # Also for somebody who has the key: what was seen and done has no secret in it.
    written["record.db, decrypted"] = await plain(home / "store", RECORD, Passphrase(PASSPHRASE))
    assert b"auth.login" in written["record.db, decrypted"], "it is decrypted"
    log = written["home/logs/gatewatch.log"].decode()
    for failure in ("a slot", "a thread", "a task", "a finaliser", "UserWarning", "httpx"):
        assert failure in log, f"{failure} was provoked and is not in the log"
    assert b"Segmentation fault" in written["home/logs/crash.txt"]
    leaks = {name: kinds for name, content in (written | run.printed).items() if (kinds := found_in(content, secrets))}
    # The one that the operator wrote into the settings himself: the form and the documentation say that it is readable.
    assert leaks.pop("home/settings.toml") == {"proxy password"}
    assert leaks == {}

    # The vault is where tokens belong; of the login that ended there is nothing in it either.
    vault = found_in(await plain(home / "store", VAULT, Passphrase(PASSPHRASE)), secrets)
    assert {kind.rpartition(" ")[0] for kind in vault} <= {"access token", "refresh token"}
    assert vault, "the search finds what is there"
    if sys.platform != "win32":
        assert {stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*") if path.is_file()} == {0o600}


@pytest.mark.parametrize("secret", [PASSWORD, "eyJh.c4n4ry-_", "123456"])
def test_the_search_finds_every_form(secret: str) -> None:
    written = [
        f"x{secret}", quote(secret), quote(quote(secret, safe=""), safe=""), json.dumps({"x": secret}),
        base64.b64encode(f"operator:{secret}".encode()).decode(), base64.b64encode(f"a:{secret} b".encode()).decode(),
        base64.urlsafe_b64encode(f"{secret}?".encode()).decode(), secret.encode().hex(),
    ]  # fmt: skip
    for text in written[:1] + written[2:]:
        assert found_in(text.encode(), {"it": secret}) == {"it"}, text
    assert found_in(f"x{secret}".encode("utf-16-le"), {"it": secret}) == {"it"}
    assert not found_in(b"nothing of it", {"it": secret})
