"""Stories put together and split by readers: each receiver has one first message, and nothing goes out but news."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOW, Scripted, opened, run
from sqlalchemy import insert, select, update

from watcher import actions
from watcher.model import Change, Evidence, Rejected, Relation, RetryLater, RuleMeta, Sent, Severity, Silence
from watcher.route import Routing
from watcher.store import outbox, silences
from watcher.store.schema import alerts, deliveries, matches

ROUTING = Routing({"raid": RuleMeta("raid", "Raids", Severity.SEVERE, ("chat",))})


def join(desk, one=1, other=2):
    with desk.store.write() as connection:
        return actions.join(connection, one, other, "a reader", desk.now)


def split(desk, entry, *, meets=True):
    """Split an entry off, which the rule meets or not."""
    with desk.store.write() as connection:
        if meets:
            meet(connection, entry)
        return actions.split(connection, entry, "a reader", ROUTING, desk.now)


def meet(connection, entry):
    """Let the rule meet an entry."""
    proof = [Evidence("raid", "title", 0, 4, "Raid").as_dict()]
    row = {"entry": entry, "revision": 0, "rule": "raid", "evidence": proof, "at": NOW}
    connection.execute(insert(matches).values(row))


def set_state(desk, story, state):
    """Let the first message on a story be in a state."""
    mine = select(alerts.c.pk).where(alerts.c.story == story)
    values = {"state": state} | ({"sent_at": desk.now, "ref": f"ref of {story}"} if state == "sent" else {})
    with desk.store.write() as connection:
        connection.execute(update(deliveries).where(deliveries.c.alert.in_(mine)).values(values))


class Interrupted(Scripted):
    """Lets readers regroup stories while a message is under way."""

    def __init__(self, *outcomes):
        super().__init__(*outcomes)
        #: Number of a message → what is done before its outcome is known.
        self.meanwhile = {}

    async def send(self, message):
        self.meanwhile.get(len(self.messages), lambda: None)()
        return await super().send(message)


STATES = ("pending", "claimed", "sent", "dead")


@pytest.mark.parametrize(("older", "younger"), list(itertools.product(STATES, STATES)))
def test_whatever_became_of_two_first_messages_one_of_those_that_wait_is_sent_at_most(tmp_path, older, younger):
    with opened(tmp_path, {"chat": Scripted()}) as desk:
        desk.enter(story=1)
        desk.enter(story=2)
        for story, state in ((1, older), (2, younger)):
            set_state(desk, story, state)
        join(desk)
        states = [state for _, action, state, _ in desk.states() if action == "new"]
        under_way = sum(state in ("claimed", "sent") for state in (older, younger))
        waits = 1 if not under_way and "pending" in (older, younger) else 0
        assert states.count("pending") == waits
        assert states.count("suppressed") == (older, younger).count("pending") - waits


def test_what_was_sent_of_the_younger_story_is_the_one_first_message(tmp_path):
    """The older one's waits for its receiver, who has that of the younger."""
    chat = Scripted(RetryLater("busy"))

    async def talk(desk):
        desk.enter(story=1, title="A raid", outlet="Atalayar")
        await desk.after(seconds=1)
        desk.enter(story=2, title="Raid in Aleppo", outlet="SOHR")
        await desk.after()
        join(desk)
        await desk.after(hours=1)
        new = [one for one in chat.messages if one.action == "new"]
        assert [one.subject for one in new] == ["🔴 Raids: A raid", "🔴 Raids: Raid in Aleppo"], "the first was refused"
        edit = chat.messages[-1]
        assert (edit.action, edit.ref) == ("edit", "ref2")
        assert edit.body.splitlines()[1] == "Raid in Aleppo", "it stays about what it was sent for"
        assert "first seen 2026-05-01 12:00 UTC by Atalayar, 2 outlets" in edit.body
        assert "also" not in edit.body, "the first report is no copy"
        desk.develop(story=1, title="Raid: 15 killed")
        await desk.after(hours=1)
        assert (chat.messages[-1].action, chat.messages[-1].ref) == ("reply", "ref2")
        assert chat.messages[-1].thread_key == new[1].key.replace("2.raid.alert.0", "1.raid.alert.1")

    run(tmp_path, {"chat": chat}, talk)


