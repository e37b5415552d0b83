"""Parsing in processes that may be killed: a document costs bounded time and memory, whatever it holds."""

import asyncio
import multiprocessing
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from watcher.model import ParseFailed, ParseFailure, ParseResult

#: Documents were found that hold feedparser for 20 s; honest ones of 10 MB take about 5 s.
TIMEOUT_S = 10.0
#: Address space of a worker. An honest document of 20 MB takes about 300 MB.
MEMORY_MB = 1024


class ParsePool:
    """Runs `parse_feed` in worker processes, started when first needed."""

    def __init__(self, workers: int = 1, timeout_s: float = TIMEOUT_S, memory_mb: int = MEMORY_MB) -> None:
        self._timeout_s, self._memory_mb, self._count = timeout_s, memory_mb, workers
        self._idle: asyncio.Queue[_Worker | None] = asyncio.Queue()
        for _ in range(workers):
            self._idle.put_nowait(None)

    async def parse(self, body: bytes, **kwargs: Any) -> ParseResult:
        """Parse one document; see `parse.parse_feed` for the arguments. Never raises for what it holds."""
        worker = await self._idle.get()
        try:
            if worker is None or not worker.process.is_alive():
                worker = await asyncio.to_thread(_start, self._memory_mb)
            answer = await asyncio.to_thread(worker.ask, body, kwargs, self._timeout_s)
        except BaseException:
            if worker is not None:
                worker.kill()
            worker = None
            raise
        finally:
            if worker is not None and worker.dead:
                worker = None
            self._idle.put_nowait(worker)
        return answer

    async def aclose(self) -> None:
        """End all workers."""
        for _ in range(self._count):
            worker = await self._idle.get()
            if worker is not None:
                worker.kill()


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    dead: bool = False

    def ask(self, body: bytes, kwargs: dict[str, Any], timeout_s: float) -> ParseResult:
        """Send one document and wait for its answer; kill the process if none comes."""
        try:
            self.pipe.send((body, kwargs))
            if not self.pipe.poll(timeout_s):
                self.kill()
                return ParseFailed(ParseFailure.TIMEOUT, f"the parser did not end within {timeout_s:g} s")
            answer: ParseResult = self.pipe.recv()
        except (EOFError, OSError):
            self.kill()
            code = self.process.exitcode
            return ParseFailed(ParseFailure.CRASHED, f"the parser broke down on it (exit status {code})")
        if isinstance(answer, ParseFailed) and answer.reason is ParseFailure.MEMORY:
            self.kill()  # what it holds on to is not worth keeping
        return answer

    def kill(self) -> None:
        """End the process now."""
        self.dead = True
        with suppress(OSError):
            self.pipe.close()
        self.process.kill()
        self.process.join(5)


def _start(memory_mb: int) -> _Worker:
    """Start a worker: a fresh interpreter, so that neither threads nor connections are inherited."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, memory_mb), daemon=True, name="parser")
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _serve(pipe: Connection, memory_mb: int) -> None:
    """Answer documents until the parent closes the pipe, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    _limit_memory(memory_mb)
    from watcher.parse import parse_feed

    while True:
        try:
            body, kwargs = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        try:
            answer: ParseResult = parse_feed(body, **kwargs)
        except MemoryError:
            answer = ParseFailed(ParseFailure.MEMORY, f"the parser needed more than {memory_mb} MB for it")
        except RecursionError:
            answer = ParseFailed(ParseFailure.CRASHED, "the document is nested too deeply for the parser")
        pipe.send(answer)


def _limit_memory(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: time is bounded, memory is not
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
