"""A tick that a stop cuts off is no error; any other cancellation still is one."""

import asyncio
from datetime import timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watcher.daemon import _told, _until_stop
from watcher.pulse import Pulse


async def cut_off(*, stopping: bool) -> None:
    """Let a scheduler shut down while a tick is at work."""
    at_work, stop = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        at_work.set()
        await asyncio.Event().wait()

    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(_until_stop(work, stop))
    scheduler.start()
    async with asyncio.timeout(10):
        await at_work.wait()
    if stopping:
        stop.set()
    scheduler.shutdown(wait=False)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)


@pytest.mark.parametrize(("stopping", "logged"), [(True, 0), (False, 1)])
def test_only_a_tick_that_was_not_cut_off_by_a_stop_is_logged_as_an_error(stopping, logged, caplog):
    asyncio.run(cut_off(stopping=stopping))
    errors = [record for record in caplog.records if record.exc_info]
    assert len(errors) == logged


def test_a_tick_that_fails_is_told_with_its_name_and_did_not_end_well():
    events, pulse = [], Pulse()

    async def fail() -> None:
        raise OSError("database is locked")

    asyncio.run(_told("upkeep", pulse.watched("upkeep", fail, timedelta(minutes=5)), events.append)())
    assert [(event["event"], event["where"]) for event in events] == [("internal_error", "tick upkeep")]
    assert pulse.waiting() == ["upkeep"]
