"""A rule's own examples: tried on the real matcher, told with their place and what would have made them match."""

from rules_try import NOW, place, places, rules_of

from watcher.model import Entry, Places


def locate(entry: Entry, region: str | None) -> Places:
    return places(place("SY", name="Syria")) if "Syria" in entry.text else places()


def told(when: object, **examples: list) -> list[str]:
    return [str(fault) for fault in rules_of(when, examples=examples).run_examples(locate, NOW)]


def test_examples_that_hold_are_silent() -> None:
    assert told({"any": ["raid"]}, match=["A raid", {"title": "x", "summary": "<p>raid</p>"}], ignore=["Rain"]) == []


def test_an_example_that_should_match_says_what_is_missing() -> None:
    (fault,) = told({"all": [{"any": ["raid", "strike"]}, {"region": "SY"}]}, match=["A raid", "A raid in Syria"])
    assert fault.startswith("r.yaml:1:")
    assert (
        "rules[0].examples.match[0]: rule r does not match this; it would with region: SY: no place is named" in fault
    )


def test_an_example_that_should_be_ignored_says_what_was_found() -> None:
    (fault,) = told({"any": ["raid*"]}, ignore=["Two raids"])
    assert "examples.ignore[0]: rule r matches this, though it should be ignored: found 'raids'" in fault


def test_a_none_that_kills_the_rules_own_example_is_named() -> None:
    (fault,) = told({"any": ["raid"], "none": ["live"]}, match=["Live: a raid"])
    assert "it would with none: without 'Live'" in fault


def test_an_example_may_be_an_entry_with_feed_tags_language_and_severity() -> None:
    when = {"all": [{"feed": "f"}, {"tag": "wire"}, {"language": "ar"}, {"severity": "severe"}, {"newer_than": "1h"}]}
    entry = {"title": "x", "feed": "f", "tag": ["wire"], "language": "ar", "severity": "severe"}
    assert told(when, match=[entry], ignore=[entry | {"published": "2020-01-01"}, entry | {"tag": []}]) == []


def test_html_in_an_example_is_read_as_in_a_feed() -> None:
    assert told({"any": ["alt"]}, ignore=[{"title": "<img alt='alt' src='alt'>Picture"}]) == []
