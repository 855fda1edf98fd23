"""Signing in, being known, staying signed in, signing out: the same on every platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.model.capability import Capability
from console.model.errors import MfaRequired, SignInRequired, Unauthorized, WrongCode
from console.model.identity import PasswordCredentials

if TYPE_CHECKING:
    from console.api.contract import Platform
    from tests.contract.site import Site


async def test_the_right_password_signs_in_and_the_gateway_knows_who_it_is(site: Site) -> None:
    async with site.visitor() as visitor:
        signed = await visitor.sign_in(site.credentials)
        assert signed.tokens.access
        who = await visitor.gateway.authentication.who_am_i()
        assert who.answers_to(site.credentials.username)
        assert who.id
        assert who.name
        assert signed.user is None or signed.user.id == who.id


async def test_a_wrong_password_does_not(site: Site) -> None:
    async with site.visitor() as visitor:
        with pytest.raises(Unauthorized):
            await visitor.sign_in(PasswordCredentials(username=site.credentials.username, password="wrong"))
        with pytest.raises(Unauthorized):
            await visitor.sign_in(PasswordCredentials(username="nobody@example.org", password="wrong"))
        assert await visitor.token() is None


async def test_nobody_is_known_before_a_sign_in(site: Site) -> None:
    async with site.visitor() as visitor:
        with pytest.raises(Unauthorized):
            await visitor.gateway.authentication.who_am_i()


async def test_a_second_factor_is_answered_where_it_is_wanted(site: Site) -> None:
    site.sandbox.apply(require_mfa=True)
    async with site.visitor() as visitor:
        try:
            await visitor.sign_in(site.credentials)
        except MfaRequired as exc:
            with pytest.raises(WrongCode):
                await visitor.answer(exc.challenge, "000000" if site.sandbox.mfa_code != "000000" else "111111")
            await visitor.answer(exc.challenge, site.sandbox.mfa_code)
        assert (await visitor.gateway.authentication.who_am_i()).answers_to(site.credentials.username)


async def test_a_sign_in_is_renewed_where_it_can_be_and_ends_where_not(site: Site, platform: Platform) -> None:
    async with site.operator() as operator:
        first = await operator.token()
        site.sandbox.apply(expire_tokens=True)
        who = operator.gateway.authentication.who_am_i
        if Capability.REFRESH not in platform.capabilities:
            with pytest.raises(SignInRequired):
                await who()
            return
        assert (await who()).answers_to(site.credentials.username)
        assert await operator.token() != first


async def test_the_tokens_say_whether_they_can_be_renewed(site: Site, platform: Platform) -> None:
    async with site.visitor() as visitor:
        signed = await visitor.sign_in(site.credentials)
        assert signed.tokens.renewable == (Capability.REFRESH in platform.capabilities)
        if not signed.tokens.renewable:
            with pytest.raises(SignInRequired):
                await visitor.gateway.authentication.refresh(signed.tokens)
            return
        renewed = await visitor.gateway.authentication.refresh(signed.tokens)
        assert renewed.access != signed.tokens.access
        assert renewed.renewable


async def test_a_refused_renewal_ends_the_sign_in(site: Site, platform: Platform) -> None:
    async with site.operator() as operator:
        if Capability.REFRESH in platform.capabilities:
            site.sandbox.apply(revoke_refresh=True)
        site.sandbox.apply(expire_tokens=True)
        with pytest.raises(SignInRequired):
            await operator.gateway.authentication.who_am_i()


async def test_after_a_sign_out_the_token_is_worth_nothing(site: Site) -> None:
    async with site.visitor() as visitor:
        signed = await visitor.sign_in(site.credentials)
        await visitor.gateway.authentication.sign_out(signed.tokens)
        with pytest.raises(Unauthorized):
            await visitor.gateway.authentication.who_am_i()


async def test_a_cache_asks_the_same_question(site: Site) -> None:
    async with site.operator() as operator:
        query = operator.gateway.authentication.who
        reply = await operator.transport.call(query.operation, fields=query.fields, params=query.params)
        assert query.decode(reply.body) == await operator.gateway.authentication.who_am_i()
