"""The log: one line for each event, faults in full, and no secret."""

import json
import logging
import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import OperationalError

from watcher import logs

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
TOKEN = "987654321:AAtokenTokenTokenTokenTokenToken12345"


@pytest.fixture
def written(capsys):
    """Set the log up and return what it wrote; the root logger is as before afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level

    def read(format="text", level="debug"):  # noqa: A002 - the key's name
        logs.setup(level, format)
        return lambda: capsys.readouterr().err

    yield read
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def raised(error):
    """The exception with a traceback."""
    try:
        raise error
    except type(error) as caught:
        return caught


def test_an_event_is_a_line(written):
    read = written()
    logs.observe({"event": "polled", "feed": "feed", "new": 2, "entries": 2})
    (line,) = read().splitlines()
    stamp, level, rest = line.split(None, 2)
    assert stamp.endswith("Z") and datetime.fromisoformat(stamp)
    assert (level, rest) == ("INFO", "polled feed=feed new=2 entries=2")


@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize(
    ("said", "remedy"), [("database is locked", "End that"), ("database or disk is full", "make room")]
)
def test_the_machines_trouble_is_one_line_with_its_remedy(written, said, remedy, format_):
    read = written(format_)
    error = raised(OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError(said)))
    logs.observe({"event": "internal_error", "where": "tick polls", "exception": error})
    (line,) = read().splitlines()
    assert said in line and remedy in line and "tick polls" in line


def test_a_fault_of_ours_in_the_database_comes_with_where_it_was(written):
    read = written()
    error = raised(OperationalError("SELECT x", None, sqlite3.OperationalError("no such column: x")))
    logs.observe({"event": "internal_error", "where": "tick polls", "exception": error})
    assert "Traceback" in read()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("two words", '"two words"'),
        ('a "quote"', '"a \\"quote\\""'),
        ("line\nbreak", '"line\\nbreak"'),
        ("x\x1b[31m", '"x\\u001b[31m"'),
        ("a=b", '"a=b"'),
        ("حلب", "حلب"),
        (AT, "2026-05-01T12:00:00+00:00"),
        (3, "3"),
        (["a", "b"], '"[\\"a\\", \\"b\\"]"'),
    ],
)
def test_values_cannot_break_out_of_their_line(written, value, expected):
    read = written()
    logs.observe({"event": "feed_note", "note": value})
    (line,) = read().splitlines()
    assert line.endswith(f"feed_note note={expected}")


def test_faults_are_listed_in_full(written):
    read = written()
    logs.observe({"event": "reload_failed", "faults": ["r.yaml:4:5: unknown key 'wehn'", "r.yaml:9:1: odd"]})
    first, *faults = read().splitlines()
    assert "ERROR" in first and first.endswith("reload_failed faults=2")
    assert [fault.strip() for fault in faults] == ["r.yaml:4:5: unknown key 'wehn'", "r.yaml:9:1: odd"]


def test_json_is_one_object_a_line(written):
    read = written("json")
    logs.observe({"event": "delivery_dead", "rule": "r", "reason": "two\nlines", "due_at": AT, "receiver": None})
    (line,) = read().splitlines()
    told = json.loads(line)
    assert told.pop("at").endswith("Z")
    assert told == {
        "level": "error", "event": "delivery_dead", "rule": "r", "reason": "two\nlines",
        "due_at": "2026-05-01T12:00:00+00:00",
    }  # fmt: skip


@pytest.mark.parametrize("format", ["text", "json"])
def test_an_exception_has_its_traceback(written, format):  # noqa: A002 - the key's name
    read = written(format)
    logs.observe({"event": "internal_error", "where": "feed a", "exception": raised(KeyError("missing"))})
    text = read()
    assert "Traceback" in text and "KeyError: 'missing'" in text


def test_levels(written):
    read = written(level="warning")
    logs.observe({"event": "polled", "feed": "a"})
    logs.observe({"event": "suppressed", "rule": "r"})
    logs.observe({"event": "alarm", "key": "feed:a"})
    assert [line.split()[2] for line in read().splitlines()] == ["alarm"]


@pytest.mark.parametrize("format", ["text", "json"])
def test_registered_secrets_are_taken_out_wherever_they_stand(written, format):  # noqa: A002 - the key's name
    secret = 'pass "word"/ü&x'
    logs.register_secret(secret)
    read = written(format)
    logs.observe({"event": "feed_note", "note": f"it said {secret}"})
    logs.observe({"event": "feed_note", "note": "https://x/?p=pass%20%22word%22%2F%C3%BC%26x"})
    logs.observe({"event": "internal_error", "exception": raised(ValueError(secret))})
    text = read()
    assert "word" not in text and text.count("***") >= 3


def test_what_looks_like_a_secret_is_taken_out_though_nobody_registered_it(written):
    read = written()
    logging.getLogger("some.library").error("GET https://api.telegram.org/bot%s/getMe", TOKEN)
    logging.getLogger("some.library").error("smtp://desk:hunter22@mail.example.org failed")
    text = read()
    assert TOKEN not in text and "hunter22" not in text
    assert "[some.library]" in text and "mail.example.org" in text


def test_libraries_that_log_addresses_are_quiet(written):
    read = written()
    logging.getLogger("httpx").info('HTTP Request: POST https://api.telegram.org/bot%s/sendMessage "200 OK"', TOKEN)
    logging.getLogger("apscheduler.scheduler").info("Running job")
    assert read() == ""


def test_requests_that_are_refused_fill_no_log_but_faults_of_the_page_are_in_it(written):
    read = written()
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    assert "Invalid" not in (told := read()) and "Exception in ASGI" in told


def test_a_word_too_short_to_be_a_secret_leaves_the_log_readable(written):
    logs.register_secret("a")
    read = written()
    logs.observe({"event": "started", "feeds": 1})
    assert "started feeds=1" in read()


def test_what_comes_however_uneventful_the_day_is_for_debugging_only(written):
    read = written(level="info")
    for name in logs.ROUTINE:
        logs.observe({"event": name, "feed": "a"})
    assert read() == ""
