"""What two texts have in common, as the numbers that the pair model was fitted on.

All weights are squared inverse document frequencies of the window. "Older" is the entry of the
window, "newer" the one to be decided. Order matters in a text and not in these sums, so the
words are aligned too: what stands on both sides at one place and differs ("12th" and "13th",
Homs and Hama) tells templates from copies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from rapidfuzz.distance import Indel, LCSseq

from watcher.dedup.postings import Hashes, Postings, distinct, pair_hashes, words_of
from watcher.dedup.weights import COMMON, Weights
from watcher.dedup.words import COUNTED, KIND, NUMBER, WITHDRAWS

FEATURES = (
    "shared of the smaller", "shared of both", "shared words of the smaller", "titles alike", "title in the other text",
    "numbers in titles", "numbers in texts", "length apart", "hours apart", "same outlet", "weight of the smaller",
    "weight of the greater", "shared is old", "shared phrases", "runs of four words", "order of words",
    "replaced words", "weight of replaced words", "replaced numbers", "share of numbers", "newer in older",
)  # fmt: skip
#: Words replaced at one place that are counted.
_GAP = 12
#: Bodies shorter than this are aligned together with their titles.
_BODY = 5
#: `log1p` of hours; and the weight of some ten words.
_HALF_A_DAY, _SHORT = math.log1p(12), 8.0
#: Words in which a withdrawal is looked for.
_OPENING = 40
_ONE, _NOTHING = np.uint32(1), np.uint32(0)


class Side:
    """One text, ready to be compared; what is seldom asked for is worked out when it is."""

    def __init__(self, core: bytes, postings: Postings, table: Weights, at: float, feed: int, *, new: bool) -> None:
        """Read a fingerprint's core. A new entry is not counted yet, so one is added to its frequencies."""
        self.array = words_of(core)
        self.pairs = distinct(pair_hashes(self.array))
        self.counts = postings.pairs.of(self.pairs)
        self._more = _ONE if new else _NOTHING
        self._weights = table[np.minimum(self.counts + self._more, COMMON)]
        self.weight = float(self._weights.sum())
        self.core, self.at, self.feed, self._postings, self._table = core, at, feed, postings, table

    @cached_property
    def pair_weights(self) -> dict[int, float]:
        """Distinct pairs of words with their weights."""
        return dict(zip(self.pairs.tolist(), self._weights.tolist(), strict=True))

    @cached_property
    def different(self) -> Hashes:
        """Distinct words."""
        return distinct(self.array)

    @cached_property
    def word_weights(self) -> dict[int, float]:
        """Distinct words with their weights."""
        weights = self._table[np.minimum(self._postings.words.of(self.different) + self._more, COMMON)]
        return dict(zip(self.different.tolist(), weights.tolist(), strict=True))

    @cached_property
    def words_weight(self) -> float:
        """Weight of all words together."""
        return sum(self.word_weights.values())

    @cached_property
    def words(self) -> list[int]:
        """The words in order."""
        listed: list[int] = self.array.tolist()
        return listed

    @cached_property
    def title(self) -> list[int]:
        """The title's words in order."""
        return self.words[: self.core[1]]

    @cached_property
    def title_weight(self) -> float:
        """Weight of the title's distinct words."""
        return sum(map(self.word_weights.__getitem__, set(self.title)))

    @cached_property
    def fours(self) -> frozenset[int]:
        """Hashed runs of four words."""
        return frozenset(_fours(self.array))

    @cached_property
    def numbers(self) -> frozenset[int]:
        """Words that are numbers."""
        return frozenset(word for word in self.word_weights if word & KIND == NUMBER)

    @cached_property
    def facts(self) -> frozenset[int]:
        """Numbers that count casualties and the like: their clash is a development, not another text."""
        return _facts(self.words) if self.numbers else frozenset()

    @property
    def link(self) -> int:
        """Hash of the link; 0 without one."""
        return int.from_bytes(self.core[2:6], "little")

    @property
    def host(self) -> int:
        """Hash of the link's host; 0 without one."""
        return int.from_bytes(self.core[6:10], "little")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two texts' features, and what a reader may want to see of them."""

    features: tuple[float, ...]
    shared: tuple[int, ...]
    same_link: bool
    #: A number that counts casualties differs: `features` set it aside, `strict` did not.
    facts_differ: bool
    strict: tuple[float, ...]
    #: The newer one takes back something, in words that the older has not.
    withdraws: bool

    @property
    def is_series(self) -> bool:
        """Whether the two are short, of one outlet, and half a day apart: rather the next of a series than a repeat."""
        return bool(self.features[9]) and self.features[8] > _HALF_A_DAY and self.features[10] < _SHORT

    @property
    def may_differ_in_facts(self) -> bool:
        """Whether numbers clash, a word stands for another in texts alike, or a claim is withdrawn."""
        return self.facts_differ or self.withdraws or (self.features[15] >= 0.75 and 0 < self.features[16] <= 0.25)


