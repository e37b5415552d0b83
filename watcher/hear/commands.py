"""Commands that readers write in a chat."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from watcher.actions import Names, wrong_with_silence
from watcher.hear.room import Room
from watcher.hear.why import why
from watcher.model import Silence
from watcher.notifiers.incoming import Answer, Command
from watcher.render import render_digest
from watcher.render.buttons import reply
from watcher.store import alarms, outbox, polls, reading, responses, silences, views
from watcher.yamlsrc import duration

DAY = timedelta(days=1)
LATEST, RULES, DIGEST = 5, 40, 50
#: A silence from a chat ends after this time at the latest.
LONGEST = timedelta(days=30)
HELP = (
    "/status feeds, queue and alarms\n/latest [number] the newest alerts here\n/rules rules and what they said\n"
    "/why [number] why an alert came: answer it, or give the story's number\n"
    "/silence list; /silence 2h rule ID, or story, feed, region, word; /silence end NUMBER\n"
    "/digest the last 24 hours in one message"
)


def command(connection: Connection, asked: Command, room: Room, now: datetime) -> Answer:
    """Answer a command; one that is not known gets the list of them, one by somebody else a refusal."""
    if not asked.receivers:
        return Answer(reply("en", "refused"))
    if asked.name == "digest":
        return _digest(connection, asked, room, now)
    answer = _COMMANDS.get(asked.name)
    return Answer(answer(connection, asked, room, now) if answer else HELP)


def _status(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    states = polls.all_feed_states(connection)
    known = [states[name] for name in room.feeds if name in states]
    failing = [state.feed for state in known if state.failures]
    lines = [f"{len(room.feeds)} feeds, {len(failing)} failing" + (f": {', '.join(failing[:10])}" if failing else "")]
    for waiting in reading.queue(connection):
        since = room.clock(waiting["oldest_due_at"])
        lines.append(f"{waiting['receiver']}: {waiting['waiting']} waiting since {since} {waiting['reason']}".rstrip())
    held = len(silences.active_silences(connection, now))
    lines += [f"{held} silences hold"] if held else []
    lines += [f"ALARM {message}" for _, message, _ in alarms.open_alarms(connection)]
    return "\n".join(lines)


def _latest(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    wanted = int(asked.words[0]) if asked.words and asked.words[0].isdecimal() else LATEST
    claims = outbox.told_since(connection, asked.receivers, None, min(max(wanted, 1), 20))
    lines = []
    for claim in claims:
        view = views.alert_view(connection, claim, room.title(claim.rule))
        lines.append(
            f"{room.clock(view.seen_at)} {view.rule_title}: {view.entry.title} ({view.outlet}), story {view.story}"
        )
        lines += [view.entry.link] if view.entry.link else []
    return "\n".join(lines) or "no alerts yet"


def _rules(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    said = {row["rule"]: row for row in reading.rule_counts(connection, now)}
    silent = {silence.rule for silence in silences.active_silences(connection, now)}
    lines = []
    for rule in list(room.routing.rules.values())[:RULES]:
        counts = said.get(rule.id, {"alerts_24h": 0, "alerts": 0})
        told = f"{rule.id} ({rule.severity}): {counts['alerts_24h']} in 24 h, {counts['alerts']} in all"
        lines.append(told + (", silenced" if rule.id in silent else ""))
    more = len(room.routing.rules) - len(lines)
    return "\n".join(lines + ([f"and {more} more"] if more > 0 else [])) or "there are no rules"


def _why(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    found = None
    if asked.about is not None:
        found = responses.about_message(connection, asked.receivers, asked.about)
    elif asked.words and asked.words[0].isdecimal() and len(asked.words[0]) < 19:
        found = responses.about_story(connection, asked.receivers, int(asked.words[0]))
    return why(connection, found, room) if found else "answer an alert with /why, or write /why and its story's number"


def _silence(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    words = asked.words
    if words in ((), ("list",)):
        rows = [
            f"{s.pk}: {silences.describe(s)} until {room.clock(s.expires_at)}, "
            f"held {sum(silences.held_by(connection, s.pk).values())}"
            for s in silences.active_silences(connection, now)
            if s.receiver is None or s.receiver in asked.receivers
        ]
        return "\n".join(rows) or "no silence holds"
    if words[0] == "end":
        number = int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0
        # A chat ends what holds for its own receivers; other desks' silences, and those for all, are not its to end.
        mine = {s.pk for s in silences.active_silences(connection, now) if s.receiver in asked.receivers}
        ended = number in mine and silences.expire_silence(connection, number, now)
        return f"silence {number} has ended" if ended else "no such silence holds; /silence lists them"
    silence = _read_silence(words, asked, room, now)
    if isinstance(silence, str):
        return silence
    number = silences.add_silence(connection, silence)
    return f"silence {number} until {room.clock(silence.expires_at)}: {silences.describe(silence)}"


def _read_silence(words: Sequence[str], asked: Command, room: Room, now: datetime) -> Silence | str:
    """Read `2h rule raid`; a sentence that says what is wrong with it."""
    try:
        lasting = duration(words[0])
    except ValueError as error:
        return f"{error}. Write /silence 2h rule ID"
    kind, value = (words[1] if len(words) > 1 else ""), " ".join(words[2:])
    if kind not in ("rule", "feed", "region", "story", "word"):
        return "say what to silence: rule, feed, region, story, word. Write /silence 2h rule ID"
    if kind == "story" and not (value.isdecimal() and len(value) < 19):
        return f"no story is named {value!r}"
    wrong = wrong_with_silence({kind: value}, Names(room.routing.rules, room.feeds, asked.receivers))
    if wrong is not None:
        return wrong
    if not timedelta() < lasting <= LONGEST:
        return f"a silence from a chat lasts {LONGEST.days} days at most"
    given = {kind: int(value) if kind == "story" else value}
    return Silence(now, now + lasting, receiver=asked.receivers[0], comment=f"by {asked.by}", **given)  # type: ignore[arg-type]  # by its key


def _digest(connection: Connection, asked: Command, room: Room, now: datetime) -> Answer:
    claims = outbox.told_since(connection, asked.receivers, now - DAY, DIGEST)
    if not claims:
        return Answer("nothing was sent here in the last 24 hours")
    shown = [views.alert_view(connection, claim, room.title(claim.rule)) for claim in claims]
    message, _ = render_digest(shown, room.notifiers[asked.receivers[0]].style, tz=room.timezone, heading="digest_day")
    return Answer(html=message.body)


_COMMANDS: Mapping[str, Callable[[Connection, Command, Room, datetime], str]] = {
    "status": _status, "latest": _latest, "rules": _rules, "why": _why, "silence": _silence,
}  # fmt: skip
