"""Digests at a receiver's own times: what waits, what does not, what is counted."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk import Scripted, run
from pydantic import ValidationError
from sqlalchemy import text

from watcher.model import Action, RetryLater, Severity
from watcher.notifiers import REGISTRY
from watcher.notifiers.cron import Cron
from watcher.render import Format, Style
from watcher.schedule import Discipline

#: The desk's clock begins at 12:00.
EVENING = Cron.read("0 18 * * *", UTC)


def talk_at_evening(tmp_path, chat, talk, **discipline):
    return run(tmp_path, {"chat": chat}, talk, disciplines={"chat": Discipline(digest=EVENING, **discipline)})


def test_alerts_wait_for_the_digest_and_come_as_one(tmp_path):
    chat = Scripted()

    async def talk(desk):
        for story in (1, 2):
            desk.enter(story=story, title=f"Raid {story}")
        desk.develop(story=1, title="Raid 1, more killed")
        desk.republish(story=2, outlet="SOHR")
        await desk.after()
        assert chat.messages == []
        await desk.after(hours=5, minutes=59)
        assert chat.messages == []
        await desk.after(minutes=1)
        return desk.states()

    states = talk_at_evening(tmp_path, chat, talk)
    (digest,) = chat.messages
    assert "3 alerts that waited" in digest.body and "killed: 12 → 15" in digest.body
    assert [state for _, _, state, _ in states] == ["sent", "sent", "sent", "suppressed"]


def test_one_alert_is_a_digest_too_and_what_comes_later_waits_for_the_next(tmp_path):
    chat = Scripted()

    async def talk(desk):
        desk.enter(story=1)
        await desk.after(hours=6)
        desk.enter(story=2)
        await desk.after(hours=1)
        assert len(chat.messages) == 1
        await desk.after(hours=23)

    talk_at_evening(tmp_path, chat, talk)
    assert ["1 alert that waited" in m.body for m in chat.messages] == [True, True]


def test_a_digest_that_fails_is_tried_again_before_the_next_evening(tmp_path):
    chat = Scripted(RetryLater("busy"))

    async def talk(desk):
        for story in (1, 2):
            desk.enter(story=story)
        await desk.after(hours=6)
        await desk.after(minutes=1)

    talk_at_evening(tmp_path, chat, talk)
    assert len(chat.messages) == 2 and chat.messages[0].key == chat.messages[1].key


def test_grave_alerts_do_not_wait(tmp_path):
    chat = Scripted()

    async def talk(desk):
        desk.enter(story=1, severity=Severity.MODERATE)
        desk.enter(story=2, severity=Severity.SEVERE)
        await desk.after()
        assert [m.action for m in chat.messages] == [Action.NEW] and "that waited" not in chat.messages[0].body
        await desk.after(hours=6)

    talk_at_evening(tmp_path, chat, talk, digest_below=Severity.SEVERE)
    assert "1 alert that waited" in chat.messages[1].body


def test_what_was_held_back_is_counted(tmp_path):
    chat = Scripted()

    async def talk(desk):
        desk.enter(story=1)
        with desk.store.write() as connection:
            for rule, reason in (
                ("raid", "same_outlet_repeat"),
                ("raid", "inhibited"),
                ("other", "same_outlet_repeat"),
            ):
                connection.execute(
                    text(
                        "INSERT INTO suppressions (entry, revision, rule, reason, detail, at) "
                        f"VALUES (1, 0, '{rule}', '{reason}', '', '2026-05-01 12:00:01.000000')"
                    )
                )
        await desk.after(hours=6)
        desk.enter(story=2)
        await desk.after(days=1)

    talk_at_evening(tmp_path, chat, talk)
    assert "held back meanwhile: 2 (repeats 2)" in chat.messages[0].body, "not what another rule held"
    assert "held back" not in chat.messages[1].body, "counted once"


def test_programs_get_every_alert_at_that_time(tmp_path):
    hook = Scripted()
    hook.style = Style(Format.JSON)

    async def talk(desk):
        for story in (1, 2):
            desk.enter(story=story)
        await desk.after(hours=5)
        assert hook.messages == []
        await desk.after(hours=1)

    talk_at_evening(tmp_path, hook, talk)
    assert len(hook.messages) == 2


def at(text, now, zone="UTC"):
    return Cron.read(text, ZoneInfo(zone)).first_after(datetime.fromisoformat(now))


@pytest.mark.parametrize(
    ("cron", "now", "zone", "expected"),
    [
        ("0 8 * * *", "2026-05-01T12:00Z", "UTC", "2026-05-02T08:00Z"),
        ("0 8 * * *", "2026-05-01T08:00Z", "UTC", "2026-05-02T08:00Z"),
        ("0 8 * * *", "2026-05-01T12:00Z", "Asia/Damascus", "2026-05-02T05:00Z"),
        ("0 8 * * 0", "2026-05-01T12:00Z", "UTC", "2026-05-03T08:00Z"),
        ("0 8 * * 7", "2026-05-01T12:00Z", "UTC", "2026-05-03T08:00Z"),
        ("0 8 * * 1-5", "2026-05-01T12:00Z", "UTC", "2026-05-04T08:00Z"),
        ("*/15 * * * mon", "2026-05-01T12:00Z", "UTC", "2026-05-04T00:00Z"),
        ("30 2 * * *", "2026-03-29T00:00Z", "Europe/Berlin", "2026-03-30T00:30Z"),
    ],
)
def test_the_times_of_an_expression(cron, now, zone, expected):
    found = at(cron, now, zone)
    assert found - datetime.fromisoformat(expected) < timedelta(hours=1.5)
    if zone != "Europe/Berlin":  # an hour that does not exist is told some time that night
        assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize("cron", ["8", "0 8 * *", "61 8 * * *", "0 8 * * 5-1", "0 8 * * 9", "@daily"])
def test_an_expression_that_is_none_is_refused(cron):
    with pytest.raises(ValidationError):
        REGISTRY["console"].settings(digest=cron)