def test_who_puts_together_and_splits_again_gets_what_was_held_back(tmp_path):
    chat = Scripted(RetryLater("busy"), Sent(ref="b"))

    async def talk(desk):
        desk.enter(story=1, title="A raid")
        await desk.after()
        desk.enter(story=2, title="A flood")
        await desk.after()
        join(desk)
        await desk.after(minutes=5)
        split(desk, 2)
        await desk.after(hours=1)
        subjects = [one.subject for one in chat.messages if one.action == "new"]
        assert subjects == ["🔴 Raids: A raid", "🔴 Raids: A flood", "🔴 Raids: A raid"]

    run(tmp_path, {"chat": chat}, talk)


def test_what_was_held_back_goes_out_though_stories_were_put_together_while_the_other_was_under_way(tmp_path):
    chat = Interrupted(RetryLater("busy"), Rejected("odd"))

    async def talk(desk):
        desk.enter(story=1, title="A raid")
        await desk.after()
        desk.enter(story=2, title="Raid in Aleppo")
        chat.meanwhile[1] = lambda: join(desk)
        await desk.after()
        assert desk.states()[1] == ("chat", "new", "dead", "odd")
        await desk.after(hours=1)
        assert [one.subject for one in chat.messages[2:]] == ["🔴 Raids: A raid"]

    run(tmp_path, {"chat": chat}, talk)


@pytest.mark.parametrize("before", [0, 1], ids=["none is left", "one is left"])
def test_an_answer_that_comes_to_a_story_is_not_taken_for_one_that_was_split_off(tmp_path, before):
    chat = Scripted()

    async def talk(desk):
        desk.enter(story=1, title="A raid")
        for number in range(before):
            desk.develop(title="Raid: 15 killed", alert_revision=number)
        desk.develop(title="A flood", alert_revision=before)
        await desk.after(minutes=1)
        split(desk, 2 + before)
        desk.enter(story=3, title="Raid in Aleppo")
        await desk.after(minutes=1)
        desk.develop(story=3, title="Raid in Aleppo: 15 killed", alert_revision=0, wait=timedelta(minutes=30))
        join(desk, 1, 3)
        await desk.after(hours=1)
        replies = [one.key for one in chat.messages if one.action == "reply"]
        assert len(replies) == len(set(replies)) == before + 2

    run(tmp_path, {"chat": chat}, talk)


@pytest.mark.parametrize("end", ["dead", "suppressed"])
def test_where_nobody_gets_the_first_message_the_one_that_was_held_back_for_it_goes_out(tmp_path, end):
    chat = Scripted(*[Rejected("odd")] * (end == "dead"))

    async def talk(desk):
        desk.enter(story=1, title="A raid")
        desk.enter(story=2, title="Raid in Aleppo")
        join(desk)
        if end == "suppressed":
            with desk.store.write() as connection:
                silences.add_silence(connection, Silence(desk.now, desk.now + timedelta(hours=1), feed="feed1"))
        await desk.after()
        assert [(action, state) for _, action, state, _ in desk.states()] == [("new", end), ("new", "sent")]
        assert chat.messages[-1].subject == "🔴 Raids: Raid in Aleppo"

    run(tmp_path, {"chat": chat}, talk)


def test_what_was_held_back_is_not_taken_for_told(tmp_path):
    chat = Scripted()

    async def talk(desk):
        desk.enter(story=1, title="Raid: 12 killed, 3 injured")
        await desk.after(minutes=1)
        desk.enter(story=2, title="Raid: 15 killed")
        join(desk)
        await desk.after(minutes=1)
        desk.develop(title="Raid: 15 killed, 5 injured", changes=(Change("killed", 12, 15), Change("injured", 3, 5)))
        await desk.after(minutes=1)
        assert _changes_in(chat.messages[-1]) == ["killed: 12 → 15", "injured: 3 → 5"]

    run(tmp_path, {"chat": chat}, talk)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [(Sent(ref="a"), "killed: 15 → 17"), (Rejected("odd"), "killed: 12 → 17")],
    ids=["it came", "it did not"],
)
def test_what_was_merged_is_known_where_the_message_that_tells_it_came(tmp_path, outcome, told):
    chat = Scripted(RetryLater("busy"), outcome)

    async def talk(desk):
        desk.enter(title="Raid: 12 killed")
        await desk.after()
        desk.develop(action="edit", title="Raid: 15 killed", changes=(Change("killed", 12, 15),))
        await desk.after()
        await desk.after(minutes=1)
        assert len(chat.messages) == 2
        desk.develop(title="Raid: 17 killed", changes=(Change("killed", 12, 17),))
        await desk.after(minutes=1)
        assert _changes_in(chat.messages[-1]) == [told]

    run(tmp_path, {"chat": chat}, talk)


