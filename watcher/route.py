"""From matches to alerts to receivers: who is told what of a story, and what is held back and why. Pure."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watcher.model import (
    Action,
    Alert,
    AlertKind,
    AlertView,
    Assignment,
    DeliveryPlan,
    Match,
    OnDevelopment,
    OnRepublication,
    Place,
    Relation,
    RuleMeta,
    Severity,
    Silence,
    Suppressed,
    SuppressReason,
)
from watcher.text import words
from watcher.timeline import Timeline, Version


@dataclass(frozen=True, slots=True)
class Routing:
    """What the configuration says about who is told."""

    rules: Mapping[str, RuleMeta]
    #: Receivers of rules that name none.
    default_receivers: tuple[str, ...] = ()
    #: Least severity that a receiver wants; a receiver that is not here wants everything.
    min_severity: Mapping[str, Severity] | None = None
    #: How long a receiver's first message on a story waits for republications, to show them at once.
    group_wait: Mapping[str, timedelta] = field(default_factory=dict)

    def receivers_of(self, rule: RuleMeta) -> tuple[str, ...]:
        """Names of the receivers that a rule speaks to, before severities are looked at."""
        return self.default_receivers if rule.receivers is None else rule.receivers

    def tells(self, rule: RuleMeta, receiver: str) -> bool:
        """Whether a rule's alerts go to a receiver."""
        least = (self.min_severity or {}).get(receiver)
        return receiver in self.receivers_of(rule) and (least is None or rule.severity.rank >= least.rank)


@dataclass(frozen=True, slots=True)
class StorySoFar:
    """What was said of a story before the entry at hand."""

    #: Rule → kind → the number that the next alert has; kinds of which there were none are left out.
    counts: Mapping[str, Mapping[AlertKind, int]]
    #: Feeds that have published the text.
    feeds: frozenset[str] = frozenset()
    #: Rule → when its newest alert or development was due.
    spoken_at: Mapping[str, datetime] | None = None
    #: What its facts have become.
    timeline: Timeline = field(default_factory=Timeline)
    #: Numbers below this one may be those of alerts that readers took out of the story.
    free_number: int = 0

    def has_told(self, rule: str) -> bool:
        """Whether a rule has a first message on it; edits may be left of one that readers took out of the story."""
        return AlertKind.ALERT in self.counts.get(rule, {})


NOTHING_SAID = StorySoFar({})


@dataclass(frozen=True, slots=True)
class Near:
    """A story that the entry's own would be part of at a broader sensitivity, the nearest first."""

    #: How alike the two are, 0.0-1.0.
    similarity: float
    said: StorySoFar


Decision = tuple[tuple[Alert, ...], tuple[Suppressed, ...]]


def route(
    assignment: Assignment,
    matches: Sequence[Match],
    so_far: StorySoFar,
    routing: Routing,
    *,
    feed: str,
    baseline: bool,
    now: datetime,
    near: Sequence[Near] = (),
    version: Version | None = None,
) -> Decision:
    """Decide the alerts that one assigned entry gives rise to.

    A rule that meets the story for the first time alerts, whatever the entry is to the story.
    A rule that has spoken already goes on with the story, whether or not this entry meets it:
    a republication may be too short to match, and is still "also: ...".

    A rule with a sensitivity of its own draws the line elsewhere: what is less alike than a stricter
    one wants is told by itself, and what `near` says is one story for a broader one is not told anew.

    Developments are told forwards only: by `version`, when the entry's text was published, a text that
    brings back what the story has left behind is a republication.
    """
    alerts: list[Alert] = []
    suppressed: list[Suppressed] = []
    version = version or Version(None, assignment.changes)
    met = {match.rule: match for match in matches}
    for rule in [*met, *(r for r in so_far.counts if r not in met)]:
        for decision in _decide(
            rule,
            met.get(rule),
            assignment,
            so_far,
            routing,
            feed=feed,
            baseline=baseline,
            now=now,
            near=near,
            version=version,
        ):
            (alerts if isinstance(decision, Alert) else suppressed).append(decision)  # type: ignore[arg-type]
    speaking = {*met, *filter(so_far.has_told, so_far.counts)}
    alerts = [_uninhibited(alert, speaking, routing, suppressed) for alert in alerts]
    return tuple(alerts), tuple(suppressed)


def silenced_by(view: AlertView, silences: Sequence[Silence], receiver: str) -> Silence | None:
    """Return the first silence that an alert for a receiver falls under, or None."""
    return next((silence for silence in silences if _falls_under(view, silence, receiver)), None)


# ---------------------------------------------------------------- inside


def _falls_under(view: AlertView, silence: Silence, receiver: str) -> bool:
    given = (
        (silence.rule, lambda rule: rule == view.rule),
        (silence.feed, lambda feed: feed == view.entry.feed),
        (silence.story, lambda story: story == view.story),
        (silence.receiver, lambda name: name == receiver),
        (silence.region, lambda code: any(_inside(place, code) for place in view.places)),
        (silence.word, lambda word: _says(view, word)),
    )
    return all(holds(value) for value, holds in given if value is not None)


def _inside(place: Place, code: str) -> bool:
    return code in (place.country, place.admin1, place.admin2)


def _says(view: AlertView, wanted: str) -> bool:
    """The words stand in the title or the text, one after the other, however they are written."""
    entry, sought = view.entry, words(wanted)
    return any(
        sought == found[i : i + len(sought)]
        for found in (words(entry.title), words(entry.summary), words(entry.content))
        for i in range(len(found) - len(sought) + 1)
    )


