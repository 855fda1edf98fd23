"""The switches that make the gateway misbehave."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

FaceName = Literal["kong", "dotmac", "opssight", "dafnck", "aigentable"]
OAuthFault = Literal[
    "none",
    "absent",
    "wrong_issuer",
    "wrong_state",
    "other_user",
    "elsewhere",
    "page",
    "no_user",
    "html",
    "error_200",
    "bad_lifetime",
    "mac_token",
]
ScoreScale = Literal["ratio", "percent", "text", "words", "missing"]
OpssightForm = Literal["guide", "open", "first_message"]


class FaultKind(enum.StrEnum):
    """What can be done to one request."""

    LATENCY = "latency"  # wait before anything else
    STATUS = "status"  # answer with an error instead of doing the work
    DROP = "drop"  # close the connection instead of doing the work
    HTML = "html"  # a captive portal answers instead
    REDIRECT = "redirect"  # answer 307 to the same path at another origin
    LOSE_ANSWER = "lose_answer"  # do the work, then close the connection
    GARBLE = "garble"  # do the work, answer with broken JSON
    TRICKLE = "trickle"  # answer a byte at a time
    CLOSE_EARLY = "close_early"  # answer with an error before the body is there, and close the connection
    CUT_BODY = "cut_body"  # close the connection when so much of the request has come
    EXPIRE_MIDWAY = "expire_midway"  # all tokens expire when so much of the request has come
    CHOKE = "choke"  # take the request slowly, a piece at a time
    SLOW_COMMIT = "slow_commit"  # a document is stored a while after it came, whether or not its client waits
    LATE_STATUS = "late_status"  # do the work, then answer with an error
    CUT_ANSWER = "cut_answer"  # close the connection when so much of a download is sent
    BLOCK_UPGRADE = "block_upgrade"  # refuse to become a WebSocket; everything else works


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which requests a fault hits, and how.

    Attributes:
        path: Prefix of the paths that are hit.
        face: The one face that is hit; None for all.
        method: The one HTTP method that is hit; empty for all.
        count: How many requests are hit before it is over; None for all.
        seconds: Of latency and of a slow commit; of the pause between two bytes, or two pieces of a request.
        status: The HTTP status to answer.
        retry_after_s: Goes with the status as `Retry-After`.
        location: The origin to redirect to, such as `http://127.0.0.1:8002`.
        after_bytes: Of the body, before anything happens.
    """

    path: str = "/"
    face: FaceName | None = None
    method: str = ""
    count: int | None = None
    seconds: float = 0.0
    status: int = 503
    retry_after_s: int | None = None
    location: str = ""
    after_bytes: int = 65_536

    def hits(self, face: str, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return self.face in (None, face) and self.method in ("", method) and path.startswith(self.path)


class Degradation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make a component's work slower.

    Attributes:
        name: Of the component.
        seconds: Added to each piece of its work.
    """

    name: str
    seconds: float = 0.6


class Outage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take the gateway away while the platform behind it runs on.

    Attributes:
        face: The one face that goes; None for all. The control face always stays.
        seconds: How long; None until it is cleared.
    """

    face: FaceName | None = None
    seconds: float | None = None


class Redeployment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Restart a component as another version: a deployment that starts and finishes.

    Attributes:
        name: Of the component.
        version: Empty for the one after the present.
    """

    name: str
    version: str = ""
    environment: str = "production"
    author: str = "control"


class Flood(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send very many real messages to all open feeds of a face.

    Attributes:
        per_s: Messages a second to each feed.
        seconds: How long.
    """

    face: FaceName
    per_s: Annotated[float, msgspec.Meta(gt=0, le=20_000)] = 20_000.0
    seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 5.0


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change to the switches: what is not named stays as it is.

    A fault takes a `Rule`, or in short: seconds for `latency`, `trickle`, `choke` and `slow_commit`, a status for
    `status`, `close_early`, `late_status` and `block_upgrade`, true for the others. False takes it away. Names of
    services are names of components. Garbling hits the messages of feeds as well.
    """

    latency: Rule | float | bool | None = None
    status: Rule | int | bool | None = None
    drop: Rule | bool | None = None
    html: Rule | bool | None = None
    redirect: Rule | bool | None = None
    lose_answer: Rule | bool | None = None
    garble: Rule | bool | None = None
    trickle: Rule | float | bool | None = None
    close_early: Rule | int | bool | None = None
    cut_body: Rule | bool | None = None
    expire_midway: Rule | bool | None = None
    choke: Rule | float | bool | None = None
    slow_commit: Rule | float | bool | None = None
    late_status: Rule | int | bool | None = None
    cut_answer: Rule | bool | None = None
    block_upgrade: Rule | int | bool | None = None
    expire_tokens: bool = False
    revoke_refresh: bool | None = None
    kill_service: str | None = None
    restart_service: Redeployment | str | None = None
    degrade_service: Degradation | str | None = None
    kick_feeds: bool = False
    mute_feeds: bool | None = None
    flood: Flood | Literal[False] | None = None
    outage: Outage | float | bool | None = None
    clock_skew_s: float | None = None
    score_scale: ScoreScale | None = None
    odd_names: bool | None = None
    refresh_routes_404: bool | None = None
    field_routes: bool | None = None
    require_mfa: bool | None = None
    expired_as_400: bool | None = None
    require_tenant: bool | None = None
    oauth: OAuthFault | None = None
    ignore_tenant: bool | None = None
    features_off: tuple[str, ...] | None = None
    opssight_form: OpssightForm | None = None
    event_stream: bool | None = None
    socketio_absent: bool | None = None
    honour_keys: bool | None = None
    room_bytes: int | Literal[False] | None = None


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """The switches that are simply on or off, or have one value.

    Attributes:
        score_scale: How the dotmac face writes a health score.
        odd_names: Its registry holds entries that it should not.
        refresh_routes_404: No face can renew a session.
        field_routes: Routes as running servers have them, instead of the guides'.
        require_mfa: Sign-in answers with a challenge for a second factor.
        expired_as_400: The dotmac face calls an expired token a missing tenant, as running servers do.
        require_tenant: The dotmac face answers nothing but sign-in and the list of tenants before one is chosen.
        oauth: How browser sign-in goes wrong: its routes are `absent`; the answer names a `wrong_issuer` or
            `wrong_state`, is for an `other_user` than the one that agreed, or goes `elsewhere`; the address is not
            told but a `page` comes at once; the token answer has `no_user`, is a page of `html`, an
            `error_200`, or has a `bad_lifetime` or a `mac_token`.
        ignore_tenant: The dotmac face answers for the user's first tenant, whichever is asked for.
        features_off: Flags of the dotmac face's tenants that are switched off.
        opssight_form: Which of the feeds seen under this name the opssight face has: the guide's, an `open` one that
            asks for no login, or one whose `first_message` must be the token.
        socketio_absent: The kong and the aigentable face have no Socket.IO server.
        event_stream: The dafnck face offers server-sent events.
        honour_keys: An upload with the `Idempotency-Key` of another stores nothing: the answer is the first document.
        room_bytes: How much the documents that come in may take together; false for any amount.
    """

    score_scale: ScoreScale = "ratio"
    odd_names: bool = False
    refresh_routes_404: bool = False
    field_routes: bool = False
    require_mfa: bool = False
    expired_as_400: bool = False
    require_tenant: bool = False
    oauth: OAuthFault = "none"
    ignore_tenant: bool = False
    features_off: tuple[str, ...] = ()
    opssight_form: OpssightForm = "guide"
    event_stream: bool = False
    socketio_absent: bool = False
    honour_keys: bool = False
    room_bytes: int | Literal[False] = False


_DEFAULT_STATUS = {FaultKind.BLOCK_UPGRADE: 426, FaultKind.CLOSE_EARLY: 413, FaultKind.LATE_STATUS: 500}
_DEFAULT_SECONDS = {
    FaultKind.LATENCY: 1.0,
    FaultKind.TRICKLE: 0.05,
    FaultKind.CHOKE: 0.05,
    FaultKind.SLOW_COMMIT: 1.0,
}
_BY_STATUS = (FaultKind.STATUS, FaultKind.BLOCK_UPGRADE, FaultKind.CLOSE_EARLY, FaultKind.LATE_STATUS)


class FaultBoard:
    """The faults that are on; belongs to one event loop."""

    def __init__(self) -> None:
        self.flags = Flags()
        self._rules: dict[FaultKind, Rule] = {}

    def apply(self, change: Switches) -> None:
        """Take over the faults and flags of a change; what concerns tasks, feeds and listeners is not done here."""
        for kind in FaultKind:
            wanted: Rule | float | bool | None = getattr(change, kind.value)
            if wanted is None:
                continue
            if wanted is False:
                self._rules.pop(kind, None)
            else:
                self._rules[kind] = _rule(kind, wanted)
        self.flags = msgspec.structs.replace(
            self.flags,
            **{name: value for name in Flags.__struct_fields__ if (value := getattr(change, name)) is not None},
        )

    def clear(self) -> None:
        """All off."""
        self._rules.clear()
        self.flags = Flags()

    def take(
        self, face: str, method: str, path: str, kinds: Container[FaultKind] = frozenset(FaultKind)
    ) -> Mapping[FaultKind, Rule]:
        """The faults of these kinds that hit a request, or a feed's message, which uses up one of their count."""
        hits = {kind: rule for kind, rule in self._rules.items() if kind in kinds and rule.hits(face, method, path)}
        for kind, rule in hits.items():
            if rule.count is None:
                continue
            if rule.count <= 1:
                del self._rules[kind]
            else:
                self._rules[kind] = msgspec.structs.replace(rule, count=rule.count - 1)
        return hits

    def snapshot(self) -> dict[str, object]:
        """Every fault, false when it is off, and every flag, as plain values."""
        rules = {kind.value: msgspec.to_builtins(self._rules.get(kind, False)) for kind in FaultKind}
        return {**rules, **msgspec.to_builtins(self.flags)}


def _rule(kind: FaultKind, wanted: Rule | float | bool) -> Rule:
    if isinstance(wanted, Rule):
        return wanted
    if isinstance(wanted, bool):
        return Rule(seconds=_DEFAULT_SECONDS.get(kind, 0.0), status=_DEFAULT_STATUS.get(kind, 503))
    if kind in _BY_STATUS:
        return Rule(status=int(wanted))
    return Rule(seconds=float(wanted))
