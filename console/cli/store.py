"""`gatewatch store`: how the key of the local store is kept. Asks no gateway."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from console.cli.running import FINE, give, interruptible, run, say
from console.i18n import tr
from console.store.key import Passphrase, change_passphrase
from console.store.passphrase import remove_passphrase, set_passphrase

if TYPE_CHECKING:
    from console.paths import Home

_PRESENT = "GATEWATCH_PASSPHRASE"
_NEW = "GATEWATCH_NEW_PASSPHRASE"
MINIMUM = 8


@click.group()
def store() -> None:
    """The local store, where sign-ins and records are kept."""


@store.group()
def passphrase() -> None:
    """What opens the store. A window that is open goes on; it asks for the new one when it is locked."""


@passphrase.command("set")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def set_(home: Home, *, as_json: bool) -> None:
    """Protect the store by a passphrase instead of the system's keyring."""
    new = _new()

    async def work() -> int:
        await set_passphrase(home.store_dir, new)
        return _told(
            "passphrase",
            tr("The store is protected by the passphrase. It can't be opened without it."),
            as_json=as_json,
        )

    run(work())


@passphrase.command("change")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def change(home: Home, *, as_json: bool) -> None:
    """Replace the passphrase by another."""
    old, new = _present(), _new()

    async def work() -> int:
        await change_passphrase(home.store_dir, old, new)
        return _told("passphrase", tr("The passphrase was changed."), as_json=as_json)

    run(work())


@passphrase.command("remove")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def remove(home: Home, *, as_json: bool) -> None:
    """Let the system's keyring keep the key instead of a passphrase."""
    old = _present()

    async def work() -> int:
        await remove_passphrase(home.store_dir, old)
        return _told("keyring", tr("The system's keyring keeps the store's key now."), as_json=as_json)

    run(work())


def _told(opened_by: str, said: str, *, as_json: bool) -> int:
    if as_json:
        give({"opened_by": opened_by})
    say(said)
    return FINE


def _present() -> Passphrase:
    return Passphrase(_asked(_PRESENT, tr("Present passphrase"), twice=False))


def _new() -> Passphrase:
    text = _asked(_NEW, tr("New passphrase"), twice=True)
    if len(text) < MINIMUM:
        raise click.UsageError(tr("use {count} characters or more", count=MINIMUM))
    return Passphrase(text)


def _asked(variable: str, question: str, *, twice: bool) -> str:
    """From the environment or a terminal; never from an argument, which other users could read."""
    if found := os.environ.get(variable):
        try:
            found.encode()
        except UnicodeEncodeError:
            raise click.UsageError(
                tr("{variable} is not text in this terminal's encoding", variable=variable)
            ) from None
        return found
    if not sys.stdin.isatty():
        raise click.UsageError(tr("no passphrase: give it in {variable}", variable=variable))
    with interruptible():
        typed: str = click.prompt(question, hide_input=True, confirmation_prompt=twice, err=True)
    return typed
