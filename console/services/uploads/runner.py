"""Sends one gateway's items while its session is open: a few at a time, in order, and not while it is held."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.errors import ProfileError, StoreError
from console.model.upload import FailureClass, LeaseLost, UploadState
from console.services.uploads import events
from console.services.uploads.delivery import Delivery, Means
from console.services.uploads.gate import OFFLINE, SIGNED_OUT, holding, pause_s
from console.services.uploads.outcome import Fate
from console.services.uploads.stored_already import StoredAlready

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from console.api.contract import Gateway
    from console.model.upload import UploadItem
    from console.services.session import Session
    from console.services.uploads.desk import Desk
    from console.services.uploads.file_source import Files

_log = logging.getLogger(__name__)

_TICK_S = 1.0
_STORE_PAUSE_S = 5.0
_SIGN_IN_PAUSE_S = 2.0
_LIMIT_PAUSE_S, _LONGEST_LIMIT_S = 5.0, 60.0


class Runner:
    """One session's sender. `run` goes on until cancelled, and gives back what it holds then.

    Args:
        session: Of the gateway; closed by whoever opened it.
        desk: The journal.
        files: Threads that read files.
    """

    def __init__(self, session: Session, desk: Desk, files: Files) -> None:
        self.session = session
        self.profile = session.profile.name
        self._desk = desk
        self._files = files
        self._woken = asyncio.Event()
        self._deliveries: dict[str, tuple[Delivery, asyncio.Task[None]]] = {}
        self._means: Means | None = None
        self._stored: StoredAlready | None = None
        self._user: str | None = None  # to whom the items were introduced; None for nobody yet
        self._introductions = 0
        self._delivered_at: datetime | None = None
        self._unsent = 0  # sendings in a row that did not even begin
        self._paused_until = 0.0  # by the loop's clock
        self._pause_reason = ""

    @property
    def held(self) -> frozenset[str]:
        """Items that are worked on."""
        return frozenset(self._deliveries)

    def wake(self) -> None:
        """Something changed: look anew."""
        self._woken.set()

    def begin_anew(self) -> None:
        """The operator wants to try now: a pause between vain attempts ends."""
        self._unsent, self._paused_until = 0, 0.0
        self.wake()

    def heed(self, item: UploadItem) -> None:
        """An item that is worked on here may have been paused, cancelled, or taken away."""
        if (found := self._deliveries.get(item.id)) is not None and (
            item.wish is not None or self._desk.owner is None or item.owner != self._desk.owner.id
        ):
            found[0].break_off()

    def lost(self, item_ids: Iterable[str]) -> None:
        """Another process took these over: nothing more of them is sent."""
        for item_id in item_ids:
            self._deliveries[item_id][0].break_off()

    async def run(self) -> None:
        """Send whatever may be sent, until cancelled."""
        following = asyncio.get_running_loop().create_task(self._follow(), name=f"uploads of {self.profile} follow")
        try:
            await self.session.restored()
            while True:
                self._woken.clear()
                try:
                    await self._look_around()
                except StoreError as exc:
                    self._desk.failing(exc)
                    await asyncio.sleep(_STORE_PAUSE_S)
                await self._wait()
        finally:
            following.cancel()
            tasks = [task for _delivery, task in self._deliveries.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(following, *tasks, return_exceptions=True)
            self._desk.held(self.profile, "")

    async def _follow(self) -> None:
        async for _connection in self.session.connection.follow():
            self.wake()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TICK_S):
                await self._woken.wait()

    async def _look_around(self) -> None:
        reason = self._reason()
        self._desk.held(self.profile, reason)
        if self._desk.paused or reason == SIGNED_OUT:
            self._break_off()
        if reason == SIGNED_OUT:
            self._user = None
        elif self._user != self._who():
            await self._introduce(self._who())
        free = (1 if self._unsent else self._desk.concurrency) - len(self._deliveries)
        if free > 0 and self._may_send() and self._desk.due(self.profile):
            await self._take(free)

    def _reason(self) -> str:
        """Why nothing moves; empty when it may."""
        reason = holding(self.session.connection.value, self._delivered_at)
        return reason or (self._pause_reason if self._pausing else "")

    @property
    def _pausing(self) -> bool:
        return asyncio.get_running_loop().time() < self._paused_until

    def _may_send(self) -> bool:
        return not self._reason() and not self._pausing and not self._desk.paused and self._user == self._who()

    def _theirs(self, item: UploadItem) -> bool:
        return item.user_id in {"", self._who()}

    def _who(self) -> str:
        return self.session.user.id if self.session.user is not None else ""

    def _break_off(self) -> None:
        for delivery, _task in self._deliveries.values():
            delivery.break_off()

    async def _introduce(self, user_id: str) -> None:
        """Somebody signed in: what is theirs goes on, what is another's waits for whoever queued it."""
        self._means = None  # what was read of the platform was another's to read
        wanting = self._desk.of(self.profile, UploadState.NEEDS_SIGN_IN)
        await self._desk.tell_all([item for item in wanting if self._theirs(item)], events.SignedIn())
        waiting = self._desk.of(self.profile, UploadState.WAITING)
        text = tr("Queued by another user, as whom somebody has to sign in.")
        await self._desk.tell_all([item for item in waiting if not self._theirs(item)], events.SignInNeeded(text=text))
        self._user = user_id
        self._introductions += 1

    async def _take(self, limit: int) -> None:
        try:
            gateway = await self.session.reach()
        except ProfileError as exc:
            _log.warning("nothing is sent to %s: %s", self.profile, exc)
            self._pause(_LONGEST_LIMIT_S, OFFLINE)
            return
        items = await self._desk.claim(self.profile, limit=limit, user_id=self._who())
        if not items:  # what waits may be another user's, queued meanwhile by another process
            await self._introduce(self._who())
        for item in items:
            if gateway.documents is None:
                await self._refuse(item)
            else:
                self._begin(item, self._means_of(gateway))

    async def _refuse(self, item: UploadItem) -> None:
        text = tr("This gateway takes no documents.")
        refused = events.NotStored(kind=FailureClass.NOT_OFFERED, text=text)
        with contextlib.suppress(LeaseLost):  # the operator took it back meanwhile
            await self._desk.tell(item.id, refused if item.state is UploadState.CHECKING else events.Unsure(text=text))

    def _begin(self, item: UploadItem, means: Means) -> None:
        delivery = Delivery(item, means)
        work = self._deliver(delivery, self._introductions)
        task = asyncio.get_running_loop().create_task(work, name=f"upload {item.id}")
        self._deliveries[item.id] = (delivery, task)

    async def _deliver(self, delivery: Delivery, introductions: int) -> None:
        item_id = delivery.item.id
        try:
            await delivery.run()
        except StoreError as exc:
            self._desk.failing(exc)
            self._pause(_STORE_PAUSE_S)
        except Exception:  # noqa: BLE001  (a bug must not end the other deliveries, nor be tried without end)
            _log.exception("upload %s failed", item_id)
            await self._gave_up(delivery)
        finally:
            del self._deliveries[item_id]
            self._learn(delivery)
            if delivery.item.state is UploadState.NEEDS_SIGN_IN and introductions != self._introductions:
                self._user = None  # the sign-in that it wants has happened meanwhile
            self.wake()

    async def _gave_up(self, delivery: Delivery) -> None:
        with contextlib.suppress(StoreError, LeaseLost):
            await self._desk.tell(delivery.item.id, delivery.left_behind(tr("Stopped by a fault of this program.")))

    def _learn(self, delivery: Delivery) -> None:
        """What one delivery tells of the gateway."""
        outcome = delivery.outcome
        if delivery.item.state is UploadState.DONE:
            self._delivered_at, self._unsent = self._desk.clock(), 0
            self.session.documents.arrived()
            if self._stored is not None:
                self._stored.arrived(delivery.item)
        elif outcome is None:
            return
        elif outcome.fate is Fate.UNSENT:
            self._unsent += 1
            offline = outcome.kind is FailureClass.NETWORK
            self._pause(pause_s(self._unsent, outcome.retry_after_s), OFFLINE if offline else "")
        elif outcome.fate is Fate.SIGN_IN:
            self._pause(_SIGN_IN_PAUSE_S)
        elif outcome.kind is FailureClass.LIMITED:  # all others would hear the same
            self._pause(min(_LONGEST_LIMIT_S, outcome.retry_after_s or _LIMIT_PAUSE_S))

    def _pause(self, seconds: float, reason: str = "") -> None:
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until, self._pause_reason = max(self._paused_until, until), reason

    def _means_of(self, gateway: Gateway) -> Means:
        assert gateway.documents is not None  # noqa: S101  (looked at before)
        if self._means is None or self._means.documents is not gateway.documents:
            stored = self._stored = StoredAlready(gateway.documents, self.session.ask)
            self._means = Means(
                documents=gateway.documents,
                files=self._files,
                tell=self._desk.tell,
                alike=self._desk.alike,
                others=self._desk.mirror.others,
                rivals=self._desk.mirror.rivals,
                stored_already=stored,
                still_stored=stored.still,
                ready=self.session.renewed_for,
                may_send=lambda item: self._may_send() and self._theirs(item),
                theirs=self._theirs,
                look_up=self._desk.look_up,
                pace=self._desk.pace,
                rate_bps=self._desk.rate_bps,
                sending=self._desk.sending,
                read_only=lambda: self.session.profile.read_only,
            )
        return self._means
