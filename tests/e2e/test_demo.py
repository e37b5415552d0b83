"""`watcher demo` in a process of its own: the story that it is for, in the text and in the JSON."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

#: A loaded machine may take long to start; a run that hangs is still ended.
DEADLINE_S = 100


def demo(tmp_path: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it with a temporary directory of its own, so that what it leaves is seen."""
    return subprocess.run(
        [sys.executable, "-m", "watcher", "demo", *options],
        env=os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "200"} | environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


@pytest.fixture(scope="module")
def ten_seconds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    begun = time.monotonic()
    done = demo(folder, "--for", "10", "--json")
    return done, time.monotonic() - begun, folder


@pytest.fixture(scope="module")
def events(ten_seconds):
    return [json.loads(line) for line in ten_seconds[0].stdout.splitlines()]


def one(events, kind, entry):
    found = [e for e in events if e["event"] == kind and str(e.get("entry")).endswith(entry)]
    assert found, [(e["event"], e.get("entry")) for e in events]
    return found[0]


def test_it_ends_by_itself_and_well(ten_seconds):
    done, seconds, _ = ten_seconds
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert 10 <= seconds < 60


def test_it_leaves_no_files(ten_seconds):
    assert list(ten_seconds[2].iterdir()) == []


def test_the_first_poll_is_a_baseline(events):
    held = one(events, "suppressed", "/a-100")
    assert (held["rule"], held["reason"]) == ("is-leader-captured", "baseline")
    assert not [e for e in events if e["event"] == "alert" and e["entry"].endswith("/a-100")]


def test_the_story_is_one_alert_a_republication_and_a_development(events):
    alert = one(events, "alert", "/a-102")
    republication = one(events, "republication", "/s-201")
    development = one(events, "development", "/a-102")
    assert alert["story"] == republication["story"] == development["story"]
    assert {e["rule"] for e in (alert, republication, development)} == {"is-leader-captured"}
    assert {e["receiver"] for e in (alert, republication, development)} == {"newsroom"}
    assert [e["action"] for e in (alert, republication, development)] == ["new", "edit", "reply"]
    assert republication["outlet"] == "SOHR"
    assert republication["credits"] == "Atalayar"
    assert {"what": "killed", "from": 12, "to": 15} in development["changes"]


def test_the_story_sends_one_alert_only(events):
    story = one(events, "alert", "/a-102")["story"]
    assert len([e for e in events if e["event"] == "alert" and e.get("story") == story]) == 1


def test_what_is_held_back_says_why(events):
    held = [e for e in events if e["event"] == "suppressed"]
    assert all(e["reason"] and e["rule"] and e["entry"] for e in held)
    phone = [e for e in held if e["receiver"] == "duty-phone" and e["entry"].endswith("/a-102")]
    assert phone[0]["reason"] == "below_min_severity"


def test_the_last_line_counts_what_was_printed(events):
    *rest, last = events
    assert last["event"] == "summary"
    for kind in ("alert", "republication", "development", "suppressed"):
        assert last[kind] == sum(1 for e in rest if e["event"] == kind) > 0
    assert sum(last["reasons"].values()) == last["suppressed"]


@pytest.fixture(scope="module")
def until_interrupted(tmp_path_factory):
    """Run it without a time, as a person does, and press Ctrl-C when the last scene has had its effect."""
    folder = tmp_path_factory.mktemp("demo")
    with subprocess.Popen(
        [sys.executable, "-m", "watcher", "demo"],
        env=os.environ | {"TMPDIR": str(folder), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        alarm = threading.Timer(DEADLINE_S, process.kill)
        alarm.start()
        try:
            lines = []
            while not lines or "That was the script" not in lines[-1]:
                lines.append(process.stdout.readline())
                assert lines[-1], "".join(lines) + process.stderr.read()
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate()
        finally:
            alarm.cancel()
            process.kill()
    return "".join(lines) + rest, errors, process.returncode, folder


TOLD = (
    "one alert for a story",
    "Ctrl-C ends the demo",
    "the page of the daemon: http://127.0.0.1:",
    "first read (baseline)",
    "newsroom: ALERT, severe",
    "International coalition arrests Islamic State leader in raid on Humaira, Aleppo",
    "held back for duty-phone: severe is below extreme (below_min_severity)",
    "also: SOHR (credits Atalayar)",
    "newsroom: a reply to that message",
    "killed: 12 → 15",
    "vestnik failed (http_status: the server says 404 Not Found)",
    "vestnik is well again",
    "Беспилотники атаковали порт Одессы",
    "duty-phone: ALERT, extreme",
    "قصف مدفعي يصيب مشفى",
    "(same_outlet_repeat)",
    "(republication_silent)",
    "(revision_without_news)",
    "desk-email: ALERT, minor",
    "Un terremoto de magnitud 6,2",
    "10 feeds, 28 entries → 7 alerts, 1 republication, 1 development; 10 held back",
)


@pytest.mark.slow
@pytest.mark.parametrize("told", TOLD)
def test_the_text_tells_the_whole_script_to_people(until_interrupted, told):
    assert told in until_interrupted[0]


@pytest.mark.slow
def test_every_scene_has_its_effect_and_ctrl_c_ends_it_well(until_interrupted):
    text, errors, status, folder = until_interrupted
    assert (status, errors) == (0, "")
    assert "has not reported" not in text
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "text"])
def test_a_reader_who_goes_away_ends_it_without_a_word_and_without_files(tmp_path, options):
    with subprocess.Popen(
        [sys.executable, "-m", "watcher", "demo", *options],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read()
            process.wait(DEADLINE_S)
        finally:
            process.kill()
    assert errors == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "text"])
def test_a_terminal_of_an_old_code_page_is_no_obstacle(tmp_path, options):
    done = demo(tmp_path, "--for", "1", *options, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "Every feed is read for the first time" in done.stdout
