"""What a reader is told of two texts: phrases that both have, facts that changed, the words that differ."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, pairwise, product, takewhile

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq, MatchingBlock

from watcher.dedup.facts import (
    COMMA,
    STOP,
    Fact,
    facts_of,
    is_count,
    is_rounded,
    labels_of,
    says_age,
    tokens_of,
    unit_of,
)
from watcher.dedup.lexicon import (
    AGES,
    AND,
    LABELS,
    LENGTHS,
    LIVE,
    LIVE_BEFORE,
    LIVE_PAGES,
    NO_COUNT_BEFORE,
    NO_PLACE,
    NUMBER_WORDS,
    OPPOSITES,
    PLACE_BEFORE,
    SCALES,
    VAGUE,
    YEARS,
    withdraws,
)
from watcher.dedup.numbers import Number, numbers_of, value_of
from watcher.dedup.sketches import Hashes, Places, pair_hashes
from watcher.dedup.words import cut, hashes
from watcher.model import Change
from watcher.text import fold

#: Phrases shown.
_PHRASES = 8
#: Words of a text in which a withdrawal is looked for.
_OPENING = 14
#: In texts that are alike but for so many of their words, a name put for another is a correction.
_ALIKE, _CORRECTIONS, _LEAST_WORDS = 0.80, 2, 8
#: In headlines that are alike in so many of their words, a number put for another is another fact.
_HEADLINES_ALIKE = 0.60
#: Where only so many words are alike, it must stand between so many words that are kept.
_HALF_ALIKE, _AROUND = 0.40, 2
#: What is news where a revised text counts it for the first time, below so many; a text so many times longer than
#: before is a page in the place of its teaser.
_VICTIMS = ("killed", "injured", "missing", "abducted")
_BACKGROUND, _FULLER = 1000, 2
#: A headline of a page that is written on all day: not "killed with live rounds", "direct hit".
_LIVE_PAGE = re.compile(
    rf"\b(?:{'|'.join(LIVE_PAGES)})\b"
    rf"|\b(?:{'|'.join(LIVE)})\b(?=\W*$|\s*[:,|]|\s[-–—]\s|\W(?:{'|'.join(LIVE_BEFORE)})\b)",
    re.IGNORECASE,
)
#: Words of a short text, at most; of the name of a place; letters of a word in it that is no name, as "al" and "de".
_SHORT, _PLACE, _PARTICLE = 28, 4, 2
#: Magnitudes that are so far apart are two quakes if the places differ; agencies differ by less about one.
_ANOTHER_QUAKE = 0.5
#: Letters of a word that is counted, at least, and those that tell it.
_LEAST_NOUN, _NOUN = 4, 5
#: Similarity from which two names are spellings of one.
_SPELLED_ALIKE = 0.8
#: What makes another name of one that it is added to: Yorkshire, Nigeria, Indiana, Somaliland, Jacksonville.
_ANOTHER = frozenset("shire ia na land ville ford".split())
#: Letters that stand for one sound, and such as spellings have or leave out.
_SOUNDS = str.maketrans({"c": "k", "q": "k", "x": "ks", "z": "s", "v": "w", "j": "y"})
_VOWELS, _DOUBLED = re.compile("[aeiouyh]"), re.compile(r"(.)\1+")
#: A name cut down to its consonants.
_ABBREVIATED = re.compile(r"[b-df-hj-np-tv-xz]{2,4}")
#: What a number may be written with: it is no name.
_NUMBERS = NUMBER_WORDS.keys() | SCALES.keys() | VAGUE
#: Words that lead to whom a text quotes.
_TELLING = frozenset(
    fold(word)
    for word in (
        "told tells telling source sources according quoted quoting cited citing via says said reported reports"
        " según dijo informó fuente selon source déclaré сообщил сообщила сообщили сообщает сообщению заявил рассказал"
        " данным نقلا عن المصدر مصدر قال قالت لوكالة وكالة صرح أبلغ"
    ).split()
)


def shared_phrases(text: str, shared: Iterable[int], counts: Callable[[Hashes], Places]) -> tuple[str, ...]:
    """Return the rarest of the pairs of words that two texts share, as they stand in `text`."""
    raw = [word for word in cut(text) if fold(word)]
    if len(raw) < 2:
        return ()
    pairs = pair_hashes(np.array(hashes(raw), dtype=np.uint32))
    both = set(shared)
    found = {f"{a} {b}": pair for a, b, pair in zip(raw, raw[1:], pairs.tolist(), strict=False) if pair in both}
    rarity = dict(zip(found, counts(np.array(list(found.values()), dtype=np.uint32)).tolist(), strict=True))
    return tuple(sorted(rarity, key=lambda phrase: (rarity[phrase], phrase))[:_PHRASES])


def changes_between(old: str, new: str) -> tuple[Change, ...]:
    """Return the salient facts in which a newer text of one story differs from an older one.

    First what is counted (killed, injured, ...), in the headlines and then in the whole, then
    other numbers and names that stand in the same place of texts otherwise alike, other amounts
    of one thing in headlines and first sentences, then a claim taken back. The first line of a
    text is its headline.
    """
    before, after = tokens_of(old), tokens_of(new)
    was, came = (tokens_of(text.partition("\n")[0]) for text in (old, new))
    found = list(changed_counts(facts_of(was), facts_of(came)))
    told = {change.what for change in found}
    found += [c for c in changed_counts(facts_of(before), facts_of(after)) if c.what not in told]
    known = {change.before for change in found}
    began, begins = (_first_sentence(tokens_of(text.partition("\n")[2])) for text in (old, new))
    for change in chain(
        _replaced(old, new, before, after, was, came),
        _changed_amounts(before, after, was, came),
        _changed_amounts(before, after, began, begins),
    ):
        if change.before not in known:
            known.add(change.before)
            found.append(change)
    if _withdraws(after) and not _withdraws(before):
        found.append(Change("claim", "stated", "withdrawn"))
    return tuple(found)


def is_elsewhere(old: str, new: str) -> bool:
    """Say whether two short texts on one pattern tell of different events: other counts, and in another place.

    "Raid kills 9 in Umm Qusayr" and "Raid kills 17 in Tell Zilqa". In a longer text that is copied, a corrected place
    is a development like the count. Of two quakes the place needs no preposition: "magnitude 4.3 strikes Tibet".
    """
    before, after = tokens_of(old), tokens_of(new)
    if min(len(before), len(after)) > _SHORT:
        return False
    changed = {
        change.what: (change.before, change.after) for change in changed_counts(facts_of(before), facts_of(after))
    }
    if not changed:
        return False
    was, came = changed.get("magnitude", (0.0, 0.0))
    leads_to = _names_no_source if abs(float(was) - float(came)) >= _ANOTHER_QUAKE else _follows_preposition
    names = _names(old) | _names(new)
    headlines = (tokens_of(text.partition("\n")[0]) for text in (old, new))
    for mine, theirs in ((*headlines,), (before, after)):
        for place, other in _gaps(mine, theirs, _HALF_ALIKE, at_end=True) or ():
            gone, come = mine[place], theirs[other]
            if (
                place.start
                and leads_to(mine, place)
                and leads_to(theirs, other)
                and _is_place(gone, names)
                and _is_place(come, names)
                and set(gone).isdisjoint(after)
                and set(come).isdisjoint(before)
                and NO_PLACE.isdisjoint((*gone, *come))
                and not _same_name(gone, come)
            ):
                return True
    return False


def counted_in(text: str) -> dict[str, float]:
    """Return what a text counts: the greatest number of each kind, that of its headline before that of the rest."""
    found: dict[str, float] = {}
    for told in (text, text.partition("\n")[0]):
        facts = facts_of(tokens_of(told))
        found |= {fact.what: max(one.value for one in facts if one.what == fact.what) for fact in facts}
    return found


def changed_counts(old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[Change]:
    """Yield what differs: a kind of fact of which both texts tell, but not the same greatest value.

    Of several values of one kind in one text ("5 on Monday, 12 in all") the greatest is compared with all of the other.
    """
    for what in (*LABELS, "magnitude"):
        before = {fact.value for fact in old if fact.what == what}
        after = {fact.value for fact in new if fact.what == what}
        if not before or not after or _has(after, max(before)) or _has(before, max(after)):
            continue
        yield Change(what, max(before), max(after))


def first_counts(old: str, new: str) -> tuple[Change, ...]:
    """Return victims that a revised text counts at its beginning and the older text did not speak of: 0 → 2 killed.

    Only for versions of one entry: of two outlets' texts one may just be shorter. It must stand in the headline, or
    in the first sentence of a text that was no mere teaser before. Pages that are written on all day are passed over,
    and so are large numbers, which are history ("the war has killed 500,000").
    """
    (was, before), (came, after) = (map(tokens_of, text.partition("\n")[::2]) for text in (old, new))
    if any(_LIVE_PAGE.search(text.partition("\n")[0]) for text in (old, new)):
        return ()
    begun = facts_of(came)
    if len(after) <= _FULLER * len(before):
        begun += facts_of(_first_sentence(after))
    spoken_of = {*labels_of(was), *labels_of(before)}
    counts = {what: max((fact.value for fact in begun if fact.what == what), default=0) for what in _VICTIMS}
    return tuple(
        Change(what, 0, count) for what, count in counts.items() if 0 < count < _BACKGROUND and what not in spoken_of
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words in a word-level diff: `same`, `old` (only in the first text) or `new`."""

    kind: str
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """Return how one text became another, word by word; words that fold alike are the same."""
    mine, theirs = _spaced(old), _spaced(new)
    matcher = SequenceMatcher(None, [_key(w) for w in mine], [_key(w) for w in theirs], autojunk=False)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", " ".join(theirs[j1:j2])))
            continue
        pieces += [Piece("old", " ".join(mine[i1:i2]))] * (i2 > i1)
        pieces += [Piece("new", " ".join(theirs[j1:j2]))] * (j2 > j1)
    return pieces


