"""How the aigentable face answers: as the guide has it, or wrapped, as running servers do."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from console.sandbox.world import World

_FAILED = 500


class Answers:
    """Bodies for success and failure; which shape they have is the switch `field_routes`."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def wrapped(self) -> bool:
        """Whether bodies are wrapped, and routes are those of running servers."""
        return self._world.faults.flags.field_routes

    def yes(self, data: object, *, status: int = 200, message: str | None = None) -> Response:
        """Success. The guide has the data alone; a message then is all there is when there are none."""
        if not self.wrapped:
            return JSONResponse({"message": message} if data is None else data, status)
        told: dict[str, object] = {"success": True}
        if message is not None:
            told["message"] = message
        if data is not None:
            told["data"] = data
        return JSONResponse(told, status)

    def no(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> Response:
        """Failure. A running server's 500 tells more than it should."""
        if not self.wrapped:
            body: dict[str, object] = {"error": HTTPStatus(status).phrase, "message": message}
            return JSONResponse(body, status, headers)
        error: dict[str, object] = {"message": message, "statusCode": status, "timestamp": now()}
        if status == _FAILED:
            error |= _leak()
        return JSONResponse({"success": False, "error": error}, status, headers)

    def invalid(self, problems: Mapping[str, str]) -> Response:
        """What is wrong with a body, field by field."""
        details = [{"field": name, "message": text} for name, text in problems.items()]
        told = {"error": "Validation failed", "message": next(iter(problems.values())), "details": details}
        return JSONResponse(told, 400)

    def unauthorized(self, message: str) -> Response:
        """The token is not good, or there is none."""
        if self.wrapped:
            return JSONResponse({"success": False, "message": message}, 401)
        return self.no(401, message)

    def limited(self, message: str, retry_after_s: int) -> Response:
        """Too many requests."""
        return JSONResponse({"error": message}, 429, {"retry-after": str(retry_after_s)})


def now() -> str:
    """The time as this platform writes it."""
    return moment(datetime.now(UTC).timestamp())


def moment(at: float) -> str:
    """A time in epoch seconds as this platform writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _leak() -> dict[str, object]:
    """What such servers let slip: a query with a hash in it, and a stack."""
    return {
        "message": f'Invalid `prisma.user.update()` invocation: {{ passwordHash: "$2b$10${secrets.token_hex(26)}" }}',
        "stack": "Error: connect ECONNREFUSED\n    at UserService.update (/app/dist/services/user.service.js:81:15)",
    }
