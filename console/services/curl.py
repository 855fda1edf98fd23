"""A request as a command, for each shell by its own rules of quoting. No command holds a secret."""

from __future__ import annotations

import enum
import re
import shlex
from typing import TYPE_CHECKING

from console.logs import masked

if TYPE_CHECKING:
    from console.model.exchange import Exchange


class Shell(enum.StrEnum):
    """Where a command is pasted."""

    SH = "sh"
    CMD = "cmd"
    POWERSHELL = "powershell"


_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_CMD_SPECIAL = re.compile(r'([()%!^"<>&|])')
_BACKSLASHES_AND_QUOTE = re.compile(r'(\\*)"')
_LAST_BACKSLASHES = re.compile(r"(\\+)$")
# PowerShell takes typographic quotes for straight ones.
_SINGLE_QUOTES = re.compile("(['\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
                            "\N{SINGLE LOW-9 QUOTATION MARK}\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}])")  # fmt: skip


def as_curl(exchange: Exchange, base_url: str, shell: Shell = Shell.SH) -> str:
    """A command that sends the request again, without its body.

    Where the access token was due it is the variable TOKEN of the shell's environment, to be set by whoever runs it.
    Names in the route (`{id}`) stand as they are: values are not kept, and `--globoff` keeps curl from reading them as
    patterns.
    """
    url = masked(address_of(exchange, base_url))
    words = ["--globoff", "--request", exchange.method, url]
    header = f"X-Request-ID: {exchange.request_id}"
    match shell:
        case Shell.SH:
            command = ["curl", *map(shlex.quote, [*words, "--header", header])]
            bearer = '"Authorization: Bearer $TOKEN"'
        case Shell.CMD:
            command = ["curl.exe", *map(_for_cmd, [*words, "--header", header])]
            bearer = '"Authorization: Bearer %TOKEN%"'
        case Shell.POWERSHELL:
            words = [word.replace('"', "%22").replace("\\", "%5C") for word in words]
            # Windows PowerShell and PowerShell 7 hand these on differently: no quoting is right for both.
            unclear = '"' in header or _CONTROLS.sub("", header).endswith("\\")
            command = ["curl.exe", *map(_for_powershell, words if unclear else [*words, "--header", header])]
            bearer = '"Authorization: Bearer $env:TOKEN"'
    return " ".join([*command, "--header", bearer] if exchange.authenticated else command)


def address_of(exchange: Exchange, base_url: str) -> str:
    """Where it went: below the gateway's address, or where its route says when that is a whole address itself."""
    return exchange.route if "://" in exchange.route else base_url.rstrip("/") + exchange.route


def _for_cmd(word: str) -> str:
    """Quoted for the C runtime that takes the line apart, then with a caret before whatever cmd would act on.

    The carets go before the quotes too: cmd never believes itself in a quoted part, where carets would be literal. Line
    ends and other controls are left out, as no line of cmd can hold them.
    """
    word = _CONTROLS.sub("", word)
    word = _BACKSLASHES_AND_QUOTE.sub(r'\1\1\\"', word)
    word = _LAST_BACKSLASHES.sub(r"\1\1", word)
    return _CMD_SPECIAL.sub(r"^\1", f'"{word}"')


def _for_powershell(word: str) -> str:
    """In single quotes, where nothing but a single quote means anything. Controls are left out."""
    return "'" + _SINGLE_QUOTES.sub(r"\1\1", _CONTROLS.sub("", word)) + "'"
