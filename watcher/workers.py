"""Parsing in processes that may be killed: a document costs bounded time and memory, whatever it holds."""

import gc
import math
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any

from watcher.model import ParseFailed, ParseFailure, ParseResult

if TYPE_CHECKING:
    from watcher.parse.page import Page

#: Seconds of processor time for any document, and for each MB more. Honest documents take about 0.4 s a MB.
CPU_S = 2.0
CPU_S_PER_MB = 0.6
#: A busy machine gives less than a processor: the clock may show this much more before a worker is killed.
PATIENCE = 10.0
#: What a document may add to the worker's address space, and how much more for each MB beyond the size up to which
#: that is enough: honest documents of 5 MB need at most 100, whatever their letters.
MEMORY_MB = 200
SMALL_BYTES, MEMORY_MB_PER_MB = 5_000_000, 14
#: A worker that has grown beyond this is replaced after its answer: feedparser keeps what it saw.
RETIRE_MB = 250
#: Longest time for a worker to start.
START_S = 60.0

Work = Callable[..., Any]


class ParsePool:
    """Runs `parse_feed` in worker processes, started when first needed."""

    def __init__(self, workers: int = 1, *, cpu_s: float = CPU_S, memory_mb: int = MEMORY_MB) -> None:
        import asyncio  # each worker imports this module too, and has no use for an event loop

        self._cpu_s, self._memory_mb, self._count = cpu_s, memory_mb, workers
        self._idle: asyncio.Queue[_Worker | None] = asyncio.Queue()
        for _ in range(workers):
            self._idle.put_nowait(None)

    async def parse(self, body: bytes, **kwargs: Any) -> ParseResult:
        """Parse one document; see `parse.parse_feed` for the arguments. Never raises for what it holds."""
        result: ParseResult = await self._ask("parse_feed", body, kwargs)
        return result

    async def read_page(self, body: bytes, **kwargs: Any) -> "Page | ParseFailed":
        """Read an article's page; see `parse.page.read_page` for the arguments. Never raises for what it holds."""
        result: Page | ParseFailed = await self._ask("read_page", body, kwargs)
        return result

    async def _ask(self, work: str, body: bytes, kwargs: dict[str, Any]) -> Any:
        import asyncio

        worker = await self._idle.get()
        try:
            if worker is None or not worker.process.is_alive():
                worker = await asyncio.to_thread(_start)
            bounds = Bounds(
                self._cpu_s + CPU_S_PER_MB * len(body) / 1e6,
                self._memory_mb + round(MEMORY_MB_PER_MB * max(0, len(body) - SMALL_BYTES) / 1e6),
            )
            answer = await asyncio.to_thread(worker.ask, work, body, kwargs, bounds)
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


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one document may cost."""

    cpu_s: float
    memory_mb: int


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    dead: bool = False

    def ask(self, work: str, body: bytes, kwargs: dict[str, Any], bounds: Bounds) -> Any:
        """Send one document and wait for its answer; kill the process if none comes."""
        cpu_s = bounds.cpu_s
        too_long = ParseFailed(
            ParseFailure.TIMEOUT, f"the parser needs more than {cpu_s:.1f} s of processor time for it"
        )
        try:
            self.pipe.send(bounds)
            self.pipe.send((work, body, kwargs))
            if not self.pipe.poll(cpu_s * PATIENCE):
                self.kill()
                return too_long
            answer, retire = self.pipe.recv()
        except (EOFError, OSError):
            self.kill()
            code = self.process.exitcode
            if code == -getattr(signal, "SIGXCPU", 0):
                return too_long
            return ParseFailed(ParseFailure.CRASHED, f"the parser broke down on it (exit status {code})")
        if retire:
            self.kill()
        return answer

    def kill(self) -> None:
        """End the process now."""
        self.dead = True
        with suppress(OSError):
            self.pipe.close()
        self.process.join(0.05)  # one that is ending by itself may say why
        self.process.kill()
        self.process.join(5)


def _start() -> _Worker:
    """Start a worker: a fresh interpreter, so that neither threads nor connections are inherited."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True, name="parser")
    process.start()
    theirs.close()
    # Starting counts against no document's time: on a busy machine it may take longer than any of them.
    if not ours.poll(START_S):
        process.kill()
        raise TimeoutError(f"the parser's process did not start within {START_S:g} s")
    ours.recv()
    return _Worker(process, ours)


def settle() -> None:
    """Have the garbage collector come by less often: what is loaded stays, and documents make few circles.

    A changed document takes about a tenth less time (`benchmarks/parse.py`).
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _serve(pipe: Connection) -> None:
    """Answer documents until the parent closes the pipe, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    gc.disable()  # until what is loaded is settled
    from watcher.parse import parse_feed, xmlfeed  # noqa: F401 - what a document needs counts against none
    from watcher.parse.page import read_page

    works: dict[str, Work] = {"parse_feed": parse_feed, "read_page": read_page}
    gc.enable()
    settle()
    own = _address_space()
    pipe.send("ready")
    while True:
        bounds = None
        try:
            bounds = pipe.recv()
            _limit_memory(own, bounds.memory_mb)
            work, body, kwargs = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        except MemoryError:
            pipe.send((_too_large(bounds.memory_mb if bounds else 0), True))
            continue
        _limit_time(bounds.cpu_s)
        pipe.send(answer(works[work], body, kwargs, bounds.memory_mb))


def answer(work: Work, body: bytes, kwargs: dict[str, Any], memory_mb: int) -> tuple[Any, bool]:
    """Parse, and say whether the process should go: it is broken, or has grown."""
    try:
        return work(body, **kwargs), _resident_mb() > RETIRE_MB
    except MemoryError:
        return _too_large(memory_mb), True
    except RecursionError:
        return ParseFailed(ParseFailure.CRASHED, "the document is nested too deeply for the parser"), False
    except Exception as error:  # a fault of ours in one document must not take the worker along
        return ParseFailed(
            ParseFailure.CRASHED, f"the parser broke down on it: {type(error).__name__}: {error}"[:300]
        ), True


def _too_large(memory_mb: int) -> ParseFailed:
    return ParseFailed(ParseFailure.MEMORY, f"the parser needs more than {memory_mb} MB for it")


# ---------------------------------------------------------------- limits; Windows has only the clock


def _limit_memory(own: int, memory_mb: int) -> None:
    """Let the address space grow to so much more than the `own` bytes that the process began with."""
    try:
        import resource
    except ImportError:
        return
    most = own + (memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _limit_time(cpu_s: float) -> None:
    """Have the system end this process when it has used so much processor time more (whole seconds)."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime + cpu_s)
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _address_space() -> int:
    """Bytes of address space in use; a usual figure where the system does not tell."""
    return _statm(0) or 600 << 20


def _resident_mb() -> float:
    """Memory in use now; 0.0 where the system does not tell.

    Not `ru_maxrss`: after fork and exec that begins with the parent's own peak.
    """
    return _statm(1) / (1 << 20)


def _statm(field: int) -> int:
    """Bytes of one field of /proc/self/statm (proc(5)); 0 where there is none."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no path object for /proc
            return int(file.read().split()[field]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
