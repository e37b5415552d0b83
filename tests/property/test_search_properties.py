"""What holds of the full-text search whatever is stored and whatever is asked: it finds what a rule would find."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from watcher.model import Entry, Places
from watcher.rules import compile_rules
from watcher.store.search import _CREATE
from watcher.store.words import _SIGN, read_query, terms_of, words_of

WORDS = """
drone Drones raid bomb maker Su-24 Su24 Café İstanbul ısı Straße حلب وحلب بالرقة للرقة داعش Хомс Хомсе взрывы 北 京市
叙利亚 袭击 北京 シリア ซีเรีย กิน हमला सीरिया דמשק בדמשק Da'esh IS is 12 ٥ می‌خواهد x 5月
""".split()
GAPS = [" ", "  ", "-", "’", ", ", ". ", "\n", "", " \u200f", "。"]
TEXT = st.lists(st.tuples(st.sampled_from([*WORDS, "⒈", "½", "㎏"]), st.sampled_from(GAPS)), max_size=14).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)
#: What means the same to a reader who searches and in a rule.
TERM = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join) | st.sampled_from(
    ["drone*", "взрыв*", "bomb mak*", "حلب*", "الرقة", "袭*", "利亚 袭*", "ก*", "सी*", "京", "大北京"]
)


def stands(term, text):
    """Whether a rule of this term meets a text."""
    rules = compile_rules([("r.yaml", json.dumps({"rules": [{"id": "r", "when": {"any": [f"title:{term}"]}}]}))])
    return bool(rules.match(Entry("e", text), feed=None, places=Places, now=datetime(2026, 5, 1, tzinfo=UTC)))


def found(texts, query):
    """Numbers of the texts that the index finds."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(_CREATE)
        rows = [(number, " ".join(terms_of(text))) for number, text in enumerate(texts)]
        database.executemany("INSERT INTO entry_words(rowid, words) VALUES (?, ?)", rows)
        asked = "SELECT rowid FROM entry_words WHERE entry_words MATCH ?"
        return {row[0] for row in database.execute(asked, (query.expression,))}


@given(TERM, st.lists(TEXT, min_size=1, max_size=5))
@example("北", ["在北京"]).via("a sign inside a run")
@example("京", ["北京"]).via("the last sign of a run")
@example("大北京", ["大北 北京"]).via("all pairs, but not the phrase")
@settings(deadline=None)
def test_it_finds_what_a_rule_finds(term, texts):
    query = read_query(f'"{term}"')
    said = {number for number, text in enumerate(texts) if query.is_met_by(text)}
    assert said == {number for number, text in enumerate(texts) if stands(term, text)}
    if query.phrases:
        listed = found(texts, query)
        assert listed == said if query.is_exact else listed >= said


@given(st.text(max_size=60) | st.text("\"'*:^-+(){}“”«» NEARORAND\x00\\;北ا1", max_size=30))
@settings(deadline=None)
def test_nothing_that_is_typed_breaks_a_search(typed):
    query = read_query(typed)
    if query.phrases:
        found(["drone"], query)
    query.is_met_by("drone")


@given(st.text(max_size=80))
@settings(deadline=None)
def test_a_text_is_found_by_its_own_words(text):
    query = read_query(text)
    assert query.is_met_by(text) or "*" in text or '"' in text
    if query.phrases and query.is_met_by(text):
        assert found([text], query) == {0}


@given(TEXT | st.text(max_size=60))
@settings(deadline=None)
def test_the_terms_of_a_text_without_signs_are_its_words(text):
    if not _SIGN.search(text):
        assert terms_of(text) == set(words_of(text))
