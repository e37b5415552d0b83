"""Buttons and commands in a chat, over the Bot API's stand-in: what a press does, who may, what survives a restart."""

import asyncio
import io
import itertools
import json
import time
from datetime import timedelta

import pytest
from benches import TelegramBench
from botapi import TOKEN
from desk import NOW, opened
from sqlalchemy import select, text

from watcher.hear import Hearer, Room
from watcher.model import RuleMeta, Severity
from watcher.notifiers import Environment
from watcher.route import Routing
from watcher.store import alarms, reading, responses, silences
from watcher.store.schema import deliveries, entries

CHAT = 42


class Chat:
    """A desk with one Telegram receiver, and readers who press and write."""

    def __init__(self, bench, desk, notifiers):
        self.bench, self.desk, self.numbers, self.splits = bench, desk, itertools.count(500), []
        routing = Routing({"raid": RuleMeta("raid", "Raids", Severity.SEVERE, ("phone",))})
        self.room = Room(notifiers, routing, {}, ("phone",), NOW.tzinfo)
        self.hearer = self.restarted()

    def restarted(self, poll_s=20):
        desk = self.desk
        return Hearer(
            desk.store, desk.deliverer._in_writer, lambda: self.room, lambda: desk.now, desk.events.append,
            split=lambda: self.splits.append(1), deliver=desk.deliverer.tick, poll_s=poll_s,
        )  # fmt: skip

    async def press(self, what, delivery=1, user=7, chat=CHAT, kind="private"):
        place = {"id": chat, "type": kind}
        query = {
            "id": f"q{next(self.numbers)}", "from": {"id": user, "is_bot": False, "first_name": "A"},
            "chat_instance": "x", "data": f"{what}:{delivery}",
            "message": {"message_id": 1, "date": 1, "chat": place, "text": "t"},
        }  # fmt: skip
        await self.update(callback_query=query)
        return self.toasts()[-1] if self.toasts() else None

    async def write(self, words, user=7, chat=CHAT, kind="private", answers=None, **more):
        """Write a command; return what the bot says to it."""
        before = set(self.messages())
        place = {"id": chat, "type": kind}
        message = {"message_id": 900, "date": 1, "chat": place, "text": words} | more
        message["from"] = {"id": user, "is_bot": False, "first_name": "A"}
        if answers:
            message["reply_to_message"] = {"message_id": answers, "date": 1, "chat": place, "text": "t"}
        await self.update(message=message)
        return [m["text"] for number, m in self.messages().items() if number not in before]

    async def update(self, **what):
        self.bench.api.post("updates", [{"update_id": next(self.numbers)} | what])
        await self.hearer.once()
        assert self.desk.told("chat_deaf") == []
        await self.desk.after(seconds=1)

    def messages(self):
        return self.bench.api.get("messages")

    def toasts(self):
        return [call["text"] for call in self.calls("answerCallbackQuery") if "text" in call]

    def calls(self, method):
        return [call for call in self.bench.api.get("calls") if call["method"] == method]

    def buttons(self, message="1"):
        return {b["text"]: b["callback_data"] for row in self.messages()[message]["buttons"] for b in row}

    def read(self, ask, *arguments):
        with self.desk.store.read() as connection:
            return ask(connection, *arguments)


