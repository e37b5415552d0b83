"""A day of polling against a server that keeps a record, on a clock of its own: what a server's owner would see.

The rules are those of the public tests of feed readers' behaviour (R. Kroll's feed reader score), of
RFC 9110 and 9111 and of the RSS and Atom specifications. The poller, the fetcher, the parser and the
store are the real ones; only the clock is simulated, and each scenario is a feed on a host of its own.
"""

import asyncio
import itertools
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from badhttp import BadServer, Request, answer, ok, redirect

from watcher import dedup
from watcher.fetch import Fetcher, FetchSettings
from watcher.fetch.connections import Names
from watcher.model import Feed, FeedState
from watcher.parse import parse_feed
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import RuleSet
from watcher.schedule import PollPolicy
from watcher.store import WriterThread, open_store, polls

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)  # a Friday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEKEND = "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
VERIFY = ssl.create_default_context()  # once: it takes a twentieth of a second
POLICY = PollPolicy(15 * MINUTE, 5 * MINUTE, 4 * HOUR)


@dataclass(frozen=True)
class Visit:
    """One request, when it came, and the status that it got."""

    at: datetime
    request: Request
    status: int

    def sent(self, name: str) -> str | None:
        return self.request.headers.get(name)


@dataclass
class Scenario:
    """A server's behaviour, and what a polite reader does in the face of it."""

    name: str
    serve: Callable[[datetime, Request], bytes]
    checks: dict[str, Callable[[list[Visit]], bool]]
    #: A second feed on the same host, to see whether the host is held.
    twin: bool = False
    length: timedelta = DAY
    visits: list[Visit] = field(default_factory=list)
    twin_visits: list[Visit] = field(default_factory=list)


def feed(at: datetime, *, every: timedelta = HOUR, head: str = "", name: str = "n") -> bytes:
    """A feed that has a new entry once in a while and shows the last ten."""
    newest = int((at - BEGIN) / every)
    items = "".join(
        f"<item><guid>{name}{n}</guid><title>Item {name} {n}</title>"
        f"<pubDate>{format_datetime(max(BEGIN + n * every, BEGIN - DAY))}</pubDate></item>"
        for n in range(newest, newest - 10, -1)
    )
    return f"<rss version='2.0'><channel><title>T</title>{head}{items}</channel></rss>".encode()


def tag(at: datetime, every: timedelta = HOUR) -> str:
    return f'W/"{int((at - BEGIN) / every)}~é"'.encode().decode("latin-1")


def modified(at: datetime, every: timedelta = HOUR) -> str:
    return format_datetime(BEGIN + int((at - BEGIN) / every) * every, usegmt=True)


def validating(**headers: str) -> Callable[[datetime, Request], bytes]:
    """A server that does everything right."""

    def serve(at: datetime, request: Request) -> bytes:
        current = {"ETag": tag(at), "Last_Modified": modified(at)}
        asked = (request.headers.get("if-none-match"), request.headers.get("if-modified-since"))
        if asked == (current["ETag"], current["Last_Modified"]):
            return answer(304, **current, **headers)
        return ok(feed(at), **current, **headers)

    return serve


# ---------------------------------------------------------------- what is looked for


def gaps(visits: list[Visit]) -> list[timedelta]:
    return [b.at - a.at for a, b in itertools.pairwise(visits)]


def at_least(pause: timedelta) -> Callable[[list[Visit]], bool]:
    return lambda visits: len(visits) > 1 and min(gaps(visits)) >= pause


def between(least: int, most: int) -> Callable[[list[Visit]], bool]:
    return lambda visits: least <= len(visits) <= most


def paths_after(visits: list[Visit], days: int) -> set[str]:
    return {visit.request.path for visit in visits if visit.at > BEGIN + days * DAY}


def conditions_after_a_200(visits: list[Visit]) -> bool:
    """Every request after the first carries both validators exactly as they were last received."""
    return all(v.sent("if-none-match") and v.sent("if-modified-since") for v in visits[1:])


def validators_exact(visits: list[Visit]) -> bool:
    for before, after in itertools.pairwise(visits):
        if (after.sent("if-none-match"), after.sent("if-modified-since")) != (tag(before.at), modified(before.at)):
            return False
    return True


def plain(visits: list[Visit]) -> bool:
    """No cookies, no referrer, no query decorations, an honest name, compression offered, nothing invented at first."""
    first = visits[0]
    return all(
        not v.sent("cookie") and not v.sent("referer") and "?" not in v.request.target
        and (v.sent("user-agent") or "").startswith("watcher/") and "gzip" in (v.sent("accept-encoding") or "")
        and v.request.method == "GET"
        for v in visits
    ) and not first.sent("if-none-match") and not first.sent("if-modified-since")  # fmt: skip


