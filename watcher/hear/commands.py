"""Commands that readers write in a chat. They show and act on what concerns the chat's own receivers."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from watcher.hear.room import Room
from watcher.hear.silencing import silence
from watcher.hear.why import why
from watcher.model import AlertView
from watcher.notifiers.incoming import Answer, Command
from watcher.render import render_digest
from watcher.render.buttons import reply
from watcher.render.chat import SEVERITIES, chat
from watcher.render.sentences import say
from watcher.render.words import word
from watcher.store import alarms, outbox, polls, reading, responses, silences, views

DAY = timedelta(days=1)
LATEST, RULES, DIGEST = 5, 40, 50


def command(connection: Connection, asked: Command, room: Room, now: datetime) -> Answer:
    """Answer a command; one that is not known gets the list of them, one by somebody else a refusal."""
    if not asked.receivers:
        return Answer(reply(room.language(*asked.here), "refused"))
    if asked.name == "digest":
        return _digest(connection, asked, room, now)
    answer = _COMMANDS.get(asked.name)
    return Answer(answer(connection, asked, room, now) if answer else chat(_language(asked, room), "help"))


def _language(asked: Command, room: Room) -> str:
    return room.language(*asked.here, *asked.receivers)


def _status(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    language = _language(asked, room)
    states = polls.all_feed_states(connection)
    failing = [name for name in room.feeds if name in states and states[name].failures]
    more = f": {', '.join(failing[:10])}" if failing else ""
    lines = [chat(language, "feeds", n=len(room.feeds), failing=len(failing)) + more]
    for waiting in reading.queue(connection):
        if waiting["receiver"] in asked.receivers:
            values = {"receiver": waiting["receiver"], "n": waiting["waiting"]}
            told = chat(language, "waiting", since=room.clock(waiting["oldest_due_at"]), **values)
            lines.append(f"{told}: {waiting['reason']}" if waiting["reason"] else told)
    held = sum(room.concerns(one, asked.receivers) for one in silences.active_silences(connection, now))
    lines += [chat(language, "silences", n=held)] if held else []
    for alarm in alarms.standing_alarms(connection):
        if room.is_told(alarm.key, asked.receivers):
            message = say(language, alarm.said, room.timezone) if alarm.said else alarm.message
            lines.append(chat(language, "alarm", message=message))
    return "\n".join(lines)


def _latest(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    language = _language(asked, room)
    wanted = int(asked.words[0]) if asked.words and asked.words[0].isdecimal() else LATEST
    claims = outbox.told_since(connection, asked.receivers, None, min(max(wanted, 1), 20))
    lines = []
    for claim in claims:
        view = _view(connection, claim, room)
        values = {"rule": view.rule_title, "title": view.entry.title, "outlet": view.outlet, "story": view.story}
        lines.append(chat(language, "latest", at=room.clock(view.seen_at), **values))
        lines += [view.entry.link] if view.entry.link else []
    return "\n".join(lines) or chat(language, "no_alerts")


def _rules(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    """The rules that speak to the chat's receivers, and how often they have alerted there."""
    language = _language(asked, room)
    said = {row["rule"]: row for row in reading.rule_counts(connection, now, asked.receivers)}
    silent = {one.rule for one in silences.active_silences(connection, now) if room.concerns(one, asked.receivers)}
    own = [rule for rule in room.routing.rules.values() if any(room.routing.tells(rule, r) for r in asked.receivers)]
    lines = []
    for rule in own[:RULES]:
        counts = said.get(rule.id, {"alerts_24h": 0, "alerts": 0})
        values = {"rule": rule.id, "severity": SEVERITIES[language][rule.severity]}
        told = chat(language, "rule", day=counts["alerts_24h"], all=counts["alerts"], **values)
        lines.append(told + (chat(language, "silenced") if rule.id in silent else ""))
    more = [word(language, "more", n=len(own) - RULES)] if len(own) > RULES else []
    return "\n".join([*lines, *more]) or chat(language, "no_rules")


def _why(connection: Connection, asked: Command, room: Room, now: datetime) -> str:
    language, found = _language(asked, room), None
    if asked.about is not None:  # numbers of messages are a chat's own
        found = responses.about_message(connection, asked.own, asked.about)
    elif asked.words and asked.words[0].isdecimal() and len(asked.words[0]) < 19:
        found = responses.about_story(connection, asked.receivers, int(asked.words[0]))
    return why(connection, found, room, language) if found else chat(language, "why_how")


def _digest(connection: Connection, asked: Command, room: Room, now: datetime) -> Answer:
    claims = outbox.told_since(connection, asked.receivers, now - DAY, DIGEST)
    if not claims:
        return Answer(chat(_language(asked, room), "nothing_today"))
    shown = [_view(connection, claim, room) for claim in claims]
    style = room.notifiers[(*asked.own, *asked.receivers)[0]].style
    message, _ = render_digest(shown, style, tz=room.timezone, heading="digest_day")
    return Answer(html=message.body)


_COMMANDS: Mapping[str, Callable[[Connection, Command, Room, datetime], str]] = {
    "status": _status, "latest": _latest, "rules": _rules, "why": _why, "silence": silence,
}  # fmt: skip


def _view(connection: Connection, claim: outbox.Claim, room: Room) -> AlertView:
    return views.alert_view(connection, claim, outbox.first_message(connection, claim), room.title(claim.rule))
