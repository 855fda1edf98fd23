"""What was rolled out where and when."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class DeploymentState(enum.StrEnum):
    """Where a deployment stands; `OTHER` for words that this console does not know."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"
    OTHER = "other"

    @classmethod
    def of(cls, word: str) -> DeploymentState:
        """The state that a platform's word stands for."""
        return _WORDS.get(word.strip().casefold().replace("-", "_").replace(" ", "_"), cls.OTHER)


_WORDS = {
    "pending": DeploymentState.PENDING,
    "queued": DeploymentState.PENDING,
    "scheduled": DeploymentState.PENDING,
    "running": DeploymentState.RUNNING,
    "in_progress": DeploymentState.RUNNING,
    "started": DeploymentState.RUNNING,
    "deploying": DeploymentState.RUNNING,
    "success": DeploymentState.SUCCEEDED,
    "succeeded": DeploymentState.SUCCEEDED,
    "successful": DeploymentState.SUCCEEDED,
    "completed": DeploymentState.SUCCEEDED,
    "finished": DeploymentState.SUCCEEDED,
    "deployed": DeploymentState.SUCCEEDED,
    "failed": DeploymentState.FAILED,
    "failure": DeploymentState.FAILED,
    "error": DeploymentState.FAILED,
    "cancelled": DeploymentState.FAILED,
    "rolled_back": DeploymentState.ROLLED_BACK,
    "rollback": DeploymentState.ROLLED_BACK,
}


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment. Its texts are the server's: shown as plain text.

    Attributes:
        id: The platform's id, as text.
        service: Name of what was deployed.
        started_at: As the server says; None when it does not.
        finished_at: As the server says; None while it runs, or when it does not say.
        version: Empty when the platform does not say.
        environment: Such as `production`; empty when the platform does not say.
        state: What follows from `status`.
        status: The platform's own word.
        author: Who did it; empty when the platform does not say.
    """

    id: str
    service: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: str = ""
    environment: str = ""
    state: DeploymentState = DeploymentState.OTHER
    status: str = ""
    author: str = ""
