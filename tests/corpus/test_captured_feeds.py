"""Real feeds are read whole; documents made to hurt cost one failed poll each, within bounds."""

import asyncio
import io
import time
import warnings
from datetime import UTC, datetime

import feedparser
import pytest

from watcher.model import ParsedFeed, ParseFailed
from watcher.parse import parse_feed, plain
from watcher.workers import CPU_S, CPU_S_PER_MB, ParsePool

NOW = datetime(2026, 11, 24, tzinfo=UTC)
#: Every third document: the whole corpus takes half a minute.
STEP = 3
#: What is no feed, or so broken that feedparser finds no entry in it either.
NO_FEEDS = {"kagisearch__fastfeedparser__7ef13a42fa7e177a.xml"}


def naive(body):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feedparser.parse(io.BytesIO(body))


@pytest.fixture(scope="module")
def read(captured):
    """Results by document, and the documents that the quick reader did not decline."""
    results, quickly = {}, set()
    with pytest.MonkeyPatch.context() as patch:
        for name in sorted(captured)[::STEP]:
            patch.setattr(plain, "read", lambda data, name=name: _noted(_plainly(data), name, quickly))
            results[name] = parse(captured[name][0])
    return results, quickly


_plainly = plain.read


def _noted(document, name, quickly):
    if document is not None:
        quickly.add(name)
    return document


def parse(body):
    return parse_feed(body, now=NOW, feed="f", url="https://site.example/feed")


@pytest.mark.slow
def test_every_captured_feed_is_read(captured, read):
    failed = {}
    for name, result in read[0].items():
        row = captured[name][1]
        if isinstance(result, ParseFailed):
            failed[name] = result.message
            continue
        ids = [entry.id for entry in result.entries]
        assert len(set(ids)) == len(ids), name
        assert all(ids), name
        assert len(ids) <= max(int(row["entries"] or 0), 1), name
    assert failed.keys() <= NO_FEEDS, failed


@pytest.mark.slow
def test_no_entry_of_feedparser_is_lost(captured):
    """Every address that feedparser finds for an entry is ours too; an id that is no address is no link."""
    lost = {}
    for name in sorted(captured)[1 :: STEP * 4]:
        body, _ = captured[name]
        result = parse_feed(body, now=NOW)
        if isinstance(result, ParsedFeed) and not result.version.startswith("json"):
            links = {link for e in naive(body).entries if "/" in (link := e.get("link", "").strip())}
            ours = {e.link or "" for e in result.entries}
            if links - ours:
                lost[name] = sorted(links - ours)[:2]
    assert not lost


@pytest.mark.slow
def test_the_quick_reader_reads_what_feedparser_reads(captured, read, monkeypatch):
    """What it does not decline, four documents of five, comes out the same in every field."""
    results, quickly = read
    monkeypatch.setattr(plain, "read", lambda data: None)
    assert not [name for name in sorted(quickly) if parse(captured[name][0]) != results[name]]
    assert len(quickly) > len(results) * 0.7


@pytest.mark.slow
def test_hostile_documents_stay_within_bounds(hostile):
    """One document after the other through one pool: each ends in time, and a good one is well after it."""
    good = b"<rss version='2.0'><channel><title>T</title><item><guid>1</guid></item></channel></rss>"

    async def go():
        pool, results = ParsePool(), {}
        try:
            for name, body in sorted(hostile.items()):
                begun = time.monotonic()
                results[name] = await pool.parse(body[:20_000_000], now=NOW), time.monotonic() - begun
                assert isinstance(await pool.parse(good, now=NOW), ParsedFeed), name
        finally:
            await pool.aclose()
        return results

    results = asyncio.run(go())
    assert len(results) >= 18
    for name, (result, seconds) in results.items():
        assert seconds < 10 * (CPU_S + CPU_S_PER_MB * 20), name
        told = result.notes if isinstance(result, ParsedFeed) else (result.message,)
        assert all("\n" not in line for line in told), name
