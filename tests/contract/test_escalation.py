"""An alert that nobody answers goes to a second receiver."""

import asyncio
from datetime import timedelta

import pytest
from desk import Scripted, opened

from watcher.model import Rejected, Severity
from watcher.schedule import Escalation
from watcher.store import responses
from watcher.upkeep import Care, Upkeep

RULE = Escalation("chat", "duty", timedelta(minutes=15), Severity.SEVERE)


class Case:
    """A desk with a chat that gets the alerts, and a duty phone that gets what is escalated."""

    def __init__(self, desk, rules=(RULE,)):
        async def at_once(job):
            return job()

        care = Care({}, (), timedelta(hours=6), None, rules)
        self.desk = desk
        self.upkeep = Upkeep(desk.store, at_once, care, lambda now: None, lambda: desk.now, desk.events.append)

    async def after(self, **pause):
        await self.desk.after(**pause)
        await self.upkeep.tick()
        await self.desk.after()


def try_it(tmp_path, test, *outcomes, rules=(RULE,)):
    chat, duty = Scripted(*outcomes), Scripted()

    with opened(tmp_path, {"chat": chat, "duty": duty}) as desk:
        desk.receivers = {"chat": chat}  # no alert is planned for the other
        asyncio.run(test(Case(desk, rules)))
    return duty


def test_what_nobody_answers_goes_to_the_second_receiver_once(tmp_path):
    async def test(case):
        case.desk.enter()
        await case.after()
        await case.after(minutes=14)
        assert case.desk.told("escalated") == []
        await case.after(minutes=1)
        await case.after(minutes=1)
        assert len(case.desk.told("escalated")) == 1

    duty = try_it(tmp_path, test)
    (told,) = duty.messages
    assert told.body.startswith("🔴 Raids\n⏫ nobody answered this at chat\nTitle 1")


def test_an_answer_to_any_message_of_the_story_is_enough(tmp_path):
    async def test(case):
        case.desk.enter()
        await case.after()
        case.desk.develop()
        await case.after(minutes=1)
        with case.desk.store.write() as connection:
            responses.note_response(connection, 2, "seen", "telegram:7", case.desk.now)
        await case.after(minutes=60)

    assert try_it(tmp_path, test).messages == []


@pytest.mark.parametrize("outcome", [Rejected("odd"), Rejected("blocked", receiver_down=True)])
def test_what_could_not_be_sent_is_escalated_too(tmp_path, outcome):
    async def test(case):
        case.desk.enter()
        await case.after()
        await case.after(minutes=14)
        assert case.desk.told("escalated") == []
        await case.after(minutes=2)

    assert len(try_it(tmp_path, test, *[outcome] * 3).messages) == 1


def test_lesser_alerts_and_old_ones_are_not(tmp_path):
    async def test(case):
        case.desk.enter(story=1, severity=Severity.MODERATE)
        await case.after()
        await case.after(minutes=60)
        case.desk.enter(story=2)
        await case.desk.after()
        await case.after(days=3)  # the machine was off

    assert try_it(tmp_path, test).messages == []


def test_two_receivers_that_name_each_other_do_not_send_for_ever(tmp_path):
    async def test(case):
        case.desk.enter()
        await case.after()
        for _ in range(8):
            await case.after(minutes=20)
        assert len(case.desk.told("escalated")) == 1

    back = Escalation("duty", "chat", timedelta(minutes=15), Severity.SEVERE)
    assert len(try_it(tmp_path, test, rules=(RULE, back)).messages) == 1


def test_an_answer_to_the_first_report_is_none_to_a_graver_one(tmp_path):
    """Who pressed Seen in the evening may be asleep when the toll rises at night."""

    async def test(case):
        case.desk.enter()
        await case.after()
        with case.desk.store.write() as connection:
            responses.note_response(connection, 1, "seen", "telegram:7", case.desk.now)
        await case.after(minutes=60)
        assert case.desk.told("escalated") == []
        case.desk.develop()
        await case.after(minutes=1)
        await case.after(minutes=20)
        assert len(case.desk.told("escalated")) == 1

    assert len(try_it(tmp_path, test).messages) == 1
