"""The console on a real pipe whose reader has paused."""

import asyncio
import os
import subprocess
import sys

import pytest
from views import message, view

from watcher.model import Rejected, Sent
from watcher.notifiers import REGISTRY
from watcher.notifiers.base import Environment

KIND = REGISTRY["console"]


@pytest.fixture
def full_pipe():
    """A pipe that takes nothing more until it is read: the reader's end, and a stream on the other."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writer, b"." * 4096)
    os.set_blocking(writer, True)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        yield reader, stream
        os.close(reader)


def drain(reader, until):
    """Read until these words have come; return what came after the filling."""
    seen = b""
    while until not in seen:
        seen += os.read(reader, 65536)
    return seen.lstrip(b".").decode()


def test_a_full_pipe_stops_neither_the_loop_nor_the_timeout_and_order_stays(full_pipe):
    reader, stream = full_pipe

    async def run():
        notifier = KIND.build("desk", KIND.settings(), {}, Environment(console=stream))
        first, second = (message(notifier, view(title=text)) for text in ("first", "second"))
        for waiting in (first, second):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await notifier.send(waiting)
        seen = asyncio.create_task(asyncio.to_thread(drain, reader, b"third"))
        outcome = await notifier.send(message(notifier, view(title="third")))
        return outcome, await seen

    outcome, seen = asyncio.run(run())
    assert isinstance(outcome, Sent)
    assert "second" not in seen, "a send that was broken off before it began is not written later"
    assert seen.index("first") < seen.index("third")


def test_a_reader_that_is_gone_takes_nothing_any_more():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        notifier = KIND.build("desk", KIND.settings(), {}, Environment(console=stream))
        outcome = asyncio.run(notifier.send(message(notifier)))
    assert isinstance(outcome, Rejected)
    assert outcome.receiver_down


PAUSED = """
import asyncio
from views import message
from watcher.notifiers import REGISTRY
from watcher.notifiers.base import Environment

async def run():
    notifier = REGISTRY["console"].build("desk", REGISTRY["console"].settings(), {}, Environment())
    async with asyncio.timeout(0.1):
        await notifier.send(message(notifier))

try:
    asyncio.run(run())
except TimeoutError:
    raise SystemExit(7)
"""


def test_a_process_ends_though_its_reader_has_paused(full_pipe):
    _, stream = full_pipe
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", PAUSED], stdout=stream, env=environment, timeout=20, check=False)
    assert ended.returncode == 7
