"""From an outcome to the outbox: sent, tried again later, or dead and told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, assert_never

from watcher.deliver.office import Job, Office, Work, delays
from watcher.model import Action, AlertKind, Message, Outcome, Rejected, RetryLater, Sent, Sentence, Severity, Unknown
from watcher.render import DIGEST
from watcher.schedule import next_attempt
from watcher.store import deaths, outbox

#: How long everything for a receiver waits after it refused the sender as such (blocked, bad password).
DOWN_PAUSE = timedelta(minutes=15)
#: A receiver that takes nothing for so long is told to the others.
SILENT_FOR = timedelta(minutes=15)

_NOTHING = Message("", "", Action.NEW, "", "")


def plainly(outcome: Outcome) -> Outcome:
    """Return what can be recorded of an outcome when its own words cannot."""
    if isinstance(outcome, Sent):
        return Sent(detail="recorded without the service's reference")
    return Unknown("internal error: its outcome could not be recorded")


class Recorder:
    """Records what became of deliveries. Runs in the writer's thread."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def record(self, work: Work, job: Job, outcome: Outcome) -> None:
        """Note the outcome of one send for every delivery that it told."""
        receiver = job.claim.receiver
        match outcome:
            case Sent():
                self._sent(work, job, outcome)
            case RetryLater():
                self._retry(work, job, "retry_later", outcome.reason, outcome.after)
            case Unknown():
                self._retry(work, job, "unknown", outcome.reason)
            case Rejected(receiver_down=True):
                down = Sentence("receiver_down", {"receiver": receiver, "reason": outcome.reason})
                self._alarm(work, receiver, down)
                self._retry(work, job, "rejected", outcome.reason, DOWN_PAUSE)
                outbox.hold_receiver(work.connection, receiver, work.now + DOWN_PAUSE)
            case Rejected():
                for claim, subject in job.parts:
                    self._give_up(work, claim, subject, "rejected", outcome.reason)
            case _:
                assert_never(outcome)

    def broken(self, work: Work, claim: outbox.Claim, error: Exception) -> None:
        """Note a try that broke on a fault of ours before anything was sent, so that the others go on."""
        reason = f"internal error: {type(error).__name__}"
        work.tell("internal_error", where=f"delivery {claim.pk} to {claim.receiver}", exception=error)
        self._retry(work, Job(claim, _NOTHING, {}, None), "retry_later", reason)

    def _sent(self, work: Work, job: Job, outcome: Sent) -> None:
        claim, connection = job.claim, work.connection
        # A digest is nobody's message to change or to answer, so its deliveries keep no reference.
        ref, detail = (None, outbox.IN_DIGEST) if job.message.rule == DIGEST else (outcome.ref, outcome.detail)
        for one, subject in job.parts:
            outbox.record_sent(connection, one, ref=ref, detail=detail, now=work.now)
            took = delays(subject, work.now) if job.message.action is Action.NEW else {}
            work.report(one, subject, one.kind, action=job.message.action, detail=detail, **took)
        if job.message.action is Action.EDIT:
            outbox.merge_edits(connection, job.merged)
            if job.first and outcome.ref and outcome.ref != job.first.ref:
                outbox.set_first_ref(connection, job.first.pk, outcome.ref)
        if outcome.moved_to:
            outbox.move_receiver(connection, claim.receiver, outcome.moved_to, work.now)
        well = Sentence("receiver_well", {"receiver": claim.receiver})
        if work.clear(f"receiver:{claim.receiver}", well, self._office.desk.alarm_receivers):
            outbox.release_receiver(connection, claim.receiver, work.now)

    def _retry(self, work: Work, job: Job, outcome: str, reason: str, after: timedelta | None = None) -> None:
        receiver, since = job.claim.receiver, job.claim.first_tried_at
        if work.now - since >= SILENT_FOR and not outbox.sent_since(work.connection, receiver, since):
            silent = Sentence("receiver_silent", {"receiver": receiver, "since": since, "reason": reason})
            self._alarm(work, receiver, silent)
        jitter = self._office.jitter()
        nexts = [
            next_attempt(
                claim.attempts,
                now=work.now,
                retry_after=after,
                first_at=claim.first_tried_at,
                give_up_after=self._office.desk.give_up_after,
                jitter=jitter,
            )
            for claim, _ in job.parts
        ]
        # All at one time, or the parts of a digest would come due, and be told, one by one.
        due_at = max((at for at in nexts if at is not None), default=work.now)
        if after is not None and outcome == "retry_later" and due_at <= work.now + after:
            outcome = outbox.PUT_OFF
        for (claim, subject), at in zip(job.parts, nexts, strict=True):
            if at is None:
                told = f"{reason} (given up after {claim.attempts} attempts)"
                self._give_up(work, claim, subject, outcome, told)
            else:
                outbox.record_retry(work.connection, claim, outcome=outcome, reason=reason, due_at=due_at)
                work.report(claim, subject, "delivery_retry", reason=reason, attempts=claim.attempts, due_at=due_at)

    def _give_up(self, work: Work, claim: outbox.Claim, subject: Mapping[str, Any], outcome: str, reason: str) -> None:
        outbox.record_dead(work.connection, claim, outcome=outcome, reason=reason)
        outbox.release_merged(work.connection, claim, work.now)
        work.report(claim, subject, "delivery_dead", reason=reason, attempts=claim.attempts)
        others = self._others(claim.receiver)
        if claim.kind is not AlertKind.ALARM:
            tell = others or self._office.desk.alarm_receivers
        else:  # told once: where the alarm that tells it dies too, the alarms would tell of each other for ever
            tell = [] if deaths.tells_of_alarms(work.connection, claim.alert) else others
        if tell or claim.kind is not AlertKind.ALARM:
            message = deaths.tell_death(work.connection, claim.pk, claim.receiver, tell, work.now)
            work.tell("alarm", key=f"dead:{claim.receiver}", message=message)

    def _alarm(self, work: Work, receiver: str, said: Sentence) -> None:
        work.alarm(f"receiver:{receiver}", said, self._others(receiver), Severity.SEVERE)

    def _others(self, receiver: str) -> list[str]:
        return [name for name in self._office.desk.alarm_receivers if name != receiver]
