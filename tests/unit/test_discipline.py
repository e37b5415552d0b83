"""When a receiver may be spoken to."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from watcher.model import Severity, SuppressReason
from watcher.notifiers import REGISTRY
from watcher.schedule import Discipline, MuteTime, held_back

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = MuteTime(time(22), time(7))
WEEKEND = MuteTime(time(0), time(0), frozenset({5, 6}))


def at(text):
    """A moment in Berlin, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def asked(now, *mutes, severity=Severity.SEVERE, sent=(), most=None):
    return held_back(Discipline(mutes, most), severity, sent, now=now, zone=BERLIN)


@pytest.mark.parametrize(
    ("now", "mute", "until"),
    [
        ("2026-05-01 21:59", NIGHT, None),
        ("2026-05-01 22:00", NIGHT, "2026-05-02 07:00"),
        ("2026-05-02 03:00", NIGHT, "2026-05-02 07:00"),
        ("2026-05-02 07:00", NIGHT, None),
        ("2026-05-02 12:00", WEEKEND, "2026-05-03 00:00"),
        ("2026-05-01 12:00", WEEKEND, None),
        # a night that begins on Sunday ends on Monday
        ("2026-05-04 06:00", MuteTime(time(22), time(7), frozenset({6})), "2026-05-04 07:00"),
        ("2026-05-05 06:00", MuteTime(time(22), time(7), frozenset({6})), None),
        # the night in which summer time begins is an hour shorter
        ("2026-03-29 01:30", NIGHT, "2026-03-29 07:00"),
        ("2026-10-25 02:30", NIGHT, "2026-10-25 07:00"),
    ],
)
def test_mute_times(now, mute, until):
    assert asked(at(now), mute) == (at(until) if until else None)


def test_an_hour_that_comes_twice_never_holds_until_the_past():
    """Clocks go back at 03:00; a mute that ends at 02:30 ends once."""
    mute = MuteTime(time(22), time(2, 30))
    first = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN).astimezone(UTC)
    again = datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=BERLIN).astimezone(UTC)
    assert asked(first, mute) == first + timedelta(minutes=15)
    assert asked(again, mute) is None


@given(st.integers(0, 213 * 86400), st.times(), st.times())
def test_whatever_is_held_is_held_until_later(seconds, start, end):
    """From before the day on which summer time begins to after the one on which it ends."""
    now = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(seconds=seconds)
    until = asked(now, MuteTime(start, end))
    assert until is None or now < until <= now + timedelta(hours=26)


def test_what_is_serious_enough_comes_through():
    mute = MuteTime(time(22), time(7), below=Severity.SEVERE)
    night = at("2026-05-02 03:00")
    assert asked(night, mute, severity=Severity.EXTREME) is None
    assert asked(night, mute, severity=Severity.SEVERE) is None
    assert asked(night, mute, severity=Severity.MODERATE) == at("2026-05-02 07:00")


def test_dropping_is_a_reason():
    assert asked(at("2026-05-02 03:00"), MuteTime(time(22), time(7), drop=True)) is SuppressReason.MUTED


NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes_ago", "most", "until"),
    [
        ((), 2, None),
        ((10,), 2, None),
        ((10, 20), 2, NOW + timedelta(minutes=40)),
        ((10, 20, 30), 2, NOW + timedelta(minutes=40)),
        ((10, 61), 2, None),
    ],
)
def test_the_cap(minutes_ago, most, until):
    sent = [NOW - timedelta(minutes=m) for m in minutes_ago]
    assert asked(NOW, sent=sent, most=most) == until
    assert asked(NOW, sent=sent, most=most, severity=Severity.EXTREME) is None


@given(st.lists(st.integers(0, 7200), max_size=40), st.integers(1, 10))
def test_no_hour_holds_more_than_the_cap(seconds, most):
    """Messages that arrive as they may go out as `held_back` says; then any 60 minutes are counted."""
    sent = []
    for second in sorted(seconds):
        now = NOW + timedelta(seconds=second)
        while (until := asked(now, sent=sent, most=most)) is not None:
            assert until > now
            now = until
        sent.append(now)
    for moment in sent:
        assert sum(1 for other in sent if moment <= other < moment + timedelta(hours=1)) <= most


def test_settings_become_a_discipline():
    settings = REGISTRY["console"].settings.model_validate(
        {"mute_times": [{"from": "22:00", "to": "7:30", "days": ["sat"], "below": "extreme"}], "max_per_hour": 5}
    )
    expected = MuteTime(time(22), time(7, 30), frozenset({5}), below=Severity.EXTREME)
    assert settings.discipline() == Discipline((expected,), 5)


@pytest.mark.parametrize("wrong", [{"from": "25:00", "to": "7:00"}, {"from": 22, "to": "7:00"}, {"to": "7:00"}])
def test_times_that_are_none(wrong):
    with pytest.raises(ValidationError):
        REGISTRY["console"].settings.model_validate({"mute_times": [wrong]})


WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]


@pytest.mark.parametrize(
    ("mutes", "refused"),
    [
        ([{"from": "0:00", "to": "0:00"}], True),
        ([{"from": "9:00", "to": "9:00", "below": "extreme"}], True),
        ([{"from": "22:00", "to": "7:00"}, {"from": "7:00", "to": "22:00"}], True),
        (
            [{"from": "0:00", "to": "0:00", "days": WEEKDAYS}, {"from": "0:00", "to": "0:00", "days": ["sat", "sun"]}],
            True,
        ),
        ([{"from": "0:00", "to": "0:00", "action": "drop"}], False),
        ([{"from": "22:00", "to": "7:00"}, {"from": "7:00", "to": "22:00", "action": "drop"}], False),
        ([{"from": "22:00", "to": "7:00"}, {"from": "7:00", "to": "21:59"}], False),
        ([{"from": "0:00", "to": "0:00", "days": WEEKDAYS}], False),
    ],
)
def test_mute_times_that_never_end_are_refused(mutes, refused):
    """What they hold would wait for ever."""
    settings = REGISTRY["console"].settings
    if not refused:
        assert settings.model_validate({"mute_times": mutes}).discipline().mute_times
        return
    with pytest.raises(ValidationError, match="whole week") as caught:
        settings.model_validate({"mute_times": mutes})
    assert [error["loc"] for error in caught.value.errors()] == [("mute_times",)]
