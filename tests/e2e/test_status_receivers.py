"""`watcher status` and its exit status when a receiver takes nothing; times in the configured zone."""

import re
import sqlite3
from contextlib import closing

import commands
import pytest


@pytest.fixture
def polled(machine, outside):
    """A machine whose receiver refuses what it is sent, polled twice; its configuration is in Damascus' time."""
    config = machine.folder / "config.yaml"
    config.write_text(f"timezone: Asia/Damascus\n{config.read_text()}")
    machine.once()
    return machine


def status(machine, command="status", *arguments):
    ended = commands.run(machine.folder, command, *arguments)
    return ended.stdout, ended.returncode


def test_a_receiver_that_takes_nothing_is_named_with_the_error_of_its_last_try(polled, outside):
    assert status(polled)[1] == 0
    outside.status = 503
    outside.publish(1)
    polled.once()
    told, code = status(polled)
    assert code == 1
    assert re.search(r"since \(Asia/Damascus\)", told) and "status 503" in told
    assert re.search(r"seen 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+03", status(polled, "explain", "1")[0])


def test_a_dead_delivery_is_wrong_for_a_day(polled, outside):
    outside.status = 400
    outside.publish(1)
    polled.once()
    told, code = status(polled)
    assert (code, "died in the last day" in told) == (1, True)
    with closing(sqlite3.connect(polled.folder / "w.db")) as database, database:
        database.execute("UPDATE attempts SET started_at = '2026-01-01 00:00:00.000000'")
        database.execute("UPDATE alarms SET cleared_at = raised_at")
    told, code = status(polled)
    assert "died in the last day" not in told


def test_what_waits_for_a_restart_and_a_page_that_is_not_served_are_shown(machine, outside, running):
    config = machine.folder / "config.yaml"
    port = int(outside.url.rpartition(":")[2])
    began = config.read_text().replace("web: {enabled: false}", f"web: {{listen: '127.0.0.1:{port}'}}")
    config.write_text(began)
    running.append(machine.start())
    machine.wait_for_log("web_failed")
    changed = f"{began}log: {{level: warning}}\npolling: {{back_off: feed}}\n"
    config.write_text(changed)
    machine.wait_for_log("restart_needed")
    machine.wait_for_log(" reloaded ")
    told, code = status(machine)
    assert code == 1 and "page, metrics and health are not served: cannot listen on" in told
    assert "changed in the configuration and waiting for a restart: log, polling.back_off" in told
    config.write_text(f"{changed}timezone: Asia/Damascus\n")
    machine.wait_for_log("restart_needed", 2)
    machine.wait_for_log(" reloaded ", 2)
    assert "waiting for a restart: log, polling.back_off" in status(machine)[0], "another reload has not restarted it"
    config.write_text(began)
    machine.wait_for_log(" reloaded ", 3)
    assert "waiting for a restart" not in status(machine)[0]
    assert not outside.received, "nobody is sent a message about it"
