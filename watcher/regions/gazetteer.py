"""The gazetteer: folded names → places, from the file that ships with watcher and from files of the user.

`tools/build_gazetteer.py` writes the shipped file, `watcher gazetteer import` those of the user;
both have the format of `datafile`. What was looked up stays in a bounded cache.
"""

import difflib
import json
import math
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from watcher.regions.datafile import DataFile, GazetteerError
from watcher.text import words

__all__ = ["COUNTRY", "Gazetteer", "GazetteerError", "Meaning", "Record", "gazetteer", "opened"]

COUNTRY, ADMIN1, ADMIN2, CITY, SINK = range(5)
KINDS = ("country", "admin1", "admin2", "city", "")
#: Flags of a meaning: the name that the place goes by, written exactly so, adjective or inhabitant, like the main
#: name, used in English.
PRIMARY, EXACT, DEMONYM, CLOSE, ENGLISH = 1, 2, 4, 8, 16
#: Flags of a name: an everyday word, a given name, a surname, a word that hardly ever means its place.
COMMON, GIVEN, SURNAME, STOP = 1, 2, 4, 8

#: Names remembered after they were looked up; about 60 MB at most with long lists of meanings.
_CACHE_SIZE = 60_000
_LAYER_BITS = 20
#: A town of so many people (decadic logarithm) is meant by its name before those of other countries that have it as a
#: further name, which lose so much.
_OWN_NAME, _BY_ANOTHER_NAME = 4.2, 1.5
#: What a district loses in other letters against a town abroad: Подольск is the town, not the Ukrainian raion.
_DISTRICT = 1.2
#: Where other letters are at home: Arad in Hebrew may be that of Israel.
_OTHER_LETTERS = frozenset(
    """IL PS SY LB JO IQ YE SA AE OM QA KW BH EG SD LY TN DZ MA MR IR AF PK RU UA BY KZ KG TJ MN BG RS MK GR CY CN TW HK
    JP KR KP TH LA KH MM GE AM ET ER IN BD NP LK""".split()
)
#: Towns of fewer people are seldom meant in other letters if a greater one has the name.
_GREAT = 5.2
#: People of a town that is rather meant than a country whose name is nearly the same.
_GREAT_TOWN = 100_000


@dataclass(frozen=True, slots=True)
class Record:
    """One place of the gazetteer."""

    #: country, admin1, admin2 or city
    kind: str
    name: str
    country: str
    admin1: str
    lat: float | None
    lon: float | None
    population: int
    #: ISO 3166-2 code of the second level, where ISO gives one (French departments, Italian provinces).
    admin2: str = ""

    @property
    def code(self) -> str:
        """ISO 3166-2 if known, else ISO 3166-1."""
        return self.admin1 or self.country


class Meaning(NamedTuple):
    """What a name may mean, as the resolver weighs it."""

    number: int
    kind: int
    country: str
    admin1: str
    #: Decadic logarithm of the population, or what stands for it; 9 for a country.
    prior: float
    flags: int
    #: Decadic logarithm of the population.
    size: float


class Name:
    """A folded name that is known: flags of the word, its meanings (none for a mere person's name), and what follows.

    What the resolver asks of the meanings again and again is found out once.
    """

    __slots__ = (
        "_one_unit", "adjective", "country", "famous", "flags", "meanings", "names_country", "no_place", "notable",
        "only_country", "part_of_us", "sure", "votes",
    )  # fmt: skip

    def __init__(self, flags: int, meanings: tuple[Meaning, ...]) -> None:
        self.flags, self.meanings = flags, meanings
        self.adjective = all(m.flags & DEMONYM for m in meanings)
        self.names_country = self.country = self.famous = self.notable = self.sure = self.part_of_us = False
        self.no_place = bool(meanings) and meanings[0].kind == SINK
        self.only_country = len(meanings) == 1 and meanings[0].kind == COUNTRY
        for m in meanings:
            if m.kind == COUNTRY:
                self.country = self.notable = True
                if not m.flags & DEMONYM:
                    #: One of the meanings is a country, not only its adjective.
                    self.names_country = True
                if m.flags & (ENGLISH | DEMONYM):
                    #: Even an everyday word of this spelling is likely to mean the place.
                    self.famous = True
            if m.flags & EXACT:
                self.famous = True
            if m.kind == ADMIN1 or m.size > 5.0:
                self.notable = True
            if m.country == "US" and m.kind in (ADMIN1, ADMIN2):
                #: A state or a county of the United States.
                self.part_of_us = True
            if m.kind in (COUNTRY, ADMIN1) and not m.flags & DEMONYM:
                #: A country or a province: it is not taken for a person's name.
                self.sure = True
        self._one_unit: bool | None = None
        #: First vote in a text of another language than English and in an English one; see `resolve`.
        self.votes: list[Any] = [None, None]

    def one_unit(self) -> bool:
        """Say whether all its meanings lie in one province."""
        if self._one_unit is None:
            self._one_unit = len({m.admin1 or m.country for m in self.meanings}) == 1
        return self._one_unit


