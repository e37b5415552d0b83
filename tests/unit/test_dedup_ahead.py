"""Looking ahead saves time and changes nothing."""

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from dedup_try import NOW, entry

from watcher import dedup
from watcher.dedup import candidates
from watcher.dedup.index import TOGETHER
from watcher.dedup.postings import THREADED, Postings
from watcher.dedup.sketches import Sketches
from watcher.dedup.stream import Clusterer
from watcher.dedup.turns import Span, Turns
from watcher.dedup.weights import weights
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


def test_a_flood_of_copies_with_other_counts_is_assigned_as_one_by_one():
    """Which stories the copies before belong to, and so what an outlet told before, is only known at each turn."""
    pick = random.Random(2)
    reports = [" ".join(pick.choices(WORDS, k=40)) for _ in range(4)]
    entries = []
    for number in range(80):
        text = f"{reports[number % 4]} killed {number // 4 + 3} people {' '.join(pick.choices(WORDS, k=8))}"
        entries.append((entry(" ".join(text.split()[:6]), text, feed=f"f{number % 3}", number=f"e{number}"), NOW))
    single, many = clusterer(), clusterer()
    expected = [single.assign(*one) for one in entries]
    assert list(many.assign_all(entries)) == expected
    assert {a.relation for a in expected} >= {Relation.LEAD, Relation.DEVELOPMENT}


def fingerprints(*texts):
    return [dedup.fingerprint(entry(text)) for text in texts]


def postings_of(stored, first=0):
    """Return postings of entries that came at the seconds `first`, `first` + 1 ..."""
    postings = Postings()
    for seq, fp in enumerate(stored, first):
        postings.add(fp.core, at=seq, story=1, seq=seq, feed=1, lead=seq)
    postings.settle()
    return postings


TEXTS = [
    "Shelling closes the road from Raqqa to the dam, medics say",
    "Council of ministers adopts the budget for the coming year",
    "Earthquake of magnitude six shakes three islands at night",
]


def turns_of(postings, coming, times, span):
    """Return turns of entries that come, and the numbers of their counters."""
    arrivals = postings.arrivals(Sketches([fp.core for fp in coming]))
    return Turns(postings, arrivals, np.array(times, dtype=float), span)


@pytest.mark.parametrize("span", [Span(300.0, 120.0), Span(100.0, 120.0)], ids=["some are old", "none gets old"])
def test_frequencies_at_a_turn_are_those_that_are_counted_then(span):
    stored = fingerprints(*[" ".join(WORDS[n % 50 : n % 50 + 12]) for n in range(400)])
    coming = fingerprints(*[" ".join(WORDS[n % 40 : n % 40 + 14]) for n in range(390, 420)])
    times = [400.0 + n * 3 for n in range(30)]
    before, postings = postings_of(stored), postings_of(stored)
    before.leave(times[0] - span.window, times[0] - span.old)
    before.settle()
    turns = turns_of(before, coming, times, span)
    hashes = Sketches([fp.core for fp in stored + coming])
    for turn, (fp, at) in enumerate(zip(coming, times, strict=True)):
        postings.leave(at - span.window, at - span.old)
        postings.settle()
        for course, now, sets in (
            (turns.pairs, postings.pairs, hashes.pairs),
            (turns.words, postings.words, hashes.words),
            (turns.old, postings.old, hashes.pairs),
        ):
            expected = now.of(sets.hashes)
            assert (course.at(sets.hashes, np.full(len(sets.hashes), turn)) == expected).all()
            fewest, most = course.between(sets.hashes)
            assert course is turns.old or ((fewest <= expected) & (expected <= most)).all()
        assert turns.first[turn] == postings.first
        postings.add(fp.core, at=at, story=1, seq=400 + turn, feed=1, lead=0)


def test_frequencies_of_the_entries_that_come_themselves_are_the_same_found_quicker():
    coming = Sketches([fp.core for fp in fingerprints(*[" ".join(WORDS[n % 9 : n % 9 + 14]) for n in range(60)])])
    postings = postings_of(fingerprints(*TEXTS))
    turns = Turns(postings, postings.arrivals(coming), np.arange(60.0) + 10, Span(1e6, 1e5))
    counts = turns.pairs.at_own(coming.pairs.hashes, coming.pairs.owners)
    assert counts.max() > 5
    assert (counts == turns.pairs.at(coming.pairs.hashes, coming.pairs.owners)).all()


def test_weights_at_turns_are_those_of_windows_of_different_sizes():
    postings = postings_of(fingerprints(*[WORDS[n % 50] for n in range(1500)]))
    turns = turns_of(postings, fingerprints(*TEXTS), [1500.0, 1600.0, 1900.0], Span(1500.0, 100.0))
    for turn, entries in enumerate((1500, 1401, 1102)):
        assert (
            turns.weigh(np.arange(5000), np.full(5000, turn)).tolist()
            == weights(entries).take(np.arange(5000), mode="clip").tolist()
        )
    assert weights(1500) is not weights(1102)