def sees_news(visits: list[Visit]) -> bool:
    """Politeness that reads no news is easy: a body comes at least every four hours."""
    bodies = [v.at for v in visits if v.status == 200]
    return all(b - a <= 5 * HOUR for a, b in itertools.pairwise(bodies)) and len(bodies) >= 5


def scenarios() -> list[Scenario]:
    """Every wish that a server or a document can state, and every failure."""
    keeps_on = between(6, 200)
    return [
        Scenario("validators", validating(Set_Cookie="id=1"), {
            "sends both validators back": conditions_after_a_200, "byte for byte": validators_exact,
            "plain requests": plain, "not below the floor": at_least(5 * MINUTE), "reads the news": sees_news,
        }),
        Scenario("max-age", validating(Cache_Control="max-age=7200"), {
            "waits while it is fresh": at_least(2 * HOUR), "keeps on": between(6, 12),
        }),
        Scenario("Expires", lambda at, r: ok(feed(at), Expires=format_datetime(at + 3 * HOUR, usegmt=True)), {
            "waits while it is fresh": at_least(3 * HOUR), "keeps on": between(5, 8),
        }),
        Scenario("a year's max-age", lambda at, r: ok(feed(at), Cache_Control="max-age=31536000"), {
            "does not believe it": between(4, 6),
        }),
        Scenario("Retry-After with 200", lambda at, r: ok(feed(at), Retry_After="14400"), {
            "waits": at_least(4 * HOUR), "keeps on": between(5, 6),
        }),
        Scenario("ttl", lambda at, r: ok(feed(at, head="<ttl>120</ttl>"), ETag=tag(at)), {
            "waits": at_least(2 * HOUR), "keeps on": between(6, 12),
        }),
        Scenario("ttl and 304", lambda at, r: answer(304) if r.headers.get("if-none-match") else
                 ok(feed(at, head="<ttl>120</ttl>"), ETag='"same"'), {
            "remembers the document's ttl": at_least(2 * HOUR), "keeps on": between(6, 12),
        }),
        Scenario("skipHours", lambda at, r: ok(feed(at, head="<skipHours>" + "".join(
                 f"<hour>{h}</hour>" for h in range(8)) + "</skipHours>")), {
            "comes in no skipped hour": lambda v: all(x.at.hour >= 8 for x in v[1:]), "keeps on": keeps_on,
        }),
        Scenario("skipDays", lambda at, r: ok(feed(at, head=WEEKEND)), {
            "comes on no skipped day": lambda v: all(x.at.weekday() < 5 for x in v), "keeps on": between(20, 400),
        }, length=5 * DAY),
        Scenario("429 with seconds", lambda at, r: answer(429, Retry_After="18000"), {
            "waits": at_least(5 * HOUR), "tries again": between(2, 5),
        }),
        Scenario("429 with a date", lambda at, r: answer(429, Retry_After=format_datetime(at + 5 * HOUR)), {
            "waits": at_least(5 * HOUR), "tries again": between(2, 5),
        }),
        Scenario("503 with seconds", lambda at, r: answer(503, Retry_After="10800"), {
            "waits": at_least(3 * HOUR), "tries again": between(2, 8),
        }),
        Scenario("429 holds the host", lambda at, r: ok(feed(at)) if r.path == "/twin" else
                 answer(429, Retry_After="18000"), {
            "waits": at_least(5 * HOUR),
        }, twin=True),
        Scenario("404", lambda at, r: answer(404), {
            "backs off": lambda v: gaps(v)[-1] > 4 * gaps(v)[0], "does not stop after three errors": between(5, 12),
        }),
        Scenario("500", lambda at, r: answer(500), {
            "backs off": lambda v: gaps(v)[-1] > 4 * gaps(v)[0], "does not stop after three errors": between(5, 12),
        }),
        Scenario("not a feed", lambda at, r: ok(b"<!DOCTYPE html><title>Hello</title>", Content_Type="text/html"), {
            "backs off": lambda v: gaps(v)[-1] > 4 * gaps(v)[0], "does not stop after three errors": between(5, 12),
        }),
        Scenario("410", lambda at, r: answer(410), {
            "asks rarely": at_least(DAY), "but asks": between(3, 6),
        }, length=20 * DAY),
        Scenario("an error that passes", lambda at, r: answer(500) if at < BEGIN + 6 * HOUR else validating()(at, r), {
            "comes back": lambda v: sum(x.status == 200 for x in v) >= 2,
        }),
        Scenario("moved for good", lambda at, r: redirect("/new") if r.path == "/feed" else validating()(at, r), {
            "asks the old address for a week": lambda v: "/feed" in paths_after(v, 6),
            "then only the new one": lambda v: paths_after(v, 8) == {"/new"},
            "validators go to the new one only": lambda v: all(
                bool(x.sent("if-none-match")) <= (x.request.path == "/new") for x in v),
        }, length=10 * DAY),
        Scenario("moved for now", lambda at, r: redirect("/new", 302) if r.path == "/feed" else validating()(at, r), {
            "keeps asking the old address": lambda v: paths_after(v, 9) == {"/feed", "/new"},
        }, length=10 * DAY),
        Scenario("304 for ever", lambda at, r: answer(304) if r.headers.get("if-none-match") else
                 ok(feed(at), ETag='"fixed"'), {
            "asks without condition every few days": lambda v: any(
                not x.sent("if-none-match") for x in v if x.at > BEGIN + 2 * DAY),
            "and then no longer believes it": lambda v: all(
                not x.sent("if-none-match") for x in v if x.at > BEGIN + 4 * DAY),
        }, length=6 * DAY),
        Scenario("no validators", lambda at, r: ok(feed(at)), {
            "invents none": lambda v: not any(x.sent("if-none-match") or x.sent("if-modified-since") for x in v),
            "not below the floor": at_least(5 * MINUTE), "reads the news": sees_news,
        }),
        Scenario("a quiet feed", lambda at, r: ok(feed(at, every=1000 * DAY), ETag='"1"') if not r.headers.get(
                 "if-none-match") else answer(304), {
            "comes less and less often": lambda v: gaps(v)[-1] >= 4 * HOUR, "keeps on": between(5, 14),
        }),
        Scenario("a busy feed", lambda at, r: ok(feed(at, every=2 * MINUTE)), {
            "comes more often": between(100, 250), "not below the floor": at_least(5 * MINUTE),
        }),
    ]  # fmt: skip


