"""Byte strings in files: all are found again until they are dropped, and what is dropped takes no room."""

import pytest

from watcher.spool import Spool


class Small(Spool):
    FILE, BUFFER = 1000, 100


def filled(count):
    spool = Small()
    for number in range(1, count + 1):
        spool.append(b"%d" % number * (number % 7))
    return spool


def test_all_are_found_again():
    spool = filled(2000)
    assert len(spool) == 2000
    assert all(spool[number] == b"%d" % number * (number % 7) for number in range(1, 2001))


def test_more_can_be_added_after_reading():
    spool = filled(1)
    for number in range(2, 500):
        spool.append(b"more %d" % number)
        assert spool[number // 2 + 1].endswith(b"%d" % (number // 2 + 1))
    assert [spool[number] for number in range(2, 500)] == [b"more %d" % number for number in range(2, 500)]


@pytest.mark.parametrize("number", [1, 50, 2001])
def test_what_was_dropped_or_never_was_is_missed(number):
    spool = filled(2000)
    spool.drop(1500)
    with pytest.raises(KeyError):
        spool[number]
    assert spool[1500] == b"1500" * (1500 % 7)


def test_what_is_dropped_takes_no_room():
    spool = filled(2000)
    whole = spool.size
    spool.drop(1900)
    assert spool.size < whole / 10
