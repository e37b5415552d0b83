"""Kill the real process at each named point, start it again, and count what arrived."""

import signal

import pytest

from watcher.failpoints import POINTS

#: Where a delivery is in flight when the process dies: there, and only there, one message may arrive twice.
IN_FLIGHT = {"after_send"}


@pytest.mark.parametrize("point", POINTS)
def test_no_alert_is_lost_and_only_the_one_in_flight_repeats(machine, outside, point):
    assert machine.once() == 0, machine.log()  # the baseline
    for number in range(3):
        outside.publish(number)
    assert machine.once(point) == -signal.SIGKILL, f"{point} was not reached: {machine.log()}"
    assert machine.once() == 0, machine.log()
    assert len(outside.received) == 3, "every alert arrived"
    repeats = sum(outside.received.values()) - 3
    assert repeats == (1 if point in IN_FLIGHT else 0)


@pytest.mark.parametrize("point", ["before_commit", "after_commit", "after_send"])
def test_killed_again_and_again(machine, outside, point):
    assert machine.once() == 0, machine.log()
    for number in range(4):
        outside.publish(number)
    for _ in range(3):
        assert machine.once(point) == -signal.SIGKILL
    assert machine.once() == 0, machine.log()
    assert len(outside.received) == 4
    assert max(outside.received.values()) <= 1 + 3 * (point in IN_FLIGHT)


def test_validators_are_not_saved_without_the_entries(machine, outside):
    """A crash before the commit must not make the next poll a "not modified" (invariant 2)."""
    assert machine.once() == 0
    outside.publish(1)
    machine.once("before_commit")
    machine.once()
    assert len(outside.received) == 1
