"""`/silence` in a chat: listing, adding and ending silences of the chat's own receivers."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from watcher.actions import Names, wrong_with_silence
from watcher.hear.room import Room
from watcher.model import Silence
from watcher.notifiers.incoming import Command
from watcher.render.chat import chat
from watcher.render.words import MATCHERS
from watcher.store import silences
from watcher.yamlsrc import duration

#: A silence from a chat ends after this time at the latest.
LONGEST = timedelta(days=30)
#: What a chat can silence.
KINDS = ("rule", "feed", "region", "story", "word")


def silence(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    """List the silences that concern the chat, end one of its own, or add one for each of its receivers."""
    language = room.language(*asked.here, *asked.receivers)
    if asked.words in ((), ("list",)):
        return _list(connection, asked, room, now, language)
    if asked.words[0] == "end":
        return _end(connection, asked, room, now, language)
    given = _read(connection, asked, room, language)
    if isinstance(given, str):
        return given
    lines = []
    # In a chat with several receivers, or for an administrator of several chats, each of them gets its own.
    for receiver in asked.own or asked.receivers:
        lasting, what = given
        added = Silence(now, now + lasting, receiver=receiver, comment=f"by {asked.by}", **what)  # type: ignore[arg-type]  # by its key
        number = silences.add_silence(connection, added)
        until, told = room.clock(added.expires_at), silences.describe(added, language)
        lines.append(chat(language, "silence_added", number=number, until=until, what=told))
    return "\n".join(lines)


def _list(connection: Connection, asked: Command, room: Room, now: datetime, language: str) -> str:
    lines = []
    for one in silences.active_silences(connection, now):
        if room.concerns(one, asked.receivers):
            held = sum(n for name, n in silences.held_by(connection, one.pk).items() if name in asked.receivers)
            values = {"number": one.pk, "what": silences.describe(one, language), "n": held}
            lines.append(chat(language, "silence_line", until=room.clock(one.expires_at), **values))
    return "\n".join(lines) or chat(language, "silence_none")


def _end(connection: Connection, asked: Command, room: Room, now: datetime, language: str) -> str:
    """End a silence that holds for the chat's receivers only; what holds for other desks too is not its to end."""
    number = int(asked.words[1]) if len(asked.words) > 1 and asked.words[1].isdecimal() else 0
    own = (one for one in silences.active_silences(connection, now) if room.concerns(one, asked.receivers))
    found = next((one for one in own if one.pk == number), None)
    if found is None:
        return chat(language, "silence_unknown")
    if found.receiver is None:
        return chat(language, "silence_for_all", number=number)
    silences.expire_silence(connection, number, now)
    return chat(language, "silence_ended", number=number)


def _read(
    connection: Connection, asked: Command, room: Room, language: str
) -> tuple[timedelta, Mapping[str, str | int]] | str:
    """Read `2h rule raid`; a sentence that says what is wrong with it."""
    words = asked.words
    try:
        lasting = duration(words[0])
    except ValueError:
        return chat(language, "no_duration", word=words[0])
    kind, value = (words[1] if len(words) > 1 else ""), " ".join(words[2:])
    if kind not in KINDS:
        return chat(language, "say_what", kinds=", ".join(KINDS))
    is_none = kind == "story" and not (value.isdecimal() and len(value) < 19)
    names = Names(room.routing.rules, room.feeds, asked.receivers)
    if is_none or wrong_with_silence(connection, {kind: value}, names) is not None:
        return chat(language, "no_such", kind=MATCHERS[language][kind], value=value)
    if not timedelta() < lasting <= LONGEST:
        return chat(language, "too_long", n=LONGEST.days)
    return lasting, {kind: int(value) if kind == "story" else value}
