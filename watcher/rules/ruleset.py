"""All enabled rules, compiled: matching, explaining, trying the examples."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from watcher.errors import Fault
from watcher.model import Entry, Evidence, Feed, Match, Places, RuleMeta
from watcher.regions import Row
from watcher.rules.burst import Burst
from watcher.rules.choosing import Asked
from watcher.rules.files import Example, RuleModel
from watcher.rules.scan import Scanner
from watcher.rules.subject import Condition, Subject, Verdict
from watcher.rules.terms import Term
from watcher.text import html_to_text, one_line
from watcher.yamlsrc import Document

#: Evidence that a match keeps: enough to prove it, not every repetition in a long text.
MAX_EVIDENCE = 20


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule's conditions on one entry, as a tree."""

    rule: str
    title: str
    met: bool
    verdict: Verdict
    #: What would have made an unmet rule match, one remedy each; all of them are needed.
    missing: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The form that `explain --json` prints."""
        told: dict[str, Any] = {"rule": self.rule, "title": self.title, "met": self.met}
        return told | {"condition": self.verdict.as_dict(), "missing": list(self.missing)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with where it stands in its file."""

    meta: RuleMeta
    #: None for a burst, which is decided over time.
    condition: Condition | None
    model: RuleModel
    document: Document
    path: tuple[str | int, ...]
    burst: Burst | None = None


class RuleSet:
    """All enabled rules of all files, compiled."""

    def __init__(
        self,
        rules: Sequence[Rule],
        terms: Sequence[Term],
        documents: Sequence[Document] = (),
        warnings: Sequence[Fault] = (),
        places: Sequence[Row] = (),
    ) -> None:
        self.documents = tuple(documents)
        #: Places that the rules define by name and position: whoever locates entries for them must know these.
        self.places = tuple(places)
        self.sources: tuple[Rule, ...] = tuple(rules)
        #: What reading the files showed to be odd: lists and regions that nothing asks for.
        self.warnings = tuple(warnings)
        #: What routing and rendering need to know of each rule.
        self.rules: tuple[RuleMeta, ...] = tuple(rule.meta for rule in rules)
        self.bursts: tuple[Burst, ...] = tuple(rule.burst for rule in rules if rule.burst)
        self._single = [(rule, rule.condition) for rule in rules if rule.condition is not None]
        self.scanner = Scanner(terms, (Asked(c.requires(), [*c.terms()]) for _, c in self._single))

    def match(
        self, entry: Entry, *, feed: Feed | None, places: Callable[[], Places], now: datetime
    ) -> tuple[Match, ...]:
        """Return every rule that an entry meets, in the order of the files, with the evidence.

        `places` is called at most once, and only if a rule's other conditions hold. Bursts are
        not among them: they need what was seen before.
        """
        subject = Subject(entry, feed, self.scanner, places, now)
        subject.sought = subject.promising
        return tuple(
            Match(rule.meta.id, _tidy([*condition.proof(subject)]))
            for rule, condition in map(self._single.__getitem__, subject.candidates)
            if condition.holds(subject)
        )

    def explain(
        self, entry: Entry, *, feed: Feed | None, places: Callable[[], Places], now: datetime
    ) -> tuple[Explanation, ...]:
        """Return each rule's conditions on an entry as a tree, met or not; for those not met, what is missing."""
        subject = Subject(entry, feed, self.scanner, places, now)
        return tuple(_explained(rule, subject) for rule in self.sources)

    def run_examples(self, locate: Callable[[Entry, str | None], Places], now: datetime) -> list[Fault]:
        """Try every rule on its own examples; return a fault for each that fails, saying why."""
        return [
            fault for rule, condition in self._single for fault in self._example_faults(rule, condition, locate, now)
        ]

    def _example_faults(
        self, rule: Rule, condition: Condition, locate: Callable[[Entry, str | None], Places], now: datetime
    ) -> Iterator[Fault]:
        examples = rule.model.examples
        for kind, items in (("match", examples.match), ("ignore", examples.ignore)):
            for i, item in enumerate(items):
                example = Example(title=item) if isinstance(item, str) else item
                entry, feed = _example_entry(example, now), _example_feed(example)
                verdict = condition.check(Subject(entry, feed, self.scanner, partial(locate, entry, None), now))
                if verdict.met != (kind == "match"):
                    yield rule.document.fault((*rule.path, "examples", kind, i), _why(rule.meta.id, verdict))


def missing(verdict: Verdict) -> Iterator[str]:
    """Say what would have made an unmet verdict hold: the innermost conditions that stood in the way."""
    if verdict.met:
        return
    deeper = [v for v in verdict.children if not v.met]
    if verdict.note and not verdict.label.startswith("all"):
        yield f"{verdict.label}: {verdict.note}"
    elif verdict.label == "any":
        yield f"any of: {', '.join(_shortly(v) for v in deeper[:6])}{' …' if len(deeper) > 6 else ''}"
    elif deeper:
        for child in deeper:
            yield from missing(child)
    else:
        yield verdict.label


# ---------------------------------------------------------------- inside


def _shortly(verdict: Verdict) -> str:
    return "; ".join(missing(verdict)) if verdict.children or verdict.note else verdict.label


def _explained(rule: Rule, subject: Subject) -> Explanation:
    meta = rule.meta
    if rule.condition is None:
        assert rule.burst is not None
        verdict = Verdict(f"burst: {rule.burst.label}", False, note="a burst is decided over time, not by one entry")
        return Explanation(meta.id, meta.title, False, verdict)
    verdict = rule.condition.check(subject)
    return Explanation(meta.id, meta.title, verdict.met, verdict, tuple(missing(verdict)))


def _example_entry(example: Example, now: datetime) -> Entry:
    return Entry(
        id="example",
        title=one_line(html_to_text(example.title)),
        summary=html_to_text(example.summary),
        content=html_to_text(example.content),
        link=example.link,
        feed=example.feed,
        author=example.author,
        categories=tuple(example.category),
        published_at=example.published or now,
        lang=example.language,
        severity=example.severity,
    )


def _example_feed(example: Example) -> Feed | None:
    return Feed(example.feed, "", tags=tuple(example.tag)) if example.feed or example.tag else None


def _why(rule: str, verdict: Verdict) -> str:
    if verdict.met:
        found = ", ".join(repr(e.text) for e in verdict.evidence[:3]) or "its conditions"
        return f"rule {rule} matches this, though it should be ignored: found {found}"
    return f"rule {rule} does not match this; it would with {'; '.join(missing(verdict))}"


def _tidy(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Drop repetitions: the same span twice, and what stands in the content as it does in the summary."""
    kept: dict[tuple[str, str, int], Evidence] = {}
    summarised = {(e.term, e.text) for e in evidence if e.field == "summary"}
    for item in evidence:
        if item.field == "content" and (item.term, item.text) in summarised:
            continue
        kept.setdefault((item.term, item.field, item.start), item)
    return tuple(kept.values())[:MAX_EVIDENCE]