class Layer:
    """One file's places."""

    def __init__(self, file: DataFile, disputed: Mapping[str, str]) -> None:
        self.file = file
        self._disputed = disputed
        try:
            meta = json.loads(zlib.decompress(file.section("META")))
            self.countries: list[str] = meta["countries"]
            self.units: list[str] = meta["units"]
            self.codes: dict[str, int] = meta["codes"]
            self.abbreviations: dict[str, str] = meta["abbreviations"]
            self.alpha3: dict[str, str] = meta.get("iso3", {})
            self.kind, self.country = file.section("KIND"), file.section("CTRY")
            self.unit, self.unit2 = file.numbers("UNIT", "H"), file.numbers("UNI2", "H")
            self.lats, self.lons = file.numbers("LATS", "h"), file.numbers("LONS", "h")
            self.sizes = file.section("POPS")
            self.blocks, self.text = file.numbers("NBLK", "I"), file.section("NAME")
        except (KeyError, ValueError, zlib.error) as error:
            raise GazetteerError(f"{file.path}: the gazetteer lacks a part ({error}): {file.remedy}") from None

    def country_of(self, n: int) -> str:
        """ISO 3166-1 code; as configured where a territory is disputed."""
        country = self.countries[self.country[n]]
        if not self._disputed:
            return country
        return self._disputed.get(self.units[self.unit[n]]) or self._disputed.get(country) or country

    def position(self, n: int) -> tuple[float, float] | tuple[None, None]:
        """Latitude and longitude of a place, to about 300 m; None if not known."""
        lat, lon = self.lats[n], self.lons[n]
        return (None, None) if lat == -32768 else (round(lat / 32767 * 90, 4), round(lon / 32767 * 180, 4))

    def name(self, n: int) -> str:
        block, rest = divmod(n, 16)
        end = self.blocks[block + 1] if block + 1 < len(self.blocks) else len(self.text)
        return bytes(self.text[self.blocks[block] : end]).split(b"\n")[rest].decode("utf-8")

    def record(self, n: int) -> Record:
        lat, lon = self.position(n)
        people = round(2 ** (self.sizes[n] / 8) - 1)
        unit, unit2 = self.units[self.unit[n]], self.units[self.unit2[n]]
        return Record(KINDS[self.kind[n]], self.name(n), self.country_of(n), unit, lat, lon, people, unit2)

    def meaning(self, n: int, flags: int, layer: int) -> Meaning:
        kind, size = self.kind[n], max(1.0, self.sizes[n] / 8 * math.log10(2))
        if kind == COUNTRY:
            prior = 9.0
        elif kind == ADMIN1:
            prior = min(6.8, max(4.6 + 0.1 * size, size + 0.4))
        elif kind == ADMIN2:
            prior = min(6.0, max(4.0, size - 0.2))
        else:
            prior = size if flags & PRIMARY else size - 0.7
        country, unit = self.country_of(n), self.units[self.unit[n]]
        return Meaning(layer << _LAYER_BITS | n, kind, country, unit, prior, flags, size)


