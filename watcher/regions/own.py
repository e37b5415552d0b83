"""Places of the user: GeoNames country files, tables and GeoJSON → a gazetteer file like the one that ships.

Villages of fewer than 500 people are in no package that watcher could ship; GeoNames, OCHA (HDX)
and mappers have them.
"""

import csv
import io
import json
import math
import re
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from watcher.regions.datafile import name_sections, packed
from watcher.regions.explicit import provinces
from watcher.regions.gazetteer import CITY, CLOSE, PRIMARY, gazetteer
from watcher.text import words

#: More places than this have no numbers in a gazetteer file.
MAX_PLACES = (1 << 20) - 1
#: Fields of a GeoNames country file by position: http://download.geonames.org/export/dump/readme.txt
_GEONAMES_FIELDS = 19
#: Columns of a table by the heads that OCHA, mappers and spreadsheets write, letters and digits only, the best first.
_COLUMNS = {
    "name": (
        "name nameen locname featurename featurenam placename place village villagename settlement town locality"
        " site asciiname nom nombre nome adm5en adm5name admin5nameen admin5name adm4en adm4name admin4nameen"
        " admin4name adm3en adm3name admin3nameen admin3name adm2en adm2name admin2nameen admin2name"
    ).split(),
    "lat": "lat latitude laty latitudey latdd ycoord y pointy centroidlat centerlat".split(),
    "lon": "lon lng long longitude lonx longx longitudex londd longdd xcoord x pointx centroidlon centerlon".split(),
    "country": "country countrycode iso iso2 isocode adm0pcode admin0pcode".split(),
    "population": "population pop poptotal totalpop".split(),
}
#: The same by the tags of HXL's second line: https://hxlstandard.org/standard/dictionary/
_TAGS = {
    "name": ("#loc+name", "#adm5+name", "#adm4+name", "#adm3+name", "#adm2+name"), "lat": ("#geo+lat",),
    "lon": ("#geo+lon",), "country": ("#country+code",), "population": ("#population",),
}  # fmt: skip
#: Other columns hold names of the same place in other languages: name_ar, alternatenames, admin4Name_ar ...
_OTHER_NAMES = re.compile(r"(?i)^(?:alt|alias|alternate|local)|name")
#: A user who imports a place means it: it counts like a town of so many people.
_LEAST_POPULATION = 60_000
#: The same for one who names a place in a rule.
_NAMED_POPULATION = 300_000


@dataclass(frozen=True, slots=True)
class Row:
    """One place to be added."""

    names: tuple[str, ...]
    lat: float
    lon: float
    country: str
    admin1: str
    population: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's places, and what is to be said of its rows, each `line: message`."""

    rows: list[Row]
    #: Rows that are left out.
    faults: list[str]
    #: Rows that were read, but not as they stand.
    warnings: list[str]


def decode(raw: bytes) -> str:
    """Return the text of a file, which may be UTF-8 or, as spreadsheets write it, UTF-16.

    Raises:
        ValueError: it is neither.
    """
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text: save it as UTF-8") from None


def read(filename: str, text: str, country: str = "") -> Reading:
    """Return the places of a file.

    Raises:
        ValueError: the file as a whole is of no known kind, or has more places than can be held.
    """
    if country and (len(country) != 2 or not gazetteer().is_code(country)):
        raise ValueError(f"{country!r} is no ISO 3166-1 code such as SY")
    if filename.lower().endswith((".json", ".geojson")):
        raw = _features(text)
    elif "\t" in text[:2000] and text.split("\n", 1)[0].count("\t") == _GEONAMES_FIELDS - 1:
        raw = _geonames(text)
    else:
        raw = _table(text)
    found = Reading([], [], [])
    for line, cells in raw:
        try:
            row, warning = _row(cells, country)
        except ValueError as error:
            found.faults.append(f"{line}: {error}")
            continue
        found.rows.append(row)
        if warning:
            found.warnings.append(f"{line}: {warning}")
        if len(found.rows) > MAX_PLACES:
            raise ValueError(f"it has more than {MAX_PLACES:,} places: cut it to the regions that matter")
    return found


