"""`near`: members that stand close together in one text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watcher.rules.conditions import fewest
from watcher.rules.parts import Hit
from watcher.rules.subject import Condition, Subject, Verdict, names_of
from watcher.text import plural

#: Sets of places that are tried at most; texts that need more repeat their words without end.
MAX_STEPS = 20_000

_ABBREVIATION = r"(?:\b(?:[A-Za-zА-Яа-я]|Mr|Mrs|Ms|Dr|St|Gen|Lt|Col|Sgt|Maj|Capt|Cpl|Pvt|Brig|Sen|Rep|Gov|Pres|No|vs|Jr|Sr|Prof|Ltd|Co|Inc|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|ул|г|гг|им|тыс|млн|млрд))"  # noqa: E501
_ABBREVIATED = re.compile(_ABBREVIATION + r"$")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？؟۔।]|\n")


def sentence_ends_between(text: str, start: int, end: int) -> bool:
    """Say whether a sentence ends in `text[start:end]`; the point of an abbreviation does not end one."""
    for match in _END.finditer(text, start, end + 1):
        if match.start() >= end:
            return False
        if match[0] != "." or not _ABBREVIATED.search(text, max(0, match.start() - 6), match.start()):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Near(Condition):
    """All members must stand within so many words of one text; each at a place of its own."""

    within: int = 10
    members: tuple[Condition, ...] = ()
    ordered: bool = False
    same_sentence: bool = False

    def holds(self, subject: Subject) -> bool:
        """Members that are missing are the common case."""
        return all(m.holds(subject) for m in self.members) and self._closest(subject, self._hits(subject)) is not None

    def check(self, subject: Subject) -> Verdict:
        """The evidence is the tightest set of places; if they are too far apart, the note says how far."""
        told = tuple(m.check(subject) for m in self.members)
        if missing := [v.label for v in told if not v.met]:
            return Verdict(self.label, False, children=told, note=f"missing: {names_of(missing)}")
        lists = [v.hits for v in told]
        together = self._closest(subject, lists)
        if together is None:
            return Verdict(self.label, False, children=told, note=self._why_not(subject, lists))
        return Verdict(self.label, True, tuple(map(subject.evidence, together)), told, (_hull(together),))

    def needs(self) -> frozenset[int] | None:
        """Those of the member that needs the fewest."""
        return fewest(self.members)

    def requires(self) -> tuple[frozenset[int], ...]:
        """Those of all members."""
        return tuple(sorted({r for m in self.members for r in m.requires()}, key=len))

    @property
    def placed(self) -> bool:
        """The set as a whole stands in the text."""
        return True

    def parts(self) -> Iterator[Condition]:
        """The members."""
        yield from self.members

    # ------------------------------------------------------------ inside

    def _hits(self, subject: Subject) -> list[tuple[Hit, ...]]:
        return [m.check(subject).hits for m in self.members]

    def _closest(self, subject: Subject, lists: Sequence[Sequence[Hit]]) -> tuple[Hit, ...] | None:
        best: tuple[Hit, ...] | None = None
        for part in {hit.part for hit in lists[0]}:
            here = [sorted({h for h in hits if h.part == part}, key=lambda h: (h.first, h.last)) for hits in lists]
            for found in _Search(here, self.within, ordered=self.ordered).sets():
                if (best is None or spread(found) < spread(best)) and self._one_sentence(subject, found):
                    best = found
        return best

    def _one_sentence(self, subject: Subject, hits: Sequence[Hit]) -> bool:
        if not self.same_sentence:
            return True
        part = subject.parts[hits[0].part]
        spans = sorted(part.span(h) for h in hits)
        return not sentence_ends_between(part.text, spans[0][1], spans[-1][0])

    def _why_not(self, subject: Subject, lists: Sequence[Sequence[Hit]]) -> str:
        anywhere = Near("", 1_000_000, self.members, ordered=False)._closest(subject, lists)
        if anywhere is None:
            return self._apart(subject, lists)
        if spread(anywhere) > self.within:
            return f"the closest are {plural(spread(anywhere), 'word')} apart"
        return "they stand close enough, but " + ("not in this order" if self.ordered else "in different sentences")

    def _apart(self, subject: Subject, lists: Sequence[Sequence[Hit]]) -> str:
        fields = [sorted({subject.parts[hit.part].field for hit in hits}) for hits in lists]
        if set.intersection(*({hit.part for hit in hits} for hits in lists)):
            return "the same words are meant by two of them: each needs words of its own"
        told = "; ".join(f"{m.label}: {', '.join(some)}" for m, some in zip(self.members, fields, strict=True))
        return f"no one field has them all ({told})"


class _Search:
    """Sets of one hit for each member within so many words, none over another; the tightest come out at the end."""

    def __init__(self, lists: Sequence[Sequence[Hit]], within: int, *, ordered: bool) -> None:
        self._lists, self._within, self._ordered = lists, within, ordered
        self._steps = MAX_STEPS
        # Beginning with the rarest member leaves the fewest sets to try; an order must be kept, though.
        self._turns = list(range(len(lists))) if ordered else sorted(range(len(lists)), key=lambda i: len(lists[i]))

    def sets(self) -> Iterator[tuple[Hit, ...]]:
        for anchor in self._lists[self._turns[0]]:
            if found := self._grow([anchor]):
                yield found

    def _grow(self, chosen: list[Hit]) -> tuple[Hit, ...] | None:
        """Return the tightest set with these."""
        if len(chosen) == len(self._turns):
            return tuple(hit for _, hit in sorted(zip(self._turns, chosen, strict=True)))
        best: tuple[Hit, ...] | None = None
        anchor = chosen[0]
        candidates = sorted(self._usable(chosen), key=lambda h: max(h.last, anchor.last) - min(h.first, anchor.first))
        for hit in candidates:
            self._steps -= 1
            if self._steps < 0:
                break
            found = self._grow([*chosen, hit])
            if found and (best is None or spread(found) < spread(best)):
                best = found
        return best

    def _usable(self, chosen: Sequence[Hit]) -> Iterator[Hit]:
        low, high = min(h.first for h in chosen), max(h.last for h in chosen)
        for hit in self._lists[self._turns[len(chosen)]]:
            if max(high, hit.last) - min(low, hit.first) > self._within:
                continue
            if self._ordered and hit.first <= chosen[-1].last:
                continue
            if all(hit.first > h.last or hit.last < h.first for h in chosen):
                yield hit


def spread(hits: Sequence[Hit]) -> int:
    """Words from the first to the last of some places."""
    return max(h.last for h in hits) - min(h.first for h in hits)


def _hull(hits: Sequence[Hit]) -> Hit:
    first, last = min(h.first for h in hits), max(h.last for h in hits)
    return Hit(-1, hits[0].part, first, last)
