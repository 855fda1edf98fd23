"""Logging: one rotating file for this user only, secrets masked at the root."""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT_BYTES = 2 * 1024 * 1024
FILES_KEPT = 3
FORMAT = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"

_NAMES = r"[\w-]*(?:token|secret|password|passwd|passphrase|api[_-]?key|authorization|cookie|otp|mfa[_-]?code)"
_QUOTED = r"b?\"(?:[^\"\\]|\\.)*\"?|b?'(?:[^'\\]|\\.)*'?"
_SECRETS = re.compile(
    r"(?i)\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"  # a JWT, wherever it stands
    r"|\b(?:bearer|basic|digest)\s+[\w.~+/=-]{4,}"
    r"|(?<=://)[^/\s@\"']+@"  # user and password of a URL
    r"|(?P<header>\b(?:set-|proxy-)?(?:authorization|cookie):)[^\r\n]+"  # a header line is secret to its end
    rf"|(?P<name>\b{_NAMES}\b[\"']?\s*[=:,]\s*)(?:{_QUOTED}|[^\s\"',;&)\]}}]+)"
)


def masked(text: str) -> str:
    """The text without what looks like a token, a password or a cookie."""
    return _SECRETS.sub(lambda found: (found["name"] or found["header"] or "") + "(masked)", text)


class MaskingFormatter(logging.Formatter):
    """Masks the finished line, traceback included: libraries log what they like."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        return masked(super().format(record))


def begin(logs_dir: Path, *, verbose: bool = False) -> Path | None:
    """Log to a file in `logs_dir`; its path, or None where it can't be written: the program runs all the same."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for chatty in ("httpx", "httpcore", "websockets", "asyncio", "qasync", "keyring"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    path = logs_dir / "gatewatch.log"
    try:
        handler = _PrivateFileHandler(path, maxBytes=SIZE_LIMIT_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(MaskingFormatter(FORMAT, "%Y-%m-%dT%H:%M:%S"))
    root.addHandler(handler)
    return path


class _PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """Creates its files with mode 0600, whatever the umask."""

    def _open(self):  # type: ignore[no-untyped-def]  # typeshed names a private alias
        return os.fdopen(
            os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), self.mode, encoding=self.encoding
        )
