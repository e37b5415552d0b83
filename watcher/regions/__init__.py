"""Where an entry is about: a gazetteer that ships with watcher, and a resolver on it."""

from functools import cache

from watcher.model import Entry, Places
from watcher.regions.gazetteer import Gazetteer, GazetteerError, gazetteer, use
from watcher.regions.groups import group, group_names
from watcher.regions.region import Region, RegionError, region_of
from watcher.regions.resolve import CONFIDENCE, Resolver

__all__ = [
    "CONFIDENCE",
    "GazetteerError",
    "Region",
    "RegionError",
    "group",
    "group_names",
    "is_code",
    "locate",
    "name_of",
    "nearest_code",
    "region_of",
    "use",
]


def is_code(code: str) -> bool:
    """Say whether `code` is an ISO 3166-1 alpha-2 or ISO 3166-2 code, in capitals."""
    return gazetteer().is_code(code)


def name_of(code: str) -> str | None:
    """Return the English name of a code; None if there is no such code."""
    record = gazetteer().of_code(code)
    return record.name if record else None


def nearest_code(word: str) -> str | None:
    """Return the code that a misspelt code, or a place's name, may have meant."""
    return gazetteer().suggest(word)


def locate(entry: Entry, default_region: str | None = None, *, precision: str | None = None) -> Places:
    """Return the places of an entry; `default_region` is an ISO 3166 code that its feed is mostly about.

    With a `precision` (strict, balanced, broad) only what is sure enough for it. Without one, every
    place comes with its confidence for a rule to choose from, and the sums are those of `balanced`.
    """
    return _resolver(gazetteer()).locate(entry, default_region, precision)


@cache
def _resolver(gazetteer_: Gazetteer) -> Resolver:
    return Resolver(gazetteer_)
