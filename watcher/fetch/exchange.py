"""One request over a connection of its own: httpcore's connection without its pool, which keeps nothing open for us."""

import ssl
from collections.abc import AsyncIterable, AsyncIterator
from typing import cast

import httpcore
import httpx


class Exchanges(httpx.AsyncBaseTransport):
    """Sends each request over a new connection, made by a backend, and closes it with the answer."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, verify: ssl.SSLContext) -> None:
        self._backend, self._verify = backend, verify

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the answer once its headers are there.

        Raises:
            httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException: it came to nothing.
        """
        whole = request.url
        url = httpcore.URL(scheme=whole.raw_scheme, host=whole.raw_host, port=whole.port, target=whole.raw_path)
        connection = httpcore.AsyncHTTPConnection(url.origin, self._verify, network_backend=self._backend)
        sent = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        try:
            answer = await connection.handle_async_request(sent)
        except BaseException:
            await connection.aclose()
            raise
        body = _Body(cast("AsyncIterable[bytes]", answer.stream), connection)
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)


class _Body(httpx.AsyncByteStream):
    """An answer's body as it comes."""

    def __init__(self, body: AsyncIterable[bytes], connection: httpcore.AsyncHTTPConnection) -> None:
        self._body, self._connection = body, connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._body)

    async def aclose(self) -> None:
        """Close the connection, wherever the body is."""
        await self._connection.aclose()
