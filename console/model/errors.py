"""The one tree of everything that can go wrong.

An error carries fields, never a sentence for the screen: `console.services.explain` writes that.

    GatewatchError
     +- GatewayError             something between this console and a service; names the layer to blame
     |   +- ConnectFailed        no connection: name unknown, refused, no route, timed out
     |   +- TlsFailed            the certificate or the handshake was refused
     |   +- ConnectionLost       the connection broke, or no answer came in time
     |   +- NotAGateway          something answered, but it speaks HTML or another protocol
     |   +- ProtocolViolation    a gateway answered with a payload that its contract does not allow
     |   +- Unauthorized         401: the credentials or the token were not accepted
     |   |   +- SignInRequired   the session can't be renewed; only the operator can go on
     |   +- MfaRequired          the account wants a second factor
     |   +- WrongCode            and this was not it
     |   +- ChallengeExpired     and no longer waits for it
     |   +- BrowserSignInFailed  sign-in in the browser came to no end, or to one that is not for this attempt
     |   +- WrongUser            it ended, but as somebody else
     |   +- Forbidden            403: known, but not allowed
     |   +- TenantRequired       the gateway wants to know for which tenant
     |   +- TenantMismatch       it answered for another tenant than the one asked for
     |   +- NotFound             404 for one resource
     |   +- NotOffered           404, 405 or 501 on every candidate route
     |   +- Rejected             another 4xx: the request is wrong, with field errors
     |   +- RateLimited          429
     |   +- ServiceFailed        5xx
     |   +- BreakerOpen          not sent: the service fails again and again
     |   +- ReadOnly             not sent: the profile forbids it
     +- StoreError               the local store
     |   +- StoreLocked          no key at hand: the keyring is silent, or a passphrase is needed
     |   +- WrongPassphrase
     |   +- StoreForeign         readable, but not with this key
     |   +- StoreCorrupt         the file is damaged
     |   +- StoreTooNew          written by a newer Gatewatch
     |   +- StoreOtherBuild      its tables are of another build
     |   +- StoreBusy            another process holds it
     |   +- StoreFull            no space left
     +- SignOutUnheard           done here, and the gateway does not know
     +- ProfileError             a profile is unknown, doubled or malformed
     +- SettingsError            the settings file can't be read
     +- AddressError             what was typed is not the address of a gateway
     +- SandboxFailed            the embedded gateway did not start
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.blame import Layer
from console.model.reasons import ConnectReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from console.model.identity import Challenge


class GatewatchError(Exception):
    """Root of the tree. Anything else that reaches the operator is a bug."""


class GatewayError(GatewatchError):
    """A request did not give what it should.

    Attributes:
        detail: What the layer below or the server said, redacted, one line.
        layer: Who is to blame, as far as this error alone can tell.
        route: Method and route template, such as `GET /api/v1/auth/me`.
        status: HTTP status, when there was an answer.
        code: The server's own error code.
        request_id: The id under which the gateway logged the request.
        attempts_left: How many more tries the server grants, where it says.
    """

    layer: Layer = Layer.GATEWAY
    attempts_left: int | None = None

    def __init__(
        self,
        detail: str = "",
        *,
        layer: Layer | None = None,
        route: str = "",
        status: int | None = None,
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        if layer is not None:
            self.layer = layer
        self.route = route
        self.status = status
        self.code = code
        self.request_id = request_id


class ConnectFailed(GatewayError):
    """No connection came about. `reason` is one of the words of `ConnectReason`."""

    layer = Layer.NETWORK

    def __init__(self, detail: str = "", *, reason: str, route: str = "", request_id: str = "") -> None:
        layer = Layer.GATEWAY if reason == ConnectReason.REFUSED else Layer.NETWORK
        super().__init__(detail, layer=layer, route=route, request_id=request_id)
        self.reason = reason


class TlsFailed(GatewayError):
    """The server's certificate, or its TLS version, was refused. `reason` is a word of `CertificateReason`."""

    layer = Layer.TLS

    def __init__(
        self, detail: str = "", *, reason: str = "", route: str = "", code: str = "", request_id: str = ""
    ) -> None:
        super().__init__(detail, route=route, code=code, request_id=request_id)
        self.reason = reason


