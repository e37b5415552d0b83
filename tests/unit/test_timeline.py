"""What has changed for a reader: the difference to what that one was told last."""

import pytest

from watcher.model import Change
from watcher.timeline import Known, Timeline, Version, since, summed


def killed(before, after):
    return Change("killed", before, after)


def name(before, after):
    return Change("name", before, after)


FIRST = Known((), {"killed": 12})
DEVELOPED = Known((killed(12, 15),), {"killed": 15})


@pytest.mark.parametrize(
    ("changes", "known", "told"),
    [
        pytest.param([killed(12, 17)], [DEVELOPED, FIRST], [killed(15, 17)], id="the last message said 15"),
        pytest.param([killed(12, 17)], [FIRST], [killed(12, 17)], id="the message that said 15 did not come"),
        pytest.param([killed(12, 17)], [], [killed(12, 17)], id="nothing came"),
        pytest.param([killed(12, 17)], [Known((), {"killed": 15})], [killed(15, 17)], id="the first said 15"),
        pytest.param(
            [killed(12, 17)], [Known((name("A", "B"),), {}), DEVELOPED], [killed(15, 17)], id="the last says nothing"
        ),
        pytest.param(
            [killed(12, 17), name("A", "B")], [Known((name("A", "B"),), {}), FIRST], [killed(12, 17)], id="one known"
        ),
        pytest.param([name("A", "C")], [Known((name("A", "B"),), {})], [name("B", "C")], id="a name again"),
        pytest.param([name("C", "D")], [Known((name("A", "B"),), {})], [name("C", "D")], id="another name"),
        pytest.param([killed(15, 12)], [FIRST], [killed(15, 12)], id="it is back where it was: better told than not"),
    ],
)  # fmt: skip
def test_a_change_is_told_since_what_the_reader_knows(changes, known, told):
    assert since(changes, known) == tuple(told)


def test_no_more_messages_are_looked_at_than_tell_of_all_that_changed():
    asked = []

    def known():
        for number, one in enumerate([Known((), {"injured": 3}), DEVELOPED, FIRST]):
            asked.append(number)
            yield one

    assert since([killed(12, 17), Change("injured", 2, 4)], known()) == (killed(15, 17), Change("injured", 3, 4))
    assert since([], known()) == ()
    assert asked == [0, 1]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param([], [], id="none"),
        pytest.param([[killed(12, 15)], [killed(15, 17)]], [killed(12, 17)], id="one after the other"),
        pytest.param([[killed(12, 15)], [killed(12, 17)]], [killed(12, 17)], id="both since the first"),
        pytest.param([[killed(12, 15)], [killed(15, 12)]], [], id="there and back"),
        pytest.param([[name("A", "B")], [name("C", "D")]], [name("A", "B"), name("C", "D")], id="two names"),
    ],
)
def test_changes_that_came_one_after_another_are_summed_up(steps, told):
    assert summed(steps) == tuple(told)


@pytest.mark.parametrize(
    ("changes", "news"),
    [
        pytest.param([killed(9, 17)], [killed(9, 17)], id="that is all: it is a republication"),
        pytest.param([killed(9, 17), name("A", "B")], [name("A", "B")], id="beside a name that is news"),
        pytest.param([killed(9, 18), name("A", "B")], [killed(9, 18), name("A", "B")], id="another count"),
    ],
)
def test_a_count_that_was_told_before_is_not_told_as_new_beside_what_is(changes, news):
    line = Timeline().after(Version(None, (killed(17, 9),)))
    assert line.news(Version(None, tuple(changes))) == tuple(news)
    assert line.news(Version(None, tuple(changes), is_revision=True)) == tuple(changes)
