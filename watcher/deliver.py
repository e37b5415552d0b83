"""Claim, send, record: brings the outbox to its receivers, one delivery at a time for each of them."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any, assert_never

from sqlalchemy import Connection

from watcher.failpoints import failpoint
from watcher.model import (
    Action,
    AlertKind,
    AlertView,
    Message,
    Observer,
    Outcome,
    Rejected,
    RetryLater,
    RuleMeta,
    Sent,
    Severity,
    SuppressReason,
    Unknown,
)
from watcher.notifiers import Notifier
from watcher.render import Format, render, render_digest
from watcher.route import silenced_by
from watcher.schedule import HOUR, Discipline, held_back, next_attempt
from watcher.store import InWriter, Store, alarms, outbox, silences

#: Time after which a send that has not come back counts as "outcome unknown".
SEND_TIMEOUT = timedelta(seconds=90)
#: How long everything for a receiver waits after it refused the sender as such (blocked, bad password).
DOWN_PAUSE = timedelta(minutes=15)


#: An alert that should have gone out this long ago is backlog: a receiver was down, muted or at its cap.
LATE = timedelta(minutes=10)
#: So many of them and more are told as one digest, and at most so many in one.
DIGEST_FROM, DIGEST_MOST = 5, 50


@dataclass(frozen=True, slots=True)
class Desk:
    """What the configuration says about delivery; a reload swaps it as a whole."""

    notifiers: Mapping[str, Notifier]
    rules: Mapping[str, RuleMeta]
    alarm_receivers: tuple[str, ...]
    timezone: tzinfo
    give_up_after: timedelta
    #: When each receiver may be spoken to; always, for one that is not here.
    disciplines: Mapping[str, Discipline] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed delivery, rendered."""

    claim: outbox.Claim
    message: Message
    subject: Mapping[str, Any]
    first: outbox.First | None
    #: Edits of the same message that this one makes superfluous.
    merged: tuple[int, ...] = ()
    #: Further deliveries that the message tells, if it is a digest, with their subjects.
    others: tuple[tuple[outbox.Claim, Mapping[str, Any]], ...] = ()

    @property
    def parts(self) -> tuple[tuple[outbox.Claim, Mapping[str, Any]], ...]:
        """Every delivery that the message tells."""
        return ((self.claim, self.subject), *self.others)


@dataclass(frozen=True, slots=True)
class Manners:
    """What a receiver can do with a message that was sent."""

    can_edit: bool
    can_reply: bool
    #: Least time between two changes of one message.
    edit_every: timedelta = timedelta()


