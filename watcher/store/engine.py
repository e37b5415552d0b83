"""Opening the database: connections, transactions, migration, and the lock that keeps a second daemon out."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool

from watcher.errors import AlreadyRunning, SchemaMismatch, StoreError
from watcher.model import Observer
from watcher.store import search
from watcher.store.backup import copy_database

T = TypeVar("T")

#: Newest migration; a test compares it with the files.
HEAD = "0010"
MIGRATIONS = Path(__file__).with_name("migrations")
#: What to do with a file that is damaged. A log that is left beside a backup would be put into it; it is kept with the
#: file, for it can hold what the file does not.
RESTORE = (
    "stop the daemon, move the file with its -wal and -shm files aside, put the last `watcher db backup` in its place"
)
#: Time in seconds that a writer waits for another process's transaction.
BUSY_S = 30
#: The write-ahead log is cut to this many bytes once a long reader has let it grow.
MOST_LOG_BYTES = 64_000_000


class Store:
    """One open database.

    Every transaction that writes is `write()`: on SQLite it takes the write lock at its
    first statement, so reading candidates, deciding and committing are serial (invariant 5).
    """

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine = engine
        #: The file of an SQLite database; None for one in memory.
        self.path = path
        self._lock: IO[str] | None = None
        #: The schema that it had when it was opened, and the backup that was made before it was changed.
        self.upgraded: tuple[str, Path] | None = None

    @contextmanager
    def write(self, wait_s: float | None = None) -> Iterator[Connection]:
        """One serial transaction: committed when the block ends well, rolled back when it raises.

        It waits `wait_s` seconds at most for another process's transaction; `BUSY_S` unless told.

        Raises:
            OperationalError: that did not end in time, or the disk is full.
            StoreError: the file is damaged.
        """
        options = {"watcher_write": True, "watcher_wait_s": BUSY_S if wait_s is None else wait_s}
        with self._whole(), self.engine.connect() as connection, connection.execution_options(**options).begin():
            yield connection

    @contextmanager
    def write_and_tell(self, observe: Observer) -> Iterator[tuple[Connection, Observer]]:
        """One serial transaction, and what takes its events: they are told once it is committed, or never."""
        told: list[Mapping[str, Any]] = []
        with self.write() as connection:
            yield connection, told.append
        for one in told:
            observe(one)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the database.

        Raises:
            StoreError: the file is damaged.
        """
        with self._whole(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Tell what SQLite says of a damaged file as what it is; such an error has no class of its own."""
        try:
            yield
        except DatabaseError as error:
            if type(error) is not DatabaseError:
                raise
            remedy = f"`watcher doctor` says more; {RESTORE}"
            raise StoreError(f"{self.path}: is damaged: {_plain(error)}. {remedy}") from error

    def claim_exclusively(self) -> None:
        """Keep every other daemon off this database until `close` or the end of the process.

        Raises:
            AlreadyRunning: another process holds it.
        """
        if self.path is not None:
            self._lock = lock_file(_lock_of(self.path), self.path)

    def compact(self) -> None:
        """Rewrite the file to its least size; needs as much free disk as the file has, and nobody else at work.

        Raises:
            StoreError: the disk is full, or somebody else uses the database.
        """
        self._outside_transactions("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")

    def give_back(self, pages: int) -> None:
        """Give up to so many free pages back to the disk once a quarter of the file is free; the rest is used again.

        Raises:
            StoreError: the disk is full, or somebody else uses the database for long.
        """
        with self.read() as connection:
            total, free = (connection.scalar(text(f"PRAGMA {what}")) for what in ("page_count", "freelist_count"))
        if free > total // 4:
            self._outside_transactions(f"PRAGMA incremental_vacuum({pages})")

    def _outside_transactions(self, script: str) -> None:
        try:
            with self.engine.connect() as connection:
                raw: Any = connection.connection.dbapi_connection
                raw.executescript(script)
        except (DatabaseError, sqlite3.DatabaseError) as error:
            raise StoreError(f"{self.path}: cannot be compacted: {_plain(error)}") from error

    def close(self) -> None:
        """Close all connections and give up the lock."""
        self.engine.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


class InWriter(Protocol):
    """Runs a function in the one thread that writes to the database."""

    async def __call__(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""


class WriterThread:
    """The one thread that reads candidates, decides and commits, so that the event loop stays free."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    async def __call__(self, work: Callable[[], T]) -> T:
        """Run `work` there. A transaction that has begun is ended even if the caller is cancelled."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._pool, work))

    def close(self) -> None:
        """Wait for what is at work and end the thread."""
        self._pool.shutdown(wait=True)


def open_store(url: str, *, migrate: bool = True) -> Store:
    """Open a database by its SQLAlchemy URL, creating and migrating it if `migrate`.

    Raises:
        SchemaMismatch: it was written by a newer watcher, or is old and `migrate` is off.
        AlreadyRunning: its schema is old, and another watcher is at work on it.
        StoreError: it cannot be opened; the message names the file and the remedy.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"database {parsed.render_as_string()}: only SQLite (a file path) is supported so far")
    path = Path(parsed.database) if parsed.database and parsed.database != ":memory:" else None
    if path is not None:
        _prepare_file(path, create=migrate)
    store = Store(_sqlite_engine(url), path)
    try:
        _bring_up_to_date(store, migrate=migrate)
        if migrate:
            _prepare_search(store)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        store.close()
        raise StoreError(f"{path or url}: cannot be used as a database: {_plain(error)}") from error
    except StoreError:
        store.close()
        raise
    return store


