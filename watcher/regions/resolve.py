"""Which places a text is about: mentions by longest match, then each resolved with the others as context."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from watcher.model import Entry, Place, Places, Point
from watcher.regions.gazetteer import Gazetteer, Record
from watcher.regions.words import GIVEN, PRODUCTS, STOP, UNIT_WORDS, UNIT_WORDS_BEFORE
from watcher.text import Token, forms, tokenize

#: A title says what a text is about; this many times as much as its body.
TITLE_WEIGHT = 2.0
#: Confidence that a place needs.
CONFIDENCE = {"strict": 0.8, "balanced": 0.5, "broad": 0.0}
#: Words beyond these are background.
MAX_TOKENS = 3000
#: A city of fewer people is meant only if something else points to its country.
ALONE_POPULATION = 100_000
#: The same for a name that means one place only.
UNIQUE_POPULATION = 50_000
#: Degrees; about 50 km.
NEAREST_DEGREES = 0.5

_CASED = regex.compile(r"[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]")
#: Endings of Slavic cases, to be taken off, and what the dictionary form has instead.
_CYRILLIC = re.compile("[а-яіїєґў]{5,}")
_SLAVIC = tuple(
    (end, put)
    for end in (
        "ами",
        "ями",
        "ого",
        "ому",
        "ой",
        "ей",
        "ом",
        "ем",
        "ах",
        "ях",
        "ью",
        "а",
        "я",
        "у",
        "ю",
        "е",
        "и",
        "ы",
        "і",
    )
    for put in ("", "а", "я", "ь", "и", "ы", "й", "ия", "о", "е")
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text, and what it may mean."""

    field: str
    start: int
    end: int
    name: str
    records: tuple[Record, ...]
    first: int
    last: int
    #: A word beside it says that it is a province, region or the like.
    unit: bool
    weight: float


def locate(
    entry: Entry, gazetteer: Gazetteer, default_region: str | None = None, precision: str | None = None
) -> Places:
    """Find and resolve the places of an entry: explicit positions, then names, then the feed's own region."""
    mentions = [
        m for field, weight in _fields(entry) for m in _mentions(field, getattr(entry, field), weight, gazetteer)
    ]
    votes = _votes(mentions, default_region)
    places = [_from_point(point, gazetteer) for point in entry.points]
    places += [p for i, m in enumerate(mentions) if (p := _resolve(m, i, mentions, votes, default_region)) is not None]
    if not places and default_region:
        places = [_default(default_region, gazetteer)]
    sure = [p for p in places if p.confidence >= CONFIDENCE[precision or "balanced"]]
    return _summed(sure, sure if precision else places)


# ---------------------------------------------------------------- mentions


def _fields(entry: Entry) -> Iterator[tuple[str, float]]:
    yield "title", TITLE_WEIGHT
    if entry.summary:
        yield "summary", 1.0
    if entry.content and entry.content != entry.summary:
        yield "content", 1.0


def _mentions(field: str, text: str, weight: float, gazetteer: Gazetteer) -> Iterator[Mention]:
    tokens = tokenize(text[: MAX_TOKENS * 12])[:MAX_TOKENS]
    shouting = text[:400].isupper()
    i = 0
    while i < len(tokens):
        found = _longest(text, tokens, i, gazetteer)
        if found is None:
            i += 1
            continue
        length, records = found
        last = i + length - 1
        unit = _unit(tokens, i, last)
        if _is_product(text, tokens, last):
            i = last + 1
            continue
        if shouting or not _is_person(text, tokens, i, last, records, gazetteer):
            start, end = tokens[i].start, tokens[last].end
            yield Mention(field, start, end, text[start:end], records, i, last, unit, weight)
        i = last + 1


def _longest(text: str, tokens: Sequence[Token], i: int, gazetteer: Gazetteer) -> tuple[int, tuple[Record, ...]] | None:
    token = tokens[i]
    original = text[token.start : token.end]
    cased = bool(_CASED.match(original))
    if cased and not original[:1].isupper():
        return None
    for form in forms(token.word):
        for length in range(min(gazetteer.longest.get(form, 0), len(tokens) - i), 0, -1):
            name = " ".join((form, *(t.word for t in tokens[i + 1 : i + length])))
            if length == 1 and (name in STOP or (cased and len(name) < 3 and not original.isupper())):
                continue
            if length > 1 and not _together(text, tokens[i : i + length], cased=cased):
                continue
            if records := gazetteer.find(name):
                return length, records
    if cased and _CYRILLIC.fullmatch(token.word):
        return _slavic(token.word, gazetteer)
    return None


