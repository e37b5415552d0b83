"""From the outbox to receivers: order, edits and replies, retries, receivers that are down, what is told."""

from dataclasses import replace
from datetime import time, timedelta
from random import Random

import pytest
from desk import NOW, Scripted, run
from sqlalchemy import event, text

from watcher.deliver import Manners, placement
from watcher.model import (
    Action,
    AlertKind,
    Rejected,
    Relation,
    RetryLater,
    Sent,
    Severity,
    Silence,
    SuppressReason,
    Unknown,
)
from watcher.render import Format, Style
from watcher.render.words import alarm_title
from watcher.schedule import Discipline, MuteTime
from watcher.store import alarms, silences
from watcher.store.outbox import First

MINUTE = timedelta(minutes=1)


def first(state="sent", touched_at=NOW):
    return First(1, state, "r", NOW, touched_at if state == "sent" else None)


def unnamed(*, in_digest):
    return First(1, "sent", None, NOW, NOW, in_digest=in_digest)


@pytest.mark.parametrize(
    ("action", "opened", "manners", "expected"),
    [
        (Action.NEW, None, Manners(True, True), Action.NEW),
        (Action.EDIT, first(), Manners(True, True), Action.EDIT),
        (Action.EDIT, first(), Manners(False, True), SuppressReason.RECEIVER_CANNOT_EDIT),
        (Action.EDIT, first(), Manners(True, True, MINUTE), NOW + MINUTE),
        (Action.EDIT, first(touched_at=NOW - MINUTE), Manners(True, True, MINUTE), Action.EDIT),
        (Action.EDIT, first("pending"), Manners(True, True), SuppressReason.MERGED_INTO_MESSAGE),
        (Action.EDIT, first("claimed"), Manners(True, True), SuppressReason.MERGED_INTO_MESSAGE),
        (Action.EDIT, first("dead"), Manners(True, True), SuppressReason.NO_FIRST_MESSAGE),
        (Action.EDIT, None, Manners(True, True), SuppressReason.NO_FIRST_MESSAGE),
        (Action.EDIT, unnamed(in_digest=True), Manners(True, True), SuppressReason.TOLD_IN_DIGEST),
        (Action.EDIT, unnamed(in_digest=False), Manners(True, True), SuppressReason.MESSAGE_UNNAMED),
        (Action.REPLY, first(), Manners(True, True), Action.REPLY),
        (Action.REPLY, first(), Manners(True, False), Action.NEW),
        (Action.REPLY, first("pending"), Manners(True, True), NOW + timedelta(seconds=1)),
        (Action.REPLY, First(1, "claimed", None, NOW - MINUTE), Manners(True, True), NOW + timedelta(seconds=1)),
        (Action.REPLY, first("dead"), Manners(True, True), Action.NEW),
        (Action.REPLY, None, Manners(True, True), Action.NEW),
    ],
)
def test_placement(action, opened, manners, expected):
    assert placement(action, opened, manners, NOW) == expected


def test_republications_are_gathered_into_one_edit_a_minute(tmp_path):
    chat = Scripted(edit_every=MINUTE)

    async def talk(desk):
        desk.enter(outlet="Atalayar")
        await desk.after()
        for outlet in ("SOHR", "NPA", "RFI"):
            desk.republish(outlet=outlet)
            await desk.after(seconds=10)
        assert [m.action for m in chat.messages] == [Action.NEW], "nothing is changed within the minute"
        await desk.after(seconds=31)
        assert [m.action for m in chat.messages] == [Action.NEW, Action.EDIT]
        await desk.after(minutes=5)
        desk.republish(outlet="AFP")
        await desk.after()
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk)
    assert [m.action for m in chat.messages] == [Action.NEW, Action.EDIT, Action.EDIT]
    assert chat.messages[1].ref == chat.messages[2].ref == "ref1"
    assert "4 outlets" in chat.messages[1].body and "5 outlets" in chat.messages[2].body
    merged = [reason for _, _, state, reason in states if state == "suppressed"]
    assert merged == [SuppressReason.MERGED_INTO_MESSAGE] * 2


