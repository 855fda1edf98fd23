"""The console behind a real nginx: TLS, limits, dead upstreams, a feed that passes through."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from console.model.blame import Layer
from console.model.connection import FeedState, Phase
from console.model.errors import GatewayError, RateLimited, ServiceFailed
from console.model.network import NO_PROXY, NetworkOptions
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.explain import explain
from console.store.key import MemoryOnly
from console.store.store import Store, open_store
from tests.faults.running import operator, port_of, session_at, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from console.services.session import Session

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
START_S = 10.0
if NGINX is None and os.environ.get("CI") and shutil.which("apt-get"):
    pytest.fail("nginx is missing where continuous integration installs it: see .ci/run", pytrace=False)
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {prefix}/body;
    proxy_temp_path {prefix}/proxied;
    fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi;
    scgi_temp_path {prefix}/scgi;
    limit_req_zone $binary_remote_addr zone=sign_ins:1m rate=1r/m;
    limit_req_status {limit_status};
    upstream gateway {{ server 127.0.0.1:{gateway_port}; server 127.0.0.1:{dead_port} backup; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {prefix}/server.pem;
        ssl_certificate_key {prefix}/server.pem;
        location / {{
            {limit}
            proxy_pass http://gateway;
            proxy_next_upstream error timeout;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_hide_header X-Request-ID;
            add_header Via "1.1 nginx" always;
        }}
    }}
}}
"""


class Nginx:
    """A private nginx before one face of the sandbox."""

    def __init__(self, prefix: Path, gateway_url: str) -> None:
        self._prefix = prefix
        self._gateway_port = port_of(gateway_url)
        self._authority = trustme.CA()
        self.port = _free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.options = NetworkOptions(ca_file=str(prefix / "authority.pem"), proxy=NO_PROXY)

    @contextlib.contextmanager
    def running(self, *, limited: bool = False, limit_status: int = 429) -> Iterator[Nginx]:
        self._authority.cert_pem.write_to_path(str(self._prefix / "authority.pem"))
        self._authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(self._prefix / "server.pem")
        )
        configuration = self._prefix / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                prefix=self._prefix,
                port=self.port,
                gateway_port=self._gateway_port,
                dead_port=_free_port(),
                limit="limit_req zone=sign_ins;" if limited else "",
                limit_status=limit_status,
            ),
            encoding="utf-8",
        )
        assert NGINX is not None
        log = self._prefix / "error.log"
        with subprocess.Popen(
            [NGINX, "-p", str(self._prefix), "-e", str(log), "-c", str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                self._wait_until_it_listens(process, log)
                yield self
            finally:
                process.terminate()
                process.wait(START_S)

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes], log: Path) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.02)
        pytest.fail(f"nginx did not start: {log.read_text(encoding='utf-8') if log.exists() else 'no log'}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running:
        yield running


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "store", MemoryOnly())
    yield opened
    await opened.close()


def face(sandbox: SandboxThread, platform: str) -> str:
    return sandbox.kong_url if platform == "kong" else sandbox.dotmac_url


@pytest.mark.parametrize("platform", ["kong", "dotmac"])
async def test_a_session_behind_nginx_goes_live_and_is_renewed(
    sandbox: SandboxThread, store: Store, tmp_path: Path, platform: str
) -> None:
    nginx = Nginx(tmp_path, face(sandbox, platform))
    with nginx.running():
        async with session_at(nginx.url, platform, store, nginx.options) as session:
            await session.sign_in(operator(sandbox))
            await until(session, lambda connection: connection.phase is Phase.LIVE)
            await until(session, lambda connection: connection.facts.feed is FeedState.LIVE)
            assert session.monitor.health.value.services
            refused = await session.token()
            assert refused is not None
            assert await session.renew(refused) != refused
            assert sandbox.stats()["refreshes"] == 1


@pytest.mark.parametrize("platform", ["kong", "dotmac"])
async def test_an_upstream_that_is_gone_is_said_and_comes_back(
    sandbox: SandboxThread, store: Store, tmp_path: Path, platform: str
) -> None:
    nginx = Nginx(tmp_path, face(sandbox, platform))
    with nginx.running():
        async with session_at(nginx.url, platform, store, nginx.options) as session:
            await session.sign_in(operator(sandbox))
            await until(session, lambda connection: connection.phase is Phase.LIVE)
            sandbox.apply(outage=True)
            refused = await session.token()
            assert refused is not None
            with pytest.raises(ServiceFailed) as caught:
                await session.renew(refused)
            assert caught.value.status == 502
            assert "<" not in explain(caught.value).headline
            assert session.connection.value.facts.signed_in
            session.try_now()
            lost = await until(session, lambda connection: connection.phase is Phase.LOST)
            assert lost.layer is Layer.GATEWAY
            assert session.monitor.health.value.source_lost
            sandbox.clear()
            session.try_now()
            await until(session, lambda connection: connection.phase is Phase.LIVE)


async def _signed_in_twice(session: Session, sandbox: SandboxThread) -> None:
    """More requests than the one a minute that passes, however many a sign-in takes."""
    await session.sign_in(operator(sandbox))
    await session.sign_in(operator(sandbox))


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (503, ServiceFailed)])
async def test_what_nginx_itself_refuses_is_told_from_a_wrong_password(
    sandbox: SandboxThread, store: Store, tmp_path: Path, status: int, kind: type[GatewayError]
) -> None:
    nginx = Nginx(tmp_path, sandbox.kong_url)
    with nginx.running(limited=True, limit_status=status):
        async with session_at(nginx.url, "kong", store, nginx.options) as session:
            with pytest.raises(kind) as caught:
                await _signed_in_twice(session, sandbox)
            assert caught.value.status == status
            said = explain(caught.value)
            assert said.headline
            assert "<" not in said.headline + said.advice
            assert "password" not in said.headline
