"""Subscriptions at a real local hub, over HTTP both ways: granted, refused, forgotten, renewed, forged."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hub import LocalHub, call
from sqlalchemy import event

from watcher import lease
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import FeedState, Hub
from watcher.store import WriterThread, open_store, polls, subscriptions
from watcher.web import Door, Sources, create_app, push, serving
from watcher.websub import Hubs, Keys, Terms

TOPIC = "https://news.example/feed"
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=20)


class Here:
    """Our side: the database, the server that hubs call, and a clock that the test moves."""

    def __init__(self, store, fetcher, address, events):
        self.store, self.events, self.now, self.taken = store, events, START, []
        self.in_writer, self.waiting, self.free = WriterThread(), asyncio.Event(), asyncio.Event()
        self.fetcher, self.keys = fetcher, Keys.open(None, "")
        self.hubs = self.restarted(Terms(address, frozenset({"f"})))

    def restarted(self, terms=None):
        """What the next process has instead of `hubs`."""
        return Hubs(
            self.store,
            self.in_writer,
            self.fetcher,
            self.keys,
            terms or self.hubs.terms,
            self.take,
            lambda: self.now,
            lambda: 0.0,
            self.events.append,
        )

    async def take(self, feed, body, content_type):
        if body == b"hangs":
            await asyncio.sleep(3600)
        if body == b"waits":
            self.waiting.set()
            await self.free.wait()
        if body == b"breaks":
            raise OSError("the disk is full")
        self.taken.append((feed, body, content_type))

    def state(self, **changes):
        """Remember that of the feed f, or read it."""
        with self.store.write() as connection:
            if changes:
                polls.save_feed_state(connection, FeedState("f", **changes))
            return polls.feed_state(connection, "f")

    async def subscribed(self, hub):
        """Have a subscription at a hub that has told of something, and the next poll in four hours."""
        self.offer(hub.url)
        await self.tick()
        await asyncio.to_thread(hub.wait_for, 1)
        with self.store.write() as connection:
            subscriptions.save(connection, lease.heard(self.subscription, self.now))
        self.state(interval=MINUTES, next_poll_at=self.now + timedelta(hours=4))

    def offer(self, hub):
        with self.store.write() as connection:
            subscriptions.offer(connection, "f", Hub(hub, TOPIC) if hub else None, self.now)

    async def tick(self, later=timedelta()):
        self.now += later
        await self.hubs.tick()
        return self.subscription

    @property
    def subscription(self):
        with self.store.read() as connection:
            return subscriptions.of_feed(connection, "f")

    def told(self):
        return [event for event in self.events if event["event"].startswith(("hub_", "push_"))]


@pytest.fixture
def hub():
    running = LocalHub()
    yield running
    running.close()


@pytest.fixture
def here(tmp_path):
    """Run a test's coroutine with our side."""

    def run(test):
        async def go():
            events, started = [], asyncio.Event()

            def observe(event):
                events.append(event)
                started.set()

            store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
            fetcher = Fetcher(FetchSettings(allow_networks=("127.0.0.0/8",), timeout=timedelta(seconds=10)))
            ours = Here(store, fetcher, "", events)
            app = create_app(
                Sources(lambda: b"", list, list),
                Door("token", takes_pushes=True),
                None,
                [push.route(ours.hubs, 10_000)],
            )
            try:
                async with serving(app, "127.0.0.1", 0, observe):
                    await asyncio.wait_for(started.wait(), 30)
                    address = next(e["address"] for e in events if e["event"] == "web_started").rstrip("/")
                    ours.hubs.terms = Terms(address, frozenset({"f"}))
                    await test(ours)
            finally:
                await fetcher.aclose()
                ours.in_writer.close()
                store.close()

        asyncio.run(go())

    return run


def test_a_subscription_is_verified_and_what_is_pushed_is_taken_in(here, hub):
    async def test(ours):
        ours.offer(hub.url)
        await ours.tick()
        await asyncio.to_thread(hub.wait_for, 1)
        assert ours.subscription.lease_until == START + timedelta(days=1)
        assert lease.is_held(ours.subscription, ours.now)
        for method in ("sha1", "sha256", "sha384", "sha512"):
            assert await asyncio.to_thread(hub.push, TOPIC, method.encode(), method) == 202
        assert ours.taken == [("f", m, "application/rss+xml") for m in (b"sha1", b"sha256", b"sha384", b"sha512")]
        assert hub.asked[0]["hub.lease_seconds"] == "864000"
        assert [event["event"] for event in ours.told()] == ["hub_subscribed"]

    here(test)


