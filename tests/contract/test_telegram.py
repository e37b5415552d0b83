"""Telegram against a stand-in for the Bot API that runs as a process of its own."""

import asyncio
import io
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from benches import TelegramBench
from botapi import TOKEN
from pydantic import SecretStr, ValidationError
from views import AT, development, member, message, view

from watcher.model import Action, Rejected, RetryLater, Sent, Severity, Unknown
from watcher.notifiers import REGISTRY, Environment


@pytest.fixture
def bench(bot_api):
    return TelegramBench(bot_api)


def run(bench, talk, **settings):
    """Let `talk(notifier)` speak with a new notifier."""

    async def go():
        notifier = bench.notifier(**settings)
        try:
            return await talk(notifier)
        finally:
            await notifier.aclose()

    return asyncio.run(go())


def send(bench, alert=None, *, action=Action.NEW, ref=None, **settings):
    return run(bench, lambda n: n.send(message(n, alert, action=action, ref=ref)), **settings)


def messages(bench):
    return bench.api.get("messages")


def test_it_is_formatted(bench):
    send(bench, view(title="A <b> & a raid"))
    (told,) = messages(bench).values()
    assert "<b>🔴 IS figure captured or killed</b>" in told["markup"]
    assert '<a href="https://atalayar.example/a?b=1&amp;c=2">A &lt;b&gt; &amp; a raid</a>' in told["markup"]
    assert "A <b> & a raid" in told["text"]


def test_an_edit_changes_the_message(bench):
    first = send(bench)
    changed = send(bench, view(also=(member("SOHR", credited="Atalayar"),)), action=Action.EDIT, ref=first.ref)
    assert changed == Sent(first.ref)
    (told,) = messages(bench).values()
    assert told["edits"] == 1
    assert "also: SOHR (credits Atalayar), 12:02" in told["text"]
    assert "first seen 2026-05-01 11:02 UTC by Atalayar, 2 outlets, 1 credits Atalayar" in told["text"]


def test_an_edit_without_a_change_is_well(bench):
    first = send(bench)
    assert send(bench, action=Action.EDIT, ref=first.ref) == Sent(first.ref)


def test_an_edit_of_a_message_that_is_gone_is_sent_anew(bench):
    first = send(bench)
    bench.api.post("reset")
    again = send(bench, action=Action.EDIT, ref=first.ref)
    assert isinstance(again, Sent) and "sent anew" in again.detail
    assert len(messages(bench)) == 1


def test_a_development_is_a_reply(bench):
    first = send(bench)
    reply = send(bench, development(), action=Action.REPLY, ref=first.ref)
    told = messages(bench)[reply.ref]
    assert told["reply_to"] == int(first.ref)
    assert "Update: IS figure captured or killed\nkilled: 12 → 15" in told["text"]


def test_a_reply_to_a_message_that_is_gone_is_a_message(bench):
    reply = send(bench, development(), action=Action.REPLY, ref="999")
    assert messages(bench)[reply.ref]["reply_to"] is None


def test_topic_silence_and_preview(bench):
    send(bench, topic=7, silent_below="extreme")
    (told,) = messages(bench).values()
    assert (told["topic"], told["silent"]) == ("7", True)
    assert '"is_disabled": true' in bench.api.get("calls")[0]["link_preview_options"]
    send(bench, view(severity=Severity.EXTREME), silent_below="extreme", link_preview=True)
    assert messages(bench)["2"]["silent"] is False
    assert '"is_disabled": false' in bench.api.get("calls")[1]["link_preview_options"]


def test_a_flood_wait_is_the_services_own_time(bench):
    bench.refuse(429, "Too Many Requests: retry after 7", retry_after=7)
    assert send(bench).after == timedelta(seconds=7)


def test_a_flood_wait_is_not_slept_through(bench):
    """It is a time in the outbox, so that a restart in the middle loses nothing."""
    bench.refuse(429, "Too Many Requests: retry after 3600", retry_after=3600)
    assert isinstance(send(bench), RetryLater)
    assert len(bench.api.get("calls")) == 1


def test_a_group_that_became_a_supergroup_is_followed(bench):
    bench.refuse(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001234
    )  # fmt: skip
    outcome = send(bench, chat_id=-1234)
    assert outcome.moved_to == "-1001234"
    assert messages(bench)[outcome.ref]["chat"] == "-1001234"


def test_the_new_address_is_used_from_then_on(bench):
    outcome = send(bench, chat_id=-1234, moved_to="-1001234")
    assert messages(bench)[outcome.ref]["chat"] == "-1001234"


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        (400, "Bad Request: chat not found", None),
        (400, "Bad Request: message is too long", Rejected("Message is too long")),
        (400, "Bad Request: not enough rights to send text messages to the chat", None),
        (400, "Bad Request: message thread not found", None),
        (401, "Unauthorized", None),
        (403, "Forbidden: bot was kicked from the supergroup chat", None),
        (404, "Not Found", None),
    ],
)
def test_what_will_not_become_better(bench, code, description, expected):
    bench.refuse(code, description)
    outcome = send(bench)
    assert outcome == expected or (expected is None and isinstance(outcome, Rejected) and outcome.receiver_down)
    if outcome.receiver_down:
        assert outcome.reason.endswith(")"), "it says what to look at"


