"""Commands in a chat show and act on what concerns the chat's own receivers, in their language."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from desk import NOW, Scripted, run

from watcher.hear import Room
from watcher.hear.commands import command
from watcher.model import RetryLater, RuleMeta, Sent, Sentence, Severity, Silence
from watcher.notifiers.incoming import Command
from watcher.route import Routing
from watcher.store import alarms, silences

RULES = {
    "raid": RuleMeta("raid", "Raids", Severity.SEVERE, ("phone", "desk")),
    "sport": RuleMeta("sport", "Sport", Severity.MINOR, ("desk",)),
}


class Chats:
    """A desk with two receivers, `phone` and `desk`, and readers of the chat of `phone` unless told."""

    def __init__(self, desk, language="en", alarm_receivers=("desk",)):
        for receiver in desk.receivers.values():
            receiver.style = replace(receiver.style, language=language)
        self.desk, self.alarm_receivers = desk, alarm_receivers
        self.zone = ZoneInfo("Asia/Damascus")

    def say(self, words, receivers=("phone",), here=("phone",), about=None):
        name, *more = words.removeprefix("/").split()
        room = Room(self.desk.receivers, Routing(RULES), {}, self.alarm_receivers, self.zone)
        asked = Command(1, receivers, "telegram:7", name, tuple(more), about=about, here=here)
        with self.desk.store.write() as connection:
            answer = command(connection, asked, room, self.desk.now)
        return answer.text or answer.html

    def store(self, ask, *arguments):
        with self.desk.store.write() as connection:
            return ask(connection, *arguments)


@pytest.fixture
def chats(tmp_path):
    """Let a test talk: `chats(coroutine function, **settings of Chats)`."""

    def go(test, **settings):
        receivers = {"phone": settings.pop("phone", Scripted()), "desk": settings.pop("other", Scripted())}
        run(tmp_path, receivers, lambda desk: test(Chats(desk, **settings)))

    return go


def test_why_knows_the_messages_of_its_own_chat_only(chats):
    async def test(chats):
        chats.desk.enter(title="A raid")
        await chats.desk.after()
        # Both messages have the number 5, each in its chat; the reader commands both receivers.
        assert "Rule raid" in chats.say("/why", ("phone", "desk"), about="5")
        chats.store(lambda c: c.exec_driver_sql("UPDATE deliveries SET ref = 'other' WHERE receiver = 'phone'"))
        assert chats.say("/why", ("phone", "desk"), about="5").startswith("answer an alert")

    chats(test, phone=Scripted(Sent("5")), other=Scripted(Sent("5")))


@pytest.mark.parametrize(
    ("receivers", "here", "covered"),
    [
        (("phone",), ("phone",), ["phone"]),
        (("phone", "desk"), ("phone", "desk"), ["phone", "desk"]),
        (("phone", "desk"), ("phone",), ["phone"]),
        (("phone", "desk"), (), ["phone", "desk"]),
        (("phone",), ("phone", "desk"), ["phone"]),
    ],
)
def test_a_silence_covers_the_receivers_of_the_chat_and_names_them(chats, receivers, here, covered):
    async def test(chats):
        told = chats.say("/silence 2h rule raid", receivers, here)
        assert [s.receiver for s in chats.store(silences.active_silences, NOW)] == covered
        assert [line.rpartition(" ")[2] for line in told.splitlines()] == covered

    chats(test)


def test_silences_of_other_desks_are_neither_shown_nor_ended(chats):
    async def test(chats):
        until = NOW + timedelta(hours=1)
        for given in ({"receiver": "desk"}, {"rule": "sport"}, {"rule": "raid"}, {"receiver": "phone"}):
            chats.store(silences.add_silence, Silence(NOW, until, **given))
        listed = chats.say("/silence")
        assert [line.partition(":")[0] for line in listed.splitlines()] == ["3", "4"]
        assert "2 silences hold" in chats.say("/status")
        for number in (1, 2):
            assert "no such silence" in chats.say(f"/silence end {number}")
        assert chats.say("/silence end 3") == "silence 3 holds for others too: watcher silence expire 3"
        assert chats.say("/silence end 4") == "silence 4 has ended"
        assert len(chats.store(silences.active_silences, NOW)) == 3

    chats(test)


def test_what_a_silence_held_is_counted_for_the_chat(chats):
    async def test(chats):
        chats.store(silences.add_silence, Silence(NOW, NOW + timedelta(hours=1), rule="raid"))
        chats.desk.enter()
        await chats.desk.after()
        assert chats.say("/silence").endswith("held 1")

    chats(test)


def test_status_and_rules_are_those_of_the_chat(chats):
    async def test(chats):
        chats.desk.enter()
        await chats.desk.after()
        told = chats.say("/status", ("desk",), ("desk",))
        assert "desk: 1 waiting since 2026-05-01 15:00 +03: busy" in told
        assert "waiting" not in chats.say("/status")
        assert chats.say("/rules") == "raid (severe): 1 in 24 h, 1 in all"
        assert chats.say("/rules", ("desk",), ("desk",)).splitlines()[1] == "sport (minor): 0 in 24 h, 0 in all"

    chats(test, other=Scripted(RetryLater("busy")))


@pytest.mark.parametrize(("alarm_receivers", "shown"), [(("desk",), 2), (("phone",), 4)])
def test_alarms_of_other_receivers_are_for_alarm_receivers(chats, alarm_receivers, shown):
    async def test(chats):
        for key in ("feed:a", "receiver:phone", "receiver:desk", "config"):
            chats.store(alarms.raise_alarm, key, f"trouble with {key}", (), NOW)
        assert chats.say("/status").count("ALARM") == shown

    chats(test, alarm_receivers=alarm_receivers)


def test_a_chat_is_answered_in_its_language_and_on_its_clock(chats):
    async def test(chats):
        chats.desk.enter(title="Una redada")
        await chats.desk.after()
        down = Sentence("receiver_silent", {"receiver": "phone", "since": NOW, "reason": "busy"})
        chats.store(alarms.raise_alarm, "receiver:phone", down, (), NOW)
        status = chats.say("/status")
        assert status.startswith("0 fuentes, 0 con fallos")
        assert "ALARMA el receptor phone no ha aceptado nada desde 2026-05-01 15:00 +03: busy" in status
        assert chats.say("/rules") == "raid (grave): 1 en 24 h, 1 en total"
        why = chats.say("/why 1")
        assert why.startswith("Regla raid (Raids), grave") and "primera" in why and "Tema 1, 1 entrada:" in why
        assert chats.say("/silence 2h rule raid").endswith("regla raid, receptor phone")
        assert chats.say("/silence pronto").startswith("«pronto» no es una duración")
        assert "las últimas 24 horas" in chats.say("/help")
        assert chats.say("/status", receivers=()) == "No tiene permiso para eso."

    chats(test, language="es")