@pytest.mark.parametrize(("method", "secret"), [("sha256", "guessed"), (None, None), ("md5", None), ("sha3_256", None)])
def test_what_is_not_signed_as_agreed_is_not_taken_in(here, hub, method, secret):
    async def test(ours):
        ours.offer(hub.url)
        await ours.tick()
        await asyncio.to_thread(hub.wait_for, 1)
        assert await asyncio.to_thread(hub.push, TOPIC, b"forged", method, secret) == 202
        assert ours.taken == []
        assert ours.told()[-1]["why"] == "it is not signed as agreed"

    here(test)


def test_nobody_else_finds_a_way_in(here, hub):
    async def test(ours):
        ours.offer(hub.url)
        await ours.tick()
        await asyncio.to_thread(hub.wait_for, 1)
        callback = hub.held[TOPIC]["hub.callback"]
        question = "?hub.mode=subscribe&hub.topic=https%3A%2F%2Fnews.example%2Ffeed&hub.challenge=x"
        assert (await asyncio.to_thread(call, callback + "x" + question))[0] == 404
        assert (await asyncio.to_thread(call, callback + question))[0] == 404  # nothing is being asked for now
        assert (await asyncio.to_thread(call, callback + "x", b"body"))[0] == 410
        assert (await asyncio.to_thread(call, callback, b"x" * 10_001))[0] == 413
        assert (await asyncio.to_thread(call, callback.rpartition("/websub/")[0] + "/metrics"))[0] == 401

    here(test)


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        pytest.param("refuse", "cannot be subscribed to: the server says 403 Forbidden: you are not welcome", id="no"),
        pytest.param("deny", "refuses the subscription: too small", id="a later no"),
        pytest.param("deaf", "took the request and has not verified it for 10 min", id="never verified"),
        pytest.param("stranger", "took the request and has not verified it for 10 min", id="another topic"),
    ],
)
def test_a_hub_that_does_not_grant_it_is_told_and_asked_again(here, hub, mode, why):
    async def test(ours):
        hub.mode = mode
        ours.offer(hub.url)
        await ours.tick()
        if mode in ("deny", "stranger"):
            await asyncio.to_thread(hub.wait_for, 1)
        failed = await ours.tick(lease.VERIFIED_WITHIN)
        assert failed.error.endswith(why)
        assert ours.told()[-1]["why"].endswith(why)
        assert not lease.is_held(failed, ours.now)
        hub.mode, seen = "good", len(hub.verified)
        await ours.tick(failed.next_at - ours.now)
        await asyncio.to_thread(hub.wait_for, seen + 1)
        assert lease.is_held(ours.subscription, ours.now)
        assert lease.trouble(ours.subscription, ours.now) is None

    here(test)


