"""A database that stays locked, a clock that jumps, an outage of our own: delayed, never lost and never twice."""

import random
import sqlite3
from datetime import timedelta

import pytest
from desk import Scripted, run

from watcher.model import RetryLater, Unknown


def test_a_database_that_stays_locked_delays_and_repeats_nothing(tmp_path, monkeypatch):
    """Longer than a writer waits: here a writer waits for nothing."""
    monkeypatch.setattr("watcher.store.engine.BUSY_S", 0)
    chat = Scripted()

    async def talk(desk):
        for story in (1, 2, 3):
            desk.enter(story=story)
        holder = sqlite3.connect(tmp_path / "w.db", isolation_level=None)
        original = chat.send

        async def send(message):
            chat.send = original
            holder.execute("BEGIN IMMEDIATE")  # after the claim, before the record
            return await original(message)

        chat.send = send
        for _ in range(3):
            await desk.after(seconds=1)
        assert len(chat.messages) == 1, "nothing is sent that cannot be recorded"
        assert len(desk.told("internal_error")) == 3
        holder.execute("ROLLBACK")
        holder.close()
        await desk.after(seconds=1)
        return desk.states()

    assert {row[2] for row in run(tmp_path, {"chat": chat}, talk)} == {"sent"}
    assert len({m.key for m in chat.messages}) == len(chat.messages) == 3


@pytest.mark.parametrize("seed", range(6))
def test_a_clock_that_jumps_by_an_hour_either_way_loses_nothing_and_repeats_nothing(tmp_path, seed):
    """Alerts, edits and replies, and failures in between, on a clock that is set right again and again."""
    dice = random.Random(seed)
    chat = Scripted(*(dice.choice([RetryLater("busy"), RetryLater("flood", timedelta(minutes=20))]) for _ in range(5)))

    async def talk(desk):
        for story in range(1, 13):
            desk.enter(story=story)
            if story % 3 == 0:
                desk.republish(story=story)
                desk.develop(story=story)
            await desk.after(minutes=dice.choice([-60, 0, 1, 60]))
        for _ in range(40):
            await desk.after(minutes=15)
        return desk.states()

    states = run(tmp_path, {"chat": chat}, talk)
    assert {state for _, _, state, _ in states} <= {"sent", "suppressed"}
    assert len(chat.messages) == 5 + len({m.key for m in chat.messages[5:]}), "each once, but for the tries that failed"
    assert sum(1 for _, action, state, _ in states if state == "sent" and action == "new") == 12


def test_an_outage_of_our_own_does_not_make_the_second_try_the_last(tmp_path):
    chat = Scripted(*[Unknown("no answer")] * 8)

    async def talk(desk):
        desk.enter()
        await desk.after()
        await desk.after(days=5)  # the machine was off
        for _ in range(60):
            await desk.after(minutes=15)
        return desk.states()

    assert [row[2] for row in run(tmp_path, {"chat": chat}, talk)] == ["sent"]
