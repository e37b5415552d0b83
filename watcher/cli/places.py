"""`gazetteer import` and `stories export`: places in, places out."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.common import DEFAULT_CONFIG, ConfigOption, err, load_what_stands, open_existing, out, print_json
from watcher.errors import InputError, UsageError
from watcher.text import plural

if TYPE_CHECKING:  # each command imports what it needs
    from watcher.regions.own import Reading


def register(app: typer.Typer) -> None:
    """Add the commands."""
    gazetteer = typer.Typer(help="Places of your own beside those that ship.", no_args_is_help=True)
    gazetteer.command("import")(import_places)
    app.add_typer(gazetteer, name="gazetteer")


def import_places(
    file: Annotated[
        list[Path], typer.Argument(help="GeoNames country files (.txt), CSV with a header (HDX), GeoJSON.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    into: Annotated[
        Path | None, typer.Option(help="File to write; else gazetteer.wgaz beside the configuration.")
    ] = None,
    country: Annotated[str, typer.Option(help="ISO 3166-1 code for rows that name none.")] = "",
) -> None:
    """Read villages and other places into a gazetteer of your own, in place of what it held."""
    from watcher.config import OWN_GAZETTEER
    from watcher.regions import own

    readings = [(path, _read(path, country)) for path in file]
    rows = [row for _, reading in readings for row in reading.rows]
    faults = sum(len(reading.faults) for _, reading in readings)
    for path, reading in readings:
        for lines in (reading.faults, reading.warnings):
            for line in lines[:20]:
                err.print(f"{path}:{line}", markup=False)
            if len(lines) > 20:
                err.print(f"{path}: and {len(lines) - 20} more such rows", markup=False)
    if not rows:
        raise InputError(f"{', '.join(map(str, file))}: no place could be read")
    target = into or config.parent / OWN_GAZETTEER
    instead = _places_in(target)
    temporary = target.with_suffix(".tmp")
    try:
        temporary.write_bytes(own.compiled(rows))
        temporary.replace(target)
    except OSError as error:
        raise InputError(f"{target}: {error.strerror}") from None
    told = f"{plural(len(rows), 'place')} written to {target}" + (
        f", {plural(faults, 'row')} left out" if faults else ""
    )
    if instead:
        told += f"; they replace the {instead} that it held: to keep those too, name all files at once"
    out.print(told, markup=False)
    raise typer.Exit(1 if faults else 0)


def _read(path: Path, country: str) -> "Reading":
    from watcher.regions import own

    try:
        return own.read(path.name, own.decode(path.read_bytes()), country.upper())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def _places_in(target: Path) -> int:
    """How many places a gazetteer file holds; 0 if there is none that can be read."""
    from watcher.regions.datafile import DataFile, GazetteerError

    try:
        return len(DataFile(target, mapped=False).section("KIND")) if target.exists() else 0
    except (GazetteerError, KeyError):
        return 0


def export_stories(
    config: ConfigOption = DEFAULT_CONFIG,
    format_: Annotated[
        str, typer.Option("--format", help="geojson: one point per story and place; jsonl.")
    ] = "geojson",
    limit: Annotated[int, typer.Option(min=1, help="So many stories at most, the last changed first.")] = 1000,
) -> None:
    """Write stories with their places to standard output."""
    from watcher.store import reading

    if format_ not in ("geojson", "jsonl"):
        raise UsageError(f"--format must be geojson or jsonl, not {format_!r}")
    loaded = load_what_stands(config)
    defaults = {feed.id: feed.default_region for feed in loaded.feeds}
    store = open_existing(loaded)
    with store.read() as connection:
        stories = reading.story_leads(connection, limit)
    store.close()
    rows = [
        row
        | {
            "link": lead.link,
            "places": loaded.places.locate(lead, defaults.get(lead.feed), precision="balanced").places,
        }
        for row, lead in stories
    ]
    if format_ == "jsonl":
        for row in rows:
            print_json(row | {"places": [asdict(place) for place in row["places"]]})
        return
    features = [feature for row in rows for feature in features_of(row)]
    json.dump({"type": "FeatureCollection", "features": features}, sys.stdout, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def features_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """One point for each place of a story that has a position, the same position once.

    The middle of a country is a point only where nothing finer is known: on a map "Russian strike on Kharkiv"
    belongs to Kharkiv, not to Siberia.
    """
    told = {key: row[key] for key in ("story", "title", "outlet", "link", "first_seen_at", "updated_at", "members")}
    found: dict[tuple[float, float], dict[str, Any]] = {}
    finer = [place for place in row["places"] if place.kind != "country"]
    for place in finer or row["places"]:
        if place.lat is not None and place.lon is not None:
            where = {key: getattr(place, key) for key in ("name", "country", "admin1", "kind", "confidence", "why")}
            point = {"type": "Point", "coordinates": [place.lon, place.lat]}
            feature = {"type": "Feature", "geometry": point, "properties": told | {"place": where}}
            found.setdefault((place.lat, place.lon), feature)
    return list(found.values())
