"""HTTP: one conditional GET within bounds of time, size and address. Failures come back as values."""

import asyncio
import ipaddress
import socket
import ssl
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import brotli
import httpcore
import httpx

from watcher import __version__
from watcher.model import Fetched, FetchFailed, FetchFailure, FetchRequest, FetchResult, NotModified

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
#: Largest piece that a decoder may put out at once: 809 bytes of brotli became 1 GiB without it.
STEP_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Bounds of a fetch."""

    user_agent: str = f"watcher/{__version__}"
    #: Total time, from the name look-up to the last byte, redirects included.
    timeout: timedelta = timedelta(seconds=30)
    #: After decompression; the raw body may have as many.
    max_body_bytes: int = 20_000_000
    max_redirects: int = 5
    concurrency: int = 20
    per_host: int = 1
    #: CIDRs that are reached although they are not public, such as 127.0.0.0/8.
    allow_networks: tuple[str, ...] = ()
    proxy: str | None = None


class _Refused(Exception):  # noqa: N818 - carries the failure to the one place where it becomes a value
    def __init__(
        self, reason: FetchFailure, message: str, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.reason, self.status, self.retry_after = reason, status, retry_after


class Fetcher:
    """Makes conditional GETs; at most `concurrency` at once and `per_host` to one host."""

    def __init__(self, settings: FetchSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings, self._now = settings, now
        self._all = asyncio.Semaphore(settings.concurrency)
        self._hosts: dict[str, _Host] = defaultdict(lambda: _Host(asyncio.Semaphore(settings.per_host)))
        # Its own threads: dead names hold asyncio's default ones for seconds each.
        self._names = ThreadPoolExecutor(max_workers=8, thread_name_prefix="names")
        self._client = _client(settings, self._names)

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """Fetch one feed. Never raises for what the outside world does."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            return await self._bounded(request, begun)
        except _Refused as refused:
            elapsed = timedelta(seconds=clock() - begun)
            return FetchFailed(refused.reason, str(refused), refused.status, refused.retry_after, elapsed)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()
        self._names.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------ inside

    async def _bounded(self, request: FetchRequest, begun: float) -> FetchResult:
        host = _parse_url(request.url).host
        async with self._slot(host), self._all:
            try:
                async with asyncio.timeout(self._settings.timeout.total_seconds()):
                    return await self._follow(request, begun)
            except TimeoutError:
                seconds = self._settings.timeout.total_seconds()
                raise _Refused(FetchFailure.TIMEOUT, f"no complete answer within {seconds:.0f} s") from None
            except (httpx.HTTPError, httpx.InvalidURL, httpcore.NetworkError, ssl.SSLError) as error:
                raise _mapped(error) from None

    @asynccontextmanager
    async def _slot(self, host: str) -> AsyncIterator[None]:
        slot = self._hosts[host]
        slot.users += 1
        try:
            async with slot.semaphore:
                yield
        finally:
            slot.users -= 1
            if not slot.users:
                del self._hosts[host]

    async def _follow(self, request: FetchRequest, begun: float) -> FetchResult:
        url, seen, permanent = _parse_url(request.url), set[str](), True
        while True:
            if str(url) in seen:
                raise _Refused(FetchFailure.REDIRECTS, f"the redirects go round in a circle at {_shown(url)}")
            if len(seen) > self._settings.max_redirects:
                raise _Refused(FetchFailure.REDIRECTS, f"more than {self._settings.max_redirects} redirects")
            seen.add(str(url))
            async with self._client.stream("GET", url, headers=self._headers(request, url)) as response:
                target = _redirect(url, response)
                if target is None:
                    moved = str(url) if permanent and len(seen) > 1 else None
                    elapsed = timedelta(seconds=asyncio.get_running_loop().time() - begun)
                    return await self._answer(url, response, moved, elapsed)
                downgrade = url.scheme == "https" and target.scheme == "http"
                permanent = permanent and response.status_code in (301, 308) and not downgrade
                url = target

    def _headers(self, request: FetchRequest, url: httpx.URL) -> dict[str, str]:
        headers = {"Accept": ACCEPT, "Accept-Encoding": "gzip, br"}
        if str(url) == (request.validators_url or request.url):
            if request.etag is not None:
                headers["If-None-Match"] = request.etag
            if request.last_modified is not None:
                headers["If-Modified-Since"] = request.last_modified
        return headers

    async def _answer(
        self, url: httpx.URL, response: httpx.Response, moved: str | None, elapsed: timedelta
    ) -> FetchResult:
        headers = response.headers
        etag, last_modified = headers.get("etag"), headers.get("last-modified")
        fresh = _fresh_for(headers, self._now())
        if response.status_code == 304:
            return NotModified(str(url), etag, last_modified, fresh, elapsed)
        if response.status_code != 200:
            raise _status_failure(response, self._now())
        body = await self._body(response)
        return Fetched(str(url), body, headers.get("content-type", ""), etag, last_modified, fresh, moved, elapsed)

    async def _body(self, response: httpx.Response) -> bytes:
        cap = self._settings.max_body_bytes
        declared = response.headers.get("content-length", "")
        if declared.isascii() and declared.isdecimal() and int(declared) > cap:
            raise _too_big(cap)
        inflate = _Inflate(response.headers.get("content-encoding", ""), cap)
        raw = 0
        async for chunk in response.aiter_raw(STEP_BYTES):
            raw += len(chunk)
            if raw > cap:
                raise _too_big(cap)
            inflate.feed(chunk)
        return inflate.end()