def compare(newer: Side, older: Side, postings: Postings) -> Likeness:
    """Return the features of a pair."""
    smaller = max(1e-6, min(newer.weight, older.weight))
    shared = tuple(pair for pair in older.pair_weights if pair in newer.pair_weights)
    shared_weights = [newer.pair_weights[pair] for pair in shared]
    together = sum(shared_weights)
    common = newer.word_weights.keys() & older.word_weights.keys()
    common_weight = sum(map(newer.word_weights.__getitem__, common))
    titles = _titles(newer, older)
    order, replaced, replaced_weight, replaced_numbers, fact_clash = _aligned(newer, older)
    longer, shorter = sorted((len(newer.pair_weights), len(older.pair_weights)), reverse=True)
    fours = min(len(newer.fours), len(older.fours))
    same_outlet = newer.feed == older.feed or (newer.host == older.host != 0)

    def features(numbers: tuple[float, float, float]) -> tuple[float, ...]:
        return (
            min(1.0, together / smaller),
            together / max(1e-6, newer.weight + older.weight - together),
            common_weight / max(1e-6, min(newer.words_weight, older.words_weight)),
            *titles,
            numbers[0],
            numbers[1],
            math.log((1 + longer) / (1 + shorter)),
            math.log1p(max(0.0, newer.at - older.at) / 3600),
            float(same_outlet),
            smaller,
            max(newer.weight, older.weight),
            _old_share(shared, shared_weights, together, postings),
            math.log1p(len(shared)),
            len(newer.fours & older.fours) / fours if fours else 0.0,
            order,
            replaced,
            replaced_weight,
            numbers[2],
            min(_number_share(newer), _number_share(older)),
            together / max(1e-6, newer.weight),
        )

    facts = newer.facts | older.facts
    plain = features(_numbers(newer, older, facts, replaced_numbers - fact_clash))
    differ = bool(fact_clash) or bool(newer.facts and older.facts and newer.facts != older.facts)
    strict = features(_numbers(newer, older, frozenset(), replaced_numbers)) if differ else plain
    return Likeness(plain, shared, newer.link == older.link != 0, differ, strict, _withdraws(newer) > _withdraws(older))


def containment(newer: Side, older: Side) -> float:
    """Return the first feature alone: the share of the smaller text's weight that both have."""
    mine = newer.pair_weights
    shared = sum([mine[pair] for pair in older.pairs.tolist() if pair in mine])
    return shared / max(1e-6, min(newer.weight, older.weight))


def similarity_of_texts(old: Sequence[int], new: Sequence[int]) -> float:
    """Return how alike two sequences of words are, whatever the window holds (normalised indel similarity)."""
    return float(Indel.normalized_similarity(old, new))


# ---------------------------------------------------------------- inside


def _fours(words: Hashes) -> list[int]:
    """Hash each run of four words."""
    if len(words) < 4:
        return []
    pairs = pair_hashes(words)
    mixed = pairs[:-2] * np.uint32(0xC2B2AE3D) ^ (pairs[2:] * np.uint32(0x27D4EB2F))
    listed: list[int] = (mixed ^ (mixed >> np.uint32(15))).tolist()
    return listed


