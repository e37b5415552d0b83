"""A delivery desk on a real database, with a clock in the hand and receivers that do as they are told."""

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from watcher.dedup import fingerprint
from watcher.deliver import Deliverer, Desk
from watcher.model import (
    Action,
    Alert,
    AlertKind,
    Assignment,
    AssignReason,
    Change,
    DeliveryPlan,
    Entry,
    EntryCommit,
    FeedState,
    PollCommit,
    Relation,
    RuleMeta,
    Sent,
    Severity,
)
from watcher.render import Format, Style
from watcher.store import WriterThread, open_store, polls
from watcher.store.schema import deliveries

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Scripted:
    """Answers each message with the next of its outcomes, and with Sent when there are none left."""

    def __init__(self, *outcomes, can_edit=True, can_reply=True, edit_every=timedelta()):
        self.style = Style(Format.TEXT)
        self.can_edit, self.can_reply, self.edit_every = can_edit, can_reply, edit_every
        self.outcomes, self.messages = list(outcomes), []

    async def send(self, message):
        self.messages.append(message)
        new = message.ref if message.action is Action.EDIT else f"ref{len(self.messages)}"
        outcome = self.outcomes.pop(0) if self.outcomes else Sent(ref=new)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def aclose(self):
        pass


class DeskOf:
    """Commits alerts as polls do, and delivers what is due."""

    def __init__(self, store, writer, receivers, alarm_receivers=(), jitter=lambda: 0.0, **desk):
        self.store, self.now, self.events = store, NOW, []
        rules = {"raid": RuleMeta("raid", "Raids", Severity.SEVERE)}
        ready = Desk(receivers, rules, tuple(alarm_receivers), UTC, timedelta(days=2), **desk)
        self.deliverer = Deliverer(store, writer, ready, lambda: self.now, jitter, self.events.append)
        self.receivers, self.pk = receivers, 0

    def enter(self, relation=Relation.LEAD, kind=AlertKind.ALERT, action=Action.NEW, **more):
        """Commit one entry of story 1 with one alert for every receiver."""
        self.pk += 1
        story, outlet = more.pop("story", 1), more.pop("outlet", f"Outlet {self.pk}")
        title, revision = more.pop("title", f"Title {self.pk}"), more.pop("alert_revision", self.pk)
        wait = more.pop("wait", timedelta())
        changes = more.pop("changes", (Change("killed", 12, 15),) if relation is Relation.DEVELOPMENT else ())
        entry = Entry(f"e{self.pk}", title, link=f"https://x.example/{self.pk}", feed=f"feed{self.pk}")
        assigned = Assignment(story, relation, AssignReason.SAME_TEXT, 0.9, changes=changes)
        plans = tuple(DeliveryPlan(name, action, self.now + wait) for name in self.receivers)
        alert = Alert(
            "raid",
            kind,
            more.pop("severity", Severity.SEVERE),
            0 if kind is AlertKind.ALERT else revision,
            deliveries=plans,
        )
        alerts = (alert,) if more.pop("is_met", True) else ()
        item = EntryCommit(
            self.pk, 0, self.pk, entry, outlet, assigned, fingerprint(entry).to_bytes(), alerts=alerts,
            baseline=more.pop("baseline", False),
        )  # fmt: skip
        with self.store.write() as connection:
            polls.commit_poll(connection, PollCommit(FeedState(entry.feed, url="https://x"), self.now, (item,)))

    def republish(self, **more):
        self.enter(Relation.REPUBLICATION, AlertKind.REPUBLICATION, Action.EDIT, **more)

    def develop(self, **more):
        self.enter(Relation.DEVELOPMENT, AlertKind.DEVELOPMENT, Action(more.pop("action", "reply")), **more)

    async def after(self, **pause):
        """Let time pass, then deliver everything that is due."""
        self.now += timedelta(**pause)
        await self.deliverer.drain()

    def states(self):
        """State, reason and tries of every delivery, in order."""
        with self.store.read() as connection:
            rows = connection.execute(deliveries.select().order_by(deliveries.c.pk))
            return [(row.receiver, row.action, row.state, row.reason) for row in rows]

    def told(self, name):
        """Events of one name."""
        return [event for event in self.events if event["event"] == name]


@contextmanager
def opened(tmp_path, receivers, **desk):
    store, writer = open_store(f"sqlite:///{tmp_path}/w.db"), WriterThread()
    try:
        yield DeskOf(store, writer, receivers, **desk)
    finally:
        writer.close()
        store.close()


def run(tmp_path, receivers, talk, **desk):
    """Let `talk(desk)` use a desk."""
    with opened(tmp_path, receivers, **desk) as ready:
        return asyncio.run(talk(ready))
