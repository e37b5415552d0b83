"""An HTTP server on loopback that misbehaves on request: raw bytes on raw sockets, in a thread of its own.

    with BadServer() as server:
        server.on("/feed", ok(b"<rss>...", ETag='"1"'), not_modified())   # in turn; the last one stays
        server.on("/slow", hang)
        url = server.url("/feed")
        ...
        assert server.asked("/feed")[0].headers["if-none-match"] == ...

An answer is bytes, or an async function of `(request, writer)`; a `callable(request) -> answer` chooses.
"""

import asyncio
import contextlib
import inspect
import ssl
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True)
class Request:
    """What a client asked: header names in lower case, values byte for byte as Latin-1."""

    method: str
    target: str
    headers: dict[str, str]
    #: Header names in lower case, in order, repeats included.
    names: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Writing = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
Choosing = Callable[[Request], "bytes | Writing"]
Answer = bytes | Writing | Choosing


def answer(status: int = 200, body: bytes = b"", *, length: bool = True, **headers: str) -> bytes:
    """A whole answer; `Content_Type="..."` becomes `Content-Type`, and None leaves a header out."""
    known = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Odd"
    lines = [f"HTTP/1.1 {status} {known}"]
    if length and status != 304:
        headers.setdefault("Content_Length", str(len(body)))
    headers.setdefault("Connection", "close")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def ok(body: bytes, **headers: str) -> bytes:
    headers.setdefault("Content_Type", "application/rss+xml")
    return answer(200, body, **headers)


def redirect(to: str, status: int = 301) -> bytes:
    return answer(status, b"", Location=to)


async def hang(request: Request, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(3600)  # held by the loop: a task that waits for what nobody else knows is collected


def hang_up(*said: bytes) -> Writing:
    """Say something and break the connection off."""

    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        for piece in said:
            writer.write(piece)
        await writer.drain()

    return write


def drip(whole: bytes, every_s: float = 0.5) -> Writing:
    """Send byte by byte."""

    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        for byte in whole:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(every_s)

    return write


def endless(head: bytes, piece: bytes) -> Writing:
    """Send the head and then the piece for ever."""

    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return write


def conditional(body: bytes, etag: str, **headers: str) -> Choosing:
    """Behave well: 304 for the current ETag, else 200 with it."""

    def choose(request: Request) -> bytes:
        if request.headers.get("if-none-match") == etag:
            return answer(304, ETag=etag, **headers)
        return ok(body, ETag=etag, **headers)

    return choose


@dataclass
class BadServer:
    """Serves the routes; `tls` makes it HTTPS. Use as a context manager."""

    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    #: Connections open now, and the most that were open at once, by path.
    open_now: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_open: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __enter__(self) -> "BadServer":
        self._routes: dict[str, list[Answer]] = {}
        self._ready, self._ending = threading.Event(), False
        self._arrived = threading.Condition()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def on(self, path: str, *answers: Answer) -> str:
        """Give the answers of a path, in turn; return its address."""
        self._routes[path] = list(answers)
        return self.url(path)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def wait_for(self, path: str, count: int, within_s: float = 30) -> None:
        """Wait until a path was asked so many times."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.asked(path)) >= count, within_s), self.requests

    # ------------------------------------------------------------ inside

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        self._ending = True
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = ""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            first = await reader.readexactly(1)
            if first == b"\x16" and not self.tls:  # a TLS handshake
                writer.write(answer(400))
                await writer.drain()
                raise ConnectionError
            request = _read(first + await reader.readuntil(b"\r\n\r\n"))
            path = request.path
            with self._arrived:
                self.open_now[path] += 1
                self.most_open[path] = max(self.most_open[path], self.open_now[path])
                self.requests.append(request)
                self._arrived.notify_all()
            await self._answer(request, writer)
        self.open_now[path] -= 1
        if self._ending:
            writer.transport.abort()
            return
        with contextlib.suppress(Exception, asyncio.CancelledError):
            writer.close()
            await writer.wait_closed()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        turns = self._routes.get(request.path, [answer(404)])
        turn = turns.pop(0) if len(turns) > 1 else turns[0]
        if not isinstance(turn, bytes) and not inspect.iscoroutinefunction(turn):
            turn = turn(request)
        if isinstance(turn, bytes):
            writer.write(turn)
            await writer.drain()
        else:
            await turn(request, writer)


def _read(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = [line.split(": ", 1) for line in lines]
    return Request(method, target, {k.lower(): v for k, v in pairs}, tuple(k.lower() for k, _ in pairs))
