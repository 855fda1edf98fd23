"""The queue on every platform that takes documents: it knows none of them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.api import registry
from console.model.capability import Capability
from console.model.upload import FailureClass, UploadState
from tests.services.uploads.conftest import desktop_at

if TYPE_CHECKING:
    from pathlib import Path

    from console.sandbox.thread import SandboxThread

pytestmark = pytest.mark.timeout(120)

TAKING = sorted(name for name in registry.names() if Capability.DOCUMENTS in registry.platform(name).capabilities)


@pytest.mark.parametrize("name", TAKING)
async def test_a_document_arrives_once_with_what_is_told_of_it(
    tmp_path: Path, sandbox: SandboxThread, name: str
) -> None:
    url = sandbox.sandbox.url(name)
    async with desktop_at(tmp_path / "desktop", sandbox, url, name) as desktop:
        desktop.start()
        rules = desktop.queue.rules(name)
        assert rules is not None
        told = {field.id: (field.choices or ("true",))[0] for field in rules.fields}
        ids = await desktop.add(f"for {name}.txt", metadata=told)
        (ended,) = await desktop.settled(*ids)
        if (
            ended.failure is not None and ended.failure.kind is FailureClass.NOT_OFFERED
        ):  # by the guide, not in the field
            sandbox.apply(field_routes=True)
            desktop.session.try_now()
            await desktop.queue.retry(ids)
            (ended,) = await desktop.until(lambda item: item.state.settled, *ids)
        assert ended.state is UploadState.DONE, ended.failure
        assert ended.document_id
        assert desktop.arrived_once(f"for {name}.txt")
