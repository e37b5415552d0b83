"""What holds of rules whatever their authors and the newsrooms of the world write."""

import json
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from watcher.errors import FaultsFound
from watcher.model import Entry, Place, Places
from watcher.rules import compile_rules, fuzzy, lint
from watcher.rules.parts import parts_of
from watcher.rules.patterns import compile_pattern
from watcher.rules.scan import Scanner
from watcher.rules.spelling import bare, exact_form, readings, visible
from watcher.rules.terms import Kind, parse_term
from watcher.text import fold, tokenize

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
WORDS = """
drone Drones raid bomb maker Su-24 Su24 Café İstanbul ısı Straße حلب وحلب بالرقة للرقة داعش Хомс Хомсе взрывы
叙利亚 袭击
シリア ซีเรีย हमला सीरिया
דמשק בדמשק Da'esh el-Bagdadi Baghdad IS is 12 ٥ می‌خواهد x
""".split()
GAPS = [" ", "  ", "-", "’", ", ", ". ", "\n", "", " \u200f"]
TEXT = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=14).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)
TERM = st.sampled_from(
    [
        *WORDS,
        "drone*",
        "взрыв*",
        "bomb maker",
        "bomb mak*",
        "=IS",
        "=Su-24",
        "~Baghdadi",
        r"/\bsu-?\d+\b/",
        "title:raid",
        "/[حx]/",
    ]
)
CONDITION = st.recursive(
    TERM | st.just({"region": "SY"}) | st.just({"language": "ar"}),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"none": st.lists(inner, min_size=1, max_size=3)}),
        st.lists(inner, min_size=2, max_size=3).map(lambda m: {"at_least": {"count": 2, "of": m}}),
        st.lists(TERM, min_size=2, max_size=3, unique=True).map(lambda m: {"near": {"within": 4, "all": m}}),
        st.lists(TERM, min_size=2, max_size=3, unique=True).map(
            lambda m: {"score": {"threshold": 2, "weights": dict.fromkeys(m, 1)}}
        ),
    ),
    max_leaves=8,
)
PLACES = st.sampled_from(
    [Places(), Places((Place("X", "title", 0, 1, "SY", None),)), Places((Place("X", "", 0, 0, "IQ", None),))]
)


def rules_of(*whens):
    rules = [{"id": f"r{i}", "when": when} for i, when in enumerate(whens)]
    return compile_rules([("r.yaml", json.dumps({"rules": rules}))])


def met(rules, entry, places=Places()):  # noqa: B008 - frozen
    return [m.rule for m in rules.match(entry, feed=None, places=lambda: places, now=NOW)]


@given(st.lists(CONDITION, min_size=1, max_size=3), TEXT, TEXT, PLACES)
@settings(deadline=None)
def test_the_quick_answer_is_the_told_one(whens, title, summary, places):
    rules, entry = rules_of(*whens), Entry("e", title, summary, lang="ar")
    told = rules.explain(entry, feed=None, places=lambda: places, now=NOW)
    matches = rules.match(entry, feed=None, places=lambda: places, now=NOW)
    assert [m.rule for m in matches] == [e.rule for e in told if e.met]
    proofs = [e.verdict.evidence for e in told if e.met]
    assert [set(m.evidence) for m in matches] == [set(proof) for proof in proofs]
    for explanation in told:
        assert bool(explanation.missing) == (not explanation.met)


@given(st.lists(CONDITION, min_size=1, max_size=4), TEXT, PLACES)
@settings(deadline=None)
def test_none_is_the_complement_of_any(members, title, places):
    found = met(rules_of({"any": members}, {"none": members}), Entry("e", title), places)
    assert len(found) == 1


@given(st.lists(CONDITION, min_size=1, max_size=4), st.randoms(use_true_random=False), TEXT, PLACES)
@settings(deadline=None)
def test_the_order_of_a_list_never_matters(members, random, title, places):
    shuffled = random.sample(members, len(members))
    for key in ("all", "any", "none"):
        assert len(met(rules_of({key: members}, {key: shuffled}), Entry("e", title), places)) in (0, 2)


@given(st.lists(TERM, min_size=2, max_size=4, unique=True), st.randoms(use_true_random=False), TEXT)
@settings(deadline=None)
def test_near_knows_no_order_unless_asked(members, random, title):
    shuffled = random.sample(members, len(members))
    nears = [{"near": {"within": 6, "all": m}} for m in (members, shuffled)]
    assert len(met(rules_of(*nears), Entry("e", title))) in (0, 2)


