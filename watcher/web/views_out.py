"""For other programs: alerts as Atom feeds, alerts and stories as JSON."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watcher.model import AlertKind, StoryMember
from watcher.render.layout import change_text, link, plain
from watcher.store import browsing, reading
from watcher.web.description import CODE, DESCRIPTION
from watcher.web.page import Page, number
from watcher.web.views import wanted_by
from watcher.web.views_stories import MEMBERS

#: Alerts, or stories, of one answer.
SHOWN = 100
#: RFC 4287.
_ATOM = "http://www.w3.org/2005/Atom"
#: What the ids of alerts are made in (RFC 4122): they stay the same when the database is moved.
_NAMES = uuid.UUID("7b0c2d0e-5a0e-4f0b-9a67-6f5b6a1f3c52")


def atom(page: Page, request: Request) -> Response:
    """The newest alerts of one rule as an Atom feed."""
    rule = request.path_params["rule"]
    titles = page.titles()
    if rule not in titles:
        raise HTTPException(404, "there is no rule of this name among those in force")
    with page.read() as connection:
        listing = browsing.alerts_told(connection, browsing.Wanted(rule=rule), SHOWN)
    feed = ElementTree.Element("feed", xmlns=_ATOM)
    _tell(feed, "id", _urn(f"rule {rule}"))
    _tell(feed, "title", plain(titles[rule]))
    _tell(feed, "updated", _iso(listing.found[0].at if listing.found else datetime.fromtimestamp(0, UTC)))
    ElementTree.SubElement(feed, "link", rel="self", href=str(request.url.replace(query="")))
    for one in listing.found:
        feed.append(_entry(one))
    body = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return Response(body, media_type="application/atom+xml")


def alerts(page: Page, request: Request) -> Response:
    """Alerts, newest first, by the same filters as the page."""
    given, faults, wanted = wanted_by(request)
    if faults:
        is_good = wanted.severity is not None or not given["severity"]
        return JSONResponse({"faults": faults}, 404 if is_good and re.fullmatch(CODE, wanted.region) else 400)
    with page.read() as connection:
        listing = browsing.alerts_told(connection, wanted, SHOWN)
    return JSONResponse({"alerts": [_alert(one) for one in listing.found], "older": listing.older})


def description(_: Page, __: Request) -> Response:
    """What may be asked for, as OpenAPI."""
    return JSONResponse(DESCRIPTION)


def stories(page: Page, request: Request) -> Response:
    """Stories, the last changed first."""
    with page.read() as connection:
        rows, older = browsing.stories_told(connection, number(request, "before"), SHOWN)
    told = [
        {
            "story": row["story"], "title": row["title"], "outlet": row["outlet"],
            "first_seen_at": _iso(row["first_seen_at"]), "updated_at": _iso(row["updated_at"]),
            "entries": row["members"], "outlets": list(dict.fromkeys(member.outlet for member in row["shown"])),
        }
        for row in rows
    ]  # fmt: skip
    return JSONResponse({"stories": told, "older": older})


def story(page: Page, request: Request) -> Response:
    """One story with its entries in order of arrival."""
    wanted = request.path_params["story"]
    rows = []
    if wanted < 2**63:
        with page.read() as connection:
            rows = reading.story_members(connection, wanted, MEMBERS)
    if not rows:
        return JSONResponse({"faults": [f"there is no story {wanted}"]}, 404)
    told = [
        {
            "entry": row["number"], "feed": row["feed"], "outlet": row["outlet"], "title": row["title"],
            "link": link(row["link"]), "seen_at": _iso(row["seen_at"]), "published_at": _iso(row["published_at"]),
            "relation": row["relation"], "reason": row["reason"], "similarity": row["similarity"],
            "credits": row["credits"], "changes": row["changes"],
        }
        for row in rows
    ]  # fmt: skip
    return JSONResponse({"story": wanted, "entries": told})


# ---------------------------------------------------------------- inside


def _entry(one: browsing.Listed) -> ElementTree.Element:
    view = one.view
    entry = ElementTree.Element("entry")
    _tell(entry, "id", _urn(f"{view.story}.{view.rule}.{view.kind}.{one.number}"))
    update = "Update: " if view.kind is AlertKind.DEVELOPMENT else ""
    _tell(entry, "title", update + (plain(view.entry.title) or "(without a title)"))
    _tell(entry, "updated", _iso(one.at))
    _tell(entry, "published", _iso(one.at))
    author = ElementTree.SubElement(entry, "author")
    _tell(author, "name", plain(view.outlet) or "unknown")
    if href := link(view.entry.link):
        ElementTree.SubElement(entry, "link", rel="alternate", href=href)
    ElementTree.SubElement(entry, "category", term=view.severity)
    said = [change_text(change) for change in view.changes]
    said += [plain(view.entry.summary or view.entry.content)[:1000]]
    _tell(entry, "summary", "\n".join(filter(None, said)))
    return entry


def _tell(parent: ElementTree.Element, name: str, text: str | None) -> None:
    ElementTree.SubElement(parent, name).text = text


def _urn(name: str) -> str:
    return uuid.uuid5(_NAMES, name).urn


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _alert(one: browsing.Listed) -> Mapping[str, Any]:
    view = one.view
    return {
        "number": one.number, "at": _iso(one.at), "rule": view.rule, "kind": view.kind, "severity": view.severity,
        "story": view.story, "title": view.entry.title, "link": link(view.entry.link), "outlet": view.outlet,
        "seen_at": _iso(view.seen_at), "published_at": _iso(view.entry.published_at), "credits": view.credits,
        "evidence": [evidence.as_dict() for evidence in view.evidence],
        "places": [
            {"name": p.name, "country": p.country, "admin1": p.admin1, "lat": p.lat, "lon": p.lon,
             "confidence": p.confidence}
            for p in view.places
        ],
        "changes": [change.as_dict() for change in view.changes], "entries": one.members,
        "also": [_member(member) for member in view.also],
    }  # fmt: skip


def _member(member: StoryMember) -> Mapping[str, Any]:
    return {
        "outlet": member.outlet, "title": member.title, "link": link(member.link), "relation": member.relation,
        "seen_at": _iso(member.seen_at), "credits": member.credits,
    }  # fmt: skip
