"""A region that a rule asks about: codes, groups, shapes, places with a radius, and what is taken out of it.

`region_of` reads the YAML forms; `Region.contains` decides for one place and says why. Pure:
a file that a region names is loaded by the caller.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from watcher.model import Place
from watcher.regions.explicit import inside, place_at, reached
from watcher.regions.gazetteer import Gazetteer, gazetteer
from watcher.regions.geometry import Box, Circle, Polygon, Shape, ShapeError, anchors, box_of, polygon_of
from watcher.regions.groups import group, group_names
from watcher.regions.own import Row, named
from watcher.text import words

Path = tuple[str | int, ...]

KEYS = ("any", "polygon", "box", "circle", "place", "exclude")
_RADIUS = re.compile(r"(\d+(?:\.\d+)?)\s*(km|mi|m)?")
_KM = {"km": 1.0, "mi": 1.609344, "m": 0.001}
#: Without a radius a named place is its town and what belongs to it.
_PLACE_RADIUS_KM = 10.0


class RegionError(ValueError):
    """A region that cannot be read; `path` leads to the fault inside the given value."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Region:
    """A set of codes and shapes; empty sets contain nothing."""

    label: str
    #: ISO 3166-1 alpha-2 and ISO 3166-2.
    codes: frozenset[str] = frozenset()
    #: Each with the words that `contains` answers.
    shapes: tuple[tuple[str, Shape], ...] = ()
    exclude: "Region | None" = None
    #: Members with something taken out of them alone.
    parts: "tuple[Region, ...]" = ()
    #: What was odd in the definition but could be read.
    warnings: tuple[str, ...] = ()
    #: Places that it defines by name and position; texts are searched for them too.
    named: tuple[Row, ...] = ()

    def contains(self, place: Place, ambiguous: str = "best") -> str:
        """Say why a place lies in the region; the empty string if it does not.

        `ambiguous`: `best` takes the likeliest meaning of a name, `any` each that is about as
        likely, `skip` no name that has several. The middle of a country is no evidence for a
        shape: a shape needs a town, a province or a given position.
        """
        if ambiguous == "skip" and place.others:
            return ""
        if self.exclude is not None and self.exclude.contains(place):
            return ""
        own = self._by_code(place) or self._by_shape(place) or (self._by_other(place) if ambiguous == "any" else "")
        return own or next((why for part in self.parts if (why := part.contains(place, ambiguous))), "")

    def reached_by(self, area: tuple[tuple[float, float], ...]) -> str:
        """Say why a shape, given its corners (latitude, longitude), reaches into the region; empty if it does not.

        Looked at are its corners and a grid inside it, and of the region's own shapes, which may
        be smaller than the meshes, what lies inside it.
        """
        if not area:
            return ""
        own = (place_at(lat, lon) for lat, lon in self._anchors() if inside(area, lat, lon))
        where = next((why for place in (*reached(area), *own) if (why := self.contains(place))), "")
        return f"{where}: the shape given reaches into it" if where else ""

    def _anchors(self) -> Iterator[tuple[float, float]]:
        """Positions (latitude, longitude) of the region's shapes."""
        for _, shape in self.shapes:
            yield from anchors(shape)
        for part in self.parts:
            yield from part._anchors()

    def _by_code(self, place: Place) -> str:
        code = next((c for c in (place.admin2, place.admin1, place.country) if c and c in self.codes), "")
        return f"{code}: {place.why}" if code and place.why else code

    def _by_shape(self, place: Place) -> str:
        if place.kind == "country" or place.lat is None or place.lon is None:
            return ""
        where = next((w for w, shape in self.shapes if shape.contains(place.lat, place.lon)), "")
        return f"{where}: {place.why}" if where and place.why else where

    def _by_other(self, place: Place) -> str:
        for code in place.others:
            if not self.codes.isdisjoint((code, code[:2])) and not self._excludes(code):
                return f"{code}: {place.name} may mean it"
        return ""

    def _excludes(self, code: str) -> bool:
        return self.exclude is not None and not self.exclude.codes.isdisjoint((code, code[:2]))

    @property
    def countries(self) -> frozenset[str]:
        """ISO 3166-1 codes of everything that is named by code."""
        return frozenset(code[:2] for code in self.codes).union(*(part.countries for part in self.parts))


