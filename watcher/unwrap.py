"""Links of entries that lead through somebody else's redirector become those of the pages that they lead to.

Some name the page themselves; others must be asked, as politely as a feed is. Nothing hangs on it: an entry
whose link says nothing in time keeps it.
"""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from watcher.in_time import in_time
from watcher.links import host
from watcher.model import Entry, Fetched, FetchFailed, FetchFailure, FetchResult, Observer, ParsedFeed
from watcher.parse.identity import LINK_CHARS
from watcher.parse.target import target_on
from watcher.redirectors import is_asked, target_in

#: All links of one poll together get this long.
WITHIN = timedelta(seconds=10)
#: Links of one poll that are asked.
MOST_LINKS = 50
#: Answers that are remembered.
REMEMBERED = 5000
#: A host of which so many answers in a row said nothing is left alone for so long.
SILENT_AFTER, SILENT_FOR = 3, timedelta(days=1)


class Follows(Protocol):
    """What is needed of `fetch.Fetcher`."""

    async def target(
        self, url: str, within: Callable[[str], bool], asking: Callable[[], None] = ...
    ) -> str | FetchResult:
        """Follow an address while its host is `within`; return the first address that is not, unasked.

        Calls `asking` whenever it has waited for its turn at a host.
        """


def written_out(parsed: ParsedFeed) -> ParsedFeed:
    """Return the document with the pages' addresses where links have them in themselves."""
    entries = tuple(_leading_to(entry, target_in(entry.link or "")) for entry in parsed.entries)
    return replace(parsed, entries=entries)


def must_ask(parsed: ParsedFeed) -> bool:
    """Say whether a document has links that say only to who asks where they lead."""
    return any(is_asked(host(entry.link or "")) for entry in parsed.entries)


class Unwrapper:
    """Asks where links lead, and remembers what was said."""

    def __init__(self, follows: Follows, clock: Callable[[], datetime], observe: Observer) -> None:
        self._follows, self._clock, self._observe = follows, clock, observe
        self._known: dict[str, str] = {}
        #: Answers in a row that said nothing, by host, and until when it is left alone.
        self._nothing: Counter[str] = Counter()
        self._alone_until: dict[str, datetime] = {}

    async def unwrap(self, parsed: ParsedFeed, fresh: Collection[str], *, within: timedelta = WITHIN) -> ParsedFeed:
        """Return the document with the links of the `fresh` entries, by id, unwrapped as far as they say in time."""
        wanted = [entry.link for entry in parsed.entries if entry.id in fresh and entry.link not in self._known]
        by_host: dict[str, list[str]] = defaultdict(list)
        for link in [link for link in dict.fromkeys(wanted) if link and is_asked(host(link))][:MOST_LINKS]:
            by_host[host(link)].append(link)
        for outcome in await in_time((self._ask(name, links, within) for name, links in by_host.items()), within):
            if isinstance(outcome, Exception):  # a bug of ours must keep no entry back
                self._observe({"event": "internal_error", "where": "links", "exception": outcome})
        return replace(parsed, entries=tuple(_leading_to(e, self._known.get(e.link or "")) for e in parsed.entries))

    async def _ask(self, name: str, links: Sequence[str], within: timedelta) -> None:
        """Ask a host for one link after the other, until it is to be left alone."""
        time, began = asyncio.get_running_loop().time, 0.0

        def begin() -> None:
            nonlocal began
            began = time()

        for link in links:
            if name in self._alone_until and self._clock() < self._alone_until[name]:
                return
            began = math.inf
            try:
                answer = await self._follows.target(link, is_asked, begin)
            except asyncio.CancelledError:
                if time() - began > within.total_seconds() / 2:  # not where it still waited, or had hardly begun
                    self._note(name, link, None)
                raise
            if isinstance(answer, FetchFailed) and answer.reason is FetchFailure.HELD:
                return
            self._note(name, link, await _page(answer))

    def _note(self, name: str, link: str, page: str | None) -> None:
        self._nothing[name] = 0 if page else self._nothing[name] + 1
        if page:
            self._known[link] = page
            if len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]
        elif self._nothing[name] >= SILENT_AFTER:
            self._alone_until[name], self._nothing[name] = self._clock() + SILENT_FOR, 0


async def _page(answer: str | FetchResult) -> str | None:
    """Return the address of the page that an answer names, if it is one that can be stored."""
    if isinstance(answer, Fetched):  # in a thread: strangers write these bodies
        found = await asyncio.to_thread(target_on, answer.body, answer.url)
    else:
        found = answer if isinstance(answer, str) else None
    found = found and (target_in(found) or found)
    return found if found and len(found) <= LINK_CHARS else None


def _leading_to(entry: Entry, page: str | None) -> Entry:
    """Return an entry with the address of its page; what the feed said stays what revisions are told by."""
    if page is None:
        return entry
    return replace(entry, link=page, link_of_feed=entry.link_of_feed or entry.link, hash_of_feed=entry.content_hash)
