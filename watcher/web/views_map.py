"""Map: where the stories of the last days are about. No tiles: the outlines ship with watcher."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from watcher import regions
from watcher.model import Severity
from watcher.store import browsing
from watcher.web import drawing
from watcher.web.page import BusyError, Page, number, parameter

#: Time spans that can be chosen, in days, each with the steps of its time line; and that without a choice.
SPANS, USUAL = {1: 12, 7: 7, 30: 15}, 7
#: Alerts that one map tells of, the newest, and stories that are named below it for one place.
MOST, NAMED = 5000, 8
#: How near to the ground a place is.
_FINE = {"country": 0, "admin1": 1, "admin2": 2}


@dataclass(frozen=True, slots=True)
class _Spot:
    story: int
    title: str
    outlet: str
    severity: Severity
    at: datetime
    name: str
    code: str
    lat: float
    lon: float


def world(page: Page, request: Request) -> Response:
    """Stories that alerts told of, on the world or on one country."""
    given = parameter(request, "days", 3)
    span = int(given) if given in map(str, SPANS) else USUAL
    code = parameter(request, "region", 6).upper()
    land = drawing.country(code) if regions.is_code(code) else None
    fault = (
        f"“{parameter(request, 'region')}” is no country or province that can be drawn." if code and not land else ""
    )
    now = page.clock()
    since = now - timedelta(days=span)
    placed = page.kept(f"placed in {span} days", lambda connection: _placed(connection, since))
    if placed is None:
        raise BusyError("The places could not be read in time; ask for fewer days.")
    spots_of_all = spots = [spot for spot in placed if spot is not None]
    frame = land.frame if land else drawing.WORLD
    line = _time_line([spot.at for spot in spots], now, timedelta(days=span), SPANS[span])
    step = number(request, "step") or 0
    if parameter(request, "of", 3) not in ("", str(span)):  # a step of another time span
        step = 0
    chosen = line[step - 1] if 0 < step <= len(line) else None
    if chosen:
        spots = [spot for spot in spots if chosen.begin < spot.at <= chosen.end]
    marks = drawing.marks([(spot.lat, spot.lon) for spot in spots], frame)
    shown = [(mark, [spots[n] for n in mark.items]) for mark in marks]
    return page.html(
        request, "map.html", 400 if fault else 200, fault=fault, land=land, frame=frame, span=span, spans=SPANS,
        code=code if land else "", marks=[(mark, _title(here), here) for mark, here in shown], named=NAMED,
        unplaced=sum(spot is None for spot in placed), line=line, chosen=chosen, count=len(spots_of_all),
        most=max([1, *(step.count for step in line)]), outside=len(spots) - sum(len(mark.items) for mark in marks),
        name=regions.name_of(code) if land else "The world",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of the time line; `begin` is not in it."""

    number: int
    begin: datetime
    end: datetime
    count: int


def _time_line(times: Sequence[datetime], now: datetime, span: timedelta, steps: int) -> list[_Step]:
    """Cut the time until now into steps, each with how many stories are in it."""
    edges = [now - span + n * (span / steps) for n in range(steps)] + [now]
    counts = [sum(begin < at <= end for at in times) for begin, end in pairwise(edges)]
    return [_Step(n + 1, edges[n], edges[n + 1], count) for n, count in enumerate(counts)]


def _placed(connection: Connection, since: datetime) -> list[_Spot | None]:
    return [_spot(row) for row in browsing.alerts_placed(connection, since, MOST)]


def _spot(row: dict[str, Any]) -> _Spot | None:
    """Where a story is best shown: at its nearest-to-ground place that is sure enough."""
    places = [p for p in row["places"] if p["lat"] is not None and p["confidence"] >= browsing.SURE]
    if not places:
        return None
    best = max(places, key=lambda p: (_FINE.get(p["kind"], 3), p["confidence"]))
    code = best["admin1"] or best["country"] or ""
    return _Spot(
        row["story"], row["title"], row["outlet"], Severity(row["severity"]), row["created_at"], best["name"], code,
        best["lat"], best["lon"],
    )  # fmt: skip


def _title(spots: Sequence[_Spot]) -> str:
    names = list(dict.fromkeys(f"{spot.name} ({spot.code})" if spot.code else spot.name for spot in spots))
    more = f" and {len(names) - 3} more places" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