@given(TERM, TEXT, TEXT)
@settings(deadline=None)
def test_evidence_spans_hold_the_term(term, title, summary):
    entry = Entry("e", title, summary)
    for match in rules_of({"any": [term]}).match(entry, feed=None, places=Places, now=NOW):
        for evidence in match.evidence:
            text = getattr(entry, evidence.field)
            assert evidence.text == text[evidence.start : evidence.end] != ""
            assert met(rules_of({"any": [term]}), Entry("e", evidence.text)), "the span alone is found too"


@given(st.text(max_size=120) | TEXT)
@settings(deadline=None)
def test_words_are_the_same_however_they_are_cut(text):
    """The scanner folds sign by sign, cuts at spaces and remembers; its words are the text's, in their places."""
    scanner = Scanner([parse_term("xyz"), parse_term("~Baghdadi")])
    for _ in range(2):
        (part, *_) = parts_of(Entry("e", text or "x"), None)
        scanner.read([part])
        tokens = tokenize(visible(part.text))
        assert part.words == [bare(t.word) for t in tokens]
        assert [part.token(i)[1:] for i in range(len(tokens))] == [(t.start, t.end) for t in tokens]


def naively(when, entry):
    """Evaluate a condition on an entry term by term, with nothing remembered and nothing skipped."""
    if isinstance(when, str):
        return any(_stands(parse_term(when), field, text) for field, text in _texts(entry))
    ((key, value),) = when.items()
    match key:
        case "all":
            return all(naively(member, entry) for member in value)
        case "any":
            return any(naively(member, entry) for member in value)
        case "none":
            return not any(naively(member, entry) for member in value)
        case "at_least":
            return sum(naively(member, entry) for member in value["of"]) >= value["count"]
        case _:
            weights = value["weights"].items()
            return sum(weight for term, weight in weights if naively(term, entry)) >= value["threshold"]


def _texts(entry):
    return [("title", entry.title), ("summary", entry.summary), ("content", entry.content), ("link", entry.link or "")]


def _stands(term, field, text):
    if field not in term.fields:
        return False
    if term.kind is Kind.PATTERN:
        return any(compile_pattern(term.raw).compiled.finditer(text))
    tokens, length = tokenize(visible(text)), len(term.words)
    return any(_spelled(term, text, tokens[i : i + length]) for i in range(len(tokens) - length + 1))


def _spelled(term, text, tokens):
    if term.kind is Kind.EXACT:
        return exact_form(text[tokens[0].start : tokens[-1].end]) == term.raw
    read = [readings(bare(token.word)) for token in tokens]
    if term.kind is Kind.PREFIX:
        last = read.pop()
        return any(r.startswith(term.words[-1]) for r in last) and _all_read(term.words[:-1], read)
    return _all_read(term.words, read)


def _all_read(wanted, read):
    return all(word in choices for word, choices in zip(wanted, read, strict=True))


PLAIN = st.sampled_from(
    [
        *WORDS,
        *"drone* взрыв* ال* title:raid link:drone title:=IS =IS =is =Su-24 =Café /[حx]/".split(),
        *"title:/ra.d/ حلب* 袭* सी*".split(),
        *(
            "bomb maker",
            "bomb mak*",
            "Su 24",
            "raid bomb maker",
            "=bomb maker",
            "حلب داعش",
            "بالرقة للرقة",
            "叙利亚 袭击",
            "x IS",
        ),
    ]
)
SIMPLE = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.sampled_from(["all", "any", "none"]).flatmap(
            lambda key: st.lists(inner, min_size=1, max_size=3).map(lambda members: {key: members})
        ),
        st.lists(inner, min_size=2, max_size=4).map(lambda m: {"at_least": {"count": 2, "of": m}}),
        st.dictionaries(PLAIN, st.sampled_from([-1, 1, 2]), min_size=2, max_size=4)
        .filter(lambda weights: sum(w for w in weights.values() if w > 0) >= 2)
        .map(lambda weights: {"score": {"threshold": 2, "weights": weights}}),
    ),
    max_leaves=6,
)


@given(st.lists(SIMPLE, min_size=1, max_size=8), st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=3))
@settings(deadline=None)
def test_the_engine_answers_as_a_naive_evaluator_does(whens, texts):
    rules = rules_of(*whens)
    for title, summary, link in [
        *texts,
        ("raid وحلب بداعش x", "", ""),
    ]:  # several: what one left in the memories must not change the next
        entry = Entry("e", title, summary, link=link)
        assert met(rules, entry) == [f"r{i}" for i, when in enumerate(whens) if naively(when, entry)]


