"""A real database with known stories, and the page on it."""

from datetime import UTC, datetime, timedelta

from lxml import html
from starlette.testclient import TestClient

from watcher import config
from watcher.daemon import routing
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
    Severity,
)
from watcher.notifiers import REGISTRY
from watcher.store import WriterThread, open_store, polls
from watcher.web import Door, Hand, Page, Sources, create_app

ADDRESS = "http://127.0.0.1:8642"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"
RULES = """
rules:
  - id: raid
    title: IS figure captured or killed
    severity: severe
    when: {all: [{any: [Daesh, داعش]}, {any: [arrest*, captur*]}, {region: SY}]}
    receivers: [desk]
    examples: {match: ["Daesh leader arrested in Aleppo, Syria"], ignore: ["Daesh leader arrested in Mosul"]}
  - id: flood
    title: "Floods & <b>storms</b>"
    severity: moderate
    when: {any: [flood*, inundaci*, наводнени*]}
    receivers: [desk]
    examples: {match: [Flood in Valencia]}
"""
CONFIG = """
database: w.db
rules: rules
timezone: UTC
feeds:
  - {id: atalayar, url: "https://reader:hunter2@atalayar.example/feed", title: Atalayar}
  - {id: sohr, url: "https://sohr.example/feed", title: SOHR}
  - {id: daily, url: "https://daily.example/feed", title: Daily}
receivers:
  desk: {type: console}
"""
RAID = "International coalition arrests top Daesh leader in Syria"
BODY = "A raid in a village of Aleppo province captured a leader of Daesh. {} people were killed."


class Seeded:
    """Commits entries as polls do, rules and places decided by the real code."""

    def __init__(self, folder):
        (folder / "rules").mkdir(exist_ok=True)
        (folder / "rules" / "r.yaml").write_text(RULES)
        (folder / "config.yaml").write_text(CONFIG)
        self.config = config.load(folder / "config.yaml", {}, REGISTRY)
        self.store = open_store(f"sqlite:///{folder}/w.db")
        self.pk, self.now, self.writer, self.events = 0, NOW, WriterThread(), []

    def enter(self, feed, title, summary="", *, after=0, story=None, relation=Relation.LEAD, **more):
        """Commit one entry `after` minutes; return its number."""
        self.pk += 1
        at = NOW + timedelta(minutes=after)
        outlet = next(one.outlet for one in self.config.feeds if one.id == feed)
        link = more.pop("link", f"https://{feed}.example/{self.pk}")
        entry = Entry(more.pop("id", f"e{self.pk}"), title, summary, link=link, feed=feed, published_at=at)
        places = self.config.places.locate(entry)
        matches = self.config.rules.match(entry, feed=None, places=lambda: places, now=at)
        kind = {Relation.LEAD: AlertKind.ALERT, Relation.DEVELOPMENT: AlertKind.DEVELOPMENT}.get(relation)
        kind = kind or AlertKind.REPUBLICATION
        meta = {rule.id: rule for rule in self.config.rules.rules}
        changes = more.get("changes", ())
        assignment = Assignment(
            story or self.pk, relation, AssignReason.SAME_TEXT, 0.93 if story else 0.0, changes=changes,
            credits=more.get("credits"),
        )  # fmt: skip
        said = tuple(
            Alert(m.rule, kind, more.get("severity", meta[m.rule].severity), self.pk if story else 0, m.evidence,
                  (DeliveryPlan("desk", Action.NEW, at),))
            for m in matches
        )  # fmt: skip
        item = EntryCommit(
            self.pk, 0, self.pk, entry, outlet, assignment, b"fp", places.places, matches, said,
            more.get("suppressed", ()),
        )  # fmt: skip
        state = FeedState(
            feed, url=f"https://{feed}.example/feed", next_poll_at=at + timedelta(minutes=15), polled_at=at, ok_at=at,
            new_entry_at=at, interval=timedelta(minutes=15),
        )  # fmt: skip
        with self.store.write() as connection:
            polls.commit_poll(connection, PollCommit(state, at, (item,)))
        return self.pk

    def usual(self):
        """A raid that three outlets tell, and a flood with everything in it that a feed may try."""
        first = self.enter("atalayar", RAID, BODY.format(12))
        self.enter(
            "sohr", "Coalition captures Daesh leader", BODY.format(12), after=125, story=first,
            relation=Relation.REPUBLICATION, credits="Atalayar",
        )  # fmt: skip
        self.enter(
            "daily", RAID, BODY.format(15), after=180, story=first, relation=Relation.DEVELOPMENT,
            changes=(Change("killed", 12, 15),),
        )  # fmt: skip
        self.enter(
            "daily", f"{EVIL} Flood in Valencia", f"{EVIL}<img src=x onerror=alert(2)> after 50 % more rain",
            after=200, link="javascript:alert(3)", severity=Severity.MODERATE,
        )  # fmt: skip
        self.now = NOW + timedelta(minutes=240)
        return self

    def app(self, door=None, *, takes_forms=True):
        """The page on it; what it tells goes to `events`."""

        async def deliver():
            self.events.append({"event": "looked for what is due"})

        def regroup():
            self.events.append({"event": "regrouped"})

        hand = Hand(self.writer, lambda: routing(self.config), regroup, deliver, self.events.append)
        page = Page(self.store, lambda: self.config, lambda: self.now, hand if takes_forms else None)
        sources = Sources(lambda: b"", lambda: (), lambda: ())
        return create_app(sources, door or Door(takes_forms=takes_forms), page)

    def client(self, door=None, **how):
        """A browser that keeps to this machine."""
        return TestClient(self.app(door, **how), base_url=ADDRESS)

    def close(self):
        """Give the database back."""
        self.writer.close()
        self.store.close()


def send(client, view, path, **fields):
    """Fill in the form of a view that is sent to a path, as a browser does; return the answer, redirects followed."""
    forms = tree(client.get(view)).xpath("//form[@action=$path]", path=path)
    assert forms, f"{view} has no form for {path}"
    return client.post(path, data=dict(forms[0].form_values()) | fields, headers={"Origin": ADDRESS})


def said(answer):
    """The sentence that a view begins with after a form."""
    return tree(answer).xpath("string(//p[contains(@class, 'told')])").strip()


def tree(answer, status=200):
    """The HTML of an answer, which has that status."""
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)
