"""Every "when next?": polls and delivery attempts. Pure; the caller owns the clock and the dice.

`jitter` is always a number in 0.0-1.0 that spreads starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Protocol

from watcher.model import (
    Feed,
    FeedState,
    FetchFailed,
    FetchFailure,
    FetchRequest,
    ParseFailed,
    Severity,
    SuppressReason,
)

#: Sites send `max-age` of a year; nobody means that for news (Media Cloud caps it alike).
FRESH_CAP = timedelta(hours=5)
#: A `Retry-After` beyond this is not believed.
RETRY_AFTER_CAP = timedelta(hours=8)
#: The longest pause after errors; a feed is never given up.
ERROR_CAP = timedelta(hours=8)
#: A feed that has failed for so long is asked once a day at most.
LONG_FAILING, LONG_CAP = timedelta(days=14), timedelta(days=1)
#: A feed that is gone (410) is still looked at, first after the one and then less often up to the
#: other: a surprising number come back.
GONE_FIRST, GONE_CAP = timedelta(days=1), timedelta(days=30)
#: A server that wants fewer requests and does not say when gets at least this pause.
RATE_LIMIT_LEAST = timedelta(minutes=15)
#: So long the other feeds of its host wait if it says 429 and not how long.
HOLD_DEFAULT = timedelta(minutes=5)
#: Permanent redirects are followed anew each time until they have held for so long.
ADOPT_AFTER = timedelta(days=7)
#: After so long without a body the feed is asked without condition: some servers say 304 for ever.
WHOLE_EVERY = timedelta(days=3)
#: For so long no conditions are sent to a server whose 304 was found to be wrong.
DISTRUST_FOR = timedelta(days=30)
HOUR = timedelta(hours=1)
#: Starts are spread over this share of the interval.
SPREAD = 0.1
#: First pause and greatest pause between two attempts of one delivery.
ATTEMPT_FIRST = timedelta(seconds=5)
ATTEMPT_CAP = timedelta(minutes=15)
#: No delivery is given up with fewer tries, however much time has passed: our own machine may have been off.
ATTEMPTS_LEAST = 12


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """Time between two polls of a feed: where it starts, and the bounds within which it adapts."""

    base: timedelta = timedelta(minutes=15)
    floor: timedelta = timedelta(minutes=5)
    ceiling: timedelta = timedelta(hours=4)
    #: Whether "too many requests" for one feed makes all feeds of its host wait.
    back_off_hosts: bool = True


@dataclass(frozen=True, slots=True)
class MuteTime:
    """Hours of a day, in the readers' time zone, in which a receiver wants to be left alone."""

    #: The span may run over midnight; it belongs to the day on which it begins.
    start: time
    end: time
    #: Monday is 0; empty means every day.
    days: frozenset[int] = frozenset()
    #: Held back alerts are dropped instead of told when the span ends.
    drop: bool = False
    #: Alerts of this severity and above come through; None lets nothing through.
    below: Severity | None = None
    #: What was held back is told as one digest, however little it is.
    digest: bool = False

    def stops(self, severity: Severity) -> bool:
        """Whether alerts of a severity are held back."""
        return self.below is None or severity.rank < self.below.rank


@dataclass(frozen=True, slots=True)
class Discipline:
    """When a receiver may be spoken to."""

    mute_times: tuple[MuteTime, ...] = ()
    #: Messages in any 60 minutes; alerts of severity `extreme` are not held back by it.
    max_per_hour: int | None = None
    #: When alerts that waited are told in one digest; None tells them at once.
    digest: "Times | None" = None
    #: Alerts of this severity and above do not wait for it; None lets all wait.
    digest_below: Severity | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """One receiver's second, who is told what nobody answers at the first."""

    receiver: str
    to: str
    #: How long its readers have to press a button.
    after: timedelta
    #: Alerts of a lesser severity are not escalated.
    least: Severity


class Times(Protocol):
    """Moments that come again and again."""

    def first_after(self, at: datetime) -> datetime | None:
        """Return the first of them that is later than `at`; None if there is none."""


