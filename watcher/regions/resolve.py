"""Which places a text is about: mentions, each resolved with the others as context.

The order of evidence: positions that the entry itself gives, names in the title, names in the
text, the region that its feed is mostly about. A mention's own vote is taken out of the
context in which it is judged.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import re2

from watcher.model import Entry, Place, Places
from watcher.regions.evidence import weigh
from watcher.regions.explicit import default_place, given_places
from watcher.regions.gazetteer import (
    ADMIN1,
    ADMIN2,
    CITY,
    CLOSE,
    COUNTRY,
    DEMONYM,
    KINDS,
    PRIMARY,
    Gazetteer,
    Meaning,
    Name,
)
from watcher.regions.scan import ANY_TEXT, ENGLISH_TEXT, LATIN, UNINFLECTED, Mention, Scanner, is_english
from watcher.regions.words import (
    ABROAD,
    CUES,
    FIGHTERS,
    FIGHTERS_VOTE,
    LETTER_VOTE,
    LETTERS,
    LOCAL_US,
    SMALL_WORDS,
    USUALLY,
    WITHOUT_CASES,
)

#: Confidence that a place needs for each precision.
CONFIDENCE = {"strict": 0.8, "balanced": 0.5, "broad": 0.2}
#: A title says what a text is about; this much more than its body.
TITLE_WEIGHT = 1.8
#: Characters of one field beyond these are background.
MAX_CHARACTERS = 40_000
#: A town of this many people is worth a mention of its own: decadic logarithm of 20,000.
_ALONE = math.log10(20_010)
#: Below this a mention is not even told to a rule that asks broadly: a confidence of 0.2.
_LEAST = math.log(0.2 / 0.8) / 1.1
#: In a text of more than so many characters more is named by chance, so that more evidence is asked for; up to so much.
_SHORT_TEXT = 250
_LONG = 1.2
#: What a spelling that is not English's own loses in an English text.
_FOREIGN = 1.0
#: Towns of more people (decadic logarithm) have names of their own in other languages: Ungvár is Uzhhorod.
_EXONYM = 4.7
#: Signs of local news that make it so.
_LOCAL = 2
#: What a country loses against a town of its name in local news of the US.
_ABROAD = 6.0
#: A text of fewer characters is a headline: it often names no country.
_HEADLINE = 250
#: What a place gains against its namesakes where the text's language is spoken.
_SPOKEN = 1.5
#: How sure it is that the name of a country means the country.
_NAMED_COUNTRY = 2.2
#: Another reading is "about as likely" if its score is at most this much lower (a factor of four in size).
_CLOSE_CALL = 0.6


#: Several times as fast as looking for one after the other.
_ANY_CUE = re2.compile(
    "|".join(re2.escape(cue) for cue in sorted(LOCAL_US.union(*(cues for _, cues in CUES)))).encode()
)


class Resolver:
    """A gazetteer with what is remembered of its words."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._scanner = Scanner(gazetteer)

    def locate(self, entry: Entry, default_region: str | None = None, *, precision: str | None = None) -> Places:
        """Find and resolve the places of an entry.

        With a precision, only what is sure enough for it; without, every place with its
        confidence, and the sums of `balanced`.
        """
        places = given_places(entry, self.gazetteer)
        places += self._named(entry, default_region, places)
        if not places and default_region:
            found = default_place(default_region, self.gazetteer)
            places = [found] if found else []
        sure = [p for p in places if p.confidence >= CONFIDENCE[precision or "balanced"]]
        return _summed(sure, sure if precision else places)

    # ------------------------------------------------------------ mentions

    def _named(self, entry: Entry, default_region: str | None, given: Sequence[Place]) -> list[Place]:
        fields = _fields(entry)
        longest = max((text for _, text in fields), key=len, default="")
        english = is_english(longest)
        spoken = -1 if english else _spoken(longest)
        mode = ENGLISH_TEXT if english else UNINFLECTED if 0 <= spoken < WITHOUT_CASES else ANY_TEXT
        mentions: list[Mention] = []
        for field, text in fields:
            cased = not text.isupper() and not text.islower()
            found = self._scanner.mentions(text, mode=mode, cased=cased)
            for mention in found:
                mention.field = field
            weigh(found, self.gazetteer, english=english, cased=cased)
            mentions += found
        if not mentions:
            return []
        context = _Context(mentions, default_region, given)
        if spoken >= 0:
            context.spoken = SMALL_WORDS[spoken][1]
        _by_language(longest, mentions, context, english=english)
        strictness = min(_LONG, 0.5 + len(longest) / 2000) if len(longest) > _SHORT_TEXT else 0.0
        for mention in mentions:
            context.first_vote(mention, english=english)
        context.settle()
        mentions = [m for m in mentions if not m.known.no_place]
        first = [_choose(m, context, english=english) for m in mentions]
        context.vote_again(mentions, first)
        context.settle()
        kept = [
            (m, choice if m.known.only_country else _choose(m, context, english=english))
            for m, choice in zip(mentions, first, strict=True)
        ]
        for m, choice in kept:
            if m.field != "title":
                named = choice.meaning.kind == COUNTRY and not m.adjective
                choice.sureness -= strictness * (0.4 if named else 1.0)
        return [self._place(m, c) for m, c in kept if c.sureness > _LEAST]

    def _place(self, m: Mention, choice: "_Choice") -> Place:
        best = choice.meaning
        others = choice.others()
        lat, lon, admin2 = self.gazetteer.where(best.number)
        confidence = 1 / (1 + math.exp(-1.1 * choice.sureness))
        return Place(
            m.name, m.field, m.start, m.end, best.country or None, best.admin1 or m.hint_unit or None, lat, lon,
            round(min(0.99, confidence), 3), _reason(best, m, others), KINDS[best.kind], others,
            admin2 or None,
        )  # fmt: skip