@pytest.mark.parametrize("republished", [True, False])
@pytest.mark.parametrize("in_place", [True, False], ids=["a chat", "a terminal"])
def test_one_change_of_a_message_shows_all_that_waited_for_it(tmp_path, in_place, republished):
    chat = Scripted(edit_every=timedelta(minutes=10))
    chat.style = replace(chat.style, edits_in_place=in_place)

    async def talk(desk):
        desk.enter(title="Raid: 12 killed")
        await desk.after()
        if republished:
            desk.republish()
        for before, after in ((12, 15), (15, 17)):
            changes = (Change("killed", before, after),)
            desk.develop(action="edit", title=f"Raid: {after} killed", changes=changes)
            await desk.after(minutes=1)
        await desk.after(minutes=10)
        assert [_changes_in(one) for one in chat.messages] == [[], ["killed: 12 → 17"]]

    run(tmp_path, {"chat": chat}, talk)


def _changes_in(message):
    return [line for line in message.body.splitlines() if "→" in line and not line.startswith("also")]


def test_a_console_is_told_nothing_of_stories_that_are_put_together_or_split(tmp_path):
    console = Scripted()
    console.style = replace(console.style, edits_in_place=False)

    async def talk(desk):
        desk.enter(story=1, title="A raid", outlet="Atalayar")
        await desk.after(minutes=1)
        desk.republish(outlet="SOHR")
        await desk.after(minutes=1)
        assert "also: SOHR" in console.messages[1].body
        desk.enter(story=3, title="Raid in Aleppo", outlet="NPA")
        await desk.after(minutes=1)
        join(desk, 1, 3)
        await desk.after(minutes=1)
        split(desk, 2)
        await desk.after(minutes=1)
        told = [(one.action, one.subject) for one in console.messages[2:]]
        assert told == [("new", "🔴 Raids: Raid in Aleppo"), ("new", "🔴 Raids: Title 2")]
        assert ("chat", "edit", "suppressed", "receiver_cannot_edit") in desk.states()

    run(tmp_path, {"chat": console}, talk)


def test_an_answer_that_waits_becomes_the_first_message_of_what_is_split_off(tmp_path):
    chat = Scripted()

    async def talk(desk):
        desk.enter(story=1, title="A raid")
        await desk.after(minutes=1)
        desk.develop(title="A flood", wait=timedelta(minutes=30))
        split(desk, 2)
        await desk.after(hours=1)
        assert [(one.action, one.subject) for one in chat.messages] == [
            ("new", "🔴 Raids: A raid"), ("edit", "🔴 Raids: A raid"), ("new", "🔴 Raids: A flood"),
        ]  # fmt: skip

    run(tmp_path, {"chat": chat}, talk)


def test_an_answer_that_is_under_way_is_tried_again_as_the_first_message_of_what_is_split_off(tmp_path):
    chat = Interrupted(Sent(ref="a"), RetryLater("busy"))

    async def talk(desk):
        desk.enter(story=1, title="A raid")
        await desk.after(minutes=1)
        desk.develop(title="A flood")
        chat.meanwhile[1] = lambda: split(desk, 2)
        await desk.after(minutes=1)
        await desk.after(hours=1)
        flood = [one.action for one in chat.messages if "A flood" in one.subject]
        assert flood == ["reply", "new"]
        assert desk.states()[1] == ("chat", "new", "sent", "")

    run(tmp_path, {"chat": chat}, talk)


def test_a_dead_answer_is_sent_again_as_the_first_message_of_what_was_split_off(tmp_path):
    chat = Scripted(Sent(ref="a"), Rejected("odd"))

    async def talk(desk):
        desk.enter(story=1, title="A raid")
        await desk.after(minutes=1)
        desk.develop(title="A flood")
        await desk.after(minutes=1)
        split(desk, 2)
        with desk.store.write() as connection:
            assert actions.resend(connection, outbox.dead_of(connection, "chat", 9), "a reader", desk.now) == 1
        await desk.after(hours=1)
        flood = [one.action for one in chat.messages if "A flood" in one.subject]
        assert flood == ["reply", "new"]
        assert desk.states()[1] == ("chat", "new", "sent", "")

    run(tmp_path, {"chat": chat}, talk)


