"""What is no mistake but probably not meant: terms that look like operators, shadowed rules, terms that match all."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from watcher.errors import Fault
from watcher.model import Entry
from watcher.rules.conditions import All, AtLeast, NoneOf, Terms
from watcher.rules.facts import Fact, Region
from watcher.rules.parts import parts_of
from watcher.rules.ruleset import Rule, RuleSet
from watcher.rules.subject import Condition
from watcher.rules.terms import Kind, Term, parse_term
from watcher.yamlsrc import Document

Path = tuple[str | int, ...]

#: A beginning with fewer letters matches words of every kind.
LEAST_PREFIX = 3
#: Share of the stored entries, and least number of them, from which a term says nothing about an entry.
WIDE_SHARE, WIDE_LEAST = 0.2, 200
#: Comparisons of two rules that are made at most in the search for shadows.
MAX_COMPARED = 200_000

_OPERATOR = re.compile(r"\s(AND|OR|NOT|NEAR)\s")
#: Keys whose values are not conditions.
_NOT_TERMS = frozenset({"region", "language", "feed", "tag", "severity", "newer_than"})


def lint(rules: RuleSet) -> list[Fault]:
    """Return warnings on rule files that compiled, in file order."""
    found = list(rules.warnings)
    for document in rules.documents:
        for path, text in _terms_in(document):
            found.extend(document.fault(path, message) for message in _odd(text))
    return sorted({*found, *_shadows(rules)})


def wide_terms(rules: RuleSet, entries: Iterable[Entry]) -> list[Fault]:
    """Return a warning for every term that stands in a fifth of the stored entries or more."""
    counts: Counter[int] = Counter()
    total = 0
    for entry in entries:
        total += 1
        counts.update(rules.scanner.present(parts_of(entry, None)))
    least = max(WIDE_LEAST, WIDE_SHARE * total)
    wide = {rules.scanner.terms[n].text: count for n, count in counts.items() if count >= least}
    return sorted(
        document.fault(path, f"{text!r} stands in {wide[text]:,} of {total:,} stored entries: it tells few apart")
        for document in rules.documents
        for path, text in (_terms_in(document) if wide else ())
        if text in wide
    )


# ---------------------------------------------------------------- terms


def _terms_in(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield every term of a file with its place."""
    data = document.data if isinstance(document.data, dict) else {}
    yield from _strings(data.get("terms"), ("terms",))
    for i, rule in enumerate(data.get("rules") or ()):
        for key in ("when", "none"):
            yield from _strings(rule.get(key), ("rules", i, key))


def _strings(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _strings(item, (*path, i))
    elif isinstance(value, dict):
        for key, item in value.items():
            if path[-1:] == ("weights",):
                yield (*path, key), str(key)
            elif key not in _NOT_TERMS:
                yield from _strings(item, (*path, key))


def _odd(text: str) -> Iterator[str]:
    if "$" in text:
        return
    term = parse_term(text)
    if term.kind is Kind.WORDS and not text.startswith('"') and (match := _OPERATOR.search(text)):
        yield f"{match[1]} is looked for as a word: use {_instead(match[1])}"
    if term.kind is Kind.PREFIX and len(term.words) == 1 and _is_short(term):
        yield f"{text!r} matches every word that begins so: write at least {LEAST_PREFIX} letters"


def _instead(operator: str) -> str:
    return {"AND": "all: [...]", "OR": "any: [...]", "NOT": "none: [...]", "NEAR": "near: {...}"}[operator]


def _is_short(term: Term) -> bool:
    """Signs of scripts without spaces say more than letters: one is a word."""
    return len(term.words[0]) < LEAST_PREFIX and term.words[0] < "\u0e00"


# ---------------------------------------------------------------- shadowed rules


def _shadows(rules: RuleSet) -> Iterator[Fault]:
    """Find rules that only ever match with another one that tells the same receivers as seriously."""
    single = [(rule, rule.condition) for rule in rules.sources if rule.condition is not None]
    if len(single) ** 2 > MAX_COMPARED:
        yield Fault("rules", 1, 1, "", f"{len(single):,} rules: too many to look for rules that others make needless")
        return
    for rule, condition in single:
        for other, wider in single:
            if other is rule or not _tells_as_much(other, rule) or not implies(condition, wider, rules):
                continue
            if implies(wider, condition, rules) and rules.sources.index(other) > rules.sources.index(rule):
                continue  # two that are the same: the later one is named
            message = f"rule {rule.meta.id!r} says nothing new: {other.meta.id!r} matches all that it does"
            yield rule.document.fault((*rule.path, "id"), message)
            break


def _tells_as_much(other: Rule, rule: Rule) -> bool:
    if other.meta.severity.rank < rule.meta.severity.rank:
        return False
    if other.meta.receivers is None or rule.meta.receivers is None:
        return other.meta.receivers == rule.meta.receivers
    return bool(rule.meta.receivers) and set(rule.meta.receivers) <= set(other.meta.receivers)


def implies(a: Condition, b: Condition, rules: RuleSet) -> bool:
    """Say whether `b` surely holds wherever `a` does; False also if that cannot be seen from their form."""
    if a == b:
        return True
    if isinstance(b, All):
        return all(implies(a, member, rules) for member in b.members)
    if isinstance(a, AtLeast) and a.count == 1 and a.members:
        return all(implies(member, b, rules) for member in a.members)
    if isinstance(a, All) and any(implies(member, b, rules) for member in a.members):
        return True
    if isinstance(b, AtLeast) and b.count == 1:
        return any(implies(a, member, rules) for member in b.members)
    if isinstance(a, NoneOf) and isinstance(b, NoneOf):
        return all(any(implies(m, other, rules) for other in a.members) for m in b.members)
    return _leaf_implies(a, b, rules)


def _leaf_implies(a: Condition, b: Condition, rules: RuleSet) -> bool:
    match a, b:
        case Terms(), Terms():
            terms = rules.scanner.terms
            return all(any(_covers(terms[y], terms[x]) for y in b.numbers) for x in a.numbers)
        case Region(), Region() if not (a.region.shapes or b.region.shapes or b.region.exclude or a.region.parts):
            codes = b.region.codes
            same = (a.precision, a.ambiguous, a.unplaced) == (b.precision, b.ambiguous, b.unplaced)
            return same and all(code in codes or code[:2] in codes for code in a.region.codes)
        case Fact(), Fact() if a.kind == b.kind:
            return a.age <= b.age if a.kind == "newer_than" else a.values <= b.values
        case _:
            return False


def _covers(wide: Term, narrow: Term) -> bool:
    """Say whether the wide term stands wherever the narrow one does."""
    if wide == narrow:
        return True
    if not set(narrow.fields) <= set(wide.fields) or len(wide.words) != 1 or not narrow.words:
        return False
    if wide.kind is Kind.PREFIX:
        begins = [w.startswith(wide.words[0]) for w in narrow.words]
        return any(begins) if narrow.kind in (Kind.WORDS, Kind.EXACT, Kind.PREFIX) else False
    whole = narrow.words[:-1] if narrow.kind is Kind.PREFIX else narrow.words
    return wide.kind is Kind.WORDS and narrow.kind is not Kind.FUZZY and wide.words[0] in whole
