"""Where an entry is about: a gazetteer that ships with watcher, and a resolver on it."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from watcher.model import Entry, Places
from watcher.regions.explicit import outlines
from watcher.regions.gazetteer import Gazetteer, GazetteerError, gazetteer, opened
from watcher.regions.groups import group, group_names
from watcher.regions.own import Row, compiled
from watcher.regions.region import Region, RegionError, region_of
from watcher.regions.resolve import CONFIDENCE, Resolver

__all__ = [
    "CONFIDENCE",
    "Gazetteer",
    "GazetteerError",
    "Region",
    "RegionError",
    "Resolver",
    "Row",
    "group",
    "group_names",
    "is_code",
    "locate",
    "name_of",
    "nearest_code",
    "outlines",
    "region_of",
    "resolver",
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
    Only the gazetteer that ships is read; `resolver` takes the user's with it.
    """
    return _shipped().locate(entry, default_region, precision=precision)


def resolver(own: Path | None = None, disputed: Mapping[str, str] | None = None, named: Sequence[Row] = ()) -> Resolver:
    """Return a resolver on the gazetteer that ships, the places `named` and, if it exists, a file of the user's.

    `disputed` counts territories as part of another country, ISO 3166 codes to ISO 3166-1:
    `{"UA-43": "RU"}`. A file that has not changed gives the same resolver, with what it remembers.

    Raises:
        GazetteerError: a file is damaged or of another version.
    """
    about = own.stat() if own is not None and own.exists() else None
    if about is None and not disputed and not named:
        return _shipped()
    stamp = (about.st_mtime_ns, about.st_size, about.st_ino) if about else ()
    return _resolver(own if about else None, stamp, tuple(sorted((disputed or {}).items())), tuple(named))


@cache
def _shipped() -> Resolver:
    return Resolver(gazetteer())


@lru_cache(maxsize=3)
def _resolver(
    own: Path | None, stamp: tuple[int, ...], disputed: tuple[tuple[str, str], ...], named: tuple[Row, ...]
) -> Resolver:
    return Resolver(opened(own, dict(disputed), [compiled(named)] if named else ()))
