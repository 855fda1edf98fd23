"""How connections are made: one trust store, one proxy rule, for every client library alike."""

from __future__ import annotations

import functools
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from console.model.address import PLAIN_HTTP, is_loopback
from console.model.errors import AddressError, ProfileError
from console.model.network import ENVIRONMENT, NO_PROXY, NetworkOptions, checked_proxy

if TYPE_CHECKING:
    import httpx

    from console.model.address import Address

USER_AGENT = "Gatewatch"
DEFAULT = NetworkOptions()


def check(address: Address, options: NetworkOptions) -> None:
    """Refuse, before anything is sent, what these options do not allow or can't do.

    Raises:
        AddressError: Plain http beyond this machine, and nobody chose that.
        ProfileError: A certificate file can't be used, or the proxy's kind is not known.
    """
    if address.scheme == "http" and not is_loopback(address.host) and not options.allow_plain_http:
        raise AddressError(PLAIN_HTTP, address.text)
    tls_for(address, options)
    proxy_for(address, options)


def tls_context(options: NetworkOptions = DEFAULT) -> ssl.SSLContext:
    """Verifies against the operating system's trust store and the extra authorities; TLS 1.2 or newer.

    Made once for the same options and files, shared by all; a file that is replaced is read anew.

    Raises:
        ProfileError: A file is missing, is not PEM, or the key does not belong to the certificate.
    """
    files = (options.ca_file, options.client_cert, options.client_key)
    return _context(*files, tuple(_written_at(file) for file in files))


def _written_at(file: str) -> int:
    try:
        return Path(file).stat().st_mtime_ns if file else 0
    except OSError as exc:
        raise ProfileError(f"{file} can't be read ({exc.strerror}); correct the path or put the file there") from exc


@functools.lru_cache(maxsize=32)
def _context(ca_file: str, client_cert: str, client_key: str, _written: tuple[int, ...]) -> ssl.SSLContext:
    import truststore  # noqa: PLC0415  (a gateway on loopback never needs it)

    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except ssl.SSLError as exc:
            raise ProfileError(f"{ca_file} holds no certificate in PEM form; convert it or name another file") from exc
        except OSError as exc:
            raise ProfileError(f"{ca_file} can't be read ({exc.strerror})") from exc
    if client_cert:
        _show(context, client_cert, client_key)
    return context


def _show(context: ssl.SSLContext, cert: str, key: str) -> None:
    """Have the context show a client certificate. An encrypted key is refused: OpenSSL would ask on the terminal."""
    try:
        context.load_cert_chain(cert, key or None, password=lambda: "")
    except ssl.SSLError as exc:
        if exc.reason == "KEY_VALUES_MISMATCH":
            raise ProfileError(
                f"the key in {key or cert} does not belong to the certificate in {cert}; name the matching key file"
            ) from exc
        files = f"{cert} and {key}" if key else cert
        raise ProfileError(
            f"no certificate and key in PEM form, the key without a passphrase, can be read from {files}"
        ) from exc
    except OSError as exc:
        raise ProfileError(f"{cert} or its key can't be read ({exc.strerror})") from exc


@functools.cache
def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def tls_for(address: Address, options: NetworkOptions = DEFAULT) -> ssl.SSLContext:
    """The context for a client of this address.

    A client of a plain http gateway gets one that trusts nobody: loading the trust store costs time, and should such a
    client ever be led to https, it fails closed.
    """
    return tls_context(options) if address.scheme == "https" else _trusting_nobody()


def proxy_for(address: Address, options: NetworkOptions = DEFAULT) -> str | None:
    """The URL of the proxy to this address, None to go there directly. It may hold a password.

    Read here and not left to the libraries, whose ways to read the environment differ. The environment's proxy never
    applies to this machine itself.

    Raises:
        ProfileError: The environment names a proxy that is no http proxy.
    """
    if options.proxy == NO_PROXY:
        return None
    if options.proxy != ENVIRONMENT:
        return options.proxy
    if is_loopback(address.host):
        return None
    import urllib.request  # noqa: PLC0415  (only gateways beyond this machine need it)

    known = urllib.request.getproxies()
    url = known.get(address.scheme) or known.get("all")
    if not url or urllib.request.proxy_bypass(address.host_port):
        return None
    return checked_proxy(url if "://" in url else f"http://{url}")


def proxy_tls(options: NetworkOptions) -> ssl.SSLContext:
    """For a proxy that is reached by https. The client certificate is the gateway's to see, not the proxy's."""
    return tls_context(msgspec.structs.replace(options, client_cert="", client_key=""))


def http_proxy(address: Address, options: NetworkOptions = DEFAULT) -> httpx.Proxy | None:
    """`proxy_for`, for httpx."""
    import httpx  # noqa: PLC0415  (feeds do without it)

    if (url := proxy_for(address, options)) is None:
        return None
    return httpx.Proxy(url, ssl_context=proxy_tls(options) if url.startswith("https:") else None)
