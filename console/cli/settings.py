"""`gatewatch settings`: what the settings file says, key by key, without the store and without a window."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from console.cli.running import BAD, FINE, UNREACHABLE, fail, give, printable, say
from console.i18n import tr
from console.model.errors import SettingsError
from console.model.setting import BY_KEY, SETTINGS, BadValue, Setting, Value, value_text
from console.settings import Reading, Settings

if TYPE_CHECKING:
    from console.paths import Home


@click.group()
def settings() -> None:
    """List, read, change and check the settings. Gateways are under `gatewatch profile`."""


@settings.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(home: Home, *, as_json: bool) -> None:
    """Every setting with what holds, also where the file can't be used."""
    reading, broken = _reading(home)
    if as_json:
        give([_told(setting, reading) for setting in SETTINGS])
    else:
        for setting in SETTINGS:
            note = tr("default") if setting.key not in reading.values else ""
            if setting.awaits:
                note = ", ".join(part for part in (note, setting.awaits) if part)
            fields = (setting.key, value_text(_value(setting, reading)), note)
            click.echo("\t".join(fields).rstrip())
    _complain(reading, broken)
    sys.exit(BAD if broken is not None or reading.problems else FINE)


@settings.command("get")
@click.argument("key")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def get(home: Home, *, key: str, as_json: bool) -> None:
    """What holds for KEY, such as appearance.theme."""
    setting = _setting(key)
    reading, broken = _reading(home)
    if as_json:
        give(_told(setting, reading))
    else:
        click.echo(value_text(_value(setting, reading)))
    wrong = tuple(problem for problem in reading.problems if problem.key in (setting.key, setting.section))
    _complain(Reading(problems=wrong), broken)
    sys.exit(BAD if broken is not None or wrong else FINE)


@settings.command("set")
@click.argument("key")
@click.argument("value")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def set_(home: Home, *, key: str, value: str, as_json: bool) -> None:
    """Keep VALUE for KEY; the word `default` takes the key out of the file."""
    setting = _setting(key)
    try:
        understood = None if value == "default" else setting.understood(value)
    except BadValue as exc:
        raise click.BadParameter(printable(str(exc)), param_hint=setting.key) from exc
    try:
        Settings(home.settings_file).set(setting.key, understood)
    except SettingsError as exc:
        fail(exc)
    reading, _ = _reading(home)
    if as_json:
        give(_told(setting, reading))
    say(tr("{key} is {value}.", key=setting.key, value=value_text(_value(setting, reading)) or tr("empty")))


@settings.command("check")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def check(home: Home, *, as_json: bool) -> None:
    """Say what is wrong with the settings file, and where. Code 0 when nothing is, 1 when something is."""
    reading, broken = _reading(home)
    fine = broken is None and not reading.problems
    if as_json:
        found = [{"key": problem.key, "line": problem.line, "text": problem.text} for problem in reading.problems]
        if broken is not None:
            found.append({"key": "", "line": 0, "text": broken.detail})
        give({"file": str(home.settings_file), "exists": home.settings_file.exists(), "ok": fine, "problems": found})
    _complain(reading, broken)
    if fine:
        say(tr("Nothing is wrong with {file}.", file=home.settings_file))
    sys.exit(FINE if fine else BAD)


def _setting(key: str) -> Setting:
    found = BY_KEY.get(key)
    if found is None:
        say(tr("There is no setting {key}. There are: {known}", key=printable(key[:60]), known=", ".join(BY_KEY)))
        sys.exit(UNREACHABLE)
    return found


def _reading(home: Home) -> tuple[Reading, SettingsError | None]:
    try:
        return Settings(home.settings_file).read(), None
    except SettingsError as exc:
        return Reading(), exc


def _value(setting: Setting, reading: Reading) -> Value:
    return reading.values.get(setting.key, setting.default)


def _told(setting: Setting, reading: Reading) -> dict[str, object]:
    return {
        "key": setting.key,
        "value": _value(setting, reading),
        "default": setting.default,
        "set": setting.key in reading.values,
        "allowed": setting.allowed,
    }


def _complain(reading: Reading, broken: SettingsError | None) -> None:
    if broken is not None:
        say(tr("{detail}. The defaults hold; the file is left as it is.", detail=broken.detail))
    for problem in reading.problems:
        say(tr("{detail}. Its default holds.", detail=problem.text))
