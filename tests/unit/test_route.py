"""Who is told what of a story, and what is held back: one table for each question."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.model import (
    Action,
    AlertKind,
    Assignment,
    AssignReason,
    Change,
    Match,
    OnDevelopment,
    OnRepublication,
    Relation,
    RuleMeta,
    Sensitivity,
    Severity,
    SuppressReason,
)
from watcher.route import NOTHING_SAID, Near, Routing, StorySoFar, route
from watcher.timeline import Timeline, Told, Version, timeline_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def decide(
    relation=Relation.LEAD,
    *,
    rule=None,
    matched=True,
    so_far=NOTHING_SAID,
    feed="sohr",
    baseline=False,
    default=("desk",),
    least=None,
    similarity=0.9,
    near=(),
    changes=(),
    version=None,
):
    rule = rule or RuleMeta("raid", "Raid", Severity.SEVERE)
    routing = Routing({rule.id: rule}, default, least)
    assignment = Assignment(7, relation, AssignReason.SAME_TEXT, similarity, changes=changes)
    matches = (Match("raid", ()),) if matched else ()
    return route(
        assignment, matches, so_far, routing, feed=feed, baseline=baseline, now=NOW, near=near, version=version
    )


def said(**kinds):
    counts = {AlertKind(kind): count for kind, count in kinds.items()}
    return StorySoFar({"raid": counts}, frozenset({"atalayar"}), {"raid": NOW - timedelta(minutes=10)})


def test_a_first_match_alerts_every_receiver_at_once():
    (alert,), held = decide(default=("desk", "phone"))
    assert (alert.kind, alert.revision, held) == (AlertKind.ALERT, 0, ())
    assert [(p.receiver, p.action, p.due_at) for p in alert.deliveries] == [
        ("desk", Action.NEW, NOW),
        ("phone", Action.NEW, NOW),
    ]


@pytest.mark.parametrize("relation", list(Relation))
def test_a_rule_that_has_not_spoken_alerts_whatever_the_entry_is_to_the_story(relation):
    (alert,), _ = decide(relation)
    assert alert.kind is AlertKind.ALERT


@pytest.mark.parametrize("relation", [Relation.REPUBLICATION, Relation.DEVELOPMENT])
def test_a_rule_whose_first_message_readers_took_out_of_the_story_alerts_anew_once_it_is_met(relation):
    left = replace(said(republication=2, development=1), free_number=7)
    (alert,), _ = decide(relation, so_far=left)
    assert (alert.kind, alert.deliveries[0].action) == (AlertKind.ALERT, Action.NEW)
    assert alert.revision == 7, "the number of the one that is gone is taken"
    alerts, (held,) = decide(relation, so_far=left, matched=False)
    assert (alerts, held.reason) == ((), SuppressReason.OTHER_STORY_FOR_RULE)


@pytest.mark.parametrize("matched", [True, False], ids=["matches again", "too short to match"])
def test_a_republication_edits_the_first_message(matched):
    (alert,), held = decide(Relation.REPUBLICATION, so_far=said(alert=1, republication=2), matched=matched)
    assert (alert.kind, alert.revision, alert.deliveries[0].action) == (AlertKind.REPUBLICATION, 2, Action.EDIT)
    assert held == ()


@pytest.mark.parametrize(
    ("relation", "rule", "feed", "reason"),
    [
        pytest.param(
            Relation.REPUBLICATION,
            RuleMeta("raid", "", on_republication=OnRepublication.SILENT),
            "sohr",
            SuppressReason.REPUBLICATION_SILENT,
            id="rule is silent on republications",
        ),
        pytest.param(
            Relation.REPUBLICATION,
            None,
            "atalayar",
            SuppressReason.SAME_OUTLET_REPEAT,
            id="same outlet under a new id",
        ),
        pytest.param(
            Relation.DEVELOPMENT,
            RuleMeta("raid", "", on_development=OnDevelopment.SILENT),
            "sohr",
            SuppressReason.DEVELOPMENT_SILENT,
            id="rule is silent on developments",
        ),
        pytest.param(Relation.REVISION, None, "atalayar", SuppressReason.REVISION_WITHOUT_NEWS, id="typo corrected"),
    ],
)
def test_what_is_held_back_says_why(relation, rule, feed, reason):
    alerts, (held,) = decide(relation, rule=rule, so_far=said(alert=1), feed=feed)
    assert (alerts, held.reason) == ((), reason)


STRICT, BROAD = (RuleMeta("raid", "", sensitivity=kind) for kind in (Sensitivity.STRICT, Sensitivity.BROAD))


@pytest.mark.parametrize("feed", ["sohr", "atalayar"], ids=["another outlet", "the same outlet"])
def test_a_strict_rule_tells_what_is_less_alike_by_itself(feed):
    (alert,), _ = decide(Relation.REPUBLICATION, rule=STRICT, so_far=said(alert=1), similarity=0.7, feed=feed)
    assert (alert.kind, alert.deliveries[0].action) == (AlertKind.REPUBLICATION, Action.REPLY)


def test_a_strict_rule_goes_on_with_what_is_alike():
    (alert,), _ = decide(Relation.REPUBLICATION, rule=STRICT, so_far=said(alert=1), similarity=0.9)
    assert alert.deliveries[0].action is Action.EDIT


def test_a_strict_rule_says_nothing_of_another_story_that_it_is_not_met_by():
    so_far = said(alert=1)
    alerts, (held,) = decide(Relation.REPUBLICATION, rule=STRICT, so_far=so_far, similarity=0.7, matched=False)
    assert (alerts, held.reason) == ((), SuppressReason.OTHER_STORY_FOR_RULE)


@pytest.mark.parametrize(
    ("rule", "near", "is_told"),
    [
        pytest.param(BROAD, (Near(0.5, said(alert=1)),), False, id="told of a near story"),
        pytest.param(BROAD, (Near(0.5, NOTHING_SAID), Near(0.5, said(alert=1))), False, id="told of one further on"),
        pytest.param(BROAD, (Near(0.4, said(alert=1)),), True, id="not near enough"),
        pytest.param(BROAD, (Near(0.5, NOTHING_SAID),), True, id="nothing said of it"),
        pytest.param(BROAD, (Near(0.5, said(republication=2)),), True, id="only edits are left of what was told"),
        pytest.param(BROAD, (), True, id="no near story"),
        pytest.param(STRICT, (Near(0.5, said(alert=1)),), True, id="another sensitivity"),
        pytest.param(None, (Near(0.5, said(alert=1)),), True, id="as configured"),
    ],
)
def test_a_broad_rule_does_not_tell_of_what_it_takes_for_told(rule, near, is_told):
    alerts, held = decide(rule=rule, near=near)
    assert len(alerts) == is_told
    assert [h.reason for h in held] == ([] if is_told else [SuppressReason.SAME_STORY_FOR_RULE])


def test_a_development_replies_even_by_the_same_outlet():
    (alert,), _ = decide(Relation.DEVELOPMENT, so_far=said(alert=1), feed="atalayar")
    assert (alert.kind, alert.deliveries[0].action) == (AlertKind.DEVELOPMENT, Action.REPLY)


def test_a_reply_within_the_cooldown_waits_for_its_end():
    rule = RuleMeta("raid", "", cooldown=timedelta(minutes=30))
    (alert,), _ = decide(Relation.DEVELOPMENT, rule=rule, so_far=said(alert=1))
    assert alert.deliveries[0].due_at == NOW + timedelta(minutes=20)


def test_an_edit_does_not_wait_for_the_cooldown():
    rule = RuleMeta("raid", "", cooldown=timedelta(minutes=30))
    (alert,), _ = decide(Relation.REPUBLICATION, rule=rule, so_far=said(alert=1))
    assert alert.deliveries[0].due_at == NOW


@pytest.mark.parametrize("so_far", [NOTHING_SAID, said(alert=1)], ids=["new story", "known story"])
def test_a_baseline_is_stored_and_not_told(so_far):
    alerts, (held,) = decide(baseline=True, so_far=so_far)
    assert (alerts, held.reason) == ((), SuppressReason.BASELINE)


def test_a_receiver_that_wants_graver_things_is_left_out_with_the_reason():
    (alert,), (held,) = decide(default=("desk", "phone"), least={"phone": Severity.EXTREME})
    assert [plan.receiver for plan in alert.deliveries] == ["desk"]
    assert (held.receiver, held.reason) == ("phone", SuppressReason.BELOW_MIN_SEVERITY)


def test_a_rule_without_receivers_is_stored_with_the_reason():
    (alert,), (held,) = decide(rule=RuleMeta("raid", "", receivers=()))
    assert (alert.deliveries, held.reason) == ((), SuppressReason.NO_RECEIVER)


def test_a_rule_that_was_removed_goes_on_with_nothing_and_says_so():
    so_far = StorySoFar({"gone": {AlertKind.ALERT: 1}})
    alerts, (held,) = decide(Relation.DEVELOPMENT, matched=False, so_far=so_far)
    assert (alerts, held.rule, held.reason) == ((), "gone", SuppressReason.RULE_REMOVED)


def test_own_receivers_replace_the_default_ones_and_repeat_none():
    (alert,), _ = decide(rule=RuleMeta("raid", "", receivers=("phone", "phone")))
    assert [plan.receiver for plan in alert.deliveries] == ["phone"]


def test_the_first_message_of_a_receiver_may_wait_for_republications():
    waits = {"phone": timedelta(minutes=2)}
    routing = Routing({"raid": RuleMeta("raid", "Raid")}, ("desk", "phone"), None, waits)

    def due(relation, so_far):
        assignment = Assignment(7, relation, AssignReason.SAME_TEXT)
        (alert,), _ = route(
            assignment, (Match("raid", ()),), so_far, routing, feed="sohr", baseline=False, now=NOW
        )  # fmt: skip
        return {plan.receiver: plan.due_at - NOW for plan in alert.deliveries}

    nothing, wait = timedelta(), timedelta(minutes=2)
    assert due(Relation.LEAD, NOTHING_SAID) == {"desk": nothing, "phone": wait}
    assert due(Relation.REPUBLICATION, said(alert=1)) == {"desk": nothing, "phone": nothing}
    assert due(Relation.DEVELOPMENT, said(alert=1)) == {"desk": nothing, "phone": nothing}


RAID = RuleMeta("raid", "Raid", Severity.SEVERE, ("desk",), inhibits=("mention",))
MENTION = RuleMeta("mention", "Mention", Severity.MODERATE, ("desk", "phone"))


def decide_two(relation=Relation.LEAD, *, met=("raid", "mention"), so_far=NOTHING_SAID, least=None):
    routing = Routing({"raid": RAID, "mention": MENTION}, (), least)
    assignment = Assignment(7, relation, AssignReason.SAME_TEXT, 0.9)
    matches = tuple(Match(rule, ()) for rule in met)
    alerts, held = route(assignment, matches, so_far, routing, feed="sohr", baseline=False, now=NOW)
    return {alert.rule: [plan.receiver for plan in alert.deliveries] for alert in alerts}, held


def test_a_rule_inhibits_another_where_it_tells_of_the_story_itself():
    told, held = decide_two()
    assert told == {"raid": ["desk"], "mention": ["phone"]}
    (one,) = held
    assert (one.rule, one.reason, one.receiver, one.detail) == (
        "mention", SuppressReason.INHIBITED, "desk", "by rule raid",
    )  # fmt: skip


def test_a_rule_that_has_spoken_of_the_story_inhibits_for_good():
    so_far = StorySoFar({"raid": {AlertKind.ALERT: 1}}, frozenset({"a"}))
    told, _ = decide_two(Relation.REPUBLICATION, met=("mention",), so_far=so_far)
    assert told == {"raid": ["desk"], "mention": ["phone"]}


def test_a_rule_whose_first_message_readers_took_out_of_the_story_inhibits_nobody():
    so_far = StorySoFar({"raid": {AlertKind.REPUBLICATION: 1}}, frozenset({"a"}), free_number=7)
    told, _ = decide_two(Relation.REPUBLICATION, met=("mention",), so_far=so_far)
    assert told == {"mention": ["desk", "phone"]}


def test_a_rule_inhibits_nobody_whom_it_does_not_tell():
    told, _ = decide_two(met=("mention",))
    assert told == {"mention": ["desk", "phone"]}
    told, _ = decide_two(least={"desk": Severity.EXTREME})
    assert told == {"raid": [], "mention": ["phone"]}, "that the severities hold both back is their own matter"


def test_edits_of_a_message_that_is_out_go_on():
    so_far = StorySoFar({"mention": {AlertKind.ALERT: 1}}, frozenset({"a"}))
    told, _ = decide_two(Relation.REPUBLICATION, so_far=so_far)
    assert told["mention"] == ["desk", "phone"]


def by_now(facts):
    told = {what: Told(value, NOW, frozenset({value})) for what, value in facts.items()}
    return Timeline(NOW, told)


@pytest.mark.parametrize(
    ("facts", "changes", "kind"),
    [
        pytest.param({"killed": "15"}, [("killed", 12, 15)], AlertKind.REPUBLICATION, id="a second outlet catches up"),
        pytest.param({"killed": "15"}, [("killed", 15, 17)], AlertKind.DEVELOPMENT, id="the toll rises on"),
        pytest.param({"killed": "17"}, [("killed", 17, 15)], AlertKind.DEVELOPMENT, id="it is corrected"),
        pytest.param({"killed": "15"}, [("wounded", 3, 15)], AlertKind.DEVELOPMENT, id="something else changed"),
        pytest.param({"killed": "15"}, [("killed", 12, 15), ("wounded", 3, 4)], AlertKind.DEVELOPMENT, id="and more"),
        pytest.param({}, [], AlertKind.DEVELOPMENT, id="it does not say what"),
    ],
)
def test_what_was_told_as_a_development_is_told_once(facts, changes, kind):
    before = replace(said(alert=1, development=1), timeline=by_now(facts))
    changes = tuple(Change(*change) for change in changes)
    (alert,), _ = decide(Relation.DEVELOPMENT, so_far=before, changes=changes)
    assert alert.kind == kind


def test_a_rule_that_has_told_no_development_tells_the_first():
    before = replace(said(alert=1), timeline=by_now({"killed": "15"}))
    (alert,), _ = decide(Relation.DEVELOPMENT, so_far=before, changes=(Change("killed", 12, 15),))
    assert alert.kind is AlertKind.DEVELOPMENT


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "at", "is_revision", "kind"),
    [
        pytest.param([("killed", 17, 12)], HOUR, False, AlertKind.REPUBLICATION, id="what the story said before"),
        pytest.param([("killed", 17, 12)], None, False, AlertKind.REPUBLICATION, id="what it said before, undated"),
        pytest.param([("killed", 17, 12)], HOUR, True, AlertKind.DEVELOPMENT, id="the outlet goes back to it"),
        pytest.param([("killed", 12, 14)], -HOUR, False, AlertKind.REPUBLICATION, id="dated before the newest"),
        pytest.param([("killed", 12, 14)], HOUR, False, AlertKind.DEVELOPMENT, id="a correction"),
        pytest.param([("killed", 12, 18)], -HOUR, False, AlertKind.DEVELOPMENT, id="more than anybody said"),
        pytest.param([("name", "Homs", "Hama")], -3 * HOUR, False, AlertKind.REPUBLICATION, id="before the lead"),
        pytest.param(
            [("name", "Homs", "Hama")], -HOUR, False, AlertKind.DEVELOPMENT, id="another fact, after the lead"
        ),
        pytest.param(
            [("killed", 12, 17), ("name", "Homs", "Hama")], -3 * HOUR, False, AlertKind.REPUBLICATION, id="both known"
        ),
    ],
)
def test_developments_are_told_forwards_only(changes, at, is_revision, kind):
    versions = [Version(NOW - HOUR, (Change("killed", 12, 15),)), Version(NOW, (Change("killed", 15, 17),))]
    before = replace(said(alert=1, development=2), timeline=timeline_of(NOW - 2 * HOUR, versions))
    changes = tuple(Change(*change) for change in changes)
    version = Version(None if at is None else NOW + at, changes, is_revision)
    (alert,), _ = decide(Relation.DEVELOPMENT, so_far=before, changes=changes, version=version)
    assert alert.kind == kind