@given(st.lists(PLAIN, min_size=1, max_size=6, unique=True), st.lists(TEXT, min_size=1, max_size=6))
@settings(deadline=None)
def test_a_full_memory_changes_no_answer(terms, texts):
    parsed = [parse_term(term) for term in terms]
    small, large = Scanner(parsed, remembered=3), Scanner(parsed)
    for text in texts:
        assert small.present(parts_of(Entry("e", text), None)) == large.present(parts_of(Entry("e", text), None))


@given(st.text(max_size=30))
@settings(deadline=None)
def test_readings_are_idempotent_enough(word):
    folded = fold(word)
    assert fold(folded) == folded
    assert readings(folded)[0] == bare(folded)


@given(st.text(max_size=40) | st.text("*=~/$\"':()[]\\|+?{}^ abбعカ1-", max_size=16))
@settings(deadline=None)
def test_the_term_grammar_takes_anything(text):
    """A term, or a sentence that says what is wrong with it; and a plain term finds itself."""
    try:
        term = parse_term(text)
    except ValueError as error:
        assert len(str(error)) > 10
        return
    scanner = Scanner([term])
    found = scanner.present(parts_of(Entry("e", text, link=text, author=text), None))
    if term.kind in (Kind.WORDS, Kind.PREFIX) and len(term.fields) > 1:
        assert found == {0}


KEYS = """
terms regions rules id when none any all near within of count at_least score weights threshold region in polygon box
burst by examples match ignore title receivers severity feed
""".split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | TERM,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=25,
)


def compiled_or_located(text):
    try:
        rules = compile_rules([("f.yaml", text)])
    except FaultsFound as error:
        assert error.faults
        for fault in error.faults:
            assert fault.file == "f.yaml"
            assert fault.line >= 1
            assert fault.column >= 1
            assert fault.message
    else:
        rules.match(Entry("e", text[:200]), feed=None, places=Places, now=NOW)
        lint(rules)


@given(st.fixed_dictionaries({}, optional={"terms": JSON, "regions": JSON, "rules": JSON | st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(["a", "b"]), "when": JSON | CONDITION}), max_size=3)}))  # fmt: skip
@settings(deadline=None)
def test_random_rule_files_give_rules_or_located_faults(data):
    compiled_or_located(json.dumps(data))


PIECES = ["rules:", "\n", "  ", "- ", "id: a", "when:", "any:", "&a ", "*a", "? ", ": ", "\t", "|", "!x ", "a", "---"]


@given(st.text(max_size=200) | st.lists(st.sampled_from([*PIECES, *"[]{}'\""]), max_size=40).map("".join))
@settings(deadline=None)
def test_random_yaml_gives_rules_or_located_faults(text):
    compiled_or_located(text)


LETTERS = st.text(
    st.sampled_from("abcdefghijklmnopqrstuvwxyzçğışšžабвгдежзийклмнопрстуфхцчшщъыьэюяابتثجحخدذرزسشصضطظعغفقكلمنهويىةء")
    | st.sampled_from("אבגדהוזחטיכלמנסעפצקרשתαβγδεζηθικλμνξοπρσςτυφχψω"),
    min_size=1,
    max_size=9,
)


@given(LETTERS, LETTERS)
@example("p", "hata")  # ph is an f
@example("d", "zhada")
@settings(deadline=None, max_examples=200)
def test_no_name_is_passed_over_for_how_a_word_begins(word, other):
    """The quick look at a word's first sounds may say yes too often, never no too often."""
    keys = fuzzy.sounds_of(word).keys
    assert {key[:2] for key in keys} <= fuzzy._beginnings(word)
    opening = fuzzy._OPENINGS.get(word[0], {""})
    assert "" in opening or {key[0] for key in keys} <= opening


@given(LETTERS, LETTERS, LETTERS)
@example("t", "ş", "a")  # ts
@example("s", "cwçc", "a")  # more keys than are kept
@settings(deadline=None, max_examples=200)
def test_no_name_is_passed_over_for_how_its_pieces_join(first, second, third):
    """What is told of joined pieces without reading them holds their keys; and a name goes on after its beginning."""
    two = fuzzy._joined(fuzzy._joining(first), second, first + second)
    three = fuzzy._joined(two, third, first + second + third)
    assert {*fuzzy.sounds_of(first + second).keys} <= {*two.keys}
    keys = {*fuzzy.sounds_of(first + second + third).keys}
    assert keys <= {*three.keys}
    for key in keys if len(two.keys) < fuzzy.MAX_KEYS else ():
        beginnings = {key[:i] for i in range(len(key) + 1)}
        assert any(k in beginnings or k[:-1] in beginnings for k in two.keys)