def test_an_answer_does_not_wait_for_itself(tmp_path):
    """As versions before left one that was under way when it became the first message."""
    chat = Scripted()

    async def talk(desk):
        desk.enter(action="reply", title="A flood")
        await desk.after(minutes=1)
        assert [(one.action, one.subject) for one in chat.messages] == [("new", "🔴 Raids: A flood")]

    run(tmp_path, {"chat": chat}, talk)


@pytest.mark.parametrize("pause", [0, 60], ids=["it waits", "it was told"])
def test_what_no_rule_meets_alone_is_not_told_as_a_development_any_more(tmp_path, pause):
    chat = Scripted()

    async def talk(desk):
        desk.enter(story=1, title="A raid")
        await desk.after(minutes=1)
        desk.develop(title="A flood", wait=timedelta(minutes=1))
        await desk.after(seconds=pause)
        split(desk, 2, meets=False)
        before = len(chat.messages)
        await desk.after(hours=1)
        assert [(one.action, one.subject) for one in chat.messages[before:]] == [("edit", "🔴 Raids: A raid")]

    run(tmp_path, {"chat": chat}, talk)


# ---------------------------------------------------------------- the first message goes with what is split off


def three(desk, third):
    """A story whose first report the rule does not meet, the second is what it told, and the third came to that."""
    desk.enter(title="A flood", is_met=False)
    desk.enter(Relation.REPUBLICATION, title="A raid")
    third(title="Raid in Aleppo")


@pytest.mark.parametrize("meets", [True, False])
def test_what_was_told_only_beside_the_first_message_is_told_when_that_goes(tmp_path, meets):
    chat = Scripted()

    async def talk(desk):
        three(desk, desk.republish)
        await desk.after(minutes=1)
        with desk.store.write() as connection:
            for entry in (2, 3) if meets else (2,):
                meet(connection, entry)
        before = len(chat.messages)
        assert split(desk, 2, meets=False).sent == int(meets)
        await desk.after(minutes=1)
        told = [(one.action, one.subject) for one in chat.messages[before:]]
        assert told[: int(meets)] == [("new", "🔴 Raids: Raid in Aleppo")] * meets
        assert told[int(meets) :] == [("edit", "🔴 Raids: A raid")]
        keys = [one.key for one in chat.messages if one.action == "new"]
        assert len(set(keys)) == len(keys), "nothing is taken for a repetition"

    run(tmp_path, {"chat": chat}, talk)


@pytest.mark.parametrize("wrong", [2, 3])
def test_what_a_feed_had_at_its_first_poll_is_not_told_when_stories_are_split(tmp_path, wrong):
    async def talk(desk):
        three(desk, lambda **more: desk.republish(**more, is_met=False, baseline=True))
        await desk.after(minutes=1)
        with desk.store.write() as connection:
            for entry in (2, 3):
                meet(connection, entry)
        assert split(desk, wrong, meets=False).sent == 0

    run(tmp_path, {"chat": Scripted()}, talk)


@pytest.mark.parametrize("wait", [0, 30], ids=["it was told", "it waits"])
def test_an_answer_is_the_first_message_of_its_story_when_that_goes(tmp_path, wait):
    chat = Scripted()

    async def talk(desk):
        three(desk, lambda **more: desk.develop(**more, wait=timedelta(minutes=wait)))
        await desk.after(minutes=1)
        with desk.store.write() as connection:
            meet(connection, 3)
        assert split(desk, 2).sent == 0
        await desk.after(hours=1)
        told = [one for one in chat.messages if one.subject.endswith(": Raid in Aleppo") and one.action != "edit"]
        assert [one.action for one in told] == ["new" if wait else "reply"]
        desk.republish(outlet="NPA")
        await desk.after(minutes=1)
        edit = chat.messages[-1]
        assert (edit.action, edit.subject) == ("edit", "🔴 Raids: Raid in Aleppo")
        assert "also: NPA" in edit.body

    run(tmp_path, {"chat": chat}, talk)