class _Choice:
    """A meaning, how sure it is (0: on the edge), and how likely each meaning of the name was if it has several."""

    __slots__ = ("best", "meaning", "meanings", "scores", "sureness")

    def __init__(
        self,
        meaning: Meaning,
        sureness: float,
        meanings: Sequence[Meaning] = (),
        scores: Sequence[float] = (),
        best: float = 0.0,
    ) -> None:
        self.meaning, self.sureness, self.meanings, self.scores, self.best = meaning, sureness, meanings, scores, best

    def others(self) -> tuple[str, ...]:
        """Codes that are about as likely."""
        if not self.scores:
            return ()
        code, least = self.meaning.admin1 or self.meaning.country, self.best - _CLOSE_CALL
        codes = [x.admin1 or x.country for s, x in zip(self.scores, self.meanings, strict=True) if s >= least]
        return tuple(c for c in dict.fromkeys(codes) if c != code)


#: A meaning, its sureness without the words beside it, the scores of all meanings, the highest of them.
_Decision = tuple[Meaning, float, Sequence[float], float]


class _Context:
    """What the mentions together say of countries and provinces."""

    def __init__(self, mentions: Sequence[Mention], default_region: str | None, given: Iterable[Place]) -> None:
        self.countries: dict[str, float] = defaultdict(float)
        self.units: dict[str, float] = defaultdict(float)
        self.country_logs: dict[str, float] = {}
        self.unit_logs: dict[str, float] = {}
        #: Countries where the text's language is spoken: of namesakes these are likelier.
        self.spoken: Sequence[str] = ()
        #: What `_decide` gave for mentions that are alike in all that it looks at.
        self.decided: dict[tuple[object, ...], _Decision] = {}
        if default_region:
            self.countries[default_region[:2]] += 2.5
            self.units[default_region] += 2.5
        for place in given:
            self.countries[place.country or ""] += 2.5
            self.units[place.admin1 or ""] += 2.5

    def first_vote(self, m: Mention, *, english: bool) -> None:
        """Votes of what is hardly ambiguous."""
        if m.hint_country:
            self.countries[m.hint_country] += 2
            if m.hint_unit:
                self.units[m.hint_unit] += 2
        if m.plus - m.minus <= -1.5 or m.known.no_place or m.near_home:
            return
        foreign = english and m.script == LATIN
        vote = m.known.votes[foreign]
        if vote is None:
            vote = m.known.votes[foreign] = _country_vote(m.known) if m.known.country else _town_vote(m.known, foreign)
        m.own = vote.own
        for code, weight in vote.countries:
            self.countries[code] += weight
        for code, weight in vote.units:
            self.units[code] += weight

    def vote_again(self, mentions: Sequence[Mention], chosen: Sequence[_Choice]) -> None:
        """Replace first guesses by what was chosen, in part."""
        votes: dict[str, float] = defaultdict(float)
        units: dict[str, float] = defaultdict(float)
        for m, choice in zip(mentions, chosen, strict=True):
            if m.own is not None:
                self.countries[m.own[0]] -= m.own[1]
                self.units[m.own[2]] -= m.own[3]
                m.own = None
            if choice.sureness >= 0:
                x = choice.meaning
                votes[x.country] += 1.0 if x.kind == COUNTRY else 0.9
                units[x.admin1] += 0.9
                m.own = (x.country, 0.8, x.admin1, 0.72)
        for total, new in ((self.countries, votes), (self.units, units)):
            for code, value in new.items():
                total[code] = max(total[code], 0.0) * 0.5 + min(value, 6.0) * 0.8

    def settle(self) -> None:
        """Take the logarithms once for all mentions."""
        self.decided.clear()
        self.country_logs = {code: math.log1p(v) for code, v in self.countries.items() if v > 0}
        self.unit_logs = {code: math.log1p(v) for code, v in self.units.items() if v > 0 and code}

    def of_country(self, code: str, m: Mention) -> float:
        """Logarithm of the support for a country without the mention's own vote."""
        if m.own is not None and m.own[0] == code:
            return math.log1p(max(0.0, self.countries.get(code, 0.0) - m.own[1]))
        return self.country_logs.get(code, 0.0)

    def of_unit(self, code: str, m: Mention) -> float:
        """Logarithm of the support for a province without the mention's own vote."""
        if m.own is not None and m.own[2] == code and code:
            return math.log1p(max(0.0, self.units.get(code, 0.0) - m.own[3]))
        return self.unit_logs.get(code, 0.0)