def _decide(
    rule_id: str,
    match: Match | None,
    assignment: Assignment,
    so_far: StorySoFar,
    routing: Routing,
    *,
    feed: str,
    baseline: bool,
    now: datetime,
    near: Sequence[Near],
    version: Version,
) -> Iterator[Alert | Suppressed]:
    rule = routing.rules.get(rule_id)
    if rule is None:
        yield Suppressed(rule_id, SuppressReason.RULE_REMOVED)
        return
    if baseline:
        yield Suppressed(rule_id, SuppressReason.BASELINE)
        return
    spoken = so_far.counts.get(rule_id, {})
    kind, action = AlertKind.ALERT, Action.NEW
    if so_far.has_told(rule_id):
        line = so_far.timeline
        told = line.brings_back(version) or (AlertKind.DEVELOPMENT in spoken and line.says(version.changes))
        step = _next_step(rule, assignment, met=match is not None, repeat=feed in so_far.feeds, told=told)
        if isinstance(step, SuppressReason):
            yield Suppressed(rule_id, step)
            return
        kind, action = step
    elif spoken and match is None:  # its first message went with what readers split off
        yield Suppressed(rule_id, SuppressReason.OTHER_STORY_FOR_RULE)
        return
    elif _has_spoken_near(rule, near):
        yield Suppressed(rule_id, SuppressReason.SAME_STORY_FOR_RULE)
        return
    due_at = _due_at(rule, action, so_far, now)
    plans, held = _plans(rule, routing, action, due_at)
    evidence = match.evidence if match else ()
    number = spoken.get(kind, so_far.free_number)
    yield Alert(rule_id, kind, rule.severity, number, evidence, tuple(plans))
    yield from held


def _uninhibited(alert: Alert, speaking: Set[str], routing: Routing, suppressed: list[Suppressed]) -> Alert:
    """Leave out the receivers that a rule which inhibits this one tells of the story; edits go on."""
    above = sorted(name for name in speaking if name in routing.rules and alert.rule in routing.rules[name].inhibits)
    kept = []
    for plan in alert.deliveries:
        by = next((name for name in above if routing.tells(routing.rules[name], plan.receiver)), None)
        if by is None or plan.action is Action.EDIT:
            kept.append(plan)
        else:
            suppressed.append(Suppressed(alert.rule, SuppressReason.INHIBITED, plan.receiver, f"by rule {by}"))
    return replace(alert, deliveries=tuple(kept))


def _has_spoken_near(rule: RuleMeta, near: Sequence[Near]) -> bool:
    """Whether the rule has spoken on a story that is the same one at its own sensitivity."""
    if rule.sensitivity is None:
        return False
    for story in near:
        if story.similarity < rule.sensitivity.threshold:
            return False
        if story.said.has_told(rule.id):
            return True
    return False


def _next_step(
    rule: RuleMeta, assignment: Assignment, *, met: bool, repeat: bool, told: bool
) -> tuple[AlertKind, Action] | SuppressReason:
    """What a rule that has spoken says of a further member of the story; a development that was `told` is a copy."""
    least = rule.sensitivity.threshold if rule.sensitivity else 0.0
    match Relation.REPUBLICATION if told else assignment.relation:
        case Relation.DEVELOPMENT:
            if rule.on_development is OnDevelopment.SILENT:
                return SuppressReason.DEVELOPMENT_SILENT
            return AlertKind.DEVELOPMENT, Action(rule.on_development.value)
        case Relation.REPUBLICATION if assignment.similarity < least:
            return (AlertKind.REPUBLICATION, Action.REPLY) if met else SuppressReason.OTHER_STORY_FOR_RULE
        case Relation.REPUBLICATION if repeat:
            return SuppressReason.SAME_OUTLET_REPEAT
        case Relation.REPUBLICATION:
            if rule.on_republication is OnRepublication.SILENT:
                return SuppressReason.REPUBLICATION_SILENT
            return AlertKind.REPUBLICATION, Action(rule.on_republication.value)
        case Relation.REVISION | Relation.LEAD:
            return SuppressReason.REVISION_WITHOUT_NEWS


def _due_at(rule: RuleMeta, action: Action, so_far: StorySoFar, now: datetime) -> datetime:
    """Now, or for a reply within the rule's cooldown the end of it: it waits, it is not dropped."""
    last = (so_far.spoken_at or {}).get(rule.id)
    if action is not Action.REPLY or last is None:
        return now
    return max(now, last + rule.cooldown)


def _plans(
    rule: RuleMeta, routing: Routing, action: Action, due_at: datetime
) -> tuple[list[DeliveryPlan], list[Suppressed]]:
    plans: list[DeliveryPlan] = []
    held: list[Suppressed] = []
    least = routing.min_severity or {}
    for name in dict.fromkeys(routing.receivers_of(rule)):
        if name in least and rule.severity.rank < least[name].rank:
            detail = f"{rule.severity} is below {least[name]}"
            held.append(Suppressed(rule.id, SuppressReason.BELOW_MIN_SEVERITY, name, detail))
        else:
            wait = routing.group_wait.get(name, timedelta()) if action is Action.NEW else timedelta()
            plans.append(DeliveryPlan(name, action, due_at + wait))
    if not plans and not held:
        held.append(Suppressed(rule.id, SuppressReason.NO_RECEIVER))
    return plans, held
