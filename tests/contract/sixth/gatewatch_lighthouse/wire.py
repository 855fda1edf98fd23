"""Lighthouse: from what its gateway sends to the console's model. Pure; all names of the wire are here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from console.api import reading
from console.api.multipart import FilePart, TextPart
from console.api.tokens import read_tokens, read_user
from console.model.errors import ProtocolViolation
from console.model.health import HealthChange, HealthReport, HealthSample, HealthStatus, Origin, ServiceHealth
from console.model.identity import SignedIn, User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from console.api.contract import Fingerprint
    from console.api.multipart import Part
    from console.api.sending import Sending

ABOUT = "/lighthouse"
PAGE_SIZE = 50
_STATES = {"lit": HealthStatus.HEALTHY, "dim": HealthStatus.DEGRADED, "dark": HealthStatus.UNHEALTHY}


def user(body: object) -> User:
    """Who is signed in."""
    return read_user(reading.unwrapped(body, "user"))


def signed_in(body: object) -> SignedIn:
    """Tokens, from the answer to a sign-in."""
    return SignedIn(tokens=read_tokens(reading.unwrapped(body, "login")))


def report(body: object, at: datetime) -> HealthReport:
    """One reading of all lamps; an entry that can't be read costs itself only."""
    services: list[ServiceHealth] = []
    skipped: list[str] = []
    for entry in reading.listing(body, "lamps"):
        try:
            lamp = reading.obj(entry, "lamps[]")
            lamp_id = reading.required_text(lamp, "id", "name")
        except ProtocolViolation as exc:
            skipped.append(exc.detail)
            continue
        name = reading.text(lamp.get("name")) or lamp_id
        sample = HealthSample(service_id=lamp_id, at=at, origin=Origin.POLL, status=_status(lamp))
        services.append(ServiceHealth(id=lamp_id, name=name, sample=sample))
    return HealthReport(services=tuple(services), skipped=tuple(skipped))


def changes(message: str | bytes) -> Sequence[HealthChange]:
    """What one message of the feed says; raises ProtocolViolation for one that says nothing."""
    try:
        lamp = reading.obj(json.loads(message), "message")
    except (ValueError, RecursionError) as exc:
        raise ProtocolViolation("message is no JSON", field="message") from exc
    return [HealthChange(service_name=reading.required_text(lamp, "id"), status=_status(lamp))]


def _status(lamp: Mapping[str, object]) -> HealthStatus:
    return _STATES.get(reading.text(lamp.get("state")), HealthStatus.UNKNOWN)


def paper(sending: Sending, _route: str) -> Sequence[Part]:
    """The form of an upload: the paper, and a remark on it."""
    remark = sending.metadata.get("remark", "")
    return (TextPart(name="remark", value=remark), FilePart(name="paper")) if remark else (FilePart(name="paper"),)


def papers(page: int, _search: str) -> Mapping[str, str]:
    """How a page of the list is asked for."""
    return {"from": str((page - 1) * PAGE_SIZE), "count": str(PAGE_SIZE)}


def recognise(prints: Mapping[str, Fingerprint]) -> float:
    """How well a gateway's answers fit: it says its name to anybody."""
    about = prints.get(ABOUT)
    body = about.body if about is not None else None
    return 1.0 if isinstance(body, dict) and body.get("is") == "a lighthouse" else 0.0
