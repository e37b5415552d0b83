"""Whether the daemon is alive: how long ago each of its ticks last ended well, and telling systemd so."""

import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps

Job = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Tick:
    late_after_s: float
    ended_at: float
    ended_once: bool = False


@dataclass(slots=True)
class Pulse:
    """Ticks by name. A tick that hangs, and one that always fails, are late: only a good end counts."""

    #: Monotonic seconds.
    clock: Callable[[], float] = time.monotonic
    _ticks: dict[str, _Tick] = field(default_factory=dict)

    def watched(self, name: str, job: Job, late_after: timedelta) -> Job:
        """Return the job so wrapped that its good ends are noted; until the first one the time runs from now."""
        mine = self._ticks[name] = _Tick(late_after.total_seconds(), self.clock())

        @wraps(job)
        async def tick() -> None:
            await job()
            mine.ended_at, mine.ended_once = self.clock(), True

        return tick

    def waiting(self) -> list[str]:
        """Names of ticks that have not ended well yet."""
        return [name for name, tick in self._ticks.items() if not tick.ended_once]

    def ages(self) -> Mapping[str, float]:
        """Seconds since each tick last ended well."""
        now = self.clock()
        return {name: now - tick.ended_at for name, tick in self._ticks.items()}

    def late(self) -> list[str]:
        """One sentence for each tick that should have ended since."""
        return [
            f"the tick {name} has not ended well for {age:.0f} s (bound: {self._ticks[name].late_after_s:.0f} s)"
            for name, age in self.ages().items()
            if age > self._ticks[name].late_after_s
        ]


def tell_systemd(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send `READY=1`, `WATCHDOG=1` and the like to systemd (sd_notify(3)); False where nobody listens."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect("\0" + address[1:] if address[0] == "@" else address)
            channel.sendall(state.encode())
    except OSError:
        return False
    return True


def watchdog_interval(environment: Mapping[str, str] = os.environ) -> timedelta | None:
    """How often systemd wants to be told that all is well: a third of its patience; None if it does not ask."""
    usec, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or int(usec) == 0 or (pid and pid != str(os.getpid())):
        return None
    return timedelta(microseconds=int(usec)) / 3