def revision_of(connection: Connection) -> str | None:
    """Return the migration that the database is at; None for an empty one."""
    try:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except OperationalError as error:
        if "no such table" in str(error):
            return None
        raise


# ---------------------------------------------------------------- inside


def _sqlite_engine(url: str) -> Engine:
    # The writer, the page's three views at once and the threads of metrics and health; more wait for a free one.
    engine = create_engine(url, poolclass=QueuePool, pool_size=5, max_overflow=10, connect_args={"timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own transactions begin too late (before the first write, not the first read).
        connection.isolation_level = None
        # NORMAL never corrupts; a power cut may take the newest commits, and then takes the
        # validators and "seen" with them, so those entries are polled again: repeated, not lost.
        # It takes effect in a new file only; in any other it would be a write, which waits for whoever holds the lock.
        if not connection.execute("PRAGMA page_count").fetchone()[0]:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.create_function("entry_says", 4, search.entry_says, deterministic=True)
        for pragma in (
            "journal_mode=WAL",
            f"journal_size_limit={MOST_LOG_BYTES}",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_S * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        write, wait_s = options.get("watcher_write", False), options.get("watcher_wait_s", BUSY_S)
        if wait_s == BUSY_S:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait_s * 1000)}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_S * 1000}")

    return engine


def _prepare_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path}: is a directory; `database` must name a file")
    if path.exists():
        return
    if not create:
        raise StoreError(f"{path}: no such database yet; `watcher run` or `watcher once` creates it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be created: {error.strerror}") from error


def _bring_up_to_date(store: Store, *, migrate: bool) -> None:
    with store.read() as connection:
        at = revision_of(connection)
    if at == HEAD:
        return
    if at is not None and not (MIGRATIONS / "versions" / f"{at}.py").exists():
        raise SchemaMismatch(_newer(store.path, at))
    if not migrate:
        raise SchemaMismatch(
            f"{store.path}: has schema {at or 'none'}, this watcher needs {HEAD}: `watcher db upgrade`"
        )
    if store.path is None:
        upgrade(store)
        return
    # Nobody else, an older watcher least of all, may be at work on a database whose schema changes.
    with lock_file(_lock_of(store.path), store.path):
        with store.read() as connection:
            at = revision_of(connection)
        if at is not None and at != HEAD:
            store.upgraded = at, _set_aside(store.path, at)
        upgrade(store)


def _prepare_search(store: Store) -> None:
    with store.read() as connection:
        if search.is_prepared(connection):
            return
    with store.write() as connection:
        search.prepare(connection)


def _newer(path: Path | None, at: str) -> str:
    aside = _aside(path, HEAD) if path else None
    left = (
        f", or put its backup {aside} in its place (what came since is not in it)" if aside and aside.exists() else ""
    )
    return (
        f"{path}: was written by a newer watcher (schema {at}, this one knows {HEAD}). A database cannot be taken "
        f"back: install the newer watcher again{left}"
    )


def _aside(path: Path, at: str) -> Path:
    return path.with_name(f"{path.name}.schema-{at}.bak")


def _set_aside(path: Path, at: str) -> Path:
    """Back a database up before its schema changes; a whole backup of the same schema is replaced by the newer one."""
    target = _aside(path, at)
    fresh = target.with_name(target.name + ".new")
    fresh.unlink(missing_ok=True)
    copy_database(path, fresh)
    fresh.replace(target)
    return target


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def upgrade(store: Store) -> None:
    """Run the migrations that are missing, in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with store.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def lock_file(path: Path, database: Path) -> IO[str]:
    """Take the lock and return what holds it until it is closed.

    Raises:
        AlreadyRunning: another process has it.
        StoreError: the file cannot be opened.
    """
    try:
        handle = path.open("a+")
    except OSError as error:
        raise StoreError(f"{path}: the lock file cannot be opened: {error.strerror}") from error
    try:
        _lock_now(handle)
    except OSError:
        handle.close()
        raise AlreadyRunning(
            f"{database}: another watcher is running on this database (it holds {path.name}). "
            "Stop it first, or give this one another `database`."
        ) from None
    return handle


def _lock_now(handle: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # exists on Windows only
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _plain(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return str(original).splitlines()[0]
