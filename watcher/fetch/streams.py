# ruff: noqa: ASYNC109 - `timeout` is in httpcore's signatures
"""One connection for httpcore, on asyncio's own sockets: with anyio between, a poll costs half a millisecond more."""

import asyncio
import socket
import ssl
from types import TracebackType
from typing import Any

import httpcore

_PIECE = 65_536


class _Within:
    """Bounds what a socket does, if `timeout` is not None, and turns what may go wrong into httpcore's exceptions."""

    __slots__ = ("_broken", "_clock", "_late")

    def __init__(self, timeout: float | None, late: type[Exception], broken: type[Exception]) -> None:
        self._clock = None if timeout is None else asyncio.timeout(timeout)
        self._late, self._broken = late, broken

    async def __aenter__(self) -> None:
        if self._clock is not None:
            await self._clock.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._clock is not None:
                await self._clock.__aexit__(kind, error, trace)
        except TimeoutError as late:
            raise self._late(str(late)) from late
        if isinstance(error, TimeoutError):
            raise self._late(str(error)) from error
        if isinstance(error, OSError):  # ssl.SSLError among them
            raise self._broken(str(error)) from error


async def connect(address: str, port: int, timeout: float | None) -> "Stream":
    """Connect to a numeric address.

    Raises:
        httpcore.ConnectError: nobody answers there, or not in `timeout` seconds (`httpcore.ConnectTimeout`).
    """
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with _Within(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
            await asyncio.get_running_loop().sock_connect(connection, (address, port))
    except BaseException:
        connection.close()
        raise
    return Stream(connection)


class Stream(httpcore.AsyncNetworkStream):
    """A connected socket, with TLS over it once that was started."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket, self._loop = connection, asyncio.get_running_loop()
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Stream":
        """Shake hands, and speak TLS from here on.

        Raises:
            httpcore.ConnectError: the certificate is not trusted, or the other side breaks off.
        """
        tls = ssl_context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)
        try:
            async with _Within(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
                while True:
                    try:
                        tls.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        await self._flush()
                        await self._fill()
                    except ssl.SSLError:
                        await self._flush()  # the alert says what was wrong
                        raise
                await self._flush()
        except BaseException:
            await self.aclose()
            raise
        self._tls = tls
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come; nothing at the end.

        Raises:
            httpcore.ReadError: the connection broke, or was quiet for `timeout` seconds (`httpcore.ReadTimeout`).
        """
        async with _Within(timeout, httpcore.ReadTimeout, httpcore.ReadError):
            if self._tls is None:
                return await self._loop.sock_recv(self._socket, max_bytes)
            while True:
                try:
                    return self._tls.read(max_bytes)
                except ssl.SSLWantReadError:
                    await self._flush()
                    await self._fill()
                except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                    return b""  # whether the answer is whole, HTTP's own lengths say

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it.

        Raises:
            httpcore.WriteError: the connection broke, or took nothing for `timeout` seconds (`httpcore.WriteTimeout`).
        """
        async with _Within(timeout, httpcore.WriteTimeout, httpcore.WriteError):
            if self._tls is None:
                await self._loop.sock_sendall(self._socket, buffer)
                return
            rest = memoryview(buffer)
            while rest:
                try:
                    rest = rest[self._tls.write(rest) :]
                except ssl.SSLWantReadError:
                    await self._fill()
                await self._flush()

    async def aclose(self) -> None:
        """Close the socket."""
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """Return the TLS object, for the server's certificate."""
        return self._tls if info == "ssl_object" else None

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._loop.sock_sendall(self._socket, self._outgoing.read())

    async def _fill(self) -> None:
        received = await self._loop.sock_recv(self._socket, _PIECE)
        if received:
            self._incoming.write(received)
        else:
            self._incoming.write_eof()
