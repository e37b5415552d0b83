"""Metrics for Prometheus, counted from the events that the parts report, so that nothing is counted twice.

Names and units follow https://prometheus.io/docs/practices/naming/. What is a fact of the
database (feeds, what waits) is read when it is asked for.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from watcher import __version__

#: Bounds in seconds. Stages take from under a millisecond to the time-out of a send; an alert comes seconds
#: to a day after its publication, for publishers' clocks and polling intervals stand between.
STAGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90)
DELAYS = (5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)

#: Events of the deliverer that say a message was sent.
_SENT = frozenset({"alert", "republication", "development", "alarm"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What is so at this moment; see the help of the metrics that it becomes."""

    feeds: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    oldest_unsent_age_s: float = 0.0
    poll_lag_s: float = 0.0
    open_alarms: int = 0
    database_bytes: int = 0


class Metrics:
    """The registry of one watcher."""

    def __init__(self, ages: Callable[[], Mapping[str, float]], standing: Callable[[], Standing]) -> None:
        """Take what tells the ages of the ticks in seconds, and what reads the database."""
        self.registry = CollectorRegistry()
        for standard in (ProcessCollector, PlatformCollector, GCCollector):
            standard(registry=self.registry)
        Info("watcher_build", "Version of watcher.", registry=self.registry).info({"version": __version__})
        self._define()
        self.registry.register(_Present(ages, standing))
        self._lock = threading.Lock()

    def _define(self) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"watcher_{name}", text, labels, registry=self.registry)

        self._polls = counter("polls", "Polls by outcome.", "outcome")
        self._failures = counter("poll_failures", "Polls that failed, by reason.", "reason")
        self._entries = counter("entries", "New entries.")
        self._revisions = counter("revisions", "Entries that came again with another content.")
        self._stories = counter("stories", "Stories begun.")
        self._republications = counter("republications", "Entries that joined a story with nothing new in them.")
        self._developments = counter("developments", "Entries and revisions whose facts had changed.")
        self._matches = counter("matches", "Entries that met a rule.", "rule")
        self._suppressed = counter("suppressions", "What was held back, by reason.", "reason")
        self._deliveries = counter("deliveries", "Deliveries by receiver and outcome.", "receiver", "outcome")
        self._attempts = counter("delivery_attempts", "Tries of deliveries, by their result.", "receiver", "outcome")
        self._errors = counter("internal_errors", "Faults of watcher's own.")
        self._pruned = counter("entries_pruned", "Entries that were forgotten.")
        self._reloads = counter("config_reloads", "Changed files taken up or refused.", "outcome")
        self._reloaded = Gauge(
            "watcher_config_last_reload_successful", "1 unless the files hold mistakes.", registry=self.registry
        )
        self._reloaded.set(1)
        self._stages = Histogram(
            "watcher_stage_duration_seconds", "Time that a stage takes for one poll or one message.", ("stage",),
            buckets=STAGES, registry=self.registry,
        )  # fmt: skip
        self._delays = {
            "since_published_s": self._delay("publish", "the entry's date"),
            "since_seen_s": self._delay("seen", "the entry's arrival here"),
        }

    def _delay(self, since: str, words: str) -> Histogram:
        name, text = f"watcher_{since}_to_alert_seconds", f"Time from {words} to the first message about its story."
        return Histogram(name, text, buckets=DELAYS, registry=self.registry)

    def observe(self, event: Mapping[str, Any]) -> None:
        """Count one event; unknown ones are no fault. Called from several threads."""
        match event.get("event"):
            case "poll":
                self._poll(event)
            case "entry":
                self._entry(event)
            case "attempt":
                self._attempts.labels(event["receiver"], event["outcome"]).inc()
                self._stages.labels("send").observe(event["send_s"])
            case "suppressed":
                self._suppressed.labels(event["reason"]).inc()
                if "kind" in event:  # it was queued already
                    self._deliveries.labels(event["receiver"], "suppressed").inc()
            case "delivery_retry":
                self._deliveries.labels(event["receiver"], "retried").inc()
            case "delivery_dead":
                self._deliveries.labels(event["receiver"], "dead").inc()
            case "pruned":
                self._pruned.inc(event["entries"])
            case "internal_error":
                self._errors.inc()
            case "reloaded" | "reload_failed" as name:
                self._reloads.labels("ok" if name == "reloaded" else "failed").inc()
                self._reloaded.set(name == "reloaded")
            case str(name) if name in _SENT and "receiver" in event:
                self._sent(event)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format; reads the database."""
        with self._lock:  # one at a time, however many ask
            return generate_latest(self.registry)

    def _poll(self, event: Mapping[str, Any]) -> None:
        self._polls.labels(event["outcome"]).inc()
        if event["outcome"] == "failed":
            self._failures.labels(event["reason"]).inc()
        for stage in ("fetch", "parse", "full_text", "commit"):
            if f"{stage}_s" in event:
                self._stages.labels(stage).observe(event[f"{stage}_s"])

    def _entry(self, event: Mapping[str, Any]) -> None:
        (self._revisions if event["revision"] else self._entries).inc()
        of_relation = {
            "lead": self._stories, "republication": self._republications, "development": self._developments,
        }  # fmt: skip
        if kind := of_relation.get(str(event["relation"])):
            kind.inc()
        for rule in event["rules"]:
            self._matches.labels(rule).inc()

    def _sent(self, event: Mapping[str, Any]) -> None:
        self._deliveries.labels(event["receiver"], "sent").inc()
        if event["event"] == "alert":
            for name, histogram in self._delays.items():
                if name in event:
                    histogram.observe(event[name])


class _Present(Collector):
    """What is read when it is asked for."""

    def __init__(self, ages: Callable[[], Mapping[str, float]], standing: Callable[[], Standing]) -> None:
        self._ages, self._standing = ages, standing

    def describe(self) -> Iterable[Metric]:
        """Name the metrics without reading the database."""
        return self._families({}, Standing())

    def collect(self) -> Iterable[Metric]:
        """Read the ticks and the database."""
        return self._families(self._ages(), self._standing())

    def _families(self, ages: Mapping[str, float], now: Standing) -> Iterable[Metric]:
        yield _labelled("tick_age_seconds", "Time since a tick last ended well.", "tick", ages)
        yield _labelled("feeds", "Feeds that are polled, by state.", "state", now.feeds)
        yield _labelled("deliveries_waiting", "Deliveries that are not sent yet.", "receiver", now.waiting)
        for name, text, value in (
            ("oldest_unsent_delivery_age_seconds", "Age of the oldest delivery that should be out; 0 for none.",
             now.oldest_unsent_age_s),
            ("poll_lag_seconds", "How long the feed that waits longest has been due; 0 for none.", now.poll_lag_s),
            ("alarms_open", "The watcher's alarms about itself that are open.", now.open_alarms),
            ("database_size_bytes", "Size of the database's file and its log.", now.database_bytes),
        ):  # fmt: skip
            yield GaugeMetricFamily(f"watcher_{name}", text, value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"watcher_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
