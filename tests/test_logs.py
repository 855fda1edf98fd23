"""What reaches the log file, and who may read it."""

from __future__ import annotations

import json
import logging
import stat
import sys
import warnings
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console import logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "c4n4ry"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield logger
    for handler in logger.handlers[:]:
        if handler not in handlers:
            logger.removeHandler(handler)
            handler.close()
    logger.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Basic {CANARY}==",
        f"authorization: Bearer {CANARY}",
        f"[('authorization', 'Bearer {CANARY}')]",
        f"[('authorization', 'Basic {CANARY}')]",
        f"[(b'cookie', b'session={CANARY}'), (b'authorization', b'Basic {CANARY}')]",
        f"Cookie: theme=dark; refresh={CANARY}",
        f"Set-Cookie: refresh_token={CANARY}; Path=/",
        f"http://operator:{CANARY}@gateway.example/x",
        f"http://gateway.example/ws?token={CANARY}&x=1",
        f"password={CANARY}",
        f'{{"password": "two {CANARY} words", "x": 1}}',
        f"{{'refresh_token': 'it\\'s {CANARY}'}}",
        f"mfa_token={CANARY}, client-secret: {CANARY}, X-Api-Key: {CANARY}",
        f"eyJhbGciOiJIUzI1.{CANARY}.{CANARY}",
        f"GET http://127.0.0.1:5000/callback?code={CANARY}&state={CANARY} 200",
        f"code={CANARY}&code_verifier={CANARY}&redirect_uri=x",
        f"grant_type=refresh_token&refresh_token={CANARY}",
        f"next=http%3A%2F%2Fgateway%2Fcallback%3Fcode%3D{CANARY}%26state%3D{CANARY}",
        f'{{"mfa_token":"{CANARY}","code":"12{CANARY}"}}',
        f'{{"code_verifier": "{CANARY}", "state": "{CANARY}", "otp_code": "{CANARY}"}}',
        f'{{"recovery_codes": ["{CANARY}", "{CANARY}"]}}',
        f'"{{\\"password\\": \\"it {CANARY} \\\\\\" {CANARY}\\"}}"',
        f"proxy http://operator:p@ss{CANARY}@proxy:3128 and socks5://operator:a/{CANARY}@proxy:1080",
        f"Headers({{'authorization': '[secure]', 'cookie': 'a=b; c={CANARY}'}})",
        f"Headers([('set-cookie', 'refresh={CANARY}; HttpOnly')])",
        f"Sec-WebSocket-Protocol: bearer, {CANARY}",
        f"PasswordCredentials(username='operator', password='two {CANARY}')",
        f"Proxy-Authorization: Digest username={CANARY}, response={CANARY}",
    ],
)
def test_secrets_are_masked(line: str) -> None:
    assert CANARY not in logs.masked(line)


