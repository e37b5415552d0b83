"""What two texts have in common, as the numbers that the pair model was fitted on.

All weights are squared inverse document frequencies of the window. "Older" is the entry of the
window, "newer" the one to be decided. Order matters in a text and not in these sums, so the
words are aligned too: what stands on both sides at one place and differs ("12th" and "13th",
Homs and Hama) tells templates from copies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Indel, LCSseq

from watcher.dedup.lazy import lazy
from watcher.dedup.postings import FREQUENT, Hashes, Postings, distinct, pair_hashes, words_of
from watcher.dedup.sketches import Sets
from watcher.dedup.weights import Weights
from watcher.dedup.words import COUNTED, KIND, NUMBER, WITHDRAWS

FEATURES = (
    "shared of the smaller", "shared of both", "shared words of the smaller", "titles alike", "title in the other text",
    "numbers in titles", "numbers in texts", "length apart", "hours apart", "same outlet", "weight of the smaller",
    "weight of the greater", "shared is old", "shared phrases", "runs of four words", "order of words",
    "replaced words", "weight of replaced words", "replaced numbers", "share of numbers", "newer in older",
    "told before", "title words put for others",
)  # fmt: skip
#: Words replaced at one place that are counted.
_GAP = 12
#: Bodies shorter than this are aligned together with their titles.
_BODY = 5
#: `log1p` of hours; and the weight of some fifteen words: of pairs between 8 and 12, 11 were different and 4 one text.
_HALF_A_DAY, _SHORT = math.log1p(12), 12.0
#: Numbers replaced from which a text is the next issue of a list.
_OF_A_LIST = 3
#: Two entries of one outlet share a block and nothing else if less of a title stands in the other, and less outside
#: the block. Of such pairs that were compared in the labelled sets, 143 were different and 44 one text.
_TITLE_KNOWN, _OUTSIDE = 0.4, 0.3
#: Words in which a withdrawal is looked for.
_OPENING = 40
_ONE, _NOTHING = np.uint32(1), np.uint32(0)


class Side:
    """One text, ready to be compared; what is seldom asked for is worked out when it is."""

    def __init__(
        self,
        core: bytes,
        postings: Postings,
        table: Weights,
        at: float,
        feed: int,
        *,
        new: bool,
        pairs: Hashes | None = None,
        counts: Hashes | None = None,
    ) -> None:
        """Read a fingerprint's core. A new entry is not counted yet, so one is added to its frequencies.

        `pairs` are its distinct pairs of words and `counts` their frequencies, if they are known already.
        """
        self.pairs = distinct(pair_hashes(words_of(core))) if pairs is None else pairs
        self.counts = postings.pairs.of(self.pairs) if counts is None else counts
        self._more = _ONE if new else _NOTHING
        self.core, self.at, self.feed, self._postings, self._table = core, at, feed, postings, table

    @lazy
    def weights(self) -> Weights:
        """Weights of the distinct pairs; the table's last one stands for all above it."""
        return self._table.take(self.counts + self._more, mode="clip")

    @lazy
    def weight(self) -> float:
        """Weight of all pairs together."""
        return float(np.add.reduce(self.weights))

    @lazy
    def array(self) -> Hashes:
        """The words in order."""
        return words_of(self.core)

    @lazy
    def pair_weights(self) -> dict[int, float]:
        """Distinct pairs of words with their weights."""
        return dict(zip(self.pairs.tolist(), self.weights.tolist(), strict=True))

    @lazy
    def different(self) -> Hashes:
        """Distinct words."""
        return distinct(self.array)

    @lazy
    def word_weights(self) -> dict[int, float]:
        """Distinct words with their weights."""
        counts = self._postings.words.of(self.different)
        weights = self._table.take(counts + self._more, mode="clip")
        return dict(zip(self.different.tolist(), weights.tolist(), strict=True))

    @lazy
    def words_weight(self) -> float:
        """Weight of all words together."""
        return sum(self.word_weights.values())

    @lazy
    def words(self) -> list[int]:
        """The words in order."""
        listed: list[int] = self.array.tolist()
        return listed

    @lazy
    def title(self) -> list[int]:
        """The title's words in order."""
        return self.words[: self.core[1]]

    @lazy
    def title_weight(self) -> float:
        """Weight of the title's distinct words."""
        return sum(map(self.word_weights.__getitem__, set(self.title)))

    @lazy
    def fours(self) -> frozenset[int]:
        """Hashed runs of four words."""
        return frozenset(_fours(self.array))

    @lazy
    def numbers(self) -> frozenset[int]:
        """Words that are numbers."""
        return frozenset(word for word in self.word_weights if word & KIND == NUMBER)

    @lazy
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
    #: The share of a title that stands in the other entry at all, of the title of which less does.
    titles_in_other: float
    #: The share of what both have that stands outside the longest run of words.
    outside_one_run: float

    @property
    def is_rather_next(self) -> bool:
        """Whether the two are rather neighbours in an outlet's output than a text and its repeat.

        They are half a day apart and short ("Morning briefing") or a list with other numbers, they
        number themselves differently ("12 May" and "13 May"), or they share one block that has
        nothing to do with their titles: a caption, standing text, the description of a page.
        """
        if not self.features[9]:
            return False
        is_series = self.features[8] > _HALF_A_DAY and (self.features[10] < _SHORT or self.features[18] >= _OF_A_LIST)
        share_a_block = self.titles_in_other < _TITLE_KNOWN and self.outside_one_run < _OUTSIDE
        return is_series or self.features[5] < 0 or share_a_block

    @property
    def replaces_words(self) -> bool:
        """Whether words of one stand in the place of others of the other."""
        return self.features[16] > 0

    @property
    def may_differ_in_facts(self) -> bool:
        """Whether numbers clash, a word stands for another in texts alike, or a claim is withdrawn."""
        return self.facts_differ or self.withdraws or (self.features[15] >= 0.75 and 0 < self.features[16] <= 0.25)


