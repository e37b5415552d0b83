"""Whatever a text is: spans lie in it and name it, and broader precision only adds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from watcher import regions
from watcher.model import Entry

#: Pieces that meet in news: names in many scripts, words that are also names, signs.
PIECES = st.sampled_from(
    "Aleppo|Paris, Texas|al-Bab|Syrian|Jordan|in|near|province|U.S.|"
    "حلب|في|وإدلب|ريف حماة|Алеппо|в|"
    "Дейр-эз-Зоре|阿勒颇|シリア|북한|"
    "दिल्ली|Halep'te|.|, |(|— |\n|🚀|\u202e|ǅ|İ|ß|"
    "ﷺ|\u0301|\ud800|12|Georgia|Tripoli|New York|St. Peter|Rio de Janeiro".split("|")
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES, max_size=10).map("".join), st.text(max_size=60)
)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_spans_name_what_they_point_at(title, content):
    entry = Entry(id="x", title=title, content=content)
    ends = {"title": 0, "content": 0}
    for place in regions.locate(entry).places:
        assert getattr(entry, place.field)[place.start : place.end] == place.name != ""
        assert place.start >= ends[place.field], "spans do not overlap"
        ends[place.field] = place.end
        assert 0.0 <= place.confidence <= 1.0


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_broader_precision_only_adds(title):
    entry = Entry(id="x", title=title)
    strict, balanced, broad = (regions.locate(entry, precision=p) for p in ("strict", "balanced", "broad"))
    assert set(strict.places) <= set(balanced.places) <= set(broad.places)
    assert set(strict.regions) <= set(balanced.regions) <= set(broad.regions)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_the_same_text_gives_the_same_places(title):
    entry = Entry(id="x", title=title)
    assert regions.locate(entry) == regions.locate(entry)
