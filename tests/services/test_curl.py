"""Commands, read back by each shell's own rules."""

import asyncio
import re
import shlex
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.exchange import Exchange
from console.services.curl import Shell, as_curl

URL = "http://127.0.0.1:1"
NASTY = st.text() | st.text(alphabet="\"'\\%!^&|<>() $`{}\u2019\u201a\n\t;", max_size=30)


def exchange(route: str = "/", request_id: str = "r-1", *, authenticated: bool = False) -> Exchange:
    return Exchange(
        at=datetime(2026, 3, 14, tzinfo=UTC), operation="health.read", method="GET", route=route, status=200, error="",
        total_ms=1.0, gateway_ms=None, upstream_ms=None, request_id=request_id, attempt=1, authenticated=authenticated,
    )  # fmt: skip


def without_controls(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "", text)


def cmd_passes_on(line: str) -> str:
    """What cmd hands to the program: a caret takes the meaning from the next character, quotes begin quoted parts."""
    out, quoted, at = "", False, 0
    while at < len(line):
        char = line[at]
        if char == "^" and not quoted:
            at += 1
            char = line[at]
        elif char == '"':
            quoted = not quoted
        else:
            assert quoted or char not in "&|<>()", "cmd would act on it"
            assert char != "%" or quoted, "cmd would look for a variable"
        out += char
        at += 1
    assert not quoted
    return out


def c_runtime_words(line: str) -> list[str]:
    """How the C runtime of Windows takes a command line apart."""
    words, word, quoted, began, at = [], "", False, False, 0
    while at < len(line):
        char = line[at]
        if char == "\\":
            run = len(line[at:]) - len(line[at:].lstrip("\\"))
            at += run
            if at < len(line) and line[at] == '"':
                word += "\\" * (run // 2)
                if run % 2:
                    word += '"'
                    at += 1
            else:
                word += "\\" * run
            began = True
            continue
        if char == '"':
            quoted, began = not quoted, True
        elif char == " " and not quoted:
            if began:
                words.append(word)
            word, began = "", False
        else:
            word, began = word + char, True
        at += 1
    return [*words, word] if began else words


def powershell_words(line: str) -> list[str]:
    """Words and single-quoted strings, in which a doubled quote of any kind stands for one."""
    words, at = [], 0
    quotes = "'\u2018\u2019\u201a\u201b"
    while at < len(line):
        if line[at] == " ":
            at += 1
        elif line[at] in quotes:
            word = ""
            at += 1
            while line[at] not in quotes or line[at + 1 : at + 2] in tuple(quotes):
                at += line[at] in quotes
                word += line[at]
                at += 1
            at += 1
            words.append(word)
        else:
            end = line.find(" ", at) if " " in line[at:] else len(line)
            words.append(line[at:end])
            at = end
    return words


@given(NASTY, NASTY)
def test_sh_reads_what_was_meant(route: str, request_id: str) -> None:  # fault 127
    words = shlex.split(as_curl(exchange("/" + route, request_id, authenticated=True), URL))
    assert words[:4] == ["curl", "--globoff", "--request", "GET"]
    assert words[6] == f"X-Request-ID: {request_id}"
    assert words[-1] == "Authorization: Bearer $TOKEN"
    assert len(words) == 9


@given(st.text(alphabet="\"'\\%!^&|<>() ab\u2019{}\t\n", max_size=30), NASTY)
def test_cmd_reads_what_was_meant(route: str, request_id: str) -> None:  # fault 127
    line = as_curl(exchange("/" + route, request_id), URL, Shell.CMD)
    assert "\n" not in line
    words = c_runtime_words(cmd_passes_on(line))
    assert words == [
        "curl.exe", "--globoff", "--request", "GET", URL + without_controls("/" + route),
        "--header", without_controls(f"X-Request-ID: {request_id}"),
    ]  # fmt: skip


@given(st.text(alphabet="\"'\\%!^&|<>() ab$`\u2018\u2019\u201a\u201b{}\t\n", max_size=30), NASTY)
def test_powershell_reads_what_was_meant(route: str, request_id: str) -> None:  # fault 127
    words = powershell_words(as_curl(exchange("/" + route, request_id), URL, Shell.POWERSHELL))
    url = URL + without_controls("/" + route).replace('"', "%22").replace("\\", "%5C")
    assert words[:5] == ["curl.exe", "--globoff", "--request", "GET", url]
    assert not any('"' in word for word in words)
    if '"' not in request_id and not without_controls(request_id).endswith("\\"):
        assert words[5:] == ["--header", without_controls(f"X-Request-ID: {request_id}")]


@pytest.mark.parametrize(
    ("shell", "token"), [(Shell.SH, "$TOKEN"), (Shell.CMD, "%TOKEN%"), (Shell.POWERSHELL, "$env:TOKEN")]
)
def test_the_token_is_a_variable_where_it_was_due_and_absent_elsewhere(shell: Shell, token: str) -> None:  # fault 127
    assert as_curl(exchange(authenticated=True), URL, shell).endswith(f'--header "Authorization: Bearer {token}"')
    assert "Authorization" not in as_curl(exchange(), URL, shell)


async def test_a_real_sh_hands_on_the_same_words() -> None:  # fault 127
    route, request_id = "/a'b\"c`d$(e)%f!g^h\\", "x\ny 'z"
    line = as_curl(exchange(route, request_id), URL).replace("curl", "printf '%s\\0'", 1)
    process = await asyncio.create_subprocess_exec("sh", "-c", line, stdout=asyncio.subprocess.PIPE)
    out, _err = await process.communicate()
    assert out.decode().split("\0")[3:-1] == [URL + route, "--header", f"X-Request-ID: {request_id}"]
