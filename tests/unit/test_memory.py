"""What is remembered of a feed after each outcome, and what is wrong with a feed that can be read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher import memory
from watcher.model import (
    Certificate,
    Entry,
    Feed,
    FeedState,
    Fetched,
    FetchFailed,
    FetchFailure,
    FetchRequest,
    NotModified,
    ParsedFeed,
)
from watcher.schedule import ADOPT_AFTER, PollPolicy

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = PollPolicy()
FEED = Feed("f", "https://a.example/feed")
KNOWN = FeedState(
    "f", FEED.url, etag='"1"', last_modified="then", validators_url=FEED.url, body_hash="old",
    ok_at=NOW - HOUR, whole_at=NOW - HOUR, baseline_at=NOW - DAY, new_entry_at=NOW - DAY,
)  # fmt: skip
ASKED = FetchRequest("f", FEED.url, '"1"', "then", FEED.url)
FREELY = FetchRequest("f", FEED.url)
BODY = Fetched(FEED.url, b"x", etag='"2"', last_modified="now")
DATED = tuple(Entry(str(n), published_at=NOW) for n in range(3))
DOCUMENT = ParsedFeed("T", "rss20", DATED)


def parsed(state=KNOWN, request=ASKED, result=BODY, document=DOCUMENT, known=2, new=1, now=NOW, older_undated=False):
    return memory.parsed(
        state,
        FEED,
        request,
        result,
        document,
        POLICY,
        known=known,
        new=new,
        older_undated=older_undated,
        body_hash="new",
        now=now,
        jitter=0.0,
    )


def unchanged(state=KNOWN, request=ASKED, result=NotModified(FEED.url), now=NOW):  # noqa: B008 - it is frozen
    return memory.unchanged(state, FEED, request, result, POLICY, now=now, jitter=0.0)


def test_a_200_replaces_both_validators_even_by_nothing():
    state = parsed(result=replace(BODY, etag=None))
    assert (state.etag, state.last_modified, state.validators_url, state.whole_at) == (None, "now", FEED.url, NOW)


def test_a_304_adds_only_what_it_carries():
    state = unchanged(result=NotModified(FEED.url, etag='"3"'))
    assert (state.etag, state.last_modified, state.whole_at) == ('"3"', "then", KNOWN.whole_at)


def test_a_success_ends_a_row_of_failures_and_a_failure_forgets_nothing_else():
    failure = FetchFailed(FetchFailure.TIMEOUT, "no answer in time")
    once = memory.failed(KNOWN, FEED, failure, POLICY, now=NOW, jitter=0.0)
    twice = memory.failed(once, FEED, failure, POLICY, now=NOW + HOUR, jitter=0.0)
    assert (twice.failures, twice.failing_since_at, twice.last_error) == (2, NOW, "timeout: no answer in time")
    assert (twice.etag, twice.body_hash, twice.ok_at) == (KNOWN.etag, KNOWN.body_hash, KNOWN.ok_at)
    well = unchanged(twice)
    assert (well.failures, well.failing_since_at, well.last_error) == (0, None, None)


def test_what_the_document_asks_for_is_remembered():
    state = parsed(document=replace(DOCUMENT, ttl=HOUR, skip_hours=frozenset({3, 1}), skip_days=frozenset({6})))
    assert (state.ttl, state.skip_hours, state.skip_days) == (HOUR, (1, 3), (6,))
    assert unchanged(state).next_poll_at == NOW + HOUR


def test_a_document_that_breaks_off_keeps_no_validators():
    state = parsed(document=replace(DOCUMENT, cut=True))
    assert (state.etag, state.last_modified, state.body_hash) == (None, None, "new")
    assert unchanged(state, FREELY, BODY).etag == '"2"'  # the same again: that is how the document is


def test_half_a_feed_is_no_baseline_the_first_time_but_the_second():
    cut = replace(DOCUMENT, cut=True)
    first = parsed(FeedState("f"), FREELY, document=cut, known=0, new=3)
    assert first.baseline_at is None
    assert parsed(first, FREELY, document=cut, known=3, new=1).baseline_at == NOW
    assert unchanged(first, FREELY, BODY).baseline_at == NOW


def test_another_address_starts_anew():
    state = memory.for_address(
        replace(KNOWN, ttl=HOUR, moved_to="x", lied_at=NOW), replace(FEED, url="https://b.example/")
    )
    assert (state.etag, state.body_hash, state.ttl, state.moved_to, state.lied_at) == (None, None, None, None, None)
    assert state.baseline_at == KNOWN.baseline_at
    assert memory.for_address(KNOWN, FEED) is KNOWN


# ---------------------------------------------------------------- servers that say "not modified" of what was


@pytest.mark.parametrize(
    ("request_", "result", "new", "lied"),
    [
        pytest.param(
            FREELY, replace(BODY, etag='"1"', last_modified="then"), 1, True, id="news under the old validators"
        ),
        pytest.param(FREELY, replace(BODY, etag='"1"', last_modified="then"), 0, False, id="nothing new"),
        pytest.param(FREELY, BODY, 1, False, id="new validators"),
        pytest.param(ASKED, replace(BODY, etag='"1"', last_modified="then"), 1, False, id="it did not say 304"),
        pytest.param(FREELY, replace(BODY, etag=None, last_modified=None), 1, False, id="no validators"),
    ],
)
def test_servers_that_lie_are_found(request_, result, new, lied):
    state = parsed(request=request_, result=result, known=3 - new, new=new)
    assert state.lied_at == (NOW if lied else None)


# ---------------------------------------------------------------- feeds that move

NEW = "https://b.example/feed"
MOVED = replace(BODY, url=NEW, moved_to=NEW)


def test_a_move_is_counted_from_its_first_day_and_told_when_it_has_held():
    state = parsed(result=MOVED)
    assert (state.moved_to, state.moved_since_at) == (NEW, NOW)
    assert (f"it redirects for good to {NEW}" in state.notes, "moved" in state.signs) == (True, False)
    later = unchanged(state, result=NotModified(NEW, moved_to=NEW), now=NOW + ADOPT_AFTER)
    assert later.moved_since_at == NOW
    assert NEW in later.signs["moved"]
    direct = parsed(later, FetchRequest("f", NEW), replace(BODY, url=NEW), now=NOW + ADOPT_AFTER + HOUR)
    assert (direct.moved_to, direct.moved_since_at) == (NEW, NOW)
    assert "moved" in direct.signs


@pytest.mark.parametrize(
    ("lifetime", "left", "told"),
    [
        pytest.param(90 * DAY, 7 * DAY - HOUR, True, id="a week before the end of three months"),
        pytest.param(90 * DAY, 7 * DAY, False, id="more than a week before it"),
        pytest.param(6 * DAY, 2 * DAY - HOUR, True, id="a third of six days"),
        pytest.param(6 * DAY, 5 * DAY, False, id="fresh and short"),
    ],
)
def test_a_certificate_that_nobody_renewed_is_told_before_it_ends(lifetime, left, told):
    ends_at = NOW + left
    state = parsed(result=replace(BODY, certificate=Certificate(ends_at - lifetime, ends_at)))
    assert ("certificate" in state.signs) is told
    again = unchanged(state, result=NotModified(FEED.url, certificate=Certificate(NOW, NOW + 90 * DAY)))
    assert "certificate" not in again.signs


@pytest.mark.parametrize("to", [None, "https://c.example/feed"])
def test_a_move_that_does_not_hold_starts_anew(to):
    state = unchanged(parsed(result=MOVED), result=NotModified(FEED.url, moved_to=to), now=NOW + 6 * DAY)
    assert (state.moved_to, state.moved_since_at) == (to, NOW + 6 * DAY if to else None)


# ---------------------------------------------------------------- signs


@pytest.mark.parametrize(
    ("state", "known", "new", "missed"),
    [
        pytest.param(KNOWN, 0, 3, True, id="nothing in common"),
        pytest.param(KNOWN, 1, 2, False, id="one in common"),
        pytest.param(KNOWN, 0, 0, False, id="an empty feed"),
        pytest.param(FeedState("f"), 0, 3, False, id="the first poll"),
        pytest.param(replace(KNOWN, new_entry_at=None), 0, 3, False, id="the first entries of a feed that was empty"),
    ],
)
def test_entries_may_have_been_missed(state, known, new, missed):
    signs = parsed(state, known=known, new=new).signs
    assert ("missed" in signs) is missed
    if missed:
        assert signs["missed"].endswith("entries since 2026-05-01 11:00 UTC may have been missed")
        assert "missed" not in parsed(replace(KNOWN, signs=signs)).signs


@pytest.mark.parametrize(
    ("dates", "undated"), [((None, None, None), True), ((None, NOW, None), False), ((None, None), False), ((), False)]
)
def test_a_feed_without_dates(dates, undated):
    document = replace(DOCUMENT, entries=tuple(Entry(str(n), published_at=at) for n, at in enumerate(dates)))
    assert ("undated" in parsed(document=document).signs) is undated


@pytest.mark.parametrize(("older", "date", "undated"), [(True, None, True), (False, None, False), (True, NOW, False)])
def test_a_feed_whose_entries_lose_their_dates_one_after_the_other(older, date, undated):
    """Only new entries are read, so that none of its documents is seen to be without dates as a whole."""
    document = replace(DOCUMENT, entries=(Entry("1", published_at=date),), left_out=9)
    assert ("undated" in parsed(document=document, older_undated=older).signs) is undated


def test_feeds_of_one_host():
    feeds = {
        f.id: f
        for f in (FEED, Feed("g", "http://A.example:80/x"), Feed("h", "https://b.example/"), Feed("i", "http://[::1"))
    }
    assert memory.same_host(FEED, feeds) == ("g",)
