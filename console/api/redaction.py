"""Server text made fit for a log, the record and the screen."""

from __future__ import annotations

import re

from console.api import reading

DETAIL_LIMIT = 300

_SECRET = re.compile(
    r"""(?ix)
    \beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?                           # a JSON web token
    | (?<=://)[^/@\s]+(?=@)                                     # user name and password in a URL
    | \bBearer\s+[\w.~+/=-]+
    | (?:password|passwd|secret|token|api[_-]?key|authorization)["']?\s*[=:]\s*
      (?:"[^"]*"?|'[^']*'?|[^\s"',;}]+)
    | \$2[aby]\$\d\d\$[./\w]{53}                                # a bcrypt hash
    | \$argon2\w+\$[^\s"']+
    | \b[0-9a-f]{40,}\b
    """
)
# What was sent comes back in validation errors (pydantic's texts, PostgreSQL's DETAIL), passwords too.
_ECHO = re.compile(
    r"""(?ix)
    \binput(?:_value)?["']?\s*[=:]\s*(?:"[^"]*"?|'[^']*'?|[^\s,\]}]+)
    | \bkey\s*\([^)]*\)\s*=\s*\([^)]*\)
    | \bfailing\ row\ contains\s*\([^)]*\)?
    """
)
_INTERNALS = re.compile(
    r"""(?isx)
    traceback\ \(most\ recent\ call\ last\).*
    | \bfile\ "[^"]*",\ line\ \d+.*
    | \s+at\ (?:async\ |new\ )?[\w.$<>\[\]\ /]+\ ?\([^)]*:\d+\).*      # a stack of Node or Java
    | \s+at\ (?:async\ )?(?:file://)?/[^\s]+:\d+:\d+.*
    | \[sql:.*
    | (?-i:\bSELECT\b.*\bFROM\b.*|\bINSERT\ INTO\b.*|\bUPDATE\b.*\bSET\b.*|\bDELETE\ FROM\b.*)
    | \bselect\b.{0,120}\bfrom\b.{0,120}\bwhere\b.*                # lower case may be a sentence
    | \bupdate\b.{0,120}\bset\b.{0,120}\bwhere\b.* | \binsert\ into\b.*\bvalues\b.* | \bdelete\ from\b.*\bwhere\b.*
    """
)
# Paths of files on the server's disk; those of routes are what the operator asked for and may stay.
_FILE = re.compile(
    r"""(?ix)
    (?:[a-z]:\\ | \\\\\w)[^\s"'<>|:]+(?::\d+)*
    | (?<![\w:/.])/(?:bin|etc|home|lib|opt|private|root|srv|tmp|usr|(?-i:Users)|var)/[^\s"'<>|,;)]+
    | (?<![\w:/.])/(?:[\w.@-]+/)+[\w.@-]+
      \.(?:py|js|mjs|cjs|ts|java|go|rb|php|cs|rs|sql|ya?ml|env|conf|pem|key)\b(?::\d+)*
    """
)


def redact(text: str, limit: int = DETAIL_LIMIT) -> str:
    """Server text in one line, without secrets, echoed input, SQL, stacks and the server's own file names."""
    bounded = reading.clean(text[: 8 * limit])
    without = _SECRET.sub("(secret left out)", _ECHO.sub("(input left out)", bounded))
    without = _FILE.sub("(file left out)", _INTERNALS.sub(" (internals left out)", without))
    line = " ".join(without.split())
    return line if len(line) <= limit else line[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
