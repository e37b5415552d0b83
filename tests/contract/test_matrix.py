"""Matrix against a stand-in for a home server's answers."""

import asyncio
from datetime import timedelta

import pytest
from benches import MatrixBench
from hookserver import HookServer
from pydantic import ValidationError
from views import development, member, message, view

from watcher.model import Action, Rejected, RetryLater, Sent, Severity, Unknown
from watcher.notifiers import REGISTRY


@pytest.fixture
def bench():
    with HookServer() as server:
        yield MatrixBench(server)


def send(bench, alert=None, *, action=Action.NEW, ref=None, **settings):
    async def go():
        notifier = bench.notifier(**settings)
        try:
            return await notifier.send(message(notifier, alert, action=action, ref=ref))
        finally:
            await notifier.aclose()

    return asyncio.run(go())


def test_a_message_is_text_and_html_under_a_transaction_of_its_key(bench):
    assert send(bench) == Sent("$event:example.org")
    (put,) = bench.server.posts
    assert put["path"] == (
        "/_matrix/client/v3/rooms/%21room%3Aexample.org/send/m.room.message/5.raid.alert.0.desk"
    )  # fmt: skip
    told = put["json"]
    assert told["msgtype"] == "m.text" and "<b>🔴 IS figure" in told["formatted_body"]
    assert "<br>" in told["formatted_body"] and "<br>" not in told["body"]
    assert put["headers"]["Authorization"] == f"Bearer {bench.secrets['token']}"


def test_an_edit_replaces_the_first_event_and_keeps_its_name(bench):
    alert = view(also=(member("SOHR"),))
    assert send(bench, alert, action=Action.EDIT, ref="$first") == Sent("$first")
    told = bench.server.posts[0]["json"]
    assert told["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$first"}
    assert "also: SOHR" in told["m.new_content"]["body"]


def test_a_development_answers(bench):
    assert send(bench, development(), action=Action.REPLY, ref="$first") == Sent("$event:example.org")
    assert bench.server.posts[0]["json"]["m.relates_to"] == {"m.in_reply_to": {"event_id": "$first"}}


def test_a_lesser_alert_is_a_notice_that_makes_no_sound(bench):
    send(bench, view(severity=Severity.MINOR), silent_below="severe")
    assert bench.server.posts[0]["json"]["msgtype"] == "m.notice"


@pytest.mark.parametrize(
    ("status", "errcode", "expected", "down"),
    [
        (403, "M_FORBIDDEN", Rejected, True),
        (404, "M_NOT_FOUND", Rejected, True),
        (401, "M_UNKNOWN_TOKEN", Rejected, True),
        (400, "M_BAD_JSON", Rejected, False),
        (413, "M_TOO_LARGE", Rejected, False),
        (429, "M_LIMIT_EXCEEDED", RetryLater, None),
        (500, "M_UNKNOWN", RetryLater, None),
        (502, "", RetryLater, None),
    ],
)
def test_errors(bench, status, errcode, expected, down):
    bench.answer(status, errcode=errcode, error="no")
    outcome = send(bench)
    assert isinstance(outcome, expected)
    assert getattr(outcome, "receiver_down", None) is down


def test_a_flood_wait_is_the_servers_own_time(bench):
    bench.answer(429, errcode="M_LIMIT_EXCEEDED", error="slow", retry_after_ms=2500)
    assert send(bench).after == timedelta(seconds=2.5)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"event_id": 5}'])
def test_an_answer_that_names_no_event_leaves_doubt(bench, body):
    bench.server.body = body
    assert isinstance(send(bench), Unknown)


@pytest.mark.parametrize("wrong", [{"room": "#alias:x"}, {"room": ""}, {"homeserver": "matrix.org"}])
def test_settings_that_cannot_work(wrong):
    good = {"homeserver": "https://m.example.org", "room": "!r:example.org"}
    REGISTRY["matrix"].settings.model_validate(good)
    with pytest.raises(ValidationError):
        REGISTRY["matrix"].settings.model_validate(good | wrong)