def placement(
    action: Action, first: outbox.First | None, manners: Manners, now: datetime
) -> Action | SuppressReason | datetime:
    """Decide how a message is placed: the action to take, why it is not needed, or until when it waits.

    An edit of a first message that still waits is not needed, for that message will show the
    story as it is when it is sent; but if a try of it may have arrived, receivers that know
    repetitions keep that one, and the edit waits for it. Edits wait until the message has stood for `edit_every`, and
    then one of them shows what all of them bring. A reply waits for its first message; without
    one it is a message of its own, for a development must not get lost.
    """
    sent, waiting = first is not None and first.state == "sent", first is not None and first.state in outbox.WAITING
    match action:
        case Action.NEW:
            return Action.NEW
        case Action.EDIT if waiting and first is not None and first.unsure:
            return max(first.due_at, now) + timedelta(seconds=1)
        case Action.EDIT if waiting:
            return SuppressReason.MERGED_INTO_MESSAGE
        case Action.EDIT if sent and not manners.can_edit:
            return SuppressReason.RECEIVER_CANNOT_EDIT
        case Action.EDIT if sent and first is not None and first.ref is None:
            return SuppressReason.TOLD_IN_DIGEST
        case Action.EDIT if sent and first is not None:
            free_at = (first.touched_at or now) + manners.edit_every
            return free_at if now < free_at and first.touched_at else Action.EDIT
        case Action.EDIT:
            return SuppressReason.NO_FIRST_MESSAGE
        case Action.REPLY if waiting and first is not None:
            return max(first.due_at, now) + timedelta(seconds=1)
        case Action.REPLY:
            return Action.REPLY if sent and manners.can_reply and first and first.ref else Action.NEW


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
        self.desk = desk
        self._store, self._in_writer = store, in_writer
        self._clock, self._jitter, self._observe = clock, jitter, observe
        self._lanes: dict[str, asyncio.Task[None]] = {}
        #: What each receiver's lane has claimed and not yet recorded; it outlives a lane that fails.
        self._in_hand: dict[str, tuple[Job, Outcome]] = {}
        self._stopping = False

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
            await self._in_writer(lambda: self._record(job, outcome))
            del self._in_hand[receiver]

    async def _send(self, job: Job) -> Outcome:
        notifier = self.desk.notifiers.get(job.claim.receiver)
        if notifier is None:
            return RetryLater("the receiver was just removed from the configuration")
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
        now = self._clock()
        with self._store.read() as connection:
            due = outbox.receivers_with_due(connection, now)
        if any(name not in self.desk.notifiers for name in due):
            with self._store.write() as connection:
                for name in outbox.bury_unknown_receivers(connection, list(self.desk.notifiers)):
                    message = f"receiver {name} is no longer configured; what waited for it was given up"
                    alarms.raise_alarm(connection, f"receiver:{name}", message, self.desk.alarm_receivers, now)
                    self._observe({"event": "alarm", "key": f"receiver:{name}", "message": message})
        return [name for name in due if name in self.desk.notifiers]

    def _take(self, receiver: str) -> Job | bool:
        """Claim and render the next delivery; True if one was settled without sending, False if none is due."""
        now = self._clock()
        notifier = self.desk.notifiers.get(receiver)
        if notifier is None:
            return False
        with self._store.write() as connection:
            claim = outbox.claim_next(connection, receiver, now)
            if claim is None:
                return False
            if self._silenced(connection, claim, now) or self._held_back(connection, claim, now):
                return True
            first = None if claim.action is Action.NEW else outbox.first_message(connection, claim)
            manners = Manners(notifier.can_edit, notifier.can_reply, notifier.edit_every)
            match placement(claim.action, first, manners, now):
                case Action() as action:
                    digest = self._digest(connection, claim, notifier, now) if action is not Action.EDIT else None
                    return digest or self._job(connection, claim, action, first, notifier)
                case SuppressReason() as reason:
                    self._suppress(connection, claim, reason)
                case datetime() as due_at:
                    waits = first is not None and first.state in outbox.WAITING
                    why = "waits for the first message" if waits else "gathers further changes"
                    outbox.postpone(connection, claim, reason=why, due_at=due_at)
        return True

    def _silenced(self, connection: Connection, claim: outbox.Claim, now: datetime) -> bool:
        """Hold an alert back that falls under a silence; the watcher's own alarms never do."""
        active = () if claim.kind is AlertKind.ALARM else silences.active_silences(connection, now)
        if not active:
            return False
        found = silenced_by(self._view(connection, claim), active, claim.receiver)
        if found is not None:
            self._suppress(connection, claim, SuppressReason.SILENCED, f"silence {found.pk}")
        return found is not None

    def _held_back(self, connection: Connection, claim: outbox.Claim, now: datetime) -> bool:
        """Let an alert wait, or drop it, as its receiver's mute times and cap say; alarms and edits pass."""
        discipline = self.desk.disciplines.get(claim.receiver)
        if discipline is None or claim.kind is AlertKind.ALARM or claim.action is Action.EDIT:
            return False
        sent_at = outbox.sent_since(connection, claim.receiver, now - HOUR) if discipline.max_per_hour else []
        match held_back(discipline, claim.severity, sent_at, now=now, zone=self.desk.timezone):
            case None:
                return False
            case SuppressReason() as reason:
                self._suppress(connection, claim, reason)
            case datetime() as until:
                outbox.postpone(connection, claim, reason="held back by its receiver's mute times or cap", due_at=until)
        return True

    def _is_backlog(self, connection: Connection, claim: outbox.Claim, notifier: Notifier, now: datetime) -> bool:
        """Whether so much has waited so long that a person is better told in one message. Programs get every alert."""
        if claim.kind is AlertKind.ALARM or notifier.style.format is Format.JSON or claim.first_due_at > now - LATE:
            return False
        return outbox.count_late(connection, claim.receiver, now, now - LATE) + 1 >= DIGEST_FROM

    def _digest(self, connection: Connection, claim: outbox.Claim, notifier: Notifier, now: datetime) -> Job | None:
        """Tell the backlog in one message, as far as it fits; the rest is told by the next. None if there is none."""
        if not self._is_backlog(connection, claim, notifier, now):
            return None
        late = outbox.claim_late(connection, claim.receiver, now, now - LATE, DIGEST_MOST - 1)
        free = (
            one
            for one in late
            if not self._silenced(connection, one, now) and not self._held_back(connection, one, now)
        )
        claims = [claim, *free]
        if len(claims) < DIGEST_FROM:
            for one in claims[1:]:
                outbox.unclaim(connection, one)
            return None
        views = [self._view(connection, one) for one in claims]
        message, told = render_digest(views, notifier.style, tz=self.desk.timezone)
        for one in claims[told:]:
            outbox.unclaim(connection, one)
        others = tuple((one, outbox.subject(connection, one)) for one in claims[1:told])
        return Job(claim, message, outbox.subject(connection, claim), None, others=others)

    def _suppress(self, connection: Connection, claim: outbox.Claim, reason: SuppressReason, detail: str = "") -> None:
        outbox.record_suppressed(connection, claim, reason, detail)
        self._report(claim, outbox.subject(connection, claim), "suppressed", reason=reason, detail=detail)

    def _view(self, connection: Connection, claim: outbox.Claim) -> AlertView:
        rule = self.desk.rules.get(claim.rule)
        return outbox.alert_view(connection, claim, rule.title if rule else claim.rule)

    def _job(
        self,
        connection: Connection,
        claim: outbox.Claim,
        action: Action,
        first: outbox.First | None,
        notifier: Notifier,
    ) -> Job:
        view = self._view(connection, claim)
        ref = first.ref if first and action is not Action.NEW else None
        message = render(view, notifier.style, action=action, ref=ref, tz=self.desk.timezone)
        merged = outbox.pending_edits(connection, claim) if action is Action.EDIT else ()
        return Job(claim, message, outbox.subject(connection, claim), first, merged)

    def _record(self, job: Job, outcome: Outcome) -> None:
        now, claim = self._clock(), job.claim
        with self._store.write() as connection:
            match outcome:
                case Sent():
                    self._record_sent(connection, job, outcome, now)
                case RetryLater():
                    self._retry(connection, job, "retry_later", outcome.reason, outcome.after, now)
                case Unknown():
                    self._retry(connection, job, "unknown", outcome.reason, None, now)
                case Rejected(receiver_down=True):
                    self._alarm(connection, claim.receiver, f"receiver {claim.receiver} is down: {outcome.reason}", now)
                    self._retry(connection, job, "rejected", outcome.reason, DOWN_PAUSE, now)
                    outbox.hold_receiver(connection, claim.receiver, now + DOWN_PAUSE)
                case Rejected():
                    self._dead(connection, job, "rejected", outcome.reason, now)
                case _:
                    assert_never(outcome)

    def _record_sent(self, connection: Connection, job: Job, outcome: Sent, now: datetime) -> None:
        claim = job.claim
        # A digest is nobody's message to change or to answer, so its deliveries keep no reference.
        ref, detail = (None, outbox.IN_DIGEST) if job.others else (outcome.ref, outcome.detail)
        for one, subject in job.parts:
            outbox.record_sent(connection, one, ref=ref, detail=detail, now=now)
            self._report(one, subject, one.kind, action=job.message.action, detail=detail)
        if job.message.action is Action.EDIT:
            outbox.merge_edits(connection, job.merged)
            if job.first and outcome.ref and outcome.ref != job.first.ref:
                outbox.set_first_ref(connection, job.first.pk, outcome.ref)
        if outcome.moved_to:
            outbox.move_receiver(connection, claim.receiver, outcome.moved_to, now)
        well = f"receiver {claim.receiver} accepts messages again"
        if alarms.clear_alarm(connection, f"receiver:{claim.receiver}", well, self.desk.alarm_receivers, now):
            self._observe({"event": "alarm_cleared", "key": f"receiver:{claim.receiver}", "message": well})

    def _retry(
        self, connection: Connection, job: Job, outcome: str, reason: str, after: timedelta | None, now: datetime
    ) -> None:
        jitter = self._jitter()
        nexts = [
            next_attempt(
                claim.attempts,
                now=now,
                retry_after=after,
                first_at=claim.first_tried_at,
                give_up_after=self.desk.give_up_after,
                jitter=jitter,
            )
            for claim, _ in job.parts
        ]
        # All at one time, or the parts of a digest would come due, and be told, one by one.
        due_at = max((at for at in nexts if at is not None), default=now)
        for (claim, subject), at in zip(job.parts, nexts, strict=True):
            if at is None:
                told = f"{reason} (given up after {claim.attempts} attempts)"
                self._give_up(connection, claim, subject, outcome, told, now)
            else:
                outbox.record_retry(connection, claim, outcome=outcome, reason=reason, due_at=due_at)
                self._report(claim, subject, "delivery_retry", reason=reason, attempts=claim.attempts, due_at=due_at)

    def _dead(self, connection: Connection, job: Job, outcome: str, reason: str, now: datetime) -> None:
        for claim, subject in job.parts:
            self._give_up(connection, claim, subject, outcome, reason, now)

    def _give_up(
        self,
        connection: Connection,
        claim: outbox.Claim,
        subject: Mapping[str, Any],
        outcome: str,
        reason: str,
        now: datetime,
    ) -> None:
        outbox.record_dead(connection, claim, outcome=outcome, reason=reason)
        self._report(claim, subject, "delivery_dead", reason=reason, attempts=claim.attempts)
        if claim.kind is not AlertKind.ALARM:
            what = f"{claim.kind} of rule {claim.rule} on story {claim.story}"
            self._alarm(connection, claim.receiver, f"{what} was not delivered to {claim.receiver}: {reason}", now)

    def _alarm(self, connection: Connection, receiver: str, message: str, now: datetime) -> None:
        others = [name for name in self.desk.alarm_receivers if name != receiver]
        key = f"receiver:{receiver}"
        if alarms.raise_alarm(connection, key, message, others, now, Severity.SEVERE):
            self._observe({"event": "alarm", "key": key, "message": message})

    def _report(self, claim: outbox.Claim, subject: Mapping[str, Any], event: str, **more: Any) -> None:
        told = {"event": str(event), "rule": claim.rule, "story": claim.story, "receiver": claim.receiver}
        self._observe(told | {"kind": claim.kind} | dict(subject) | more)