class ConnectionLost(GatewayError):
    """Connected, then broken off or silent. The outcome of a write is unknown."""

    layer = Layer.GATEWAY

    def __init__(self, detail: str = "", *, timed_out: bool = False, route: str = "", request_id: str = "") -> None:
        super().__init__(detail, route=route, request_id=request_id)
        self.timed_out = timed_out


class NotAGateway(GatewayError):
    """Something answered, but no gateway: a web page, a captive portal, another protocol."""

    def __init__(self, detail: str = "", *, content_type: str = "", route: str = "", status: int | None = None) -> None:
        super().__init__(detail, route=route, status=status)
        self.content_type = content_type


class ProtocolViolation(GatewayError):
    """The payload breaks the platform's contract. `field` is the path of what is wrong."""

    layer = Layer.SERVICE

    def __init__(self, detail: str = "", *, field: str, route: str = "", request_id: str = "") -> None:
        super().__init__(detail, route=route, request_id=request_id)
        self.field = field


class Unauthorized(GatewayError):
    """401. Not necessarily the end of a session: see `SignInRequired`."""

    layer = Layer.SIGN_IN


class SignInRequired(Unauthorized):
    """The session is over and can't be renewed without the operator."""


class MfaRequired(GatewayError):
    """Sign-in goes on with a second factor."""

    layer = Layer.SIGN_IN

    def __init__(self, detail: str = "", *, challenge: Challenge, route: str = "", request_id: str = "") -> None:
        super().__init__(detail, route=route, request_id=request_id)
        self.challenge = challenge


class WrongCode(GatewayError):
    """The code of the second factor is not the one."""

    layer = Layer.SIGN_IN

    def __init__(
        self, detail: str = "", *, attempts_left: int | None = None, route: str = "", request_id: str = ""
    ) -> None:
        super().__init__(detail, route=route, request_id=request_id)
        self.attempts_left = attempts_left


class ChallengeExpired(GatewayError):
    """The gateway no longer waits for the second factor: sign-in begins anew."""

    layer = Layer.SIGN_IN


class BrowserSignInFailed(GatewayError):
    """Sign-in in the browser gave no code for this attempt. `reason` is a word of `oauth.BrowserSignInReason`."""

    layer = Layer.SIGN_IN

    def __init__(self, detail: str = "", *, reason: str, code: str = "", request_id: str = "") -> None:
        super().__init__(detail, code=code, request_id=request_id)
        self.reason = reason


class WrongUser(GatewayError):
    """Sign-in worked, but as another user than the profile is kept for: nothing was stored.

    Attributes:
        expected: Whom the profile is kept for.
        came: Who signed in, as the platform names them; empty when it does not say.
    """

    layer = Layer.SIGN_IN

    def __init__(self, *, expected: str, came: str) -> None:
        super().__init__(came)
        self.expected = expected
        self.came = came


class Forbidden(GatewayError):
    """403: the gateway knows who asks and says no."""

    layer = Layer.SIGN_IN


class TenantRequired(GatewayError):
    """The gateway answers nothing before a tenant is chosen."""

    layer = Layer.SIGN_IN


class TenantMismatch(GatewayError):
    """The gateway answered for another tenant than the one it was asked for: nothing of that is shown.

    Attributes:
        wanted: Id of the tenant that was asked for.
        answered: Id of the tenant that the answer names.
    """

    layer = Layer.SIGN_IN

    def __init__(
        self, detail: str = "", *, wanted: str = "", answered: str = "", route: str = "", request_id: str = ""
    ) -> None:
        super().__init__(detail, route=route, request_id=request_id)
        self.wanted = wanted
        self.answered = answered