@pytest.mark.parametrize(
    "line",
    [
        "GET /api/v1/auth/me: 200 in 12 ms",
        "tokens are renewed in 5 s",
        "http://gateway.example:8000/a@b",
        "closed with code=1006, exit code: -9, status code: 503",
        '{"code": "AUTH_REQUIRED", "state": "open"}',
        "connection state: lost",
        "",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert logs.masked(line) == line


@given(st.text(min_size=1), st.sampled_from(["password", "access_token", "refreshToken", "client_secret", "cookie"]))
def test_no_value_of_a_secret_field_survives(secret: str, field: str) -> None:
    written = json.dumps({field: secret, "service": "identity"})
    assert logs.masked(written) == f'{{"{field}": (masked), "service": "identity"}}'


_PIECES = (
    "a", "\\", '"', "'", "://", "http://a:", "https://a:b/", "//a@", "code ", "code=", 'code=\\"', "state", "password",
    'password="', "password='\\", "eyJaaaaaaaa.", "bearer ", "bearer,", "cookie", "cookie: x\n", "password=[", "?code=",
    "%25", "password%25", ", ", "\n", " ", "-", "_", "1", "é",
)  # fmt: skip


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(start="", unit=["http://a:"])
@example(start="password=", unit=['\\"'])
@example(start="", unit=["password", " "])
@given(st.sampled_from(_PIECES), st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3))
def test_a_very_long_line_takes_no_longer_than_its_length(start: str, unit: list[str]) -> None:
    junk = start + "".join(unit) * (1_000_000 // len("".join(unit)))  # quadratic work would not end in this life
    assert len(logs.masked(f"{junk}\nhealth of identity: 12 ms")) < 6 * len(junk)


@pytest.mark.parametrize(
    "said", ["refused", "403 from /api/v1/tenants in 12 ms", "closed with code 1006", "it's late: x=3, y='z'"]
)
def test_what_stands_around_a_secret_stays(said: str) -> None:
    assert logs.masked(f"{said}: Bearer {CANARY}, {said}") == f"{said}: (masked), {said}"
    assert (
        logs.masked(f"{said} http://operator:{CANARY}@proxy:3128/ {said}")
        == f"{said} http://(masked)proxy:3128/ {said}"
    )


def test_the_file_is_private_and_tracebacks_are_masked(tmp_path: Path, root: logging.Logger) -> None:
    path = logs.begin(tmp_path)
    assert path is not None
    try:
        raise ValueError(f"password={CANARY}")
    except ValueError:
        logging.getLogger("console.test").info("refused %s", f"Bearer {CANARY}", exc_info=True)
    assert root.level == logging.INFO
    text = path.read_text(encoding="utf-8")
    assert "ValueError" in text
    assert CANARY not in text
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.usefixtures("root")
def test_a_folder_that_can_not_be_written_costs_only_the_log(tmp_path: Path) -> None:  # fault 140
    (tmp_path / "gatewatch.log").mkdir()
    assert logs.begin(tmp_path) is None


@pytest.mark.usefixtures("root")
def test_old_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "SIZE_LIMIT_BYTES", 200)
    logs.begin(tmp_path)
    for number in range(40):
        logging.getLogger("console.test").info("line %d", number)
    assert len(list(tmp_path.glob("gatewatch.log*"))) == logs.FILES_KEPT + 1


@given(
    st.text("abcXYZ019-_.~", min_size=6).filter(lambda value: any(map(str.isdigit, value)) and "." not in value),
    st.sampled_from(["code", "state", "code_verifier", "mfa_token", "refresh_token", "password", "otp"]),
    st.sampled_from(["?x=1&{}={}", "{}={}&x=1", '{{"{}": "{}"}}', "{{'{}': '{}'}}", '"{{\\"{}\\": \\"{}\\"}}"']),
)
def test_no_form_of_a_secret_field_survives(end: str, field: str, form: str) -> None:
    secret = f"c4n4ry{end}"
    assert CANARY not in logs.masked(form.format(field, secret))


@pytest.mark.expects_logs
@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "websockets.client", "asyncio", "console.api"])
def test_records_of_libraries_are_masked(name: str, tmp_path: Path, root: logging.Logger) -> None:
    path = logs.begin(tmp_path)
    assert path is not None
    logging.getLogger(name).warning("%r", [(b"authorization", f"Bearer {CANARY}".encode())])
    logging.getLogger(name).error("> %s", f"Cookie: refresh={CANARY}", stack_info=True)
    text = path.read_text(encoding="utf-8")
    assert name in text
    assert CANARY not in text
    assert root.handlers


@pytest.mark.expects_logs
@pytest.mark.usefixtures("root")
def test_chained_errors_and_warnings_are_masked(tmp_path: Path) -> None:
    path = logs.begin(tmp_path)
    assert path is not None
    try:
        try:
            raise ValueError(f"http://operator:{CANARY}@proxy:3128")
        except ValueError as exc:
            raise KeyError(f"refresh_token={CANARY}") from exc
    except KeyError as exc:
        exc.add_note(f"password={CANARY}")
        logging.getLogger("console.test").info("failed", exc_info=True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)  # over the hook of the tests
        warnings.warn(f"access_token={CANARY}", UserWarning, stacklevel=1)
    text = path.read_text(encoding="utf-8")
    assert "direct cause" in text
    assert "UserWarning" in text
    assert CANARY not in text


@pytest.mark.usefixtures("root")
def test_a_line_that_can_not_be_formatted_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin(tmp_path)
    handler = logging.getLogger().handlers[-1]
    handler.handle(logging.LogRecord("console.test", logging.INFO, __file__, 1, "%d", (CANARY,), None))
    assert "console.test" in (said := capsys.readouterr().err)
    assert CANARY not in said