# ---------------------------------------------------------------- the simulation


class InPlace:
    """Parses in this process: what is measured here is manners."""

    async def parse(self, body, **kwargs):
        return parse_feed(body, **kwargs)


async def simulate(scenario: Scenario, server: BadServer, folder: Path, *, restart_every: timedelta = 6 * HOUR) -> None:
    """Poll as the daemon does, ending and starting anew every few hours, and record every visit."""
    clock = [BEGIN]
    host = f"{scenario.name.replace(' ', '-').lower()}.example"

    def record(request: Request) -> bytes:
        said = scenario.serve(clock[0], request)
        visit = Visit(clock[0], request, int(said.split(b" ")[1]))
        (scenario.twin_visits if request.path == "/twin" else scenario.visits).append(visit)
        return said

    urls = {name: server.on(f"/{name}", record).replace("127.0.0.1", host) for name in ("feed", "twin", "new")}
    feeds = {name: Feed(name, urls[name]) for name in (("feed", "twin") if scenario.twin else ("feed",))}
    dice = random.Random(scenario.name)
    database = f"sqlite:///{folder}/{host}.db"
    states = {name: FeedState(name, next_poll_at=BEGIN + n * MINUTE) for n, name in enumerate(feeds)}
    settings = FetchSettings(allow_networks=("127.0.0.0/8",))
    restart_at, store, fetcher, writer = BEGIN, None, None, None
    while True:
        feed_id = min(states, key=lambda name: states[name].next_poll_at)
        clock[0] = max(clock[0], states[feed_id].next_poll_at)
        if clock[0] >= BEGIN + scenario.length:
            break
        if clock[0] >= restart_at:
            if store is not None:
                await fetcher.aclose()
                writer.close()
                store.close()
            restart_at = clock[0] + restart_every
            store, writer = open_store(database), WriterThread()
            fetcher = Fetcher(settings, lambda: clock[0], verify=VERIFY, names=Names(lambda _: ["127.0.0.1"]))
            setup = Setup(feeds, RuleSet((), ()), Routing({}), POLICY, lambda *_: None)
            window = Window(dedup.Settings())
            poller = Poller(
                store, writer, fetcher, InPlace(), setup, window, lambda: clock[0], dice.random, lambda event: None
            )
        await poller.poll(feeds[feed_id], states[feed_id])
        with store.read() as connection:
            states = states | polls.all_feed_states(connection)
    await fetcher.aclose()
    writer.close()
    store.close()


def judged(scenario: Scenario, folder: Path) -> dict[str, bool]:
    """Simulate one scenario; return, by check, whether it was polite."""
    with BadServer() as server:
        asyncio.run(simulate(scenario, server, folder))
    results = {name: bool(check(scenario.visits)) for name, check in scenario.checks.items()}
    if scenario.twin:
        # The other feed waits with its host: never within five hours of the host's "too many requests".
        quiet = not any(a.at < b.at < a.at + 5 * HOUR for a in scenario.visits for b in scenario.twin_visits)
        results["its other feed waits too"] = quiet and len(scenario.twin_visits) >= 2
    return results
