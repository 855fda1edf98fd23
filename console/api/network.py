"""How connections are made: one trust store, one proxy rule, for every client library alike."""

from __future__ import annotations

import functools
import ssl
from typing import TYPE_CHECKING

from console.model.address import is_loopback

if TYPE_CHECKING:
    from console.model.address import Address

USER_AGENT = "Gatewatch"


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Verifies against the operating system's trust store; TLS 1.2 or newer. Made once, shared by all."""
    import truststore  # noqa: PLC0415  (a gateway on loopback never needs it)

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@functools.cache
def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def verify_for(address: Address) -> ssl.SSLContext:
    """The context for a client of this address.

    A client of a plain http gateway gets one that trusts nobody: loading the trust store costs time, and should such a
    client ever be led to https, it fails closed.
    """
    return tls_context() if address.scheme == "https" else _trusting_nobody()


def uses_environment_proxy(address: Address) -> bool:
    """Whether the environment's proxy settings apply: never to this machine itself."""
    return not is_loopback(address.host)