def region_of(
    spec: Any,
    named: Mapping[str, Any] | None = None,
    load: Callable[[str], Any] | None = None,
    label: str = "",
    known: Gazetteer | None = None,
) -> Region:
    """Read a region; `known` is the gazetteer that has its codes and places, the one that ships by default.

    A string is an ISO 3166-1 or -2 code, a group of countries ("Middle East", "M49:145") or a
    name in `named`; a list is any of its members; a mapping may have `any`, `polygon` (GeoJSON,
    a list of `[lon, lat]`, or a file that `load` reads), `box` (`[west, south, east, north]`),
    `circle` (`{center: [lon, lat], radius: 30 km}`), `place` (`{name, lat, lon, radius}`, or a
    name of the gazetteer, `within` a code) and `exclude`.

    Raises:
        RegionError: it is none of these; the message has the nearest known name.
    """
    reader = _Reader(named or {}, load, known or gazetteer())
    found = reader.read(spec, (), ())
    return replace(found, label=label or found.label, warnings=tuple(dict.fromkeys(reader.warnings)))


class _Reader:
    def __init__(self, named: Mapping[str, Any], load: Callable[[str], Any] | None, known: Gazetteer) -> None:
        self._named, self._load, self._known = named, load, known
        self.warnings: list[str] = []

    def read(self, spec: Any, path: Path, inside: tuple[str, ...]) -> Region:
        if isinstance(spec, str):
            return self._name(spec, path, inside)
        if isinstance(spec, Mapping):
            return self._mapping(spec, path, inside)
        if isinstance(spec, Sequence) and spec:
            return _joined([self.read(item, (*path, i), inside) for i, item in enumerate(spec)])
        raise RegionError("a region is a code, a name, a list of them, or a mapping with " + ", ".join(KEYS), path)

    def _name(self, name: str, path: Path, inside: tuple[str, ...]) -> Region:
        if name in self._named:
            if name in inside:
                raise RegionError(f"the region {name!r} contains itself: {' → '.join((*inside, name))}", path)
            return replace(self.read(self._named[name], path, (*inside, name)), label=name)
        if self._known.is_code(name):
            if len(name) == 2 and name in self._known.disputed:
                told = f"{name} counts as {self._known.disputed[name]} by `disputed_territories`: no place is in it"
                self.warnings.append(told)
            return Region(name, frozenset({name}))
        members = group(name)
        if members is not None:
            return Region(name, members)
        raise RegionError(f"{name!r} is no ISO 3166 code, group of countries or named region{self._hint(name)}", path)

    def _hint(self, name: str) -> str:
        near = _closest(name, [*self._named]) or self._known.suggest(name) or _closest(name, group_names())
        return f" (did you mean {near!r}?)" if near else ""

    def _mapping(self, spec: Mapping[str, Any], path: Path, inside: tuple[str, ...]) -> Region:
        if "type" in spec and ("coordinates" in spec or "geometry" in spec or "features" in spec):
            return self._polygon(spec, path)
        for key in spec:
            if key not in KEYS:
                near = _closest(str(key), KEYS)
                raise RegionError(f"unknown key {key!r}" + (f" (did you mean {near!r}?)" if near else ""), (*path, key))
        readers = {"polygon": self._polygon, "box": self._box, "circle": self._circle, "place": self._place}
        parts = [self.read(spec["any"], (*path, "any"), inside)] if "any" in spec else []
        parts += [read(spec[key], (*path, key)) for key, read in readers.items() if key in spec]
        if not parts:
            raise RegionError("`exclude` alone leaves nothing: say what it is taken out of", path)
        found = _joined(parts)
        if "exclude" in spec:
            found = replace(found, exclude=self.read(spec["exclude"], (*path, "exclude"), inside))
        return found

    # ------------------------------------------------------------ shapes

    def _polygon(self, value: Any, path: Path) -> Region:
        words_ = "in the polygon"
        if isinstance(value, str):
            if self._load is None:
                raise RegionError("a file cannot be read here", path)
            words_ = f"in {value}"
            try:
                value = self._load(value)
            except (OSError, ValueError) as error:
                raise RegionError(f"{value}: {error}", path) from None
        return self._shape(words_, lambda: polygon_of(value, self.warnings), path)

    def _box(self, value: Any, path: Path) -> Region:
        return self._shape("in the box", lambda: box_of(value, self.warnings), path)

    def _circle(self, value: Any, path: Path) -> Region:
        if not isinstance(value, Mapping) or set(value) != {"center", "radius"}:
            raise RegionError("a circle is {center: [longitude, latitude], radius: 30 km}", path)
        lon, lat = self._center(value["center"], (*path, "center"))
        km = _km(value["radius"], (*path, "radius"))
        return Region("circle", shapes=((f"within {km:g} km of the centre", Circle(lat, lon, km)),))

    def _center(self, value: Any, path: Path) -> tuple[float, float]:
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
            raise RegionError("a centre is [longitude, latitude]", path)
        box = self._guarded(lambda: box_of([*value, *value], self.warnings), path)
        return box.west, box.south

    def _place(self, value: Any, path: Path) -> Region:
        spec = {"name": value} if isinstance(value, str) else value
        keys = ("name", "lat", "lon", "radius", "within", "aliases")
        if not isinstance(spec, Mapping) or not isinstance(spec.get("name"), str) or set(spec) - set(keys):
            raise RegionError("a place is a name, or {name, lat, lon, radius, within, aliases}", path)
        names = (spec["name"], *self._aliases(spec, path))
        rows: tuple[Row, ...] = ()
        km = _km(spec["radius"], (*path, "radius")) if "radius" in spec else _PLACE_RADIUS_KM
        if "lat" in spec or "lon" in spec:
            lon, lat = self._center([spec.get("lon"), spec.get("lat")], path)
            rows = (named(names, lat, lon),)
        else:
            lat, lon = self._position_of(spec["name"], spec.get("within"), path)
        shape = f"within {km:g} km of {spec['name']}", Circle(lat, lon, km)
        return Region(spec["name"], shapes=(shape,), named=rows)

    def _aliases(self, spec: Mapping[str, Any], path: Path) -> Sequence[str]:
        """Other names of a place that is defined here; a name that no text can be searched for is odd."""
        aliases = spec.get("aliases", ())
        if isinstance(aliases, str) or not all(isinstance(alias, str) for alias in aliases):
            raise RegionError("aliases are a list of names", (*path, "aliases"))
        if aliases and "lat" not in spec:
            raise RegionError("aliases need `lat` and `lon`: the gazetteer has names of its own", (*path, "aliases"))
        for name in (spec["name"], *aliases) if "lat" in spec else ():
            if any(c.isdigit() for c in name) or sum(c.isalpha() for c in name) < 2:
                self.warnings.append(f"texts are not searched for the name {name!r}: only for names of letters")
        return tuple(aliases)

    def _position_of(self, name: str, within: Any, path: Path) -> tuple[float, float]:
        found = [r for r in self._known.find(" ".join(words(name))) if r.kind == "city" and r.lat is not None]
        if within is not None:
            found = [r for r in found if within in (r.country, r.admin1)]
        if not found:
            _no_place(name, within, path)
        best = max(found, key=lambda r: (r.population, r.code))
        assert best.lat is not None
        assert best.lon is not None
        return best.lat, best.lon

    def _shape(self, words_: str, read: Callable[[], Polygon | Box], path: Path) -> Region:
        return Region(words_, shapes=((words_, self._guarded(read, path)),))

    @staticmethod
    def _guarded(read: Callable[[], Any], path: Path) -> Any:
        try:
            return read()
        except ShapeError as error:
            raise RegionError(str(error), (*path, *error.path)) from None


