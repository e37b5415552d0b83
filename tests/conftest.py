"""Shared by all tests: fixtures of what is outside, and of the real process on real files.

That this file is here puts `tests/` on the path, so that tests can import its modules.
"""

import signal

import commands
import pytest
from badhttp import BadServer
from hypothesis import settings
from machines import DEADLINE_S, Machine, Outside

#: A loaded machine is no fault: what an example may take is bounded by each test's own limit.
settings.register_profile("watcher", deadline=None)
settings.load_profile("watcher")


@pytest.fixture
def outside():
    server = Outside()
    yield server
    server.close()


@pytest.fixture
def machine(tmp_path, outside):
    return Machine(tmp_path, outside)


@pytest.fixture
def running():
    """Processes that are ended by pid when the test is over."""
    processes: list[commands.Process] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE_S)


@pytest.fixture
def server():
    """An HTTP server that misbehaves on request; see badhttp."""
    with BadServer() as running:
        yield running
