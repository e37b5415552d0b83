"""Looking ahead saves time and changes nothing."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from dedup_try import NOW, entry

from watcher import dedup
from watcher.dedup.index import LIMITS
from watcher.dedup.postings import THREADED, Postings
from watcher.dedup.sieve import Ahead
from watcher.dedup.stream import Clusterer
from watcher.model import Relation

WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "dklmnrst"]


def stream(seed=1, entries=500):
    """Yield entries and times: unrelated texts, copies cut and revised, one template, the same again, a long pause."""
    pick, at, recent = random.Random(seed), NOW, []
    for number in range(entries):
        at += timedelta(hours=pick.choice((0, 0, 0.1, 1, 2)) + 200 * (number == entries // 2))
        kind, feed = pick.random(), f"f{pick.randrange(5)}"
        body = pick.choices(WORDS, k=pick.randint(3, 60))
        if kind < 0.2 and recent:
            body = pick.choice(recent[-30:]).summary.split()
            body = body[: pick.randint(2, len(body))]
        elif kind < 0.3:
            body = ["the", "daily", "prices", "of", "the", "market", "in", "town", *pick.choices(WORDS, k=4)]
        new = entry(" ".join(pick.choices(WORDS, k=5)), " ".join(body), feed=feed, number=f"e{number}")
        if kind > 0.95 and recent:
            new = pick.choice(recent[-100:])
            new = new if kind > 0.97 else replace(new, summary=f"{new.summary} {' '.join(body[:20])}")
        recent.append(new)
        yield new, at


def clusterer(window=timedelta(days=4)):
    kept = {}
    settings = dedup.Settings.named("balanced", window)
    return Clusterer(settings, kept.__setitem__, kept.__getitem__, explain=True)


@pytest.mark.parametrize("together", [2, 7, 64, 500])
def test_entries_together_are_assigned_as_one_by_one(together):
    entries = list(stream())
    single = clusterer()
    expected = [single.assign(*one) for one in entries]
    many = clusterer()
    pieces = [entries[first : first + together] for first in range(0, len(entries), together)]
    assert [a for piece in pieces for a in many.assign_all(piece)] == expected
    assert {a.relation for a in expected} >= {Relation.LEAD, Relation.REPUBLICATION, Relation.REVISION}


def fingerprints(*texts):
    return [dedup.fingerprint(entry(text)) for text in texts]


def postings_of(stored, first=0):
    """Return postings of entries that came at the seconds `first`, `first` + 1 ..."""
    postings = Postings()
    for seq, fp in enumerate(stored, first):
        postings.add(fp.core, at=seq, story=1, seq=seq, feed=1, lead=seq)
    postings.settle()
    return postings


def alone(coming, stored=(), before=float("-inf")):
    """Return which of some entries are certain to be alone."""
    postings = postings_of(stored)
    ahead = Ahead(coming, postings, before, LIMITS)
    return [ahead.is_alone(fp, postings, before) for fp in coming]


TEXTS = [
    "Shelling closes the road from Raqqa to the dam, medics say",
    "Council of ministers adopts the budget for the coming year",
    "Earthquake of magnitude six shakes three islands at night",
]


def test_unrelated_entries_are_certain_to_be_alone():
    assert alone(fingerprints(*TEXTS[:2]), fingerprints(TEXTS[2])) == [True, True]


def test_a_copy_of_a_stored_entry_is_not():
    assert alone(fingerprints(*TEXTS[:2]), fingerprints(TEXTS[1])) == [True, False]


def test_a_copy_among_those_that_come_is_not():
    assert alone(fingerprints(*TEXTS, TEXTS[0])) == [True, True, True, False]


def test_what_is_common_now_may_be_rare_when_others_have_left():
    phrase = ", ".join(TEXTS)
    stored = fingerprints(*[f"{phrase} {WORDS[n]}" for n in range(80)])
    coming = fingerprints(phrase, *[" ".join(WORDS[n : n + 20]) for n in range(100, 300, 20)])
    assert alone(coming, stored)[0]  # in more than FREQUENT entries: a phrase, not a text
    assert not alone(coming, stored, before=79)[0]


def test_too_short_an_entry_is_left_to_the_exact_search():
    assert alone(fingerprints("Rain")) == [False]


def test_nothing_holds_any_more_after_something_unforeseen():
    postings, coming = Postings(), fingerprints(*TEXTS)
    ahead = Ahead(coming[:2], postings, 0.0, LIMITS)
    assert ahead.is_alone(coming[0], postings, 0.0)
    assert not ahead.is_alone(coming[2], postings, 0.0)
    assert not ahead.is_alone(coming[0], postings, 1.0)  # more may have left than was reckoned with
    for seq in range(3):
        postings.add(b"\x02" + bytes(13), at=seq, seq=seq)
    assert not ahead.is_alone(coming[0], postings, 0.0)  # there are more entries than was reckoned with
    postings.leave(3, 0)
    assert ahead.is_alone(coming[0], postings, 0.0)
    assert ahead.take(coming[2], postings) is None
    assert not ahead.is_alone(coming[0], postings, 0.0)


@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_what_left_weighs_no_more_and_what_is_old_is_counted_as_old(steps):
    stored = fingerprints(*[" ".join(WORDS[n % 50 : n % 50 + 12]) for n in range(700)])
    postings = postings_of(stored)
    for before in range(0, 601, steps):
        postings.leave(before, before + 50)
        postings.settle()
    postings.leave(600, 650)
    postings.settle()
    rest, old = postings_of(stored[600:]), postings_of(stored[600:650])
    assert len(postings) == 100
    assert (postings.pairs.counts == rest.pairs.counts).all()
    assert (postings.words.counts == rest.words.counts).all()
    assert (postings.old.counts == old.pairs.counts).all()


def test_what_left_the_window_is_dropped():
    kept, lowest = {}, []

    def drop(before):
        lowest.append(before)
        for seq in [seq for seq in kept if seq < before]:
            del kept[seq]

    clusters = Clusterer(dedup.Settings.named("balanced", timedelta(hours=12)), kept.__setitem__, kept.pop, drop)
    items = [(entry(f"Rain {n}", number=str(n)), NOW + timedelta(minutes=n)) for n in range(12_000)]
    for first in range(0, len(items), 200):
        list(clusters.assign_all(items[first : first + 200]))
    assert len(lowest) == 1
    assert lowest[0] > 10_000
    assert min(kept) == lowest[0]


@pytest.mark.parametrize("compress", [True, False])
def test_a_fingerprint_can_be_read_without_its_text(compress):
    (fp,) = fingerprints(TEXTS[0])
    read = dedup.Fingerprint.from_bytes(fp.to_bytes(compress=compress), with_text=False)
    assert (read.core, read.text) == (fp.core, "")
    with pytest.raises(ValueError, match="cut short"):
        dedup.Fingerprint.from_bytes(fp.to_bytes()[:5], with_text=False)


def test_an_entry_joins_the_right_lead_also_where_rows_get_other_numbers():
    index = dedup.Index(dedup.Settings.named("balanced", timedelta(hours=5)))
    texts = [f"{TEXTS[0]} {WORDS[n % 400]} {WORDS[n % 300 + 50]}" for n in range(1025)]
    for seq, fp in enumerate(fingerprints(*texts), 1):
        joins = 1000 if seq == 1025 else None  # the first room is for 1,024, most of which have left by then
        index.add(seq, seq, NOW + timedelta(minutes=seq), "a", fp, joins=joins)
    postings = index._postings
    assert postings.lead[postings.row_of(1025)] == postings.row_of(1000)


def test_every_entry_is_found_by_its_leading_pairs_after_all_were_threaded_anew():
    pick = random.Random(2)
    stored = fingerprints(*[" ".join(pick.choices(WORDS, k=6)) for _ in range(2 * THREADED + 100)])
    postings = postings_of(stored)
    assert len(postings.at) == 4 * THREADED  # threaded anew when twice THREADED were full
    for row in (0, THREADED - 1, THREADED, 2 * THREADED - 1, postings.end - 1):
        led = [int(pair) for pair in postings.leading[row] if pair]
        assert len(led) == 5
        assert postings.sharing([(pair, 1.0) for pair in led])[row] == 5.0
