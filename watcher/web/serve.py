"""The server, inside the daemon's loop. That it cannot listen never stops the watching."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from watcher.model import Observer
from watcher.web.guard import MOST_HEAD_BYTES

#: Time between two tries to listen where somebody else does.
AGAIN = timedelta(seconds=30)
#: Time that a stop leaves to answers in hand.
GRACE_S = 1
#: Connections at once; further ones get 503.
MOST_CONNECTIONS = 100
#: Time in seconds for one request, from its first byte, or the connection, to the last byte of the answer.
WITHIN_S = 30.0


class _Server(uvicorn.Server):
    """Leaves signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing."""
        yield


class _Bounded(H11Protocol):
    """Gives a client `WITHIN_S` for each request with its answer: slow ones would take all connections."""

    _bound: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._begin()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._end()
        self._bound = self.loop.call_later(WITHIN_S, self.transport.abort)

    def _end(self) -> None:
        if self._bound is not None:
            self._bound.cancel()


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, observe: Observer) -> AsyncIterator[None]:
    """Serve while the block runs; port 0 takes a free one, and `web_started` tells it."""
    server = _Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False,
            proxy_headers=False, limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=5,
            timeout_graceful_shutdown=GRACE_S, h11_max_incomplete_event_size=MOST_HEAD_BYTES, http=_Bounded,
        )
    )  # fmt: skip
    ended = asyncio.Event()
    task = asyncio.create_task(_serve(server, host, port, observe, ended), name="web")
    try:
        yield
    finally:
        ended.set()
        server.should_exit = True
        done, _ = await asyncio.wait([task], timeout=3 * GRACE_S)
        if not done:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _serve(server: _Server, host: str, port: int, observe: Observer, ended: asyncio.Event) -> None:
    """Listen, as soon as that is possible, and answer until the end; a fault of ours is told and tried again."""
    told = False
    while not ended.is_set():
        try:
            listening = await asyncio.to_thread(_listen, host, port)
        except OSError as error:
            if not told:
                why = f"cannot listen on {host}:{port}: {error.strerror or error}"
                remedy = "set `web.listen` to a free port, or `web.enabled: false`"
                observe({"event": "web_failed", "why": why, "remedy": remedy})
            told = True
        else:
            told = False
            address = listening.getsockname()
            observe({"event": "web_started", "address": _url(address[0], address[1])})
            try:
                await server.serve(sockets=[listening])
            except Exception as error:
                observe({"event": "internal_error", "where": "web", "exception": error})
            finally:
                listening.close()
        try:
            async with asyncio.timeout(AGAIN.total_seconds()):
                await ended.wait()
        except TimeoutError:
            continue


def _listen(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    return socket.create_server((host, port), family=family)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
