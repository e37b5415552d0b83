"""Where connections are made: names looked up in threads of their own, addresses checked, the checked one dialled."""

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpcore

from watcher.addresses import is_allowed
from watcher.fetch.failures import Refused
from watcher.fetch.streams import connect
from watcher.model import FetchFailure

Ask = Callable[[str], list[str]]

#: Seconds that an address is remembered. The system's resolver gives no lifetime; this one is shorter than usual ones.
FOUND_S = 120.0
#: Seconds that a name without address is not asked for again.
NOT_FOUND_S = 60.0
#: Names remembered at most.
NAMES = 20_000
#: Look-ups at once: of names that answered or are new, and of names that failed the last time.
LANES = (16, 4)
_DIALLED = 4


def getaddrinfo(host: str) -> list[str]:
    """Ask the system for a host's addresses."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


@dataclass(frozen=True, slots=True)
class _Answer:
    addresses: tuple[str, ...]
    error: str
    until: float


class Names:
    """Addresses of names, remembered for a while.

    A dead name holds a thread for seconds. So the threads are ours, not asyncio's; they end with
    the process; and names that failed the last time wait in a lane of their own, where they
    delay only each other.
    """

    def __init__(self, ask: Ask = getaddrinfo, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask, self._clock = ask, clock
        self._known: dict[str, _Answer] = {}
        self._asking: dict[str, asyncio.Task[_Answer]] = {}
        self._lanes = tuple(asyncio.Semaphore(width) for width in LANES)

    async def look_up(self, host: str) -> tuple[str, ...]:
        """Return the host's addresses, at least one.

        Raises:
            Refused: it has none, or nobody could say.
        """
        answer = self._known.get(host)
        if answer is None or answer.until <= self._clock():
            asking = self._asking.get(host)
            if asking is None:
                asking = self._asking[host] = asyncio.create_task(self._in_lane(host), name=f"name {host}")
                asking.add_done_callback(lambda _: self._asking.pop(host, None))
            answer = await asyncio.shield(asking)
        if answer.error:
            raise Refused(FetchFailure.DNS, f"the name {host} cannot be resolved: {answer.error}")
        return answer.addresses

    async def _in_lane(self, host: str) -> _Answer:
        before = self._known.get(host)
        lane = self._lanes[before is not None and bool(before.error)]
        await lane.acquire()
        loop = asyncio.get_running_loop()
        said: asyncio.Future[_Answer] = loop.create_future()

        def done(answer: _Answer) -> None:
            lane.release()  # when the thread ends, not when nobody waits any more: threads stay bounded
            said.set_result(answer)

        def work() -> None:
            answer = self._answer(host)
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(done, answer)

        threading.Thread(target=work, name=f"name {host}", daemon=True).start()
        answer = await said
        self._remember(host, answer)
        return answer

    def _answer(self, host: str) -> _Answer:
        try:
            addresses, error = tuple(self._ask(host)), ""
        except (OSError, UnicodeError, ValueError) as failed:
            addresses, error = (), str(failed) or type(failed).__name__
        if not addresses and not error:
            error = "it has no address"
        return _Answer(addresses, error, self._clock() + (NOT_FOUND_S if error else FOUND_S))

    def _remember(self, host: str, answer: _Answer) -> None:
        self._known.pop(host, None)  # so that the dictionary is in order of age
        self._known[host] = answer
        while len(self._known) > NAMES:
            del self._known[next(iter(self._known))]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Refuses a name if any of its addresses is not public, and dials exactly what was checked."""

    def __init__(self, allow: Iterable[str], names: Names) -> None:
        self._allow = tuple(ipaddress.ip_network(network) for network in allow)
        self._names = names

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first checked address that answers."""
        addresses = await self._names.look_up(host)
        for address in addresses:
            if not is_allowed(ipaddress.ip_address(address.split("%", maxsplit=1)[0]), self._allow):
                message = f"{host} leads to {address}, which is not a public address (see http.allow_networks)"
                raise Refused(FetchFailure.BLOCKED_ADDRESS, message)
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses[:_DIALLED]:
            try:
                return await connect(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError) as failed:
                error = failed
        raise error

    async def connect_unix_socket(self, *_args: Any, **_kwargs: Any) -> httpcore.AsyncNetworkStream:
        """Refuse: feeds do not live in local sockets."""
        raise Refused(FetchFailure.BLOCKED_ADDRESS, "a local socket is no public address")

    async def sleep(self, seconds: float) -> None:
        """Wait; httpcore's own pauses."""
        await asyncio.sleep(seconds)
