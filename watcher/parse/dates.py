"""Dates as feeds write them, within what can be true of a news entry."""

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Any

#: Earlier dates are mistakes ("01 Jan 0001", 1970): the first feeds are of 1997.
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
#: Clocks and time zones of publishers are off by up to this.
FUTURE_ALLOWED = timedelta(days=1)
_Y_M_D = re.compile(r"\s*(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(?:Z|UTC|GMT)?\s*")


def in_bounds(at: datetime, now: datetime) -> datetime | None:
    """Return the time in UTC, or None if it cannot be when an entry was published."""
    try:
        if at.tzinfo is not UTC:
            at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return at if OLDEST <= at <= now + FUTURE_ALLOWED else None


def from_parts(text: str | None, parsed: Any, now: datetime) -> tuple[datetime | None, bool]:
    """Return what feedparser made of a date, and whether there was one that cannot be right."""
    if slashes := _Y_M_D.fullmatch(text or ""):  # feedparser takes 2020/1/10 for November
        parsed = tuple(int(part or 0) for part in slashes.groups())
    if not parsed:
        return None, bool((text or "").strip())
    try:
        datetime(int(parsed[0]), int(parsed[1]), int(parsed[2]), tzinfo=UTC)  # timegm takes the 40th of a month
        at = in_bounds(datetime.fromtimestamp(calendar.timegm((*parsed[:6], 0, 0, 0)), UTC), now)
    except (ValueError, OverflowError, OSError):
        return None, True
    return at, at is None


def from_iso(text: str, now: datetime) -> tuple[datetime | None, bool]:
    """Return a date of RFC 3339 (JSON Feed), and whether there was one that cannot be right."""
    if not text.strip():
        return None, False
    try:
        at = in_bounds(datetime.fromisoformat(text.strip()), now)
    except ValueError:
        return None, True
    return at, at is None
