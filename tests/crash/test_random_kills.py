"""Killed at random moments and random failpoints, and kept from the database by another process: nothing is lost.

`benchmarks/delivery.py kills` does the same 200 times over 2,000 alerts and three receivers.
"""

import random
import signal
import sqlite3
import subprocess
import threading

from watcher.failpoints import POINTS

SEED, KILLS, EACH = 20260501, 8, 3


def test_nothing_is_lost_and_only_what_was_in_flight_repeats(machine, outside):
    dice = random.Random(SEED)
    assert machine.once() == 0, machine.log()
    number = 0
    for _ in range(KILLS):
        for _ in range(EACH):
            outside.publish(number)
            number += 1
        process = machine.start(f"{dice.choice(POINTS)}:{dice.randint(1, 4)}")
        try:
            process.wait(dice.uniform(1, 4))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, machine.log()
    while len(alerts(outside)) < number:
        before = len(alerts(outside))
        assert machine.once() in (0, 1), machine.log()
        assert len(alerts(outside)) > before, machine.log()
    assert len(alerts(outside)) == number
    repeats = sum(alerts(outside).values()) - number
    assert repeats <= KILLS, "one delivery is in flight at a time"


def alerts(outside):
    """What arrived on entries, without the watcher's alarms about itself."""
    return {key: times for key, times in outside.received.items() if not key.startswith("watcher.")}


def wait_for_a_fetch(outside):
    """Return when the feed is fetched the next time."""
    fetched, answer = threading.Event(), outside.feed

    def feed():
        fetched.set()
        return answer()

    outside.feed = feed
    assert fetched.wait(60)


def test_a_database_that_another_process_holds_for_a_while_delays_and_loses_nothing(machine, outside, running):
    assert machine.once() == 0, machine.log()
    process = machine.start()
    running.append(process)
    outside.publish(1)
    outside.wait_for(1)
    holder = sqlite3.connect(machine.folder / "w.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    outside.publish(2)
    wait_for_a_fetch(outside)
    assert len(outside.received) == 1, "nothing is sent that could not be recorded"
    holder.execute("ROLLBACK")
    holder.close()
    outside.wait_for(2)
    assert process.poll() is None
    assert set(outside.received.values()) == {1}