def test_a_hub_that_is_down_is_asked_less_and_less_often_and_told_in_the_end(here, hub):
    async def test(ours):
        ours.offer("http://127.0.0.1:1/")
        pauses = []
        for _ in range(10):
            failed = await ours.tick()
            pauses.append(failed.next_at - ours.now)
            told = lease.trouble(failed, ours.now)
            assert (told is not None) is (failed.failures >= lease.TOLD_AFTER)
            ours.now = failed.next_at
        assert pauses[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
        assert pauses[-1] == timedelta(days=1)
        assert told.startswith("its hub http://127.0.0.1:1/ cannot be subscribed to: no connection")

    here(test)


def test_a_lease_is_renewed_before_it_ends_and_ends_without(here, hub):
    async def test(ours):
        ours.offer(hub.url)
        await ours.tick()
        await asyncio.to_thread(hub.wait_for, 1)
        assert (await ours.tick(timedelta(hours=19))).asked_at is None  # too early
        await ours.tick(timedelta(hours=1))
        await asyncio.to_thread(hub.wait_for, 2)
        assert ours.subscription.lease_until == ours.now + timedelta(days=1)
        assert hub.asked[0]["hub.callback"] == hub.asked[1]["hub.callback"]
        hub.mode = "refuse"
        refused = await ours.tick(timedelta(hours=20))
        assert lease.is_held(refused, ours.now)
        assert not lease.is_held(refused, ours.now + timedelta(hours=5))

    here(test)


def test_a_request_is_sent_on_where_the_hub_says(here, hub):
    async def test(ours):
        hub.mode = "move"
        ours.offer(hub.url)
        await ours.tick()
        await asyncio.to_thread(hub.wait_for, 1)
        assert lease.is_held(ours.subscription, ours.now)

    here(test)


def test_a_hub_at_an_address_that_is_not_public_is_not_called(here, hub):
    async def test(ours):
        ours.offer("http://10.0.0.1/")
        assert "not a public address" in (await ours.tick()).error

    here(test)


def test_another_hub_is_subscribed_to_anew_and_none_ends_it(here, hub):
    async def test(ours):
        ours.offer(hub.url)
        await ours.tick()
        await asyncio.to_thread(hub.wait_for, 1)
        before = ours.subscription
        ours.offer(hub.url)
        assert ours.subscription == before
        ours.offer(hub.url + "new")
        assert ours.subscription.lease_until is None
        ours.offer(None)
        assert ours.subscription is None
        assert await asyncio.to_thread(hub.push, TOPIC, b"late") == 410

    here(test)


def test_a_push_that_was_not_stored_is_found_by_a_poll_at_once(here, hub):
    async def test(ours):
        await ours.subscribed(hub)
        assert await asyncio.to_thread(hub.push, TOPIC, b"breaks") == 503
        assert ours.events[-1]["where"] == "push f"
        await ours.tick()
        assert ours.state().next_poll_at == ours.now

    here(test)


def test_a_push_that_a_process_had_in_hand_when_it_died_is_found_by_a_poll_at_once(here, hub, monkeypatch):
    async def test(ours):
        await ours.subscribed(hub)
        monkeypatch.setattr("watcher.websub.ANSWER_WITHIN_S", 0.5)
        assert await asyncio.to_thread(hub.push, TOPIC, b"hangs") == 202
        rests_until = ours.state().next_poll_at
        await ours.tick()
        assert ours.state().next_poll_at == rests_until, "it may still be stored"
        await ours.restarted().tick()
        assert ours.state().next_poll_at == ours.now

    here(test)


def test_pushes_of_one_tick_cost_one_transaction_each_before_their_news(here, hub):
    async def test(ours):
        await ours.subscribed(hub)
        begun = []
        event.listen(ours.store.engine, "begin", lambda c: begun.append(c.get_execution_options().get("watcher_write")))
        for _ in range(3):
            assert await asyncio.to_thread(hub.push, TOPIC, b"news") == 202
        assert begun.count(True) == 3
        assert ours.subscription.taking_since == ours.now, "until the next tick"
        await ours.tick()
        assert ours.subscription.taking_since is None

    here(test)


def test_a_push_that_was_stored_costs_no_poll_unless_another_was_not(here, hub):
    async def test(ours):
        await ours.subscribed(hub)
        rests_until = ours.state().next_poll_at
        assert await asyncio.to_thread(hub.push, TOPIC, b"news") == 202
        await ours.tick()
        await ours.restarted().tick()
        assert ours.state().next_poll_at == rests_until
        assert await asyncio.to_thread(hub.push, TOPIC, b"breaks") == 503
        assert await asyncio.to_thread(hub.push, TOPIC, b"news") == 202
        await ours.restarted().tick()
        assert ours.state().next_poll_at == ours.now

    here(test)


def test_a_push_that_is_stored_while_a_tick_looks_costs_no_poll(here, hub, monkeypatch):
    async def test(ours):
        await ours.subscribed(hub)
        monkeypatch.setattr("watcher.websub.ANSWER_WITHIN_S", 30)
        rests_until, answered, loop = ours.state().next_poll_at, threading.Event(), asyncio.get_running_loop()

        def push():
            status = hub.push(TOPIC, b"waits")
            answered.set()
            return status

        def untaken(connection, read=subscriptions.untaken):
            found = read(connection)
            loop.call_soon_threadsafe(ours.free.set)
            assert answered.wait(30)
            return found

        pushing = asyncio.create_task(asyncio.to_thread(push))
        await asyncio.wait_for(ours.waiting.wait(), 30)
        monkeypatch.setattr(subscriptions, "untaken", untaken)
        await ours.tick()
        assert await pushing == 202 and ours.taken
        assert ours.state().next_poll_at == rests_until

    here(test)


@pytest.mark.parametrize("failures", [0, 3])
def test_polls_are_as_usual_when_a_hub_ends_it_but_pauses_after_failures_stay(here, hub, failures):
    async def test(ours):
        await ours.subscribed(hub)
        ours.state(interval=MINUTES, next_poll_at=START + timedelta(hours=4), failures=failures)
        hub.mode = "deny"
        await asyncio.to_thread(hub.verify, hub.held[TOPIC])
        assert not lease.is_held(ours.subscription, ours.now)
        assert ours.state().next_poll_at == START + (MINUTES if not failures else timedelta(hours=4))

    here(test)


def test_polls_are_as_usual_until_hubs_have_verified_a_new_address(here, hub):
    async def test(ours):
        await ours.subscribed(hub)
        hub.mode = "deaf"
        ours.hubs._keys.is_new = True
        assert (await ours.tick()).lease_until is None
        assert ours.state().next_poll_at == START + MINUTES

    here(test)


def test_the_subscription_of_a_feed_that_was_removed_is_ended_at_the_hub(here, hub):
    async def test(ours):
        await ours.subscribed(hub)
        ours.hubs.terms = Terms(ours.hubs.terms.public_url, frozenset())
        await ours.tick()
        await asyncio.to_thread(hub.wait_for, 2)
        assert [form["hub.mode"] for form in hub.asked] == ["subscribe", "unsubscribe"]
        assert hub.asked[0]["hub.callback"] == hub.asked[1]["hub.callback"]
        assert (ours.subscription, hub.held) == (None, {})
        assert ours.told()[-1]["event"] == "hub_left"

    here(test)


def test_a_hub_that_does_not_hear_of_it_is_left_after_three_tries(here, hub):
    async def test(ours):
        await ours.subscribed(hub)
        hub.mode = "refuse"
        ours.hubs.terms = Terms(ours.hubs.terms.public_url, frozenset())
        waited = [(await ours.tick()).next_at - ours.now]
        while ours.subscription is not None:
            await ours.tick(ours.subscription.next_at - ours.now)
            waited.append(ours.subscription and ours.subscription.next_at - ours.now)
        assert waited == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1), None]
        assert await asyncio.to_thread(hub.push, TOPIC, b"late") == 410

    here(test)