# ---------------------------------------------------------------- inside


def _joined(parts: Sequence[Region]) -> Region:
    """Any of several; what one part excludes, it excludes for itself only."""
    if len(parts) == 1:
        return parts[0]
    codes = frozenset[str]().union(*(p.codes for p in parts if p.exclude is None))
    shapes = tuple(s for p in parts if p.exclude is None for s in p.shapes)
    nested = tuple(n for p in parts for n in ((p,) if p.exclude is not None else p.parts))
    rows = tuple(row for p in parts for row in p.named)
    return Region(", ".join(p.label for p in parts), codes, shapes, parts=nested, named=rows)


def _no_place(name: str, within: Any, path: Path) -> NoReturn:
    where = f" in {within}" if within else ""
    raise RegionError(f"the gazetteer has no town {name!r}{where}: give its `lat` and `lon`", path)


def _km(value: Any, path: Path) -> float:
    found = _RADIUS.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if found is None or float(found[1]) <= 0:
        raise RegionError(f"{value!r} is no distance: write `30 km`", path)
    return float(found[1]) * _KM[found[2] or "km"]


def _closest(word: str, choices: Sequence[str]) -> str | None:
    near = difflib.get_close_matches(word.casefold(), choices, n=1, cutoff=0.7)
    return near[0] if near else None
