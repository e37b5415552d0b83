"""When a feed is asked next, and how: every wish of the publisher and every failure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.model import Feed, FeedState, FetchFailed, FetchFailure, FetchRequest, ParseFailed, ParseFailure
from watcher.schedule import (
    FRESH_CAP,
    RETRY_AFTER_CAP,
    PollPolicy,
    after_failure,
    after_not_modified,
    after_success,
    first_poll_at,
    host_pause,
    next_attempt,
    request_of,
)

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)  # a Friday
POLICY = PollPolicy(timedelta(minutes=15), timedelta(minutes=5), timedelta(hours=4))
FEED = Feed("f", "https://site.example/feed")
FIXED = Feed("f", "https://site.example/feed", interval=timedelta(minutes=1))
NOTHING_KNOWN = FeedState("f")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def success(state=NOTHING_KNOWN, feed=FEED, *, known=1, new=1, fresh_for=None, retry_after=None, jitter=0.0):
    at, interval = after_success(
        state, feed, POLICY, now=NOW, known=known, new=new, fresh_for=fresh_for, retry_after=retry_after, jitter=jitter
    )
    return at - NOW, interval


# ---------------------------------------------------------------- the interval


@pytest.mark.parametrize(
    ("known", "new", "before", "after"),
    [
        pytest.param(10, 10, 60, 60, id="half known: as it was"),
        pytest.param(30, 1, 60, 90, id="nearly all known: longer"),
        pytest.param(1, 30, 60, 40, id="nearly all new: shorter"),
        pytest.param(0, 5, 6, 5, id="not below the floor"),
        pytest.param(9, 0, 230, 240, id="not above the ceiling"),
        pytest.param(0, 0, 60, 60, id="an empty feed says nothing"),
        pytest.param(10, 10, None, 15, id="it starts at the base"),
    ],
)
def test_the_interval_adapts(known, new, before, after):
    state = FeedState("f", interval=None if before is None else before * MINUTE)
    assert success(state, known=known, new=new) == (after * MINUTE, after * MINUTE)


@pytest.mark.parametrize(
    ("wish", "pause"),
    [
        pytest.param({"ttl": 5 * MINUTE}, 15 * MINUTE, id="a shorter ttl changes nothing"),
        pytest.param({"ttl": HOUR}, HOUR, id="a longer ttl is honoured"),
        pytest.param({"fresh_for": HOUR}, HOUR, id="freshness is"),
        pytest.param({"ttl": 2 * HOUR, "fresh_for": HOUR}, 2 * HOUR, id="the longer of both"),
        pytest.param({"fresh_for": 365 * DAY}, FRESH_CAP, id="a year is not meant"),
        pytest.param({"retry_after": 7 * HOUR}, 7 * HOUR, id="Retry-After with a 200"),
        pytest.param({"retry_after": 365 * DAY}, RETRY_AFTER_CAP, id="up to its cap"),
        pytest.param({"fresh_for": timedelta()}, 15 * MINUTE, id="stale at once"),
    ],
)
def test_the_publisher_can_only_make_it_later(wish, pause):
    state = FeedState("f", ttl=wish.pop("ttl", None))
    assert success(state, **wish) == (pause, 15 * MINUTE)


def test_a_304_keeps_to_what_the_last_document_asked_for():
    at, _ = after_not_modified(
        FeedState("f", ttl=2 * HOUR), FEED, POLICY, now=NOW, fresh_for=None, retry_after=None, jitter=0.0
    )
    assert at == NOW + 2 * HOUR


def test_a_fixed_interval_is_the_users_word_but_for_retry_after():
    state = FeedState("f", ttl=HOUR, skip_hours=(12, 13))
    assert success(state, FIXED, fresh_for=HOUR) == (MINUTE, MINUTE)
    assert success(state, FIXED, retry_after=HOUR) == (HOUR, MINUTE)


@pytest.mark.parametrize(
    ("hours", "days", "at"),
    [
        pytest.param((), (), NOW + 15 * MINUTE, id="none"),
        pytest.param((3,), (0,), NOW + 15 * MINUTE, id="others"),
        pytest.param((12,), (), datetime(2026, 5, 1, 13, tzinfo=UTC), id="this hour"),
        pytest.param((12, 13, 15), (), datetime(2026, 5, 1, 14, tzinfo=UTC), id="two hours"),
        pytest.param((), (4,), datetime(2026, 5, 2, 0, tzinfo=UTC), id="today"),
        pytest.param((0, 1), (4, 5, 6), datetime(2026, 5, 4, 2, tzinfo=UTC), id="the weekend and the first hours"),
        pytest.param(tuple(range(24)), (), NOW + 15 * MINUTE, id="all hours are none"),
        pytest.param((), tuple(range(7)), NOW + 15 * MINUTE, id="all days are none"),
    ],
)
def test_skipped_hours_and_days(hours, days, at):
    state = FeedState("f", skip_hours=hours, skip_days=days)
    assert NOW + success(state)[0] == at
    assert at <= NOW + success(state, jitter=1.0)[0] <= at + 10 * MINUTE


# ---------------------------------------------------------------- failures


def failure(failures, reason=FetchFailure.TIMEOUT, retry_after=None, feed=FEED, since=None):
    state = FeedState("f", failures=failures, failing_since_at=since)
    failed = FetchFailed(reason, "x", retry_after=retry_after)
    return after_failure(state, feed, POLICY, now=NOW, failure=failed, jitter=0.0) - NOW


@pytest.mark.parametrize(
    ("failures", "pause"), [(0, 15 * MINUTE), (1, 30 * MINUTE), (2, HOUR), (5, 8 * HOUR), (1000, 8 * HOUR)]
)
def test_errors_double_the_pause_up_to_a_cap(failures, pause):
    assert failure(failures) == pause


@pytest.mark.parametrize(("failures", "days"), [(0, 1), (1, 2), (4, 16), (5, 30), (1000, 30)])
def test_a_feed_that_is_gone_is_still_looked_at(failures, days):
    assert failure(failures, FetchFailure.GONE) == days * DAY


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [(None, 15 * MINUTE), (MINUTE, 15 * MINUTE), (3 * HOUR, 3 * HOUR), (365 * DAY, RETRY_AFTER_CAP)],
)
def test_retry_after_is_never_cut_short_but_for_its_cap(retry_after, pause):
    assert failure(0, FetchFailure.RATE_LIMITED, retry_after) == pause


def test_a_server_that_wants_fewer_requests_gets_a_pause_even_from_a_fixed_interval():
    assert failure(0, FetchFailure.RATE_LIMITED, feed=FIXED) == 15 * MINUTE
    assert failure(0, feed=FIXED) == MINUTE


@pytest.mark.parametrize(
    ("status", "retry_after", "pause"),
    [
        (429, None, 5 * MINUTE),
        (429, MINUTE, MINUTE),
        (429, 3 * HOUR, 3 * HOUR),
        (503, 3 * HOUR, 3 * HOUR),
        (503, None, None),
        (429, 365 * DAY, RETRY_AFTER_CAP),
    ],
)
def test_how_long_the_other_feeds_of_a_host_wait(status, retry_after, pause):
    assert host_pause(FetchFailure.RATE_LIMITED, status, retry_after) == pause
    assert host_pause(FetchFailure.HTTP_STATUS, 404, retry_after) is None


def test_a_feed_that_has_failed_for_weeks_is_asked_once_a_day():
    assert failure(1000, since=NOW - 20 * DAY) == DAY
    assert failure(1000, since=NOW - 2 * DAY) == 8 * HOUR


def test_a_body_that_is_no_feed_backs_off_alike():
    failed = ParseFailed(ParseFailure.NOT_A_FEED, "x")
    at = after_failure(FeedState("f", failures=1), FEED, POLICY, now=NOW, failure=failed, jitter=0.0)
    assert at == NOW + 30 * MINUTE


def test_a_long_interval_of_ones_own_is_not_shortened_by_a_failure():
    weekly = Feed("f", "https://site.example/", interval=7 * DAY)
    assert failure(0, feed=weekly) == 7 * DAY
    assert failure(0, FetchFailure.GONE, feed=weekly) == 7 * DAY


# ---------------------------------------------------------------- what is asked for


KNOWN = FeedState(
    "f", etag='"1"', last_modified="then", validators_url="https://site.example/feed", whole_at=NOW - HOUR
)


def replaced(**changes):
    return replace(KNOWN, **changes)


@pytest.mark.parametrize(
    ("state", "url", "conditional"),
    [
        pytest.param(FeedState("f"), FEED.url, False, id="never asked"),
        pytest.param(KNOWN, FEED.url, True, id="asked before"),
        pytest.param(replaced(whole_at=NOW - 3 * DAY), FEED.url, False, id="no body for days"),
        pytest.param(replaced(lied_at=NOW - 29 * DAY), FEED.url, False, id="its 304 was wrong"),
        pytest.param(replaced(lied_at=NOW - 31 * DAY), FEED.url, True, id="it gets another chance"),
        pytest.param(
            replaced(moved_to="https://new.example/", moved_since_at=NOW - 6 * DAY), FEED.url, True, id="moving"
        ),
        pytest.param(
            replaced(moved_to="https://new.example/", moved_since_at=NOW - 7 * DAY),
            "https://new.example/",
            True,
            id="moved",
        ),
        pytest.param(
            replaced(moved_to="https://new.example/", moved_since_at=NOW - 7 * DAY, failures=1),
            FEED.url,
            True,
            id="and back",
        ),
    ],
)
def test_what_is_asked_for(state, url, conditional):
    expected = FetchRequest("f", url)
    if conditional:
        expected = FetchRequest("f", url, '"1"', "then", "https://site.example/feed")
    assert request_of(state, FEED, now=NOW) == expected


# ---------------------------------------------------------------- first polls, deliveries


def test_first_polls_are_spread():
    assert first_poll_at(POLICY, now=NOW, jitter=0.0) == NOW
    assert first_poll_at(POLICY, now=NOW, jitter=1.0) == NOW + timedelta(seconds=30)
    quick = PollPolicy(timedelta(seconds=2), timedelta(seconds=1), HOUR)
    assert first_poll_at(quick, now=NOW, jitter=1.0) == NOW + timedelta(seconds=1)


def attempt(attempts, *, after=timedelta(), retry_after=None):
    first_at = NOW - after
    at = next_attempt(attempts, now=NOW, retry_after=retry_after, first_at=first_at, give_up_after=2 * DAY, jitter=0.0)
    return None if at is None else at - NOW


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (500, 900)])
def test_attempts_double_their_pause(attempts, seconds):
    assert attempt(attempts) == timedelta(seconds=seconds)


def test_a_last_attempt_is_made_when_the_time_is_up_and_none_after_it():
    assert attempt(500, after=2 * DAY - MINUTE) == MINUTE
    assert attempt(501, after=2 * DAY) is None


def test_a_delivery_has_a_decent_number_of_tries_however_much_time_has_passed():
    """The machine was off for days after the first try, or the clock jumped."""
    assert attempt(2, after=30 * DAY) == timedelta(seconds=10)
    assert attempt(11, after=30 * DAY) == timedelta(minutes=15)
    assert attempt(12, after=30 * DAY) is None


def test_the_services_own_word_is_never_cut_short():
    assert attempt(1, retry_after=HOUR) == HOUR
    assert attempt(1, retry_after=timedelta()) == timedelta(seconds=5)
    assert attempt(500, after=2 * DAY - MINUTE, retry_after=HOUR) == HOUR