def of_one_outlet(newer: Side, older: Side) -> bool:
    """Return whether two entries link to one site; where one names none, whether they came by one feed."""
    if newer.host and older.host:
        return newer.host == older.host
    return newer.feed == older.feed


def compare(newer: Side, older: Side, postings: Postings, told: Hashes | None = None) -> Likeness:
    """Return the features of a pair.

    `told` are pairs of words that the outlet has used in other stories; only asked for a pair of one outlet.
    """
    smaller = max(1e-6, min(newer.weight, older.weight))
    shared = tuple(pair for pair in older.pair_weights if pair in newer.pair_weights)
    shared_weights = [newer.pair_weights[pair] for pair in shared]
    together = sum(shared_weights)
    common = newer.word_weights.keys() & older.word_weights.keys()
    common_weight = sum(map(newer.word_weights.__getitem__, common))
    alike, more_in_other, less_in_other = _titles(newer, older)
    order, replaced, replaced_weight, replaced_numbers, fact_clash, block = _aligned(newer, older)
    longer, shorter = sorted((len(newer.pair_weights), len(older.pair_weights)), reverse=True)
    fours = min(len(newer.fours), len(older.fours))
    one_outlet = of_one_outlet(newer, older)
    title_swaps = _swapped(newer.title, older.title)

    def features(numbers: tuple[float, float, float]) -> tuple[float, ...]:
        return (
            min(1.0, together / smaller),
            together / max(1e-6, newer.weight + older.weight - together),
            common_weight / max(1e-6, min(newer.words_weight, older.words_weight)),
            alike,
            more_in_other,
            numbers[0],
            numbers[1],
            math.log((1 + longer) / (1 + shorter)),
            math.log1p(max(0.0, newer.at - older.at) / 3600),
            float(one_outlet),
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
            _told_share(newer, shared, together, told) if one_outlet else 0.0,
            title_swaps,
        )

    facts = newer.facts | older.facts
    plain = features(_numbers(newer, older, facts, replaced_numbers - fact_clash))
    differ = bool(fact_clash) or bool(newer.facts and older.facts and newer.facts != older.facts)
    strict = features(_numbers(newer, older, frozenset(), replaced_numbers)) if differ else plain
    outside = 1.0 - min(1.0, block / max(1e-6, together))
    takes_back = _withdraws(newer) > _withdraws(older)
    return Likeness(plain, shared, newer.link == older.link != 0, differ, strict, takes_back, less_in_other, outside)


