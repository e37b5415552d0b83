"""Which codes headlines in many languages lead to, and which they must not lead to."""

import math
import time

import pytest

from watcher import regions
from watcher.model import Entry, Point


def codes(text, content="", **more):
    return set(regions.locate(Entry(id="x", title=text, content=content), **more).regions)


MUST = {
    "village in a province": ("Shelling hits Humaira village, Aleppo province, monitor says", "SY-HL"),
    "arabic city": ("حلب", "SY-HL"),
    "arabic with clitics": ("اشتباكات بحلب وإدلب", "SY-ID"),
    "russian": ("Взрыв в Алеппо", "SY-HL"),
    "russian, genitive": ("Авиаудар по окраинам Идлиба", "SY-ID"),
    "russian country, prepositional": ("Землетрясение в Сирии", "SY"),
    "chinese": ("阿勒颇发生爆炸", "SY-HL"),
    "turkish": ("Halep'te patlama: 3 ölü", "SY-HL"),
    "small town": ("Two killed in drone strike near Manbij", "SY-HL"),
    "town in a state": ("Tornado hits Paris, Texas", "US-TX"),
    "city in a province of another country": ("London, Ontario council approves housing plan", "CA-ON"),
    "governorate": ("Protest in As-Suwayda enters its second month", "SY-SU"),
    "adjective": ("Syrian army advances", "SY"),
    "abbreviation": ("UK to send aid", "GB"),
    "country of two words": ("South Sudan peace talks resume in Juba", "SS"),
}

MUST_NOT = {
    "product": ("Aleppo soap sold in Paris", "SY"),
    "product, steel": ("Damascus steel knives: a buyer's guide", "SY"),
    "person": ("Jordan Peterson speaks in public", "JO"),
    "person, chad": ("Chad Smith to drum on new album", "TD"),
    "state, not capital": ("Tornado hits Paris, Texas", "FR"),
    "part of a longer name": ("South Sudan peace talks resume in Juba", "SD"),
    "common word": ("Nice weather expected this weekend", "FR"),
    "month": ("Why March is the best month to buy a house", "GB"),
    "inside a word": ("The ambassador spoke of oman-like omens and a chadar", "OM"),
}


@pytest.mark.parametrize(("text", "code"), MUST.values(), ids=MUST)
def test_a_text_leads_to_its_place(text, code):
    assert code in codes(text)


@pytest.mark.parametrize(("text", "code"), MUST_NOT.values(), ids=MUST_NOT)
def test_a_text_does_not_lead_elsewhere(text, code):
    assert code not in codes(text)


def test_product_leaves_the_place_beside_it():
    assert "FR" in codes("Aleppo soap sold in Paris")


def test_spans_point_at_the_name():
    entry = Entry(id="x", title="Взрыв в Алеппо", summary="Near Manbij, Syria")
    for place in regions.locate(entry).places:
        assert getattr(entry, place.field)[place.start : place.end] == place.name


def test_a_given_position_comes_first_and_needs_no_name():
    found = regions.locate(Entry(id="x", title="Explosion", points=(Point(36.53, 37.95),)))
    assert found.places[0].field == "geo"
    assert found.places[0].admin1 == "SY-HL"


def test_a_default_region_is_assumed_when_nothing_else_is_there():
    assert codes("Road closed after accident", default_region="SY-HL") == {"SY", "SY-HL"}


def test_broader_precision_only_adds():
    text = "Clashes in Tripoli and Hama; Reading and Alexandria wait"
    strict, balanced, broad = (codes(text, precision=p) for p in ("strict", "balanced", "broad"))
    assert strict <= balanced <= broad


@pytest.mark.parametrize(
    "text", ["", "2024 12 31", "🚀🔥" * 50, "\u202eحلب\u202c abc", "ß" * 300, "a\ufffd\x00b", "ـ", "\u0301"]
)
def test_odd_texts_do_no_harm(text):
    regions.locate(Entry(id="x", title=text))


