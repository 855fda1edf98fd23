"""What an address answers to a few questions without credentials, to tell which platform it is."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import TYPE_CHECKING

import httpx

from console.api import failures, network
from console.api.contract import Fingerprint
from console.api.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.model.address import Address
    from console.model.network import NetworkOptions

TIMEOUT_S = 6.0
BODY_LIMIT_BYTES = 256 * 1024


async def take(
    address: Address, paths: Iterable[str], options: NetworkOptions = network.DEFAULT
) -> dict[str, Fingerprint]:
    """Ask each path once, all at the same time; a path that gives no answer is left out. Never raises for a failure."""
    named = list(paths)
    async with httpx.AsyncClient(
        verify=network.tls_for(address, options),
        proxy=network.http_proxy(address, options),
        trust_env=False,
        headers={"User-Agent": network.USER_AGENT, "Accept": "application/json"},
        timeout=TIMEOUT_S,
    ) as client:
        answers = await asyncio.gather(*(_ask(client, address.text + path) for path in named))
    return {path: answer for path, answer in zip(named, answers, strict=True) if answer is not None}


def only_pages(prints: Iterable[Fingerprint]) -> bool:
    """Whether there were answers, and all of them were web pages."""
    pages = [failures.is_page(one.headers.get("content-type", ""), b"") for one in prints]
    return bool(pages) and all(pages)


async def _ask(client: httpx.AsyncClient, url: str) -> Fingerprint | None:
    raw = b""
    try:
        async with asyncio.timeout(TIMEOUT_S), client.stream("GET", url, extensions={"trace": Opening()}) as response:
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > BODY_LIMIT_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError, ssl.SSLError):
        return None
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Fingerprint(status=response.status_code, headers=headers, body=body)
