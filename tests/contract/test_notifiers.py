"""The exams that every notifier sits, over real local servers: outcomes, fidelity, and no secret anywhere."""

import asyncio
import logging
from dataclasses import replace

import pytest
from benches import opened
from views import message, view

from watcher import logs
from watcher.model import Rejected, RetryLater, Sent, Unknown
from watcher.notifiers import REGISTRY

KINDS = ("console", "webhook", "email", "telegram", "matrix", "exec", "apprise")

#: Fault of the service → the outcome that it must come back as.
OUTCOMES = {
    "later": RetryLater,
    "never": Rejected,
    "sender_refused": Rejected,
    "hang": Unknown,
    "cut": Unknown,
    "down": RetryLater,
}

UGLY = {
    "markup": "<b>bold</b> <script>alert(1)</script> </a> & &amp; &lt; \"quotes\" 'single'",
    "right_to_left": "\u202eevil\u202c \u200fالتحالف الدولي يعتقل قياديا\u200f \u2067isolate",
    "emoji": "👨‍👩‍👧‍👦 🏳️‍🌈 🇸🇾 ✊🏽",
    "newlines": "first\r\nsecond\n\nthird\u2028fourth\tfifth",
    "controls": "bell\x07 escape\x1b[31mred null\x00 end",
    "surrogate": "broken \ud83d half",
    "blank": "   ",
    "long": "word " * 2000,
    "unbroken": "x" * 10_000,
}

SCRIPTS = {
    "latin": "Koalition verhaftet Anführer ",
    "arabic": "التحالف الدولي يعتقل قياديا ",
    "cyrillic": "Коалиция задержала главаря ",
    "chinese": "国际联盟逮捕叙利亚高级头目",
    "thai": "กองกำลังผสมจับกุมผู้นำ",
    "devanagari": "गठबंधन ने नेता को गिरफ्तार किया ",
    "hebrew": "הקואליציה עצרה מנהיג ",
    "emoji": "👨‍👩‍👧‍👦🔥",
    "astral": "𝒂𝒃𝒄 ",
}


@pytest.fixture(params=KINDS)
def bench(request, bot_api):
    with opened(request.param, bot_api) as ready:
        yield ready


def sent(bench, *messages, **settings):
    """Send and return the outcomes."""

    async def run():
        notifier = bench.notifier(**settings)
        try:
            return [await notifier.send(one(notifier)) for one in messages]
        finally:
            await notifier.aclose()

    return asyncio.run(run())


def test_every_kind_sits_the_exams():
    assert set(KINDS) == set(REGISTRY)


def test_a_message_arrives(bench):
    (outcome,) = sent(bench, message)
    assert isinstance(outcome, Sent) and not outcome.detail
    assert bool(outcome.ref) is (bench.kind != "apprise")
    (arrived,) = bench.arrived()
    for shown in ("IS figure captured or killed", "arrests top Daesh leader", "Aleppo (SY-HL)", "Atalayar", "11:02"):
        assert shown in arrived.text


@pytest.mark.parametrize("fault", OUTCOMES)
def test_faults_come_back_as_outcomes(bench, fault):
    if fault in bench.cannot:
        return  # the protocol has no such fault: see the bench
    bench.fault(fault)
    (outcome,) = sent(bench, message)
    assert type(outcome) is OUTCOMES[fault], outcome
    if isinstance(outcome, Rejected):
        assert outcome.receiver_down is (fault == "sender_refused")


@pytest.mark.parametrize("fault", OUTCOMES)
def test_no_secret_in_an_outcome_or_a_log(bench, fault, caplog, capfd):
    if fault in bench.cannot:
        return
    bench.fault(fault)
    caplog.set_level(logging.DEBUG)
    (outcome,) = sent(bench, message)
    for secret in bench.secrets.values():
        assert secret not in repr(outcome)
        logs.register_secret(secret)
        assert secret not in logs.redact(caplog.text)


def test_the_same_key_is_the_same_message(bench):
    """Where the protocol has a place for an identity, a repeated attempt carries the same one."""
    sent(bench, message, message)
    if bench.kind in ("webhook", "email", "matrix", "exec"):
        assert len({one.identity for one in bench.arrived()}) == 1


@pytest.mark.parametrize("title", UGLY.values(), ids=UGLY)
def test_ugly_titles_arrive_whole_and_harmless(bench, title):
    (outcome,) = sent(bench, lambda n: message(n, view(title=title, summary=title)))
    assert isinstance(outcome, Sent) and not outcome.detail, outcome
    (arrived,) = bench.arrived()
    assert "\x1b" not in arrived.text and "\u202e" not in arrived.text and "\x07" not in arrived.text
    for word in ("bold", "التحالف", "🇸🇾", "third fourth", "red", "broken"):
        if word in " ".join(title.split()):
            assert word in arrived.text


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_the_greatest_message_in_every_script(bench, script):
    text = script * (10_000 // len(script))
    alert = view(title=text, summary=text, rule_title=text, outlet=text)
    (outcome,) = sent(bench, lambda n: message(n, replace(alert, text=text)), excerpt=2000)
    assert isinstance(outcome, Sent) and not outcome.detail, outcome
    (arrived,) = bench.arrived()
    assert script.split()[0][:6] in arrived.text


def test_a_failed_message_leaves_the_way_free_for_the_next(bench):
    if "never" in bench.cannot:
        return
    bench.fault("never")
    (first,) = sent(bench, message)
    assert isinstance(first, Rejected)
    bench.recover()
    (second,) = sent(bench, message)
    assert isinstance(second, Sent)


def test_everything_after_a_closed_notifier_is_free(bench):
    """Ending twice, or without having sent, is no fault."""

    async def run():
        notifier = bench.notifier()
        await notifier.aclose()
        await notifier.aclose()

    asyncio.run(run())