def _facts(words: Sequence[int]) -> frozenset[int]:
    """The numbers with a word beside them that says what they count."""
    found = set()
    for at, word in enumerate(words):
        if word & KIND == NUMBER:
            for near in words[max(0, at - 3) : at + 5]:
                if near & KIND == COUNTED:
                    found.add(word)
                    break
    return frozenset(found)


def _titles(newer: Side, older: Side) -> tuple[float, float]:
    """How alike the titles are (Dice), and how much of one title stands in the other entry at all."""
    mine, theirs = set(newer.title), set(older.title)
    alike = 2 * len(mine & theirs) / max(1, len(mine) + len(theirs))
    here = sum(map(newer.word_weights.__getitem__, mine & older.word_weights.keys()))
    there = sum(map(older.word_weights.__getitem__, theirs & newer.word_weights.keys()))
    return alike, max(here / max(1e-6, newer.title_weight), there / max(1e-6, older.title_weight))


def _numbers(newer: Side, older: Side, aside: frozenset[int], replaced: set[int]) -> tuple[float, float, float]:
    """Agreement of numbers in titles (1, 0 or -1), in texts (0-1), and how many stand replaced."""
    mine = {word for word in newer.title if word & KIND == NUMBER} - aside
    theirs = {word for word in older.title if word & KIND == NUMBER} - aside
    titles = 0.0 if not (mine and theirs) else 1.0 if mine & theirs else -1.0
    all_mine, all_theirs = newer.numbers - aside, older.numbers - aside
    fewer = min(len(all_mine), len(all_theirs))
    return titles, len(all_mine & all_theirs) / fewer if fewer else 0.5, float(len(replaced))


def _withdraws(side: Side) -> bool:
    return any(word & KIND == WITHDRAWS for word in side.words[:_OPENING])


def _number_share(side: Side) -> float:
    return len(side.numbers) / max(1, len(side.word_weights))


def _old_share(shared: Sequence[int], weights: Sequence[float], together: float, postings: Postings) -> float:
    """Share of what both have that stood in older entries already: the age of a template."""
    if not shared or not postings.aged - postings.first:
        return 0.0
    old = postings.old.of(np.array(shared, dtype=np.uint32)).tolist()
    return sum(weight for weight, count in zip(weights, old, strict=True) if count) / max(1e-6, together)


def _aligned(newer: Side, older: Side) -> tuple[float, float, float, set[int], set[int]]:
    """Lay the words side by side (longest common subsequence).

    Returns the share of the shorter that is in order in the other, words replaced for each word
    kept, the weight of replaced words, replaced numbers, and those of them that are facts.
    """
    mine, theirs = newer.words[len(newer.title) :], older.words[len(older.title) :]
    if min(len(mine), len(theirs)) < _BODY:
        mine, theirs = newer.words, older.words
    kept = replaced = at = there = 0
    gone: list[int] = []
    come: list[int] = []
    for block in LCSseq.opcodes(mine, theirs).as_matching_blocks():
        mine_gap, their_gap = block.a - at, block.b - there
        if mine_gap and their_gap:
            come += mine[at : block.a][:_GAP]
            gone += theirs[there : block.b][:_GAP]
            replaced += min(mine_gap, their_gap, _GAP)
        kept += block.size
        at, there = block.a + block.size, block.b + block.size
    new = set(come) - older.word_weights.keys()
    lost = set(gone) - newer.word_weights.keys()
    weight = min(sum(map(newer.word_weights.__getitem__, new)), sum(map(older.word_weights.__getitem__, lost)))
    new_numbers = {word for word in come if word & KIND == NUMBER} - set(gone)
    lost_numbers = {word for word in gone if word & KIND == NUMBER} - set(come)
    fewer = min(new_numbers, lost_numbers, key=len)
    facts = (new_numbers & newer.facts) if fewer is new_numbers else (lost_numbers & older.facts)
    return kept / max(1, min(len(mine), len(theirs))), replaced / max(1, kept), weight, fewer, facts
