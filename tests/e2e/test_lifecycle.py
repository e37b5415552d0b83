"""The real daemon: ends cleanly, reloads, keeps the last good rules, refuses a second instance."""

import signal
import time

import commands

DEADLINE_S = 60
STOP_BOUND_S = 15


def started(machine, running):
    process = machine.start()
    running.append(process)
    machine.wait_for_log("started")
    return process


def test_sigterm_ends_it_cleanly_within_the_bound(machine, running):
    process = started(machine, running)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_BOUND_S) == 0, machine.log()
    assert time.monotonic() - begun < STOP_BOUND_S
    assert "stopped" in machine.log()
    assert "Traceback" not in machine.log()


def test_a_second_instance_is_refused(machine, running):
    started(machine, running)
    assert machine.once() == 1
    assert "another watcher is running" in machine.log()


def test_alerts_arrive_and_a_changed_rule_file_takes_effect(machine, outside, running):
    process = started(machine, running)
    machine.wait_for_log("baseline feed=feed")
    rules = machine.folder / "rules" / "r.yaml"
    rules.write_text(rules.read_text().replace("any: [explosion]", "any: [earthquake, explosion]"))
    machine.wait_for_log("reloaded")
    outside.publish(1)
    outside.wait_for(1)
    assert process.poll() is None


def test_a_faulty_rule_file_leaves_the_old_rules_running_and_is_told(machine, outside, running):
    process = started(machine, running)
    machine.wait_for_log("baseline feed=feed")
    rules = machine.folder / "rules" / "r.yaml"
    rules.write_text(rules.read_text().replace("when:", "wehn:"))
    process.send_signal(signal.SIGHUP)
    machine.wait_for_log("reload_failed")
    assert "r.yaml:4:5: rules[0].wehn: unknown key 'wehn' (did you mean 'when'?)" in machine.log()
    outside.publish(1)
    outside.wait_for(1)


def test_a_faulty_configuration_starts_nothing(machine):
    config = machine.folder / "config.yaml"
    config.write_text(config.read_text().replace("database:", "databse:"))
    assert machine.once() == 1
    assert "config.yaml:1:1: databse: unknown key 'databse' (did you mean 'database'?)" in machine.log()
    assert not (machine.folder / "w.db").exists()


def test_places_that_are_imported_again_and_again_take_effect(machine, outside, running):
    started(machine, running)
    machine.wait_for_log("baseline feed=feed")
    (machine.folder / "rules" / "r.yaml").write_text(
        "rules:\n  - {id: here, title: Here, when: {region: SY-HL}, receivers: [hook], examples: {match: [Aleppo]}}\n"
    )
    machine.wait_for_log("reloaded")
    for number, village in enumerate(("Umm Qusayr", "Tell Zilqa"), 1):
        (machine.folder / "villages.csv").write_text(f"name,lat,lon\n{village},36.30,37.40\n", "utf-8")
        assert commands.run(machine.folder, "gazetteer", "import", "villages.csv").returncode == 0
        machine.wait_for_log("reloaded", 1 + number)
        outside.items.append((f"village{number}", f"Two killed in {village}"))
        outside.wait_for(number)


def test_a_damaged_gazetteer_leaves_the_daemon_running(machine, outside, running):
    process = started(machine, running)
    machine.wait_for_log("baseline feed=feed")
    (machine.folder / "gazetteer.wgaz").write_bytes(b"no gazetteer")
    process.send_signal(signal.SIGHUP)
    machine.wait_for_log("reload_failed")
    assert "gazetteer.wgaz" in machine.log()
    outside.publish(1)
    outside.wait_for(1)
    (machine.folder / "gazetteer.wgaz").unlink()
    process.send_signal(signal.SIGHUP)
    machine.wait_for_log("reloaded")
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_BOUND_S) == 0, machine.log()
    assert "stopped" in machine.log()
