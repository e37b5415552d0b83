"""Stories: which texts were published where, and how they differ."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watcher import dedup
from watcher.model import Relation
from watcher.store import browsing, reading
from watcher.web.page import Page, number, parameter

#: Stories on one page.
SHOWN = 50
#: Members, and alerts, of one story that are shown.
MEMBERS, ALERTS = 200, 50
#: Words of each text that are compared: the work grows with their product.
COMPARED = 1000


def listed(page: Page, request: Request) -> Response:
    """The stories that changed last."""
    with page.read() as connection:
        rows, older = browsing.stories_told(connection, number(request, "before"), SHOWN)
    for row in rows:
        row["outlets"] = list(dict.fromkeys(member.outlet for member in row["shown"]))
    return page.html(request, "stories.html", rows=rows, older=older)


def shown(page: Page, request: Request) -> Response:
    """One story: its origin, its members, and two of them side by side."""
    story = request.path_params["story"]
    if story >= 2**63:
        raise HTTPException(404, f"there is no story {story}")
    with page.read() as connection:
        members = reading.story_members(connection, story, MEMBERS)
        if not members:
            raise HTTPException(404, f"there is no story {story}")
        pair = _pair(members, parameter(request, "from"), parameter(request, "to"))
        old, new = (browsing.entry_numbered(connection, members[n - 1]["number"]).text for n in pair)
        alerts = browsing.alerts_of(connection, story, ALERTS)
    origin = dedup.origin_of([dedup.Publication(m["outlet"], Relation(m["relation"]), m["credits"]) for m in members])
    left, right = _sides(old, new)
    is_cut = max(len(old.split()), len(new.split())) > COMPARED
    return page.html(
        request, "story.html", story=story, members=members, most=MEMBERS, origin=origin, pair=pair, left=left,
        right=right, compared=COMPARED if is_cut else None, alerts=alerts, titles=page.titles(),
        independent=[outlet for outlet in origin.outlets if outlet not in origin.republishers],
    )  # fmt: skip


def _pair(members: list[dict[str, Any]], first: str, then: str) -> tuple[int, int]:
    """Which members are compared, counted from 1; by default the first with the last."""
    count = len(members)
    return (
        int(first) if first.isascii() and first.isdecimal() and 1 <= int(first) <= count else 1,
        int(then) if then.isascii() and then.isdecimal() and 1 <= int(then) <= count else count,
    )


def _sides(old: str, new: str) -> tuple[list[dedup.Piece], list[dedup.Piece]]:
    pieces = dedup.word_diff(*(" ".join(text.split()[:COMPARED]) for text in (old, new)))
    return [p for p in pieces if p.kind != "new"], [p for p in pieces if p.kind != "old"]