def _together(text: str, tokens: Sequence[Token], *, cased: bool) -> bool:
    """Say whether words form one name: nothing but spaces, hyphens and apostrophes between, and capitals where used."""
    gaps = (text[a.end : b.start] for a, b in pairwise(tokens))
    if any(set(gap) - set(" -'’ʼ‘`.\u00a0") for gap in gaps):
        return False
    return not cased or text[tokens[-1].start].isupper() or text[tokens[-1].start].isdigit()


def _slavic(word: str, gazetteer: Gazetteer) -> tuple[int, tuple[Record, ...]] | None:
    """Try the dictionary forms of a Cyrillic word: Алеппской → no, Сирии → Сирия, Хомсе → Хомс."""
    for end, put in _SLAVIC:
        if word.endswith(end) and len(word) - len(end) >= 3:
            records = gazetteer.find(word[: -len(end)] + put)
            big = tuple(r for r in records if r.kind != "city" or r.population >= UNIQUE_POPULATION)
            if big:
                return 1, big
    return None


def _unit(tokens: Sequence[Token], first: int, last: int) -> bool:
    after = tokens[last + 1].word if last + 1 < len(tokens) else ""
    before = tokens[first - 1].word if first else ""
    return after in UNIT_WORDS or before in UNIT_WORDS_BEFORE


def _is_product(text: str, tokens: Sequence[Token], last: int) -> bool:
    """Say whether a name only says of what kind a thing is: Aleppo soap, Damascus steel."""
    if last + 1 >= len(tokens):
        return False
    after = tokens[last + 1]
    return after.word in PRODUCTS and text[tokens[last].end : after.start] in (" ", "-")


def _is_person(
    text: str, tokens: Sequence[Token], first: int, last: int, records: Sequence[Record], gazetteer: Gazetteer
) -> bool:
    """Say whether a name is rather somebody's: Jordan Peterson, Jack London."""
    token = tokens[first]
    before = tokens[first - 1] if first else None
    if before is not None and text[before.end : token.start] in (" ", ". ") and text[before.start].isupper():
        country = any(r.kind == "country" for r in records)
        if before.word in GIVEN and not country:
            return True
    after = tokens[last + 1] if last + 1 < len(tokens) else None
    if after is None or token.word not in GIVEN or text[tokens[last].end : after.start] != " ":
        return False
    return text[after.start].isupper() and not gazetteer.knows(after.word) and after.word not in UNIT_WORDS


# ---------------------------------------------------------------- resolving


def _votes(mentions: Sequence[Mention], default_region: str | None) -> dict[str, float]:
    """Countries that the mentions speak for; each mention has one vote, shared by what it may mean."""
    votes: dict[str, float] = defaultdict(float)
    for mention in mentions:
        for country, share in _shares(mention).items():
            votes[country] += mention.weight * share
    if default_region:
        votes[default_region[:2]] += 0.7
    return votes


def _shares(mention: Mention) -> dict[str, float]:
    countries = {r.country for r in mention.records if r.kind == "country"}
    if countries:
        return dict.fromkeys(countries, 1 / len(countries))
    weights: dict[str, float] = defaultdict(float)
    for record in mention.records:
        weights[record.country] += _prior(record)
    total = sum(weights.values())
    return {country: weight / total for country, weight in weights.items()}


def _prior(record: Record) -> float:
    """How likely a name means a place, by its size: a city of ten million 1.0, one of a thousand 0.1."""
    size = max(record.population, 1000)
    prior = max(0.1, (math.log10(size) - 2.5) / 4.5) ** 2
    return 2.0 if record.kind == "country" else prior + 0.15 * (record.kind == "admin1")