@pytest.mark.parametrize("copies", [3, 55])
def test_all_that_share_a_rare_phrase_are_found_however_long_its_list_is(copies):
    long = f"{TEXTS[0]}, {TEXTS[1]}"
    stored = fingerprints(*[f"{long} {WORDS[n]}" for n in range(copies)], TEXTS[2])
    coming = Sketches([fp.core for fp in fingerprints(long, TEXTS[2], long)])
    postings = postings_of(stored)
    turns = Turns(postings, postings.arrivals(coming), np.array([100.0, 101.0, 102.0]), Span(1e6, 1e5))
    entries, rows, _ = candidates._found(
        candidates.coming(coming.pairs, turns), postings, candidates._leading(coming.pairs)
    )
    assert rows[entries == 0].tolist() == list(range(copies))
    assert rows[entries == 2].tolist() == [*range(copies), postings.end]


@pytest.mark.parametrize(("many", "rows"), [(40, 2000), (1200, 20_000)])
def test_the_best_are_those_of_the_greatest_values_and_of_equal_ones_the_first(many, rows):
    pick = np.random.default_rng(1)
    entries = np.sort(pick.integers(0, many, rows))
    for values in (pick.random(rows) * 60 + 0.3, pick.choice([0.3, 0.5, 0.75, 63.9], rows)):
        order = np.lexsort((-values, entries))
        rank = np.arange(rows) - entries.searchsorted(entries)
        assert candidates._best(7, entries, values).tolist() == sorted(order[rank < 7].tolist())


def test_rows_left_out_by_what_they_may_weigh_are_none_of_the_best():
    """A template that dozens fill in, of which some leave and more come: counts differ from turn to turn."""
    pick = random.Random(3)
    filled = [f"{TEXTS[0]} {TEXTS[1]} {' '.join(pick.choices(WORDS[:60], k=9))}".split() for _ in range(90)]
    texts = [" ".join(words[pick.randint(0, 9) : pick.randint(14, 28)]) for words in filled]
    postings = postings_of(fingerprints(*texts[:60]))
    coming = Sketches([fp.core for fp in fingerprints(*texts[60:])])
    times, span = np.arange(30.0) + 60, Span(50.0, 40.0)
    turns = Turns(postings, postings.arrivals(coming), times, span)
    new = candidates.coming(coming.pairs, turns)
    leading = candidates._leading(new.pairs)
    entries, rows, found = candidates._found(new, postings, leading)
    led_by = candidates._led_by(rows, postings, leading)
    which, places = np.nonzero(led_by)
    at = entries.take(which)
    whole = np.bincount(which, turns.weigh(turns.pairs.at(led_by[which, places], at), at), len(rows))
    share, promise = candidates._promise(found, whole)
    likely = np.flatnonzero(share >= new.least.take(entries) * candidates.LED_SHARE)
    best = likely[candidates._ranked(candidates.LOOKED_AT, entries[likely], rows[likely], promise[likely])]
    distinct, number = np.unique(rows, return_inverse=True)
    worth = candidates._worth(new, entries, found, number, candidates._led_by(distinct, postings, leading))
    assert set(best.tolist()) <= set(worth.tolist())
    assert len(best) < len(worth) < len(likely)


def foreseen(index, fps):
    index.foresee([dedup.Coming(fp, NOW, f"f{number}") for number, fp in enumerate(fps)])


def decided(index, fp, seq, feed):
    told = index.decide(fp, at=NOW, feed=feed, next_story=seq, text_of=lambda _: "", explain=False)
    index.add(seq, told.story, NOW, feed, fp, joins=dedup.joins(told))
    return told


def test_what_was_not_foreseen_is_seen():
    index, fps = dedup.Index(dedup.Settings.named("balanced")), fingerprints(*TEXTS, TEXTS[2])
    foreseen(index, fps[:3])
    decided(index, fps[0], 1, "f0")
    index.add(2, 2, NOW, "other", fps[3], joins=None)  # in the place of the second
    told = decided(index, fps[2], 3, "f2")
    assert (told.relation, told.compared_with) == (Relation.REPUBLICATION, 2)


def test_more_entries_than_are_looked_at_together_are_looked_at_in_few_turns():
    index = dedup.Index(dedup.Settings.named("balanced"))
    fps = fingerprints(*map(str, range(2 * TOGETHER + 1)))
    foreseen(index, fps)
    begins = {decided(index, fp, number, f"f{number}") and index._ahead.end for number, fp in enumerate(fps)}
    assert begins == {0, TOGETHER, 2 * TOGETHER}


def test_an_entry_that_comes_later_than_foreseen_finds_what_is_left_by_then():
    index, fps = dedup.Index(dedup.Settings.named("balanced", timedelta(hours=5))), fingerprints(*TEXTS, TEXTS[0])
    foreseen(index, [fps[0], fps[3]])
    decided(index, fps[0], 1, "f0")
    late = NOW + timedelta(hours=6)
    told = index.decide(fps[3], at=late, feed="f1", next_story=2, text_of=lambda _: "", explain=False)
    assert told.relation is Relation.LEAD


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


def test_many_may_leave_at_once():
    stored = fingerprints(*[" ".join(WORDS[n % 50 : n % 50 + 12]) for n in range(5000)])
    postings, rest = postings_of(stored), postings_of(stored[4900:])
    postings.leave(100, 4000)
    postings.settle()
    postings.leave(4900, 4950)
    postings.settle()
    assert (postings.pairs.counts == rest.pairs.counts).all()
    assert (postings.old.counts == postings_of(stored[4900:4950]).pairs.counts).all()


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
        for pair in led:
            assert row in postings.rows_along(int(postings.heads[pair & int(postings.mask)]), pair, 0)
