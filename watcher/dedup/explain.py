"""What a reader is told of two texts: phrases that both have, facts that changed, the words that differ."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from watcher.dedup.facts import Fact, Number, facts_of, is_count, numbers_of, tokens_of
from watcher.dedup.lexicon import LABELS, withdraws
from watcher.dedup.postings import Hashes, pair_hashes
from watcher.dedup.words import cut, hash_of
from watcher.model import Change
from watcher.text import fold

#: Phrases shown.
_PHRASES = 8
#: Words of a text in which a withdrawal is looked for.
_OPENING = 14
#: In texts that are alike but for so many of their words, a name put for another is a correction.
_ALIKE, _CORRECTIONS = 0.80, 2
#: Similarity from which two names are spellings of one.
_SPELLED_ALIKE = 0.8
#: Words that lead to whom a text quotes.
_TELLING = frozenset(
    fold(word)
    for word in (
        "told tells telling source sources according quoted quoting cited citing via says said reported reports"
        " según dijo informó fuente selon source déclaré сообщил сообщила сообщили сообщает сообщению заявил рассказал"
        " данным نقلا عن المصدر مصدر قال قالت لوكالة وكالة صرح أبلغ"
    ).split()
)


def shared_phrases(text: str, shared: Iterable[int], counts: Callable[[Hashes], Hashes]) -> tuple[str, ...]:
    """Return the rarest of the pairs of words that two texts share, as they stand in `text`."""
    raw = [word for word in cut(text) if fold(word)]
    if len(raw) < 2:
        return ()
    pairs = pair_hashes(np.array([hash_of(fold(word)) for word in raw], dtype=np.uint32))
    both = set(shared)
    found = {f"{a} {b}": pair for a, b, pair in zip(raw, raw[1:], pairs.tolist(), strict=False) if pair in both}
    rarity = dict(zip(found, counts(np.array(list(found.values()), dtype=np.uint32)).tolist(), strict=True))
    return tuple(sorted(rarity, key=lambda phrase: (rarity[phrase], phrase))[:_PHRASES])


def changes_between(old: str, new: str) -> tuple[Change, ...]:
    """Return the salient facts in which a newer text of one story differs from an older one.

    First what is counted (killed, injured, ...), then other numbers and names that stand in the
    same place of texts otherwise alike, then a claim taken back.
    """
    before, after = tokens_of(old), tokens_of(new)
    found = list(changed_counts(facts_of(before), facts_of(after)))
    known = {change.before for change in found}
    found += [change for change in _replaced(old, new, before, after) if change.before not in known]
    if _withdraws(after) and not _withdraws(before):
        found.append(Change("claim", "stated", "withdrawn"))
    return tuple(found)


def changed_counts(old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[Change]:
    """Yield what differs: a kind of fact that both texts tell, with no value in common.

    Several values of one kind in one text ("5 on Monday, 12 in all") are compared by the greatest.
    """
    for what in LABELS:
        before = {fact.value for fact in old if fact.what == what}
        after = {fact.value for fact in new if fact.what == what}
        if before and after and not before & after:
            yield Change(what, max(before), max(after))


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


def _spaced(text: str) -> list[str]:
    return text.split()[:5000]


def _key(word: str) -> str:
    return " ".join(fold(part) for part in cut(word)) or word


def _replaced(old: str, new: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Yield numbers and names that stand for others at the same place of texts that are alike."""
    blocks = LCSseq.opcodes(before, after).as_matching_blocks()
    kept = sum(block.size for block in blocks)
    if kept < _ALIKE * min(len(before), len(after)):
        return
    was, came = ({number.first: number for number in numbers_of(tokens)} for tokens in (before, after))
    names = _names(old) | _names(new)
    corrected: list[Change] = []
    for last, following in pairwise(blocks):
        gap = slice(last.a + last.size, following.a), slice(last.b + last.size, following.b)
        gone, come = before[gap[0]], after[gap[1]]
        if not last.size or not following.size or not gone or not come:
            continue  # at an end, or only added or left out
        if (lost := was.get(gap[0].start)) and (got := came.get(gap[1].start)):
            if is_count(before, lost) and is_count(after, got) and lost.value != got.value:
                yield Change(_counted_thing(after, got), lost.value, got.value)
        elif (
            len(gone) <= 3
            and len(come) <= 3
            and _is_name(gone, names)
            and _is_name(come, names)
            and not _says_who_told(before, gap[0].start)
            and not _same_name(gone, come)
        ):
            corrected.append(Change("name", _written(gone, names), _written(come, names)))
    if len(corrected) <= _CORRECTIONS and len(before) >= 8:
        yield from corrected


def _counted_thing(tokens: Sequence[str], number: Number) -> str:
    after = tokens[number.last + 1 : number.last + 2]
    return after[0] if after and len(after[0]) > 1 else "number"


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
    return all(token in names for token in tokens) and not any(token.isdecimal() for token in tokens)


def _says_who_told(tokens: Sequence[str], name: int) -> bool:
    """Say whether the name at a place is that of whom the text quotes: each outlet puts its own there."""
    return not _TELLING.isdisjoint(tokens[max(0, name - 3) : name])


def _same_name(gone: Sequence[str], come: Sequence[str]) -> bool:
    """Say whether two names are spellings of one, as Maarat and Maaret are; Iran and Iraq are at 0.75."""
    return fuzz.ratio(" ".join(gone), " ".join(come)) / 100 >= _SPELLED_ALIKE


def _written(tokens: Sequence[str], names: dict[str, str]) -> str:
    return " ".join(names.get(token, token) for token in tokens)


def _withdraws(tokens: Sequence[str]) -> bool:
    return any(map(withdraws, tokens[:_OPENING]))
