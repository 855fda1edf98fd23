"""`gatewatch doctor`: check a gateway capability by capability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from console import crash
from console.cli.profile import checked, extra_options, given, network_options, proposed
from console.cli.running import (
    BAD,
    FINE,
    UNAUTHORISED,
    UNREACHABLE,
    ask_credentials,
    give,
    printable,
    run,
    sendable,
    with_code,
    with_console,
)
from console.i18n import tr
from console.model.address import Address
from console.model.errors import GatewayError, MfaRequired, SettingsError
from console.model.network import NetworkOptions
from console.model.profile import Profile
from console.services.doctor import Check, Diagnosis, PassingSession, examine
from console.services.explain import explain
from console.services.local_checks import local_checks
from console.settings import Settings

if TYPE_CHECKING:
    from console.composition import Console
    from console.model.identity import PasswordCredentials
    from console.paths import Home


@click.command()
@click.argument("target", metavar="URL|PROFILE")
@click.option("--platform", default="", help="Left out, the gateway is probed and the platform proposed.")
@click.option("--username", callback=sendable, default="", help="Sign in for the examination; nothing is kept.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--mfa-code", callback=sendable, default="", help="The code of the second factor, where one is wanted.")
@click.option("--tenant", callback=sendable, default="", help="Act for this tenant.")
@extra_options
@network_options
@click.option("--allow-plain-http", is_flag=True, help="Unprotected http beyond this machine; passwords can be read.")
@click.option("--write", is_flag=True, help="Also upload one small document, look it up, and delete it again.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def doctor(  # noqa: PLR0913  (one argument an option)
    home: Home,
    /,
    *,
    target: str,
    platform: str,
    username: str,
    password_stdin: bool,
    mfa_code: str,
    tenant: str,
    admin_url: str | None,
    services: tuple[str, ...],
    routes: dict[str, str],
    allow_plain_http: bool,
    write: bool,
    as_json: bool,
    **network: Any,
) -> None:
    """Check a gateway: reach, TLS, sign-in, refresh, who am I, tenants, health, feed, documents; what a profile keeps.

    How a URL is reached, and what else is known of it, is said as to `gatewatch profile add`. A profile has it itself.
    """
    reached = given(network) | ({"allow_plain_http": True} if allow_plain_http else {})
    credentials = ask_credentials(username, password_stdin=password_stdin) if username else None
    if not _is_profile(home, target) and (any(mark in target for mark in ".:") or target.startswith("localhost")):

        async def passing() -> int:
            options = NetworkOptions(**reached)
            adhoc = Profile(
                name="doctor",  # kept nowhere
                url=Address.parse(target, allow_plain_http=options.allow_plain_http).text,
                platform=platform,
                tenant=tenant,
                network=options,
                admin_url=admin_url or "",
                services=services,
                routes=routes,
            )
            return await _examine_address(adhoc, credentials, mfa_code, write=write, as_json=as_json)

        run(passing())

    if reached or admin_url is not None or services or routes:
        raise click.UsageError(
            tr(
                "a profile knows how its gateway is reached; to change that: gatewatch profile change {name}",
                name=target,
            )
        )
    if credentials is None and (platform or tenant):
        raise click.UsageError(tr("a profile has its platform and tenant: another one needs --username"))

    async def work(console: Console) -> int:
        session = console.directory.session(target)
        options = session.profile.network
        address = Address.parse(session.profile.url, allow_plain_http=options.allow_plain_http)
        if credentials is not None:
            known = session.profile
            dialect = checked(platform) if platform else known.platform
            same = dialect == known.platform
            wanted = msgspec.structs.replace(
                known,
                platform=dialect,
                tenant=tenant or known.tenant,
                admin_url=known.admin_url if same else "",
                services=known.services if same else (),
            )
            return await _passing(wanted, credentials, mfa_code, write=write, as_json=as_json)
        await session.restored()
        local = await local_checks(
            home.store_dir,
            console.record,
            console.retention.limit,
            settings_problems=[problem.text for problem in console.preferences.held.value.problems],
            settings_broken=console.directory.settings_problem,
            kept_aside=[notice.text for notice in console.notices],
            crashed=crash.last(home.logs_dir),
        )
        profile = session.profile
        found = await examine(
            address, profile.platform, session, None, options=options, tenant=profile.tenant, local=local, write=write
        )
        return report(found, as_json=as_json)

    with_console(home, work)


def _is_profile(home: Home, name: str) -> bool:
    """Whether there is a profile of that name: a name may look like an address."""
    try:
        return any(profile.name == name for profile in Settings(home.settings_file).profiles())
    except SettingsError:
        return False


async def _examine_address(
    adhoc: Profile, credentials: PasswordCredentials | None, mfa_code: str, *, write: bool, as_json: bool
) -> int:
    from console.services.directory import usable  # noqa: PLC0415  (with it all that a session needs)
    from console.services.discovery import discover  # noqa: PLC0415  (a known platform needs no probing)

    if not (platform := adhoc.platform):
        found = await discover(adhoc.url, adhoc.network)
        try:
            # Which layer fails shows whatever the platform is.
            platform = proposed(found) if found.verdict.culprit is None else found.proposals[0].platform
        except GatewayError as problem:
            return report(_unrecognised(adhoc.url, problem), as_json=as_json)
    adhoc = await usable(msgspec.structs.replace(adhoc, platform=checked(platform)))
    return await _passing(adhoc, credentials, mfa_code, write=write, as_json=as_json)


async def _passing(
    profile: Profile, credentials: PasswordCredentials | None, mfa_code: str, *, write: bool, as_json: bool
) -> int:
    options = profile.network
    address = Address.parse(profile.url, allow_plain_http=options.allow_plain_http)
    patient = PassingSession(
        address,
        profile.platform,
        profile.tenant,
        options,
        admin_url=profile.admin_url,
        services=profile.services,
        routes=profile.routes,
        read_only=profile.read_only,
    )

    async def sign_in() -> str:
        if credentials is None:
            return ""
        try:
            signed = await patient.sign_in(credentials)
        except MfaRequired as exc:
            challenge = exc.challenge
            signed = await with_code(exc, mfa_code, lambda code: patient.answer(challenge, code))
        return tr("signed in as {user}", user=signed.user.name if signed.user else credentials.username)

    try:
        found = await examine(
            address,
            profile.platform,
            patient,
            sign_in if credentials else None,
            options=options,
            tenant=patient.tenant,
            write=write,
        )
        return report(found, as_json=as_json)
    finally:
        await patient.close()


def _unrecognised(url: str, problem: GatewayError) -> Diagnosis:
    """Something answers, but nothing that a platform's checks could be made of."""
    check = Check(
        capability="reach",
        check="platform",
        ok=False,
        layer=problem.layer,
        detail=problem.detail,
        error=explain(problem).text,
        request_id=problem.request_id,
    )
    return Diagnosis(url=url, platform="", ok=False, checks=(check,))


def report(diagnosis: Diagnosis, *, as_json: bool) -> int:
    """Print the diagnosis; the exit code that stands for it."""
    if as_json:
        give(msgspec.to_builtins(diagnosis))
    else:
        click.echo(f"{diagnosis.url} ({diagnosis.platform or tr('unknown platform')})")
        for check in diagnosis.checks:
            word = tr("skipped") if check.skipped else tr("ok") if check.ok else tr("FAILED")
            blame = f" [{check.layer.value}]" if check.layer else ""
            said = f"{check.capability}: {check.check}{blame}  {check.ms:.0f} ms  {check.detail}"
            click.echo(f"  {word:8} {printable(said)}")
            if check.error and check.error != check.detail:
                click.echo(f"           {printable(check.error)}")
            if check.request_id and not check.ok:
                click.echo(tr("           request id {id}", id=printable(check.request_id)))
    if diagnosis.ok:
        return FINE
    if diagnosis.unreachable:
        return UNREACHABLE
    return UNAUTHORISED if diagnosis.unauthorised else BAD