class Gazetteer:
    """All layers together; later ones add to earlier ones."""

    def __init__(
        self, shipped: DataFile, own: Sequence[DataFile] = (), disputed: Mapping[str, str] | None = None
    ) -> None:
        """Join the files; `disputed` maps codes of territories to the country that they are counted as.

        Without it codes follow ISO 3166 as GeoNames applies it: Crimea is UA-43, Kosovo XK, Taiwan TW, Palestine
        PS, Western Sahara EH, Nagorno-Karabakh AZ, Kashmir as administered.

        Raises:
            GazetteerError: a file lacks a part.
        """
        self.disputed = dict(disputed or {})
        self.layers = tuple(Layer(file, self.disputed) for file in (shipped, *own))
        self.abbreviations = self.layers[0].abbreviations
        self._codes = {code: i << _LAYER_BITS | n for i, x in enumerate(self.layers) for code, n in x.codes.items()}
        self._names: dict[str, Name | None] = {}
        self._beginnings: dict[str, bool] = {}
        self._cells: dict[tuple[int, int], array[int]] = {}
        self._positions: dict[int, tuple[float | None, float | None, str]] = {}

    def lookup(self, name: str) -> Name | None:
        """Return what a folded name is; None if it is not known."""
        try:
            return self._names[name]
        except KeyError:
            if len(self._names) >= _CACHE_SIZE:
                self._names.clear()
            found = self._names[name] = self._read(name)
            return found

    def _read(self, name: str) -> Name | None:
        flags, meanings = 0, list[Meaning]()
        known = False
        for i, layer in enumerate(self.layers):
            found = layer.file.find(name)
            if found is not None:
                known = True
                flags |= found[0]
                meanings += [layer.meaning(n, f, i) for n, f in found[1]]
        return Name(flags, _own_names_first(meanings, foreign=name > "Ͱ")) if known else None

    def leads_on(self, beginning: str) -> bool:
        """Say whether longer names begin with these folded words."""
        try:
            return self._beginnings[beginning]
        except KeyError:
            if len(self._beginnings) >= _CACHE_SIZE:
                self._beginnings.clear()
            found = self._beginnings[beginning] = any(layer.file.leads_on(beginning) for layer in self.layers)
            return found

    def record(self, number: int) -> Record:
        """Return a place by its number."""
        return self.layers[number >> _LAYER_BITS].record(number & (1 << _LAYER_BITS) - 1)

    def where(self, number: int) -> tuple[float | None, float | None, str]:
        """Latitude, longitude and ISO 3166-2 code of the second level (maybe empty) of a place, by its number."""
        try:
            return self._positions[number]
        except KeyError:
            if len(self._positions) >= _CACHE_SIZE:
                self._positions.clear()
            layer, n = self.layers[number >> _LAYER_BITS], number & (1 << _LAYER_BITS) - 1
            found = self._positions[number] = (*layer.position(n), layer.units[layer.unit2[n]])
            return found

    def find(self, name: str) -> tuple[Record, ...]:
        """Return the places that a folded name may mean."""
        found = self.lookup(name)
        return tuple(self.record(m.number) for m in found.meanings if m.kind != SINK) if found else ()

    def of_code(self, code: str) -> Record | None:
        """Return the country or province of an ISO 3166 code; of a country also by its three letters."""
        number = self._codes.get(self.layers[0].alpha3.get(code, code))
        return None if number is None else self.record(number)

    def is_code(self, code: str) -> bool:
        """Say whether it is an ISO 3166 code that the gazetteer knows."""
        return code in self._codes

    def towns_near(self, lat: float, lon: float) -> Iterator[Record]:
        """Every town within a degree of latitude, in no order."""
        reach = min(180, math.ceil(1 / max(0.01, math.cos(math.radians(lat)))))
        cells = {
            (row, (column + 180) % 360 - 180)
            for row in range(math.floor(lat) - 1, math.floor(lat) + 2)
            for column in range(math.floor(lon) - reach, math.floor(lon) + reach + 1)
        }
        if not self._cells:
            self._cells = self._by_cell()
        for cell in cells:
            yield from map(self.record, self._cells.get(cell, ()))

    def _by_cell(self) -> "dict[tuple[int, int], array[int]]":
        """Numbers of towns by whole degrees of latitude and longitude."""
        found: dict[tuple[int, int], array[int]] = {}
        for i, layer in enumerate(self.layers):
            for n, kind in enumerate(layer.kind):
                if kind == CITY:
                    lat, lon = layer.position(n)
                    if lat is not None and lon is not None:
                        found.setdefault((math.floor(lat), math.floor(lon)), array("I")).append(i << _LAYER_BITS | n)
        return found

    def __len__(self) -> int:
        """Return the number of names."""
        return sum(len(layer.file) for layer in self.layers)

    def suggest(self, word: str) -> str | None:
        """Return the code that a misspelt code or a name may have meant."""
        found = self.find(" ".join(words(word)))
        country, _, name = word.partition("-")
        if not found and len(country) == 2:  # SY-HALAB
            found = tuple(r for r in self.find(" ".join(words(name))) if r.country == country.upper() and r.admin1)
        units = [r for r in found if r.kind in ("country", "admin1")] or [r for r in found if r.kind == "city"]
        if units:
            greatest = max(units, key=lambda r: r.population)
            small = greatest.kind == "city" and greatest.population < _GREAT_TOWN
            return (self._mistyped_country(word) if small else None) or greatest.code
        return self._nearest_name(word) or self._nearest_code(word)

    def _nearest_name(self, word: str) -> str | None:
        """The country, else the province, whose name is nearly a word that is too long for a code: Syriaa."""
        wanted = " ".join(words(word))
        if len(wanted) <= 3 or "-" in word:
            return None
        for wide in (True, False):
            names = {
                " ".join(words(self.record(n).name)): code
                for code, n in self._codes.items()
                if (len(code) == 2) is wide
            }
            near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.8)
            if near:
                return names[near[0]]
        return None

    def _mistyped_country(self, word: str) -> str | None:
        """The country whose name has the same letters with two of them swapped: Sirya is hardly the village."""
        wanted = " ".join(words(word))
        for code, n in self._codes.items():
            name = " ".join(words(self.record(n).name)) if len(code) == 2 else ""
            if len(name) == len(wanted) and sorted(name) == sorted(wanted) and name[0] == wanted[0]:
                return code
        return None

    def _nearest_code(self, word: str) -> str | None:
        """The code that is nearly this one: SY-AL is hardly in Samoa, but the province of Syria that begins so."""
        country, dash, wanted = word.partition("-")
        own = [code for code in self._codes if code.startswith(f"{country.upper()}-")] if dash else []
        begins = {code: r for code in own if _begins(r := self.record(self._codes[code]), wanted)}
        if begins:
            return max(begins, key=lambda code: begins[code].population)
        near = difflib.get_close_matches(word.upper(), own or self._codes, n=1, cutoff=0.7)
        return near[0] if near else None


