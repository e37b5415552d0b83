"""Copies of the database that are consistent, whoever writes to it meanwhile."""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from watcher.errors import StoreError


def copy_database(source: Path, target: Path) -> None:
    """Write one moment of a database to a new file, for its owner only; a copy that was cut off never has its name.

    Raises:
        StoreError: the target is there already, the disk has no room, or the source cannot be read.
    """
    if target.exists():
        raise StoreError(f"{target}: exists already, nothing was written")
    part = target.with_name(target.name + ".part")
    try:
        needed, free = source.stat().st_size, shutil.disk_usage(target.parent).free
        if free < needed:
            raise StoreError(f"{target}: the backup needs {needed / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
            # The copy is one file: without this it would begin a log of its own when it is opened.
            new.execute("PRAGMA journal_mode=DELETE")
            if (found := new.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise StoreError(f"{target}: the backup is damaged, as {source} may be: {found}")
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{target}: the backup failed: {error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
