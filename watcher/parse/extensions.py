"""What entries say beyond RSS and Atom: positions (GeoRSS, W3C geo), alerts (CAP 1.2), media (Media RSS)."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from watcher.model import Enclosure, Point, Severity

_PAIR = re.compile(r"(-?\d{1,3}(?:\.\d{1,12})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,12})?)")
#: An entry names a handful of places; thousands are an attack or a track.
_MAX_POINTS = 50


def points(raw: Any) -> tuple[Point, ...]:
    """Return the positions that an entry gives: points as they are, shapes by the middle of their corners."""
    found = [*_georss(raw), *_w3c(raw), *_cap_areas(raw)]
    return tuple(dict.fromkeys(found))[:_MAX_POINTS]


def severity(raw: Any) -> Severity | None:
    """Return the severity of a CAP alert; None for none, and for CAP's "Unknown"."""
    with suppress(ValueError):
        return Severity(str(raw.get("cap_severity") or "").strip().lower())
    return None


def area(raw: Any) -> str:
    """Return the area that a CAP alert is for, in its own words."""
    return str(raw.get("cap_areadesc") or "")


def enclosures(raw: Any) -> Iterator[Enclosure]:
    """Yield an entry's files: enclosures, then Media RSS content that is not among them."""
    seen = set()
    links = [(link, "length") for link in raw.get("links") or () if link.get("rel") == "enclosure"]
    for file, size in (*links, *((media, "filesize") for media in raw.get("media_content") or ())):
        url = str(file.get("href") or file.get("url") or "")
        if url and url not in seen:
            seen.add(url)
            length = str(file.get(size) or "")
            yield Enclosure(url, file.get("type") or "", int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None)


def _georss(raw: Any) -> Iterator[Point]:
    where = raw.get("where") or {}
    with suppress(KeyError, TypeError, ValueError, IndexError):
        corners = where["coordinates"]
        match where["type"]:
            case "Point":
                corners = [corners]
            case "Polygon":
                corners = corners[0]
        yield from _middle([(float(lat), float(lon)) for lon, lat, *_ in corners])


def _w3c(raw: Any) -> Iterator[Point]:
    with suppress(KeyError, TypeError, ValueError):
        yield from _middle([(float(raw["geo_lat"]), float(raw["geo_long"]))])


def _cap_areas(raw: Any) -> Iterator[Point]:
    """CAP writes `lat,lon lat,lon ...` and for circles `lat,lon radius`."""
    for key in ("cap_polygon", "cap_circle"):
        pairs = _PAIR.findall(str(raw.get(key) or "")[:20_000])
        if pairs:
            yield from _middle([(float(lat), float(lon)) for lat, lon in pairs])


def _middle(corners: Sequence[tuple[float, float]]) -> Iterator[Point]:
    """The mean of the corners, a closing one left out; nothing if one of them is not on Earth."""
    if len(corners) > 2 and corners[0] == corners[-1]:
        corners = corners[:-1]
    if corners and all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in corners):
        lat, lon = (math.fsum(values) / len(corners) for values in zip(*corners, strict=True))
        yield Point(round(lat, 6), round(lon, 6))