def _resolve(
    mention: Mention, index: int, mentions: Sequence[Mention], votes: dict[str, float], default_region: str | None
) -> Place | None:
    mine = _shares(mention)
    context = {c: v - mention.weight * mine.get(c, 0.0) for c, v in votes.items()}
    heaviest = max(context.values(), default=0.0)
    beside = _container(mention, index, mentions)
    scored = [(_score(r, mention, context, heaviest, beside, default_region), r) for r in mention.records]
    score, best = max(scored, key=lambda pair: (pair[0], pair[1].population, pair[1].code))
    rest = sum(s for s, r in scored if r.code != best.code)
    supported = context.get(best.country, 0.0) > 0.3 or beside is not None
    least = UNIQUE_POPULATION if len({r.code for r in mention.records}) == 1 else ALONE_POPULATION
    if best.kind == "city" and best.population < least and not supported and not mention.unit:
        return None
    share = score / (score + rest)
    confidence = min(0.99, (0.95 if best.kind == "country" else 0.6 + 0.3 * supported) * (0.4 + 0.6 * share))
    why = _reason(best, mention, beside, context)
    return Place(
        mention.name, mention.field, mention.start, mention.end, best.country, best.admin1 or None, best.lat, best.lon,
        round(confidence, 3), why,
    )  # fmt: skip


def _score(
    record: Record,
    mention: Mention,
    context: dict[str, float],
    heaviest: float,
    beside: Record | None,
    default_region: str | None,
) -> float:
    score = _prior(record)
    support = context.get(record.country, 0.0)
    if heaviest > 0:
        score *= 1 + 4 * support / (heaviest + 0.5)
    if beside is not None and (beside.country == record.country and beside.admin1 in ("", record.admin1)):
        score *= 20
    if mention.unit and record.kind == "admin1":
        score *= 6
    if default_region and default_region in (record.admin1, record.country):
        score *= 3
    return score


def _container(mention: Mention, index: int, mentions: Sequence[Mention]) -> Record | None:
    """The country or province named right after: "Paris, Texas", "Manbij, Syria"."""
    if index + 1 >= len(mentions):
        return None
    after = mentions[index + 1]
    if after.field != mention.field or after.first != mention.last + 1 or after.start - mention.end > 2:
        return None
    for record in after.records:
        if record.kind != "city" and any(
            r.country == record.country and r.kind != "country" and record.admin1 in ("", r.admin1)
            for r in mention.records
        ):
            return record
    return None


def _reason(record: Record, mention: Mention, beside: Record | None, context: dict[str, float]) -> str:
    if record.kind == "country":
        return "country named"
    if mention.unit:
        return "province named"
    if beside is not None:
        return f"in {beside.name}, as the text says"
    if len({r.code for r in mention.records}) == 1:
        return "only place of that name"
    if context.get(record.country, 0.0) > 0.3:
        return f"other places in {record.country} are named"
    return "best known place of that name"


# ---------------------------------------------------------------- positions, defaults, sums


def _from_point(point: Point, gazetteer: Gazetteer) -> Place:
    """The position that an entry gives itself, in the province of the nearest town."""
    best, least = None, NEAREST_DEGREES**2
    shrink = math.cos(math.radians(point.lat)) ** 2
    for record in gazetteer.records:
        if record.kind == "city" and record.lat is not None and record.lon is not None:
            distance = (record.lat - point.lat) ** 2 + (record.lon - point.lon) ** 2 * shrink
            if distance < least:
                best, least = record, distance
    if best is None:
        return Place("", "geo", 0, 0, None, None, point.lat, point.lon, 0.9, "position given, no town near")
    why = f"position given, near {best.name}"
    return Place(best.name, "geo", 0, 0, best.country, best.admin1 or None, point.lat, point.lon, 0.95, why)


def _default(code: str, gazetteer: Gazetteer) -> Place:
    record = gazetteer.codes.get(code)
    name = record.name if record else code
    admin1 = code if "-" in code else None
    return Place(name, "", 0, 0, code[:2], admin1, None, None, 0.5, "the feed's default region")


def _summed(places: Sequence[Place], shown: Sequence[Place]) -> Places:
    weights: dict[str, float] = defaultdict(float)
    for place in places:
        weight = place.confidence * (TITLE_WEIGHT if place.field == "title" else 1.0)
        for code in (place.country, place.admin1):
            if code:
                weights[code] += weight
    heaviest = max(weights.values(), default=1.0)
    ordered = sorted(weights, key=lambda code: (-weights[code], code))
    countries = {code: round(weights[code] / heaviest, 3) for code in ordered if "-" not in code}
    return Places(tuple(shown), countries, tuple(ordered))