def _fields(entry: Entry) -> list[tuple[str, str]]:
    """The texts of an entry, each once: feeds often repeat the summary in the content."""
    fields = [("title", entry.title[:MAX_CHARACTERS])] if entry.title else []
    if entry.summary and not entry.content.startswith(entry.summary.rstrip(" .…")[:200]):
        fields.append(("summary", entry.summary[:MAX_CHARACTERS]))
    if entry.content:
        fields.append(("content", entry.content[:MAX_CHARACTERS]))
    return fields


def _by_language(text: str, mentions: Sequence[Mention], context: _Context, *, english: bool) -> None:
    """What a text tells without naming countries: who fights, cues of local news in English, else its letters."""
    if len(text) < _HEADLINE:
        _by_fighters(text.lower(), mentions, context)
    if not english:
        letters = set(text[:400])
        for few, countries in LETTERS:
            if not few.isdisjoint(letters):
                if not context.spoken:
                    context.spoken = countries
                for country in countries:
                    context.countries[country] += LETTER_VOTE if len(countries) > 1 else 2 * LETTER_VOTE
        return
    start = text[:4000].encode("utf-8", "replace")
    told = {cue.decode() for cue in _ANY_CUE.findall(start)}  # local news seldom names its country
    if told:
        for country, cues in CUES:
            context.countries[country] += min(2.4, 0.8 * len(told & cues))
        _near_home(mentions, len(told & LOCAL_US))


def _by_fighters(low: str, mentions: Sequence[Mention], context: _Context) -> None:
    """Count where the groups and armies fight that a headline names."""
    for names, countries in FIGHTERS:
        if names.search(low):
            for country in countries:
                context.countries[country] += FIGHTERS_VOTE
    for army in sorted({m.meanings[0].country for m in mentions if m.known.only_country}):
        for country in ABROAD.get(army, ()):
            context.countries[country] += FIGHTERS_VOTE


def _spoken(text: str) -> int:
    """The number in SMALL_WORDS of the language whose small words a text has most of; -1 if two have as many."""
    found = text[:400].lower().split()
    counts = [sum(w in small for w in found) for small, _ in SMALL_WORDS]
    most = max(counts)
    return counts.index(most) if counts.count(most) == 1 else -1