def test_nobody_else_can_end_a_subscription(here, hub):
    async def test(ours):
        await ours.subscribed(hub)
        form = hub.held[TOPIC] | {"hub.mode": "unsubscribe"}
        await asyncio.to_thread(hub.verify, form)
        assert hub.verified[-1][0] == 404
        assert lease.is_held(ours.subscription, ours.now)

    here(test)


def test_keys_last_and_lie_in_a_file_that_only_the_owner_reads(tmp_path):
    path = tmp_path / "w.db.hubs"
    first, second = kept(path, "https://a.example"), kept(path, "https://a.example")
    subscription = subscriptions.Subscription("f", "https://hub.example/", TOPIC)
    assert first.path_of(subscription) == second.path_of(subscription)
    assert first.path_of(subscription) != first.secret_of(subscription)
    assert path.stat().st_mode & 0o077 == 0


def test_another_public_address_is_told_to_all_hubs_under_the_same_key(tmp_path):
    """Until the lease ended they would push to where nobody is, while polls are rare."""
    path = tmp_path / "w.db.hubs"
    subscription = subscriptions.Subscription("f", "https://hub.example/", TOPIC)
    urls = ("https://a.example", "https://b.example", "https://b.example")
    new = []
    told = [kept(path, url, new) for url in urls]
    assert new == [True, True, False]
    assert len({keys.secret_of(subscription) for keys in told}) == 1


def test_a_process_that_dies_before_the_database_knows_of_a_new_address_tells_it_the_next_time(tmp_path):
    path = tmp_path / "w.db.hubs"
    kept(path, "https://a.example")
    assert Keys.open(path, "https://b.example").is_new  # and dies
    assert Keys.open(path, "https://b.example").is_new


def kept(path, url, new=None):
    keys = Keys.open(path, url)
    if new is not None:
        new.append(keys.is_new)
    keys.keep()
    return keys
