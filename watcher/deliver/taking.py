"""From the outbox to a message: claim what is due, leave it if it is not wanted now, render it."""

from dataclasses import replace
from datetime import datetime, timedelta

from watcher.deliver.office import Job, Office, Work
from watcher.deliver.placing import Manners, placement
from watcher.model import Action, AlertKind, AlertView, Sentence, SuppressReason
from watcher.notifiers import Notifier
from watcher.render import Format, render, render_digest
from watcher.render.words import alarm_title
from watcher.route import silenced_by
from watcher.schedule import HOUR, digest_at, held_back, told_as_digest
from watcher.store import outbox, silences, views

#: An alert that should have gone out this long ago is backlog: a receiver was down, muted or at its cap.
LATE = timedelta(minutes=10)
#: So many of them and more are told as one digest, and at most so many in one.
DIGEST_FROM, DIGEST_MOST = 5, 50


class Taker:
    """Takes deliveries in hand. Runs in the writer's thread."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def take(self, work: Work, claim: outbox.Claim, notifier: Notifier) -> Job | None:
        """Render a claimed delivery; None if it was settled without sending."""
        first = outbox.first_message(work.connection, claim)
        if self._silenced(work, claim, first) or self._held_back(work, claim):
            return None
        manners = Manners(notifier.can_edit, notifier.can_reply, notifier.edit_every)
        placed = placement(claim.action, first, manners, work.now)
        if placed is Action.EDIT and first is not None and not notifier.style.edits_in_place:
            # What was written stands: there is nothing to set right, only to go on.
            news = outbox.tells_of_another(work.connection, claim, first)
            placed = placed if news else SuppressReason.RECEIVER_CANNOT_EDIT
        match placed:
            case Action() as action:
                digest = self._digest(work, claim, notifier) if action is not Action.EDIT else None
                return digest or self._job(work, claim, action, first, notifier)
            case SuppressReason() as reason:
                self._suppress(work, claim, reason)
            case datetime() as due_at:
                waits = first is not None and first.state in outbox.WAITING
                why = "waits for the first message" if waits else "gathers further changes"
                outbox.postpone(work.connection, claim, reason=why, due_at=due_at)
        return None

    def _silenced(self, work: Work, claim: outbox.Claim, first: outbox.First | None) -> bool:
        """Hold an alert back that falls under a silence; the watcher's own alarms never do."""
        active = () if claim.kind is AlertKind.ALARM else silences.active_silences(work.connection, work.now)
        if not active:
            return False
        found = silenced_by(self._view(work, claim, first), active, claim.receiver)
        if found is not None:
            self._suppress(work, claim, SuppressReason.SILENCED, f"silence {found.pk}")
        return found is not None

    def _held_back(self, work: Work, claim: outbox.Claim) -> bool:
        """Let an alert wait, or drop it, as its receiver's mute times and cap say; alarms and edits pass."""
        discipline = self._office.desk.disciplines.get(claim.receiver)
        if discipline is None or claim.kind is AlertKind.ALARM or claim.action is Action.EDIT:
            return False
        told_at = digest_at(discipline, claim.severity, claim.first_due_at)
        if told_at is not None and told_at > work.now:
            outbox.postpone(work.connection, claim, reason="waits for the digest", due_at=told_at)
            return True
        since = work.now - HOUR
        sent_at = outbox.sent_since(work.connection, claim.receiver, since) if discipline.max_per_hour else []
        match held_back(discipline, claim.severity, sent_at, now=work.now, zone=self._office.desk.timezone):
            case None:
                return False
            case SuppressReason() as reason:
                self._suppress(work, claim, reason)
            case datetime() as until:
                why = "held back by its receiver's mute times or cap"
                outbox.postpone(work.connection, claim, reason=why, due_at=until)
        return True

    def _least_told(self, claim: outbox.Claim, notifier: Notifier, now: datetime) -> tuple[int, datetime] | None:
        """Return how many alerts make a digest and since when they must be due; None if it is no time for one.

        At a receiver's own times, and after a mute time that wants it so, any number is a digest. Else so much must
        have waited so long that a person is better told in one message. Programs get every alert.
        """
        if claim.kind is AlertKind.ALARM or notifier.style.format is Format.JSON:
            return None
        discipline = self._office.desk.disciplines.get(claim.receiver)
        zone = self._office.desk.timezone
        if discipline is not None and (
            digest_at(discipline, claim.severity, claim.first_due_at) is not None
            or told_as_digest(discipline, claim.severity, claim.first_due_at, zone)
        ):
            return 1, now
        return (DIGEST_FROM, now - LATE) if claim.first_due_at <= now - LATE else None

    def _digest(self, work: Work, claim: outbox.Claim, notifier: Notifier) -> Job | None:
        """Tell what waited in one message, as far as it fits; the next tells the rest. None if it is too little."""
        wanted = self._least_told(claim, notifier, work.now)
        if wanted is None:
            return None
        (least, since), connection = wanted, work.connection
        if outbox.count_late(connection, claim.receiver, work.now, since) + 1 < least:
            return None
        late = outbox.claim_late(connection, claim.receiver, work.now, since, DIGEST_MOST - 1)
        firsts = {one.pk: outbox.first_message(connection, one) for one in (claim, *late)}
        free = (o for o in late if not self._silenced(work, o, firsts[o.pk]) and not self._held_back(work, o))
        claims = [claim, *free]
        if len(claims) < least:
            for one in claims[1:]:
                outbox.unclaim(connection, one)
            return None
        shown = [self._view(work, one, firsts[one.pk]) for one in claims]
        rules = self._office.desk.rules.values()
        own = [rule.id for rule in rules if rule.receivers is None or claim.receiver in rule.receivers]
        held = outbox.held_since_digest(connection, claim.receiver, own, work.now)
        message, told = render_digest(shown, notifier.style, tz=self._office.desk.timezone, held=held)
        for one in claims[told:]:
            outbox.unclaim(connection, one)
        others = tuple((one, outbox.subject(connection, one)) for one in claims[1:told])
        return Job(claim, message, outbox.subject(connection, claim), None, others=others)

    def _suppress(self, work: Work, claim: outbox.Claim, reason: SuppressReason, detail: str = "") -> None:
        outbox.record_suppressed(work.connection, claim, reason, detail)
        outbox.release_merged(work.connection, claim, work.now)
        work.report(claim, outbox.subject(work.connection, claim), "suppressed", reason=reason, detail=detail)

    def _view(
        self, work: Work, claim: outbox.Claim, first: outbox.First | None, *, in_place: bool = False
    ) -> AlertView:
        if (claim.pk, in_place) in work.views:
            return work.views[claim.pk, in_place]
        rule = self._office.desk.rules.get(claim.rule)
        if claim.kind is AlertKind.ALARM:
            notifier = self._office.desk.notifiers.get(claim.receiver)
            title = alarm_title(notifier.style.language if notifier else "en", claim.rule)
        else:
            title = rule.title if rule else claim.rule
        view = views.alert_view(work.connection, claim, first, title, in_place=in_place)
        return work.views.setdefault((claim.pk, in_place), view)

    def _job(
        self, work: Work, claim: outbox.Claim, action: Action, first: outbox.First | None, notifier: Notifier
    ) -> Job:
        programs = notifier.style.format is Format.JSON
        in_place = action is Action.EDIT and notifier.style.edits_in_place and not programs
        view = self._view(work, claim, first, in_place=in_place)
        ref = first.ref if first and action is not Action.NEW else None
        message = render(view, notifier.style, action=action, ref=ref, tz=self._office.desk.timezone)
        if notifier.style.template is not None and claim.kind is not AlertKind.ALARM:
            self._tell_template(work, claim.receiver, message.fault)
        if claim.kind is not AlertKind.ALARM:
            # An edit keeps the buttons that its message was sent with.
            handle = first.pk if first and action is Action.EDIT else claim.pk
            message = replace(message, handle=handle, joined=bool(view.also))
        merged = outbox.pending_edits(work.connection, claim) if action is Action.EDIT else ()
        return Job(claim, message, outbox.subject(work.connection, claim), first, merged)

    def _tell_template(self, work: Work, receiver: str, fault: str) -> None:
        """Raise an alarm when a template fails, once until it works again."""
        key, tell = f"template:{receiver}", self._office.desk.alarm_receivers
        if not fault:
            work.clear(key, Sentence("template_well", {"receiver": receiver}), tell)
        else:
            work.alarm(key, Sentence("template_failed", {"receiver": receiver, "fault": fault}), tell)
