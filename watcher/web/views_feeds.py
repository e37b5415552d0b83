"""Feeds: are they well, how often are they asked and why, what do they bring, who copies whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from watcher import lease
from watcher.links import shown
from watcher.model import Feed, FeedState
from watcher.schedule import PollPolicy
from watcher.store import alarms, counts, polls, subscriptions
from watcher.web.page import Page, days, parameter

#: Feeds that are shown: failing ones first, then those with a remark; the rest is counted.
SHOWN = 500
#: Days of the plots, and of the counts of copies.
DAYS, COPIED_DAYS = 14, 7
#: Pairs of outlets that are counted, and that are listed; outlets of the matrix, those with the most copies.
COUNTED, PAIRS, OUTLETS = 1000, 40, 12
#: Shares of an outlet's entries from which a cell is one step darker.
SHADES = (0.02, 0.05, 0.1, 0.2, 0.4)


def health(page: Page, request: Request) -> Response:
    """Every feed, or those whose id, title or tag holds the given word."""
    config, now = page.config(), page.clock()
    word = parameter(request, "q")
    with page.read() as connection:
        states = polls.all_feed_states(connection)
        wrong = alarms.open_alarms(connection)
        hubs = subscriptions.all_of(connection) if config.web.public_url else {}
    pushing = {name for name, one in hubs.items() if lease.is_relied_on(one, now)}
    since = now - timedelta(days=DAYS)
    brought = page.kept("entries by day", lambda connection: counts.entries_by_day(connection, since))
    since = now - timedelta(days=COPIED_DAYS)
    pairs = page.kept("copies", lambda connection: counts.copies(connection, since, COUNTED))
    wanted = [feed for feed in config.feeds if _is_wanted(feed, word.casefold())]
    wanted.sort(key=lambda feed: _concern(feed, states.get(feed.id)))
    rows = [
        {
            "feed": feed, "address": shown(feed.url), "state": states.get(feed.id),
            "health": _health(feed, states.get(feed.id)),
            "why": why(feed, states.get(feed.id), config.polling, pushes=feed.id in pushing),
            "entries": None if brought is None else [brought.get(feed.id, {}).get(day, 0) for day in days(now, DAYS)],
        }
        for feed in wanted[:SHOWN]
    ]  # fmt: skip
    tally = dict.fromkeys(("well", "failing", "waiting", "off"), 0)
    for feed in config.feeds:
        tally[_health(feed, states.get(feed.id))] += 1
    return page.html(
        request, "feeds.html", rows=rows, left=len(wanted) - len(rows), tally=tally, alarms=wrong,
        pairs=None if pairs is None else pairs[:PAIRS], matrix=matrix(pairs or ()), most=OUTLETS,
        word=word, days=DAYS, copied=COPIED_DAYS,
    )  # fmt: skip


def matrix(pairs: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Mapping[str, Any] | None]]]:
    """Return the outlets with the most copies, and for each what part of its entries another had first; None: none."""
    busy: Counter[str] = Counter()
    for pair in pairs:
        busy.update({pair["outlet"]: pair["copies"], pair["origin"]: pair["copies"]})
    outlets = sorted((outlet for outlet, _ in busy.most_common(OUTLETS)), key=str.casefold)
    told = {(pair["outlet"], pair["origin"]): dict(pair, **_shaded(pair)) for pair in pairs}
    return outlets, [[told.get((outlet, origin)) for origin in outlets] for outlet in outlets]


def _shaded(pair: Mapping[str, Any]) -> dict[str, Any]:
    share = pair["copies"] / pair["entries"]
    return {"share": share, "shade": sum(share >= least for least in SHADES)}


def why(feed: Feed, state: FeedState | None, policy: PollPolicy, *, pushes: bool = False) -> str:
    """Say in words where the time to the next poll comes from; `pushes`: the feed's hub is relied on."""
    if not feed.enabled:
        return "not polled: `enabled: false`"
    if state is None or state.polled_at is None:
        return "its first poll is planned"
    if state.failures:
        return f"pauses grow with each failure; {state.failures} in a row"
    if feed.interval is not None:
        return "as configured"
    asked = [f"the feed asks for {_minutes(state.ttl)} at least"] if state.ttl else []
    asked += ["the feed names hours or days to leave out"] if state.skip_hours or state.skip_days else []
    asked += [f"only every {_minutes(policy.ceiling)} while its hub tells of new entries"] if pushes else []
    if state.interval is not None and state.interval <= policy.floor:
        told = "much is new each time: as often as `polling` allows"
    elif state.interval is not None and state.interval >= policy.ceiling:
        told = "little is new each time: as rarely as `polling` allows"
    else:
        told = "adapted to how much is new each time"
    return "; ".join([told, *asked])


def _minutes(value: timedelta) -> str:
    return f"{value.total_seconds() / 60:g} min"


def _is_wanted(feed: Feed, word: str) -> bool:
    return not word or any(word in name.casefold() for name in (feed.id, feed.title, *feed.tags))


def _health(feed: Feed, state: FeedState | None) -> str:
    if not feed.enabled:
        return "off"
    if state is None or state.polled_at is None:
        return "waiting"
    return "failing" if state.failures else "well"


def _concern(feed: Feed, state: FeedState | None) -> tuple[bool, bool, str, str]:
    """What sorts feeds: failing ones, those with a remark, then by name."""
    remarks = state is not None and (state.notes or state.signs)
    return _health(feed, state) != "failing", not remarks, feed.outlet.casefold(), feed.id
