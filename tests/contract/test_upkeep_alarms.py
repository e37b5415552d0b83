"""Upkeep on a real store: alarms about what is no longer configured end."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import Scripted, run

from watcher.model import Feed, RetryLater, Sentence, Silence
from watcher.store import alarms, open_store, silences
from watcher.upkeep import Care, Upkeep

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEYS = (
    "feed:kept",
    "feed:kept:silent",
    "feed:gone",
    "feed:gone:silent",
    "receiver:desk",
    "receiver:old",
    "chat:old",
    "template:old",
    "config",
)


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/w.db")
    yield opened
    opened.close()


def still_open(store, receivers):
    """Open an alarm of each kind, look once, and return which stay open and which were told to be over."""
    told = []

    async def at_once(job):
        return job()

    with store.write() as connection:
        for key in KEYS:
            alarms.raise_alarm(connection, key, "trouble", ("desk",), NOW)
    feeds = {"kept": Feed("kept", "http://x/feed")}
    care = Care(feeds, ("desk",), timedelta(hours=6), *receivers)
    asyncio.run(Upkeep(store, at_once, care, lambda now: None, lambda: NOW, told.append).tick())
    with store.read() as connection:
        left = {key for key, _, _ in alarms.open_alarms(connection)}
    assert {event["key"] for event in told if event["event"] == "alarm_cleared"} == set(KEYS) - left
    return left


def test_alarms_about_what_was_removed_are_cleared(store):
    assert still_open(store, [{"desk"}]) == {"feed:kept", "feed:kept:silent", "receiver:desk", "config"}


def test_receivers_that_are_not_known_are_left_alone(store):
    assert still_open(store, []) == set(KEYS) - {"feed:gone", "feed:gone:silent"}


def test_a_later_trouble_of_the_same_name_is_told(store):
    still_open(store, [])
    with store.write() as connection:
        assert alarms.raise_alarm(connection, "feed:gone", "trouble again", ("desk",), NOW)


def test_receivers_are_told_once_what_a_silence_that_ended_had_held_back(tmp_path):
    chat, mail = Scripted(), Scripted()

    async def talk(desk):
        with desk.store.write() as connection:
            number = silences.add_silence(connection, Silence(desk.now, desk.now + timedelta(hours=1), rule="raid"))
        for story in range(1, 11):
            desk.enter(story=story)
        desk.republish(story=1)
        await desk.after()
        assert desk.states()[-1][1:3] == ("edit", "suppressed")

        async def at_once(job):
            return job()

        care = Care({}, (), timedelta(hours=6), {"chat"})
        upkeep = Upkeep(desk.store, at_once, care, lambda now: None, lambda: desk.now, desk.events.append)
        await upkeep.tell_ended()
        await desk.after()
        assert chat.messages == []
        desk.now += timedelta(hours=2)
        for _ in range(2):
            await upkeep.tell_ended()
            await desk.after()
        assert len(desk.told("alarm")) == 1, "it is logged once, as what was sent"
        return number

    number = run(tmp_path, {"chat": chat, "mail": mail}, talk)
    (told,) = chat.messages
    assert told.body.startswith(
        f"⚙️ Silence {number} has ended\nsilence {number} (rule raid) has ended; it held back 10 "
    )
    assert "Title 8\nand 2 more" in told.body
    assert mail.messages == [], "a receiver that is no longer configured has nobody to tell"


def test_alarms_come_in_the_receivers_language_and_on_its_clock(tmp_path):
    mail = Scripted(*[RetryLater("busy")] * 2)
    mail.style = replace(mail.style, language="fr")

    async def talk(desk):
        since = Sentence("receiver_silent", {"receiver": "x", "since": desk.now, "reason": "451 busy"})
        with desk.store.write() as connection:
            alarms.raise_alarm(connection, "receiver:x", since, ("mail",), desk.now)
            alarms.raise_alarm(connection, "other", "an alarm of an older version", ("mail",), desk.now)
        await desk.after(minutes=5)
        return desk.store

    run(tmp_path, {"mail": mail}, talk)
    bodies = [message.body for message in mail.messages]
    assert "le destinataire x n’a rien accepté depuis 2026-05-01 12:00 UTC : 451 busy" in bodies[0]
    assert "an alarm of an older version" in bodies[1]