async def until(holds, seconds=15):
    """Return when something holds; fail if it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come in time"
        await asyncio.sleep(0.01)


@pytest.fixture
def talk(bot_api, tmp_path):
    """Let a test talk in a chat: `talk(coroutine function, **settings of the receiver)`."""

    def go(test, **settings):
        bench = TelegramBench(bot_api)

        async def inside():
            environment = Environment(timeout_s=30, chat_pace_s=0, console=io.StringIO())
            phone = bench.notifier(environment=environment, edit_every="1s", **settings)
            try:
                with opened(tmp_path, {"phone": phone}, alarm_receivers=("phone",)) as desk:
                    # The bench names its receivers alike; the desk knows this one as "phone".
                    phone._line.receivers = {"phone": phone} if phone.inbox else {}
                    await test(Chat(bench, desk, {"phone": phone}))
            finally:
                await phone.aclose()

        asyncio.run(inside())

    return go


def test_an_alert_has_buttons_and_an_alarm_none(talk):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        assert list(chat.buttons()) == ["✓ Seen", "Why?", "Mute story", "Snooze rule 1 h", "24 h", "Not relevant"]
        chat.desk.republish(outlet="SOHR")
        await chat.desk.after(minutes=1)
        assert chat.buttons()["Wrong duplicate"] == "duplicate:1", "the edit speaks of the message that it changes"
        assert chat.messages()["1"]["edits"] == 1
        with chat.desk.store.write() as connection:
            alarms.raise_alarm(connection, "config", "trouble", ("phone",), chat.desk.now)
        await chat.desk.after()
        assert chat.messages()["2"]["buttons"] == []

    talk(test)


def test_buttons_can_be_turned_off(talk):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        assert chat.messages()["1"]["buttons"] == []
        await chat.hearer.tick()
        assert chat.calls("getUpdates") == []

    talk(test, buttons=False)


def test_seen_is_kept_and_shown_and_pressing_again_is_harmless(talk):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        assert await chat.press("seen") == "Noted as seen."
        assert await chat.press("seen") == "Already noted."
        assert await chat.press("seen", user=8) == "Noted as seen."
        _, facts = chat.read(reading.entry_facts, 1)
        answers = facts["alerts"][0]["deliveries"][0]["responses"]
        assert [(a["what"], a["by"]) for a in answers] == [("seen", "telegram:7"), ("seen", "telegram:8")]

    talk(test)


@pytest.mark.parametrize(
    ("what", "held", "free", "lasting"),
    [
        ("mute", {"story": 1}, {"story": 2}, timedelta(days=7)),
        ("snooze_1h", {"story": 2}, None, timedelta(hours=1)),
        ("snooze_24h", {"story": 2}, None, timedelta(hours=24)),
    ],
)
def test_a_story_or_a_rule_is_silenced_for_this_receiver(talk, what, held, free, lasting):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        toast = await chat.press(what)
        await chat.press(what)
        (silence,) = chat.read(silences.active_silences, chat.desk.now)
        assert (silence.receiver, silence.comment.split()[-1]) == ("phone", "telegram:7")
        assert silence.expires_at - silence.created_at == lasting
        assert f"until {silence.expires_at:%Y-%m-%d %H:%M}" in toast
        chat.desk.enter(**held) if held["story"] != 1 else chat.desk.develop()
        await chat.desk.after(minutes=1)
        assert len(chat.messages()) == 1
        if free:
            chat.desk.enter(**free)
            await chat.desk.after()
            assert len(chat.messages()) == 2

    talk(test)


def test_not_relevant_is_kept_as_an_example(talk):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        for _ in range(2):
            await chat.press("irrelevant")
        (label,) = chat.read(responses.labelled, responses.IRRELEVANT)
        assert (label["entry"], label["rule"], label["story"], label["by"]) == (1, "raid", 1, "telegram:7")

    talk(test)


def meet(chat, pk):
    """Let an entry meet the rule, as the poll that withheld it had found."""
    with chat.desk.store.write() as connection:
        connection.execute(
            text("INSERT INTO matches (entry, revision, rule, evidence, at) VALUES (:pk, 0, 'raid', '[]', :at)"),
            {"pk": pk, "at": "2026-05-01 12:00:00.000000"},
        )


def test_a_wrong_duplicate_becomes_a_story_and_is_sent(talk):
    async def test(chat):
        chat.desk.enter(title="A raid")
        await chat.desk.after()
        chat.desk.republish(title="Quite another raid", outlet="SOHR")
        meet(chat, 2)
        await chat.desk.after(minutes=1)
        assert "also: SOHR" in chat.messages()["1"]["text"]
        assert await chat.press("duplicate") == "Now a story of its own; 1 alert follows."
        assert chat.splits, "the index is told"
        await chat.desk.after(minutes=1)
        told = chat.messages()
        assert "Quite another raid" in told["2"]["text"]
        assert "SOHR" not in told["1"]["text"], "the first message no longer names it"
        assert "Wrong duplicate" not in chat.buttons()
        (label,) = chat.read(responses.labelled, responses.DUPLICATE)
        assert (label["entry"], label["story"]) == (2, 1)
        assert chat.read(lambda c: c.execute(select(entries.c.story).where(entries.c.pk == 2)).scalar()) == 2
        before = len(told)
        assert await chat.press("split", "1:2") == "Already noted."
        assert len(chat.messages()) == before
        chat.desk.develop(story=2)
        await chat.desk.after()
        assert len(chat.messages()) == before + 1

    talk(test)


def test_what_a_rule_has_told_of_the_wrong_duplicate_is_not_sent_again(talk):
    async def test(chat):
        chat.desk.enter(title="A raid")
        await chat.desk.after()
        chat.desk.develop(title="Quite another raid", outlet="SOHR")
        meet(chat, 2)
        await chat.desk.after(minutes=1)
        assert "Update: Raids\nkilled: 12 → 15\nQuite another raid" in chat.messages()["2"]["text"]
        await chat.press("split", "1:2")
        assert chat.read(lambda c: c.execute(select(entries.c.story).where(entries.c.pk == 2)).scalar()) == 2
        await chat.desk.after(minutes=1)
        first, second = (m["text"] for m in chat.messages().values())
        assert second == "🔴 Raids\nQuite another raid\nfirst seen 2026-05-01 12:00 UTC by SOHR", (
            "no update of the first"
        )
        assert "SOHR" not in first
        chat.desk.republish(story=2, outlet="NPA")
        await chat.desk.after(minutes=1)
        assert "also: NPA" in chat.messages()["2"]["text"], "it is the first message of its story"

    talk(test)


def test_pressing_what_splits_nothing_leaves_the_index_alone(talk):
    async def test(chat):
        chat.desk.enter(title="A raid")
        await chat.desk.after()
        await chat.press("duplicate")
        await chat.press("split", "1:99")
        assert not chat.splits

    talk(test)


def test_of_several_copies_the_reader_names_the_wrong_one(talk):
    async def test(chat):
        chat.desk.enter(title="A raid")
        await chat.desk.after()
        for revision, outlet in enumerate(("SOHR", "NPA")):
            chat.desk.republish(outlet=outlet, title=f"Raid by {outlet}", alert_revision=revision)
        await chat.desk.after(minutes=1)
        usual = chat.buttons()
        assert await chat.press("duplicate") == "Which one is another story?"
        assert chat.buttons() == {
            "SOHR: Raid by SOHR": "split:1:2", "NPA: Raid by NPA": "split:1:3", "← Back": "back:1",
        }  # fmt: skip
        await chat.press("back")
        assert chat.buttons() == usual
        assert await chat.press("split", "1:3") == "Now a story of its own; no rule meets it."
        await chat.desk.after(minutes=1)
        assert "also: SOHR" in chat.messages()["1"]["text"] and "NPA" not in chat.messages()["1"]["text"]

    talk(test)


def test_what_joined_through_the_wrong_duplicate_goes_with_it(talk):
    async def test(chat):
        chat.desk.enter()
        for revision in range(3):
            chat.desk.republish(alert_revision=revision)
        with chat.desk.store.write() as connection:
            for seq, compared in ((2, 1), (3, 2), (4, 1)):
                connection.execute(text(f"UPDATE assignments SET compared_with = {compared} WHERE seq = {seq}"))
        await chat.desk.after()
        await chat.press("split", "1:2")
        stories = chat.read(lambda c: c.execute(select(entries.c.story).order_by(entries.c.pk)).scalars().all())
        assert stories == [1, 2, 2, 1]
        assert chat.read(responses.labelled, responses.DUPLICATE)[0]["other"] == 1

    talk(test)


def test_why_tells_the_rule_the_story_and_who_answered(talk):
    async def test(chat):
        chat.desk.enter(title="A raid <b>")
        await chat.desk.after()
        await chat.press("seen")
        await chat.press("why")
        told = chat.messages()["2"]
        assert told["reply_to"] == 1
        assert "Rule raid (Raids), severe" in told["text"] and "seen by telegram:7" in told["text"]
        assert "More: watcher explain 1" in told["text"]
        assert (await chat.write("/why", answers=1)) == [told["text"]]
        assert (await chat.write("/why 1")) == [told["text"]]
        assert "answer an alert" in (await chat.write("/why"))[0]

    talk(test)


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ("seen:99", "This message is not known any more."),
        ("seen:", "This message is not known any more."),
        ("seen:²", "This message is not known any more."),
        ("explode:1", "This message is not known any more."),
        ("split:1:99", "Already noted."),
        ("split:1:x", "Already noted."),
        ("duplicate:1", "Nothing has joined this story."),
        ("seen:99999999999999999999999", "This message is not known any more."),
    ],
)
def test_data_that_is_none_does_nothing(talk, data, answer):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        what, _, rest = data.partition(":")
        assert await chat.press(what, rest) == answer
        assert chat.desk.told("internal_error") == []

    talk(test)


@pytest.mark.parametrize(
    ("settings", "who", "may"),
    [
        ({}, {}, True),
        ({}, {"chat": 43}, False),
        ({"admins": [7]}, {}, True),
        ({"admins": [8]}, {}, False),
        ({"admins": [7], "chat_id": -100}, {}, True),
        ({"chat_id": -100}, {}, False),
        ({"chat_id": -100}, {"chat": -100, "kind": "supergroup"}, True),
        ({"chat_id": -100}, {"chat": -100, "kind": "channel"}, False),
        ({"chat_id": -100, "admins": [7]}, {"chat": -100, "kind": "channel"}, True),
    ],
)
def test_only_the_chat_and_the_admins_are_obeyed(talk, settings, who, may):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        assert await chat.press("seen", **who) == ("Noted as seen." if may else "You are not entitled to that.")
        assert ("feeds" in (await chat.write("/status", **who))[0]) is may
        assert bool(chat.desk.told("chat_refused")) is not may

    talk(test, **settings)


def test_a_command_for_another_bot_and_a_word_that_is_none_are_left_alone(talk):
    async def test(chat):
        assert await chat.write("/status@other_bot") == []
        assert await chat.write("good morning") == []
        assert "0 feeds" in (await chat.write("/status@stand_in_bot"))[0]
        assert "/silence list" in (await chat.write("/help"))[0]

    talk(test)


@pytest.mark.parametrize(("language", "menus"), [("en", 1), ("es", 2)])
def test_the_menu_of_commands_is_in_the_chats_language(talk, language, menus):
    async def test(chat):
        await chat.hearer.once()
        calls = chat.calls("setMyCommands")
        assert len(calls) == menus
        if menus > 1:
            assert json.loads(calls[1]["scope"]) == {"type": "chat", "chat_id": CHAT}
            told = {one["command"]: one["description"] for one in json.loads(calls[1]["commands"])}
            assert told["latest"] == "las últimas alertas"

    talk(test, language=language)


def test_commands_tell_what_they_say(talk):
    async def test(chat):
        assert await chat.write("/latest") == ["no alerts yet"]
        assert await chat.write("/digest") == ["nothing was sent here in the last 24 hours"]
        for story in (1, 2):
            chat.desk.enter(story=story, title=f"Raid {story}")
        await chat.desk.after()
        (latest,) = await chat.write("/latest 1")
        assert "Raids: Raid 2 (Outlet 2), story 2" in latest and "Raid 1" not in latest
        assert await chat.write("/rules") == ["raid (severe): 2 in 24 h, 2 in all"]
        (digest,) = await chat.write("/digest")
        assert digest.startswith("📋 2 alerts in 24 hours") and "Raid 1" in digest

    talk(test)


def test_silences_from_a_chat(talk):
    async def test(chat):
        assert await chat.write("/silence") == ["no silence holds"]
        (added,) = await chat.write("/silence 2h rule raid")
        assert added.startswith("silence 1 until 2026-05-01 14:0") and "rule raid, receiver phone" in added
        chat.desk.enter()
        await chat.desk.after()
        assert (await chat.write("/silence"))[0].endswith("held 1")
        assert await chat.write("/silence end 1") == ["silence 1 has ended"]
        assert await chat.write("/silence end 1") == ["no such silence holds; /silence lists them"]

    talk(test)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("soon rule raid", "not a duration"),
        ("2h", "say what to silence"),
        ("2h rule other", "no rule is named 'other'"),
        ("2h region XX-1", "no region is named 'XX-1'"),
        ("2h word", "no word is named"),
        ("400d rule raid", "30 days at most"),
    ],
)
def test_a_silence_that_cannot_be_is_told(talk, words, said):
    async def test(chat):
        assert said in (await chat.write(f"/silence {words}"))[0]
        assert chat.read(silences.active_silences, chat.desk.now) == ()

    talk(test)


def test_what_was_read_is_not_read_again_after_a_restart(talk):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        await chat.press("snooze_1h")
        chat.hearer = chat.restarted()
        await chat.hearer.once()
        offsets = [int(call.get("offset", 0)) for call in chat.calls("getUpdates")]
        assert offsets[0] == 0 and offsets[-1] == 502, "the service hears that it was read"
        assert len(chat.toasts()) == 1

    talk(test)


def test_what_cannot_be_read_now_is_read_later_and_stops_nothing(talk):
    async def test(chat):
        with chat.desk.store.write() as connection:
            connection.execute(text("ALTER TABLE updates_read RENAME TO away"))
        await chat.hearer.once()
        (event,) = chat.desk.told("internal_error")
        assert event["where"] == "readers' answers"
        with chat.desk.store.write() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO updates_read"))
        assert "0 feeds" in (await chat.write("/status"))[0]

    talk(test)


def test_a_press_whose_transaction_fails_is_read_once_and_told(talk):
    async def test(chat):
        chat.desk.enter()
        await chat.desk.after()
        with chat.desk.store.write() as connection:
            connection.execute(
                text("CREATE TRIGGER odd BEFORE INSERT ON responses BEGIN SELECT RAISE(ABORT, 'odd'); END")
            )
        assert await chat.press("seen") == "That failed; the watcher's log says why."
        assert len(chat.desk.told("internal_error")) == 1
        await chat.hearer.once()
        assert len(chat.toasts()) == 1

    talk(test)


def test_updates_are_waited_for_without_slowing_the_sends(talk):
    async def test(chat):
        await chat.hearer.tick()
        await until(lambda: chat.calls("getUpdates"))
        begun = time.monotonic()
        for story in range(1, 6):
            chat.desk.enter(story=story)
        await chat.desk.after()
        assert len(chat.messages()) == 5
        assert time.monotonic() - begun < 5, "the open question waits for twenty seconds"
        number = next(chat.numbers)
        sender = {"id": 7, "is_bot": False, "first_name": "A"}
        message = {"message_id": 900, "date": 1, "chat": {"id": CHAT, "type": "private"}, "text": "/status"}
        chat.bench.api.post("updates", [{"update_id": number, "message": message | {"from": sender}}])
        await until(lambda: len(chat.messages()) == 6)
        await chat.hearer.stop()

    talk(test)


def test_another_reader_of_the_bot_is_an_alarm_until_it_is_gone(talk):
    async def test(chat):
        chat.bench.refuse(409, "Conflict: terminated by other getUpdates request", method="getUpdates")
        chat.hearer = chat.restarted(poll_s=0)
        await chat.hearer.tick()
        await until(lambda: chat.desk.told("alarm_cleared"))
        await chat.hearer.stop()
        (told,) = chat.desk.told("alarm")
        assert "another program reads this bot's updates" in told["message"] and TOKEN not in json.dumps(told)
        assert [event["key"] for event in chat.desk.told("alarm_cleared")] == ["chat:phone"]

    talk(test)


def test_a_group_that_became_a_supergroup_is_remembered(talk):
    async def test(chat):
        chat.bench.api.post("updates", [])
        await chat.update(
            message={
                "message_id": 1, "date": 1, "chat": {"id": -100, "type": "group"}, "migrate_to_chat_id": -100123,
                "from": {"id": 7, "is_bot": False, "first_name": "A"},
            }
        )  # fmt: skip
        moves = chat.read(lambda c: c.execute(text("SELECT receiver, moved_to FROM receiver_moves")).all())
        assert [tuple(row) for row in moves] == [("phone", "-100123")]

    talk(test, chat_id=-100)


def test_data_of_the_greatest_numbers_fits_into_a_button(talk):
    async def test(chat):
        chat.desk.enter()
        with chat.desk.store.write() as connection:
            connection.execute(deliveries.update().values(pk=2**63 - 1))
        await chat.desk.after()
        assert max(len(data) for data in chat.buttons().values()) <= 64

    talk(test)
