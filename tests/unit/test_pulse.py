"""A daemon lives while its ticks end well; systemd is told the same."""

import asyncio
import os
import socket
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from watcher.pulse import Pulse, tell_systemd, watchdog_interval


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


async def well():
    pass


async def badly():
    raise OSError("the disk is full")


def watched(clock, job):
    pulse = Pulse(clock)
    return pulse, pulse.watched("polls", job, timedelta(seconds=90))


def test_a_tick_is_late_when_it_has_not_ended_for_its_bound():
    clock = Clock()
    pulse, tick = watched(clock, well)
    asyncio.run(tick())
    clock.now += 90
    assert pulse.late() == []
    clock.now += 1
    assert pulse.late() == ["the tick polls has not ended well for 91 s (bound: 90 s)"]
    asyncio.run(tick())
    assert pulse.late() == [] and pulse.ages() == {"polls": 0}


def test_a_tick_that_always_fails_is_late_too():
    clock = Clock()
    pulse, tick = watched(clock, badly)
    for _ in range(4):
        clock.now += 30
        with pytest.raises(OSError, match="full"):
            asyncio.run(tick())
    assert len(pulse.late()) == 1


def test_a_tick_that_hangs_is_late():
    clock = Clock()

    async def go():
        hangs = asyncio.Event()
        pulse, tick = watched(clock, hangs.wait)
        task = asyncio.create_task(tick())
        await asyncio.sleep(0)
        clock.now += 91
        late = pulse.late()
        hangs.set()
        await task
        return late, pulse.late()

    late, after = asyncio.run(go())
    assert len(late) == 1 and after == []


def test_a_tick_waits_until_it_has_ended_once():
    pulse, tick = watched(Clock(), well)
    assert pulse.waiting() == ["polls"]
    asyncio.run(tick())
    assert pulse.waiting() == []


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no local sockets here")
@pytest.mark.parametrize(
    "abstract", [False, pytest.param(True, marks=pytest.mark.skipif(os.name != "posix", reason="Linux"))]
)
def test_systemd_is_told_over_its_socket(abstract):
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"watcher-test-{os.getpid()}" if abstract else str(Path(folder) / "notify")
        listening.bind("\0" + name if abstract else name)
        listening.settimeout(10)
        assert tell_systemd("READY=1", {"NOTIFY_SOCKET": "@" + name if abstract else name})
        assert listening.recv(100) == b"READY=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/at-all"}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_where_nobody_listens_nothing_happens(environment):
    assert tell_systemd("READY=1", environment) is False


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 10),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 10),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_three_times_in_its_patience(environment, seconds):
    found = watchdog_interval(environment)
    assert (found.total_seconds() if found else None) == seconds
