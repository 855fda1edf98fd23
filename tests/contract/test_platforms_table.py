"""`docs/platforms.md` says which platform has what; it is written from the dialects themselves.

`python -m tests.contract.test_platforms_table` writes it anew.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from console.api import registry
from console.model.address import Address
from console.model.capability import Capability
from console.model.document import DocumentAction
from console.services.doctor import PassingSession

if TYPE_CHECKING:
    from console.api.contract import Documents, Gateway, Platform
    from console.model.capability import Operation

TABLE = Path(__file__).parents[2] / "docs" / "platforms.md"
NOWHERE = Address.parse("http://127.0.0.1:9")
_HEAD = """# Platforms and what they have

Written by `python -m tests.contract.test_platforms_table` from the dialects in `console/api/platforms`; a test looks
whether it is fresh. What a dialect can speak is in this table; what one gateway really offers is probed when the
console connects, and `gatewatch doctor` tells. [Adding a platform](adding-a-platform.md) says how another one comes in.

"""
_OBSERVED = """
Where a platform has no health to ask for, the console shows what it observes of its own requests, and says so.
"""
_SHORT = {
    "text/plain": "plain text",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_DOCUMENTS = """
## Documents

An upload whose answer was lost is looked up in the platform's list before it is sent again. Where there is no list the
operator decides.

"""


def built_in() -> list[str]:
    """The platforms of this package; what else is installed is none of this document's business."""
    return [name for name in registry.names() if registry.platform(name).build.__module__.startswith("console.")]


def test_the_table_is_fresh() -> None:
    assert TABLE.read_text(encoding="utf-8") == document(), (
        "write it anew: python -m tests.contract.test_platforms_table"
    )


def test_every_platform_and_every_capability_is_in_it() -> None:
    text = document()
    for name in built_in():
        assert f"`{name}`" in text
        assert registry.platform(name).title in text
    for capability in Capability:
        assert f"| {capability.value} |" in text


def document() -> str:
    """The whole file."""
    platforms = [registry.platform(name) for name in built_in()]
    gateways = asyncio.run(_gateways(platforms))
    rows: list[tuple[str, ...]] = [("platform", "name in profiles", "told by", "polls a minute at most")]
    rows += [
        (one.title, f"`{one.name}`", ", ".join(f"`{path}`" for path in one.fingerprints), f"{one.polls_per_minute:g}")
        for one in platforms
    ]
    capabilities: list[tuple[str, ...]] = [("capability", *(one.title for one in platforms))]
    capabilities += [
        (capability.value, *("x" if capability in one.capabilities else "" for one in platforms))
        for capability in Capability
    ]
    parts = [_HEAD, "## The platforms\n\n", _table(rows)]
    parts += ["\n## Capabilities\n\n", _table(capabilities), _OBSERVED]
    parts += ["\n## Routes of what is read\n\n"]
    reads: list[tuple[str, ...]] = [("platform", "operation", "routes, the first choice first")]
    for one, gateway in zip(platforms, gateways, strict=True):
        reads += [
            (one.title, f"`{operation.name}`", ", ".join(f"`{operation.method} {route}`" for route in operation.routes))
            for operation in _operations(gateway)
        ]
    parts += [_table(reads), _DOCUMENTS]
    taken: list[tuple[str, ...]] = [("platform", "told with one", "largest", "types", "beside uploading")]
    taken += [
        (one.title, *_documents(gateway.documents))
        for one, gateway in zip(platforms, gateways, strict=True)
        if gateway.documents is not None
    ]
    return "".join([*parts, _table(taken)])


def _documents(documents: Documents) -> tuple[str, ...]:
    rules = documents.rules
    largest = "" if rules.max_bytes is None else f"{rules.max_bytes / 1024**2:g} MiB"
    return (
        ", ".join(f"`{field.id}`" for field in rules.fields),
        largest or "not said",
        ", ".join(sorted(_SHORT.get(kind, kind.rpartition("/")[2]) for kind in rules.media_types)) or "all",
        ", ".join(action.value for action in DocumentAction if action in documents.actions),
    )


async def _gateways(platforms: list[Platform]) -> list[Gateway]:
    found = []
    for one in platforms:
        session = PassingSession(NOWHERE, one.name, admin_url=NOWHERE.text)
        found.append(session.gateway)
        await session.close()
    return found


def _operations(gateway: Gateway) -> list[Operation]:
    found = [gateway.authentication.who.operation]
    found += [gateway.tenancy.listing.operation] if gateway.tenancy else []
    found += [query.operation for query in gateway.metrics]
    found += [asked.operation for family in gateway.metric_families for asked in (family.members, family.each(""))]
    found += [gateway.deployments.operation] if gateway.deployments else []
    found += [gateway.notifications.listing.operation] if gateway.notifications else []
    documents = gateway.documents
    found += [documents.listing(1).operation] if documents and DocumentAction.LIST in documents.actions else []
    return found


def _table(rows: list[tuple[str, ...]]) -> str:
    head, *body = rows
    lines = [head, tuple("---" for _cell in head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    TABLE.write_text(document(), encoding="utf-8")
