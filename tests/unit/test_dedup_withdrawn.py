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


RAID = "Raid on a village near Aleppo\nTroops searched the houses of the village near Aleppo at dawn."
FIRST = {
    "in the headline": (RAID, RAID.replace("Aleppo\n", "Aleppo kills two\n"), [("killed", 0, 2)]),
    "in Arabic": ("غارة على قرية\nدخل جنود القرية.", "مقتل اثنين في غارة\nدخل جنود القرية.", [("killed", 0, 2)]),
    "in the first sentence": (RAID, RAID.replace("dawn", "dawn, five were injured"), [("injured", 0, 5)]),
    "farther behind": (RAID, f"{RAID} Two of them died in custody.", []),
    "a large number": (RAID, RAID.replace("Aleppo\n", "Aleppo in a war that killed 500,000\n"), []),
    "no victims": (RAID, RAID.replace("houses", "6 houses"), []),
    "of whom it spoke": ("Raid kills men\nThey died at dawn.", "Raid kills three men\nThey died at dawn.", []),
    "of whom it spoke in a phrase": (f"{RAID} 5 lost their lives.", RAID.replace("Aleppo\n", "Aleppo: 5 died\n"), []),
    "a page in the place of its teaser": (
        "Raid on a village\nTroops came.", f"Raid on a village\nTroops came and killed 5.{' They searched.' * 9}", [],
    ),
    "a page that is written on all day": ("War live: talks begin\nFollow us.", "War live: 84 killed\nFollow us.", []),
    "a number in a name": ("Fate of a pilot unknown\nA jet fell.", "Pilot dead after F-15 fell\nA jet fell.", []),
    "an age": ("Police look for a boy, 6\nHe left home.", "Police look for a missing boy, 6\nHe left home.", []),
}  # fmt: skip


@pytest.mark.parametrize(("was", "becomes", "changes"), FIRST.values(), ids=FIRST)
def test_victims_that_a_revision_counts_first_are_news(was, becomes, changes):
    old, new = (dedup.fingerprint(Entry("e", *text.split("\n", 1))) for text in (was, becomes))
    told = dedup.decide_revision(new, old, story=1, seq=1)
    assert [(c.what, c.before, c.after) for c in told.changes] == changes
    assert told.relation is (Relation.DEVELOPMENT if changes else Relation.REVISION)