def _begins(record: Record, letters: str) -> bool:
    return " ".join(words(record.name)).startswith(" ".join(words(letters)))


def _own_names_first(meanings: Sequence[Meaning], *, foreign: bool) -> tuple[Meaning, ...]:
    """Olbia is Olbia rather than Antalya, which was once called so too.

    In other letters (`foreign`) a name is the great town's: أثينا is Athens in Greece, not in Georgia.
    """
    towns = [m for m in meanings if m.kind == CITY]
    if len(towns) < 2 and len(meanings) < 2:
        return tuple(meanings)
    homes = {m.country for m in towns if m.flags & PRIMARY and m.size >= _OWN_NAME}
    great = max(towns, key=lambda m: m.prior) if foreign and towns else None
    return tuple(m._replace(prior=m.prior - _lost(m, homes, great)) for m in meanings)


def _lost(m: Meaning, homes: set[str], great: Meaning | None) -> float:
    """What a town loses against those whose own name it is, and against a great one in other letters."""
    if m.kind != CITY:
        return _DISTRICT if m.kind == ADMIN2 and great is not None and m.country != great.country else 0.0
    abroad = great is not None and m.country != great.country and m.country not in _OTHER_LETTERS
    if great is not None and abroad and m.size < _GREAT and m.prior < great.prior - 0.7:
        return 2 * _BY_ANOTHER_NAME
    own = m.flags & (PRIMARY | CLOSE | ENGLISH)
    return _BY_ANOTHER_NAME if homes and not own and not homes <= {m.country} else 0.0


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer that ships; opened when first needed.

    Raises:
        GazetteerError: it is damaged.
    """
    return opened()


def opened(own: Path | None = None, disputed: Mapping[str, str] | None = None, more: Sequence[bytes] = ()) -> Gazetteer:
    """Open the gazetteer that ships, and with it a file of the user's and a view of disputed territories.

    `more` is what further files would hold.

    Raises:
        GazetteerError: a file is missing, damaged or of another version.
    """
    with resources.as_file(resources.files("watcher.regions") / "data" / "places.wgaz") as shipped:
        layers = [DataFile(own, mapped=False)] if own else []
        layers += [DataFile(Path("rules"), content=content) for content in more]
        return Gazetteer(DataFile(shipped), layers, disputed)
