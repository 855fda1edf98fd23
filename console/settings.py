"""The settings file: readable TOML, comments kept, never overwritten when it can't be understood."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from console.model.address import Address
from console.model.errors import AddressError, ProfileError, SettingsError
from console.model.profile import Profile, checked_name

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

HEADER = "# Gatewatch settings. Edit while no window is open; comments are kept."
_ENCODING = "utf-8-sig"  # some editors begin the file with a mark
_FIELDS = tuple(field.name for field in msgspec.structs.fields(Profile) if field.name not in ("name", "sandbox"))


class Settings:
    """Profiles, as they stand in one file. Reading is cheap; writing replaces the file as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def profiles(self) -> tuple[Profile, ...]:
        """All profiles, in the file's order.

        Raises:
            SettingsError: The file can't be read or understood; it is left as it is.
        """
        if not self._path.exists():
            return ()
        import tomllib  # noqa: PLC0415  (a first run has no file)

        try:
            document = tomllib.loads(self._path.read_text(encoding=_ENCODING))
        except (OSError, ValueError) as exc:
            raise SettingsError(f"{self._path.name} can't be read: {exc}", kept_as=self._path) from exc
        tables = document.get("profiles", {})
        if not isinstance(tables, Mapping):
            raise SettingsError(f"{self._path.name}: profiles is no table", kept_as=self._path)
        return tuple(self._profile(name, table) for name, table in tables.items())

    def save(self, profile: Profile) -> None:
        """Add a profile, or replace the one of that name.

        Raises:
            SettingsError: The file can't be understood or written.
        """
        document = self._document()
        profiles = document.setdefault("profiles", {})
        table = profiles.setdefault(profile.name, {})
        defaults = Profile(name="", url="", platform="")
        for field in _FIELDS:
            value = getattr(profile, field)
            if value != getattr(defaults, field):
                table[field] = msgspec.to_builtins(value)
            else:
                table.pop(field, None)
        self._write(document)

    def remove(self, name: str) -> None:
        """Drop a profile; nothing happens when it is not there.

        Raises:
            SettingsError: The file can't be understood or written.
        """
        document = self._document()
        if document.get("profiles", {}).pop(name, None) is not None:
            self._write(document)

    def _profile(self, name: str, table: object) -> Profile:
        where = f"{self._path.name}, profile {name!r}"
        if not isinstance(table, Mapping):
            raise SettingsError(f"{where}: not a table", kept_as=self._path)
        known = {key: value for key, value in table.items() if key in _FIELDS}
        try:
            profile = msgspec.convert({"name": checked_name(name), **known}, Profile)
            return msgspec.structs.replace(profile, url=_address(profile).text)
        except (msgspec.ValidationError, ProfileError, AddressError) as exc:
            raise SettingsError(f"{where}: {exc}", kept_as=self._path) from exc

    def _document(self) -> TOMLDocument:
        import tomlkit  # noqa: PLC0415  (keeps comments; reading does not need it)
        from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

        if not self._path.exists():
            document = tomlkit.document()
            document.add(tomlkit.comment(HEADER.removeprefix("# ")))
            return document
        try:
            document = tomlkit.parse(self._path.read_text(encoding=_ENCODING))
        except (OSError, TOMLKitError, UnicodeDecodeError) as exc:
            raise SettingsError(f"{self._path.name} can't be read: {exc}", kept_as=self._path) from exc
        if not isinstance(document.get("profiles", {}), Mapping):
            raise SettingsError(f"{self._path.name}: profiles is no table", kept_as=self._path)
        return document

    def _write(self, document: TOMLDocument) -> None:
        """Replace the file in one step: a crash leaves the old one or the new one."""
        import tomlkit  # noqa: PLC0415  (see above)

        try:
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=".settings-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(tomlkit.dumps(document))
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(self._path)
            except OSError:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
                raise
        except OSError as exc:
            raise SettingsError(f"{self._path.name} can't be written: {exc.strerror}", kept_as=self._path) from exc


def _address(profile: Profile) -> Address:
    return Address.parse(profile.url, allow_plain_http=profile.network.allow_plain_http)
