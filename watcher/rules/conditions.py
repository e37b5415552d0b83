"""Conditions on terms: a term or list, all, any, none, at_least, score."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from watcher.model import Evidence
from watcher.rules.subject import Condition, Subject, Verdict, joined, names_of


@dataclass(frozen=True, slots=True)
class Terms(Condition):
    """A term, or a named list of terms: one of them must stand in the text."""

    numbers: tuple[int, ...] = ()

    def holds(self, subject: Subject) -> bool:
        """Met by the first hit."""
        return not subject.hits.keys().isdisjoint(self.numbers)

    def check(self, subject: Subject) -> Verdict:
        """Every hit is evidence."""
        hits = tuple(hit for number in self.numbers for hit in subject.hits.get(number, ()))
        if hits:
            return Verdict(self.label, True, tuple(map(subject.evidence, hits)), hits=hits)
        one_of = names_of(subject.scanner.terms[n].text for n in self.numbers) if len(self.numbers) > 1 else ""
        return Verdict(self.label, False, note=f"one of {one_of}" if one_of else "")

    def proof(self, subject: Subject) -> Iterator[Evidence]:
        """Every hit."""
        for number in self.numbers:
            yield from map(subject.evidence, subject.hits.get(number, ()))

    def needs(self) -> frozenset[int] | None:
        """Its own terms."""
        return frozenset(self.numbers)

    def terms(self) -> Iterable[int]:
        """Its own terms."""
        return self.numbers

    @property
    def placed(self) -> bool:
        """Terms stand in the text."""
        return True


@dataclass(frozen=True, slots=True)
class _Group(Condition):
    members: tuple[Condition, ...] = ()

    @property
    def dear(self) -> bool:
        return any(m.dear for m in self.members)

    def parts(self) -> Iterator[Condition]:
        yield from self.members

    def _cheap_first(self) -> list[Condition]:
        return sorted(self.members, key=lambda m: m.dear)


@dataclass(frozen=True, slots=True)
class All(_Group):
    """Every member must hold."""

    def holds(self, subject: Subject) -> bool:
        """Cheap members first, so that places are looked up only when the rest holds."""
        return all(m.holds(subject) for m in self.members if not m.dear) and all(
            m.holds(subject) for m in self.members if m.dear
        )

    def check(self, subject: Subject) -> Verdict:
        """Every member is told."""
        told = [m.check(subject) for m in self.members]
        return joined(self.label, all(v.met for v in told), told)

    def proof(self, subject: Subject) -> Iterator[Evidence]:
        """That of all members."""
        for member in self.members:
            yield from member.proof(subject)

    def needs(self) -> frozenset[int] | None:
        """Those of the member that needs the fewest."""
        return fewest(self.members)

    def requires(self) -> tuple[frozenset[int], ...]:
        """Those of all members."""
        return tuple(sorted({r for m in self.members for r in m.requires()}, key=len))

    @property
    def placed(self) -> bool:
        """All its members stand in the text."""
        return bool(self.members) and all(m.placed for m in self.members)


@dataclass(frozen=True, slots=True)
class AtLeast(_Group):
    """At least `count` different members must hold; `any` is a count of one."""

    count: int = 1
    #: The terms of which one is enough, if it is nothing but `any` of terms.
    flat: tuple[int, ...] = ()

    def holds(self, subject: Subject) -> bool:
        """Dear members are asked only while they can still decide."""
        if self.flat:
            return not subject.hits.keys().isdisjoint(self.flat)
        left, wanted = len(self.members), self.count
        for member in self._cheap_first() if self.dear else self.members:
            if wanted > left:
                return False
            wanted, left = wanted - member.holds(subject), left - 1
            if wanted <= 0:
                return True
        return False

    def check(self, subject: Subject) -> Verdict:
        """Every member is told; those that hold are evidence."""
        told = [m.check(subject) for m in self.members]
        met = sum(v.met for v in told)
        note = (
            f"{met} of {self.count}, missing: {names_of(v.label for v in told if not v.met)}" if self.count > 1 else ""
        )
        return joined(self.label, met >= self.count, told).noted(note)

    def proof(self, subject: Subject) -> Iterator[Evidence]:
        """That of the members that hold."""
        if self.flat:
            for number in self.flat:
                yield from map(subject.evidence, subject.hits.get(number, ()))
            return
        for member in self.members:
            if member.holds(subject):
                yield from member.proof(subject)

    def needs(self) -> frozenset[int] | None:
        """Those of all members, if each needs some."""
        return _union(m.needs() for m in self.members)

    @property
    def dear(self) -> bool:
        """Terms look no places up."""
        return not self.flat and any(m.dear for m in self.members)

    def terms(self) -> Iterable[int]:
        """Those of all members."""
        return self.flat or chain.from_iterable(m.terms() for m in self.members)

    @property
    def placed(self) -> bool:
        """Its members stand in the text."""
        return all(m.placed for m in self.members)


def any_of(members: Sequence[Condition]) -> AtLeast:
    """One member must hold."""
    terms = [member.numbers for member in members if isinstance(member, Terms)]
    flat = tuple(chain.from_iterable(terms)) if len(terms) == len(members) else ()
    return AtLeast("any", tuple(members), flat=flat)


@dataclass(frozen=True, slots=True)
class NoneOf(_Group):
    """No member may hold."""

    def holds(self, subject: Subject) -> bool:
        """The first that holds decides."""
        return not any(m.holds(subject) for m in self._cheap_first())

    def check(self, subject: Subject) -> Verdict:
        """Met without evidence; not met with the evidence that stands against it."""
        told = tuple(m.check(subject) for m in self.members)
        against = [v for v in told if v.met]
        evidence = tuple(e for v in against for e in v.evidence)
        note = f"without {names_of(repr(e.text) for e in evidence) or names_of(v.label for v in against)}"
        return Verdict(self.label, not against, evidence, told).noted(note)

    def proof(self, subject: Subject) -> Iterable[Evidence]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class Score(Condition):
    """Weights of the terms that stand in the text, each counted once, must reach a threshold."""

    threshold: float = 1.0
    weights: tuple[tuple[Condition, float], ...] = ()

    def holds(self, subject: Subject) -> bool:
        """Sum the weights of the members that hold."""
        return sum(weight for member, weight in self.weights if member.holds(subject)) >= self.threshold

    def check(self, subject: Subject) -> Verdict:
        """The label says the sum, the note what is missing."""
        told = [(member.check(subject), weight) for member, weight in self.weights]
        total = sum(weight for verdict, weight in told if verdict.met)
        children = [Verdict(f"{weight:+g} {v.label}", v.met, v.evidence, hits=v.hits) for v, weight in told]
        note = f"{self.threshold - total:g} more: {names_of(c.label for c in children if not c.met)}"
        label = f"{self.label}: {total:g}"
        return joined(label, total >= self.threshold, children).noted(note)

    def needs(self) -> frozenset[int] | None:
        """Terms with a positive weight."""
        if self.threshold <= 0:
            return None
        return _union(member.needs() for member, weight in self.weights if weight > 0)

    def parts(self) -> Iterator[Condition]:
        """The weighted members."""
        yield from (member for member, _ in self.weights)


def fewest(members: Sequence[Condition]) -> frozenset[int] | None:
    """Terms of the member that needs the fewest: one of them must hit for all to hold."""
    known = [n for m in members if (n := m.needs()) is not None]
    return min(known, key=len, default=None)


def _union(needs: Iterable[frozenset[int] | None]) -> frozenset[int] | None:
    found: set[int] = set()
    for need in needs:
        if need is None:
            return None
        found |= need
    return frozenset(found)
