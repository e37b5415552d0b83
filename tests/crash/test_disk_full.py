"""A disk that is full for a while, as the real process meets it: delayed, never lost and never twice."""

import time

import pytest

resource = pytest.importorskip("resource", reason="limits of a process exist on Unix only")
if not hasattr(resource, "prlimit"):
    pytest.skip("the limits of another process can be set on Linux only", allow_module_level=True)

ENOUGH = 4096


def test_a_disk_that_is_full_for_a_while_loses_nothing_and_repeats_nothing(machine, outside, running):
    """The process may not write past the first page of any file, which is what it sees of a full disk."""
    assert machine.once() == 0, machine.log()
    for number in range(40):
        outside.publish(number)
    process = machine.start()
    running.append(process)
    outside.wait_for(1)
    whole = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (ENOUGH, whole[1]))
    # That nothing is sent only time can show: the log is under the limit too, and a feed rests after a fault.
    time.sleep(1)  # what was just recorded or in flight is through
    sent = sum(outside.received.values())
    time.sleep(3)
    assert sum(outside.received.values()) == sent < 40, "nothing is sent that cannot be recorded"
    assert process.poll() is None, machine.log()
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, whole)
    outside.wait_for(40)
    assert set(outside.received.values()) == {1}
