"""Mistakes in rule files: each told with its place, all at once, with a suggestion; and never a traceback."""

import textwrap

import pytest
from rules_try import faults

from watcher.rules import Known


def of(condition: str) -> str:
    return f"rules:\n  - id: r\n    when:\n      {condition}\n"


BAD = [
    # text of the file, what is told (in part)
    ("rulez: []", "r.yaml:1:1: rulez: unknown key 'rulez' (did you mean 'rules'?)"),
    ("rules:\n  - id: r\n    whn: {any: [a]}", "r.yaml:3:5: rules[0].whn: unknown key 'whn' (did you mean 'when'?)"),
    ("rules:\n  - id: r", "r.yaml:2:5: rules[0]: the key 'when' is missing"),
    ("rules:\n  - when: {any: [a]}", "r.yaml:2:5: rules[0]: the key 'id' is missing"),
    ("rules:\n  - id: A b\n    when: {any: [a]}", "r.yaml:2:5: rules[0].id: "),
    (
        "rules:\n  - {id: r, when: {any: [a]}}\n  - {id: r, when: {any: [a]}}",
        "r.yaml:3:6: rules[1].id: the id 'r' is used in r.yaml already",
    ),
    (
        "rules:\n  - {id: r, severity: sever, when: {any: [a]}}",
        "r.yaml:2:13: rules[0].severity: 'sever' is not allowed",
    ),
    (
        "rules:\n  - {id: r, inhibits: [q], when: {any: [a]}}\n  - {id: qq, when: {any: [a]}}",
        "r.yaml:2:24: rules[0].inhibits[0]: no rule has the id 'q'",
    ),
    (
        "rules:\n  - {id: r, inhibits: [s], when: {any: [a]}}\n  - {id: s, inhibits: [r], when: {any: [a]}}",
        "r.yaml:2:24: rules[0].inhibits[0]: 's' leads back to 'r'",
    ),
    ("rules:\n  - {id: r, inhibits: [r], when: {any: [a]}}", "'r' leads back to 'r'"),
    (of("{anny: [a]}"), "r.yaml:4:8: rules[0].when.anny: unknown condition 'anny' (did you mean 'any'?)"),
    (of("{any: []}"), "r.yaml:4:8: rules[0].when.any: the list is empty"),
    (of("{any: drone}"), "r.yaml:4:8: rules[0].when.any: a list of terms"),
    (of("{any: [a, null]}"), "r.yaml:4:17: rules[0].when.any[1]: a term or a condition is wanted"),
    (of("{any: [true]}"), "r.yaml:4:14: rules[0].when.any[0]: a term or a condition is wanted here (quote"),
    (of("{any: [[a]]}"), "r.yaml:4:14: rules[0].when.any[0]: a term or a condition"),
    (of("{any: [{}]}"), "r.yaml:4:14: rules[0].when.any[0]: is empty"),
    (of("{}"), "r.yaml:3:5: rules[0].when: is empty"),
    (of('{any: ["!!!"]}'), "r.yaml:4:14: rules[0].when.any[0]: '!!!': has no letters or digits"),
    (of('{any: ["*"]}'), "rules[0].when.any[0]: '*': "),
    (of('{any: ["dro*ne"]}'), "'dro*ne': * may stand only at the end of a term"),
    (of('{any: ["drone *"]}'), "'drone *': * must follow its word directly"),
    (of('{any: ["/(?=a)b/"]}'), "look-ahead ((?=…), (?!…)) cannot be matched in linear time: write what follows"),
    (of('{any: ["/(?<!a)b/"]}'), "look-behind"),
    (of(r'{any: ["/(a)\\1/"]}'), r"'/(a)\1/': back-references"),
    (of('{any: ["/a++/"]}'), "possessive"),
    (of('{any: ["/a(/"]}'), "is not a regular expression that RE2 takes"),
    (of('{any: ["/a*/"]}'), "matches an empty text"),
    (
        of('{any: ["tytle:foo"]}'),
        "r.yaml:4:14: rules[0].when.any[0]: 'tytle:foo': 'tytle' is no scope (did you mean 'title'",
    ),
    (of('{any: ["sumary: foo"]}'), "'sumary' is no scope (did you mean 'summary'?)"),
    (
        of('{any: ["title:"]}'),
        "r.yaml:4:14: rules[0].when.any[0]: 'title:': nothing to look for stands",
    ),
    (of("{any: ['title: \"\"']}"), "nothing to look for stands after the scope title:"),
    (of('{any: ["tag:wire"]}'), "tag is a condition of its own: write {tag: wire}"),
    (of("{at_least: {count: 2, of: [a]}}"), "must be between 1 and the 1 member of the list"),
    (of('{any: ["~x"]}'), "~ needs a name of four sounds"),
    (of('{any: ["~叙利亚"]}'), "~ needs a name of four sounds"),
    (of(f"{{any: [{'a' * 100_000}]}}"), "a term of 100,000 characters; at most 500 are allowed"),
    (of("{any: [$nolist]}"), "r.yaml:4:14: rules[0].when.any[0]: no list is named $nolist"),
    (
        "terms: {captured: [seiz*]}\n" + of("{any: [$capturd]}"),
        "r.yaml:5:14: rules[0].when.any[0]: no list is named $capturd (did you mean 'captured'?)",
    ),
    ("terms: {a: [$a]}\nrules: []", "r.yaml:1:13: terms.a[0]: the list $a contains itself: a → a"),
    ("terms: {a: [$b], b: [$a]}\nrules: []", "contains itself: a → b → a"),
    ("terms: {a: []}\nrules: []", "r.yaml:1:9: terms.a: the list is empty"),
    ("terms: {a: [{any: [b]}]}\nrules: []", "r.yaml:1:13: terms.a[0]: a list of terms holds only terms"),
    ("terms: {A B: [x]}\nrules: []", "r.yaml:1:9: terms"),
    (
        of("{at_least: {count: 3, of: [a, b]}}"),
        "r.yaml:4:19: rules[0].when.at_least.count: must be between 1 and the 2",
    ),
    (of("{at_least: {count: 0, of: [a, b]}}"), "must be between 1 and the 2"),
    (of("{at_least: {count: 2}}"), "the key 'of' is missing"),
    (of("{at_least: {count: yes, of: [a]}}"), "rules[0].when.at_least.count: must be a whole number"),
    ("terms: {l: [a, b]}\n" + of("{at_least: {count: 2, of: [$l]}}"), "`of: $l` counts the terms of the list"),
    (
        of("{score: {threshold: 9, weights: {a: 4, b: 4}}}"),
        "r.yaml:4:16: rules[0].when.score.threshold: all positive weights together do not reach it",
    ),
    (
        of("{score: {threshold: 1, weights: {a: x}}}"),
        "r.yaml:4:40: rules[0].when.score.weights.a: a weight must be a number",
    ),
    (of("{near: {within: 3, all: [a]}}"), "near needs at least two members"),
    (of("{near: {within: 0, all: [a, b]}}"), "must be at least 1 word"),
    (of("{near: {within: 3, all: [a, {region: SY}]}}"), "r.yaml:4:35: rules[0].when.near.all[1]: only terms"),
    (of("{near: {within: 3, all: [a, {none: [b]}]}}"), "only terms"),
    (of("{near: {within: 3, al: [a, b]}}"), "unknown key 'al' (did you mean 'all'?)"),
    (of("{region: SX-99}"), "r.yaml:4:8: rules[0].when.region: 'SX-99' is no ISO 3166 code"),
    (of("{region: Syria}"), "(did you mean 'SY'?)"),
    ("regions: {north: [SY-HL]}\n" + of("{region: nort}"), "(did you mean 'north'?)"),
    (of("{region: {in: SY, precision: exact}}"), "rules[0].when.region.precision: must be strict, balanced or broad"),
    (of("{region: {in: SY, precison: strict}}"), "unknown key 'precison' (did you mean 'precision'?)"),
    ("regions: {a: {any: [b]}, b: {any: [a]}}\n" + of("{region: a}"), "contains itself"),
    ("regions: {a: {any: [SY, {box: [1, 2]}]}}\nrules: []", "r.yaml:1:26: regions.a.any[1].box: "),
    (
        "regions: {a: {any: [b]}, b: [SYY]}\n" + of("{region: a}"),
        "r.yaml:1:30: regions.b[0]: 'SYY' is no ISO 3166 code",
    ),
    ("regions: {a: {polygn: []}}\nrules: []", "regions.a.polygn: unknown key 'polygn' (did you mean 'polygon'?)"),
    ("regions: {a: {polygon: x.geojson}}\nrules: []", "regions.a.polygon: a file cannot be read here"),
    ("regions: {a: 5}\nrules: []", "r.yaml:1:11: regions.a: a region is a code"),
    (of("{language: english}"), "'english' is no language code"),
    (of("{language: []}"), "a name or a list of names is wanted"),
    (of("{severity: sever}"), "'sever' is no severity: extreme, severe, moderate, minor (did you mean 'severe'?)"),
    (of("{newer_than: 12 hours}"), "'12 hours' is not a duration"),
    (of("{burst: {}}"), "burst is a rule of its own"),
    ("rules:\n  - id: r\n    when:\n    any: [a]", "r.yaml:4:5: rules[0].any: 'any' is a condition: indent it"),
    (of("{region: {circle: {center: [1, 2], radius: 3 km}}}"), "region.circle: a region with circle needs a name"),
    (of("{region: Sirya}"), "(did you mean 'SY'?)"),
    (
        "rules:\n  - id: r\n    when: {any: [a]}\n    burst: {rules: [r], at_least: 2, within: 1h}",
        "a burst counts other rules: it has no `when`",
    ),
    (
        "rules:\n  - id: r\n    burst: {rules: [q], at_least: 2, within: 1h}",
        "r.yaml:3:21: rules[0].burst.rules[0]: no rule has the id 'q'",
    ),
    ("rules:\n  - id: r\n    burst: {rules: [r], at_least: 2, within: 1h}", "'r' is a burst itself"),
    (
        "rules:\n  - id: r\n    burst: {rules: [], at_least: 1, within: x}",
        "rules[0].burst.within: 'x' is not a duration",
    ),
    (
        "rules:\n  - id: r\n    when: {any: [a]}\n    examples: {match: [{title: a, published: soon}]}",
        "'soon' is no time in ISO 8601",
    ),
    # YAML itself
    ("rules:\n\t- id: r", "r.yaml:2:1: a tab: YAML is indented with spaces only"),
    ("rules: []\nrules: []", "r.yaml:2:1: rules: this key stands twice (first at line 1)"),
    ("rules: &a [*a]", "anchors and aliases (&name, *name) are not supported"),
    ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "anchors and aliases"),
    ("rules:\n  - id: a\n  title: b", "indented unlike the items of the list above it"),
    ("rules: [", "r.yaml:2:1: did not find expected node content"),
    ("- a\n- b", "r.yaml:1:1: "),
    ("just text", "r.yaml:1:1: "),
    ("a: \x00", "r.yaml:1:4: cannot be read as YAML"),
    ("- " * 100_000, "r.yaml:1:1: this line is indented by 400 columns or more"),
    ("[" * 100_000, "brackets are nested deeper than 100"),
    (of("{all: [" * 31 + "a" + "]}" * 31), "nested deeper than"),
    ("a: " + "9" * 5000, "cannot be read as YAML"),
    ("a: !!python/object:os.system x", "could not determine a constructor"),
    ("x" * 20_000_001, "the file is longer than"),
]


