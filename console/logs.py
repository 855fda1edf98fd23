"""Logging: one rotating file for this user only, secrets masked at the root."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import re
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT_BYTES = 2 * 1024 * 1024
FILES_KEPT = 3
FORMAT = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"

# What precedes a name (`refresh_`, `proxy_`) is no matter; what stands there stays.
_NAMES = (
    r"(?:token|secret|password|passwd|passphrase|credential|api[_-]?key|private[_-]?key|authorization|cookie|jwt|"
    r"otp(?:[_-]?code)?|code[_-]?verifier|signature|session[_-]?id|\bsid|\bticket|(?<![a-z])nonce|"
    r"(?:mfa|user|device|backup|recovery|verification|auth)[_-]?code)s?(?:[_-]?hash|[_-]?value)?"
)
_IS = r"\\*[\"']?\s*(?:[=:]|%(?:25)*3[AD])\s*|\\*[\"']\s*,\s*"  # in text, an escaped query, a tuple
_QUOTED = (
    r"b?\"(?:[^\"\\]|\\.)*\"?|b?'(?:[^'\\]|\\.)*'?"
    # Quoted inside quotes: ends at its own quote with as many backslashes.
    r"|(?P<slashes>\\+)(?P<quote>[\"'])(?:(?!(?P=quote))[^\\]|(?!(?P=slashes)(?P=quote))\\++.)*(?:\\+[\"'])?"
)
_BARE = r"[^\s\"',;&)\]}]+"
# Words and small numbers under the names `code` and `state` are what a log is read for, and never what is secret.
_HARMLESS = (
    r"(?-i:<?(?:[A-Z][A-Z_]{1,40}|[A-Za-z][a-z_]{0,18}(?:\.[A-Za-z_]{1,18})?|-?\d{1,5}|0x[\da-fA-F]{1,8}))"
    r"(?![\w.~+/=%&-])"
)
_SECRETS = re.compile(
    r"(?is)\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"  # a JWT, wherever it stands
    r"|\b(?:bearer|basic|digest)(?:\s|,|\\n|%20)+[\w.~+/=-]{4,}"
    r"|(?<=://)[^/\s\"']+@"  # user and password of a URL
    # with a slash in the password, as people type it; never into the next URL, or many of them take quadratic time
    r"|(?<=://)[^/\s:@\"']+:(?!\d+/)(?:(?!://)[^\s@\"'])+@"
    r"|(?P<header>\b(?:set-|proxy-)?(?:authorization|cookie):)[^\r\n]+"  # a header line is secret to its end
    rf"|(?P<name>{_NAMES}(?:{_IS}))(?:{_QUOTED}|\[[^\]]*\]?|{_BARE})"
    r"|(?P<query>(?:[?&#]|%(?:25)*(?:3F|26|23))(?:code|state)(?:=|%(?:25)*3D))[^\s&\"'<>]+"
    rf"|(?P<code>\b(?:code|state)\b(?:{_IS}))(?!\\*b?[\"']?{_HARMLESS})"
    rf"(?:{_QUOTED.replace('slashes', 'slashes_').replace('quote', 'quote_')}|{_BARE})"
)
_KEPT = ("name", "header", "query", "code")


def masked(text: str) -> str:
    """The text without what looks like a token, a password, a code or a cookie."""
    return _SECRETS.sub(lambda found: next(filter(None, map(found.group, _KEPT)), "") + "(masked)", text)


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
    logging.captureWarnings(True)
    path = logs_dir / "gatewatch.log"
    try:
        handler = _PrivateFileHandler(path, maxBytes=SIZE_LIMIT_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    except OSError:
        # Else what goes wrong would be written to standard error by the handler of last resort, unmasked.
        last: logging.Handler = _MaskedErrors()
        last.setLevel(logging.WARNING)
        last.setFormatter(MaskingFormatter("%(message)s"))
        root.addHandler(last)
        return None
    handler.setFormatter(MaskingFormatter(FORMAT, "%Y-%m-%dT%H:%M:%S"))
    root.addHandler(handler)
    return path


class _MaskedErrors(logging.StreamHandler[TextIO]):
    """Says on standard error that a record could not be written; logging's own way would show its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        """See `logging.Handler`."""
        kind = type(sys.exception()).__name__
        with contextlib.suppress(AttributeError, OSError, ValueError):  # no standard error, or a closed one
            sys.stderr.write(f"gatewatch: a line of {record.name} was not logged: {kind}\n")


class _PrivateFileHandler(_MaskedErrors, logging.handlers.RotatingFileHandler):
    """Creates its files with mode 0600, whatever the umask."""

    def _open(self):  # type: ignore[no-untyped-def]  # typeshed names a private alias
        return os.fdopen(
            os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), self.mode, encoding=self.encoding
        )