def _near_home(mentions: Sequence[Mention], cues: int) -> None:
    """In local news of the US a country that nothing else speaks of is more likely the town of that name.

    News is local if it has two of these: words that only such news writes, states and counties.
    """
    named = {m.key for m in mentions if m.known.part_of_us}
    if not cues or cues + len(named) < _LOCAL:
        return
    for m in mentions:
        if m.names_country and not m.plus >= 3 and any(x.kind == CITY and x.country == "US" for x in m.meanings):
            codes = {x.country for x in m.meanings if x.kind == COUNTRY}
            m.near_home = not any(
                o.key != m.key and o.known.only_country and o.meanings[0].country in codes for o in mentions
            )


class _Vote(NamedTuple):
    """What a name says of countries and provinces before anything is known of its text."""

    countries: tuple[tuple[str, float], ...]
    units: tuple[tuple[str, float], ...] = ()
    #: The part that is taken out again where the name itself is judged.
    own: tuple[str, float, str, float] | None = None


def _town_vote(name: Name, foreign: bool) -> _Vote:
    """A town that outweighs its namesakes votes; else each of some size a little."""
    priors = [
        (x.prior - 1.5 if foreign and x.kind == CITY and not x.flags & ~DEMONYM else x.prior) for x in name.meanings
    ]
    prior, _, best = max(zip(priors, [-x.number for x in name.meanings], name.meanings, strict=True))
    share = 10**prior / sum(10**p for p in priors)
    if share > 0.8 and prior >= 5.2:
        vote = 1.2 * share
        return _Vote(((best.country, vote),), ((best.admin1, 1.0),), (best.country, vote, best.admin1, 1.0))
    return _Vote(tuple((x.country, 0.25 / len(priors)) for p, x in zip(priors, name.meanings, strict=True) if p >= 4))


def _country_vote(name: Name) -> _Vote:
    codes = {x.country for x in name.meanings if x.kind == COUNTRY}
    rivals = [x for x in name.meanings if x.kind == ADMIN1 or (x.kind == CITY and x.size > 5.3)]
    if len({x.country for x in name.meanings}) <= 1 or not rivals:
        return _Vote(tuple((code, 2.0 * (0.7 if name.adjective else 1.0)) for code in codes))
    provinces = [x for x in rivals if x.kind == ADMIN1]
    countries = [(code, 0.6 * (0.7 if name.adjective else 1.0)) for code in codes]
    return _Vote((*countries, *((x.country, 0.5) for x in provinces)), tuple((x.admin1, 0.5) for x in provinces))


def _choose(m: Mention, context: _Context, *, english: bool) -> _Choice:
    """The best meaning of a mention in its context, and how sure it is."""
    if m.known.only_country:
        return _Choice(m.meanings[0], _NAMED_COUNTRY + m.plus - m.minus)
    alike = m.known, m.own, m.hint_country, m.hint_unit, m.forced, m.admin, m.near_home, m.single
    found = context.decided.get(alike)
    if found is None:
        found = context.decided[alike] = _decide(m, context, english=english)
    meaning, sureness, scores, best = found
    return _Choice(meaning, sureness + m.plus - m.minus, m.meanings, scores, best)


def _decide(m: Mention, context: _Context, *, english: bool) -> _Decision:
    """The best meaning, how sure it is before the words beside the name are weighed, all scores, and the highest."""
    if len(m.meanings) == 1:
        best = m.meanings[0]
        return best, _sureness(best, m, context, english=english), (), 0.0
    scores = _scores(m, context, english=english)
    score = max(scores)
    best = m.meanings[scores.index(score)]
    sureness = _sureness(best, m, context, english=english)
    if best.kind == ADMIN1 and not m.admin:
        seat = _seat(best, m)
        if seat is None and not m.forced and not context.of_unit(best.admin1, m):
            seat = _outside(best, m)
        if seat is not None:
            best = seat
            sureness = max(sureness, _sureness(best, m, context, english=english))
    return best, sureness, scores, score


