"""Whole sessions over TLS and through proxies, against the sandbox: HTTP and the feed alike."""

from __future__ import annotations

import logging
import ssl
from functools import partial
from typing import TYPE_CHECKING

import pytest
import trustme

from console.api.transport import Transport
from console.model.address import Address
from console.model.connection import FeedState
from console.model.errors import ConnectFailed, GatewayError, NotAGateway
from console.model.network import ENVIRONMENT, NO_PROXY, NetworkOptions
from console.services.explain import explain
from tests.api.scripted_gateway import READ, Asked, Tokens, plain_platform, reply, scripted
from tests.faults.chaos_proxy import ChaosProxy
from tests.faults.connect_proxy import ConnectProxy
from tests.faults.running import operator, port_of, session_at, until

if TYPE_CHECKING:
    from pathlib import Path

    from console.sandbox.thread import SandboxThread
    from console.store.store import Store
NAME = "gateway.example"  # that only the proxy can find


def serving(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def trusting(authority: trustme.CA, folder: Path, proxy: str = NO_PROXY) -> NetworkOptions:
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return NetworkOptions(ca_file=str(path), proxy=proxy)


async def test_a_session_over_tls_goes_live_with_its_feed(  # fault 51
    sandbox: SandboxThread, store: Store, tmp_path: Path
) -> None:
    authority = trustme.CA()
    with ChaosProxy(port_of(sandbox.dotmac_url), tls=serving(authority)) as gateway:
        async with session_at(gateway.url, "dotmac", store, trusting(authority, tmp_path)) as session:
            await session.sign_in(operator(sandbox))
            await until(session, lambda connection: connection.facts.feed is FeedState.LIVE)


@pytest.mark.parametrize("from_environment", [False, True])
async def test_a_session_through_a_proxy_with_a_password_goes_live_with_its_feed(  # fault 50
    sandbox: SandboxThread,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    from_environment: bool,
) -> None:
    authority = trustme.CA()
    caplog.set_level(logging.DEBUG, logger="console")
    with ChaosProxy(port_of(sandbox.dotmac_url), tls=serving(authority, NAME)) as gateway:
        async with ConnectProxy("operator:hush-hush").listening() as proxy:
            url = f"http://operator:hush-hush@127.0.0.1:{proxy.port}"
            if from_environment:
                monkeypatch.setenv("HTTPS_PROXY", url)
            options = trusting(authority, tmp_path, proxy=ENVIRONMENT if from_environment else url)
            async with session_at(f"https://{NAME}:{gateway.port}", "dotmac", store, options) as session:
                await session.sign_in(operator(sandbox))
                await until(session, lambda connection: connection.facts.feed is FeedState.LIVE)
            assert set(proxy.asked) == {f"{NAME}:{gateway.port}"}
            assert len(proxy.asked) > 1
            assert proxy.refused == 0
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("console")]
    assert not [line for line in ours if "hush-hush" in line]


async def test_no_proxy_wins_over_the_environments_proxy(  # fault 50
    sandbox: SandboxThread, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ConnectProxy("operator:hush-hush").listening() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://operator:hush-hush@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", NAME)
        async with session_at(f"https://{NAME}:1", "kong", store, NetworkOptions(proxy=ENVIRONMENT)) as session:
            with pytest.raises(ConnectFailed):  # the name is unknown here: only the proxy would find it
                await session.sign_in(operator(sandbox))
    assert proxy.asked == []


async def test_a_proxy_that_refuses_the_password_is_named_and_the_password_is_not(  # fault 50
    sandbox: SandboxThread, store: Store, tmp_path: Path
) -> None:
    authority = trustme.CA()
    with ChaosProxy(port_of(sandbox.kong_url), tls=serving(authority)) as gateway:
        async with ConnectProxy("operator:right").listening() as proxy:
            options = trusting(authority, tmp_path, f"http://operator:hush-hush@127.0.0.1:{proxy.port}")
            async with session_at(gateway.url, "kong", store, options) as session:
                with pytest.raises(GatewayError) as caught:
                    await session.sign_in(operator(sandbox))
            assert proxy.refused == 1
        assert gateway.accepted == 0
    said = explain(caught.value)
    assert "proxy" in (said.headline + said.advice).casefold()
    assert "hush-hush" not in repr(said) + repr(caught.value)


async def test_what_is_presented_for_another_name_gets_no_password(  # fault 51
    sandbox: SandboxThread, store: Store, tmp_path: Path
) -> None:
    authority = trustme.CA()
    with ChaosProxy(port_of(sandbox.kong_url), tls=serving(authority, "elsewhere.example")) as gateway:
        async with session_at(gateway.url, "kong", store, trusting(authority, tmp_path)) as session:
            with pytest.raises(GatewayError) as caught:
                await session.sign_in(operator(sandbox))
        assert gateway.forwarded_up_bytes == 0
    assert explain(caught.value).headline == "The gateway's certificate is for another name."
    assert sandbox.stats()["sign_ins"] == 0


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_nothing_goes_from_https_to_http(tmp_path: Path, status: int) -> None:  # fault 41
    authority = trustme.CA()
    async with scripted(lambda _asked: reply(200, {})) as bait, scripted(lambda _asked: b"") as inner:
        with ChaosProxy(inner.address.port, tls=serving(authority)) as gateway:
            for downgraded in (gateway.url.replace("https", "http"), bait.address.text):
                inner.script = partial(_sent_away, status, f"{downgraded}/elsewhere")
                transport = Transport(
                    Address.parse(gateway.url),
                    plain_platform(),
                    tokens=Tokens("the-token"),
                    observe=lambda _exchange: None,
                    options=trusting(authority, tmp_path),
                )
                with pytest.raises(NotAGateway):
                    await transport.call(READ)
                await transport.close()
            assert gateway.accepted == 2
    assert [asked.path for asked in inner.asked] == ["/things"] * 2
    assert bait.asked == []


def _sent_away(status: int, location: str, _asked: Asked) -> bytes:
    return reply(status, None, f"location: {location}")