# ---------------------------------------------------------------- inside


def _has(values: Iterable[float], one: float) -> bool:
    return any(is_rounded(one, value) for value in values)


def _spaced(text: str) -> list[str]:
    return text.split()[:5000]


def _key(word: str) -> str:
    return " ".join(fold(part) for part in cut(word)) or word


def _replaced(
    old: str, new: str, before: Sequence[str], after: Sequence[str], was: Sequence[str], came: Sequence[str]
) -> Iterator[Change]:
    """Yield numbers and names that stand for others at the same place of texts, or of headlines, that are alike."""
    names = _names(old) | _names(new)
    for mine, theirs, alike in ((was, came, _HEADLINES_ALIKE), (before, after, _ALIKE)):
        gaps = _gaps(mine, theirs, alike)
        if gaps is None:
            gaps = _gaps(mine, theirs, _HALF_ALIKE, around=_AROUND)
        yield from _replaced_numbers(mine, theirs, gaps or ())
        if (gaps := _gaps(mine, theirs, _ALIKE)) is not None and len(mine) >= _LEAST_WORDS:
            corrected = list(_replaced_names(mine, theirs, gaps, names))
            if len(corrected) <= _CORRECTIONS:
                yield from corrected


def _gaps(
    before: Sequence[str], after: Sequence[str], alike: float, *, around: int = 1, at_end: bool = False
) -> list[tuple[slice, slice]] | None:
    """Return where words stand for others between words that are kept, so many on each side, or also `at_end`.

    None if a smaller share of all words than `alike` is kept.
    """
    blocks = LCSseq.opcodes(before, after).as_matching_blocks()
    if sum(block.size for block in blocks) < alike * min(len(before), len(after)):
        return None
    found = []
    for last, following in pairwise([MatchingBlock(0, 0, 0), *blocks]):
        gap = slice(last.a + last.size, following.a), slice(last.b + last.size, following.b)
        at_start = not last.a + last.size and not last.b + last.size
        is_followed = following.size >= around or (at_end and not following.size)  # at the end, anything may follow
        if before[gap[0]] and after[gap[1]] and is_followed and (last.size >= around or at_start):
            found.append(gap)
    return found


