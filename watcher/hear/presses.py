"""Buttons: what a press does, in the transaction that also notes that it was read."""

import html
from datetime import datetime, timedelta

from sqlalchemy import Connection

from watcher import actions
from watcher.hear.room import Room
from watcher.hear.why import why
from watcher.model import Silence
from watcher.notifiers.incoming import Answer, Press
from watcher.render.buttons import WHATS, keyboard, label, reply
from watcher.store import responses, silences
from watcher.store.responses import About

#: How long a story is muted: as long as an entry can join it by default.
MUTE_FOR = timedelta(days=7)
_SNOOZES = {"snooze_1h": timedelta(hours=1), "snooze_24h": timedelta(days=1)}
#: Entries that are offered when one of them is another story.
CHOICES = 8


def press(connection: Connection, pressed: Press, room: Room, now: datetime) -> Answer:
    """Do what a button stands for; pressing it again changes nothing."""
    what, _, rest = pressed.data.partition(":")
    number, _, entry = rest.partition(":")
    found = responses.about(connection, int(number)) if number.isdecimal() and len(number) < 19 else None
    language = room.language(found.receiver if found else next(iter(pressed.receivers), ""))
    if not pressed.receivers or (found and found.receiver not in pressed.receivers):
        return Answer(reply(language, "refused"))
    if found is None or what not in WHATS | {"split", "back"}:
        return Answer(reply(language, "gone"))
    if what == "back":
        return Answer(buttons=keyboard(language, found.delivery, joined=True))
    if what == "why":
        return Answer(html=html.escape(why(connection, found, room, language), quote=False))
    if what == "duplicate":
        return _duplicate(connection, pressed, found, room, now)
    if what == "split":
        return _split(connection, pressed, found, int(entry) if entry.isdecimal() else 0, room, now)
    if not responses.note_response(connection, found.delivery, what, pressed.by, now):
        return Answer(reply(language, "already"))
    return Answer(_obey(connection, what, pressed, found, room, now))


def _obey(connection: Connection, what: str, pressed: Press, found: About, room: Room, now: datetime) -> str:
    language = room.language(found.receiver)
    if what in _SNOOZES:
        until = now + _SNOOZES[what]
        silence = Silence(now, until, rule=found.rule, receiver=found.receiver, comment=f"snoozed by {pressed.by}")
        silences.add_silence(connection, silence)
        return reply(language, "snoozed", rule=room.title(found.rule), until=room.clock(until))
    if what == "mute":
        until = now + MUTE_FOR
        silence = Silence(now, until, story=found.story, receiver=found.receiver, comment=f"muted by {pressed.by}")
        silences.add_silence(connection, silence)
        return reply(language, "muted", until=room.clock(until))
    if what == "irrelevant":
        responses.note_irrelevant(connection, found, pressed.by, now)
    return reply(language, what)


# ---------------------------------------------------------------- wrong duplicates


def _duplicate(connection: Connection, pressed: Press, found: About, room: Room, now: datetime) -> Answer:
    language = room.language(found.receiver)
    members = responses.joined(connection, found.story)
    if not members:
        return Answer(reply(language, "no_duplicate"))
    if len(members) == 1:
        return _split(connection, pressed, found, members[0].pk, room, now)
    rows = tuple(
        ((f"{member.outlet}: {member.title}", f"split:{found.delivery}:{member.pk}"),) for member in members[-CHOICES:]
    )
    return Answer(reply(language, "which"), buttons=(*rows, ((label(language, "back"), f"back:{found.delivery}"),)))


def _split(connection: Connection, pressed: Press, found: About, entry: int, room: Room, now: datetime) -> Answer:
    """Make an entry a story of its own, keep that as an example, and send what had been withheld for a copy."""
    language = room.language(found.receiver)
    others = [member.pk for member in responses.joined(connection, found.story)]
    if entry not in others:
        return Answer(reply(language, "already"), buttons=keyboard(language, found.delivery, joined=bool(others)))
    done = actions.split(connection, entry, pressed.by, room.routing, now)
    if done is None:
        return Answer(reply(language, "already"))
    responses.note_response(connection, found.delivery, "duplicate", pressed.by, now)
    left = len(others) > len(done.entries)
    text = reply(language, "split", n=done.sent) if done.sent else reply(language, "split_none")
    return Answer(text, buttons=keyboard(language, found.delivery, joined=left), splits=True)
