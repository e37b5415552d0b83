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
from rapidfuzz.distance import Indel

from watcher.dedup.alignment import Alignment, words_swapped
from watcher.dedup.lazy import lazy
from watcher.dedup.looked import Looked, Sources
from watcher.dedup.sketches import Flags, Hashes, Keys, Places, distinct_keys, pair_hashes, spread, sums
from watcher.dedup.texts import Texts
from watcher.dedup.weights import Weights
from watcher.dedup.words import KIND, NUMBER

FEATURES = (
    "shared of the smaller", "shared of both", "shared words of the smaller", "titles alike", "title in the other text",
    "numbers in titles", "numbers in texts", "length apart", "hours apart", "same outlet", "weight of the smaller",
    "weight of the greater", "shared is old", "shared phrases", "runs of four words", "order of words",
    "replaced words", "weight of replaced words", "replaced numbers", "share of numbers", "newer in older",
    "told before", "title words put for others", "hours apart with little shared", "beginnings alike",
    "rarest word replaced", "less than the best",
)  # fmt: skip
#: `log1p` of hours; and the weight of some fifteen words: of pairs between 8 and 12, 11 were different and 4 one text.
_HALF_A_DAY, _SHORT = math.log1p(12), 12.0
#: Numbers replaced from which a text is the next issue of a list.
_OF_A_LIST = 3
#: Two entries of one outlet share a block and nothing else if less of a title stands in the other, and less outside
#: the block. Of such pairs that were compared in the labelled sets, 143 were different and 44 one text.
_TITLE_KNOWN, _OUTSIDE = 0.4, 0.3
#: A block is standing text, whoever has it, if so many other entries of the outlet have it; so much of what is shared
#: with another outlet is that block. With one other, F1 of Arabic MIX falls by .003; with two it stays.
_STANDING, _SAME_BLOCK = 2, 0.7
#: Two short headlines of one outlet tell of two things if all edits put words for as many others, and those weigh so
#: much: two names, say. Without it the deaths of each village of a region would be one story.
_SWAPPED, _ANOTHER_NAME = 0.99, 0.75
#: Where one is a headline and nothing else, there are no beginnings to be alike.
_NO_BEGINNING = -1.0
#: Weight shared from which hours apart count for little: a short line comes again on another day with other news.
_LITTLE = 5.0
#: An outlet goes on with its own text within so many hours (`log1p`) if so much of the shorter one is in the other
#: and so much of a headline: of such pairs with other counts in the fitted half of `newsfeeds`, 6 of 7 were one story.
_GOES_ON, _AGAIN, _HEADLINE_KNOWN = math.log1p(6), 0.5, 0.75
#: Where one of them says that a count has grown, so much of pairs and of words is enough in a line, and in longer texts
#: with the headline: else they may be standing text, and "update" or "latest" the name of a page written on all day.
_TOLD_AGAIN, _WORDS_AGAIN = 0.35, 0.55
#: Features that are asked for by number elsewhere.
TOLD_BEFORE = 21
_IN_TITLES, _IN_TEXTS, _REPLACED_NUMBERS = 5, 6, 18
#: Agreement of numbers in titles: those of one stand in the other, some are common, none; in texts, if one has none.
_SAME, _SOME, _NONE, _UNKNOWN = 1.0, -0.5, -1.0, 0.5
_HIGH = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two texts' features, and what a reader may want to see of them."""

    features: tuple[float, ...]
    #: A number that counts casualties differs: `features` set it aside, `strict` did not.
    facts_differ: bool
    strict: tuple[float, ...]
    #: The newer one takes back something, in words that the older has not.
    withdraws: bool

    @property
    def counts_may_differ(self) -> bool:
        """Whether numbers clash, or two lines have some: of 4.3 and 3.3 the words have 3 in common."""
        return self.facts_differ or (self.features[10] < _SHORT and self.features[19] > 0)

    @property
    def may_differ_in_facts(self) -> bool:
        """Whether numbers may clash, a word stands for another in texts alike, or a claim is withdrawn."""
        replaced = self.features[15] >= 0.75 and 0 < self.features[16] <= 0.25
        return self.counts_may_differ or self.withdraws or replaced


