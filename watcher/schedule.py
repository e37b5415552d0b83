"""Every "when next?": polls and delivery attempts. Pure; the caller owns the clock and the dice.

`jitter` is always a number in 0.0-1.0 that spreads starts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.model import Feed, FeedState, FetchFailed, FetchFailure, ParseFailed

#: Sites send `max-age` of a year; nobody means that for news (Media Cloud caps it alike).
FRESH_CAP = timedelta(hours=5)
#: A `Retry-After` beyond this is not believed.
RETRY_AFTER_CAP = timedelta(hours=8)
#: The longest pause after errors; a feed is never given up.
ERROR_CAP = timedelta(hours=8)
#: A feed that is gone (410) is still looked at: a surprising number come back.
GONE_EVERY = timedelta(days=1)
#: Starts are spread over this share of the interval.
SPREAD = 0.1
#: First pause and greatest pause between two attempts of one delivery.
ATTEMPT_FIRST = timedelta(seconds=5)
ATTEMPT_CAP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """Time between two polls of a feed: where it starts, and the bounds within which it adapts."""

    base: timedelta = timedelta(minutes=15)
    floor: timedelta = timedelta(minutes=5)
    ceiling: timedelta = timedelta(hours=4)


def first_poll_at(policy: PollPolicy, *, now: datetime, jitter: float) -> datetime:
    """Spread the first polls of many feeds over half a minute, or over less for a short interval."""
    return now + jitter * min(timedelta(seconds=30), policy.base / 2)


def after_success(
    state: FeedState,
    feed: Feed,
    policy: PollPolicy,
    *,
    now: datetime,
    known: int,
    new: int,
    ttl: timedelta | None,
    fresh_for: timedelta | None,
    jitter: float,
) -> tuple[datetime, timedelta]:
    """Return the next poll and the interval after a document with `known` old and `new` new entries.

    More than two thirds known: half as long again. Less than one third: two thirds as long
    (Media Cloud's rule). A fixed interval of the feed is kept as it is.
    """
    if feed.interval is not None:
        return _at(feed.interval, None, now, jitter), feed.interval
    interval = state.interval or policy.base
    if known + new:
        share = known / (known + new)
        interval = interval * 1.5 if share > 2 / 3 else interval / 1.5 if share < 1 / 3 else interval
    interval = _clamp(interval, policy)
    asked = max((t for t in (ttl, fresh_for) if t is not None), default=None)
    return _at(interval, asked, now, jitter), interval


def after_not_modified(
    state: FeedState, feed: Feed, policy: PollPolicy, *, now: datetime, fresh_for: timedelta | None, jitter: float
) -> tuple[datetime, timedelta]:
    """Return the next poll and the interval after a document without anything new."""
    return after_success(state, feed, policy, now=now, known=1, new=0, ttl=None, fresh_for=fresh_for, jitter=jitter)


def after_failure(
    state: FeedState,
    feed: Feed,
    policy: PollPolicy,
    *,
    now: datetime,
    failure: FetchFailed | ParseFailed,
    jitter: float,
) -> datetime:
    """Return the next poll after one that failed: twice as long each time, at most 8 hours, never never.

    `Retry-After` is honoured up to 8 hours. A feed that is gone is asked once a day.
    """
    base = feed.interval or policy.base
    pause = min(base * 2.0 ** min(state.failures, 16), max(ERROR_CAP, base))
    if isinstance(failure, FetchFailed):
        if failure.reason is FetchFailure.GONE:
            pause = GONE_EVERY
        if failure.retry_after is not None:
            pause = max(pause, min(failure.retry_after, RETRY_AFTER_CAP))
    return now + pause * (1 + SPREAD * jitter)


def next_attempt(
    attempts: int,
    *,
    now: datetime,
    retry_after: timedelta | None,
    first_at: datetime,
    give_up_after: timedelta,
    jitter: float,
) -> datetime | None:
    """Return when a delivery is tried again after `attempts` tries, or None when it is given up.

    The pause doubles from 5 seconds to 15 minutes; the service's own `retry_after` is never cut
    short. A delivery is given up when the next try would come later than `give_up_after` after
    it was first due; one last try is made at that moment.
    """
    pause = min(ATTEMPT_FIRST * 2.0 ** min(attempts - 1, 16), ATTEMPT_CAP) * (1 + SPREAD * jitter)
    if retry_after is not None:
        pause = max(pause, retry_after)
    last = first_at + give_up_after
    if now >= last:
        return None
    return min(now + pause, last) if retry_after is None else now + pause


def _clamp(interval: timedelta, policy: PollPolicy) -> timedelta:
    return max(policy.floor, min(interval, policy.ceiling))


def _at(interval: timedelta, asked: timedelta | None, now: datetime, jitter: float) -> datetime:
    """The interval, or what the publisher asks for if that is longer, up to the cap."""
    pause = interval if asked is None else max(interval, min(asked, FRESH_CAP))
    return now + pause * (1 + SPREAD * jitter)
