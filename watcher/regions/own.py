"""Places of the user: GeoNames country files, tables and GeoJSON → a gazetteer file like the one that ships.

Villages of fewer than 500 people are in no package that watcher could ship; GeoNames, OCHA (HDX)
and mappers have them.
"""

import csv
import io
import json
import math
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from watcher.regions.datafile import name_sections, packed
from watcher.regions.explicit import provinces
from watcher.regions.gazetteer import CITY, CLOSE, PRIMARY, gazetteer
from watcher.text import words

#: Fields of a GeoNames country file by position: http://download.geonames.org/export/dump/readme.txt
_GEONAMES_FIELDS = 19
#: Columns of a table by the names that OCHA, mappers and spreadsheets give them, the best first.
_COLUMNS = {
    "name": ("name", "name_en", "adm4_en", "adm3_en", "featurename", "place", "village", "town", "nom", "nombre"),
    "lat": ("lat", "latitude", "y", "point_y", "lat_y"),
    "lon": ("lon", "lng", "long", "longitude", "x", "point_x", "long_x"),
    "country": ("country", "countrycode", "country_code", "iso", "iso2", "adm0_pcode"),
    "population": ("population", "pop", "poptotal"),
}
#: Other columns that hold names: name_ar, alternatenames, name_local ...
_NAME_PARTS = ("name", "_ar", "_alt", "alias", "adm4_", "adm3_", "nom")
#: A user who imports a place means it: it counts like a town of so many people.
_LEAST_POPULATION = 30_000


@dataclass(frozen=True, slots=True)
class Row:
    """One place to be added."""

    names: tuple[str, ...]
    lat: float
    lon: float
    country: str
    admin1: str
    population: int


def read(filename: str, text: str, country: str = "") -> tuple[list[Row], list[str]]:
    """Return the places of a file and, for each row that is none, `line: what is wrong`.

    Raises:
        ValueError: the file as a whole is of no known kind.
    """
    if filename.lower().endswith((".json", ".geojson")):
        raw = _features(text)
    elif "\t" in text[:2000] and text.split("\n", 1)[0].count("\t") == _GEONAMES_FIELDS - 1:
        raw = _geonames(text)
    else:
        raw = _table(text)
    rows, faults = [], []
    for line, cells in raw:
        try:
            rows.append(_row(cells, country))
        except ValueError as error:
            faults.append(f"{line}: {error}")
    return rows, faults


def _geonames(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        cells = line.rstrip("\r").split("\t")
        if len(cells) == _GEONAMES_FIELDS and cells[6] in ("P", "A", "L", "S", "T", "H"):
            yield number, {
                "names": [cells[1], *cells[3].split(",")], "lat": cells[4], "lon": cells[5], "country": cells[8],
                "population": cells[14],
            }  # fmt: skip
        elif line.strip():
            yield number, {"names": [], "lat": "", "lon": ""}


def _table(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(text[:4000], delimiters=",;\t|")
    except csv.Error:
        dialect = "excel"
    reader = csv.DictReader(io.StringIO(text), dialect=dialect)
    header = {(field or "").strip().casefold(): field for field in reader.fieldnames or ()}
    chosen = {key: next((header[n] for n in names if n in header), None) for key, names in _COLUMNS.items()}
    missing = [key for key in ("name", "lat", "lon") if chosen[key] is None]
    if missing:
        raise ValueError(f"the first line must name the columns name, lat and lon; {', '.join(missing)} not found")
    for cells in reader:
        if (cells.get(str(chosen["name"])) or "").startswith("#"):
            continue  # the second line of HXL tables holds tags
        others = [v for k, v in cells.items() if k and v and any(part in k.casefold() for part in _NAME_PARTS)]
        found = {key: cells.get(column) or "" for key, column in chosen.items() if column is not None}
        yield (
            reader.line_num,
            found | {"names": [found["name"], *(o for other in others for o in str(other).split("|"))]},
        )


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
        texts = {k.casefold(): v for k, v in properties.items() if isinstance(v, str)}
        names = [texts[n] for n in _COLUMNS["name"] if n in texts] + [v for k, v in texts.items() if "name" in k]
        country = next((texts[n] for n in _COLUMNS["country"] if n in texts), "")
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


def _row(cells: Mapping[str, Any], country: str) -> Row:
    names = tuple(dict.fromkeys(n.strip() for n in cells["names"] if n and n.strip() and words(n)))
    if not names:
        raise ValueError("it has no name")
    try:
        lat, lon = float(str(cells["lat"]).replace(",", ".")), float(str(cells["lon"]).replace(",", "."))
    except ValueError:
        raise ValueError(f"{names[0]!r} has no position") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{names[0]!r} lies off the globe ({lat:g}, {lon:g}): are latitude and longitude swapped?")
    code = str(cells.get("country") or country or "").strip().upper()[:2]
    admin1 = provinces().at(lat, lon)
    if not gazetteer().is_code(code) or "-" in code:
        code = admin1[:2]
    if not code:
        raise ValueError(f"{names[0]!r} lies in no country: name one with --country")
    people = "".join(c for c in str(cells.get("population") or "") if c.isdigit())
    return Row(names, lat, lon, code, admin1 if admin1.startswith(code) else "", int(people or 0))


def compiled(rows: list[Row]) -> bytes:
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
