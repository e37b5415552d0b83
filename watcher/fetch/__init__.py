"""HTTP: one conditional GET within bounds of time, size and address. Failures come back as values."""

import asyncio
import ssl
from base64 import b64encode
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import TypeVar

import httpx

from watcher import __version__
from watcher.fetch import answers
from watcher.fetch.bodies import STEP_BYTES, Inflate, too_big
from watcher.fetch.connections import GuardedBackend, Names
from watcher.fetch.exchange import Exchanges
from watcher.fetch.failures import FOREIGN, Refused, mapped, quoted
from watcher.model import Fetched, FetchFailed, FetchFailure, FetchRequest, FetchResult, NotModified
from watcher.schedule import host_pause

__all__ = ["FetchSettings", "Fetcher"]

T = TypeVar("T")

ACCEPT = b"application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


#: So many seconds are spent on a page that comes in place of a feed.
GLIMPSE_S = 3.0


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
    #: Whether 429 for one address keeps requests that wait for the same host from being made.
    hold_hosts: bool = True


class Fetcher:
    """Makes conditional GETs; at most `concurrency` at once and `per_host` to one host.

    `verify` is the context that TLS certificates are checked with, `names` finds addresses.
    """

    def __init__(
        self,
        settings: FetchSettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        verify: ssl.SSLContext | None = None,
        names: Names | None = None,
    ) -> None:
        self._settings, self._now = settings, now
        self._all = asyncio.Semaphore(settings.concurrency)
        self._hosts: dict[str, _Host] = defaultdict(lambda: _Host(asyncio.Semaphore(settings.per_host)))
        #: Until when and why hosts want no requests, or only no forms.
        self._held: dict[tuple[str, bool], tuple[datetime, str]] = {}
        self._transport = _transport(settings, names or Names(), verify or ssl.create_default_context())
        agent = settings.user_agent.encode()
        self._headers = {b"User-Agent": agent, b"Accept": ACCEPT, b"Accept-Encoding": b"gzip, br"}
        seconds = settings.timeout.total_seconds()
        self._timeouts = {"connect": min(10.0, seconds), "read": seconds, "write": seconds, "pool": None}

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """Fetch one feed. Never raises for what the outside world does."""
        budget = _Budget(self._settings.timeout.total_seconds())

        async def ask(url: httpx.URL, moved: str | None) -> FetchResult | _Hop:
            return await self._turn(url, budget, partial(self._exchange, request, url, moved, budget))

        return await self._bounded(self._follow(request.url, ask), budget)

    async def target(
        self, url: str, within: Callable[[str], bool], asking: Callable[[], None] = lambda: None
    ) -> str | FetchResult:
        """Follow an address while its host is `within`; return the first address that is not, without asking there.

        What a host within says instead of where to comes back as of a fetch. Calls `asking` whenever it has
        waited for its turn at a host. Never raises.
        """
        budget, request = _Budget(self._settings.timeout.total_seconds(), asking), FetchRequest("", url)

        async def ask(there: httpx.URL, _: str | None) -> str | FetchResult | _Hop:
            if not within(there.host):
                return shown(there)
            return await self._turn(there, budget, partial(self._exchange, request, there, None, budget))

        return await self._bounded(self._follow(url, ask), budget)

    async def post(self, url: str, form: bytes) -> FetchFailed | None:
        """Send a form to an address, within the same bounds as a fetch; None if it was accepted (any 2xx).

        A host that wants no forms for a while is still asked for feeds: hubs stand on the hosts of their feeds.
        """
        budget = _Budget(self._settings.timeout.total_seconds())

        async def ask(target: httpx.URL, _: str | None) -> _Hop | None:
            return await self._turn(target, budget, partial(self._posted, target, form, budget), form=True)

        return await self._bounded(self._follow(url, ask), budget)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    # ------------------------------------------------------------ inside

    async def _bounded(self, exchange: Awaitable[T], budget: "_Budget") -> T | FetchFailed:
        try:
            return await exchange
        except Refused as refused:
            return FetchFailed(refused.reason, str(refused), refused.status, refused.retry_after, budget.spent)
        except FOREIGN as error:
            failure = mapped(error)
            return FetchFailed(failure.reason, str(failure), elapsed=budget.spent)

    async def _follow(self, address: str, ask: Callable[[httpx.URL, str | None], Awaitable["T | _Hop"]]) -> T:
        """Go from address to address until one answers.

        `ask` asks one, and is told what to call it where it has moved there for good.
        """
        url, seen, permanent = _parse_url(address), set[str](), True
        while True:
            if str(url) in seen:
                raise Refused(FetchFailure.REDIRECTS, f"the redirects go round in a circle at {shown(url)}")
            if len(seen) > self._settings.max_redirects:
                raise Refused(FetchFailure.REDIRECTS, f"more than {self._settings.max_redirects} redirects")
            seen.add(str(url))
            step = await ask(url, shown(url) if permanent and len(seen) > 1 else None)
            if not isinstance(step, _Hop):
                return step
            downgrade = url.scheme == "https" and step.target.scheme == "http"
            permanent = permanent and step.permanent and not downgrade
            url = step.target

    async def _turn(
        self, url: httpx.URL, budget: "_Budget", exchange: Callable[[], Awaitable[T]], *, form: bool = False
    ) -> T:
        """Ask one address when it is its host's turn, unless that wants no requests now; waiting costs no budget."""
        async with self._slot(url.host), self._all, budget.running():
            for held in {False, form}:  # forms obey what feeds are told, too
                self._refuse_if_held(url.host, held)
            try:
                return await exchange()
            except Refused as refused:
                self._hold(url.host, form, refused)
                raise

    async def _exchange(
        self, request: FetchRequest, url: httpx.URL, moved: str | None, budget: "_Budget"
    ) -> "FetchResult | _Hop":
        conditions = _conditions(request, url)
        asked = httpx.Request("GET", url, headers=self._headers | _authorization(url) | conditions)
        asked.extensions["timeout"] = self._timeouts
        # No client above the transport: nothing here wants cookies, redirects or hooks.
        response = await self._transport.handle_async_request(asked)
        try:
            target = _redirect(url, response)
            if target is not None:
                return _Hop(target, response.status_code in answers.PERMANENT)
            return await self._answer(url, response, moved, budget, conditional=bool(conditions))
        finally:
            await response.aclose()

    async def _posted(self, url: httpx.URL, form: bytes, budget: "_Budget") -> "_Hop | None":
        kind = {b"Content-Type": b"application/x-www-form-urlencoded"}
        asked = httpx.Request("POST", url, headers=self._headers | _authorization(url) | kind, content=form)
        asked.extensions["timeout"] = self._timeouts
        response = await self._transport.handle_async_request(asked)
        try:
            target = _redirect(url, response)
            if target is not None and response.status_code in answers.SAME_METHOD:
                return _Hop(target, permanent=False)
            if 200 <= response.status_code < 300:
                return None
            said = (await _glimpse(response, budget))[:500].decode("utf-8", "replace")
            failure = answers.status_failure(response, self._now())
            message = f"{failure}: {quoted(said)}" if said.strip() else str(failure)
            raise Refused(failure.reason, message, failure.status, failure.retry_after)
        finally:
            await response.aclose()

    async def _answer(
        self, url: httpx.URL, response: httpx.Response, moved: str | None, budget: "_Budget", *, conditional: bool
    ) -> FetchResult:
        headers, now = response.headers, self._now()
        etag, last_modified = answers.validator(headers, "etag"), answers.validator(headers, "last-modified")
        fresh, wait = answers.fresh_for(headers, now), answers.retry_after(headers, now)
        holds = answers.certificate(response)
        if response.status_code == 304 and conditional:
            return NotModified(shown(url), etag, last_modified, fresh, budget.spent, moved, wait, holds)
        if response.status_code not in answers.WHOLE:
            page = await _glimpse(response, budget) if answers.may_be_wall(response) else b""
            raise answers.status_failure(response, now, page)
        body = await self._body(response)
        return Fetched(
            shown(url),
            body,
            headers.get("content-type", ""),
            etag,
            last_modified,
            fresh,
            moved,
            budget.spent,
            wait,
            holds,
            answers.hub(headers, shown(url)),
        )

    async def _body(self, response: httpx.Response) -> bytes:
        cap = self._settings.max_body_bytes
        declared = response.headers.get("content-length", "")
        if declared.isascii() and declared.isdecimal() and len(declared) < 20 and int(declared) > cap:
            raise too_big(cap)
        inflate = Inflate(response.headers.get("content-encoding", ""), cap)
        raw = 0
        async for chunk in response.aiter_raw(STEP_BYTES):
            raw += len(chunk)
            if raw > cap:
                raise too_big(cap)
            inflate.feed(chunk)
        return inflate.end()

    def _hold(self, host: str, form: bool, refused: Refused) -> None:
        """Remember that a host wants no requests for a while; others may be waiting for it already."""
        hold = host_pause(refused.reason, refused.status, refused.retry_after) if self._settings.hold_hosts else None
        if hold is not None:
            self._held[host, form] = self._now() + hold, str(refused)

    def _refuse_if_held(self, host: str, form: bool) -> None:
        if (host, form) not in self._held:
            return
        until, why = self._held[host, form]
        left = until - self._now()
        if left > timedelta():
            message = f"not asked, because {host} wants no {'forms' if form else 'requests'} now ({why})"
            raise Refused(FetchFailure.HELD, message, retry_after=left)
        del self._held[host, form]

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


