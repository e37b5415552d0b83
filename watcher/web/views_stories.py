"""Stories: which texts were published where, and how they differ."""

from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from watcher import actions, dedup
from watcher.model import Relation
from watcher.store import browsing, reading, responses, search, splitting
from watcher.text import plural
from watcher.web.forms import Asked, Done, Hand
from watcher.web.page import Page, number, parameter
from watcher.web.views import faults_of

#: Stories on one page.
SHOWN = 50
#: Members, and alerts, of one story that are shown.
MEMBERS, ALERTS = 200, 50
#: Words of each text that are compared: the work grows with their product.
COMPARED = 1000
#: Members that are shown beside the first at once, and words of each.
COLUMNS, COLUMN_WORDS = 6, 300


def listed(page: Page, request: Request) -> Response:
    """The stories that changed last, or those with entries that say something."""
    given, faults, sought = _sought(request)
    rows: list[dict[str, Any]] = []
    older, unread = None, 0
    if not faults:
        with page.read() as connection:
            if sought.words:
                rows, older = browsing.stories_saying(connection, sought, SHOWN)
                unread = search.left(connection)
            else:
                rows, older = browsing.stories_told(connection, sought.before, SHOWN)
    for row in rows:
        row["outlets"] = list(dict.fromkeys(member.outlet for member in row["shown"]))
    return page.html(
        request, "stories.html", 400 if faults else 200, rows=rows, older=older, given=given, faults=faults,
        unread=unread, indexed=search.is_available(), feeds=page.config().feeds,
    )  # fmt: skip


def _sought(request: Request) -> tuple[dict[str, str], list[str], browsing.Sought]:
    """Read the filters: as they were given, what is wrong with them, and what they ask for."""
    given = {name: parameter(request, name) for name in ("q", "region", "feed")}
    faults = faults_of(given)
    if not given["q"] and (given["region"] or given["feed"]):
        faults.append("Region and feed narrow a search: give words to look for.")
    return given, faults, browsing.Sought(given["q"], given["region"].upper(), given["feed"], number(request, "before"))


def shown(page: Page, request: Request) -> Response:
    """One story: its origin, its members, and two of them side by side."""
    story = request.path_params["story"]
    if story >= 2**63:
        raise HTTPException(404, f"there is no story {story}")
    with page.read() as connection:
        members = reading.story_members(connection, story, MEMBERS)
        if not members and (now := responses.story_now(connection, story)) is not None:
            return RedirectResponse(f"/stories/{now}", 303)
        if not members:
            raise HTTPException(404, f"there is no story {story}")
        lead = splitting.lead_of(connection, story)
        pair = _pair(members, parameter(request, "from"), parameter(request, "to"))
        old, new = (browsing.entry_numbered(connection, members[n - 1]["number"]).text for n in pair)
        columns = _columns(connection, members[:COLUMNS]) if parameter(request, "all") else []
        alerts = browsing.alerts_of(connection, story, ALERTS)
    origin = dedup.origin_of([dedup.Publication(m["outlet"], Relation(m["relation"]), m["credits"]) for m in members])
    left, right = _sides(old, new)
    is_cut = max(len(old.split()), len(new.split())) > COMPARED
    independent = [outlet for outlet in origin.outlets if outlet not in origin.republishers]
    return page.html(
        request, "story.html", story=story, members=members, most=MEMBERS, origin=origin, pair=pair, left=left,
        right=right, compared=COMPARED if is_cut else None, alerts=alerts, titles=page.titles(),
        copies={m["number"] for m in members} - {lead}, columns=columns, independent=independent,
    )  # fmt: skip


def split(_: Page, hand: Hand, connection: Connection, asked: Asked) -> Done:
    """Make a copy a story of its own."""
    story, entry = asked.number("story"), asked.number("entry")
    done = actions.split(connection, entry, asked.by, hand.routing(), asked.now)
    if done is None:
        return Done(f"/stories/{story}", "It is no copy any more.", is_done=False)
    told = f"; {plural(done.sent, 'message')} that had been withheld for it will be sent" if done.sent else ""
    sentence = f"{plural(len(done.entries), 'entry', 'entries')} became story {done.story}{told}."
    facts = {"what": "split", "entry": entry, "story": done.story, "entries": len(done.entries), "sent": done.sent}
    return Done(f"/stories/{done.story}", sentence, facts=facts, regroups=True, delivers=True)


def join(_: Page, __: Hand, connection: Connection, asked: Asked) -> Done:
    """Make two stories one."""
    story, other = asked.number("story"), asked.number("other")
    done = actions.join(connection, story, other, asked.by, asked.now)
    if done is None:
        given = asked.form.get("other", "").strip()[:20]
        return Done(f"/stories/{story}", f"There is no other story {given}.", is_done=False)
    sentence = f"Story {done.other} was put into this one: {plural(len(done.entries), 'entry', 'entries')}."
    facts = {"what": "join", "story": done.story, "other": done.other, "entries": len(done.entries)}
    return Done(f"/stories/{done.story}", sentence, facts=facts, regroups=True, delivers=True)


def _pair(members: list[dict[str, Any]], first: str, then: str) -> tuple[int, int]:
    """Which members are compared, counted from 1; by default the first with the last."""
    count = len(members)
    return (
        int(first) if first.isascii() and first.isdecimal() and 1 <= int(first) <= count else 1,
        int(then) if then.isascii() and then.isdecimal() and 1 <= int(then) <= count else count,
    )


def _columns(connection: Connection, members: list[dict[str, Any]]) -> list[list[dedup.Piece]]:
    """The text of each member as it differs from the first."""
    entries = (browsing.entry_numbered(connection, member["number"]) for member in members)
    texts = [" ".join(entry.text.split()[:COLUMN_WORDS]) for entry in entries]
    return [dedup.word_diff(texts[0], text) for text in texts]


def _sides(old: str, new: str) -> tuple[list[dedup.Piece], list[dedup.Piece]]:
    pieces = dedup.word_diff(*(" ".join(text.split()[:COMPARED]) for text in (old, new)))
    return [p for p in pieces if p.kind != "new"], [p for p in pieces if p.kind != "old"]
