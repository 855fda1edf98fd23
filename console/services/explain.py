"""Errors and connections in the operator's words: what happened, whose fault, what to do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model import address, zone
from console.model.blame import Layer
from console.model.connection import Phase
from console.model.errors import (
    AddressError,
    BreakerOpen,
    BrowserSignInFailed,
    ChallengeExpired,
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    GatewatchError,
    GatewayError,
    MfaRequired,
    NotAGateway,
    NotFound,
    NotOffered,
    ProfileError,
    ProtocolViolation,
    RateLimited,
    ReadOnly,
    Rejected,
    SandboxFailed,
    ServiceFailed,
    SettingsError,
    SignInRequired,
    SignOutUnheard,
    StoreError,
    TenantMismatch,
    TenantRequired,
    TlsFailed,
    Unauthorized,
    WrongCode,
    WrongUser,
)
from console.model.file_trouble import FileGone, FileTrouble
from console.model.reasons import CertificateReason, ConnectReason
from console.services.explain_browser import explain_browser
from console.services.explain_store import explain_store
from console.services.explain_tenants import explain_tenancy
from console.services.explanation import Explanation, quoted

if TYPE_CHECKING:
    from datetime import datetime

    from console.model.connection import Connection

__all__ = ["Explanation", "clock", "explain", "story"]


def explain(error: GatewatchError) -> Explanation:
    """The error in words. Server text appears only as a quoted detail, already redacted."""
    match error:
        case GatewayError():
            said = _gateway(error)
            return msgspec.structs.replace(said, request_id=error.request_id)
        case StoreError():
            return explain_store(error)
        case AddressError():
            return _address(error)
        case ProfileError():
            return Explanation(headline=_sentence(str(error)), field="name")
        case SettingsError() if error.kept_as is None:
            return Explanation(headline=_sentence(tr("not kept: {detail}", detail=error.detail)))
        case SettingsError():
            return Explanation(
                headline=tr("The settings can't be used: {detail}.", detail=error.detail),
                advice=tr("The file is left as it is. Correct it, or repair it in the Settings of the window."),
            )
        case SignOutUnheard():
            return Explanation(
                headline=tr("Signed out here, but the gateway was not told."),
                advice=tr("{why} There the sign-in ends by itself in time.", why=_sentence(str(error))),
            )
        case FileTrouble():
            return Explanation(
                headline=tr("The file {path} can't be used: {reason}.", path=error.path, reason=error.reason),
                advice=tr("Find the file, or leave it out.") if isinstance(error, FileGone) else "",
            )
        case SandboxFailed():
            return Explanation(headline=tr("The sandbox did not start: {detail}.", detail=str(error)))
        case _:
            return Explanation(headline=_sentence(str(error)) or type(error).__name__)


def _gateway(error: GatewayError) -> Explanation:  # noqa: C901, PLR0912  (one case an error)
    detail = quoted(error.detail)
    match error:
        case ConnectFailed():
            return _connect(error)
        case TlsFailed():
            return _tls(error)
        case ConnectionLost(timed_out=True):
            return Explanation(
                headline=tr("The gateway did not answer in time{detail}.", detail=detail),
                advice=tr("It is reachable but slow or stuck. Try again."),
            )
        case ConnectionLost():
            return Explanation(
                headline=tr("The gateway broke off the connection{detail}.", detail=detail), advice=tr("Try again.")
            )
        case NotAGateway():
            return Explanation(
                headline=tr("What answers here is not a gateway{detail}.", detail=detail),
                advice=tr("Check the address. A network's sign-in page can also answer in a gateway's place."),
                field="url",
            )
        case ProtocolViolation():
            return Explanation(
                headline=tr("The gateway's answer can't be read: {detail}.", detail=error.detail),
                advice=tr("Check that the platform of this gateway is the right one."),
            )
        case SignInRequired():
            return Explanation(
                headline=tr("The sign-in has ended{detail}.", detail=detail),
                advice=tr("Sign in again. The local record is kept."),
            )
        case Unauthorized(code="locked"):
            return Explanation(
                headline=tr("This account is locked{detail}.", detail=detail),
                advice=tr("Ask an administrator of the platform to unlock it."),
                field="username",
            )
        case Unauthorized(code="unverified"):
            return Explanation(
                headline=tr("This account is not verified yet{detail}.", detail=detail),
                advice=tr("Follow the link in the platform's e-mail, then sign in."),
                field="username",
            )
        case Unauthorized():
            return Explanation(
                headline=tr("The gateway does not accept this user name and password{detail}.", detail=detail)
                if "login" in error.route
                else tr("The gateway does not accept the sign-in{detail}.", detail=detail),
                advice=tr("Check both and try again.") if "login" in error.route else tr("Sign in again."),
                field="password",
            )
        case MfaRequired():
            return Explanation(
                headline=tr("This account needs a second factor."),
                advice=tr("Give its code too; a script does with --mfa-code."),
                field="code",
            )
        case WrongCode():
            return Explanation(
                headline=tr("This is not the code{detail}.", detail=detail),
                advice=_attempts(error.attempts_left) or tr("Type the one that is shown now."),
                field="code",
            )
        case ChallengeExpired():
            return Explanation(
                headline=tr("The gateway waits for no code any more{detail}.", detail=detail),
                advice=tr("Sign in again to be asked for a new one."),
                field="password",
            )
        case TenantRequired() | TenantMismatch():
            return explain_tenancy(error)
        case BrowserSignInFailed() | WrongUser():
            return explain_browser(error)
        case Forbidden():
            return Explanation(
                headline=tr("You are not allowed to see this{detail}.", detail=detail),
                advice=tr("Ask an administrator of the platform for the permission."),
            )
        case NotFound():
            return Explanation(headline=tr("The gateway does not know this{detail}.", detail=detail))
        case NotOffered():
            return Explanation(
                headline=tr("This gateway does not offer this."),
                advice=tr("It answered: {answers}.", answers="; ".join(error.answers)) if error.answers else "",
            )
        case BreakerOpen():
            return Explanation(
                headline=tr(
                    "{service} failed several times in a row and is left alone.", service=error.service.title()
                ),
                advice=tr("It is asked again in {seconds} s.", seconds=math.ceil(error.retry_after_s)),
            )
        case ReadOnly():
            return Explanation(
                headline=tr("This gateway is set to read-only: nothing was sent."),
                advice=tr("Use a profile that is not, or change this one."),
            )
        case RateLimited():
            return Explanation(
                headline=tr("The gateway asks to slow down{detail}.", detail=detail),
                advice=tr("It takes requests again in {seconds} s.", seconds=round(error.retry_after_s))
                if error.retry_after_s is not None
                else tr("Wait a minute, then try again."),
            )
        case Rejected():
            return Explanation(
                headline=tr("The gateway rejected the request ({status}){detail}.", status=error.status, detail=detail)
            )
        case ServiceFailed():
            return Explanation(
                headline=tr("The gateway answers with an error ({status}){detail}.", status=error.status, detail=detail)
                if error.status
                else tr("The gateway {detail}.", detail=error.detail),
                advice=tr("The fault is behind the gateway's address, not in your network. Try again."),
            )
        case _:
            return Explanation(headline=tr("The request failed{detail}.", detail=detail))


def _connect(error: ConnectFailed) -> Explanation:
    match error.reason:
        case ConnectReason.NAME:
            headline = tr("The gateway's name is unknown.")
            advice = tr("Check the address, and that you are in the right network or VPN.")
        case ConnectReason.REFUSED:
            headline = tr("Nothing listens at this address (connection refused).")
            advice = tr("The machine answers, the gateway does not. Check the port, or ask who runs it.")
        case ConnectReason.NO_ROUTE:
            headline = tr("There is no way to the gateway from this network.")
            advice = tr("Check your network connection and VPN.")
        case ConnectReason.TIMEOUT:
            headline = tr("The gateway's address does not answer.")
            advice = tr("A firewall or a missing VPN may be in between.")
        case ConnectReason.PROXY:
            headline = tr("The proxy gives no way to the gateway{detail}.", detail=quoted(error.detail))
            advice = tr("Check the proxy of this profile or of the environment, or ask who runs it.")
        case ConnectReason.PROXY_CREDENTIALS:
            headline = tr("The proxy wants a user name and password, or does not accept those it got.")
            advice = tr("Correct them in the profile's proxy, or in the environment.")
        case _:
            headline = tr("The gateway can't be reached{detail}.", detail=quoted(error.detail))
            advice = tr("Check the address and your network.")
    return Explanation(headline=headline, advice=advice, field="url")


def _tls(error: TlsFailed) -> Explanation:  # noqa: C901  (one case a reason)
    corrected = tr("Ask who runs the gateway for a new certificate.")
    authority = tr("Check the address. If the authority is yours, trust it in the system or name its file as CA file.")
    match error.reason:
        case CertificateReason.EXPIRED:
            headline, advice = tr("The gateway's certificate has expired."), corrected
        case CertificateReason.NOT_YET_VALID:
            headline = tr("The gateway's certificate is not valid yet.")
            advice = tr("Check this computer's clock; if it is right, ask who runs the gateway.")
        case CertificateReason.WRONG_NAME:
            headline = tr("The gateway's certificate is for another name.")
            advice = tr("Check the address: it may be another machine that answers.")
        case CertificateReason.SELF_SIGNED:
            headline, advice = tr("The gateway's certificate is signed by itself alone."), authority
        case CertificateReason.UNKNOWN_AUTHORITY:
            headline, advice = tr("The gateway's certificate is signed by an authority unknown here."), authority
        case CertificateReason.REVOKED:
            headline, advice = tr("The gateway's certificate was revoked."), corrected
        case CertificateReason.CLIENT_CERTIFICATE:
            headline = tr("The gateway wants a client certificate, or does not accept the one it was shown.")
            advice = tr("Name the certificate and key that the gateway's people gave you in the profile.")
        case CertificateReason.OLD_TLS:
            headline = tr("The gateway offers only a TLS version that is too old to be safe.")
            advice = tr("Ask who runs the gateway to allow TLS 1.2 or newer.")
        case CertificateReason.NOT_TLS:
            headline = tr("What answers here does not speak TLS.")
            advice = tr("Check the port; this may be a plain http service.")
        case CertificateReason.HUNG_UP:
            headline = tr("The gateway hung up during the TLS handshake.")
            advice = tr("Check the port: it may not speak TLS, or only a TLS version that is too old to be safe.")
        case _:
            headline = tr("The gateway's certificate was refused{detail}.", detail=quoted(error.detail))
            advice = tr("Have the certificate corrected, or trust its authority in the operating system.")
    return Explanation(headline=headline, advice=advice, field="url")


def _address(error: AddressError) -> Explanation:
    match error.reason:
        case address.EMPTY:
            headline = tr("Type or paste the address of a gateway.")
        case address.NOT_HTTP:
            headline = tr("A gateway's address begins with https://.")
        case address.NO_HOST:
            headline = tr("This address names no host.")
        case address.BAD_PORT:
            headline = tr("The port in this address is no number from 1 to 65535.")
        case address.CREDENTIALS:
            headline = tr("This address holds a user name or password. Leave it out; you are asked for it later.")
        case address.PLAIN_HTTP:
            headline = tr(
                "Plain http would show your password to the network. Use https, or allow it for this gateway."
            )
        case address.CONTROL:
            headline = tr("This address has spaces or characters that do not print.")
        case _:
            headline = tr("This is no host name.")
    return Explanation(headline=headline, field=error.field)


def story(connection: Connection, now: datetime) -> str:
    """One plain sentence on where a session stands."""
    facts = connection.facts
    match connection.phase:
        case Phase.SIGNED_OUT:
            return tr("Not signed in.")
        case Phase.SIGN_IN_NEEDED if facts.wants_tenant and not facts.refused:
            return tr("A tenant has to be chosen{detail}.", detail=quoted(facts.error))
        case Phase.SIGN_IN_NEEDED:
            return tr("The sign-in has ended{detail}. Sign in again.", detail=quoted(facts.refusal or facts.error))
        case Phase.CONNECTING:
            return tr("Connecting.")
        case Phase.PARTIAL:
            return tr("Live by asking; the gateway's feed is lost.")
        case Phase.LIVE:
            return tr("Live.")
        case Phase.LOST:
            return " ".join(_lost(connection, now))


def _lost(connection: Connection, now: datetime) -> list[str]:
    facts = connection.facts
    since = clock(facts.failing_since, now) if facts.failing_since else ""
    cause = quoted(facts.culprit.detail if facts.culprit else facts.error)
    match connection.layer:
        case Layer.NETWORK:
            sentences = [tr("No network way to the gateway since {since}{cause}.", since=since, cause=cause)]
        case Layer.TLS:
            sentences = [tr("The gateway's certificate is refused since {since}{cause}.", since=since, cause=cause)]
        case Layer.SERVICE:
            sentences = [tr("The gateway's health service fails since {since}{cause}.", since=since, cause=cause)]
        case _:
            sentences = [tr("Gateway unreachable since {since}{cause}.", since=since, cause=cause)]
    if facts.last_success_at is not None:
        sentences.append(tr("Showing the record of {at}.", at=clock(facts.last_success_at, now)))
    else:
        sentences.append(tr("Showing the local record."))
    if facts.next_try_at is not None and (wait_s := (facts.next_try_at - now).total_seconds()) >= 1:
        sentences.append(tr("Next try in {seconds} s.", seconds=round(wait_s)))
    return sentences


def clock(at: datetime, now: datetime) -> str:
    """Time of day as it is shown, with the date when it is not today's."""
    local = zone.shown(at)
    same_day = local.date() == zone.shown(now).date()
    return local.strftime("%H:%M:%S" if same_day else "%Y-%m-%d %H:%M")


def _attempts(left: int | None) -> str:
    match left:
        case None:
            return ""
        case 1:
            return tr("One attempt is left.")
        case _:
            return tr("{count} attempts are left.", count=left)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".") if text else ""
