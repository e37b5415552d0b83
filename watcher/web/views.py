"""Now: the alerts as they come."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from watcher import regions
from watcher.model import Action, AlertView, Relation, Severity, StoryMember
from watcher.render import Format, Style
from watcher.render.layout import lay_out
from watcher.render.lines import Role
from watcher.store import browsing, search
from watcher.store.words import read_query
from watcher.web.page import Page, number, parameter

#: Alerts on one page.
SHOWN = 30
#: How new alerts come into the view: by a script, by loading it again, or not; empty where they cannot.
LIVE = ("", "on", "reload", "off")
#: Time in seconds between two loads of it.
RELOAD_S = 60
_STYLE = Style(Format.HTML, excerpt=400)


def now(page: Page, request: Request) -> Response:
    """Alerts, newest first, by rule, region, severity and words."""
    given, faults, wanted = wanted_by(request)
    titles, tz = page.titles(), page.config().timezone
    listing, unread = browsing.Listing((), None, is_full=True), 0
    if not faults:
        with page.read() as connection:
            listing = browsing.alerts_told(connection, wanted, SHOWN)
            unread = search.left(connection) if wanted.words else 0
    cards = [_card(one, titles.get(one.view.rule, one.view.rule), tz) for one in listing.found]
    live = "" if faults or wanted.before is not None else parameter(request, "live") or "on"
    answer = page.html(
        request, "now.html", 400 if faults else 200, faults=faults, given=given, titles=titles, cards=cards,
        severities=list(Severity), listing=listing, unread=unread, indexed=search.is_available(),
        live=live if live in LIVE else "off", newest=max((one.number for one in listing.found), default=0),
    )  # fmt: skip
    if live == "reload":  # a reader without scripts asked for it, and can stop it
        answer.headers["Refresh"] = str(RELOAD_S)
    return answer


def fresh(page: Page, request: Request) -> Response:
    """Alerts newer than `after`, as a piece of Now that goes before the others; 204 where there are none."""
    given, faults, wanted = wanted_by(request)
    after, titles, tz = number(request, "after") or 0, page.titles(), page.config().timezone
    if faults:
        return Response(status_code=204)
    with page.read() as connection:
        if browsing.newest_alert(connection) <= after:
            return Response(status_code=204)
        listing = browsing.alerts_told(connection, wanted, SHOWN)
    found = [one for one in listing.found if one.number > after]
    if not found:
        return Response(status_code=204)
    return page.html(
        request, "fresh.html", given=given, newest=found[0].number, is_all=len(found) < SHOWN,
        cards=[_card(one, titles.get(one.view.rule, one.view.rule), tz) for one in found],
    )  # fmt: skip


def wanted_by(request: Request) -> tuple[dict[str, str], list[str], browsing.Wanted]:
    """Read the filters: as they were given, what is wrong with them, and what they ask for."""
    given = {name: parameter(request, name) for name in ("rule", "region", "severity", "q")}
    wanted = browsing.Wanted(
        given["rule"],
        given["region"].upper(),
        Severity(given["severity"]) if given["severity"] in list(Severity) else None,
        given["q"],
        number(request, "before"),
    )
    return given, faults_of(given), wanted


def faults_of(given: Mapping[str, str]) -> list[str]:
    """Say what is wrong with filters."""
    region, severity = given["region"].upper(), given.get("severity", "")
    told = []
    if region and not regions.is_code(region):
        near = regions.nearest_code(given["region"])
        remedy = f"did you mean {near}?" if near else "a code is SY or SY-HL."
        told.append(f"“{given['region']}” is no ISO 3166 code; {remedy}")
    if severity and severity not in list(Severity):
        told.append(f"“{severity}” is no severity; it is one of {', '.join(Severity)}.")
    if given["q"] and not read_query(given["q"]).phrases:
        told.append(f"“{given['q']}” has no letter or digit to look for.")
    return told


def _card(listed: browsing.Listed, title: str, tz: tzinfo) -> dict[str, Any]:
    view = replace(listed.view, rule_title=title)
    lines = lay_out(view, _STYLE, Action.NEW, tz)
    roles = (Role.CHANGE, Role.HEADLINE, Role.WHERE, Role.EXCERPT, Role.MATCHED)
    return {
        "number": listed.number, "at": listed.at, "view": view, "title": title, "members": listed.members,
        "lines": {role.value: [line for line in lines if line.role is role] for role in roles},
        "line": _time_line(view, listed.relation),
    }  # fmt: skip


def _time_line(view: AlertView, relation: Relation) -> list[tuple[StoryMember, bool]]:
    """The story's members in order, and which of them the alert is about."""
    entry = view.entry
    mine = StoryMember(
        view.outlet, entry.title, entry.link, relation, view.seen_at, entry.published_at, view.credits, view.changes
    )
    return sorted([(mine, True), *((other, False) for other in view.also)], key=lambda pair: pair[0].seen_at)
