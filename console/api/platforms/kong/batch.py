"""Many requests to one endpoint as one: `POST <endpoint>/batch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.batch import Batcher
from console.api.platforms.kong import wire
from console.model.capability import Effect, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.api.transport import Transport
    from console.model.errors import GatewayError


def batcher(transport: Transport, name: str, endpoint: str, effect: Effect) -> Batcher[Mapping[str, object], object]:
    """Collects requests to an endpoint; each is answered with its `data`.

    Args:
        transport: To the gateway.
        name: Of the operation, such as `documents.batch`.
        endpoint: Such as `/api/v1/documents`.
        effect: Of every request in it.
    """
    operation = Operation(name=name, method="POST", routes=(f"{endpoint}/batch",), effect=effect)

    async def send(requests: Sequence[Mapping[str, object]]) -> Sequence[object | GatewayError]:
        reply = await transport.call(operation, payload={"requests": list(requests)})
        return wire.batch_results(reply.body, f"POST {endpoint}/batch")

    return Batcher(send)
