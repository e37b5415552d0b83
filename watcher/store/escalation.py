"""Alerts that nobody answered in time, told to a second receiver."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, insert, or_, select

from watcher.model import Action, AlertKind, Severity
from watcher.schedule import Escalation
from watcher.store.schema import alerts, deliveries, responses

#: What is older than this is no longer escalated: the watcher was off, or the rule of escalation is new.
AT_MOST = timedelta(days=1)
#: What was due longer before its first message than this is not looked at.
OUTAGE = timedelta(days=7)


def escalate(connection: Connection, rule: Escalation, now: datetime) -> list[tuple[str, int]]:
    """Queue for the second receiver what the first got, or should have got, and nobody answered; return rule and story.

    An answer to any message of the rule on the story counts, whoever gave it, unless it came before this message:
    who has seen the first report may be asleep when a graver one comes.
    """
    since, until = now - rule.after - AT_MOST, now - rule.after
    sent = (deliveries.c.state == "sent") & deliveries.c.sent_at.between(since, until)
    failed = or_(deliveries.c.state == "dead", and_(deliveries.c.state == "pending", deliveries.c.attempts > 0))
    not_sent = failed & deliveries.c.first_due_at.between(since, until)
    other, answered = deliveries.alias(), alerts.alias()
    has_other = exists().where(other.c.alert == alerts.c.pk, other.c.receiver == rule.to)
    is_answered = (
        select(responses.c.pk)
        .join(other, other.c.pk == responses.c.delivery)
        .join(answered, answered.c.pk == other.c.alert)
        .where(answered.c.story == alerts.c.story, answered.c.rule == alerts.c.rule)
        .where(responses.c.at >= deliveries.c.first_due_at)
        .exists()
    )
    grave = [severity for severity in Severity if severity.rank >= rule.least.rank]
    query = (
        select(alerts.c.pk, alerts.c.rule, alerts.c.story)
        .join(deliveries, deliveries.c.alert == alerts.c.pk)
        # What was due long ago is left out so that the index serves: not all that was ever sent is looked at.
        .where(deliveries.c.state.in_(["sent", "dead", "pending"]), deliveries.c.due_at > since - OUTAGE)
        .where(deliveries.c.receiver == rule.receiver, or_(sent, not_sent))
        .where(alerts.c.kind.in_([AlertKind.ALERT, AlertKind.DEVELOPMENT]), alerts.c.severity.in_(grave))
        .where(~has_other, ~is_answered)
        .order_by(alerts.c.pk)
    )
    found = connection.execute(query).all()
    for row in found:
        values = {
            "alert": row.pk, "receiver": rule.to, "action": Action.NEW, "state": "pending", "reason": "", "due_at": now,
            "first_due_at": now, "attempts": 0, "escalated_from": rule.receiver,
        }  # fmt: skip
        connection.execute(insert(deliveries).values(values))
    return [(row.rule, row.story) for row in found]
