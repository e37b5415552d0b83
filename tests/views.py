"""Alerts to render, for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from watcher.model import Action, AlertKind, AlertView, Change, Entry, Evidence, Place, Relation, Severity, StoryMember
from watcher.render import render

AT = datetime(2026, 5, 1, 11, 2, tzinfo=UTC)

TITLE = "International coalition arrests top Daesh leader in Syria"
SUMMARY = "A raid in a village of Aleppo province captured a leader of Daesh. 12 people were killed."


def view(title=TITLE, summary=SUMMARY, **changed):
    """An alert about one entry, without evidence unless given."""
    entry = Entry(
        "e1", title, summary, link="https://atalayar.example/a?b=1&c=2", feed="atalayar",
        published_at=AT - timedelta(minutes=5),
    )  # fmt: skip
    first = AlertView(
        "5.raid.alert.0.desk", "5.raid.alert.0.desk", AlertKind.ALERT, "raid", "IS figure captured or killed",
        Severity.SEVERE, 5, entry, "Atalayar", AT, places=(Place("Aleppo", "summary", 23, 29, "SY", "SY-HL"),),
    )  # fmt: skip
    return replace(first, **changed)


def evidence(text, term, field="title"):
    """The span of a term in a text."""
    start = text.index(term)
    return Evidence(term.lower(), field, start, start + len(term), term)


def member(outlet, *, minutes=60, credited=None, link="https://other.example/x", changes=()):
    """Another entry of the story."""
    return StoryMember(
        outlet, "t", link, Relation.REPUBLICATION, AT + timedelta(minutes=minutes), None, credited, changes
    )


def development():
    """An update that says 15 where the first said 12."""
    changed = view(kind=AlertKind.DEVELOPMENT, key="5.raid.development.0.desk", changes=(Change("killed", 12, 15),))
    return replace(changed, outlet="SOHR", seen_at=AT + timedelta(hours=2), also=(member("Atalayar", minutes=0),))


def message(notifier, alert=None, *, action=Action.NEW, ref=None):
    """A message in the notifier's style."""
    return render(alert or view(), notifier.style, action=action, ref=ref, tz=UTC)