@dataclass(slots=True)
class _Host:
    semaphore: asyncio.Semaphore
    users: int = field(default=0)


@dataclass(frozen=True, slots=True)
class _Hop:
    target: httpx.URL
    permanent: bool


class _Budget:
    """The time that all hops of one fetch may take together."""

    def __init__(self, seconds: float, begins: Callable[[], None] = lambda: None) -> None:
        self._seconds, self._left, self._begins = seconds, seconds, begins
        self._since: float | None = None

    @property
    def left_s(self) -> float:
        return self._left - (0.0 if self._since is None else asyncio.get_running_loop().time() - self._since)

    @property
    def spent(self) -> timedelta:
        return timedelta(seconds=self._seconds - self.left_s)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Count the time inside.

        Raises:
            Refused: there is none left.
        """
        clock = asyncio.get_running_loop().time
        self._since = clock()
        self._begins()
        try:
            async with asyncio.timeout(self._left):
                yield
        except TimeoutError:
            message = f"no complete answer within {self._seconds:g} s"
            raise Refused(FetchFailure.TIMEOUT, message) from None
        finally:
            self._left -= clock() - self._since
            self._since = None


async def _glimpse(response: httpx.Response, budget: _Budget) -> bytes:
    """Return the beginning of what comes in place of a feed or of thanks, as far as it can be read soon.

    The page only explains the status, which holds whatever becomes of the page.
    """
    inflate, raw = None, 0
    with suppress(Refused, TimeoutError, *FOREIGN):
        async with asyncio.timeout(min(GLIMPSE_S, budget.left_s / 2)):
            inflate = Inflate(response.headers.get("content-encoding", ""), answers.WALL_BYTES)
            async for chunk in response.aiter_raw():  # as it comes: what is still gathered is lost when it breaks off
                inflate.feed(chunk)
                raw += len(chunk)
                if raw >= answers.WALL_BYTES:
                    break
    return inflate.so_far() if inflate else b""


# ---------------------------------------------------------------- the transport


def _transport(settings: FetchSettings, names: Names, verify: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    if settings.proxy is None:
        return Exchanges(GuardedBackend(settings.allow_networks, names), verify)
    # A proxy does the look-up, and guards its own network.
    limits = httpx.Limits(max_connections=settings.concurrency, max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False, proxy=settings.proxy)


# ---------------------------------------------------------------- addresses


def shown(url: httpx.URL) -> str:
    """An address as it is stored, told and linked to: without user name and password."""
    return str(url.copy_with(userinfo=b"")) if url.userinfo else str(url)


@lru_cache(maxsize=10_000)
def _parse_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
        usable = _is_http(url)  # a name that IDNA does not allow is found here
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(FetchFailure.BAD_URL, f"the address cannot be read: {quoted(str(error))}") from None
    if not usable:
        raise Refused(FetchFailure.BAD_URL, f"{quoted(shown(url))} is not an http or https address")
    return url.copy_with(fragment=None)


def _is_http(url: httpx.URL) -> bool:
    plain = "%" not in url.host and " " not in url.host
    return url.scheme in ("http", "https") and bool(url.host) and plain and (url.port is None or url.port < 65_536)


def _authorization(url: httpx.URL) -> dict[bytes, bytes]:
    """User name and password of the address, as Basic (RFC 7617)."""
    if not url.userinfo:
        return {}
    pair = f"{url.username}:{url.password}".encode()
    return {b"Authorization": b"Basic " + b64encode(pair)}


def _conditions(request: FetchRequest, url: httpx.URL) -> dict[bytes, bytes]:
    """Both validators, byte for byte, at the address that gave them and nowhere else."""
    if shown(url) != shown(_parse_url(request.validators_url or request.url)):
        return {}
    pairs = {b"If-None-Match": request.etag, b"If-Modified-Since": request.last_modified}
    return {name: value.encode("latin-1", "ignore") for name, value in pairs.items() if value}


def _redirect(url: httpx.URL, response: httpx.Response) -> httpx.URL | None:
    location = response.headers.get("location")
    if response.status_code not in answers.REDIRECTS or not location:
        return None
    try:
        target = url.join(location)
        # Credentials stay with the origin that they were given for.
        ours = (target.scheme, target.host, target.port) == (url.scheme, url.host, url.port)
        target = target.copy_with(fragment=None, userinfo=url.userinfo if ours else b"")
    except (httpx.InvalidURL, ValueError):
        raise Refused(FetchFailure.REDIRECTS, "it redirects to an address that cannot be read") from None
    if not _is_http(target):
        raise Refused(FetchFailure.REDIRECTS, f"it redirects to {quoted(str(target))}, which is not an http address")
    return target
