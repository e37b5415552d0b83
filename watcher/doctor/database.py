"""The database: whole, of this version's schema, private, with room to grow; what it says of feeds and deliveries."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from sqlalchemy import make_url

from watcher.config import Config
from watcher.doctor.finding import Finding, size, warning, well, wrong
from watcher.errors import SchemaMismatch, StoreError
from watcher.store import Store, alarms, open_store, search
from watcher.store.engine import RESTORE
from watcher.store.standing import figures, size_bytes
from watcher.text import plural

#: Free space in bytes under which the disk is nearly, or as good as, full.
LITTLE, NOTHING = 1_000_000_000, 50_000_000
#: A delivery that should be out is late after this.
LATE = timedelta(minutes=15)


def look_at_database(config: Config, now: datetime) -> Iterator[Finding]:
    """Look at the file, its disk, and what stands in it."""
    path = Path(make_url(config.database).database or "")
    if not path.exists():
        where = path.parent
        if where.exists() and not os.access(where, os.W_OK):
            yield wrong("database", f"{path} does not exist and {where} cannot be written to", _owner(where))
        else:
            yield well("database", f"{path} does not exist yet; `watcher run` creates it")
        yield from _disk(where if where.exists() else Path(), 0)
        return
    yield from _file(path)
    yield from _integrity(path)
    yield from _disk(path.parent, size_bytes(path))
    try:
        store = open_store(config.database, migrate=False)
    except SchemaMismatch as error:
        yield wrong("schema", str(error), "`watcher db upgrade` after a backup, or the newer watcher")
        return
    except StoreError as error:
        yield wrong("schema", str(error), "see to what is told above of the file and its disk")
        return
    with closing(store):
        try:
            yield from _contents(store, now, config.timezone)
        except StoreError as error:
            yield wrong("contents", str(error), RESTORE)


def _owner(path: Path) -> str:
    return f"give {path} to the user that runs watcher"


def _file(path: Path) -> Iterator[Finding]:
    told = f"{path}, {size(size_bytes(path))}"
    if not os.access(path, os.R_OK | os.W_OK):
        yield wrong("database", f"{path} cannot be read and written by this user", _owner(path))
    elif os.name == "posix" and path.stat().st_mode & 0o077:
        yield warning("database", f"{told}; other users can read it", f"chmod 600 {path}")
    else:
        yield well("database", told)


def _integrity(path: Path) -> Iterator[Finding]:
    """Ask SQLite; this reads the whole file, and only reads."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
            orphans = [] if found != ["ok"] else connection.execute("PRAGMA foreign_key_check").fetchmany(3)
    except sqlite3.Error as error:
        found, orphans = [str(error)], []
    if found != ["ok"]:
        yield wrong("integrity", f"damaged: {found[0]}", RESTORE)
    elif orphans:
        yield wrong("integrity", f"rows of {orphans[0][0]} belong to nothing", RESTORE)
    else:
        yield well("integrity", "the file is whole")


def _disk(directory: Path, database_bytes: int) -> Iterator[Finding]:
    free = shutil.disk_usage(directory).free
    told = f"{size(free)} free where the database is"
    remedy = "free space on that disk, or keep less (`retention.entries`, `watcher db prune`)"
    if free < NOTHING:
        yield wrong("disk", told, remedy)
    elif free < max(LITTLE, database_bytes):
        yield warning("disk", f"{told}; a backup or a compaction needs as much as the database has", remedy)
    else:
        yield well("disk", told)


def _search(store: Store) -> Iterator[Finding]:
    if not search.is_available():
        told = "this Python's SQLite has no FTS5: the page looks for words in few texts at a time"
        yield warning("search", told, "run watcher with a Python that has it, such as one of python.org or of uv")
        return
    with store.read() as connection:
        is_prepared, left = search.is_prepared(connection), search.left(connection)
    if not is_prepared or left:
        told = (
            f"{plural(left, 'entry', 'entries')} not in the full-text index yet" if left else "no full-text index yet"
        )
        yield warning("search", told, "`watcher run` fills it little by little, `watcher db upgrade` at once")
    else:
        yield well("search", "every entry is in the full-text index")


def _contents(store: Store, now: datetime, zone: tzinfo) -> Iterator[Finding]:
    yield from _search(store)
    with store.read() as connection:
        found, open_ = figures(connection, now), alarms.open_alarms(connection)
    feeds = sum(found.feeds.values())
    if failing := found.feeds["failing"]:
        yield warning("feeds", f"{failing} of {plural(feeds, 'feed')} fail", "`watcher status` says why")
    else:
        yield well("feeds", f"{plural(feeds, 'feed')}, none fails")
    waiting = plural(sum(found.waiting.values()), "delivery waits", "deliveries wait")
    if found.unsent_since_at and now - found.unsent_since_at > LATE:
        late = f"{waiting}, the oldest since {found.unsent_since_at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
        yield wrong("deliveries", late, "`watcher status` names the receiver and the reason; `watcher send-test NAME`")
    else:
        yield well("deliveries", waiting)
    for key, message, at in open_:
        yield warning(
            f"alarm {key}", f"since {at.astimezone(zone):%Y-%m-%d %H:%M %Z}: {message}", "see to what it names"
        )