def _changed_amounts(
    before: Sequence[str], after: Sequence[str], was: Sequence[str], came: Sequence[str]
) -> Iterator[Change]:
    """Yield of what two headlines, or first sentences, give other numbers: "its $83bn deal", "a deal of $72 billion".

    One thing has the same unit, or among the two words behind it one that begins alike, and one number in each. A
    number that the other text has too is no other one.
    """
    old, new = _amounts(was), _amounts(came)
    values, others_values = ([number.value for number in numbers_of(tokens)] for tokens in (before, after))
    for (value, things), (other, others) in product(old, new):
        same = things.keys() & others.keys()
        alone = all(sum(not same.isdisjoint(those) for _, those in amounts) == 1 for amounts in (old, new))
        moved = _has(others_values, value) or _has(values, other)
        if same and alone and not moved and not _is_about(value, other):
            yield Change(others[min(same)], value, other)


def _amounts(tokens: Sequence[str]) -> list[tuple[float, dict[str, str]]]:
    """Return the numbers of a sentence, each with the words for what it may be an amount of, by their beginnings."""
    found, labels = [], labels_of(tokens)
    for number in numbers_of(tokens):
        behind = takewhile(_goes_on, tokens[number.last + 1 : number.last + 3])
        says = "age" if says_age(tokens, number) and tokens[number.first - 1] != COMMA else None  # "he, 85": of whom?
        unit = says or unit_of(tokens, number)
        if unit in LENGTHS:
            continue
        if unit:
            found.append((number.value, {unit: unit}))
        elif is_count(tokens, number) and not any(labels[number.last + 1 : number.last + 3]):
            things = [word for word in behind if len(word) >= _LEAST_NOUN and value_of(word) is None]
            found.append((number.value, {word[:_NOUN]: word for word in things}))
    return found