@pytest.mark.parametrize(("text", "told"), BAD, ids=lambda v: v[:60] if isinstance(v, str) else "")
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    found = faults(text)
    assert any(told in fault for fault in found), "\n".join(found)
    assert all(fault.startswith("r.yaml:") for fault in found)


def test_all_mistakes_are_told_at_once_in_order() -> None:
    text = textwrap.dedent("""\
        terms:
          guns: [gun, "?"]
        rules:
          - id: one
            when: {any: ["!", $guns]}
          - id: two
            when: {region: XX, nun: [a]}
        """)
    assert [fault.split(": ")[0] for fault in faults(text)] == [
        "r.yaml:2:15",
        "r.yaml:5:18",
        "r.yaml:7:12",
        "r.yaml:7:24",
    ]


def test_a_list_whose_bracket_is_missing_is_told_once() -> None:
    text = "terms:\n  raid: raid, raids]\nrules:\n  - {id: r, when: {any: [$raid]}}"
    assert faults(text) == ["r.yaml:2:3: terms.raid: a list is wanted here: [raid, raids]"]


KNOWN = Known(frozenset({"desk", "night"}), frozenset({"sohr", "bbc"}), frozenset({"wire"}), ("desk",))
UNKNOWN = [
    ("receivers: [pager]", "{any: [a]}", "rules[0].receivers[0]: no receiver is named 'pager' (known: desk, night)"),
    ("receivers: [dsk]", "{any: [a]}", "rules[0].receivers[0]: no receiver is named 'dsk' (did you mean 'desk'?)"),
    ("receivers: []", "{feed: sohrr}", "rules[0].when.feed: no feed is named 'sohrr' (did you mean 'sohr'?)"),
    ("receivers: []", "{tag: [wire, wir]}", "rules[0].when.tag[1]: no feed has the tag 'wir' (did you mean 'wire'?)"),
    ("receivers: [desk]", "{any: [a]}", "rules[0].id: the rule sends alerts, so it needs examples"),
    ("title: x", "{any: [a]}", "rules[0].id: the rule sends alerts, so it needs examples"),
]


