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


@pytest.mark.slow
def test_every_captured_feed_is_read(captured):
    failed = {}
    for name in sorted(captured)[::STEP]:
        body, row = captured[name]
        result = parse_feed(body, now=NOW, feed="f", url="https://site.example/feed")
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
def test_the_quick_reader_reads_what_feedparser_reads(captured, monkeypatch):
    """What it does not decline, four documents of five, comes out the same in every field."""
    read, taken, differing = plain.read, 0, []
    for name in sorted(captured)[::STEP]:
        body, _ = captured[name]
        quick: list[bool] = []
        monkeypatch.setattr(plain, "read", lambda data, quick=quick: _noted(read(data), quick))
        ours = parse_feed(body, now=NOW, feed="f", url="https://site.example/feed")
        if any(quick):
            taken += 1
            monkeypatch.setattr(plain, "read", lambda data: None)
            if parse_feed(body, now=NOW, feed="f", url="https://site.example/feed") != ours:
                differing.append(name)
    assert not differing
    assert taken > len(captured) / STEP * 0.7


def _noted(document, quick):
    quick.append(document is not None)
    return document


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