def test_a_message_that_is_changed_in_place_says_all_that_has_changed_since_it_was_sent(tmp_path):
    chat = Scripted()

    async def talk(desk):
        desk.enter()
        await desk.after()
        desk.enter(Relation.DEVELOPMENT, AlertKind.DEVELOPMENT, Action.EDIT, outlet="SOHR")
        await desk.after(minutes=1)
        desk.republish(outlet="NPA")
        await desk.after(minutes=1)

    run(tmp_path, {"chat": chat}, talk)
    first, developed, republished = (message.body.splitlines() for message in chat.messages)
    assert first[:2] == ["🔴 Raids", "Title 1"]
    assert developed[:3] == ["🔴 Update: Raids", "killed: 12 → 15", "Title 1"]
    assert republished[:3] == ["🔴 Raids", "killed: 12 → 15", "Title 1"], "a copy takes nothing back"
    assert any(line.startswith("also: NPA") for line in republished)


def test_an_edit_of_a_message_that_still_waits_is_not_needed(tmp_path):
    chat = Scripted(RetryLater("busy"))

    async def talk(desk):
        desk.enter()
        await desk.after()
        desk.republish(outlet="SOHR")
        await desk.after(seconds=1)
        await desk.after(minutes=1)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk)
    assert [state for _, _, state, _ in states] == ["sent", "suppressed"]
    assert "also: SOHR" in chat.messages[-1].body, "the message shows the story as it is when it is sent"


def test_an_edit_of_a_message_that_may_have_arrived_waits_for_it(tmp_path):
    chat = Scripted(Unknown("no answer"), RetryLater("busy"))

    async def talk(desk):
        desk.enter()
        await desk.after()
        desk.republish(outlet="SOHR")
        await desk.after(seconds=1)
        assert desk.states()[1][2:] == ("pending", "waits for the first message")
        for _ in range(60):
            await desk.after(seconds=1)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk)
    assert [state for _, _, state, _ in states] == ["sent", "sent"]
    assert [m.action for m in chat.messages] == [Action.NEW, Action.NEW, Action.NEW, Action.EDIT]
    assert chat.messages[-1].ref == "ref3" and "also: SOHR" in chat.messages[-1].body


def test_a_development_waits_for_its_first_message_and_answers_it(tmp_path):
    chat = Scripted(RetryLater("busy", timedelta(minutes=3)))

    async def talk(desk):
        desk.enter()
        await desk.after()
        desk.develop()
        await desk.after(minutes=1)
        assert len(chat.messages) == 1
        await desk.after(minutes=3)

    run(tmp_path, {"chat": chat}, talk)
    assert [(m.action, m.ref) for m in chat.messages] == [
        (Action.NEW, None),
        (Action.NEW, None),
        (Action.REPLY, "ref2"),
    ]
    assert "killed: 12 → 15" in chat.messages[-1].body


def test_a_development_whose_first_message_died_is_told_all_the_same(tmp_path):
    chat = Scripted(Rejected("no"))

    async def talk(desk):
        desk.enter()
        await desk.after()
        desk.develop()
        await desk.after()

    run(tmp_path, {"chat": chat}, talk)
    assert [m.action for m in chat.messages] == [Action.NEW, Action.NEW]


def test_a_message_that_was_sent_anew_is_the_one_that_later_edits_change(tmp_path):
    chat = Scripted(Sent("old"), Sent("new", "the message to change is gone; sent anew"))

    async def talk(desk):
        desk.enter()
        await desk.after()
        desk.republish()
        await desk.after()
        desk.republish()
        await desk.after()

    run(tmp_path, {"chat": chat}, talk)
    assert [m.ref for m in chat.messages] == [None, "old", "new"]


@pytest.mark.parametrize("outcome", [RetryLater("busy"), Unknown("no answer"), RuntimeError("a fault of ours")])
def test_what_failed_is_tried_again_with_the_same_key(tmp_path, outcome):
    chat = Scripted(outcome)

    async def talk(desk):
        desk.enter()
        await desk.after()
        assert desk.states()[0][2] == "pending"
        await desk.after(minutes=1)
        return desk.states()

    assert run(tmp_path, {"chat": chat}, talk)[0][2] == "sent"
    assert len({m.key for m in chat.messages}) == 1 and len(chat.messages) == 2


