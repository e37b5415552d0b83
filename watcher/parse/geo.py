"""Where entries say that they are: GeoRSS (simple and GML), W3C geo, GDACS, areas and geocodes of CAP.

feedparser keeps the last of several positions and passes over circles, envelopes and geocodes,
so that these elements are read in a pass of expat's own, only where a document has any.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from watcher.model import Point
from watcher.parse.centres import (
    Position,
    around,
    centre,
    circle,
    halfway,
    middle,
    positions,
    rectangle,
    thinned,
)

#: One of these stands in every document that gives positions.
_MARKS = ("georss", "wgs84_pos", "opengis.net/gml", "gdacs", "emergency:cap")
#: What namespaces are called here: part of their address → name. The usual prefix counts where none is declared.
_SPACES = {"georss.org": "georss", "wgs84_pos": "geo", "opengis.net/gml": "gml", "gdacs.org": "gdacs", ":cap": "cap"}
#: Characters of one element that are read; a polygon of a thousand corners has about so many.
_MOST_TEXT = 20_000
#: An entry names a handful of places; thousands are an attack or a track.
_MOST_POINTS = 50
_ENTRY = frozenset({"item", "entry"})
_ISO_3166 = re.compile(r"iso[-_ ]?3166", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]{2,3}(?:-[A-Z0-9]{1,3})?")
#: States of the US by the numbers of FIPS 5-2, which SAME codes of counties begin with (after one digit).
_FIPS = {
    f"{number:02d}": code
    for number, code in zip(
        (1, 2, 4, 5, 6, *range(8, 14), *range(15, 43), *range(44, 52), *range(53, 57), 72),
        """AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH
        OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR""".split(),
        strict=True,
    )
}
#: EMMA and NUTS write two countries otherwise than ISO.
_EUROPEAN = {"EL": "GR", "UK": "GB"}


@dataclass(slots=True)
class Where:
    """What one entry says of its place."""

    points: list[Point] = field(default_factory=list)
    #: ISO 3166 codes, of two or three letters or with a subdivision.
    codes: list[str] = field(default_factory=list)
    #: Positions whose latitude and longitude stood the wrong way round.
    swapped: int = 0
    #: Positions that are not on the globe, or 0,0, which is written for none.
    left_out: int = 0


def read(document: str) -> list[Where]:
    """Return for every item or entry of a document, in order, where it is; empty if no entry says so.

    A malformed document is read up to its fault. Never raises for what it holds.
    """
    if not any(mark in document for mark in _MARKS):
        return []
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    with suppress(expat.ExpatError):  # whoever reads the entries tells it
        parser.Parse(document.encode(), True)
    return reader.found


class _Reader:
    """Handlers of one pass."""

    def __init__(self) -> None:
        self.found: list[Where] = []
        self._spaces: dict[str, str] = {}
        self._open: list[tuple[str, str]] = []
        self._inside = False
        self._words: list[str] | None = None
        self._srs = ""
        self._dimension = 2
        #: Texts that wait for what belongs to them.
        self._values: dict[str, str] = {}
        self._readers = {
            "georss": self._georss, "geo": self._geo, "gml": self._gml, "gdacs": self._gdacs, "cap": self._cap,
        }  # fmt: skip

    def start(self, name: str, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            if key.startswith("xmlns"):
                self._spaces[key[6:]] = next((s for part, s in _SPACES.items() if part in value.lower()), "")
        prefix, _, local = name.rpartition(":")
        if local in _ENTRY and not self._inside:
            self._inside = True
            self.found.append(Where())
            self._values = {}
        space = self._spaces.get(prefix, prefix)
        if self._open and self._open[-1] == ("cap", "geocode"):
            space = "cap"  # some leave its children in the feed's own namespace
        self._open.append((space, local))
        self._words = [] if self._inside and space in self._readers else None
        if space == "gml":
            self._srs = attributes.get("srsName", self._srs if local.startswith("pos") else "")
            self._dimension = 3 if attributes.get("srsDimension", attributes.get("dimension")) == "3" else 2

    def text(self, words: str) -> None:
        if self._words is not None and len(self._words) < 1000:
            self._words.append(words[:_MOST_TEXT])

    def end(self, name: str) -> None:
        space, local = self._open.pop() if self._open else ("", "")
        if self._words is not None:
            self._readers[space](local, "".join(self._words)[:_MOST_TEXT].strip())
            self._words = None
        elif space == "cap" and self._inside and local == "geocode":
            self._cap(local, "")
        if self._inside and local in _ENTRY and not any(inner in _ENTRY for _, inner in self._open):
            self._inside = False
            self._close()

    # ------------------------------------------------------------ one element

    def _georss(self, local: str, text: str) -> None:
        shapes: dict[str, Callable[[Sequence[Position]], Sequence[Position]]] = {
            "point": _first, "line": halfway, "polygon": middle, "box": centre,
        }  # fmt: skip
        if local == "circle":
            self._add(circle(text), around(text, unit_km=0.001))
        elif local in shapes:
            given = positions(text)
            self._add(shapes[local](given), rectangle(given) if local == "box" else given)

    def _gml(self, local: str, text: str) -> None:
        inside = {name for space, name in self._open if space == "gml"}
        if local == "posList" and "interior" not in inside:
            given = self._flipped(text)
            self._add((middle if "LinearRing" in inside else halfway)(given), given)
        elif local == "pos" and not inside & {"LinearRing", "LineString"}:
            self._add(_first(self._flipped(text)))
        elif pair := self._pair(local, text, "lowerCorner", "upperCorner"):
            given = self._flipped(pair)
            self._add(centre(given), rectangle(given))

    def _geo(self, local: str, text: str) -> None:
        if local == "lat_long":
            self._add(positions(text))
        elif pair := self._pair(local.replace("long", "lon"), text, "lat", "lon"):
            self._add(positions(pair))

    def _cap(self, local: str, text: str) -> None:
        if local == "polygon":
            given = positions(text)
            self._add(middle(given), given)
        elif local == "circle":
            self._add(circle(text), around(text, unit_km=1.0))
        elif local in ("valueName", "value"):
            self._values[local] = text
        elif local == "geocode":
            codes = _geocodes(self._values.pop("valueName", ""), self._values.pop("value", ""))
            self.found[-1].codes += codes

    def _gdacs(self, local: str, text: str) -> None:
        if local == "iso3" and _CODE.fullmatch(text):
            self.found[-1].codes.append(text)
        elif local == "bbox":
            self._values["bbox"] = text

    def _pair(self, local: str, text: str, first: str, second: str) -> str:
        """Both texts of two elements that belong together, once the second of them has come."""
        if local in (first, second):
            self._values[local] = text
        if first in self._values and second in self._values:
            return f"{self._values.pop(first)} {self._values.pop(second)}"
        return ""

    def _flipped(self, text: str) -> list[Position]:
        """Positions of GML: latitude first, unless the reference system says longitude first."""
        found = positions(text, self._dimension)
        return [(lat, lon) for lon, lat in found] if "crs84" in self._srs.lower() else found

    def _close(self) -> None:
        """GDACS gives a box of longitudes and latitudes around its point; alone it must do."""
        where = self.found[-1]
        box = positions(self._values.get("bbox", ""))
        if len(box) == 2 and not where.points:
            (west, east), (south, north) = box
            self._add(centre([(south, west), (north, east)]))
        where.points = list(dict.fromkeys(where.points))[:_MOST_POINTS]
        where.codes = list(dict.fromkeys(where.codes))

    def _add(self, found: Sequence[Position], corners: Sequence[Position] = ()) -> None:
        where = self.found[-1]
        for lat, lon in found[:1]:
            swapped = abs(lon) <= 90 < abs(lat) <= 180
            point = Point(round(lon, 6), round(lat, 6)) if swapped else Point(round(lat, 6), round(lon, 6))
            area = tuple((x, y) if swapped else (y, x) for y, x in thinned(corners))
            if len(area) > 1 and all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in area):
                point = replace(point, area=area)
            where.swapped += swapped
            if abs(point.lat) > 90 or abs(point.lon) > 180 or point == Point(0.0, 0.0):
                where.left_out += 1
            elif len(where.points) < 2 * _MOST_POINTS:
                where.points.append(point)


def _first(found: Sequence[Position]) -> Sequence[Position]:
    return found[:1]


# ---------------------------------------------------------------- codes


def _geocodes(name: str, value: str) -> Iterator[str]:
    """ISO 3166 codes that a geocode of CAP leads to."""
    for word in re.split(r"[\s,;]+", value.strip().upper())[:_MOST_POINTS]:
        if _ISO_3166.search(name):
            if _CODE.fullmatch(word):
                yield word
        elif name.upper() in ("EMMA_ID", "NUTS1", "NUTS2", "NUTS3") and re.match(r"[A-Z]{2}", word):
            yield _EUROPEAN.get(word[:2], word[:2])
        elif name.upper() in ("FIPS6", "SAME", "FIPS") and re.fullmatch(r"\d{5,6}", word):
            state = _FIPS.get(word[-5:-3])
            if state:
                yield f"US-{state}"
        elif name.upper() == "UGC" and word[:2] in _FIPS.values():
            yield f"US-{word[:2]}"
