"""What reaches the log file, and who may read it."""

from __future__ import annotations

import json
import logging
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
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
    ],
)
def test_secrets_are_masked(line: str) -> None:
    assert CANARY not in logs.masked(line)


@pytest.mark.parametrize(
    "line", ["GET /api/v1/auth/me: 200 in 12 ms", "tokens are renewed in 5 s", "http://gateway.example:8000/a@b", ""]
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert logs.masked(line) == line


@given(st.text(min_size=1), st.sampled_from(["password", "access_token", "refreshToken", "client_secret", "cookie"]))
def test_no_value_of_a_secret_field_survives(secret: str, field: str) -> None:
    written = json.dumps({field: secret, "service": "identity"})
    assert logs.masked(written) == f'{{"{field}": (masked), "service": "identity"}}'


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
def test_a_folder_that_can_not_be_written_costs_only_the_log(tmp_path: Path) -> None:
    (tmp_path / "gatewatch.log").mkdir()
    assert logs.begin(tmp_path) is None


@pytest.mark.usefixtures("root")
def test_old_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "SIZE_LIMIT_BYTES", 200)
    logs.begin(tmp_path)
    for number in range(40):
        logging.getLogger("console.test").info("line %d", number)
    assert len(list(tmp_path.glob("gatewatch.log*"))) == logs.FILES_KEPT + 1