def digest_at(discipline: Discipline, severity: Severity, due_at: datetime) -> datetime | None:
    """Return when an alert that is due since `due_at` comes in a digest, or None if it waits for none."""
    below = discipline.digest_below
    if discipline.digest is None or (below is not None and severity.rank >= below.rank):
        return None
    return discipline.digest.first_after(due_at)


def held_back(
    discipline: Discipline, severity: Severity, sent_at: Sequence[datetime], *, now: datetime, zone: tzinfo
) -> datetime | SuppressReason | None:
    """Return until when an alert waits, why it is dropped, or None if it may go out now.

    `sent_at` are the times of the receiver's messages of the last hour, in any order.
    """
    ends = []
    for mute in discipline.mute_times:
        end = _mute_ends(mute, now.astimezone(zone))
        if end is not None and mute.stops(severity):
            if mute.drop:
                return SuppressReason.MUTED
            ends.append(end.astimezone(UTC))
    most = discipline.max_per_hour
    if most is not None and severity is not Severity.EXTREME:
        recent = sorted(at for at in sent_at if at > now - HOUR)
        if len(recent) >= most:
            ends.append(recent[-most] + HOUR)
    return max(ends, default=None)


def told_as_digest(discipline: Discipline, severity: Severity, due_at: datetime, zone: tzinfo) -> bool:
    """Whether an alert that is due since `due_at` was held back by a mute time that wants a digest of what it held."""
    due = due_at.astimezone(zone)
    return any(mute.digest and mute.stops(severity) and _mute_ends(mute, due) for mute in discipline.mute_times)


def _mute_ends(mute: MuteTime, local: datetime) -> datetime | None:
    """When the span that a moment lies in ends; None outside of it."""
    for begun in (local.date(), local.date() - timedelta(days=1)):
        if mute.days and begun.weekday() not in mute.days:
            continue
        last = begun if mute.start < mute.end else begun + timedelta(days=1)
        start = datetime.combine(begun, mute.start, local.tzinfo)
        end = datetime.combine(last, mute.end, local.tzinfo)
        # Compared as moments too: an hour that comes twice would else hold until a time that has passed.
        if start <= local < end and end.astimezone(UTC) > local.astimezone(UTC):
            return end
    return None


def first_poll_at(policy: PollPolicy, *, now: datetime, jitter: float) -> datetime:
    """Spread the first polls of many feeds over half a minute, or over less for a short interval."""
    return now + jitter * min(timedelta(seconds=30), policy.base / 2)


def request_of(state: FeedState, feed: Feed, *, now: datetime) -> FetchRequest:
    """Return what to ask for: which address, and with which conditions.

    A permanent redirect that has held for a week is adopted, and left again when the new
    address fails. Conditions are left out when the last body is some days old, and at servers
    that were found to say "not modified" of a feed that was.
    """
    url = feed.url
    if state.moved_to and state.moved_since_at and not state.failures and now - state.moved_since_at >= ADOPT_AFTER:
        url = state.moved_to
    distrusted = state.lied_at is not None and now - state.lied_at < DISTRUST_FOR
    if distrusted or state.whole_at is None or now - state.whole_at >= WHOLE_EVERY:
        return FetchRequest(feed.id, url)
    return FetchRequest(feed.id, url, state.etag, state.last_modified, state.validators_url)


def after_success(
    state: FeedState,
    feed: Feed,
    policy: PollPolicy,
    *,
    now: datetime,
    known: int,
    new: int,
    fresh_for: timedelta | None,
    retry_after: timedelta | None,
    jitter: float,
) -> tuple[datetime, timedelta]:
    """Return the next poll and the interval after a document with `known` old and `new` new entries.

    More than two thirds known: half as long again. Less than one third: two thirds as long
    (Media Cloud's rule). What the publisher asks for by `ttl`, freshness and skipped hours and
    days only makes it later. A fixed interval of the feed is the user's own word on all that;
    `Retry-After` binds it too.
    """
    least = min(retry_after or timedelta(), RETRY_AFTER_CAP)
    if feed.interval is not None:
        return now + max(feed.interval, least) * (1 + SPREAD * jitter), feed.interval
    interval = state.interval or policy.base
    if known + new:
        share = known / (known + new)
        interval = interval * 1.5 if share > 2 / 3 else interval / 1.5 if share < 1 / 3 else interval
    interval = max(policy.floor, min(interval, policy.ceiling))
    asked = min(max(state.ttl or timedelta(), fresh_for or timedelta()), FRESH_CAP)
    at = now + max(interval, asked, least) * (1 + SPREAD * jitter)
    return _allowed(at, state, jitter), interval