def refuse_records(desk, state):
    """Let the database refuse, as a full disk does, to note this state of a delivery; return the way to end it."""
    fault = "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    with desk.store.write() as connection:
        connection.execute(text(f"CREATE TRIGGER full BEFORE UPDATE ON deliveries WHEN NEW.state = '{state}' {fault}"))

    def end():
        with desk.store.write() as connection:
            connection.execute(text("DROP TRIGGER full"))

    return end


@pytest.mark.parametrize(("outcome", "state"), [(Sent("ref1"), "sent"), (RetryLater("busy"), "pending")])
def test_an_outcome_that_could_not_be_recorded_is_told_and_recorded_by_the_next_tick(tmp_path, outcome, state):
    chat = Scripted(outcome)

    async def talk(desk):
        desk.enter()
        writable_again = refuse_records(desk, state)
        await desk.after()
        await desk.after(seconds=1)
        faults = desk.told("internal_error")
        assert len(faults) == 2 and all("disk full" in str(fault["exception"]) for fault in faults)
        assert [row[2] for row in desk.states()] == ["claimed"]
        desk.republish()
        desk.develop()
        await desk.after(seconds=1)
        assert len(chat.messages) == 1, "nothing is sent that could not be recorded"
        writable_again()
        await desk.after(seconds=1)
        assert desk.states()[0][2] == state
        await desk.after(minutes=1)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk)
    assert states[0][2] == states[2][2] == "sent"
    assert [m.action for m in chat.messages].count(Action.NEW) == (1 if state == "sent" else 2), (
        "sent once more only if it failed"
    )
    assert chat.messages[-1].action is Action.REPLY


def test_a_lane_that_fails_is_told_and_started_again(tmp_path):
    chat = Scripted()

    async def talk(desk):
        desk.enter()
        able_again = refuse_records(desk, "claimed")
        await desk.after()
        assert [fault["where"] for fault in desk.told("internal_error")] == ["receiver chat"]
        able_again()
        await desk.after(seconds=1)
        return desk.states()

    assert [row[2] for row in run(tmp_path, {"chat": chat}, talk)] == ["sent"]


def test_the_services_own_time_is_kept(tmp_path):
    chat = Scripted(RetryLater("flood", timedelta(hours=1)))

    async def talk(desk):
        desk.enter()
        await desk.after()
        await desk.after(minutes=59)
        assert len(chat.messages) == 1
        await desk.after(minutes=2)

    run(tmp_path, {"chat": chat}, talk)
    assert len(chat.messages) == 2


@pytest.mark.parametrize(("wait", "tries"), [(timedelta(hours=1), 1), (None, 2)], ids=["its own", "ours"])
def test_the_services_own_time_is_kept_when_it_takes_messages_again(tmp_path, wait, tries):
    chat = Scripted(RetryLater("flood", wait), Rejected("blocked", receiver_down=True))

    async def talk(desk):
        desk.enter(story=1, title="A flood")
        await desk.after()
        desk.enter(story=2)
        await desk.after(seconds=1)
        desk.enter(story=3)
        await desk.after(minutes=1)
        assert len(desk.told("alarm_cleared")) == 1
        assert sum("A flood" in message.subject for message in chat.messages) == tries
        await desk.after(hours=1)
        assert [state for _, _, state, _ in desk.states()] == ["sent"] * 3

    run(tmp_path, {"chat": chat}, talk)


def test_a_dead_delivery_is_told_to_another_receiver(tmp_path):
    chat, mail = Scripted(Rejected("message is odd")), Scripted()

    async def talk(desk):
        desk.enter()
        await desk.after()
        return desk.told("delivery_dead")

    (dead,) = run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("chat", "mail"))
    assert dead["reason"] == "message is odd"
    assert len(chat.messages) == 1, "nobody is told through what just failed"
    assert "was not delivered to chat: message is odd" in mail.messages[-1].body