class Compared:
    """Pairs of an entry that comes ("mine") and a row that is near, and their features, a row each."""

    def __init__(self, looked: Looked, sources: Sources) -> None:
        """Work out all features but `TOLD_BEFORE`, which is 0.0."""
        self._looked, self.near = looked, looked.near
        self.entries, self.rows = looked.entries[self.near], looked.rows[self.near]
        newer, self._mine = np.unique(self.entries, return_inverse=True)
        older, theirs = np.unique(looked.which[self.near], return_inverse=True)
        self._theirs = theirs + len(newer)
        cores = [sources.cores[entry] for entry in newer.tolist()] + [looked.cores[row] for row in older.tolist()]
        self._texts = texts = Texts(cores)
        self._turns = looked.new.turns
        owners = texts.words.owners
        some = slice(int(owners.searchsorted(len(newer))))  # words of the entries, which are the first texts
        turns = newer.take(owners[some])
        counts = self._turns.words.at(texts.words.hashes[some], turns)
        self._weights = self._turns.weigh(counts + 1, turns)
        self.features = np.zeros((len(self), len(FEATURES)))
        self.same_link = (texts.links[self._mine] == texts.links[self._theirs]) & (texts.links[self._mine] != 0)
        self.withdraws = texts.withdraws[self._mine] & ~texts.withdraws[self._theirs]
        self._compare_pairs()
        self._compare_words()
        self._compare_with_others()
        self._compare_titles()
        self._compare_outside(sources)
        self._align()

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.near)

    def likeness(self, number: int) -> "Likeness":
        """Return what is told of one pair."""
        features = self.features[number].tolist()
        strict = features.copy()
        if number in self._strict:
            strict[_IN_TITLES], strict[_IN_TEXTS], strict[_REPLACED_NUMBERS] = self._strict[number]
        differ, withdraws = bool(self.facts_differ[number]), bool(self.withdraws[number])
        return Likeness(tuple(features), differ, tuple(strict), withdraws)

    @property
    def clashes(self) -> list[int]:
        """The pairs whose facts clash."""
        return list(self._strict)

    def shared(self, number: int) -> list[int]:
        """Return the pairs of words that both of one pair have."""
        looked = self._looked
        shared: list[int] = looked.new.pairs.hashes[looked.shared[looked.each == self.near[number]]].tolist()
        return shared

    @lazy
    def is_rather_next(self) -> Flags:
        """Whether two texts are rather neighbours in an outlet's output than a text and its repeat.

        They are half a day apart and short ("Morning briefing") or a list with other numbers, they
        number themselves differently ("12 May" and "13 May"), their short headlines are worded alike
        and name or count two things, or they share one block that has nothing to do with their titles: a
        caption, standing text, the description of a page. Where two of the outlet's entries have that block under
        other titles, another outlet's entry with it is no copy either: two channels of one broadcaster.
        """
        of = self.features.T
        is_short = of[10] < _SHORT
        is_series = (of[8] > _HALF_A_DAY) & (is_short | (of[_REPLACED_NUMBERS] >= _OF_A_LIST))
        names_another = is_short & (of[22] >= _SWAPPED) & (of[17] > _ANOTHER_NAME)
        counts_another = is_short & (of[_REPLACED_NUMBERS] > 0)
        share_a_block = (self._titles_in_other < _TITLE_KNOWN) & (self._outside_one_run < _OUTSIDE)
        numbered = (of[_IN_TITLES] < 0) | counts_another
        own: Flags = of[9] != 0
        in_own = np.where(own & share_a_block & self._both_titled, self._together, 0.0)
        most = np.zeros(len(self._looked.new))
        np.maximum.at(most, self.entries, in_own)
        is_standing = (most.take(self.entries) >= _SAME_BLOCK * self._together) & (
            np.bincount(self.entries, in_own > 0, len(most)).take(self.entries) >= _STANDING
        )
        rather: Flags = own & (is_series | numbered | names_another) | share_a_block & (own | is_standing)
        return rather

    @lazy
    def goes_on(self) -> Flags:
        """Whether an outlet brings its own text of a few hours ago again with other counts: the toll has risen."""
        of, texts = self.features.T, self._texts
        own: Flags = (of[9] != 0) & self.facts_differ & (of[8] < _GOES_ON)
        known = of[4] >= _HEADLINE_KNOWN
        same = known & (of[0] >= _AGAIN)
        again = (known | (of[10] < _SHORT)) & (of[0] >= _TOLD_AGAIN) & (of[2] >= _WORDS_AGAIN)
        for pair in np.flatnonzero(own & ~same & again).tolist():
            same[pair] = texts.grows(int(self._mine[pair])) or texts.grows(int(self._theirs[pair]))
        goes_on: Flags = own & same
        return goes_on

    @lazy
    def replaces_words(self) -> Flags:
        """Whether words of one stand in the place of others of the other."""
        replaces: Flags = self.features[:, 16] > 0
        return replaces

    # ------------------------------------------------------------ features

    def _compare_pairs(self) -> None:
        """What they share of pairs of words."""
        looked, of = self._looked, self.features.T
        mine, theirs = looked.new.weight.take(self.entries), looked.weight.take(self.near)
        self._together = together = looked.together.take(self.near)
        smaller = np.minimum(mine, theirs)
        sizes = np.diff(looked.new.pairs.starts).take(self.entries), looked.sizes.take(self.near)
        of[0] = np.minimum(1.0, together / np.maximum(1e-6, smaller))
        of[1] = together / np.maximum(1e-6, mine + theirs - together)
        of[7] = np.log((1 + np.maximum(*sizes)) / (1 + np.minimum(*sizes)))
        of[10], of[11] = np.maximum(1e-6, smaller), np.maximum(mine, theirs)
        turns, pairs = looked.entries.take(looked.each), looked.new.pairs.hashes.take(looked.shared)
        is_old = self._turns.old.at(pairs, turns) > 0
        old = looked.sum(np.where(is_old, looked.new.weights.take(looked.shared), 0.0)).take(self.near)
        of[12] = old / np.maximum(1e-6, together)
        of[13] = np.log1p(np.bincount(looked.each, minlength=len(looked)).take(self.near))
        of[20] = together / np.maximum(1e-6, mine)

    def _compare_words(self) -> None:
        """What they share of words, and of runs of four."""
        texts, of = self._texts, self.features.T
        each, places = texts.words.spread(self._theirs)
        words = texts.words.hashes.take(places)
        at, both = texts.words.find(self._mine.take(each), words)
        common = self._sum(each[both], self._weights.take(at[both]))
        owners = texts.words.owners[: len(self._weights)]
        mine = sums(owners, self._weights, len(texts)).take(self._mine)
        beginnings = sums(owners, self._weights * texts.begins[: len(owners)], len(texts))
        turns = self.entries.take(each)
        self._their_own: Weights = self._turns.weigh(self._turns.words.at(words, turns), turns)
        sizes = np.diff(texts.words.starts).take(self._theirs)
        #: Where the weights of a pair's words would begin if the words of all texts had their places before them.
        self._their_shift = np.cumsum(sizes) - sizes - np.array(texts.words.starts).take(self._theirs)
        theirs = self._sum(each, self._their_own)
        of[2] = common / np.maximum(1e-6, np.minimum(mine, theirs))
        at, own, begins = at[both], each[both], texts.begins.take(places)
        their_begin = np.where(begins, self._their_own, 0.0)
        wholes = beginnings.take(self._mine), self._sum(each, their_begin)
        known = self._sum(own, self._weights.take(at) * texts.begins.take(at)), self._sum(own, their_begin[both])
        shares = np.minimum(*(part / np.maximum(1e-6, whole) for part, whole in zip(known, wholes, strict=True)))
        of[24] = np.where(np.minimum(*wholes) > 0, shares, _NO_BEGINNING)
        each, places = texts.fours.spread(self._theirs)
        _, both = texts.fours.find(self._mine.take(each), texts.fours.hashes.take(places))
        runs = np.diff(texts.fours.starts)
        fewer = np.minimum(runs.take(self._mine), runs.take(self._theirs))
        of[14] = np.bincount(each[both], minlength=len(self)) / np.maximum(1, fewer)

    def _compare_with_others(self) -> None:
        """How much less of the shorter text is shared than with the entry's best candidate."""
        of = self.features.T
        best = np.zeros(len(self._looked.new))
        np.maximum.at(best, self.entries, of[0])
        of[26] = best.take(self.entries) - of[0]

    def _compare_titles(self) -> None:
        """How alike the titles are (Dice), and the shares of each title that the other entry has."""
        texts, of = self._texts, self.features.T
        sizes = np.diff(texts.titles.starts)
        each, places = texts.titles.spread(self._mine)
        words = texts.titles.hashes.take(places)
        weights = self._weights.take(texts.words.find(self._mine.take(each), words)[0])
        _, in_title = texts.titles.find(self._theirs.take(each), words)
        _, in_text = texts.words.find(self._theirs.take(each), words)
        here = self._sum(each[in_text], weights[in_text]) / np.maximum(1e-6, self._sum(each, weights))
        both = np.bincount(each[in_title], minlength=len(self))
        of[3] = 2 * both / np.maximum(1, sizes.take(self._mine) + sizes.take(self._theirs))
        each, places = texts.titles.spread(self._theirs)
        words = texts.titles.hashes.take(places)
        weights = self._their_weights(each, words)
        _, in_text = texts.words.find(self._mine.take(each), words)
        there = self._sum(each[in_text], weights[in_text]) / np.maximum(1e-6, self._sum(each, weights))
        of[4] = np.maximum(here, there)
        self._titles_in_other = np.minimum(here, there)
        titles = [sign[:size] for sign, size in zip(texts.signs, texts.titled.tolist(), strict=True)]
        mine, theirs = ([titles[text] for text in side.tolist()] for side in (self._mine, self._theirs))
        self._both_titled: Flags = (sizes.take(self._mine) > 0) & (sizes.take(self._theirs) > 0)
        of[22] = np.where(self._both_titled, words_swapped(mine, theirs), 0.0)

    def _compare_outside(self, sources: Sources) -> None:
        """When and where they were published, and how much of them is numbers."""
        texts, of = self._texts, self.features.T
        apart = sources.times.take(self.entries) - sources.times_of(self.rows)
        of[8] = np.log1p(np.maximum(0.0, apart) / 3600)
        of[23] = of[8] * np.exp(-self._together / _LITTLE)
        of[9] = self._looked.one_outlet.take(self.near)
        shares = texts.numbers / np.maximum(1, np.diff(texts.words.starts))
        of[19] = np.minimum(shares.take(self._mine), shares.take(self._theirs))

    def _align(self) -> None:
        """What stands in the place of what."""
        of = self.features.T
        aligned = Alignment(self._texts, self._mine, self._theirs)
        of[15], of[16] = aligned.order, aligned.replaced
        come, gone = aligned.come(), aligned.gone()
        each, words = _unkeyed(come)
        at, known = self._texts.words.find(self._theirs.take(each), words)
        new = np.flatnonzero(~known)
        at, _ = self._texts.words.find(self._mine.take(each[new]), words[new])
        rarest = np.zeros((2, len(self)))
        np.maximum.at(rarest[0], each[new], self._weights.take(at))
        brought = self._sum(each[new], self._weights.take(at))
        each, words = _unkeyed(gone)
        _, known = self._texts.words.find(self._mine.take(each), words)
        lost = np.flatnonzero(~known)
        weights = self._their_weights(each[lost], words[lost])
        np.maximum.at(rarest[1], each[lost], weights)
        dropped = self._sum(each[lost], weights)
        of[17], of[25] = np.minimum(brought, dropped), rarest.min(axis=0)
        first, lengths = aligned.longest_run()
        each, places = spread(first, np.maximum(0, lengths - 1))
        hashes = pair_hashes(self._texts.hashes) if len(each) else places.astype(np.uint32)
        each, pairs = _unkeyed(distinct_keys(each.astype(np.uint64) << _HIGH | hashes.take(places)))
        at, _ = self._looked.new.pairs.find(self.entries.take(each), pairs)
        block = self._sum(each, self._looked.new.weights.take(at))
        self._outside_one_run = 1.0 - np.minimum(1.0, block / np.maximum(1e-6, self._together))
        self._compare_numbers(come, gone)

    def _compare_numbers(self, come: Keys, gone: Keys) -> None:
        """Numbers in titles, in texts, and those that stand replaced: `_strict` has them where facts clash."""
        texts, of = self._texts, self.features.T
        new, lost = _numbers(_without(come, gone)), _numbers(_without(gone, come))
        of[_IN_TEXTS] = _UNKNOWN
        self.facts_differ = np.zeros(len(self), dtype=bool)
        self._strict: dict[int, tuple[float, float, float]] = {}
        for pair in np.flatnonzero((texts.numbers[self._mine] > 0) & (texts.numbers[self._theirs] > 0)).tolist():
            mine, theirs = int(self._mine[pair]), int(self._theirs[pair])
            facts = texts.facts[mine], texts.facts[theirs]
            fewer = min(new.get(pair, set()), lost.get(pair, set()), key=len)
            clash = fewer & facts[fewer is not new.get(pair)]
            plain = (*self._agreement(mine, theirs, facts[0] | facts[1]), float(len(fewer) - len(clash)))
            of[_IN_TITLES, pair], of[_IN_TEXTS, pair], of[_REPLACED_NUMBERS, pair] = plain
            if clash or (facts[0] and facts[1] and facts[0] != facts[1]):
                self.facts_differ[pair] = True
                self._strict[pair] = (*self._agreement(mine, theirs, frozenset()), float(len(fewer)))

    def _agreement(self, mine: int, theirs: int, aside: frozenset[int]) -> tuple[float, float]:
        """Agreement of numbers in titles, and in texts (0-1)."""
        texts = self._texts
        here, there = texts.title_numbers[mine] - aside, texts.title_numbers[theirs] - aside
        titles = 0.0
        if here and there:
            titles = _SAME if here <= there or there <= here else _SOME if here & there else _NONE
        here, there = texts.number_sets[mine] - aside, texts.number_sets[theirs] - aside
        fewer = min(len(here), len(there))
        return titles, len(here & there) / fewer if fewer else _UNKNOWN

    # ------------------------------------------------------------ sums

    def _sum(self, pairs: Places, values: Weights) -> Weights:
        return sums(pairs, values, len(self))

    def _their_weights(self, pairs: Places, words: Hashes) -> Weights:
        """Weights of words that stand in the rows' texts."""
        at, _ = self._texts.words.find(self._theirs.take(pairs), words)
        found: Weights = self._their_own.take(at + self._their_shift.take(pairs))
        return found


def similarity_of_texts(old: Sequence[int], new: Sequence[int]) -> float:
    """Return how alike two sequences of words are, whatever the window holds (normalised indel similarity)."""
    return float(Indel.normalized_similarity(old, new))


# ---------------------------------------------------------------- inside


def _unkeyed(keys: Keys) -> tuple[Places, Hashes]:
    return (keys >> _HIGH).astype(np.intp), keys.astype(np.uint32)


def _without(keys: Keys, others: Keys) -> Keys:
    """Those keys that are not among others, which rise."""
    if not len(others):
        return keys
    at = np.minimum(others.searchsorted(keys), len(others) - 1)
    rest: Keys = keys[others.take(at) != keys]
    return rest


def _numbers(keys: Keys) -> dict[int, set[int]]:
    """The words that are numbers, by pair."""
    pairs, words = _unkeyed(keys[keys.astype(np.uint32) & KIND == NUMBER])
    found: dict[int, set[int]] = {}
    for pair, word in zip(pairs.tolist(), words.tolist(), strict=True):
        found.setdefault(pair, set()).add(word)
    return found