@pytest.mark.parametrize("code", [500, 502, 503, 409])
def test_what_may_become_better(bench, code):
    bench.refuse(code, "Bad Gateway")
    assert isinstance(send(bench), RetryLater)


def test_an_answer_that_is_none_leaves_doubt(bench):
    bench.api.post("faults", [{"then": "garbage"}])
    assert isinstance(send(bench), Unknown)


def test_a_format_that_the_service_refuses_is_sent_without(bench):
    """A fault of ours in the markup must not become silence."""
    bench.refuse(400, "Bad Request: can't parse entities: Unsupported start tag")
    outcome = send(bench)
    assert isinstance(outcome, Sent) and outcome.detail.startswith("sent without format")
    (told,) = messages(bench).values()
    assert "arrests top Daesh leader" in told["text"]


def test_a_long_one_that_the_service_refuses_is_sent_without_format_but_whole(bench):
    """A digest tells fifty alerts; none of them may be lost behind a cut and count as sent."""

    async def talk(notifier):
        whole = replace(message(notifier), plain="\n".join(f"alert {n} " + "x" * 90 for n in range(60)))
        bench.refuse(400, "Bad Request: can't parse entities: Unsupported start tag")
        return await notifier.send(whole)

    outcome = run(bench, talk)
    told = messages(bench)
    assert outcome.ref == min(told, key=int)
    whole = "".join(told[number]["text"] for number in sorted(told, key=int))
    assert len(told) > 1 and all(f"alert {n} " in whole for n in range(60))


def test_a_change_whose_format_the_service_refuses_is_made_without(bench):
    async def talk(notifier):
        sent = await notifier.send(message(notifier))
        bench.refuse(400, "Bad Request: can't parse entities: Unsupported start tag", method="editMessageText")
        return await notifier.send(message(notifier, view(title="Changed"), action=Action.EDIT, ref=sent.ref))

    outcome = run(bench, talk)
    (told,) = messages(bench).values()
    assert isinstance(outcome, Sent) and outcome.detail.startswith("sent without format")
    assert told["edits"] == 1 and "Changed" in told["text"] and "<b>" not in told["markup"]


def test_a_chat_gets_one_message_a_second(bench):
    """Measured on the other side; the library's own limiter sends 20 in a tenth of a second."""

    async def four():
        environment = Environment(console=io.StringIO(), chat_pace_s=0.2)
        first, second = (bench.notifier(environment=environment) for _ in range(2))
        await asyncio.gather(*(n.send(message(n)) for n in (first, second, first, second)))
        await first.aclose()
        await second.aclose()
        assert environment.shared == {}

    asyncio.run(four())
    times = [call["at"] for call in bench.api.get("calls")]
    gaps = [b - a for a, b in pairwise(times)]
    assert len(gaps) == 3
    assert min(gaps) > 0.15, gaps


def test_a_group_gets_twenty_messages_a_minute(bench):
    """On a clock that runs sixty times as fast."""

    async def many():
        notifier = bench.notifier(environment=Environment(console=io.StringIO(), chat_pace_s=1 / 60), chat_id=-100)
        for _ in range(23):
            await notifier.send(message(notifier))
        await notifier.aclose()

    asyncio.run(many())
    times = [call["at"] for call in bench.api.get("calls")]
    assert len(times) == 23
    assert min(b - a for a, b in zip(times, times[20:], strict=False)) > 0.9, "no minute holds more than twenty"


def test_a_wrong_token_is_told_without_it(bench):
    kind = REGISTRY["telegram"]
    wrong = SecretStr(TOKEN[:-1] + "X")

    async def go():
        notifier = kind.build("desk", kind.settings(**bench.settings()), {"token": wrong}, Environment())
        try:
            return await notifier.send(message(notifier))
        finally:
            await notifier.aclose()

    outcome = asyncio.run(go())
    assert isinstance(outcome, Rejected) and outcome.receiver_down
    assert wrong.get_secret_value() not in repr(outcome)


@pytest.mark.parametrize("chat", ["", "abc", "@ab", "12 34", 1.5])
def test_a_chat_that_cannot_be_is_refused_by_the_settings(chat):
    with pytest.raises(ValidationError):
        REGISTRY["telegram"].settings(chat_id=chat)


def test_many_members_and_spans_stay_below_the_limits(bench):
    alert = view(also=tuple(member(f"Outlet {i}" * 30, minutes=i) for i in range(60)))
    outcome = send(bench, replace(alert, seen_at=AT), excerpt=2000)
    told = messages(bench)[outcome.ref]
    assert told["entities"] <= 100
    assert "and 52 more" in told["text"]
