"""Worker processes: whatever a document does to the parser, it costs one failed poll and the next one is well."""

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watcher import workers
from watcher.model import ParsedFeed, ParseFailed, ParseFailure
from watcher.workers import ParsePool, answer

pytestmark = pytest.mark.usefixtures("real_processes")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
GOOD = b"<rss version='2.0'><channel><title>T</title><item><guid>1</guid><title>One</title></item></channel></rss>"


def run(work, **limits):
    async def go():
        pool = ParsePool(**limits)
        try:
            return await work(pool)
        finally:
            await pool.aclose()

    return asyncio.run(asyncio.wait_for(go(), 100))


def is_well(result):
    return isinstance(result, ParsedFeed) and [e.title for e in result.entries] == ["One"]


def pid_of(pool):
    return pool._idle._queue[0].process.pid


def test_one_worker_serves_many_documents():
    async def work(pool):
        first = await pool.parse(GOOD, now=NOW)
        before = pid_of(pool)
        rest = await asyncio.gather(*(pool.parse(GOOD, now=NOW) for _ in range(5)))
        return [first, *rest], before, pid_of(pool)

    results, before, after = run(work)
    assert all(map(is_well, results))
    assert before == after


@pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="needs POSIX limits of processor time")
def test_too_much_time_is_a_failure_and_the_next_document_is_well(monkeypatch):
    """Malformed markup that holds the lenient parser for over a second on any machine."""
    monkeypatch.setattr(workers, "CPU_S_PER_MB", 0)
    slow = b"<rss version='2.0'><channel><item><title>x</title>&" + b"<a b=" * 200_000

    async def work(pool):
        return await pool.parse(slow, now=NOW), await pool.parse(GOOD, now=NOW)

    bad, good = run(work, cpu_s=0.2)
    assert bad == ParseFailed(ParseFailure.TIMEOUT, "the parser needs more than 0.2 s of processor time for it")
    assert is_well(good)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs POSIX limits of memory")
def test_too_much_memory_is_a_failure_and_the_next_document_is_well():
    big = b"<rss version='2.0'><channel><item><title>" + "ш".encode() * 2_400_000 + b"</title></item></channel></rss>"

    async def work(pool):
        return await pool.parse(big, now=NOW), await pool.parse(GOOD, now=NOW)

    bad, good = run(work, memory_mb=15)
    assert bad == ParseFailed(ParseFailure.MEMORY, "the parser needs more than 15 MB for it")
    assert is_well(good)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_worker_that_is_killed_is_replaced():
    async def work(pool):
        await pool.parse(GOOD, now=NOW)
        os.kill(pid_of(pool), signal.SIGKILL)
        return await pool.parse(GOOD, now=NOW), await pool.parse(GOOD, now=NOW)

    first, second = run(work)
    assert is_well(first) or first.reason is ParseFailure.CRASHED  # it may have died with the document in hand
    assert is_well(second)


def test_a_cancelled_parse_leaves_the_pool_usable():
    async def work(pool):
        task = asyncio.create_task(pool.parse(GOOD * 2000, now=NOW))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await pool.parse(GOOD, now=NOW)

    assert is_well(run(work))


@pytest.mark.parametrize(
    ("error", "reason", "retires"),
    [
        (MemoryError(), ParseFailure.MEMORY, True),
        (RecursionError(), ParseFailure.CRASHED, False),
        (ZeroDivisionError("a fault of ours"), ParseFailure.CRASHED, True),
    ],
)
def test_what_the_parser_raises_becomes_a_value(error, reason, retires):
    def parse(body):
        raise error

    failure, retire = answer(parse, b"", {}, 100)
    assert (failure.reason, retire) == (reason, retires)


def test_a_worker_that_has_grown_is_retired():
    assert answer(lambda body: None, b"", {}, 100)[1] is (workers._resident_mb() > workers.RETIRE_MB)
