"""`watcher doctor`: what is wrong is found, and what to do is said."""

import json
import sqlite3
import threading
import time
from contextlib import closing
from email.utils import formatdate

import commands
import pytest

from watcher.text import plural


@pytest.fixture
def patient(machine, outside):
    """A set-up in which all is well, polled once."""
    outside.publish(0)
    (machine.folder / "rules" / "r.yaml").chmod(0o600)
    assert machine.once() == 0
    return machine


def doctor(machine, *arguments, status):
    """Run it and return its findings by subject."""
    ended = commands.run(machine.folder, "doctor", "--json", *arguments)
    assert ended.returncode == status, ended.stdout + ended.stderr
    told = json.loads(ended.stdout)
    assert told["ok"] == (status == 0)
    assert all(bool(f["remedy"]) == (f["grade"] != "well") for f in told["findings"]), "what is wrong has a remedy"
    return {finding["subject"]: finding for finding in told["findings"]}


def grades(findings):
    return {subject: finding["grade"] for subject, finding in findings.items()}


def edit(machine, old, new):
    config = machine.folder / "config.yaml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))


def test_all_well_but_that_no_daemon_runs(patient):
    found = doctor(patient, status=0)
    disk = found.pop("disk")
    assert disk["grade"] != "wrong"
    assert grades(found) == {
        "configuration": "well", "database": "well", "integrity": "well", "search": "well", "feeds": "well",
        "deliveries": "well", "daemon": "warning", "network": "well", "clock": "well", "receiver hook": "well",
    }  # fmt: skip


def test_a_daemon_that_runs_is_asked_for_its_health(patient, running):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    edit(patient, "{enabled: false}", f"{{listen: '127.0.0.1:{port}'}}")
    assert doctor(patient, "--offline", status=0)["daemon"]["grade"] == "warning"
    running.append(patient.start())
    end, pause, found = time.monotonic() + 60, threading.Event(), {}
    while time.monotonic() < end and "is ready" not in found.get("told", ""):
        pause.wait(0.2)
        if "web_started" in patient.log():
            found = doctor(patient, "--offline", status=0)["daemon"]
    assert (found["grade"], "is ready" in found["told"]) == ("well", True), patient.log()


def test_mistakes_in_files_are_told_with_their_places(machine):
    edit(machine, "rules: rules", "ruls: rules")
    found = doctor(machine, status=1)
    assert "config.yaml:2:1: ruls: unknown key" in found["configuration"]["told"]


def test_a_missing_secret_leaves_the_rest_to_look_at(patient):
    edit(patient, "receivers:\n", "receivers:\n  phone: {type: telegram, chat_id: '1', token_file: no.token}\n")
    found = doctor(patient, "--offline", status=1)
    assert "no.token cannot be read" in found["configuration"]["told"]
    assert found["integrity"]["grade"] == "well"


def test_a_secret_that_others_can_read(patient):
    (patient.folder / "hook.secret").write_text("a secret")
    (patient.folder / "hook.secret").chmod(0o644)
    edit(patient, "/hook'", "/hook', secret_file: hook.secret")
    found = doctor(patient, "--offline", status=0)["secrets"]
    assert (found["grade"], found["remedy"][:9]) == ("warning", "chmod 600")
    (patient.folder / "hook.secret").chmod(0o600)
    assert doctor(patient, "--offline", status=0)["secrets"]["grade"] == "well"


def test_a_damaged_database(patient):
    path = patient.folder / "w.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_entries_link'").fetchone()[0]
        page = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * page)
        file.write(b"\xff" * 64)
    found = doctor(patient, "--offline", status=1)
    assert found["integrity"]["grade"] == "wrong" and "backup" in found["integrity"]["remedy"]


def test_a_database_whose_tables_are_damaged_is_told_in_sentences_by_every_command(patient):
    path = patient.folder / "w.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        roots = [row[0] for row in connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name LIKE 'feed%'")]
        page = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * page)
            file.write(b"\xff" * page)
    found = doctor(patient, "--offline", status=1)
    assert {found[name]["grade"] for name in ("integrity", "contents")} == {"wrong"}
    assert all("with its -wal and -shm files aside" in found[name]["remedy"] for name in ("integrity", "contents"))
    for command in ("status", "once"):
        ended = commands.run(patient.folder, command)
        assert ended.returncode == 1 and "Traceback" not in ended.stderr and "is damaged" in ended.stderr, ended.stderr
        assert "with its -wal and -shm files aside" in ended.stderr, "a log beside a backup would be put into it"


def test_a_database_that_others_can_read(patient):
    (patient.folder / "w.db").chmod(0o644)
    assert doctor(patient, "--offline", status=0)["database"]["remedy"].startswith("chmod 600")


def test_a_delivery_that_does_not_go_out(patient):
    with closing(sqlite3.connect(patient.folder / "w.db")) as connection, connection:
        connection.execute(
            "INSERT INTO alerts (rule, kind, revision, severity, evidence, text, created_at)"
            " VALUES ('r', 'alarm', 2, 'minor', '[]', 'x', '2026-01-01 00:00:00')"
        )
        connection.execute(
            "INSERT INTO deliveries (alert, receiver, action, state, reason, due_at, first_due_at, attempts)"
            " SELECT max(pk), 'hook', 'new', 'pending', '', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 3 FROM alerts"
        )
    found = doctor(patient, "--offline", status=1)["deliveries"]
    assert found["told"] == "1 delivery waits, the oldest since 2026-01-01 00:00 UTC"


def test_nobody_can_be_reached(patient, outside):
    outside.close()
    found = doctor(patient, status=1)
    assert grades(found)["network"] == grades(found)["receiver hook"] == "wrong"
    assert "none of 1 feed could be fetched" in found["network"]["told"]


@pytest.mark.parametrize(("ahead_s", "grade", "status"), [(3600, "wrong", 1), (-90, "warning", 0)])
def test_a_clock_that_is_off(patient, outside, ahead_s, grade, status):
    outside.server.RequestHandlerClass.date_time_string = lambda *_: formatdate(time.time() - ahead_s, usegmt=True)
    outside.server.RequestHandlerClass.do_HEAD = outside.server.RequestHandlerClass.do_GET
    found = doctor(patient, status=status)["clock"]
    assert (found["grade"], "ahead of" in found["told"]) == (grade, ahead_s > 0)


def test_a_command_that_is_not_there(patient):
    edit(patient, "receivers:\n", "receivers:\n  siren: {type: exec, command: [./no-such-siren]}\n")
    assert doctor(patient, status=1)["receiver siren"]["grade"] == "wrong"


def test_people_read_signs_and_remedies(patient):
    ended = commands.run(patient.folder, "doctor", "--offline")
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("✓ configuration: config.yaml: 1 feed, 1 rule, 1 receiver")
    assert "! daemon: none runs on this database" in lines and "    `watcher run`, or" in ended.stdout


def test_a_search_index_that_is_not_whole_is_told_and_an_upgrade_fills_it(patient):
    with closing(sqlite3.connect(patient.folder / "w.db")) as database, database:
        entries = database.execute("SELECT count(*) FROM entries").fetchone()[0]
        database.execute("UPDATE search_state SET version = 0")
    assert doctor(patient, "--offline", status=0)["search"]["told"] == "no full-text index yet"
    ended = commands.run(patient.folder, "db", "upgrade")
    assert f"{plural(entries, 'entry', 'entries')} put into the search index in" in ended.stdout
    assert doctor(patient, "--offline", status=0)["search"]["grade"] == "well"