def after_not_modified(
    state: FeedState,
    feed: Feed,
    policy: PollPolicy,
    *,
    now: datetime,
    fresh_for: timedelta | None,
    retry_after: timedelta | None,
    jitter: float,
) -> tuple[datetime, timedelta]:
    """Return the next poll and the interval after a document without anything new."""
    return after_success(
        state, feed, policy, now=now, known=1, new=0, fresh_for=fresh_for, retry_after=retry_after, jitter=jitter
    )


def after_failure(
    state: FeedState,
    feed: Feed,
    policy: PollPolicy,
    *,
    now: datetime,
    failure: FetchFailed | ParseFailed,
    jitter: float,
) -> datetime:
    """Return the next poll after one that failed: twice as long each time up to a cap, never never.

    The cap is 8 hours, and a day for a feed that has failed for two weeks; a feed that is gone
    is asked after a day, then less often, down to once a month. `Retry-After` is honoured up to
    8 hours.
    """
    base = feed.interval or policy.base
    failing_for = now - (state.failing_since_at or now)
    cap = LONG_CAP if failing_for >= LONG_FAILING else ERROR_CAP
    pause = min(base * 2.0 ** min(state.failures, 16), max(cap, base))
    if isinstance(failure, FetchFailed):
        if failure.reason is FetchFailure.GONE:
            pause = max(base, min(GONE_FIRST * 2.0 ** min(state.failures, 16), GONE_CAP))
        if failure.reason is FetchFailure.RATE_LIMITED:
            pause = max(pause, RATE_LIMIT_LEAST)
        if failure.retry_after is not None:
            pause = max(pause, min(failure.retry_after, RETRY_AFTER_CAP))
    return now + pause * (1 + SPREAD * jitter)


def host_pause(reason: FetchFailure, status: int | None, retry_after: timedelta | None) -> timedelta | None:
    """Return how long the other feeds of the host wait, or None if the failure is only this feed's.

    As long as the server says, up to 8 hours; 5 minutes if it says 429 and not how long.
    """
    if reason is not FetchFailure.RATE_LIMITED:
        return None
    if retry_after is None:  # a 503 that says no more may be one feed's own trouble
        return HOLD_DEFAULT if status == 429 else None
    return min(retry_after, RETRY_AFTER_CAP)


def after_hold(*, now: datetime, left: timedelta | None, jitter: float) -> datetime:
    """Return the next poll of a feed that was not asked because its host wanted no requests for another `left`."""
    wait = left or HOLD_DEFAULT
    return now + wait * (1 + SPREAD * jitter)


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
    short. A delivery that had `ATTEMPTS_LEAST` tries (about an hour) is given up when the next one
    would come later than `give_up_after` after its first try, which was at `first_at`; one last
    try is made at that moment.
    """
    pause = min(ATTEMPT_FIRST * 2.0 ** min(attempts - 1, 16), ATTEMPT_CAP) * (1 + SPREAD * jitter)
    if retry_after is not None:
        pause = max(pause, retry_after)
    last = first_at + give_up_after
    if now >= last:
        return None if attempts >= ATTEMPTS_LEAST else now + pause
    return min(now + pause, last) if retry_after is None else now + pause


def _allowed(at: datetime, state: FeedState, jitter: float) -> datetime:
    """Move a poll out of the hours and days (UTC) that the publisher wants none in; all of them are none."""
    hours, days = set(state.skip_hours), set(state.skip_days)
    if len(hours) >= 24 or len(days) >= 7:
        return at
    moved = at
    while moved.weekday() in days or moved.hour in hours:
        moved = moved.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at if moved == at else moved + timedelta(minutes=5) * jitter
