"""What is remembered of a feed after each outcome of a poll. Pure: old state and outcome in, new state out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeGuard

from watcher.links import host, shown, without_login
from watcher.model import (
    Certificate,
    Feed,
    FeedState,
    Fetched,
    FetchFailed,
    FetchRequest,
    NotModified,
    ParsedFeed,
    ParseFailed,
)
from watcher.schedule import ADOPT_AFTER, PollPolicy, after_failure, after_hold, after_not_modified, after_success

#: With fewer entries "all of them are undated" says little.
ENOUGH_ENTRIES = 3
#: Signs of how a document was reached, not of what it holds.
_OF_THE_WAY = frozenset({"moved", "certificate"})
#: A certificate should be renewed this long before its end; one of a few days when a third of its time is left.
_RENEWED = timedelta(days=7)


def for_address(state: FeedState, feed: Feed) -> FeedState:
    """Forget what belongs to an address that the configuration no longer names."""
    if not state.url or state.url == without_login(feed.url):
        return state
    kept = FeedState(state.feed, without_login(feed.url), state.next_poll_at, baseline_at=state.baseline_at)
    return replace(kept, polled_at=state.polled_at, ok_at=state.ok_at, new_entry_at=state.new_entry_at)


def failed(
    state: FeedState,
    feed: Feed,
    failure: FetchFailed | ParseFailed,
    policy: PollPolicy,
    *,
    now: datetime,
    jitter: float,
) -> FeedState:
    """After a poll that gave nothing; it is tried again, always (invariant 9)."""
    return replace(
        state,
        url=without_login(feed.url),
        next_poll_at=after_failure(state, feed, policy, now=now, failure=failure, jitter=jitter),
        polled_at=now,
        failures=state.failures + 1,
        failing_since_at=state.failing_since_at or now,
        last_error=f"{failure.reason}: {failure.message}",
    )


def held(state: FeedState, failure: FetchFailed, *, now: datetime, jitter: float) -> FeedState:
    """After a feed was not asked because its host wanted no requests: no failure of its own, it only waits."""
    return replace(state, next_poll_at=after_hold(now=now, left=failure.retry_after, jitter=jitter))


def unchanged(
    state: FeedState,
    feed: Feed,
    request: FetchRequest,
    result: NotModified | Fetched,
    policy: PollPolicy,
    *,
    now: datetime,
    jitter: float,
) -> FeedState:
    """After a 304, or after a document that brings nothing."""
    at, interval = after_not_modified(
        state, feed, policy, now=now, fresh_for=result.fresh_for, retry_after=result.retry_after, jitter=jitter
    )
    # A document that broke off was no baseline; the same one again is how the feed is.
    baseline_at = state.baseline_at or now
    state = replace(_well(state, feed, now), next_poll_at=at, interval=interval, baseline_at=baseline_at)
    return with_validators(_moved(state, feed, request, result, now), result, now)


def parsed(
    state: FeedState,
    feed: Feed,
    request: FetchRequest,
    result: Fetched,
    document: ParsedFeed,
    policy: PollPolicy,
    *,
    known: int,
    new: int,
    older_undated: bool,
    body_hash: str,
    now: datetime,
    jitter: float,
) -> FeedState:
    """After a document with `known` entries that were stored before and `new` ones.

    `older_undated`: whether the feed's newest entries before those of the document have no dates either.

    A document that breaks off keeps no validators, so that the next answer is a whole one, and
    is no baseline the first time: the rest of it would pass for news.
    """
    before = state
    state = replace(
        _well(state, feed, now),
        ttl=document.ttl,
        skip_hours=tuple(sorted(document.skip_hours)),
        skip_days=tuple(sorted(document.skip_days)),
    )
    at, interval = after_success(
        state, feed, policy, now=now, known=known, new=new, fresh_for=result.fresh_for,
        retry_after=result.retry_after, jitter=jitter,
    )  # fmt: skip
    state = with_validators(_moved(state, feed, request, result, now), result, now)
    if document.cut:
        state = replace(state, etag=None, last_modified=None)
    first_and_cut = document.cut and before.ok_at is None
    return replace(
        state,
        next_poll_at=at,
        interval=interval,
        body_hash=body_hash,
        items=document.items,
        baseline_at=before.baseline_at or (None if first_and_cut else now),
        new_entry_at=now if new else before.new_entry_at,
        lied_at=now if new and _lied(before, request, result) else before.lied_at,
        notes=_notes(before, state, document),
        signs={k: v for k, v in state.signs.items() if k in _OF_THE_WAY}
        | _signs(before, document, missed=0 < new == known + new, older_undated=older_undated),
    )


def with_validators(state: FeedState, result: Fetched | NotModified, now: datetime) -> FeedState:
    """Keep validators: those of a 200 replace the old ones even by nothing, a 304's only add."""
    if isinstance(result, Fetched):
        return replace(
            state, etag=result.etag, last_modified=result.last_modified, validators_url=result.url, whole_at=now
        )
    return replace(state, etag=result.etag or state.etag, last_modified=result.last_modified or state.last_modified)


