"""Whole texts for feeds that give only the beginning: the page of each new entry is read, as politely as a feed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from watcher.in_time import in_time
from watcher.links import site
from watcher.model import Entry, Feed, Fetched, FetchFailed, FetchRequest, FetchResult, ParsedFeed, ParseFailed
from watcher.parse.identity import LINK_CHARS
from watcher.parse.page import Page

#: All pages of one poll together get this long; entries whose page has not come by then go on without it.
WITHIN = timedelta(seconds=60)
#: Pages of one poll; a feed that brings more at once is an archive.
MOST_PAGES = 50


class Fetches(Protocol):
    """What is needed of `fetch.Fetcher`."""

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """Make one GET."""


class Reads(Protocol):
    """What is needed of `workers.ParsePool`."""

    async def read_page(self, body: bytes, **kwargs: Any) -> Page | ParseFailed:
        """Find the article on a page within limits of time and memory."""


@dataclass(frozen=True, slots=True)
class _Lost:
    """A page that gave nothing, and why."""

    why: str


async def complete(
    parsed: ParsedFeed,
    feed: Feed,
    fresh: Mapping[str, str],
    fetcher: Fetches,
    reader: Reads,
    *,
    within: timedelta = WITHIN,
) -> ParsedFeed:
    """Return the document with the whole text of the `fresh` entries, by id; each with the text that is stored of it.

    A revised entry whose page gives none this time keeps that text, for it was not taken back. A new
    one keeps its own where its page gives none or a shorter one; how many did, and why, is a note. A
    link that led to another site (Google News and other redirectors) becomes the page's own address.
    What the feed said stays what revisions are told by.
    """
    wanted = [entry for entry in parsed.entries if entry.id in fresh and entry.link][:MOST_PAGES]
    ended = await in_time((_page(entry, feed, fetcher, reader) for entry in wanted), within)
    late = _Lost(f"not read within {within.total_seconds():.0f} s")
    answers = {e.id: late if isinstance(got, BaseException) else got for e, got in zip(wanted, ended, strict=True)}
    found = {name: answer for name, answer in answers.items() if not isinstance(answer, _Lost)}
    entries = tuple(
        _completed(entry, *found[entry.id]) if entry.id in found else _kept(entry, fresh.get(entry.id, ""))
        for entry in parsed.entries
    )
    lost = Counter(answer.why for answer in answers.values() if isinstance(answer, _Lost))
    if not lost:
        return replace(parsed, entries=entries)
    (why, _), count = lost.most_common(1)[0], sum(lost.values())
    note = f"the whole text of {count} of {len(answers)} new entries could not be read; they have the feed's: {why}"
    return replace(parsed, entries=entries, notes=(*parsed.notes, note))


async def _page(entry: Entry, feed: Feed, fetcher: Fetches, reader: Reads) -> tuple[Page, str] | _Lost:
    """Fetch and read an entry's page; return it with the address that it was found at."""
    try:
        return await _read(entry, feed, fetcher, reader)
    except Exception as error:  # a fault of ours on one page must not keep the feed's other entries back
        return _Lost(f"internal error: {type(error).__name__}: {error}")


async def _read(entry: Entry, feed: Feed, fetcher: Fetches, reader: Reads) -> tuple[Page, str] | _Lost:
    result = await fetcher.fetch(FetchRequest(feed.id, entry.link or ""))
    if isinstance(result, FetchFailed):
        return _Lost(f"{result.reason}: {result.message}")
    if not isinstance(result, Fetched):
        return _Lost("the server says 304 though nothing was asked of it")
    page = await reader.read_page(
        result.body, content_type=result.content_type, url=result.url, lang=entry.lang or feed.language
    )
    return _Lost(f"{page.reason}: {page.message}") if isinstance(page, ParseFailed) else (page, result.url)


def _completed(entry: Entry, page: Page, found_at: str) -> Entry:
    longest = max(entry.content, entry.summary, key=len)
    content = page.text if len(page.text) > len(longest) else entry.content
    led_away = site(found_at) != site(entry.link or "") and len(page.canonical or found_at) <= LINK_CHARS
    entry = replace(entry, content=content, hash_of_feed=entry.content_hash)
    if not led_away:
        return entry
    return replace(entry, link=page.canonical or found_at, link_of_feed=entry.link_of_feed or entry.link)


def _kept(entry: Entry, stored: str) -> Entry:
    if len(stored) <= max(len(entry.content), len(entry.summary)):
        return entry
    return replace(entry, content=stored, hash_of_feed=entry.content_hash)
