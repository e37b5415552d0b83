"""What holds of every "when next?": in bounds, after now, and never never."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watcher.model import Feed, FeedState, FetchFailed, FetchFailure
from watcher.schedule import (
    ATTEMPTS_LEAST,
    FRESH_CAP,
    GONE_CAP,
    RETRY_AFTER_CAP,
    PollPolicy,
    after_failure,
    after_success,
    next_attempt,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
spans = st.timedeltas(timedelta(), timedelta(days=4000))
short = st.timedeltas(timedelta(seconds=1), timedelta(days=7))
shares = st.floats(0, 1)
counts = st.integers(0, 10**6)
policies = (
    st.lists(short, min_size=3, max_size=3).map(sorted).map(lambda s: PollPolicy(base=s[1], floor=s[0], ceiling=s[2]))
)
feeds = st.builds(Feed, id=st.just("f"), url=st.just("https://x.example/"), interval=st.none() | short)
states = st.builds(
    FeedState,
    feed=st.just("f"),
    interval=st.none() | short,
    failures=st.integers(0, 10**6),
    failing_since_at=st.none() | spans.map(lambda span: NOW - span),
    ttl=st.none() | spans,
    skip_hours=st.lists(st.integers(0, 23)).map(tuple),
    skip_days=st.lists(st.integers(0, 6)).map(tuple),
)


@given(states, feeds, policies, counts, counts, st.none() | spans, st.none() | spans, shares)
def test_after_success(state, feed, policy, known, new, fresh_for, retry_after, jitter):
    at, interval = after_success(
        state, feed, policy, now=NOW, known=known, new=new, fresh_for=fresh_for, retry_after=retry_after, jitter=jitter
    )
    least = max(interval, min(retry_after or timedelta(), RETRY_AFTER_CAP))
    assert at >= NOW + least
    assert at <= NOW + 1.1 * max(least, FRESH_CAP) + WEEK
    if feed.interval is None:
        assert policy.floor <= interval <= policy.ceiling
        if len(set(state.skip_hours)) < 24 and len(set(state.skip_days)) < 7:
            assert at.hour not in state.skip_hours
            assert at.weekday() not in state.skip_days
    else:
        assert interval == feed.interval


@given(states, feeds, policies, st.sampled_from(FetchFailure), st.none() | spans, shares)
def test_after_failure_never_never(state, feed, policy, reason, retry_after, jitter):
    failure = FetchFailed(reason, "x", retry_after=retry_after)
    at = after_failure(state, feed, policy, now=NOW, failure=failure, jitter=jitter)
    base = feed.interval or policy.base
    assert at >= NOW + base
    assert at <= NOW + 1.1 * max(base, GONE_CAP)
    if retry_after is not None:
        assert at >= NOW + min(retry_after, RETRY_AFTER_CAP)


@given(st.integers(1, 10**6), st.none() | spans, spans, st.timedeltas(timedelta(minutes=1), WEEK), shares)
def test_next_attempt(attempts, retry_after, waited, give_up_after, jitter):
    at = next_attempt(
        attempts, now=NOW, retry_after=retry_after, first_at=NOW - waited, give_up_after=give_up_after, jitter=jitter
    )
    if waited >= give_up_after and attempts >= ATTEMPTS_LEAST:
        assert at is None
        return
    assert at > NOW
    assert at >= NOW + (retry_after or timedelta())
    assert retry_after is not None or at <= NOW - waited + give_up_after or attempts < ATTEMPTS_LEAST