def test_a_receiver_that_is_down_holds_everything_and_loses_nothing(tmp_path):
    chat, mail = Scripted(Rejected("blocked", receiver_down=True)), Scripted()

    async def talk(desk):
        for story in range(4):
            desk.enter(story=story + 1)
        await desk.after()
        assert len(chat.messages) == 1, "one refusal is enough"
        assert "receiver chat is down: blocked" in mail.messages[-1].body
        await desk.after(minutes=16)
        return desk.states()

    states = run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("mail",))
    assert {state for _, _, state, _ in states} == {"sent"}
    assert len(chat.messages) == 1 + 4
    assert "accepts messages again" in mail.messages[-1].body


def test_a_receiver_that_takes_messages_again_gets_what_waited_for_it_at_once(tmp_path):
    chat = Scripted(Rejected("blocked", receiver_down=True))

    async def talk(desk):
        for story in range(1, 4):
            desk.enter(story=story)
        await desk.after()
        assert [state for _, _, state, _ in desk.states()] == ["pending"] * 3
        desk.enter(story=4)
        await desk.after(minutes=1)
        assert [state for _, _, state, _ in desk.states()] == ["pending", "sent", "sent", "sent"], "all but the refused"
        await desk.after(minutes=15)
        assert {state for _, _, state, _ in desk.states()} == {"sent"}

    run(tmp_path, {"chat": chat}, talk)


def test_one_receiver_that_is_slow_does_not_hold_the_others(tmp_path):
    chat, mail = Scripted(*[RetryLater("busy")] * 50), Scripted()

    async def talk(desk):
        for story in range(5):
            desk.enter(story=story + 1)
        await desk.after()

    run(tmp_path, {"chat": chat, "mail": mail}, talk)
    assert len(mail.messages) == 5


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_jumps_loses_nothing(tmp_path, jump):
    chat = Scripted(RetryLater("busy"))

    async def talk(desk):
        desk.enter()
        await desk.after()
        desk.now += jump
        desk.enter(story=2)
        await desk.after()
        await desk.after(hours=2)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk)
    assert [state for _, _, state, _ in states] == ["sent", "sent"]


@pytest.mark.parametrize("deaf", [("chat",), ("chat", "mail"), ("chat", "mail", "desk")])
def test_a_dead_alarm_is_told_once_to_the_other_receivers_of_alarms(tmp_path, deaf):
    names = ("chat", "mail", "desk")
    notifiers = {name: Scripted(*[Rejected("odd")] * 99 * (name in deaf)) for name in names}

    async def talk(desk):
        with desk.store.write() as connection:
            alarms.raise_alarm(connection, "feed:a", "the feed a is silent", ["chat"], desk.now)
        for _ in range(12):
            await desk.after(hours=1)
        bodies = [[one.body for one in notifiers[name].messages] for name in names]
        assert [len(told) for told in bodies] == [1, 1, 1], "nor is the alarm's alarm told of"
        assert all("the alarm “the feed a is silent” was not delivered to chat: odd" in told[0] for told in bodies[1:])

    run(tmp_path, notifiers, talk, alarm_receivers=names)


def test_where_the_alarm_of_a_death_dies_too_a_third_receiver_is_told(tmp_path):
    chat, mail, third = Scripted(Rejected("odd")), Scripted(Sent(ref="a"), Rejected("full")), Scripted()

    async def talk(desk):
        desk.enter()
        for _ in range(12):
            await desk.after(hours=1)
        assert [len(one.messages) for one in (chat, mail, third)] == [1, 2, 3]
        told = "the alarm ““Title 1” (alert of rule raid, story 1) was not delivered to chat: odd” was not delivered"
        assert f"{told} to mail: full" in third.messages[-1].body

    run(tmp_path, {"chat": chat, "mail": mail, "desk": third}, talk, alarm_receivers=("mail", "desk"))


def test_what_waits_longer_than_the_bound_is_given_up_and_told(tmp_path):
    chat, mail = Scripted(*[RetryLater("busy")] * 500), Scripted()

    async def talk(desk):
        desk.enter()
        for _ in range(60):
            await desk.after(hours=1)
        return desk.told("delivery_dead")

    (dead,) = run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("mail",))
    assert "given up after" in dead["reason"]
    assert "was not delivered to chat" in mail.messages[-1].body


