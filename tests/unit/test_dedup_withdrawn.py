"""A revision that takes a text back is told from one that mends it."""

import pytest

from watcher import dedup
from watcher.dedup.withdrawn import taken_back
from watcher.model import Entry, Relation

BODY = "Forces captured a leader of the group in a raid on a village near Jarablus, residents and monitors said. " * 4
OLD = f"Coalition raid near Jarablus\n{BODY}"


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (f"WITHDRAWN: Coalition raid near Jarablus\n{BODY}", "withdrawn"),
        (f"[Retracted] Coalition raid near Jarablus\n{BODY}", "withdrawn"),
        ("Coalition raid near Jarablus\nThis article has been removed by the editors.", "withdrawn"),
        ("Operación cerca de Yarábulus\nEsta noticia ha sido retirada.", "withdrawn"),
        ("Raid près de Jarablous\nCet article a été supprimé.", "withdrawn"),
        ("Рейд под Джараблусом\nМатериал удален.", "withdrawn"),
        ("غارة قرب جرابلس\nتم حذف هذا الخبر.", "withdrawn"),
        ("Coalition raid near Jarablus\nForces captured a leader.", "text"),
        (OLD, None),
        (f"Troops withdrawn from Jarablus\n{BODY}", None),
        (f"Removed from office after raid\n{BODY} The unit was withdrawn by its command.", None),
        (f"Coalition raid near Jarablus\n{BODY[:200]}", None),
    ],
)
def test_what_takes_a_text_back(new, what):
    found = taken_back(OLD, new)
    assert (found.what if found else None) == what


def test_a_short_text_that_gets_shorter_and_a_notice_that_was_one_already_are_left_alone():
    assert taken_back("A raid\nForces captured a leader of the group.", "A raid") is None
    gone = "A raid\nThis article has been removed."
    assert taken_back(gone, gone + " We are sorry.") is None


def test_such_a_revision_is_a_development_that_says_what_is_gone():
    old, new = (dedup.fingerprint(Entry("e", *text.split("\n", 1))) for text in (OLD, OLD.replace(BODY, "Gone.")))
    told = dedup.decide_revision(new, old, story=1, seq=1)
    assert told.relation is Relation.DEVELOPMENT
    assert told.changes[0].what == "text" and told.changes[0].after == "34 characters"


@pytest.mark.parametrize(
    ("added", "changes"),
    [
        ("Two of them died in custody.", [("killed", 0, 2)]),
        ("ومقتل اثنين في حلب.", [("killed", 0, 2)]),
        ("The war has killed 500,000 people.", []),
        ("They were 6 in all.", []),
    ],
)
def test_victims_that_a_revision_counts_first_are_news(added, changes):
    text = "Police arrest 6 men in Aleppo\nThe six were taken to a prison near the airport."
    old, new = (dedup.fingerprint(Entry("e", *one.split("\n", 1))) for one in (text, f"{text} {added}"))
    told = dedup.decide_revision(new, old, story=1, seq=1)
    assert [(c.what, c.before, c.after) for c in told.changes] == changes
    assert told.relation is (Relation.DEVELOPMENT if changes else Relation.REVISION)


def test_dead_of_whom_the_older_text_spoke_and_history_at_the_end_are_no_news():
    old, history = "Raid kills men\nThey died at dawn.", "Trucks came. " * 60 + "In 2019 a raid killed 9."
    for one, other in ((old, old + " Three dead were seen."), ("Aid arrives\nTrucks", f"Aid arrives\n{history}")):
        before, after = (dedup.fingerprint(Entry("e", *text.split("\n", 1))) for text in (one, other))
        assert dedup.decide_revision(after, before, story=1, seq=1).changes == ()