class NotFound(GatewayError):
    """404 for one resource of a route that exists."""

    layer = Layer.SERVICE


class NotOffered(GatewayError):
    """No candidate route of an operation lives on this gateway.

    Attributes:
        answers: What each candidate said, as `GET /api/tenants: 404`.
    """

    def __init__(self, detail: str = "", *, answers: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.answers = tuple(answers)


class Rejected(GatewayError):
    """Another 4xx. `fields` maps a field's path to what the server holds against it."""

    layer = Layer.SERVICE

    def __init__(
        self,
        detail: str = "",
        *,
        fields: Mapping[str, str] | None = None,
        route: str = "",
        status: int | None = None,
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(detail, route=route, status=status, code=code, request_id=request_id)
        self.fields = dict(fields or {})


class RateLimited(GatewayError):
    """429. `retry_after_s` is what the server asked for, when it asked."""

    def __init__(
        self, detail: str = "", *, retry_after_s: float | None = None, route: str = "", request_id: str = ""
    ) -> None:
        super().__init__(detail, route=route, status=429, request_id=request_id)
        self.retry_after_s = retry_after_s


class ServiceFailed(GatewayError):
    """5xx. 502 to 504 without an upstream's own answer is the gateway speaking.

    Its layer is the gateway where a web page came along with those: a proxy's own words, no service's. `retry_after_s`
    is what the server asked for, when it asked.
    """

    layer = Layer.SERVICE
    retry_after_s: float | None = None


class BreakerOpen(GatewayError):
    """Not sent: the service failed so often that it is left alone for `retry_after_s` seconds more."""

    layer = Layer.SERVICE

    def __init__(self, service: str, *, retry_after_s: float) -> None:
        super().__init__(f"{service} failed several times in a row")
        self.service = service
        self.retry_after_s = retry_after_s


class ReadOnly(GatewayError):
    """Not sent: the profile is read-only, and the operation would change something."""

    def __init__(self, operation: str) -> None:
        super().__init__(operation)


class StoreError(GatewatchError):
    """The local store. `path` is the file or folder concerned."""

    def __init__(self, detail: str = "", *, path: Path | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.path = path


class StoreLocked(StoreError):
    """The store's key is out of reach.

    Attributes:
        needs: `passphrase` when one was set, `keyring` when the keyring that holds the key does not answer, `choice`
            when no keyring answers and nothing was chosen yet.
    """

    def __init__(self, detail: str = "", *, needs: str, path: Path | None = None) -> None:
        super().__init__(detail, path=path)
        self.needs = needs


class WrongPassphrase(StoreError):
    """The passphrase does not open the store's key."""


class StoreForeign(StoreError):
    """The file is encrypted with another key, or no database at all. It is left as it is."""


class StoreCorrupt(StoreError):
    """The file is ours, but damaged."""


class StoreTooNew(StoreError):
    """Written by a newer Gatewatch; never migrated down."""


class StoreOtherBuild(StoreError):
    """The file is ours and whole, but its tables are those of another build, such as one under development."""


class StoreBusy(StoreError):
    """Another process holds the file for longer than the busy timeout."""


class StoreFull(StoreError):
    """The disk is full: the write did not happen, reads go on."""


class SignOutUnheard(GatewatchError):
    """Signed out here, and the gateway could not be told; its text says why."""


class ProfileError(GatewatchError):
    """A profile is unknown, doubled or malformed."""


class SettingsError(GatewatchError):
    """The settings file can't be used, and `kept_as` is the untouched original; without it, a change can't be kept."""

    def __init__(self, detail: str, *, kept_as: Path | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.kept_as = kept_as


class AddressError(GatewatchError):
    """What was typed as this field is no address. `reason` is a word of `console.model.address`."""

    def __init__(self, reason: str, typed: str, *, field: str = "url") -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.typed = typed


class SandboxFailed(GatewatchError):
    """The embedded gateway did not start or did not answer."""
