"""What becomes of items when gateways come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.model.upload import UploadState

if TYPE_CHECKING:
    from tests.services.uploads.conftest import Desktop


async def test_items_for_a_gateway_that_another_process_added_are_left_alone(desktop: Desktop) -> None:
    await desktop.queue.hold(paused=True)
    (known,) = await desktop.add("a.txt")
    item = await desktop.journal.item(known)
    assert item is not None
    theirs = msgspec.structs.replace(item, id="theirs", profile="added elsewhere")
    await desktop.journal.add([theirs])
    await desktop.shows(lambda snapshot: len(snapshot.items) == 2)
    profile = msgspec.structs.replace(desktop.session.profile, label="x")
    await desktop.console.directory.change(profile)  # such as by signing in
    await desktop.console.directory.remove(desktop.gateway)
    await desktop.until(lambda one: one.state is UploadState.PAUSED, known)
    left = await desktop.journal.item("theirs")
    assert left is not None
    assert left.state is UploadState.WAITING
