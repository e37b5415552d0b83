"""The gazetteer: names in all scripts → places, from one compressed file that ships with watcher.

Format of `data/places.tsv.gz`: a first line with name and version, one place a line (kind,
name, ISO 3166-1, ISO 3166-2, latitude, longitude, population), an empty line, then one
folded name a line with the numbers of its places. `tools/build_gazetteer.py` writes it.
"""

import difflib
import gzip
import zlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from watcher.text import words

MAGIC = "watcher-gazetteer 1"


class GazetteerError(ValueError):
    """The data file is damaged or of another version; reinstalling watcher is the remedy."""


@dataclass(frozen=True, slots=True)
class Record:
    """One place of the gazetteer."""

    #: country, admin1 or city
    kind: str
    name: str
    country: str
    admin1: str
    lat: float | None
    lon: float | None
    population: int

    @property
    def code(self) -> str:
        """ISO 3166-2 if known, else ISO 3166-1."""
        return self.admin1 or self.country


class Gazetteer:
    """All places and their names."""

    def __init__(self, raw: bytes) -> None:
        """Read the compressed file.

        Raises:
            GazetteerError: it is cut, damaged or of another version.
        """
        try:
            text = gzip.decompress(raw).decode("utf-8")
            head, places, names = self._split(text)
            if head != MAGIC:
                raise GazetteerError(f"the gazetteer is of version {head[:40]!r}, {MAGIC!r} is wanted")
            self.records = tuple(_record(line) for line in places.split("\n"))
            self._names = dict(line.split("\t") for line in names.rstrip("\n").split("\n"))
        except (EOFError, OSError, zlib.error, ValueError) as error:
            if isinstance(error, GazetteerError):
                raise
            raise GazetteerError(f"the gazetteer cannot be read ({error}): reinstall watcher") from error
        #: First word of a name → number of words of the longest name that begins so.
        self.longest: dict[str, int] = {}
        for name in self._names:
            first, _, rest = name.partition(" ")
            length = rest.count(" ") + 2 if rest else 1
            self.longest[first] = max(self.longest.get(first, 0), length)
        self.codes = {r.country: r for r in self.records if r.kind == "country"}
        self.codes |= {r.admin1: r for r in self.records if r.kind == "admin1"}

    def find(self, name: str) -> tuple[Record, ...]:
        """Return the places that a folded name may mean."""
        numbers = self._names.get(name)
        return tuple(self.records[int(n)] for n in numbers.split(",")) if numbers else ()

    def knows(self, name: str) -> bool:
        """Say whether a folded name is that of a place."""
        return name in self._names

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._names)

    def suggest(self, word: str) -> str | None:
        """Return the code that a misspelt code or a name may have meant."""
        found = self.find(" ".join(words(word)))
        units = [r for r in found if r.kind != "city"] or list(found)
        if units:
            return max(units, key=lambda r: r.population).code
        near = difflib.get_close_matches(word.upper(), self.codes, n=1, cutoff=0.7)
        return near[0] if near else None

    @staticmethod
    def _split(text: str) -> tuple[str, str, str]:
        head, _, rest = text.partition("\n")
        places, gap, names = rest.partition("\n\n")
        if not gap or not names.endswith("\n"):
            raise GazetteerError("the gazetteer is cut: reinstall watcher")
        return head, places, names


def _record(line: str) -> Record:
    kind, name, country, admin1, lat, lon, population = line.split("\t")
    return Record(
        kind, name, country, admin1, float(lat) if lat else None, float(lon) if lon else None, int(population)
    )


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer that ships with watcher; read when first needed.

    Raises:
        GazetteerError: the file is damaged.
    """
    return Gazetteer((resources.files("watcher.regions") / "data" / "places.tsv.gz").read_bytes())
