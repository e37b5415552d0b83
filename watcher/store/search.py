"""Full-text search over the stored entries, by SQLite's FTS5: kept in step in the transaction that stores or forgets.

The index has no copy of the texts (`content=''`), no places of words (`detail=none`) and no lengths (`columnsize=0`): a
text of 180 words takes 480 bytes in it, with places 1,070, with all of them 2,340 (SQLite 3.40). Whether words follow
each other is looked up in the entry itself. To take an entry out, FTS5 must be told the words that it was put in by, so
they are made anew from the stored text: `VERSION` changes whenever `words.terms_of` would make others, and the index is
then built anew.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache, lru_cache

from sqlalchemy import ColumnElement, Connection, Integer, column, func, select, update

from watcher.store.schema import entries, search_state
from watcher.store.words import Query, read_query, terms_of

#: Of what the words are; another number than the stored one builds the index anew.
VERSION = 1
#: Entries that are put into the index at once, when it is built.
PIECE = 100
#: Pages of 4 kB that `tidy` writes.
PAGES = 500
_ADD = "INSERT INTO entry_words(rowid, words) VALUES (?, ?)"
_DROP = "INSERT INTO entry_words(entry_words, rowid, words) VALUES ('delete', ?, ?)"
_TIDY = "INSERT INTO entry_words(entry_words, rank) VALUES ('merge', ?)"
#: Two parts of a size are enough for `tidy`.
_TWO = "INSERT INTO entry_words(entry_words, rank) VALUES ('usermerge', 2)"
_NEWEST = "SELECT rowid FROM entry_words WHERE entry_words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"
_BETWEEN = "SELECT rowid FROM entry_words WHERE entry_words MATCH ? AND rowid BETWEEN ? AND ?"
#: Greater than any number.
_LAST = 2**63 - 1
_CREATE = "CREATE VIRTUAL TABLE entry_words USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')"
#: What an entry is found by: its title, its summary, its content.
Texts = tuple[str, str, str]


@cache
def is_available() -> bool:
    """Whether this Python's SQLite has FTS5."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(_CREATE)
        except sqlite3.OperationalError:
            return False
    return True


def is_prepared(connection: Connection) -> bool:
    """Whether the index is of this version, or marked as stale where it cannot be kept."""
    version: int | None = connection.execute(_VERSION).scalar()
    return version == (VERSION if is_available() else 0)


def prepare(connection: Connection) -> None:
    """Make the index, if this SQLite can and there is none of this version; what is stored already is filled in later.

    Where SQLite has no FTS5 the index is marked as stale: what is stored from now on will not be in it.
    """
    if is_prepared(connection):
        return
    if not is_available():
        _remember(connection, 0, 0)
        return
    connection.exec_driver_sql("DROP TABLE IF EXISTS entry_words")
    connection.exec_driver_sql(_CREATE)
    connection.exec_driver_sql(_TWO)
    newest: int = connection.execute(select(func.coalesce(func.max(entries.c.pk), 0))).scalar_one()
    _remember(connection, VERSION, newest)


def add(connection: Connection, texts: Iterable[tuple[int, Texts]]) -> None:
    """Put entries in, by their numbers."""
    _tell(connection, _ADD, texts)


def drop(connection: Connection, numbers: Sequence[int]) -> None:
    """Take out those of the entries that are in it; they must still be stored as they were put in."""
    if numbers and is_available():
        bottom = unread(connection)
        _tell(connection, _DROP, _texts(connection, [number for number in numbers if number > bottom]))


def readd(connection: Connection, texts: Mapping[int, Texts]) -> None:
    """Put entries in that were dropped because their texts change; those that were not in it are filled in later."""
    if texts and is_available():
        bottom = unread(connection)
        _tell(connection, _ADD, [one for one in texts.items() if one[0] > bottom])


def tidy(connection: Connection) -> None:
    """Let FTS5 put parts of the index together, for some milliseconds, so that words taken out take no room for long.

    Left to itself it did so after an index of texts that come and go had grown to eight times their size.
    """
    if is_available():
        connection.exec_driver_sql(_TIDY, (PAGES,))


def fill(connection: Connection, limit: int = PIECE) -> int:
    """Put in the next entries that were stored before there was an index, the newest first; return how many."""
    if not is_available() or not (top := unread(connection)):
        return 0
    query = select(entries.c.pk).where(entries.c.pk <= top).order_by(entries.c.pk.desc()).limit(limit)
    numbers = list(connection.execute(query).scalars())
    _tell(connection, _ADD, _texts(connection, numbers))
    _remember(connection, VERSION, numbers[-1] - 1 if len(numbers) == limit else 0)
    return len(numbers)


def unread(connection: Connection) -> int:
    """Return the number up to which entries are not in the index yet; 0 once all are."""
    found: int | None = connection.execute(_UNREAD).scalar()
    return found or 0


def left(connection: Connection) -> int:
    """Return how many entries are not in the index yet."""
    top = unread(connection)
    return connection.execute(select(func.count()).where(entries.c.pk <= top)).scalar_one() if top else 0


def newest(connection: Connection, query: Query, limit: int, before: int | None = None) -> list[int]:
    """Return the numbers of the newest entries that the index finds; see `Query.is_exact`."""
    values = (query.expression, _LAST if before is None else before, limit)
    return [row[0] for row in connection.exec_driver_sql(_NEWEST, values)]


def between(connection: Connection, query: Query, low: int, high: int) -> set[int]:
    """Return the numbers, from `low` to `high`, of the entries that the index finds."""
    return {row[0] for row in connection.exec_driver_sql(_BETWEEN, (query.expression, low, high))}


def among(number: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """Whether a number is one of these, however many."""
    listed = func.json_each(json.dumps(numbers)).table_valued(column("value", Integer))
    return number.in_(select(listed.c.value))


def said(query: str) -> ColumnElement[bool]:
    """Whether an entry says it, word by word: slow, for few entries."""
    return func.entry_says(query, entries.c.title, entries.c.summary, entries.c.content) == 1


def entry_says(asked: str, title: str, summary: str, content: str) -> bool:
    """Say whether a text says what a reader typed: a function for SQL."""
    return _read(asked).is_met_by(f"{title}\n{summary}\n{content}")


# ---------------------------------------------------------------- inside

_read = lru_cache(maxsize=50)(read_query)
_UNREAD, _VERSION = select(search_state.c.unread), select(search_state.c.version)


def _tell(connection: Connection, statement: str, texts: Iterable[tuple[int, Texts]]) -> None:
    rows = [(number, " ".join(terms_of("\n".join(parts)))) for number, parts in texts]
    if rows and is_available():
        connection.exec_driver_sql(statement, rows)


def _texts(connection: Connection, numbers: Sequence[int]) -> list[tuple[int, Texts]]:
    found: list[tuple[int, Texts]] = []
    for i in range(0, len(numbers), 500):
        query = select(entries.c.pk, entries.c.title, entries.c.summary, entries.c.content)
        rows = connection.execute(query.where(entries.c.pk.in_(numbers[i : i + 500])))
        found += [(row.pk, (row.title, row.summary, row.content)) for row in rows]
    return found


def _remember(connection: Connection, version: int, unread: int) -> None:
    connection.execute(update(search_state).values(version=version, unread=unread))
