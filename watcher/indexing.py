"""Fills the full-text index with what was stored before there was one, a little at a time, the newest first."""

from time import monotonic

from watcher.model import Observer
from watcher.store import InWriter, Store, search

#: Time in seconds that a tick may share the writer with polls, which are committed between its pieces.
BUDGET_S = 20.0


class Indexer:
    """Has nothing to do once everything is in the index."""

    def __init__(self, store: Store, in_writer: InWriter, observe: Observer) -> None:
        self._store, self._in_writer, self._observe = store, in_writer, observe
        self._took_s = 0.0
        self._done = 0
        self._is_full = not search.is_available()

    async def tick(self) -> None:
        """Go on for as long as the budget lasts, and tell how far it is."""
        if self._is_full:
            return
        begun, done = monotonic(), self._done
        while not self._is_full and monotonic() - begun < BUDGET_S:
            await self.some()
        self._took_s += monotonic() - begun
        if self._done > done:
            left = await self._in_writer(self._left)
            self._observe({
                "event": "search_filled", "entries": self._done, "left": left, "took_s": round(self._took_s, 1)
            })  # fmt: skip

    async def some(self) -> int:
        """Put some entries in; return how many."""
        put = await self._in_writer(self._fill)
        self._done += put
        self._is_full = put < search.PIECE
        return put

    def _fill(self) -> int:
        with self._store.read() as connection:
            if not search.unread(connection):
                return 0
        with self._store.write() as connection:
            return search.fill(connection)

    def _left(self) -> int:
        with self._store.read() as connection:
            return search.left(connection)
