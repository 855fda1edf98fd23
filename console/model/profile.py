"""A gateway that the operator works with."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from console.model.address import Address
from console.model.errors import AddressError, ProfileError
from console.model.network import NetworkOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME_LIMIT = 64
SERVICES_LIMIT = 16
ROUTES_LIMIT = 64
ROUTE_LIMIT = 256
FOLDER_LIMIT = 4096

_OPERATION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_ROUTE = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-]|/|\{[a-z_]+\})*")
_SERVICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach one gateway and how careful to be with it.

    Attributes:
        name: Unique, chosen by the operator.
        url: Origin and base path, without a trailing slash, as `Address.text` gives it.
        platform: Name of the dialect.
        label: Short text and stripe on the rail, such as `eu-west`.
        production: Framed in the window; destructive acts want typed confirmation.
        read_only: Refuse every operation whose effect is `write` before it leaves.
        keep_signed_in: Whether a sign-in outlives the program, unless the operator says otherwise with it.
        username: Who signed in last, to fill the form.
        tenant: Id of the tenant chosen last; empty for none.
        sandbox: Set by `gatewatch demo` and `gatewatch tour` alone; the window shows a banner.
        network: Whom to trust and which way to go.
        admin_url: Where the gateway's own admin API is, spelled like `url`; empty for none. It never gets a token.
        services: Names of services that are looked at beside those the platform's guide names.
        routes: Paths below the base URL that take the place of the dialect's candidates, by the name of the operation,
            such as `auth.login`. A path has the same `{fields}` as the candidates.
        watch_folder: What is put into this folder is queued as documents; absolute, or below `~`. Empty for none.
    """

    name: str
    url: str
    platform: str
    label: str = ""
    production: bool = False
    read_only: bool = False
    keep_signed_in: bool = True
    username: str = ""
    tenant: str = ""
    sandbox: bool = False
    network: NetworkOptions = NetworkOptions()
    admin_url: str = ""
    services: tuple[str, ...] = ()
    routes: dict[str, str] = {}
    watch_folder: str = ""

    @property
    def gateway_id(self) -> str:
        """The key under which everything of this gateway is recorded.

        By address and tenant, not by name: renaming a profile keeps its record.
        """
        return f"{self.platform}:{self.url}#{self.tenant}"


def checked_profile(profile: Profile) -> Profile:
    """The profile with name, addresses and services in their one spelling.

    Raises:
        ProfileError: The name or a service can't be used.
        AddressError: An address can't.
    """
    plain = profile.network.allow_plain_http
    return msgspec.structs.replace(
        profile,
        name=checked_name(profile.name),
        url=Address.parse(profile.url, allow_plain_http=plain).text,
        admin_url=_checked_admin(profile.admin_url.strip(), allow_plain_http=plain),
        services=checked_services(profile.services),
        routes=checked_routes(profile.routes),
        watch_folder=checked_folder(profile.watch_folder),
    )


def _checked_admin(typed: str, *, allow_plain_http: bool) -> str:
    if not typed:
        return ""
    try:
        return Address.parse(typed, allow_plain_http=allow_plain_http).text
    except AddressError as exc:
        raise AddressError(exc.reason, exc.typed, field="admin_url") from exc


def services_typed(text: str) -> tuple[str, ...]:
    """Names of services as they are typed into one field: with commas or spaces between them."""
    return tuple(text.replace(",", " ").split())


def checked_services(names: Iterable[str]) -> tuple[str, ...]:
    """Names of services, each once and trimmed; empty ones are left out.

    Raises:
        ProfileError: One can't stand in a path, or there are too many to ask.
    """
    found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    for name in found:
        if not _SERVICE.fullmatch(name):
            raise ProfileError(f"{name!r} is no name of a service: letters, digits, dots, hyphens and underscores")
    if len(found) > SERVICES_LIMIT:
        raise ProfileError(f"at most {SERVICES_LIMIT} services can be named; these are {len(found)}")
    return found


def checked_routes(routes: Mapping[str, str]) -> dict[str, str]:
    """Paths by operation, trimmed; empty ones are left out.

    Raises:
        ProfileError: An operation or a path can't be one, or there are too many.
    """
    found = {name.strip(): path.strip() for name, path in routes.items() if path.strip()}
    for name, path in found.items():
        if not _OPERATION.fullmatch(name):
            raise ProfileError(f"{name!r} is no name of an operation, such as auth.login")
        if len(path) > ROUTE_LIMIT or not _ROUTE.fullmatch(path) or "//" in path or "/.." in path:
            raise ProfileError(f"the route of {name} is a path below the gateway's address, such as /api/v1/auth/login")
    if len(found) > ROUTES_LIMIT:
        raise ProfileError(f"at most {ROUTES_LIMIT} routes can be named; these are {len(found)}")
    return found


def checked_folder(path: str) -> str:
    """A folder's path, trimmed; whether it is there is not asked: its drive may be away.

    Raises:
        ProfileError: It is relative, too long, or has characters that do not print.
    """
    trimmed = path.strip()
    if not trimmed:
        return ""
    absolute = trimmed == "~" or trimmed.startswith(("~/", "~\\")) or PurePath(trimmed).is_absolute()
    if not absolute or len(trimmed) > FOLDER_LIMIT or not trimmed.isprintable():
        raise ProfileError("the watch folder is an absolute path, or one that begins with ~/")
    return trimmed


def checked_name(name: str) -> str:
    """A profile's name, trimmed.

    Raises:
        ProfileError: Empty, too long, or with characters that do not print.
    """
    trimmed = name.strip()
    if not trimmed:
        raise ProfileError("a profile needs a name")
    if len(trimmed) > NAME_LIMIT:
        raise ProfileError(f"a profile's name has at most {NAME_LIMIT} characters; this one has {len(trimmed)}")
    if not trimmed.isprintable():
        raise ProfileError("a profile's name has only printable characters")
    return trimmed