def same_host(feed: Feed, feeds: Mapping[str, Feed]) -> tuple[str, ...]:
    """Return the other feeds of a feed's host."""
    mine = host(feed.url)
    return tuple(other.id for other in feeds.values() if other.id != feed.id and host(other.url) == mine)


# ---------------------------------------------------------------- inside


def _well(state: FeedState, feed: Feed, now: datetime) -> FeedState:
    return replace(
        state, url=without_login(feed.url), polled_at=now, ok_at=now, failures=0, failing_since_at=None, last_error=None
    )


def _moved(
    state: FeedState, feed: Feed, request: FetchRequest, result: Fetched | NotModified, now: datetime
) -> FeedState:
    """Count how long permanent redirects have led to one address, tell when it is adopted; watch the certificate."""
    if request.url == feed.url and result.moved_to != state.moved_to:
        state = replace(state, moved_to=result.moved_to, moved_since_at=now if result.moved_to else None)
    signs = {name: said for name, said in state.signs.items() if name not in _OF_THE_WAY}
    if _ends_soon(certificate := result.certificate, now):
        ends_at = certificate.ends_at
        signs["certificate"] = f"its server's certificate ends on {ends_at:%Y-%m-%d %H:%M} UTC and has not been renewed"
    if state.moved_to and state.moved_since_at and now - state.moved_since_at >= ADOPT_AFTER:
        signs["moved"] = f"it has moved for good to {shown(state.moved_to)}, where it is read now: change its url"
    return replace(state, signs=signs)


def _ends_soon(certificate: Certificate | None, now: datetime) -> TypeGuard[Certificate]:
    if certificate is None:
        return False
    lifetime = certificate.ends_at - certificate.begins_at
    return certificate.ends_at - now < min(_RENEWED, lifetime / 3)


def _lied(before: FeedState, request: FetchRequest, result: Fetched) -> bool:
    """Say whether a server that was asked without condition shows news under the validators of old."""
    asked_freely = request.etag is None and request.last_modified is None
    same = (result.etag, result.last_modified) == (before.etag, before.last_modified) != (None, None)
    return asked_freely and same and before.whole_at is not None


def _signs(before: FeedState, document: ParsedFeed, *, missed: bool, older_undated: bool) -> dict[str, str]:
    """What is wrong with a document that can be read, each with the sentence for its alarm."""
    signs = {}
    if missed and before.baseline_at is not None and before.new_entry_at is not None:  # it had entries before
        since = f" since {before.ok_at:%Y-%m-%d %H:%M} UTC" if before.ok_at else ""
        signs["missed"] = f"no entry in common with the poll before: entries{since} may have been missed"
    entries = document.entries
    some_dated = any(entry.published_at for entry in entries)
    # Where only new entries were read, the others of the document are known from before.
    undated = len(entries) >= ENOUGH_ENTRIES if not document.left_out else "undated" in before.signs or older_undated
    if undated and not some_dated:
        signs["undated"] = "none of its entries has a date that can be right"
    return signs


def _notes(before: FeedState, state: FeedState, document: ParsedFeed) -> tuple[str, ...]:
    """The document's remarks; where no entry was read, those on the last one that was still hold."""
    notes = before.notes if document.left_out and not document.entries else document.notes
    redirects = f"it redirects for good to {shown(state.moved_to or '')}"
    notes = tuple(note for note in notes if not note.startswith("it redirects for good to "))
    return (*notes, redirects) if state.moved_to and "moved" not in state.signs else notes