def test_what_waited_long_for_its_first_try_is_not_given_up_after_it(tmp_path):
    chat = Scripted(RetryLater("busy"))

    async def talk(desk):
        desk.enter()
        await desk.after(days=3)  # the machine was off
        assert desk.told("delivery_dead") == []
        await desk.after(minutes=1)
        return desk.states()

    assert [row[2] for row in run(tmp_path, {"chat": chat}, talk)] == ["sent"]


def silence(desk, hours=1, **given):
    with desk.store.write() as connection:
        return silences.add_silence(connection, Silence(desk.now, desk.now + timedelta(hours=hours), **given))


def test_a_silence_holds_back_what_falls_under_it_with_its_number(tmp_path):
    chat = Scripted()

    async def talk(desk):
        number = silence(desk, story=1)
        desk.enter(story=1)
        desk.enter(story=2)
        await desk.after()
        assert desk.told("suppressed")[0]["reason"] == SuppressReason.SILENCED
        return number, desk.states()

    number, states = run(tmp_path, {"chat": chat}, talk)
    assert [(state, reason) for _, _, state, reason in states] == [
        ("suppressed", f"silenced: silence {number}"),
        ("sent", ""),
    ]


def test_what_a_message_shows_is_read_once_though_a_silence_looks_at_it_first(tmp_path):
    chat, statements = Scripted(), []

    async def talk(desk):
        event.listen(desk.store.engine, "before_cursor_execute", lambda *asked: statements.append(asked[2]))
        told = []
        for silences_hold in (False, True):
            if silences_hold:
                silence(desk, rule="another")
            for do in (desk.enter, desk.develop):
                do(story=1 + silences_hold)
                statements.clear()
                await desk.after(minutes=1)
                told.append(len(statements))
        assert len(chat.messages) == 4
        assert told[:2] == told[2:]

    run(tmp_path, {"chat": chat}, talk)


def test_a_silence_meets_what_waits_already_and_ends_by_itself(tmp_path):
    chat = Scripted(RetryLater("busy"))

    async def talk(desk):
        desk.enter(story=1)
        await desk.after()
        silence(desk, rule="raid")
        await desk.after(minutes=5)
        assert [state for _, _, state, _ in desk.states()] == ["suppressed"]
        await desk.after(hours=1)
        desk.develop(story=1)
        await desk.after()

    run(tmp_path, {"chat": chat}, talk)
    assert [m.action for m in chat.messages] == [Action.NEW, Action.NEW], "the development has no message to answer"


def test_alarms_are_never_silenced(tmp_path):
    chat, mail = Scripted(Rejected("blocked", receiver_down=True)), Scripted()

    async def talk(desk):
        silence(desk, receiver="mail")
        desk.enter()
        await desk.after()

    run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("mail",))
    assert ["receiver chat is down" in m.body for m in mail.messages] == [True]


def test_the_backlog_of_a_receiver_that_was_down_is_a_digest_not_a_flood(tmp_path):
    chat = Scripted(*[Rejected("blocked", receiver_down=True)] * 5)

    async def talk(desk):
        for story in range(1, 21):
            desk.enter(story=story, title=f"Raid number {story}")
        for _ in range(20):
            await desk.after(hours=1)
        assert {state for _, _, state, _ in desk.states()} == {"sent"}
        desk.republish(story=3)
        desk.develop(story=4)
        await desk.after()
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk, jitter=Random(1).random)
    refused, (digest, development) = chat.messages[:5], chat.messages[5:]
    assert all(m.action is Action.NEW for m in refused)
    assert "20 alerts that waited" in digest.body
    assert all(f"Raid number {story} " in digest.body for story in range(1, 21))
    assert development.action is Action.NEW, "nothing answers a digest"
    assert states[20][2:] == ("suppressed", SuppressReason.TOLD_IN_DIGEST)


