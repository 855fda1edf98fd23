"""What an answer calls the file that it carries (RFC 6266)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_LIMIT = 4096
_PARAMETER = re.compile(r';\s*([!#$%&\'*+\-.^_`|~\w]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPED = re.compile(r"\\([\"\\])")


def file_name(header: str) -> str:
    """The name in a `Content-Disposition`, as it stands there: not safe. Empty for none; never raises."""
    found = {name.lower(): value.strip() for name, value in reversed(_PARAMETER.findall(header[:_LIMIT]))}
    return _extended(found.get("filename*", "")) or _plain(found.get("filename", ""))


def _extended(value: str) -> str:
    """RFC 8187: `UTF-8''na%C3%AFve.txt`; some servers put quotes around it."""
    charset, mark, rest = _plain(value).partition("'")
    _language, second, encoded = rest.partition("'")
    if not mark or not second or charset.lower() not in ("utf-8", "iso-8859-1"):
        return ""
    try:
        return unquote_to_bytes(encoded).decode(charset)
    except UnicodeDecodeError:
        return ""


def _plain(value: str) -> str:
    """Only what a quoted text must escape is taken for an escape: some servers send Windows' paths."""
    return _ESCAPED.sub(r"\1", value[1:-1]) if value.startswith('"') and value.endswith('"') else value
