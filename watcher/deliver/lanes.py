"""One lane for each receiver that something is due for: take, send, record."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

from sqlalchemy.exc import OperationalError

from watcher.deliver.office import Desk, Job, Office
from watcher.deliver.recording import Recorder, plainly
from watcher.deliver.taking import Taker
from watcher.failpoints import failpoint
from watcher.model import Observer, Outcome, Rejected, RetryLater, Sent, Sentence, Unknown
from watcher.notifiers import Notifier
from watcher.store import InWriter, Store, outbox

#: Time after which a send that has not come back counts as "outcome unknown".
SEND_TIMEOUT = timedelta(seconds=90)
#: What an attempt's outcome is called in the log and in metrics.
OUTCOMES = {Sent: "sent", RetryLater: "retry_later", Rejected: "rejected", Unknown: "unknown"}


class Deliverer:
    """Runs one lane for each receiver that something is due for."""

    def __init__(
        self,
        store: Store,
        in_writer: InWriter,
        desk: Desk,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        observe: Observer,
    ) -> None:
        self._in_writer, self._observe = in_writer, observe
        self._office = Office(store, desk, clock, jitter, observe)
        self._taker, self._recorder = Taker(self._office), Recorder(self._office)
        self._lanes: dict[str, asyncio.Task[None]] = {}
        #: What each receiver's lane has claimed and not yet recorded; it outlives a lane that fails.
        self._in_hand: dict[str, tuple[Job, Outcome]] = {}
        self._stopping = False

    @property
    def desk(self) -> Desk:
        """What the configuration says about delivery."""
        return self._office.desk

    @desk.setter
    def desk(self, desk: Desk) -> None:
        self._office.desk = desk

    async def tick(self) -> None:
        """Start a lane for every receiver that has something due and no lane at work."""
        await self._start(but=())

    async def drain(self) -> None:
        """Deliver everything that is due now, then return; a receiver whose lane fails is left to the next tick."""
        failed: set[str] = set()
        await self._start(but=failed)
        while lanes := {name: lane for name, lane in self._lanes.items() if not lane.done()}:
            await asyncio.wait(lanes.values())
            failed |= {name for name, lane in lanes.items() if lane.cancelled() or lane.exception() is not None}
            await self._start(but=failed)

    async def _start(self, but: Collection[str]) -> None:
        due = await self._in_writer(self._due)
        for receiver in dict.fromkeys([*self._in_hand, *due]):
            lane = self._lanes.get(receiver)
            if receiver not in but and (lane is None or lane.done()):
                self._lanes[receiver] = lane = asyncio.create_task(self._lane(receiver), name=f"lane {receiver}")
                lane.add_done_callback(partial(self._lane_ended, receiver))

    def _lane_ended(self, receiver: str, lane: asyncio.Task[None]) -> None:
        """Tell of a lane that failed; the next tick starts another, which first records what was in hand."""
        error = None if lane.cancelled() else lane.exception()
        if error is not None:
            self._observe({"event": "internal_error", "where": f"receiver {receiver}", "exception": error})

    async def settled(self, receiver: str) -> None:
        """Wait until a receiver's lane has ended, or as long as its longest send may take."""
        lane = self._lanes.get(receiver)
        if lane is not None and not lane.done():
            await asyncio.wait([lane], timeout=SEND_TIMEOUT.total_seconds())

    async def stop(self, within: timedelta) -> None:
        """Let deliveries in hand end within a bound; what is cut off is repeated at the next start."""
        self._stopping = True
        lanes = [lane for lane in self._lanes.values() if not lane.done()]
        if lanes:
            _, late = await asyncio.wait(lanes, timeout=within.total_seconds())
            for lane in late:
                lane.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # ------------------------------------------------------------ one delivery

    async def _lane(self, receiver: str) -> None:
        while not self._stopping:
            # Nothing new is sent before the last outcome is on record, else a fault would repeat messages.
            await self._settle(receiver)
            more: bool | Job = await self._in_writer(lambda: self._take(receiver))
            if more is False:
                return
            if isinstance(more, Job):
                await self._deliver(more)

    async def _deliver(self, job: Job) -> None:
        failpoint("after_claim")
        receiver = job.claim.receiver
        self._in_hand[receiver] = job, Unknown("the send was broken off")
        self._in_hand[receiver] = job, await self._send(job)
        failpoint("after_send")
        await self._settle(receiver)
        failpoint("after_record")

    async def _settle(self, receiver: str) -> None:
        """Record what is in hand for a receiver; it stays in hand if that fails."""
        if receiver in self._in_hand:
            job, outcome = self._in_hand[receiver]
            try:
                await self._in_writer(lambda: self._record(job, outcome))
            except OperationalError:  # the disk is full, or the database locked: it will pass
                raise
            except Exception as error:
                await self._in_writer(lambda: self._record(job, plainly(outcome)))
                self._observe({"event": "internal_error", "where": f"receiver {receiver}", "exception": error})
            del self._in_hand[receiver]

    async def _send(self, job: Job) -> Outcome:
        notifier = self.desk.notifiers.get(job.claim.receiver)
        if notifier is None:
            return RetryLater("the receiver was just removed from the configuration")
        begun = perf_counter()
        outcome = await self._try(notifier, job)
        told = {"event": "attempt", "receiver": job.claim.receiver, "rule": job.claim.rule, "story": job.claim.story}
        took = {"outcome": OUTCOMES[type(outcome)], "send_s": round(perf_counter() - begun, 6)}
        self._observe(told | took | {"attempts": job.claim.attempts})
        return outcome

    async def _try(self, notifier: Notifier, job: Job) -> Outcome:
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                return await notifier.send(job.message)
        except TimeoutError:
            return Unknown(f"no answer within {SEND_TIMEOUT.total_seconds():.0f} s")
        except Exception as error:
            self._observe({"event": "internal_error", "where": f"receiver {job.claim.receiver}", "exception": error})
            return Unknown(f"internal error: {type(error).__name__}")

    # ------------------------------------------------------------ in the writer's thread

    def _due(self) -> list[str]:
        known = self.desk.notifiers
        with self._office.store.read() as connection:
            due = outbox.receivers_with_due(connection, self._office.clock())
        if any(name not in known for name in due):
            with self._office.work() as work:
                for name, count in outbox.bury_unknown_receivers(work.connection, list(known)).items():
                    gone = Sentence("receiver_gone", {"receiver": name, "n": count})
                    work.alarm(f"receiver:{name}", gone, self.desk.alarm_receivers)
        return [name for name in due if name in known]

    def _take(self, receiver: str) -> Job | bool:
        """Claim and render the next delivery; True if one was settled without sending, False if none is due."""
        notifier = self.desk.notifiers.get(receiver)
        if notifier is None:
            return False
        with self._office.work() as work:
            claim = outbox.claim_next(work.connection, receiver, work.now)
            if claim is None:
                return False
            so_far = len(work.told)
            try:
                with work.connection.begin_nested():
                    return self._taker.take(work, claim, notifier) or True
            except OperationalError:
                raise
            except Exception as error:  # one alert that cannot be rendered must not hold up the others
                del work.told[so_far:]
                self._recorder.broken(work, claim, error)
                return True

    def _record(self, job: Job, outcome: Outcome) -> None:
        with self._office.work() as work:
            self._recorder.record(work, job, outcome)
