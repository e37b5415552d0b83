"""New databases that are copies of one: migrating each from nothing is most of what a test on it would cost.

`tests/contract/test_upgrades.py` and the commands of `tests/e2e/test_processes.py` make theirs as users do.
"""

import functools
import tempfile
from pathlib import Path

from watcher.store import engine, open_store


@functools.cache
def new():
    """What is in a database that was just made."""
    with tempfile.TemporaryDirectory() as folder:
        open_store(f"sqlite:///{folder}/new.db").close()
        assert not Path(folder, "new.db-wal").exists(), "all of it is in the file"
        return Path(folder, "new.db").read_bytes()


def copied(content, prepare=engine._prepare_file):
    """Return what prepares the file of a database in place of the real one."""

    def prepare_file(path, *, create):
        is_new = create and not path.exists()
        prepare(path, create=create)
        if is_new:
            path.write_bytes(content)

    return prepare_file