@dataclass(slots=True)
class _Host:
    semaphore: asyncio.Semaphore
    users: int = field(default=0)


# ---------------------------------------------------------------- connections


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Looks a name up, refuses it if any address is not public, and dials exactly what was checked."""

    def __init__(self, allow: Iterable[str], names: ThreadPoolExecutor) -> None:
        self._allow = tuple(ipaddress.ip_network(network) for network in allow)
        self._names = names
        self._dial = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first checked address that answers."""
        addresses = await self._look_up(host, port)
        for address in addresses:
            if not self._allowed(address):
                message = f"{host} leads to {address}, which is not a public address (see http.allow_networks)"
                raise _Refused(FetchFailure.BLOCKED_ADDRESS, message)
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses[:4]:
            try:
                return await self._dial.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError) as failed:
                error = failed
        raise error

    async def connect_unix_socket(self, *_args: Any, **_kwargs: Any) -> httpcore.AsyncNetworkStream:
        """Refuse: feeds do not live in local sockets."""
        raise _Refused(FetchFailure.BLOCKED_ADDRESS, "a local socket is no public address")

    async def sleep(self, seconds: float) -> None:
        """Wait; httpcore's own pauses."""
        await asyncio.sleep(seconds)

    async def _look_up(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        ask = lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # noqa: E731
        try:
            found = await loop.run_in_executor(self._names, ask)
        except (socket.gaierror, UnicodeError) as error:
            raise _Refused(FetchFailure.DNS, f"the name {host} cannot be resolved: {error}") from None
        return list(dict.fromkeys(str(info[4][0]) for info in found))

    def _allowed(self, address: str) -> bool:
        ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
        return is_public(ip) or any(ip in network for network in self._allow if network.version == ip.version)


_NAT64 = tuple(ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48"))


def is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Say whether an address is on the public internet, also when it is wrapped in an IPv6 one.

    `is_global` alone admits NAT64, 6to4 and multicast on Python 3.11.
    """
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _NAT64):
            return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return is_public(inner)
        if ip.teredo is not None:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _client(settings: FetchSettings, names: ThreadPoolExecutor) -> httpx.AsyncClient:
    context = ssl.create_default_context()
    limits = httpx.Limits(max_connections=settings.concurrency, max_keepalive_connections=0)
    transport = httpx.AsyncHTTPTransport(verify=context, limits=limits, proxy=settings.proxy)
    if settings.proxy is None:  # a proxy does the look-up, and guards its own network
        # httpx has no setting for the network backend; the pool is its documented layer below.
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=settings.concurrency,
            max_keepalive_connections=0,
            network_backend=_GuardedBackend(settings.allow_networks, names),
        )
    seconds = settings.timeout.total_seconds()
    timeout = httpx.Timeout(connect=min(10, seconds), read=seconds, write=seconds, pool=None)
    return httpx.AsyncClient(
        transport=transport, trust_env=False, timeout=timeout, headers={"User-Agent": settings.user_agent}
    )


# ---------------------------------------------------------------- reading answers


class _Inflate:
    """Decodes a body piece by piece, never more than the cap in all."""

    def __init__(self, encoding: str, cap: int) -> None:
        self._encoding, self._cap, self._out = encoding.strip().lower(), cap, bytearray()
        match self._encoding:
            case "" | "identity":
                self._decoder: Any = None
            case "gzip" | "x-gzip":
                self._decoder = zlib.decompressobj(31)
            case "deflate":
                self._decoder = zlib.decompressobj()
            case "br":
                self._decoder = brotli.Decompressor()
            case other:
                raise _Refused(FetchFailure.ENCODING, f"the body is encoded as {other!r}, which was not asked for")

    def feed(self, data: bytes) -> None:
        """Take a raw piece."""
        try:
            if self._decoder is None:
                self._add(data)
            elif self._encoding == "br":
                self._brotli(data)
            else:
                self._zlib(data)
        except (zlib.error, brotli.error) as error:
            raise _Refused(FetchFailure.ENCODING, f"the body is not {self._encoding} as it says: {error}") from None

    def end(self) -> bytes:
        """Return the whole body."""
        return bytes(self._out)

    def _brotli(self, data: bytes) -> None:
        self._add(self._decoder.process(data, output_buffer_limit=STEP_BYTES))
        while not self._decoder.can_accept_more_data():
            self._add(self._decoder.process(b"", output_buffer_limit=STEP_BYTES))

    def _zlib(self, data: bytes) -> None:
        try:
            piece = self._decoder.decompress(data, STEP_BYTES)
        except zlib.error:
            if self._encoding != "deflate" or self._out:
                raise
            self._decoder = zlib.decompressobj(-15)  # many servers send raw deflate under that name
            piece = self._decoder.decompress(data, STEP_BYTES)
        self._add(piece)
        while self._decoder.unconsumed_tail:
            self._add(self._decoder.decompress(self._decoder.unconsumed_tail, STEP_BYTES))

    def _add(self, piece: bytes) -> None:
        self._out += piece
        if len(self._out) > self._cap:
            raise _too_big(self._cap)


def _parse_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise _Refused(FetchFailure.BAD_URL, f"the address cannot be read: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise _Refused(FetchFailure.BAD_URL, f"{_shown(url)} is not an http or https address")
    return url


def _redirect(url: httpx.URL, response: httpx.Response) -> httpx.URL | None:
    location = response.headers.get("location")
    if response.status_code not in (301, 302, 303, 307, 308) or not location:
        return None
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError):
        raise _Refused(FetchFailure.REDIRECTS, "it redirects to an address that cannot be read") from None
    return _parse_url(str(target.copy_with(fragment=None)))


def _status_failure(response: httpx.Response, now: datetime) -> _Refused:
    status, retry_after = response.status_code, _retry_after(response.headers, now)
    said = f"the server says {status} {response.reason_phrase}".rstrip()
    if status in (429, 503):
        return _Refused(FetchFailure.RATE_LIMITED, said, status, retry_after)
    reason = FetchFailure.GONE if status == 410 else FetchFailure.HTTP_STATUS
    return _Refused(reason, said, status, retry_after)


def _retry_after(headers: httpx.Headers, now: datetime) -> timedelta | None:
    return _seconds_or_date(headers.get("retry-after", ""), now)


def _fresh_for(headers: httpx.Headers, now: datetime) -> timedelta | None:
    for part in headers.get("cache-control", "").lower().split(","):
        name, _, value = part.strip().partition("=")
        if name == "max-age" and value.strip('"').isdecimal():
            age = headers.get("age", "0")
            seconds = int(value.strip('"')[:9]) - (int(age[:9]) if age.isdecimal() else 0)
            return timedelta(seconds=max(0, seconds))
    return _seconds_or_date(headers.get("expires", ""), now) if headers.get("expires", "0") != "0" else None


def _seconds_or_date(value: str, now: datetime) -> timedelta | None:
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=int(value[:9]))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(timedelta(), at - now)


def _too_big(cap: int) -> _Refused:
    return _Refused(FetchFailure.TOO_BIG, f"the body is larger than {cap / 1e6:g} MB (http.max_body)")


def _mapped(error: Exception) -> _Refused:
    """Map what httpx and below raise, once, here."""
    text = str(error) or type(error).__name__
    cause = f"{error!r} {error.__cause__!r}"
    if isinstance(error, httpx.TimeoutException | httpcore.TimeoutException):
        return _Refused(FetchFailure.TIMEOUT, f"no answer in time ({type(error).__name__})")
    if isinstance(error, ssl.SSLError) or "SSL" in cause or "CERTIFICATE" in cause:
        return _Refused(FetchFailure.TLS, f"no trusted connection: {text}")
    if isinstance(error, httpx.InvalidURL):
        return _Refused(FetchFailure.BAD_URL, f"the address cannot be read: {text}")
    if isinstance(error, httpx.ConnectError):
        return _Refused(FetchFailure.CONNECT, f"no connection: {text}")
    return _Refused(FetchFailure.PROTOCOL, f"the exchange broke off: {text}")


def _shown(url: httpx.URL) -> str:
    """An address for a message: without user name and password."""
    return str(url.copy_with(userinfo=b"")) if url.userinfo else str(url)
