"""What can go wrong, as types.

    WatcherError                 base of all exceptions that watcher raises on purpose
    ├── FaultsFound              files of the user are wrong: carries every Fault, with positions
    ├── StoreError               the database cannot be used
    │   ├── AlreadyRunning       another watcher holds this database
    │   └── SchemaMismatch       the database was written by another version
    └── UsageError               a command was asked for something that does not exist

Expected failures of the outside world (a feed that is down, a chat that refuses) are
*values* in model.py, not exceptions. An exception means a bug, a broken machine or a
mistake of the user that ends the command.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake in a file of the user, printed as `file:line:column: path: message`.

    `line` and `column` count from 1. `path` is the dotted path of the value inside the
    document, such as `rules[0].when.all[1]`; empty when the document as a whole is meant.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class WatcherError(Exception):
    """Base of all exceptions that watcher raises on purpose."""


class FaultsFound(WatcherError):  # noqa: N818 - named for what it carries
    """Files of the user hold mistakes; `faults` has all of them, in file order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class StoreError(WatcherError):
    """The database cannot be used; the message names the file and the remedy."""


class AlreadyRunning(StoreError):  # noqa: N818 - named for the state
    """Another watcher holds this database."""


class SchemaMismatch(StoreError):  # noqa: N818 - named for the state
    """The database was written by another version of watcher."""


class InputError(WatcherError):
    """What a command was given to read, a document or an address, is not what it takes."""


class UsageError(WatcherError):
    """A command was asked for something that does not exist (a receiver, a feed, an entry)."""
