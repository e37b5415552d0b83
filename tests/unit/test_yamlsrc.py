"""YAML with places: what is read, what is refused, and where the finger points."""

import pytest

from watcher.errors import FaultsFound
from watcher.yamlsrc import decode, dotted, duration, parse, read_bytes

READ = [
    ("on: no", {"on": "no"}),
    ("a: 1:30", {"a": "1:30"}),
    ("a: 012", {"a": "012"}),
    ("a: 2026-01-01", {"a": "2026-01-01"}),
    ("a: true", {"a": True}),
    ("a: ~", {"a": None}),
    ("a: ~Baghdadi", {"a": "~Baghdadi"}),
    ("a: 12", {"a": 12}),
    ("a: 1.5", {"a": 1.5}),
    ("a: =IS", {"a": "=IS"}),
    ("", None),
    ("# only a remark", None),
    ("a: {<<: {b: 1}}", {"a": {"<<": {"b": 1}}}),
]


@pytest.mark.parametrize(("text", "data"), READ)
def test_scalars_mean_what_they_look_like(text: str, data: object) -> None:
    assert parse(text, "f").data == data


def test_a_fault_points_to_the_value_and_to_the_key_of_a_mapping() -> None:
    document = parse("rules:\n  - id: a\n    when:\n      any: [x, yy]\n", "f.yaml")
    assert str(document.fault(("rules", 0, "when", "any", 1), "no")) == "f.yaml:4:16: rules[0].when.any[1]: no"
    assert str(document.fault(("rules", 0, "id"), "no")) == "f.yaml:2:5: rules[0].id: no"
    assert str(document.fault(("rules", 0, "absent", 3), "no")) == "f.yaml:2:5: rules[0]: no"
    assert str(document.fault((), "no")) == "f.yaml:1:1: no"
    assert str(parse("", "f.yaml").fault(("a",), "no")) == "f.yaml:1:1: no"


REFUSED = [
    ("a: 1\n---\nb: 2", "f:2:1: but found another document"),
    ("a: &x 1\nb: &x 2", "f:2:4: this anchor stands twice"),
    ("a: &x [1]\nb: *x", "f:2:4: b: anchors and aliases (&name, *name) are not supported: write the value out"),
    ("a: *x", "f:1:4: found undefined alias: put the value in quotes"),
    ("a: &x [*x]", "f:1:8: a[0]: anchors and aliases"),
    ("[a, {b: c}]: [d, [e]]\nf: g", "f:1:1: a key must be a single word"),
    ("{a: 1, a: 2}", "f:1:8: a: this key stands twice (first at line 1)"),
    ("rules:\n  - id: a\n   when: x", "f:3:4: did not find expected '-' indicator: the line is indented unlike"),
    ("a: b: c", "f:1:5: mapping values are not allowed in this context: put a value with a colon"),
    (
        "a: [b,\n\nc: d",
        "f:4:1: did not find expected ',' or ']': the list that [ opens in line 1 lacks a comma, or its ]",
    ),
    ('a: 1\nb: "c\nd: e', "f:3:5: found unexpected end of stream: the quote that opens in line 2 is not closed"),
    ('a: "\\q"', "f:1:5: found unknown escape character: in double quotes \\ has a meaning of its own"),
    ("a: - b", "f:1:4: block sequence entries are not allowed in this context: a list begins on the line below"),
    ("a:\n  - b: 1\n      c: 2", "f:3:8: this line is indented more than the key above it, which has a value already"),
    (" a: 1\nb: 2", "f:2:1: did not find expected <document start>: the line is indented less than the first one"),
    ("a\nb: c", "f:2:2: mapping values are not allowed"),
    ("a: !mine [1]", "f:1:4: could not determine a constructor for the tag '!mine'"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_is_refused_and_where(text: str, told: str) -> None:
    with pytest.raises(FaultsFound) as error:
        parse(text, "f")
    assert str(error.value.faults[0]).startswith(told)


def test_a_path_is_written_as_people_write_it() -> None:
    assert dotted(("rules", 0, "when", "all", 12)) == "rules[0].when.all[12]"


def test_bytes_that_are_not_utf_8_are_told_with_their_place() -> None:
    with pytest.raises(FaultsFound, match=r"f:2:4: byte 0xe9 is not UTF-8"):
        read_bytes("a: 1\nb: é".encode("latin-1"), "f")
    with pytest.raises(FaultsFound, match="is not UTF-8"):
        decode(bytes(range(256)), "f")
    assert read_bytes(b"\xef\xbb\xbfa: 1", "f").data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("1h30m", 5400), ("7d", 604800), ("2w", 1209600), (" 1.5h ", 5400)]
)
def test_durations(text: str, seconds: int) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "5 m", "m5", "-5m", "1y", 5, None, True, "999999999w" * 3])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|longer than"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10 min", "10m"),
        ("2 hours and 5 mins", "2h5m"),
        ("1 Day, 3 hrs", "1d3h"),
        ("1.5 weeks", "1.5w"),
        ("90 S", "90s"),
    ],
)
def test_a_duration_that_is_written_as_elsewhere_says_how_it_is_here(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"did you mean '{meant}'\?\)$"):
        duration(text)


@pytest.mark.parametrize("text", ["10", "min", "10 parsecs", "5 m or so", "10 min" + " " * 36 + "5 s"])
def test_what_may_be_anything_or_is_too_long_gets_no_hint(text: str) -> None:
    with pytest.raises(ValueError, match=r"or 7d$"):
        duration(text)


def test_faults_come_sorted_and_once() -> None:
    with pytest.raises(FaultsFound) as caught:
        parse("a: 1\nb: 1\na: 2\nb: 2\n", "f")
    assert [str(f) for f in caught.value.faults] == [
        "f:3:1: a: this key stands twice (first at line 1)",
        "f:4:1: b: this key stands twice (first at line 2)",
    ]