def containment(newer: Side, older: Side) -> float:
    """Return the first feature alone: the share of the smaller text's weight that both have."""
    mine = newer.pair_weights
    shared = sum([mine[pair] for pair in older.pairs.tolist() if pair in mine])
    return shared / max(1e-6, min(newer.weight, older.weight))


def containments(newer: Side, older: Sets, counts: Hashes, table: Weights) -> Weights:
    """Return the `containment` of many older texts by their distinct pairs, but for the last digits."""
    entries, owners = len(older.starts) - 1, older.owners
    at = np.minimum(newer.pairs.searchsorted(older.hashes), len(newer.pairs) - 1)
    shared = np.where(newer.pairs.take(at) == older.hashes, newer.weights.take(at), 0.0)
    together = np.bincount(owners, shared, entries)
    weights = np.bincount(owners, table.take(counts, mode="clip"), entries)
    return together / np.maximum(1e-6, np.minimum(newer.weight, weights))


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


def _titles(newer: Side, older: Side) -> tuple[float, float, float]:
    """How alike the titles are (Dice), and the shares of each title that the other entry has: greater, smaller."""
    mine, theirs = set(newer.title), set(older.title)
    alike = 2 * len(mine & theirs) / max(1, len(mine) + len(theirs))
    here = sum(map(newer.word_weights.__getitem__, mine & older.word_weights.keys()))
    there = sum(map(older.word_weights.__getitem__, theirs & newer.word_weights.keys()))
    shares = here / max(1e-6, newer.title_weight), there / max(1e-6, older.title_weight)
    return alike, max(shares), min(shares)


def _swapped(mine: Sequence[int], theirs: Sequence[int]) -> float:
    """Share of the edits between two titles that put as many words for as many: a template's places and dates."""
    if not mine or not theirs:
        return 0.0
    at = there = edits = swapped = 0
    for block in LCSseq.opcodes(mine, theirs).as_matching_blocks():
        gone, come = block.a - at, block.b - there
        edits += max(gone, come)
        swapped += gone if gone == come else 0
        at, there = block.a + block.size, block.b + block.size
    return swapped / max(1, edits)


def _told_share(newer: Side, shared: Sequence[int], together: float, told: Hashes | None) -> float:
    """Share of what both have that the outlet has in other stories too, or that is in everybody's."""
    known = frozenset() if told is None else frozenset(told.tolist())
    common = frozenset(newer.pairs[newer.counts > FREQUENT].tolist())
    weights = newer.pair_weights
    return sum(weights[pair] for pair in shared if pair in known or pair in common) / max(1e-6, together)


def _numbers(newer: Side, older: Side, aside: frozenset[int], replaced: set[int]) -> tuple[float, float, float]:
    """Agreement of numbers in titles, in texts (0-1), and how many stand replaced.

    In titles: 1 if the numbers of one stand in the other, -0.5 if both have some of their own, -1 if
    they have none in common, 0 if one has none.
    """
    mine = {word for word in newer.title if word & KIND == NUMBER} - aside
    theirs = {word for word in older.title if word & KIND == NUMBER} - aside
    titles = 0.0
    if mine and theirs:
        titles = 1.0 if mine <= theirs or theirs <= mine else -0.5 if mine & theirs else -1.0
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


def _aligned(newer: Side, older: Side) -> tuple[float, float, float, set[int], set[int], float]:
    """Lay the words side by side (longest common subsequence).

    Returns the share of the shorter that is in order in the other, words replaced for each word
    kept, the weight of replaced words, replaced numbers, those of them that are facts, and the
    weight of the longest run of words that both have.
    """
    mine, theirs = newer.words[len(newer.title) :], older.words[len(older.title) :]
    if min(len(mine), len(theirs)) < _BODY:
        mine, theirs = newer.words, older.words
    kept = replaced = at = there = 0
    gone: list[int] = []
    come: list[int] = []
    blocks = LCSseq.opcodes(mine, theirs).as_matching_blocks()
    for block in blocks:
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
    longest = max(blocks, key=lambda block: block.size)
    run = np.array(mine[longest.a : longest.a + longest.size], dtype=np.uint32)
    block_weight = sum(newer.pair_weights[pair] for pair in set(pair_hashes(run).tolist())) if len(run) > 1 else 0.0
    return kept / max(1, min(len(mine), len(theirs))), replaced / max(1, kept), weight, fewer, facts, block_weight
