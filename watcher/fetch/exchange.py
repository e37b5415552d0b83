"""One request over a connection of its own: without the HTTP library's pool, which keeps nothing open for us anyway.

The pool and its locks cost a poll as much processor time as the exchange itself.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import suppress

import h11
import httpcore
import httpx

from watcher.fetch.connections import Dialler
from watcher.fetch.streams import Stream

#: Most that an answer's headers may have, in bytes.
_MOST_HEADERS = 100 * 1024
_PIECE = 65_536
_PORTS = {"http": 80, "https": 443}


class Exchanges(httpx.AsyncBaseTransport):
    """Sends each request over a new connection to an address that was checked, and closes it with the answer."""

    def __init__(self, dialler: Dialler, verify: ssl.SSLContext) -> None:
        self._dialler, self._verify = dialler, verify
        verify.set_alpn_protocols(["http/1.1"])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the answer once its headers are there.

        Raises:
            httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException: it came to nothing.
        """
        stream = await self._connected(request.url, request.extensions["timeout"]["connect"])
        try:
            exchange = _Exchange(stream)
            await exchange.send(request)
            answer = await exchange.answer()
        except BaseException:
            await stream.aclose()
            raise
        extensions = {"network_stream": stream, "reason_phrase": answer.reason}
        headers = answer.headers.raw_items()
        return httpx.Response(answer.status_code, headers=headers, stream=_Body(exchange), extensions=extensions)

    async def _connected(self, url: httpx.URL, within_s: float) -> Stream:
        host = url.raw_host.decode("ascii")
        stream = await self._dialler.connect(host, url.port or _PORTS[url.scheme], within_s)
        return await stream.start_tls(self._verify, host, within_s) if url.scheme == "https" else stream


class _Exchange:
    """One request and its answer. How long they may take, who asks for them bounds."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEADERS)

    async def send(self, request: httpx.Request) -> None:
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        pieces = [self._http.send(head)]
        if request.content:
            pieces.append(self._http.send(h11.Data(request.content)))
        pieces.append(self._http.send(h11.EndOfMessage()))
        with suppress(httpcore.WriteError):  # whoever hangs up before all was said may still have answered
            await self.stream.write(b"".join(filter(None, pieces)))

    async def answer(self) -> h11.Response:
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event

    async def body(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    async def _next(self) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                data = await self.stream.read(_PIECE)
                if not data and self._http.their_state is h11.SEND_RESPONSE:
                    raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
                self._http.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise httpcore.RemoteProtocolError(str(error)) from error
        return event


class _Body(httpx.AsyncByteStream):
    """An answer's body as it comes."""

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._exchange.body()

    async def aclose(self) -> None:
        """Close the connection, wherever the body is."""
        await self._exchange.stream.aclose()