@pytest.mark.parametrize("busy", [RetryLater("busy"), Unknown("no answer"), Rejected("blocked", receiver_down=True)])
def test_a_digest_stays_together_over_a_long_outage(tmp_path, busy):
    chat = Scripted(Rejected("blocked", receiver_down=True), *[busy] * 12)

    async def talk(desk):
        for story in range(1, 21):
            desk.enter(story=story)
        await desk.after()
        while chat.outcomes:
            await desk.after(seconds=30)
        for _ in range(40):
            await desk.after(seconds=30)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk, jitter=Random(1).random)
    assert {state for _, _, state, _ in states} == {"sent"}
    assert all("20 alerts that waited" in m.body for m in chat.messages[1:])
    assert len(chat.messages) == 1 + 12 + 1
    assert len({m.key for m in chat.messages[1:]}) == 1, "the same digest, the same key"


def test_a_digest_that_is_too_long_is_continued_by_the_next(tmp_path):
    chat = Scripted(*[Rejected("blocked", receiver_down=True)] * 3)
    chat.style = Style(Format.TEXT, limit=1500)

    async def talk(desk):
        for story in range(1, 41):
            desk.enter(story=story, title=f"Raid number {story} " + "x" * 60)
        for _ in range(20):
            await desk.after(hours=1)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk)
    assert {state for _, _, state, _ in states} == {"sent"}
    digests = [m for m in chat.messages if "alerts that waited" in m.body and m.rule == "digest"]
    assert len(digests) > 1
    assert all(len(m.body) <= 1500 for m in digests)
    told = "".join(m.body for m in chat.messages[3:])
    assert all(told.count(f"Raid number {story} ") == 1 for story in range(1, 41)), "each once, none cut in two"


def test_programs_get_every_alert(tmp_path):
    hook = Scripted(*[Rejected("blocked", receiver_down=True)] * 3)
    hook.style = Style(Format.JSON)

    async def talk(desk):
        for story in range(1, 11):
            desk.enter(story=story)
        for _ in range(5):
            await desk.after(hours=1)

    run(tmp_path, {"hook": hook}, talk)
    assert len({m.key for m in hook.messages}) == 10


def test_a_digest_that_fails_is_tried_again_and_loses_nothing(tmp_path):
    chat = Scripted(*[Rejected("blocked", receiver_down=True)] * 2, RetryLater("busy"), Unknown("no answer"))

    async def talk(desk):
        for story in range(1, 8):
            desk.enter(story=story)
        for _ in range(10):
            await desk.after(hours=1)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk)
    assert [state for _, _, state, _ in states] == ["sent"] * 7
    assert len({m.key for m in chat.messages[-2:]}) == 1, "the same digest, the same key"


def test_the_night_is_held_and_told_in_the_morning(tmp_path):
    chat = Scripted()
    night = Discipline((MuteTime(time(12), time(20), below=Severity.EXTREME),))

    async def talk(desk):
        for story in range(1, 7):
            desk.enter(story=story)
        desk.enter(story=9, severity=Severity.EXTREME, title="The worst")
        await desk.after()
        assert ["The worst" in m.body for m in chat.messages] == [True]
        await desk.after(hours=8)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk, disciplines={"chat": night})
    assert {state for _, _, state, _ in states} == {"sent"}
    assert "6 alerts that waited" in chat.messages[1].body and len(chat.messages) == 2


@pytest.mark.parametrize("drop", [False, True])
def test_a_digest_does_not_tell_at_night_what_the_night_holds_or_drops(tmp_path, drop):
    chat = Scripted(Rejected("blocked", receiver_down=True))
    night = Discipline((MuteTime(time(13), time(20), below=Severity.EXTREME, drop=drop),))

    async def talk(desk):
        desk.enter(story=9, severity=Severity.EXTREME, title="The worst")
        for story in range(1, 7):
            desk.enter(story=story)
        await desk.after()
        await desk.after(minutes=70)
        assert ["The worst" in m.body and "that waited" not in m.body for m in chat.messages] == [True, True]
        await desk.after(hours=7)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk, disciplines={"chat": night})
    if drop:
        assert [state[2:] for state in states[1:]] == [("suppressed", SuppressReason.MUTED)] * 6
        assert len(chat.messages) == 2
    else:
        assert "6 alerts that waited" in chat.messages[2].body and len(chat.messages) == 3


