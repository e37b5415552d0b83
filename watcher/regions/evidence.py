"""What speaks for and against each mention: the words beside it, persons, things, a province named after it.

Weights were chosen on articles with known places (`benchmarks/regions.py --fold tune`); they add
up to a logit-like figure that `resolve` compares with a place's size and its company.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from watcher.regions.gazetteer import (
    ADMIN1,
    ADMIN2,
    CITY,
    COMMON,
    COUNTRY,
    DEMONYM,
    GIVEN,
    STOP,
    SURNAME,
    Gazetteer,
)
from watcher.regions.scan import ARABIC, CASED, CYRILLIC, EASTERN, HEBREW, LATIN, LETTER, OTHER, Mention
from watcher.regions.words import (
    AFTERWARDS,
    ARMED,
    BEFORE,
    CLUBS,
    COMPANIES,
    COMPASS,
    DIRECTIONS,
    EASTERN_PRODUCTS,
    ELIDED,
    EVENT_REACH,
    EVENTS,
    GIVEN_ALSO,
    HOMONYMS,
    NEVER_IN,
    OF,
    ON,
    ORGANISATIONS,
    PART_OF,
    PARTS,
    PLACE_WHERE,
    PLAYERS,
    PRODUCTS,
    PRODUCTS_BEFORE,
    RECIPES,
    STATE_OFFICES,
    STRONG_BEFORE,
    STRONG_ELSEWHERE,
    THING_BESIDE,
    THING_IN,
    TITLES,
    TOWNS,
    TURKISH_CASES,
    UNITS,
)
from watcher.text import fold

_BEFORE = re.compile(f"([{LETTER}]+)([^{LETTER}]{{1,3}})$")
_WORD, _WORD_ASCII = re.compile(f"[{LETTER}]+"), re.compile("[A-Za-z]+")
#: What may stand between a name and a word that tells something of it.
_AFTER_GAPS = frozenset(" -'’")
_ENDS = frozenset('.!?:"“”«»\n')
#: What `_INSIDE` may begin with.
_INSIDE_FIRST = frozenset(",،， (")
_INSIDE = re.compile(r"(?:, ?|، ?|，| ?\(| [-–—] )")
#: The same by a preposition: "the village of Rai in Aleppo province".
_WITHIN = re.compile(
    r",? (?:in(?: the| der| northern| southern| eastern| western)?|im|en|dans l[ae]|w|v|в|у|في|بريف|di|em|i|nel|nella) "
)
#: Neither is longer, in characters.
_INSIDE_WITHIN = 16
_ABBREVIATION = re.compile(r"[A-Z]\.?[A-Z]?[a-z]*(?![a-z])")

#: "MANSFIELD — ", "BEIRUT (Reuters) - ": where a report was written.
_DATELINE = re.compile(r"(?:, [A-Z][\w.]*)?(?: ?\([^)]{2,24}\))? ?(?:—|–|--| - )")

#: A text of fewer characters is a headline: what it is about can be told by one word.
_HEADLINE = 200

#: Towns of fewer people (decadic logarithm) are seldom meant by a genitive alone.
_LEAST_GENITIVE = 4.2
#: An everyday word is a town's name where so much speaks for it: a preposition and a word for its kind.
_NAMED_SO = 2.9
#: The name of a part of a town and that of the town are no further apart, in characters.
_PART_WITHIN = 30

_PARTY = re.compile(r"(?<![A-Za-z])[DR]-$")
#: Capitalised before a place without making it part of another name.
_HARMLESS = BEFORE | DIRECTIONS | UNITS | TOWNS | ARMED

#: Words that tell something of a place when they stand before or after it; most do not.
_TELLING_BEFORE = BEFORE | STRONG_ELSEWHERE | UNITS | TOWNS | CLUBS | OF | PRODUCTS_BEFORE
_TELLING_AFTER = UNITS | TOWNS | AFTERWARDS | PRODUCTS | PLAYERS | STATE_OFFICES
#: Words for a kind of place, and those after which a capital is no person's surname.
_KINDS = UNITS | TOWNS
_NO_SURNAMES = _KINDS | ORGANISATIONS
#: One letter before a name is an initial but for these.
_NO_INITIALS = BEFORE | STRONG_ELSEWHERE
#: Scripts without capitals in which names of towns seldom mean anything else.
_UNEQUIVOCAL = (HEBREW, OTHER, EASTERN)
_NEXT_TO = (" ", "-", ". ", "\u00a0")


def weigh(mentions: Sequence[Mention], gazetteer: Gazetteer, *, english: bool, cased: bool) -> None:
    """Set `plus`, `minus` and the hints of every mention of one text."""
    if not mentions:
        return
    for i, mention in enumerate(mentions):
        _weigh_one(mention, mentions[i - 1] if i else None, gazetteer, english=english, cased=cased)
    if len(mentions[0].text) < _HEADLINE and RECIPES.search(mentions[0].text):  # its places are those of dishes
        for mention in mentions:
            mention.minus += 0.0 if mention.located else 4.0
    persons = {m.key for m in mentions if m.person}
    if persons:
        for mention in mentions:
            named = mention.names_country and not mention.word_flags & GIVEN
            if mention.key in persons and not mention.person and mention.plus < 1 and not named:
                mention.minus += 2.0
    _hint(mentions, gazetteer)


class _Beside:
    """The words next to a mention."""

    __slots__ = ("after", "after_gap", "after_raw", "before", "before_gap", "before_raw", "before_starts", "starts")

    def __init__(self, mention: Mention) -> None:
        text, start = mention.text, mention.start
        end = mention.end
        gap = text[end : end + 1]
        self.after_gap = self.after_raw = self.after = ""
        if gap in _AFTER_GAPS:
            stop = text.find(" ", end + 1)
            word = text[end + 1 : stop] if stop > 0 else ""
            if not (word.isascii() and word.isalpha()):  # seldom
                after = (_WORD_ASCII if text.isascii() else _WORD).match(text, end + 1)
                word = after[0] if after else ""
            if word:
                self.after_gap, self.after_raw, self.after = gap, word, fold(word)
        at = max(text.rfind(" ", max(0, start - 30), start - 1) + 1, start - 30, 0) if start > 1 else 0
        word = text[at : start - 1]
        if text[start - 1 : start] == " " and word.isascii() and word.isalpha():  # nearly always
            self.before_raw, self.before_gap, self.starts = word, " ", False
        else:
            before = _BEFORE.search(text, max(0, start - 30), start)
            self.before_raw, self.before_gap = before.groups() if before else ("", "")
            self.starts = before is None or not _ENDS.isdisjoint(self.before_gap)
            at = before.start() if before else 0
        self.before = fold(self.before_raw)
        #: The word before begins a sentence, so its capital says nothing.
        self.before_starts = at < 2 or text[at - 1] in _ENDS or text[at - 2] in _ENDS


def _weigh_one(m: Mention, previous: Mention | None, gazetteer: Gazetteer, *, english: bool, cased: bool) -> None:
    beside = _Beside(m)
    adjoins = beside.before_gap in _NEXT_TO
    followed = beside.after_gap in (" ", "-")
    if adjoins and not (beside.before_gap == ". " and len(beside.before) > 4):  # г. Москва, but: области. Там
        if beside.before in _TELLING_BEFORE:
            _preposition(m, beside, english=english)
            _units(m, beside.before)
            _namesakes(m, beside, english=english)
    elif not english and beside.before_gap in ("'", "’") and beside.before in ELIDED:
        m.plus += 1.3
    if followed and beside.after in _TELLING_AFTER:
        _followed(m, beside, english=english)
    if m.text.startswith("$", m.end):
        m.minus += 9
    if beside.starts and _DATELINE.match(m.text, m.end):
        m.plus += 2.0
    if m.script == LATIN and beside.after_gap in ("'", "’") and beside.after in TURKISH_CASES:  # Van'da
        m.plus += 1.5
    elif m.single:
        _everyday(m, beside, english=english, cased=cased)
    if _is_direction(m) and not m.admin and not _unit_before_of(m):
        m.minus += 9.0
    if m.script in CASED and cased:
        _persons(m, beside, previous, gazetteer, english=english, adjoins=adjoins, followed=followed)
    elif m.script not in CASED:
        _without_case(m, beside, gazetteer, adjoins=adjoins)


def _without_case(m: Mention, beside: _Beside, gazetteer: Gazetteer, *, adjoins: bool) -> None:
    if m.script in (ARABIC, OTHER):
        _persons_without_case(m, beside, gazetteer, adjoins=adjoins)
    if m.script in (EASTERN, OTHER) and m.text.startswith(EASTERN_PRODUCTS, m.end + (m.text[m.end : m.end + 1] == " ")):
        m.minus += 5.0
    if m.script in _UNEQUIVOCAL and m.single and not m.word_flags:
        m.plus += 0.7  # a word of its own, known neither as a name of persons nor from everyday speech


def _followed(m: Mention, beside: _Beside, *, english: bool) -> None:
    """Count the word after it."""
    _units(m, beside.after)
    if not english and beside.after in AFTERWARDS:
        m.plus += 1.3
    if beside.after in PRODUCTS:
        m.minus += 6
    elif beside.after in PLAYERS and not m.names_country:
        m.minus += 3.5
    elif beside.after in STATE_OFFICES and m.names_country:
        m.forced = next((x.admin1 for x in m.meanings if x.kind == ADMIN1 and x.country == "US"), "")


def _preposition(m: Mention, beside: _Beside, *, english: bool) -> None:
    if beside.before in STRONG_BEFORE or (not english and beside.before in STRONG_ELSEWHERE):
        m.plus += 1.5
        m.located = True
    elif beside.before in BEFORE:
        m.plus += 0.7 if english or m.word_flags & (GIVEN | SURNAME) else 1.3
        if beside.before == "of" and _unit_before_of(m):
            m.plus += 1.5
            m.admin = True


def _namesakes(m: Mention, beside: _Beside, *, english: bool) -> None:
    """Clubs and goods that are called after a place: Bayern München, moutarde de Dijon, صابون حلب."""
    before = beside.before
    if before in CLUBS and (m.script not in CASED or beside.before_raw[:1].isupper()):
        m.minus += 4.0
    if english:
        return
    if before in OF:
        words = m.text[max(0, m.start - 40) : m.start].split()
        before = fold(words[-2]) if len(words) > 1 else ""
    if before in PRODUCTS_BEFORE:
        m.minus += 5.0


def _everyday(m: Mention, beside: _Beside, *, english: bool, cased: bool) -> None:
    """A word that means something else most of the time."""
    great = m.known.famous
    where = PLACE_WHERE.get(m.key)
    named_so = where is not None and m.plus >= _NAMED_SO
    if (m.word_flags & STOP or where is not None) and not (named_so or (where and _is_meant(m, beside, where))):
        abroad = not english and m.script == LATIN and m.known.notable  # à Nice
        m.minus += 4.5 if m.plus < 1.3 else 1.5 if abroad else 3.0
    elif m.word_flags & (COMMON | STOP) == COMMON and not great and not m.adjective:
        rare = beside.starts or m.script not in CASED or not cased
        m.minus += (
            3.0 if rare and not (m.plus >= 1.3 and m.script in CASED and not english) else 2.0 if english else 1.4
        )
    if m.key in HOMONYMS and any(cue in m.text for cue in HOMONYMS[m.key]):
        m.minus += 4.0
    if m.script == CYRILLIC and m.plus <= 0 and not m.known.notable and not m.adjective and fold(m.name) != m.key:
        m.minus += _without_preposition(m, beside)
    if m.script in CASED and cased:
        _letters(m, great=great)


def _is_meant(m: Mention, beside: _Beside, where: frozenset[str]) -> bool:
    """Whether a text speaks of the place: has what such texts have, or tells of an event "in" it."""
    if beside.before in THING_BESIDE or beside.after in THING_BESIDE:
        return False
    if any(cue in m.text for cue in where):
        return True
    if beside.before != "في" or m.key in NEVER_IN:
        return False
    before = m.text[max(0, m.start - EVENT_REACH) : m.start]
    if THING_IN.issuperset(map(fold, before.split()[-2:-1] or ["-"])):
        return False
    near = before + m.text[m.start : m.end + EVENT_REACH]
    return any(cue in near for cue in EVENTS)


def _without_preposition(m: Mention, beside: _Beside) -> float:
    """What a Slavic name in a case loses without a preposition: Белым по белому. Genitives of towns are usual."""
    if beside.starts and not beside.before_gap.startswith(("»", "”", '"')):
        return 2.5
    return 0.0 if any(x.size >= _LEAST_GENITIVE for x in m.meanings) else 1.5


def _is_direction(m: Mention) -> bool:
    key = m.key
    if " " not in key and "-" not in key:
        return key in COMPASS or m.name in COMPASS
    return m.name in COMPASS or COMPASS.issuperset(key.replace("-", " ").split())


def _unit_before_of(m: Mention) -> bool:
    words = m.text[max(0, m.start - 40) : m.start].split()
    return len(words) > 1 and fold(words[-2]) in _KINDS


def _units(m: Mention, word: str) -> None:
    """Count a word next to it that says what kind of place it is."""
    if word in UNITS:
        m.plus += 1.5
        m.admin = True
    elif word in TOWNS:
        m.plus += 1.5


def _letters(m: Mention, *, great: bool) -> None:
    """Abbreviations that are no places, and halves of double names."""
    if m.name.isupper() and 1 < len(m.name) <= 5 and not great:
        m.minus += 2.5
    text, a, b = m.text, m.start, m.end
    if a > 1 and text[a - 1] == "-" and _PARTY.search(text, max(0, a - 3), a):  # Sen. Ray Miller, D-Columbus
        m.hint_country = "US" if any(x.country == "US" for x in m.meanings) else ""
        m.plus += 1.5
        return
    hyphened = a > 1 and text[a - 1] == "-" and text[a - 2].isalpha()
    if (hyphened or (text[b : b + 1] == "-" and text[b + 1 : b + 2].isupper())) and not great:
        m.minus += 2.0


def _persons(
    m: Mention,
    beside: _Beside,
    previous: Mention | None,
    gazetteer: Gazetteer,
    *,
    english: bool,
    adjoins: bool,
    followed: bool,
) -> None:
    before, after = beside.before, beside.after
    capital_before = adjoins and beside.before_raw[:1].isupper()
    capital_after = followed and beside.after_gap == " " and beside.after_raw[:1].isupper()
    known = gazetteer.lookup(before) if capital_before else None
    touching = previous is not None and previous.end == m.start - len(beside.before_gap)
    if capital_before and beside.before_gap in (" ", ". ") and len(beside.before_raw) > 0:
        given = known is not None and known.flags & (GIVEN | COMMON) == GIVEN
        placed = touching and previous is not None and previous.plus > 0
        initial = len(beside.before_raw) == 1 and before not in _NO_INITIALS
        if (
            (given or initial or before in GIVEN_ALSO)
            and not placed
            and not (beside.starts and beside.before_gap != " ")
        ):
            _person(m, 4.0)
        elif before in TITLES:
            _person(m, 2.5)
    elif adjoins and before in TITLES and beside.before_gap in (" ", ". "):
        _person(m, 2.5)
    if capital_after:
        _capital_after(m, after, gazetteer)
    named_before = capital_before and not beside.before_starts
    unknown = named_before and beside.before_gap == " " and not touching and len(before) > 2
    if unknown and not m.person and before not in _HARMLESS:
        m.minus += 1.0 if m.names_country or m.adjective else 2.0
    if not english and m.single and not m.word_flags and not named_before and not capital_after and not beside.starts:
        m.plus += 0.9  # outside English a capital in the middle of a sentence is a name's, and no person is called so
    if m.adjective and not m.known.country and m.capital and not beside.starts and after not in UNITS:
        m.minus += 2.0  # Полтавский: a surname
    if m.single and not m.plus and not m.known.notable:
        m.minus += 1.5 if m.word_flags & GIVEN else 0.8 if m.word_flags & SURNAME else 0.0


def _capital_after(m: Mention, after: str, gazetteer: Gazetteer) -> None:
    if m.single and after not in _NO_SURNAMES:
        _person_by_next(m, after, gazetteer)
    if after in ORGANISATIONS:
        m.minus += 0.7
    if after in COMPANIES and m.single and not m.plus:
        m.minus += 3.0


def _person_by_next(m: Mention, after: str, gazetteer: Gazetteer) -> None:
    known = gazetteer.lookup(after)
    everyday = known is not None and known.flags & (COMMON | SURNAME) == COMMON
    placed = known is not None and known.sure and not known.flags & SURNAME
    if m.word_flags & GIVEN and not placed and not everyday:
        _person(m, 3.5)
    elif known is not None and known.flags & SURNAME and not known.flags & COMMON:
        m.minus += 1.0 if m.plus else 2.0  # Tennessee Williams


def _person(m: Mention, weight: float) -> None:
    if m.names_country and m.single and not m.word_flags & (GIVEN | SURNAME):
        return  # "Nazi Germany": nobody is called so
    m.minus += weight
    m.person = True


def _persons_without_case(m: Mention, beside: _Beside, gazetteer: Gazetteer, *, adjoins: bool) -> None:
    if not m.single or any(x.kind == COUNTRY or x.size > 5.3 for x in m.meanings):
        return
    if m.word_flags & (GIVEN | SURNAME) and not m.admin:
        m.minus += 2.5
    if adjoins and beside.before_raw in ON:  # folded it is Ali
        m.plus += 0.7
        return
    known = gazetteer.lookup(beside.before) if adjoins else None
    if known is not None and known.flags & GIVEN and not known.meanings:
        m.minus += 2.0


# ---------------------------------------------------------------- "X, Texas"


def _hint(mentions: Sequence[Mention], gazetteer: Gazetteer) -> None:
    for m, following in zip(mentions, [*mentions[1:], None], strict=True):
        near = following is not None and following.start - m.end <= _INSIDE_WITHIN
        first = m.text[m.end : m.end + 1]
        if first not in _INSIDE_FIRST or not (near or first == ","):
            continue
        gap = _INSIDE.match(m.text, m.end) or (_WITHIN.match(m.text, m.end) if near else None)
        if gap is None:
            continue
        if gap[0] in (", ", ",") and _by_abbreviation(m, gap.end(), gazetteer):
            continue
        if following is not None and following.start == gap.end() and not following.adjective:
            _by_outer(m, following, dash="-" in gap[0] or "–" in gap[0] or "—" in gap[0])
            _bind(m, following)
    _parts_of_towns(mentions)
    hints = {m.key: (m.hint_country, m.hint_unit) for m in mentions if m.hint_country}
    dropped = {m.key for m in mentions if m.dropped}
    for m in mentions if hints or dropped else ():
        if not m.hint_country and m.key in hints and not m.known.country:
            m.hint_country, m.hint_unit = hints[m.key]
        elif m.key in dropped and m.key not in hints:
            m.minus += 2.0


def _parts_of_towns(mentions: Sequence[Mention]) -> None:
    """Take the name of a part of a town for nothing else: Salaheddin district of Aleppo, حي صلاح الدين في حلب."""
    for m, outer in pairwise(mentions):
        if not 0 < outer.start - m.end <= _PART_WITHIN or outer.adjective or m.names_country:
            continue
        words = m.text[m.end : outer.start].lower().split()
        if not (words and words[0].rstrip(",") in PARTS and PART_OF.issuperset(words[1:])):
            before = m.text[max(0, m.start - _PART_WITHIN) : m.start].lower().split()[-2:]
            if not PART_OF.issuperset(words) or not (PARTS & set(before)):
                continue
        inside = {x.admin1 for x in outer.meanings if x.kind in (CITY, ADMIN1, ADMIN2) and x.admin1}
        countries = {x.country for x in outer.meanings}
        within = next((x for x in m.meanings if x.admin1 in inside), None)
        shared = sorted(countries & {x.country for x in m.meanings})
        if within is not None or shared:
            m.hint_country, m.hint_unit = (within.country, within.admin1) if within else (shared[0], "")
            m.plus += 1.0
        elif inside and not outer.names_country:
            m.minus += 6.0
            m.dropped = True
        outer.plus += 1.0


def _bind(m: Mention, outer: Mention) -> None:
    """Take "the village of Rai in Aleppo" for nothing that lies elsewhere, though Rai be known in France only."""
    if m.hint_country or m.dropped or m.known.notable or not (outer.known.notable or outer.known.country):
        return
    if {x.country for x in m.meanings} & {x.country for x in outer.meanings}:
        return
    if _unit_before_of(m) or _named_a_town(m):
        m.minus += 6.0
        m.dropped = True
        outer.plus += 1.0


def _named_a_town(m: Mention) -> bool:
    """Say whether a word for a town or district stands right before the name: село Рай, بلدة الراعي."""
    words = m.text[max(0, m.start - 30) : m.start].split()
    return bool(words) and fold(words[-1]) in _KINDS


def _by_abbreviation(m: Mention, at: int, gazetteer: Gazetteer) -> bool:
    """Postal and press abbreviations of states: "Paris, Tex.", "Paris, TX"."""
    found = _ABBREVIATION.match(m.text, at)
    if found is None:
        return False
    word = found[0].rstrip(".")
    code = gazetteer.abbreviations.get(word)
    dotted = m.text[found.start() + len(word) : found.start() + len(word) + 1] == "."
    if code is None or not (dotted or (len(word) == 2 and word.isupper()) or "." in word):
        return False
    m.hint_unit, m.hint_country = code, code[:2]
    m.plus += 2.0
    return True


def _by_outer(m: Mention, outer: Mention, *, dash: bool) -> None:
    if any(x.kind == COUNTRY for x in m.meanings) and any(x.kind == COUNTRY for x in outer.meanings):
        return  # a list of countries
    countries = {x.country for x in outer.meanings if x.kind == COUNTRY and not x.flags & DEMONYM}
    own = {x.country for x in m.meanings}
    only = countries and all(x.kind == COUNTRY for x in outer.meanings)
    if only and not dash and m.plus > 0 and not own & countries and all(x.kind != COUNTRY for x in m.meanings):
        m.minus += 5.0
        m.dropped = True
    if countries & own:
        m.hint_country = sorted(countries & own)[0]
        m.plus += 1.5
        outer.plus += 1.0
        return
    if dash:
        return
    for x in outer.meanings:
        if x.kind == ADMIN1 and any(y.admin1 == x.admin1 and y.kind in (CITY, ADMIN2) for y in m.meanings):
            m.hint_unit, m.hint_country = x.admin1, x.country
            m.plus += 1.5
            outer.plus += 1.5
            outer.forced = x.admin1
            return
