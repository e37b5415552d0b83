"""Dedup holds for any text: what is appended, cut or shouted; stricter stories are parts of broader ones."""

from dataclasses import replace
from datetime import timedelta

from dedup_try import NOW, clusterer, entry, second
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.dedup.explain import changes_between, word_diff
from watcher.dedup.fingerprint import Fingerprint, fingerprint

WORDS = (
    "army border bridge captured ceasefire checkpoint coalition convoy council crossing dawn desert district drones"
    " evacuated exchange factory fighters garrison governor harvest hospital injured island killed market militia"
    " minister mortar mountain negotiators offensive outpost parliament patrol pipeline prison province railway"
    " residents river satellite sector shelling siege smugglers spokesman station strike summit tanker tribal tunnel"
    " valley village warehouse withdrawal witnesses workers"
).split()
TEXTS = st.lists(st.sampled_from(WORDS), min_size=30, max_size=60, unique=True).map(" ".join)
FILLER = st.lists(
    st.sampled_from("read more on our site follow us today subscribe now share this".split()), max_size=12
)
EASILY = settings(max_examples=40, deadline=None)


@EASILY
@given(TEXTS, FILLER, st.integers(18, 60))
def test_a_text_with_boilerplate_or_cut_short_is_the_same_story(text, filler, kept):
    first = entry("From the north", text)
    longer = entry("Another headline", f"{text} {' '.join(filler)}", feed="b")
    shorter = entry("Another headline", " ".join(text.split()[:kept]), feed="b")
    assert second(first, longer).story == 1
    assert second(first, shorter).story == 1


@EASILY
@given(st.lists(st.tuples(TEXTS, st.integers(0, 3), st.integers(5, 60), FILLER), min_size=2, max_size=12))
def test_stories_of_a_stricter_setting_are_parts_of_those_of_a_broader(items):
    stories = {}
    for sensitivity in ("strict", "balanced", "broad"):
        clusters = clusterer(sensitivity, explain=False)
        told = []
        for n, (_, source, kept, filler) in enumerate(items):
            body = " ".join(items[n % max(1, len(items) // 2)][0].split()[:kept] + filler)
            e = entry(f"Item {n}", body, feed=f"f{source}", number=str(n))
            told.append(clusters.assign(e, NOW + timedelta(hours=n)).story)
        stories[sensitivity] = told
    for stricter, broader in (("strict", "balanced"), ("balanced", "broad")):
        assert len(set(zip(stories[stricter], stories[broader], strict=True))) == len(set(stories[stricter]))


@EASILY
@given(st.text(max_size=300), st.text(max_size=2000), st.one_of(st.none(), st.text(max_size=80)))
def test_any_entry_has_a_fingerprint_that_survives_storing(title, body, link):
    fp = fingerprint(entry(title, body, link=link))
    assert Fingerprint.from_bytes(fp.to_bytes()) == fp
    assert Fingerprint.from_bytes(fp.to_bytes(compress=False)) == fp


@EASILY
@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=200)), max_size=8))
def test_any_entries_are_assigned(texts):
    clusters = clusterer()
    for n, (title, body) in enumerate(texts):
        told = clusters.assign(entry(title, body, number=str(n)), NOW)
        assert 1 <= told.story <= n + 1
        assert 0 <= told.similarity <= 1


@EASILY
@given(st.text(max_size=400))
def test_a_text_differs_in_nothing_from_itself(text):
    assert changes_between(text, text) == ()
    assert {piece.kind for piece in word_diff(text, text)} <= {"same"}


@EASILY
@given(TEXTS, TEXTS)
def test_a_word_diff_holds_both_texts(old, new):
    pieces = word_diff(old, new)
    assert " ".join(p.text for p in pieces if p.kind != "new").split() == old.split()
    assert " ".join(p.text for p in pieces if p.kind != "old").split() == new.split()


@EASILY
@given(TEXTS)
def test_capitals_and_punctuation_make_no_difference(text):
    first = entry("A title", text)
    assert second(first, replace(first, id="b", feed="b", summary=text.upper().replace(" ", " – ", 3))).story == 1
