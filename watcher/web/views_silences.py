"""Silences: what is held back for a while, by whom, and what they have held back."""

from datetime import timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from watcher.actions import Names, wrong_with_silence
from watcher.model import Silence
from watcher.store import silences
from watcher.web.forms import Asked, Done, Hand
from watcher.web.page import Page, parameter, query
from watcher.yamlsrc import duration

#: A silence from the page ends after this time at the latest.
LONGEST = timedelta(days=365)
#: Silences that have ended and are shown, the newest first.
ENDED = 20
#: What the form offers; any other duration can be written.
LASTING = ("1h", "4h", "24h", "7d", "30d")
_FIELDS = ("rule", "feed", "receiver", "region", "story", "word", "lasting", "comment")


def listed(page: Page, request: Request) -> Response:
    """Silences that hold, those that ended last, and a form for a new one, filled in by the address."""
    now = page.clock()
    with page.read() as connection:
        holding, ended = silences.active_silences(connection, now), silences.ended_silences(connection, now, ENDED)
        held = silences.held_by_each(connection, [one.pk for one in (*holding, *ended)])
    config = page.config()
    receivers, feeds = sorted(config.receivers), {feed.id: feed.outlet for feed in config.feeds}
    return page.html(
        request, "silences.html", holding=holding, ended=ended, held=held, what=silences.describe,
        given={name: parameter(request, name) for name in _FIELDS}, rules=page.titles(), feeds=feeds,
        receivers=[(name, name) for name in receivers], lasting=LASTING,
    )  # fmt: skip


def make(page: Page, _: Hand, connection: Connection, asked: Asked) -> Done:
    """Make a silence."""
    given = {name: asked.form.get(name, "").strip()[:200] or None for name in _FIELDS}
    again = f"/silences?{query(given)}#new"
    lasting, comment = given.pop("lasting"), given.pop("comment")
    try:
        time = duration(lasting)
    except ValueError as error:
        return Done(again, f"{error}.", is_done=False)
    if not timedelta() < time <= LONGEST:
        return Done(again, f"A silence lasts {LONGEST.days} days at most.", is_done=False)
    story = given["story"]
    if story is not None and not asked.number("story"):
        return Done(again, f"{story!r} is no story's number.", is_done=False)
    given["region"] = given["region"] and given["region"].upper()
    config = page.config()
    names = Names(set(page.titles()), {feed.id for feed in config.feeds}, set(config.receivers))
    if wrong := wrong_with_silence(connection, given, names):
        return Done(again, f"{wrong[0].upper()}{wrong[1:]}.", is_done=False)
    silence = Silence(
        asked.now, asked.now + time, given["rule"], given["region"], given["feed"], asked.number("story") or None,
        given["word"], given["receiver"], " ".join(filter(None, (comment, f"by {asked.by}"))),
    )  # fmt: skip
    number = silences.add_silence(connection, silence)
    what = silences.describe(silence)
    until = f"{silence.expires_at.astimezone(config.timezone):%Y-%m-%d %H:%M}"
    facts = {"what": "silence", "silence": number, "about": what, "until": silence.expires_at}
    return Done("/silences", f"Silence {number} holds until {until}: {what}.", facts=facts)


def end(_: Page, __: Hand, connection: Connection, asked: Asked) -> Done:
    """End a silence now."""
    number = asked.number("silence")
    if not silences.expire_silence(connection, number, asked.now):
        return Done("/silences", "No such silence holds any more.", is_done=False)
    held = ", ".join(f"{count} from {name}" for name, count in silences.held_by(connection, number).items())
    sentence = f"Silence {number} has ended; it held back {held or 'nothing'}."
    return Done("/silences", sentence, facts={"what": "silence ended", "silence": number})