def test_a_night_may_be_told_as_one_digest_however_little_it_held(tmp_path):
    chat = Scripted()
    night = Discipline((MuteTime(time(12), time(20), below=Severity.EXTREME, digest=True),))

    async def talk(desk):
        for story in (1, 2):
            desk.enter(story=story, title=f"Night {story}")
        desk.enter(story=9, severity=Severity.EXTREME, title="The worst")
        await desk.after()
        assert ["The worst" in m.body for m in chat.messages] == [True]
        await desk.after(hours=8)
        desk.enter(story=10, title="The morning")
        await desk.after(hours=1)

    run(tmp_path, {"chat": chat}, talk, disciplines={"chat": night})
    assert "2 alerts that waited" in chat.messages[1].body and "Night 2" in chat.messages[1].body
    assert "that waited" not in chat.messages[2].body and len(chat.messages) == 3


def test_what_is_dropped_at_night_is_stored_with_its_reason(tmp_path):
    chat = Scripted()
    night = Discipline((MuteTime(time(12), time(20), drop=True),))

    async def talk(desk):
        desk.enter()
        await desk.after()
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk, disciplines={"chat": night})
    assert [state[2:] for state in states] == [("suppressed", SuppressReason.MUTED)]
    assert chat.messages == []


def test_the_cap_turns_a_flood_into_a_digest(tmp_path):
    chat = Scripted()

    async def talk(desk):
        for story in range(1, 31):
            desk.enter(story=story)
        await desk.after()
        assert len(chat.messages) == 10
        await desk.after(minutes=59)
        assert len(chat.messages) == 10
        await desk.after(minutes=2)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk, disciplines={"chat": Discipline(max_per_hour=10)})
    assert {state for _, _, state, _ in states} == {"sent"}
    assert len(chat.messages) == 11 and "20 alerts that waited" in chat.messages[10].body


def test_republications_within_the_group_wait_are_in_the_first_message(tmp_path):
    chat = Scripted()

    async def talk(desk):
        desk.enter(outlet="Atalayar", wait=timedelta(minutes=2))
        desk.republish(outlet="SOHR")
        desk.develop(outlet="NPA")
        await desk.after(minutes=1)
        assert chat.messages == []
        await desk.after(minutes=1)
        await desk.after(seconds=2)

    run(tmp_path, {"chat": chat}, talk)
    assert [m.action for m in chat.messages] == [Action.NEW, Action.REPLY]
    assert "3 outlets" in chat.messages[0].body


def test_an_event_is_told_after_its_commit(tmp_path):
    chat, seen = Scripted(RetryLater("busy")), []

    async def talk(desk):
        def look(event):
            seen.append((event["event"], desk.states()[0][2]))

        desk.deliverer._office.observe = look
        desk.enter()
        await desk.after()
        await desk.after(minutes=1)

    run(tmp_path, {"chat": chat}, talk)
    assert seen == [("delivery_retry", "pending"), ("alert", "sent")]


def test_an_alert_that_cannot_be_rendered_holds_up_no_other_and_is_given_up_with_an_alarm(tmp_path):
    chat, mail = Scripted(), Scripted()

    async def talk(desk):
        desk.enter(story=1)
        desk.enter(story=2)
        with desk.store.write() as connection:
            connection.execute(text("""UPDATE entries SET places = '[{"nonsense": 1}]' WHERE pk = 1"""))
        await desk.after()
        assert [row[2] for row in desk.states() if row[0] == "chat"] == ["pending", "sent"]
        assert desk.told("alert")[0]["story"] == 2
        for _ in range(60):
            await desk.after(hours=1)
        return desk.told("delivery_dead")

    dead = run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("mail",))
    assert {d["reason"].partition(" (")[0] for d in dead} == {"internal error: TypeError"}
    assert all(d["attempts"] >= 12 for d in dead)
    assert any("“Title 1” (alert of rule raid, story 1) was not delivered to chat" in m.body for m in mail.messages)