def _geonames(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        cells = line.rstrip("\r").split("\t")
        if len(cells) == _GEONAMES_FIELDS and cells[6] in ("P", "A", "L", "S", "T", "H"):
            yield number, {
                "names": [cells[1], *filter(_readable, cells[3].split(","))], "lat": cells[4], "lon": cells[5],
                "country": cells[8], "population": cells[14],
            }  # fmt: skip
        elif line.strip():
            yield number, {"names": [], "lat": "", "lon": ""}


def _table(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(text[:4000], delimiters=",;\t|")
    except csv.Error:
        dialect = "excel"
    lines = csv.reader(io.StringIO(text), dialect=dialect)
    header = next(lines, [])
    second = next(lines, [])
    tags = next((row for row in (header, second) if any(cell.startswith("#") for cell in row)), [])
    chosen = _columns(header, tags)
    missing = [key for key in ("name", "lat", "lon") if key not in chosen]
    if missing:
        seen = ", ".join(filter(None, header))[:200]
        raise ValueError(f"the first line must name the columns name, lat and lon; {', '.join(missing)} not in: {seen}")
    others = _names_beside(header, chosen["name"])
    for cells in lines if tags is second else chain([second], lines):
        if any(cells):
            full = [*cells, *[""] * (len(header) - len(cells))]
            names = [full[chosen["name"]], *(one for n in others for one in full[n].split("|"))]
            yield lines.line_num, {key: full[n] for key, n in chosen.items()} | {"names": names}


def _columns(header: list[str], tags: list[str]) -> dict[str, int]:
    """Where a table has what: key → number of the column, by the heads of the columns, else by the tags of HXL."""
    plain = [re.sub(r"[^a-z0-9]", "", cell.casefold()) for cell in header]
    chosen = {key: next((plain.index(n) for n in names if n in plain), -1) for key, names in _COLUMNS.items()}
    for key, wanted in _TAGS.items():
        if chosen[key] < 0:
            chosen[key] = next((n for w in wanted for n, tag in enumerate(tags) if tag.lower().startswith(w)), -1)
    return {key: n for key, n in chosen.items() if n >= 0}


def _names_beside(header: list[str], name: int) -> list[int]:
    """The columns with other names of the same place: of a table of levels, those of the same level only."""
    own = re.match(r"(?i)adm(?:in)?_?(\d)", header[name])
    found = []
    for n, head in enumerate(header):
        level = re.match(r"(?i)adm(?:in)?_?(\d)", head)
        of_level = own is not None and level is not None and level[1] == own[1] and "code" not in head.casefold()
        if n != name and (of_level or (level is None and _OTHER_NAMES.search(head))):
            found.append(n)
    return found


def _features(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no JSON: {error}") from None
    if not isinstance(data, Mapping) or not isinstance(data.get("features"), list):
        raise ValueError("a GeoJSON FeatureCollection is wanted")  # noqa: TRY004 - it is the content that is wrong
    for number, feature in enumerate(data["features"], 1):
        geometry = (feature.get("geometry") or {}) if isinstance(feature, Mapping) else {}
        properties = (feature.get("properties") or {}) if isinstance(feature, Mapping) else {}
        lon, lat = _middle(geometry)
        texts = {k: v for k, v in properties.items() if isinstance(v, str)}
        chosen, keys = _columns(list(texts), []), list(texts)
        names = [texts[keys[chosen["name"]]]] if "name" in chosen else []
        names += [v for k, v in texts.items() if _OTHER_NAMES.search(k)]
        country = texts[keys[chosen["country"]]] if "country" in chosen else ""
        people = next((properties[k] for k in properties if k.casefold() in _COLUMNS["population"]), "")
        yield number, {"names": names, "lat": lat, "lon": lon, "country": country, "population": people}


def _middle(geometry: Mapping[str, Any]) -> tuple[Any, Any]:
    """The position of a point, or the middle of all corners of anything else."""
    todo, points = [geometry.get("coordinates")], []
    while todo:
        value = todo.pop()
        if isinstance(value, list) and len(value) >= 2 and all(isinstance(v, int | float) for v in value[:2]):
            points.append(value)
        elif isinstance(value, list):
            todo += value
    if not points:
        return "", ""
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def _readable(name: str) -> bool:
    """Say whether an alternative name may stand in a text: GeoNames has codes of airports and numbers among them."""
    return len(name) >= 3 and not any(c.isdigit() for c in name) and not (len(name) <= 4 and name.isupper())


def _row(cells: Mapping[str, Any], country: str) -> tuple[Row, str]:
    """Return a row's place, and how it was read if not as it stands."""
    names = tuple(dict.fromkeys(n.strip() for n in cells["names"] if n and sum(c.isalpha() for c in n) >= 2))
    if not names:
        raise ValueError("it has no name of two letters or more")
    try:
        lat, lon = float(str(cells["lat"]).replace(",", ".")), float(str(cells["lon"]).replace(",", "."))
    except ValueError:
        raise ValueError(f"{names[0]!r} has no position") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{names[0]!r} lies off the globe ({lat:g}, {lon:g}): are latitude and longitude swapped?")
    code, warning = str(cells.get("country") or country or "").strip().upper()[:2], ""
    admin1 = provinces().at(lat, lon)
    if not gazetteer().is_code(code):
        code = admin1[:2]
    elif admin1[:2] != code and abs(lon) <= 90 and provinces().at(lon, lat)[:2] == code:
        lat, lon, admin1 = lon, lat, provinces().at(lon, lat)
        warning = f"{names[0]!r} has latitude and longitude swapped: read the other way round"
    record = gazetteer().of_code(admin1) if admin1 else None
    admin1 = record.admin1 if record else ""
    if not code:
        raise ValueError(f"{names[0]!r} lies in no country: name one with --country")
    people = "".join(c for c in str(cells.get("population") or "") if c.isdigit())
    return Row(names, lat, lon, code, admin1 if admin1.startswith(code) else "", int(people or 0)), warning


def named(names: Sequence[str], lat: float, lon: float) -> Row:
    """Return a place that a rule defines; it goes before towns of the same name."""
    code = provinces().at(lat, lon)
    record = gazetteer().of_code(code) if code else None
    return Row(tuple(names), lat, lon, code[:2], record.admin1 if record else "", _NAMED_POPULATION)


def compiled(rows: Iterable[Row]) -> bytes:
    """Return a gazetteer file of these places."""
    rows = sorted(set(rows), key=lambda r: (r.country, r.admin1, r.names))
    countries = sorted({r.country for r in rows})
    units = sorted({r.admin1 for r in rows} | {""})
    names: dict[str, dict[int, int]] = defaultdict(dict)
    for n, row in enumerate(rows):
        for i, name in enumerate(row.names):
            names[" ".join(words(name))].setdefault(n, CLOSE if i else PRIMARY)
    blocks, text = [], bytearray()
    for n, row in enumerate(rows):
        if n % 16 == 0:
            blocks.append(len(text))
        text += row.names[0].replace("\n", " ").encode() + b"\n"
    count = len(rows)
    meta = {"countries": countries, "units": units, "codes": {}, "abbreviations": {}}
    sizes = [min(255, round(8 * math.log2(max(r.population, _LEAST_POPULATION) + 1))) for r in rows]
    return packed({
        "META": zlib.compress(json.dumps(meta).encode()), "KIND": bytes([CITY]) * count,
        "CTRY": bytes(countries.index(r.country) for r in rows),
        "UNIT": struct.pack(f"<{count}H", *(units.index(r.admin1) for r in rows)), "UNI2": bytes(2 * count),
        "LATS": struct.pack(f"<{count}h", *(round(r.lat / 90 * 32767) for r in rows)),
        "LONS": struct.pack(f"<{count}h", *(round(r.lon / 180 * 32767) for r in rows)),
        "POPS": bytes(sizes), "NBLK": struct.pack(f"<{len(blocks)}I", *blocks), "NAME": bytes(text),
        **name_sections({name: (0, tuple(held.items())[:60]) for name, held in sorted(names.items())}),
    })  # fmt: skip
