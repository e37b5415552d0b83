"""Rules: YAML files in, matches with evidence out. All terms of all rules are found in one pass over an entry."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from watcher.errors import Fault, FaultsFound
from watcher.model import Entry, Evidence, Feed, Match, Places, RuleMeta
from watcher.rules.conditions import All, Condition, Subject, Verdict
from watcher.rules.files import Example, RuleFile, RuleModel, json_schema
from watcher.rules.reading import Names, Reader
from watcher.rules.terms import Automaton, Term
from watcher.text import html_to_text, one_line
from watcher.yamlsrc import Document, did_you_mean, parse, validate

__all__ = ["Explanation", "Known", "RuleSet", "compile_rules", "json_schema"]

#: Evidence that a match keeps: enough to prove it, not every repetition in a long text.
MAX_EVIDENCE = 20


@dataclass(frozen=True, slots=True)
class Known:
    """Names of the configuration that rules may use."""

    receivers: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    default_receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule's conditions on one entry, as a tree."""

    rule: str
    title: str
    met: bool
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """The form that `explain --json` prints."""
        return {"rule": self.rule, "title": self.title, "met": self.met, "condition": self.verdict.as_dict()}


@dataclass(frozen=True, slots=True)
class _Rule:
    meta: RuleMeta
    condition: Condition
    model: RuleModel
    document: Document
    path: tuple[str | int, ...]


class RuleSet:
    """All enabled rules of all files, compiled."""

    def __init__(self, rules: Sequence[_Rule], terms: Sequence[Term]) -> None:
        self._rules = tuple(rules)
        self._automaton = Automaton(terms)
        #: What routing and rendering need to know of each rule.
        self.rules: tuple[RuleMeta, ...] = tuple(rule.meta for rule in rules)
        self._by_term: dict[int, list[int]] = {}
        self._always: list[int] = []
        for number, rule in enumerate(rules):
            needs = rule.condition.needs()
            if needs is None:
                self._always.append(number)
            for term in needs or ():
                self._by_term.setdefault(term, []).append(number)

    def match(
        self, entry: Entry, *, feed: Feed | None, places: Callable[[], Places], now: datetime
    ) -> tuple[Match, ...]:
        """Return every rule that an entry meets, in the order of the files, with the evidence.

        `places` is called at most once, and only if a rule's other conditions hold.
        """
        subject = Subject(entry, feed, self._automaton, places, now)
        candidates = {n for term in subject.hits for n in self._by_term.get(term, ())} | set(self._always)
        found = []
        for number in sorted(candidates):
            verdict = self._rules[number].condition.check(subject, lazy=True)
            if verdict.met:
                found.append(Match(self.rules[number].id, _tidy(verdict.evidence)))
        return tuple(found)

    def explain(
        self, entry: Entry, *, feed: Feed | None, places: Callable[[], Places], now: datetime
    ) -> tuple[Explanation, ...]:
        """Return each rule's conditions on an entry as a tree, met or not."""
        subject = Subject(entry, feed, self._automaton, places, now)
        told = [(rule.meta, rule.condition.check(subject, lazy=False)) for rule in self._rules]
        return tuple(Explanation(meta.id, meta.title, verdict.met, verdict) for meta, verdict in told)

    def run_examples(self, locate: Callable[[Entry, str | None], Places], now: datetime) -> list[Fault]:
        """Try every rule on its own examples; return a fault for each that fails, saying why."""
        return [fault for rule in self._rules for fault in self._example_faults(rule, locate, now)]

    def _example_faults(
        self, rule: _Rule, locate: Callable[[Entry, str | None], Places], now: datetime
    ) -> Iterator[Fault]:
        examples = rule.model.examples
        for kind, items in (("match", examples.match), ("ignore", examples.ignore)):
            for i, item in enumerate(items):
                entry = _example_entry(item, now)
                subject = Subject(entry, None, self._automaton, partial(locate, entry, None), now)
                verdict = rule.condition.check(subject, lazy=False)
                if verdict.met != (kind == "match"):
                    yield rule.document.fault((*rule.path, "examples", kind, i), _why(rule.meta.id, verdict))


def compile_rules(sources: Sequence[tuple[str, str]], known: Known | None = None) -> RuleSet:
    """Compile rule files, given as `(name to show, text)`.

    With `known`, receivers, feeds and tags must be among its names, and a rule that sends
    anything must have an example that it matches. Without, neither is looked at.

    Raises:
        FaultsFound: every mistake in every file, with its place.
    """
    faults: list[Fault] = []
    parsed: list[tuple[Document, RuleFile]] = []
    for file, text in sources:
        try:
            document = parse(text, file)
            parsed.append((document, validate(document, RuleFile)))
        except FaultsFound as error:
            faults.extend(error.faults)
    names = _names(parsed, faults)
    numbers: dict[Term, int] = {}
    reader = Reader(names, numbers, faults, set())
    for name in names.terms:
        reader.read_list(name)
    rules = list(_rules(parsed, reader, known, faults))
    if faults:
        raise FaultsFound(faults)
    return RuleSet(rules, list(numbers))