def test_an_outcome_that_cannot_be_written_down_does_not_repeat_the_message(tmp_path):
    chat = Scripted(Sent("ref\ud800"), RetryLater("busy \ud800"))

    async def talk(desk):
        desk.enter(story=1)
        desk.enter(story=2)
        await desk.after()
        assert len(desk.told("internal_error")) == 2
        await desk.after(minutes=1)
        return desk.states()

    assert [row[2] for row in run(tmp_path, {"chat": chat}, talk)] == ["sent", "sent"]
    assert len(chat.messages) == 3, "only what was not accepted is sent again"


def test_every_dead_delivery_is_told_or_counted(tmp_path):
    chat, mail = Scripted(*[Rejected("message is odd")] * 20), Scripted()

    async def talk(desk):
        for story in range(1, 21):
            desk.enter(story=story)
            await desk.after(seconds=1)
        await desk.after(minutes=11)

    run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("mail",))
    alarms = [m.body for m in mail.messages if "Not delivered to chat" in m.body]
    assert "“Title 1” (alert of rule raid, story 1) was not delivered to chat: message is odd" in alarms[0]
    assert "19 messages were not delivered to chat:\n“Title 2”" in alarms[1] and "and 11 more" in alarms[1]
    assert len(alarms) == 2
    keys = [m.key for m in mail.messages if "Not delivered to chat" in m.body]
    assert keys[0] != keys[1], "a receiver that knows repetitions must not take the second for the first"


def test_deaths_are_told_from_when_there_is_an_alarm_receiver(tmp_path):
    chat, mail = Scripted(*[Rejected("message is odd")] * 9), Scripted()

    async def talk(desk):
        desk.enter(story=1)
        await desk.after(minutes=1)
        desk.deliverer.desk = replace(desk.deliverer.desk, alarm_receivers=("mail",))
        desk.enter(story=2)
        await desk.after(minutes=1)
        await desk.after(minutes=1)

    run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=())
    (told,) = [m.body for m in mail.messages if "not delivered to chat" in m.body]
    assert "“Title 2” (alert of rule raid, story 2) was not delivered to chat: message is odd" in told


def test_a_receiver_that_cannot_be_reached_is_told_to_the_others(tmp_path):
    chat, mail = Scripted(*[RetryLater("no connection could be made")] * 40), Scripted()

    async def talk(desk):
        desk.enter()
        for _ in range(14):
            await desk.after(minutes=1)
        assert desk.told("alarm") == []
        for _ in range(30):
            await desk.after(minutes=1)

    run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("mail",))
    (told,) = [m.body for m in mail.messages if "has taken nothing since" in m.body]
    assert "receiver chat has taken nothing since 2026-05-01 12:01 UTC: no connection could be made" in told


def test_deaths_are_told_although_the_receiver_is_known_to_be_down(tmp_path):
    chat, mail = Scripted(Rejected("blocked", receiver_down=True), Rejected("message is odd")), Scripted()

    async def talk(desk):
        desk.enter(story=1)
        await desk.after()
        await desk.after(minutes=16)

    run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("mail",))
    assert "Receiver chat\nreceiver chat is down: blocked" in mail.messages[1].body
    assert "was not delivered to chat: message is odd" in mail.messages[2].body


def test_an_only_receiver_is_told_itself_of_what_it_did_not_get(tmp_path):
    chat = Scripted(Rejected("message is odd"))

    async def talk(desk):
        desk.enter()
        await desk.after()

    run(tmp_path, {"chat": chat}, talk, alarm_receivers=("chat",))
    assert "“Title 1” (alert of rule raid, story 1) was not delivered to chat" in chat.messages[-1].body


@pytest.mark.parametrize(
    ("language", "rule", "title"),
    [
        ("en", "watcher/feed:beta:silent", "Feed beta"),
        ("es", "watcher/receiver:phone", "Receptor phone"),
        ("ar", "watcher/dead:phone", "لم يُسلَّم إلى phone"),
        ("ru", "watcher/config", "Настройки"),
        ("fr", "watcher/else", "watcher/else"),
    ],
)
def test_alarms_are_headed_in_peoples_words(language, rule, title):
    assert alarm_title(language, rule) == title