def _scores(m: Mention, context: _Context, *, english: bool) -> list[float]:
    """How likely a mention has each of its meanings rather than another; the innermost loop."""
    countries, units = context.country_logs.get, context.unit_logs.get
    own_country, own_unit = (m.own[0], m.own[2]) if m.own is not None else ("", "")
    latin, named = english and m.script == LATIN, m.names_country
    hint_country, hint_unit, forced, admin = m.hint_country, m.hint_unit, m.forced, m.admin
    usual = "" if admin or hint_country else USUALLY.get(m.key, "")
    abroad = _ABROAD if m.near_home else 0.0
    spoken = context.spoken
    found = []
    for _, kind, country, unit, prior, flags, _ in m.meanings:
        score = prior
        company = 3.0 * (countries(country, 0.0) if country != own_country else context.of_country(country, m))
        if kind == CITY:
            if latin and not flags & ~DEMONYM:
                score -= 1.5
            if named and company > 4.0:
                company = 4.0
        score += company
        if spoken and country in spoken:
            score += _SPOKEN
        if kind == COUNTRY:
            score -= abroad + (1.0 if flags & DEMONYM else 0.0)
        elif unit:
            support = units(unit, 0.0) if unit != own_unit else context.of_unit(unit, m)
            score += support if kind == ADMIN1 else 1.8 * support
            if kind == ADMIN1:
                score += (5.0 if forced and unit == forced else 0.0) + (1.0 if admin else 0.0)
        if usual and unit == usual:
            score += 2.5
        if hint_country:
            score += 4 if country == hint_country else -3
            if hint_unit:
                score += 4 if unit == hint_unit else -3
        found.append(score)
    return found


def _seat(unit: Meaning, m: Mention) -> Meaning | None:
    """A province that bears the name of its town: the town, unless the text says province."""
    towns = [x for x in m.meanings if x.kind == CITY and x.admin1 == unit.admin1 and x.size >= 4]
    return max(towns, key=lambda x: (x.size, -x.number), default=None)


def _outside(unit: Meaning, m: Mention) -> Meaning | None:
    """A city that lies outside the province which is called after it: Almaty is not in Almaty oblast."""
    towns = [x for x in m.meanings if x.kind == CITY and x.country == unit.country and x.admin1 and x.size >= 5]
    return max(towns, key=lambda x: (x.size, -x.number), default=None)


def _sureness(x: Meaning, m: Mention, context: _Context, *, english: bool) -> float:
    """How sure it is that a place is meant at all, the words beside it apart; 0 is on the edge."""
    if x.kind == COUNTRY:
        return _NAMED_COUNTRY
    if m.own is None:
        country, unit = context.country_logs.get(x.country, 0.0), context.unit_logs.get(x.admin1, 0.0)
    else:
        country, unit = context.of_country(x.country, m), context.of_unit(x.admin1, m)
    if x.kind == ADMIN1:
        sure = -0.3 + 0.5 * (x.prior - 5.2) + 0.6 * country
        if not any(y.admin1 and y.admin1 != x.admin1 for y in m.meanings):
            sure += 0.5
        return sure if x.flags & PRIMARY or not m.single else sure - 0.5
    sure = 1.3 * (x.size - _ALONE) + 1.2 * country + 0.9 * unit - 0.6
    if not x.flags & (PRIMARY | CLOSE) and (english or x.size < _EXONYM):
        sure -= 0.5
    if english and m.script == LATIN and not x.flags & PRIMARY:
        sure -= _FOREIGN if x.flags & CLOSE else 1.5
    if m.hint_country:
        sure += 2
    return sure if m.single else sure + 0.6


def _reason(x: Meaning, m: Mention, others: Sequence[str]) -> str:
    if x.kind == COUNTRY:
        return "adjective or inhabitant" if m.adjective else "country named"
    if m.hint_country:
        return f"in {m.hint_unit or m.hint_country}, as the text says"
    if x.kind in (ADMIN1, ADMIN2):
        return "province named" if x.kind == ADMIN1 else "district named"
    if m.known.one_unit():
        return "only place of that name"
    return "likeliest of several" if others else "best known place of that name here"


def _summed(places: Sequence[Place], shown: Sequence[Place]) -> Places:
    """Countries with their weights, the heaviest 1.0, and all codes by weight."""
    weights: dict[str, float] = defaultdict(float)
    for place in places:
        weight = place.confidence * (TITLE_WEIGHT if place.field == "title" or place.start < 200 else 1.0)
        if place.why == "adjective or inhabitant":
            weight *= 0.6
        for code in (place.country, place.admin1, place.admin2):
            if code:
                weights[code] += weight
    heaviest = max((w for code, w in weights.items() if "-" not in code), default=1.0)
    ordered = sorted(weights, key=lambda code: (-weights[code], code))
    countries = {code: round(weights[code] / heaviest, 3) for code in ordered if "-" not in code}
    return Places(tuple(shown), countries, tuple(ordered))
