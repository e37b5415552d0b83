"""Every event that is counted arrives in its metric, and names follow Prometheus' conventions."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from watcher.metrics import Metrics, Standing
from watcher.model import AlertKind, AssignReason, Relation, SuppressReason

ENTRY = {
    "event": "entry", "feed": "f", "entry": "e", "story": 1, "reason": AssignReason.NO_CANDIDATE, "similarity": 0.0,
    "rules": (), "revision": 0,
}  # fmt: skip


@pytest.fixture
def metrics():
    standing = Standing({"well": 3, "failing": 1}, {"desk": 2}, 61.5, 7.0, 1, 4096)
    return Metrics(lambda: {"polls": 0.5}, lambda: standing)


def samples(metrics):
    """Name and labels → value."""
    text = metrics.exposition().decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def count(metrics, name, **labels):
    return samples(metrics).get((name, *sorted(labels.items())), 0)


POLL, LEAD = {"event": "poll", "fetch_s": 0.2, "commit_s": 0.01}, ENTRY | {"relation": Relation.LEAD}
TO_DESK = {"receiver": "desk", "kind": AlertKind.ALERT}
ALERT = {"event": "alert", "since_published_s": 70.0, "since_seen_s": 2.0} | TO_DESK
ATTEMPT = {"event": "attempt", "outcome": "unknown", "send_s": 90.0} | TO_DESK
HELD = {"event": "suppressed", "reason": SuppressReason.BASELINE, "receiver": None}


@pytest.mark.parametrize(
    ("event", "name", "labels"),
    [
        (POLL | {"outcome": "not_modified"}, "polls_total", {"outcome": "not_modified"}),
        (POLL | {"outcome": "failed", "reason": "timeout"}, "poll_failures_total", {"reason": "timeout"}),
        (POLL | {"outcome": "parsed", "parse_s": 0.1}, "stage_duration_seconds_count", {"stage": "parse"}),
        (LEAD, "entries_total", {}),
        (LEAD, "stories_total", {}),
        (ENTRY | {"relation": Relation.REPUBLICATION}, "republications_total", {}),
        (ENTRY | {"relation": Relation.DEVELOPMENT, "revision": 1}, "developments_total", {}),
        (ENTRY | {"relation": Relation.REVISION, "revision": 1}, "revisions_total", {}),
        (LEAD | {"rules": ("raid", "fire")}, "matches_total", {"rule": "fire"}),
        (HELD, "suppressions_total", {"reason": "baseline"}),
        (HELD | TO_DESK, "deliveries_total", {"receiver": "desk", "outcome": "suppressed"}),
        (ATTEMPT, "delivery_attempts_total", {"receiver": "desk", "outcome": "unknown"}),
        (ATTEMPT, "stage_duration_seconds_count", {"stage": "send"}),
        (ALERT, "deliveries_total", {"receiver": "desk", "outcome": "sent"}),
        (ALERT, "publish_to_alert_seconds_count", {}),
        (ALERT, "seen_to_alert_seconds_count", {}),
        ({"event": "alarm"} | TO_DESK, "deliveries_total", {"receiver": "desk", "outcome": "sent"}),
        ({"event": "delivery_retry"} | TO_DESK, "deliveries_total", {"receiver": "desk", "outcome": "retried"}),
        ({"event": "delivery_dead"} | TO_DESK, "deliveries_total", {"receiver": "desk", "outcome": "dead"}),
        ({"event": "internal_error", "where": "feed f"}, "internal_errors_total", {}),
        ({"event": "pruned", "entries": 1, "stories": 1, "alerts": 0}, "entries_pruned_total", {}),
        ({"event": "reloaded"}, "config_reloads_total", {"outcome": "ok"}),
        ({"event": "reload_failed", "faults": []}, "config_reloads_total", {"outcome": "failed"}),
    ],
)
def test_an_event_is_counted_once(metrics, event, name, labels):
    metrics.observe(event)
    assert count(metrics, f"watcher_{name}", **labels) == 1


def test_an_alarm_that_is_raised_is_no_delivery_and_unknown_events_are_no_fault(metrics):
    before = samples(metrics).keys()
    for event in ({"event": "alarm", "key": "feed:f", "message": "m"}, {"event": "new in the next version"}, {}):
        metrics.observe(event)
    assert samples(metrics).keys() == before


def test_delays_of_republications_are_not_those_of_alerts(metrics):
    metrics.observe({"event": "republication", "receiver": "desk", "since_published_s": 70.0})
    assert count(metrics, "watcher_publish_to_alert_seconds_count") == 0


def test_a_reload_that_failed_shows_until_one_succeeds(metrics):
    name = "watcher_config_last_reload_successful"
    seen = [count(metrics, name)]
    for event in ("reload_failed", "reloaded"):
        metrics.observe({"event": event})
        seen.append(count(metrics, name))
    assert seen == [1, 0, 1]


def test_what_is_so_now_is_read_when_asked(metrics):
    assert count(metrics, "watcher_tick_age_seconds", tick="polls") == 0.5
    assert count(metrics, "watcher_feeds", state="failing") == 1
    assert count(metrics, "watcher_deliveries_waiting", receiver="desk") == 2
    assert count(metrics, "watcher_oldest_unsent_delivery_age_seconds") == 61.5
    assert count(metrics, "watcher_poll_lag_seconds") == 7
    assert count(metrics, "watcher_database_size_bytes") == 4096


def test_names_follow_the_conventions(metrics):
    """https://prometheus.io/docs/practices/naming/: base units, totals named so, a help text for each."""
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        assert family.documentation, family.name
        if not family.name.startswith("watcher_"):
            continue
        assert not family.name.endswith(("_ms", "_minutes", "_kb", "_mb", "_count", "_sum")), family.name
        if family.type == "counter":
            assert all(s.name.endswith(("_total", "_created")) for s in family.samples), family.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
