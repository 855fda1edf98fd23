"""What every command shares: opening the console without a window, and turning errors into words and exit codes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from console import logs
from console.i18n import tr
from console.model.errors import (
    BrowserSignInFailed,
    ChallengeExpired,
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    GatewatchError,
    MfaRequired,
    NotAGateway,
    StoreError,
    StoreLocked,
    TlsFailed,
    Unauthorized,
    WrongCode,
    WrongPassphrase,
    WrongUser,
)
from console.model.identity import PasswordCredentials
from console.services.explain import explain
from console.store.key import Auto, Passphrase

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from console.composition import Console
    from console.paths import Home
    from console.store.key import KeyChoice

Answered = TypeVar("Answered")

RETENTION_AFTER_S = 5.0
FINE, BAD, UNREACHABLE, UNAUTHORISED = 0, 1, 2, 3

_PASSPHRASE = "GATEWATCH_PASSPHRASE"  # noqa: S105  (the variable's name)
_PASSWORD = "GATEWATCH_PASSWORD"  # noqa: S105  (the variable's name)


def sendable(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no text in this terminal's encoding; a callback for options that a gateway gets."""
    if value is not None and not _is_text(value):
        raise click.BadParameter(tr("not text in this terminal's encoding"), ctx, param)
    return value


def with_console(home: Home, work: Callable[[Console], Coroutine[None, None, int]]) -> NoReturn:
    """Open the store, do the work, exit with its code. Errors are said on stderr.

    Where no keyring answers, `GATEWATCH_PASSPHRASE` gives the store's key; without it a terminal is asked, and a script
    ends with code 3.
    """
    from console.composition import open_console  # noqa: PLC0415  (usage errors need none of it)

    async def opened(key: KeyChoice) -> int:
        async with open_console(home, key) as console:
            for notice in console.notices:
                say(notice.text)
            if console.directory.settings_problem is not None:
                raise console.directory.settings_problem  # "no gateways" would be a wrong answer
            for problem in console.preferences.held.value.problems:
                say(problem.text)
            return await _while_kept_small(console, work)

    try:
        home.create()
    except OSError as exc:
        say(tr("Nothing can be kept in {folder}: {reason}", folder=home.settings_dir, reason=exc))
        sys.exit(UNREACHABLE)
    logs.begin(home.logs_dir, verbose=bool(click.get_current_context().find_root().meta.get("gatewatch.verbose")))
    try:
        try:
            sys.exit(asyncio.run(opened(Auto())))
        except StoreLocked as exc:
            if (passphrase := _passphrase(exc)) is None:
                raise
            sys.exit(asyncio.run(opened(passphrase)))
    except GatewatchError as exc:
        fail(exc)


async def _while_kept_small(console: Console, work: Callable[[Console], Coroutine[None, None, int]]) -> int:
    """Do the work; meanwhile, however long it goes on, the record stays within its limit."""
    try:
        await console.retention.warn(say)
    except StoreError as exc:
        say(explain(exc).text)
    keeping = asyncio.get_running_loop().create_task(
        console.retention.run(say, first_after_s=RETENTION_AFTER_S), name="retention"
    )
    try:
        return await work(console)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


def run(work: Coroutine[None, None, int]) -> NoReturn:
    """Run work that needs no store, and exit with its code."""
    try:
        sys.exit(asyncio.run(work))
    except GatewatchError as exc:
        fail(exc)


def fail(error: GatewatchError) -> NoReturn:
    """Say the error and exit with the code that fits it."""
    said = explain(error)
    say(said.text)
    if isinstance(error, StoreLocked) and not sys.stdin.isatty():
        say(tr("A script gives the store's passphrase in {variable}.", variable=_PASSPHRASE))
    if said.request_id:
        say(tr("Request id: {id}", id=said.request_id))
    sys.exit(exit_code(error))


def exit_code(error: GatewatchError) -> int:
    """The exit code that stands for an error."""
    match error:
        case Unauthorized() | Forbidden() | MfaRequired() | WrongCode() | ChallengeExpired():
            return UNAUTHORISED
        case BrowserSignInFailed() | WrongUser():
            return UNAUTHORISED
        case StoreLocked() | WrongPassphrase():
            return UNAUTHORISED
        case ConnectFailed() | ConnectionLost() | TlsFailed() | NotAGateway():
            return UNREACHABLE
        case _ if hasattr(error, "layer"):
            return BAD
        case _:
            return UNREACHABLE


def say(text: str) -> None:
    """A sentence for the person, on stderr: stdout belongs to the result."""
    click.echo(printable(text), err=True)


def printable(text: str) -> str:
    """Text from elsewhere, on one line and with nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def give(value: object) -> None:
    """One JSON object or array on stdout, in ASCII: whatever the terminal's encoding, its reader gets it unharmed."""
    click.echo(json.dumps(value))


def ask_credentials(username: str, *, password_stdin: bool) -> PasswordCredentials:
    """A password from standard input, the environment or a prompt; never from an argument."""
    if password_stdin:
        try:
            with interruptible():
                password = sys.stdin.readline().rstrip("\r\n")
        except UnicodeDecodeError:
            raise click.UsageError(tr("the password is not text in this terminal's encoding")) from None
    elif (found := os.environ.get(_PASSWORD)) is not None:
        password = found
    elif sys.stdin.isatty():
        with interruptible():
            password = click.prompt(tr("Password for {user}", user=username), hide_input=True, err=True)
    else:
        raise click.UsageError(tr("no password: use --password-stdin or {variable}", variable=_PASSWORD))
    if not password:
        raise click.UsageError(tr("the password is empty"))
    if not _is_text(password):
        raise click.UsageError(tr("the password is not text in this terminal's encoding"))
    return PasswordCredentials(username=username, password=password)


def ask_code(wanted: MfaRequired) -> str:
    """The code of the second factor, from a terminal; a script must have given it.

    Raises:
        MfaRequired: Nobody is there to ask.
    """
    if not sys.stdin.isatty():
        raise wanted
    with interruptible():
        code: str = click.prompt(tr("Code of the second factor"), err=True)
    return code


async def with_code(
    wanted: MfaRequired, given: str | None, answer: Callable[[str], Coroutine[None, None, Answered]]
) -> Answered:
    """What `answer` makes of the code: the one given, or what a terminal says, again while tries are left.

    Raises:
        MfaRequired: Nobody is there to ask.
        GatewayError: It was not accepted.
    """
    while True:
        code = "".join((given or ask_code(wanted)).split())  # spaces are how apps show it, no part of it
        if not code:
            continue
        try:
            return await answer(code)
        except WrongCode as exc:
            if given or exc.attempts_left == 0:
                raise
            say(explain(exc).text)


def _passphrase(locked: StoreLocked) -> Passphrase | None:
    """A passphrase that may open the store: from the environment, else from a terminal; None where neither helps."""
    if locked.needs == "keyring":
        return None
    if found := os.environ.get(_PASSPHRASE):
        if not _is_text(found):
            raise click.UsageError(tr("{variable} is not text in this terminal's encoding", variable=_PASSPHRASE))
        return Passphrase(found)
    if not sys.stdin.isatty():
        return None
    say(explain(locked).text)
    return Passphrase(
        click.prompt(
            tr("Passphrase of the local store"),
            hide_input=True,
            confirmation_prompt=locked.needs == "choice",
            err=True,
        )
    )


def _is_text(found: str) -> bool:
    """Whether it can leave this process: bytes that are no text come in as lone surrogates."""
    try:
        found.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl+C end a question at once: asyncio's handler waits for a loop that stands still meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