MEGABYTES = {
    "one word": "A" + "b" * 1_000_000,
    "syllables": "가" * 1_000_000,
    "signs": "中" * 1_000_000,
    "digits": "1234567890 " * 90_000,
    "emoji": "🚀🔥 " * 300_000,
    "marks": "e" + "\u0301" * 1_000_000,
    "directions": "\u202eحلب\u202c x \u2067שלום\u2069 " * 50_000,
    "one name": "New York " * 100_000,
    "town and state": "Paris, Texas. " * 70_000,
    "articles": "al-" * 300_000,
    "beginnings": "San Santa " * 100_000,
    "hyphens": "Дейр-" * 200_000,
    "tamil": "ச" * 1_000_000,
    "georgian": "ა" * 1_000_000,
}


@pytest.mark.parametrize("text", MEGABYTES.values(), ids=MEGABYTES)
def test_a_megabyte_of_anything_is_read_in_bounded_time(text):
    started = time.process_time()
    regions.locate(Entry(id="x", title="Explosion", content=text))
    assert time.process_time() - started < 5


@pytest.mark.parametrize("point", [Point(math.nan, 1.0), Point(95.0, 500.0), Point(math.inf, math.nan)])
def test_a_position_off_the_globe_is_none(point):
    assert regions.locate(Entry(id="x", title="", points=(point,))).places == ()


def test_codes_are_known_and_misspelt_ones_get_a_suggestion():
    assert regions.is_code("SY-HL")
    assert not regions.is_code("SY-XX")
    assert regions.name_of("SY") == "Syria"
    assert regions.nearest_code("Aleppo") == "SY-HL"
    assert regions.nearest_code("SY-HI") == "SY-HI"


USUAL = {
    "capital, not the state": ("Senate in Washington votes on aid", "US-DC"),
    "state, as it says": ("Fire in Washington state forces evacuations", "US-WA"),
    "state after its city": ("Mayor of Seattle, Washington, resigns", "US-WA"),
    "home town of a politician": ("The bill by Sen. Ray Miller, D-Columbus, passed", "US-OH"),
}


@pytest.mark.parametrize(("text", "code"), USUAL.values(), ids=USUAL)
def test_a_name_of_several_places_means_the_usual_one_or_what_is_said(text, code):
    assert code in codes(text)


def test_a_country_is_a_town_of_its_name_in_local_news_of_the_us_only():
    local = "The Lebanon Township fire department and the sheriff of Warren County, Ohio, met in Lebanon on Tuesday."
    assert "LB" not in codes("Crash closes road in Lebanon", content=local)
    abroad = "Hezbollah said that Beirut was hit. The sheriff of Warren County, Ohio, has family in Lebanon."
    assert "LB" in codes("Strikes hit Lebanon", content=abroad)


def test_a_disputed_territory_is_counted_as_configured():
    crimea = Entry(id="x", title="Explosion in Crimea")
    assert {"UA", "UA-43"} <= set(regions.locate(crimea).regions)
    assert {"RU", "UA-43"} <= set(regions.resolver(disputed={"UA-43": "RU"}).locate(crimea).regions)
    assert "RU" not in regions.locate(crimea).regions


def test_codes_of_the_second_level_are_found_and_can_be_asked_for():
    (place,) = regions.locate(Entry(id="x", title="Fusillade à Marseille")).places
    assert (place.country, place.admin1, place.admin2) == ("FR", "FR-PAC", "FR-13")
    assert regions.region_of("FR-13").contains(place)
    assert not regions.region_of("FR-69").contains(place)
    given = regions.locate(Entry(id="x", title="", points=(Point(43.3, 5.4),), categories=("ES-SE",)))
    assert {"FR-PAC", "FR-13", "ES-AN", "ES-SE"} <= set(given.regions)


def test_a_category_with_an_iso_code_is_a_place():
    found = regions.locate(Entry(id="x", title="Road closed", categories=("politics", "SY-HL")))
    assert found.regions == ("SY", "SY-HL")


def test_a_megabyte_is_read_in_bounded_time():
    text = "Clashes near Aleppo and Idlib. حلب алеппо 阿勒颇 " * 22_000
    found = regions.locate(Entry(id="x", title="Long", content=text), precision="balanced")
    assert next(iter(found.countries)) == "SY"
    assert max(p.end for p in found.places) <= 40_000