@pytest.mark.parametrize(("line", "when", "told"), UNKNOWN)
def test_names_that_the_configuration_does_not_have(line: str, when: str, told: str) -> None:
    text = f"rules:\n  - id: r\n    {line}\n    when: {when}\n"
    assert any(told in fault for fault in faults(text, KNOWN))
    assert faults(text) == []  # without a configuration its names are not looked at


def test_a_rule_without_receivers_and_a_burst_need_no_examples() -> None:
    text = (
        "rules:\n  - {id: a, when: {any: [x]}, receivers: []}\n"
        "  - {id: b, burst: {rules: [a], at_least: 2, within: 1h}}\n"
    )
    assert faults(text, KNOWN) == []


def test_a_hundred_thousand_terms_are_read() -> None:
    many = ", ".join(f"word{i}" for i in range(100_000))
    assert faults(f"terms: {{many: [{many}]}}\n" + of("{any: [$many]}")) == []


def test_many_mistakes_are_told_without_reading_the_file_for_each() -> None:
    many = "\n".join(f"  - {{id: r{i}, when: {{any: ['?']}}}}" for i in range(2_000))
    assert len(faults(f"rules:\n{many}")) == 2_000


def test_a_fault_in_a_named_region_is_told_once_at_its_own_place() -> None:
    text = "regions:\n  bad: [XX]\n  worse: {any: [bad]}\n" + of("{region: [bad, worse]}")
    assert [fault.split(": ")[0] for fault in faults(text)] == ["r.yaml:2:9"]


def test_a_burst_at_the_wrong_place_is_one_fault() -> None:
    text = "rules:\n  - id: r\n    when: {burst: {rules: [r], at_least: 2, within: 1h}}\n    receivers: [desk]\n"
    (told,) = faults(text, KNOWN)
    assert "burst is a rule of its own" in told