# ---------------------------------------------------------------- inside


def _names(parsed: Sequence[tuple[Document, RuleFile]], faults: list[Fault]) -> Names:
    names = Names()
    for document, file in parsed:
        for kind, own, all_ in (("terms", file.terms, names.terms), ("regions", file.regions, names.regions)):
            for name, value in own.items():
                if name in all_:
                    other = all_[name][0].file
                    faults.append(document.fault((kind, name), f"{name!r} is defined in {other} already"))
                else:
                    all_[name] = (document, (kind, name), value)
    return names


def _rules(
    parsed: Sequence[tuple[Document, RuleFile]], reader: Reader, known: Known | None, faults: list[Fault]
) -> Iterator[_Rule]:
    seen: dict[str, str] = {}
    for document, file in parsed:
        for i, model in enumerate(file.rules):
            path = ("rules", i)
            if model.id in seen:
                faults.append(document.fault((*path, "id"), f"the id {model.id!r} is used in {seen[model.id]} already"))
            seen.setdefault(model.id, document.file)
            condition = reader.read(document, model.when, (*path, "when"))
            if model.none is not None:
                without = reader.read_none(document, model.none, (*path, "none"))
                condition = All("all", (condition, without))
            if known is not None:
                faults.extend(_unknown(document, model, path, known))
            if model.enabled:
                yield _Rule(_meta(model), condition, model, document, path)


def _meta(model: RuleModel) -> RuleMeta:
    return RuleMeta(
        id=model.id,
        title=model.title or model.id,
        severity=model.severity,
        receivers=None if model.receivers is None else tuple(model.receivers),
        on_republication=model.on_republication,
        on_development=model.on_development,
        cooldown=model.cooldown or timedelta(),
    )


def _unknown(document: Document, model: RuleModel, path: tuple[str | int, ...], known: Known) -> Iterator[Fault]:
    """Names that the configuration does not have, and examples that are missing."""
    for i, name in enumerate(model.receivers or ()):
        if name not in known.receivers:
            hint = did_you_mean(name, sorted(known.receivers))
            yield document.fault((*path, "receivers", i), f"no receiver is named {name!r}{hint}")
    for where, kind, name in _facts(model.when, (*path, "when")):
        names = known.feeds if kind == "feed" else known.tags
        if name not in names:
            what = "no feed is named" if kind == "feed" else "no feed has the tag"
            yield document.fault(where, f"{what} {name!r}{did_you_mean(name, sorted(names))}")
    sends = known.default_receivers if model.receivers is None else model.receivers
    if sends and model.enabled and not model.examples.match:
        message = "the rule sends alerts, so it needs examples: {match: [a headline that it must find]}"
        yield document.fault((*path, "id"), message)


def _facts(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Find every `feed` and `tag` condition's names."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, item in items:
        if key in ("feed", "tag") and isinstance(value, dict):
            for name in item if isinstance(item, list) else [item]:
                if isinstance(name, str):
                    yield (*path, key), str(key), name
        else:
            yield from _facts(item, (*path, key))


def _example_entry(item: str | Example, now: datetime) -> Entry:
    example = Example(title=item) if isinstance(item, str) else item
    published = now
    if example.published:
        try:
            published = datetime.fromisoformat(example.published)
        except ValueError:
            published = now
    return Entry(
        id="example",
        title=one_line(html_to_text(example.title)),
        summary=html_to_text(example.summary),
        content=html_to_text(example.content),
        link=example.link,
        feed=example.feed,
        author=example.author,
        categories=tuple(example.category),
        published_at=published if published.tzinfo else published.replace(tzinfo=UTC),
        lang=example.language,
    )


def _why(rule: str, verdict: Verdict) -> str:
    if verdict.met:
        found = ", ".join(repr(e.text) for e in verdict.evidence[:3]) or "its conditions"
        return f"rule {rule} matches this, though it should be ignored: found {found}"
    return f"rule {rule} does not match this: {'; '.join(_failed(verdict)) or verdict.label} not met"


def _failed(verdict: Verdict) -> Iterator[str]:
    """The innermost conditions that stood in the way."""
    if verdict.met:
        return
    deeper = [v for v in verdict.children if not v.met]
    if verdict.label.startswith(("any", "at least", "score")) or not deeper:
        names = ", ".join(v.label for v in verdict.children[:4])
        yield f"{verdict.label} ({names})" if names else verdict.label
        return
    for child in deeper:
        yield from _failed(child)


def _tidy(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Drop repetitions: the same span twice, and what stands in the content as it does in the summary."""
    kept: dict[tuple[str, str, int], Evidence] = {}
    summarised = {(e.term, e.text) for e in evidence if e.field == "summary"}
    for item in evidence:
        if item.field == "content" and (item.term, item.text) in summarised:
            continue
        kept.setdefault((item.term, item.field, item.start), item)
    return tuple(kept.values())[:MAX_EVIDENCE]