def _goes_on(token: str) -> bool:
    return token not in (STOP, COMMA) and token not in AND and token not in NO_COUNT_BEFORE


def _is_about(one: float, other: float) -> bool:
    """Say whether a number may be another one rounded to whole thousands, millions ...: "$6bn", "$6.25 billion".

    One a thousand times the other lacks a word: "£44m", "£44mn".
    """
    if max(one, other) in (min(one, other) * 1000, min(one, other) * 1_000_000):
        return True
    unit = 1000.0 ** ((len(str(int(max(1.0, min(one, other))))) - 1) // 3)
    return abs(one - other) < unit / 2 and not (one % unit and other % unit)


def _replaced_numbers(
    before: Sequence[str], after: Sequence[str], gaps: Sequence[tuple[slice, slice]]
) -> Iterator[Change]:
    was, came = ({number.first: number for number in numbers_of(tokens)} for tokens in (before, after))
    old_values, new_values = ({number.value for number in numbers.values()} for numbers in (was, came))
    counted, counts = ({fact.value: fact.what for fact in facts_of(tokens)} for tokens in (before, after))
    for gone, come in gaps:
        lost, got = was.get(gone.start), came.get(come.start)
        if lost is None or got is None:
            lost, got = _ending(was, gone), _ending(came, come)
        if lost is None or got is None:
            words = before[gone][0], after[come][0]
            if words[0] != words[1] and VAGUE.issuperset(words):
                yield Change("number", *words)
            elif frozenset((*before[gone], *after[come])) in OPPOSITES:
                yield Change("claim", *words)
            continue
        if _says_years(before, lost) and _says_years(after, got) and lost.value != got.value:
            yield Change("years", lost.value, got.value)
            continue
        moved = lost.value in new_values and got.value in old_values
        labels = {counted.get(lost.value), counts.get(got.value)} - {None}
        if (
            is_count(before, lost)
            and is_count(after, got)
            and unit_of(before, lost) == unit_of(after, got)
            and not moved
            and len(labels) < 2  # 15 injured, 13 killed
            and not is_rounded(lost.value, got.value)
        ):
            yield Change(_counted_thing(after, got), lost.value, got.value)


def _says_years(tokens: Sequence[str], number: Number) -> bool:
    """Say whether a number is so many years, and no age."""
    unit, then = (*tokens[number.last + 1 : number.last + 3], "", "")[:2]
    return unit in YEARS and then not in AGES


def _ending(numbers: Mapping[int, Number], gap: slice) -> Number | None:
    """Return the number with which a gap ends."""
    return next(
        (number for number in numbers.values() if gap.start <= number.first and number.last + 1 == gap.stop), None
    )


def _replaced_names(
    before: Sequence[str], after: Sequence[str], gaps: Sequence[tuple[slice, slice]], names: dict[str, str]
) -> Iterator[Change]:
    for place, other in gaps:
        gone, come = before[place], after[other]
        if (
            place.start
            and max(len(gone), len(come)) <= 3
            and _is_name(gone, names)
            and _is_name(come, names)
            and set(gone).isdisjoint(after)
            and set(come).isdisjoint(before)
            and not _says_who_told(before, place.start)
            and not _same_name(gone, come)
        ):
            yield Change("name", _written(gone, names), _written(come, names))


def _counted_thing(tokens: Sequence[str], number: Number) -> str:
    if unit := unit_of(tokens, number):
        return unit
    after = tokens[number.last + 1 : number.last + 2]
    return after[0] if after and len(after[0]) >= _LEAST_NOUN else "number"


def _names(text: str) -> dict[str, str]:
    """Words that are written as names: with a capital within a sentence, or in a script without capitals."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        words = cut(line)
        titled = sum(word[0].isupper() for word in words) > len(words) / 2
        for place, word in enumerate(words):
            if len(word) > 2 and ((word[0].isupper() and place and not titled) or word.lower() == word.upper()):
                found.setdefault(fold(word), word)
    return found


def _is_name(tokens: Sequence[str], names: dict[str, str]) -> bool:
    return all(token in names and token not in _NUMBERS and not token.isdecimal() for token in tokens)


def _follows_preposition(tokens: Sequence[str], name: slice) -> bool:
    return tokens[name.start - 1] in PLACE_BEFORE


def _names_no_source(tokens: Sequence[str], name: slice) -> bool:
    return not _says_who_told(tokens, name.start) and _TELLING.isdisjoint(tokens[name.stop : name.stop + 1])


def _is_place(tokens: Sequence[str], names: dict[str, str]) -> bool:
    """Say whether words may be one name of a place, with an article or the like in it: "Maarat al-Numan"."""
    long = [token for token in tokens if len(token) > _PARTICLE]
    return bool(long) and len(tokens) <= _PLACE and _is_name(long, names)


def _says_who_told(tokens: Sequence[str], name: int) -> bool:
    """Say whether the name at a place is that of whom the text quotes: each outlet puts its own there."""
    return not _TELLING.isdisjoint(tokens[max(0, name - 3) : name])


def _same_name(gone: Sequence[str], come: Sequence[str]) -> bool:
    """Say whether two names are spellings of one, as Maarat and Maaret are, or one cut short; Iran and Iraq: 0.75.

    Spellings have the same consonants: Austria and Australia, Zambia and Gambia have not.
    """
    first, other = sorted((gone[0], come[0]), key=len)
    if other.startswith(first):
        return other[len(first) :] not in _ANOTHER
    short, long = sorted(("".join(gone), "".join(come)), key=len)
    if _ABBREVIATED.fullmatch(short) and short[0] == long[0]:  # "Qld", Queensland
        letters = iter(long)
        return all(letter in letters for letter in short)
    alike = fuzz.ratio(" ".join(gone), " ".join(come)) / 100 >= _SPELLED_ALIKE
    less, more = sorted((_consonants(short), _consonants(long)), key=len)
    return alike and (not (short + long).isascii() or more in (less, f"{less}n", f"{less}s"))  # Canada, Canadian


def _consonants(name: str) -> str:
    """Return what a name's spellings in Latin letters have in common: its consonants, each once where it is doubled."""
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", name.translate(_SOUNDS)))


def _written(tokens: Sequence[str], names: dict[str, str]) -> str:
    return " ".join(names.get(token, token) for token in tokens)


def _first_sentence(tokens: Sequence[str]) -> Sequence[str]:
    """Return the tokens up to the first stop behind what may be a dateline."""
    ends = (at for at, token in enumerate(tokens) if token == STOP and at >= _LEAST_WORDS)
    return tokens[: next(ends, len(tokens))]


def _withdraws(tokens: Sequence[str]) -> bool:
    return any(map(withdraws, tokens[:_OPENING]))
