"""The daemon's log: one line for what matters with everything that it is about, none for nothing."""

import json
import signal
import threading
import time

import pytest

DEADLINE_S = 60
#: What a line of each event must tell.
ABOUT = {
    "poll": {"feed", "outcome", "fetch_s", "commit_s"},
    "entry": {"feed", "entry", "story", "title", "relation", "reason", "rules"},
    "attempt": {"receiver", "rule", "story", "outcome", "send_s", "attempts"},
    "alert": {"feed", "entry", "story", "rule", "receiver", "title", "since_seen_s"},
    "suppressed": {"feed", "entry", "story", "rule", "reason"},
    "polled": {"feed", "new"},
    "baseline": {"feed", "stored"},
    "started": {"feeds", "rules"},
}


@pytest.fixture
def lines(machine, outside, running):
    """Run the daemon through one alert at a level and return what it logged."""

    def run(level):
        config = machine.folder / "config.yaml"
        config.write_text(config.read_text() + f"log: {{level: {level}, format: json}}\n")
        outside.publish(0)
        process = machine.start()
        running.append(process)
        end, pause = time.monotonic() + DEADLINE_S, threading.Event()
        while '"baseline"' not in machine.log() and time.monotonic() < end:
            pause.wait(0.05)
        outside.publish(1)
        outside.wait_for(1)
        pause.wait(2.5)  # some polls that bring nothing; nothing is what there is to wait for
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0, machine.log()
        return [json.loads(line) for line in machine.log().splitlines()]

    return run


def test_every_line_tells_what_it_is_about(lines):
    told = lines("debug")
    assert {line["event"] for line in told} >= ABOUT.keys()
    for line in told:
        missing = ABOUT.get(line["event"], set()) - line.keys()
        assert not missing, (missing, line)
    polls = [line["outcome"] for line in told if line["event"] == "poll"]
    assert polls.count("parsed") == 2 and polls.count("unchanged") >= 1


def test_polls_that_bring_nothing_leave_no_line(lines):
    told = [line["event"] for line in lines("info")]
    assert told == ["started", "baseline", "polled", "polled", "alert", "stopping", "stopped"], told
