"""Subscriptions at WebSub hubs: what becomes of one, and when. Pure; the caller owns the clock and the dice.

`jitter` is always a number in 0.0-1.0.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from watcher.model import Subscription

#: The lease that is asked for; hubs grant what they like, and what is believed of that lies within the bounds.
LEASE = timedelta(days=10)
LEASE_LEAST, LEASE_MOST = timedelta(minutes=5), timedelta(days=30)
#: A lease is renewed after this share of it.
RENEWED_AFTER = 0.8
#: A hub that took the request has so long to verify it (WebSub §5.3 lets it do so at its own time).
VERIFIED_WITHIN = timedelta(minutes=10)
#: First pause after a failure, and the greatest: it doubles.
AGAIN_FIRST, AGAIN_CAP = timedelta(minutes=15), timedelta(days=1)
#: Failures in a row that are told.
TOLD_AFTER = 3
#: A hub that missed the news of so many polls in a row is not relied on until it tells of something again.
MISSED_MOST = 2


def asked(subscription: Subscription, now: datetime) -> Subscription:
    """Remember that the hub is being asked."""
    return replace(subscription, asked_at=now, next_at=now + VERIFIED_WITHIN)


def failed(subscription: Subscription, why: str, now: datetime, jitter: float) -> Subscription:
    """Try again later: the hub cannot be reached, says no, or has not verified in time."""
    pause = min(AGAIN_FIRST * 2.0 ** min(subscription.failures, 10), AGAIN_CAP) * (1 + 0.1 * jitter)
    return replace(subscription, asked_at=None, next_at=now + pause, failures=subscription.failures + 1, error=why)


def denied(subscription: Subscription, why: str, now: datetime) -> Subscription:
    """End it, as the hub says (WebSub §5.2); it is asked again once a day."""
    failures = max(subscription.failures + 1, TOLD_AFTER)
    return replace(subscription, asked_at=None, next_at=now + AGAIN_CAP, lease_until=None, failures=failures, error=why)


def verified(subscription: Subscription, lease: timedelta | None, now: datetime) -> Subscription:
    """Begin a lease of the length that the hub names, and plan its renewal."""
    lease = max(LEASE_LEAST, min(lease or LEASE, LEASE_MOST))
    return replace(
        subscription, asked_at=None, next_at=now + lease * RENEWED_AFTER, lease_until=now + lease, failures=0, error=""
    )


def anew(subscription: Subscription, now: datetime) -> Subscription:
    """Begin it anew, as one that was never asked for; what the hub has told of before still speaks for it."""
    return replace(subscription, asked_at=None, next_at=now, lease_until=None, failures=0, error="")


def let_go(subscription: Subscription, now: datetime) -> Subscription:
    """Have it ended at the hub, for nobody wants it any more."""
    return replace(subscription, asked_at=None, next_at=now, failures=0, error="")


def is_over(subscription: Subscription, now: datetime) -> bool:
    """Say whether one that nobody wants can be forgotten: it has ended, or its hub does not hear that it should."""
    return not is_held(subscription, now) or subscription.failures >= TOLD_AFTER


def safety_net_at(subscription: Subscription, ceiling: timedelta, now: datetime) -> datetime | None:
    """Return until when a feed's next poll may wait because its hub tells of what is new; None if it may not."""
    if not is_relied_on(subscription, now) or subscription.lease_until is None:
        return None
    return min(now + ceiling, subscription.lease_until)


def heard(subscription: Subscription, now: datetime) -> Subscription:
    """Remember that the hub has told of something."""
    return replace(subscription, heard_at=now, missed=0)


def missed(subscription: Subscription) -> Subscription:
    """Remember that a poll found what the hub has not told."""
    return replace(subscription, missed=subscription.missed + 1)


def is_held(subscription: Subscription, now: datetime) -> bool:
    """Say whether the lease runs."""
    return subscription.lease_until is not None and now < subscription.lease_until


def is_relied_on(subscription: Subscription, now: datetime) -> bool:
    """Say whether polls of the feed are only a safety net: once the hub has told of something, which many never do."""
    return is_held(subscription, now) and subscription.heard_at is not None and subscription.missed < MISSED_MOST


def standing(subscription: Subscription, now: datetime) -> str:
    """Return how it stands, in words for a list."""
    if not is_held(subscription, now):
        return "failing" if subscription.failures else "asked"
    if subscription.missed >= MISSED_MOST:
        return "missing news"
    return "telling" if subscription.heard_at else "subscribed"


def trouble(subscription: Subscription, now: datetime) -> str | None:
    """Return the sentence that receivers should be told, or None while all is well or may recover."""
    if is_held(subscription, now):
        if subscription.missed < MISSED_MOST:
            return None
        return f"polls found new entries {subscription.missed} times that its hub had not told of"
    return subscription.error if subscription.failures >= TOLD_AFTER else None
