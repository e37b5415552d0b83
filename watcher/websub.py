"""WebSub (https://www.w3.org/TR/websub/): hubs are asked to tell of new entries, and what they tell is taken in.

A pushed document goes the way of every body. Polling goes on, less often, so nothing hangs on a hub.
"""

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from sqlalchemy import Connection

from watcher import lease
from watcher.links import shown
from watcher.model import FetchFailed, Observer, Subscription
from watcher.store import InWriter, Store, polls, subscriptions

#: Subscriptions that are asked for at once.
AT_ONCE = 10
#: How long a hub waits for our answer to what it pushed; a longer commit goes on without it.
ANSWER_WITHIN_S = 10.0
#: Bytes of the key; behind it the file has the SHA-256 of the address that hubs were told last.
_KEY = 32
_SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")

Take = Callable[[str, bytes, str], Awaitable[None]]


class Posts(Protocol):
    """What is needed of `fetch.Fetcher`."""

    async def post(self, url: str, form: bytes) -> FetchFailed | None:
        """Send a form; None if it was accepted."""


class Keys:
    """Addresses that cannot be guessed, and secrets that pushes are signed with, both made from one key.

    So neither stands in the database. The key lies in a file of its own beside it.
    """

    def __init__(self, key: bytes, public_url: str, path: Path | None, *, is_new: bool) -> None:
        self._key, self._path, self.is_new = key, path, is_new
        self._kept = key + hashlib.sha256(public_url.encode()).digest()

    @classmethod
    def open(cls, path: Path | None, public_url: str) -> "Keys":
        """Read the key, or make one; without a file it lasts as long as the process.

        Addresses are new ones too where `public_url` is another than the last time.
        """
        known = path.read_bytes() if path is not None and path.exists() else b""
        key = known[:_KEY] if len(known) >= _KEY else secrets.token_bytes(_KEY)
        keys = cls(key, public_url, path, is_new=True)
        keys.is_new = keys._kept != known
        return keys

    def keep(self) -> None:
        """Write what is new to the file, once the database knows that hubs are to be told anew.

        Done before, a process that dies in between would never tell them.
        """
        if self._path is not None:
            fresh = self._path.with_name(f"{self._path.name}.new")
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_bytes(self._kept)
            fresh.replace(self._path)
        self.is_new = False

    def path_of(self, subscription: Subscription) -> str:
        """Return the last part of the address that a hub calls."""
        return self._derived("path", subscription)

    def secret_of(self, subscription: Subscription) -> str:
        """Return what the hub signs its pushes with."""
        return self._derived("secret", subscription)

    def _derived(self, purpose: str, subscription: Subscription) -> str:
        named = f"{purpose}\0{subscription.feed}\0{subscription.hub}\0{subscription.topic}"
        return base64.urlsafe_b64encode(hmac.digest(self._key, named.encode(), "sha256")[:24]).decode()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says; a reload swaps it as a whole."""

    #: The address that others reach the page under, without a slash at its end.
    public_url: str
    #: Ids of the feeds that are polled.
    feeds: Collection[str]


class Hubs:
    """Subscribes, renews, verifies, and takes in what is pushed."""

    def __init__(
        self,
        store: Store,
        in_writer: InWriter,
        posts: Posts,
        keys: Keys,
        terms: Terms,
        take: Take,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        observe: Observer,
    ) -> None:
        self.terms = terms
        self._store, self._in_writer, self._posts, self._keys = store, in_writer, posts, keys
        self._take, self._clock, self._jitter, self._observe = take, clock, jitter, observe
        #: The terms that subscriptions of removed feeds were looked for under.
        self._looked_under: Terms | None = None
        #: Pushes that are being taken in, by feed; feeds of which one was stored, as the next tick notes; and feeds of
        #: which one was not: only a poll brings it now.
        self._in_hand: Counter[str] = Counter()
        self._taken: set[str] = set()
        self._untaken: set[str] = set()

    # ------------------------------------------------------------ asking

    async def tick(self) -> None:
        """Ask for every subscription that is due; tell of those that were not verified in time."""
        due = await self._in_writer(self._due)
        await asyncio.gather(*(self._ask(subscription) for subscription in due))

    def _due(self) -> list[Subscription]:
        now, terms = self._clock(), self.terms
        with self._store.write() as connection:
            if self._keys.is_new:  # hubs know addresses that are no longer ours
                begin_anew(connection, now)
            if terms is not self._looked_under:
                self._let_go(connection, terms, now)
            # In this order: a push that ends meanwhile is still in hand, or it is known whether it was stored.
            noted, in_hand = subscriptions.untaken(connection), set(self._in_hand)
            taken, untaken = self._taken - in_hand, self._untaken - in_hand
            # Also what a process that died had in hand.
            untaken |= set(noted) - in_hand - taken
            for feed in untaken:
                polls.poll_by(connection, feed, now)
            for feed in untaken | taken:
                subscriptions.taking(connection, feed, None)
            due = subscriptions.due(connection, now, AT_ONCE)
            for subscription in due:
                if subscription.feed not in terms.feeds and lease.is_over(subscription, now):
                    subscriptions.forget(connection, subscription.feed)
                elif subscription.asked_at is None:
                    subscriptions.save(connection, lease.asked(subscription, now))
        if self._keys.is_new:
            self._keys.keep()
        self._looked_under = terms
        self._untaken -= untaken
        self._taken -= taken
        due = [one for one in due if one.feed in terms.feeds or not lease.is_over(one, now)]
        for late in (one for one in due if one.asked_at is not None):
            minutes = lease.VERIFIED_WITHIN / timedelta(minutes=1)
            self._fail(
                late, f"its hub {shown(late.hub)} took the request and has not verified it for {minutes:.0f} min"
            )
        return [one for one in due if one.asked_at is None]

    def _let_go(self, connection: Connection, terms: Terms, now: datetime) -> None:
        """Have subscriptions ended whose feeds were removed: their hubs would push for as long as the leases run."""
        for subscription in subscriptions.all_of(connection).values():
            if subscription.feed not in terms.feeds:
                subscriptions.save(connection, lease.let_go(subscription, now))

    async def _ask(self, subscription: Subscription) -> None:
        wanted = subscription.feed in self.terms.feeds
        form = {
            "hub.mode": "subscribe" if wanted else "unsubscribe",
            "hub.topic": subscription.topic,
            "hub.callback": f"{self.terms.public_url}/websub/{self._keys.path_of(subscription)}",
            "hub.secret": self._keys.secret_of(subscription),
            "hub.lease_seconds": str(int(lease.LEASE.total_seconds())),
        }
        failure = await self._posts.post(subscription.hub, urlencode(form).encode())
        if failure is not None:
            what = "subscribed to" if wanted else "unsubscribed from"
            why = f"its hub {shown(subscription.hub)} cannot be {what}: {failure.message}"
            await self._in_writer(partial(self._fail, subscription, why))

    def _fail(self, subscription: Subscription, why: str) -> None:
        """In the writer's thread: note a failure, unless the hub has verified meanwhile."""
        with self._store.write() as connection:
            now_it_is = subscriptions.of_feed(connection, subscription.feed)
            if now_it_is is None or now_it_is.asked_at is None or now_it_is.topic != subscription.topic:
                return
            subscriptions.save(connection, lease.failed(now_it_is, why, self._clock(), self._jitter()))
        self._observe({"event": "hub_failed", "feed": subscription.feed, "why": why})

    # ------------------------------------------------------------ being called

    async def verify(self, key: str, said: Mapping[str, str]) -> str | None:
        """Answer a hub that asks whether a subscription is wanted: its challenge, "" to a refusal, None for no."""
        return await self._in_writer(partial(self._verify, key, said))

    def _verify(self, key: str, said: Mapping[str, str]) -> str | None:
        with self._store.write() as connection:
            subscription = self._find(connection, key)
            if subscription is None or said.get("hub.topic") != subscription.topic:
                return None
            told = self._heard(connection, subscription, said)
        if told is None:
            return None
        self._observe({"feed": subscription.feed, **told})
        return "" if said["hub.mode"] == "denied" else said["hub.challenge"]

    def _heard(
        self, connection: Connection, subscription: Subscription, said: Mapping[str, str]
    ) -> Mapping[str, Any] | None:
        """Do what a hub says of a subscription, and return the event of it; None if that is not what is wanted."""
        now, hub, wanted = self._clock(), shown(subscription.hub), subscription.feed in self.terms.feeds
        is_asked = subscription.asked_at is not None and said.get("hub.challenge")
        match said.get("hub.mode"):
            case "denied" if wanted:
                why = f"its hub {hub} refuses the subscription: {said.get('hub.reason', '')[:200]}".rstrip(": ")
                subscriptions.save(connection, lease.denied(subscription, why, now))
                if lease.is_relied_on(subscription, now):
                    polls.poll_as_usual(connection, subscription.feed, now)
                return {"event": "hub_failed", "why": why}
            case "subscribe" if wanted and is_asked:
                seconds = said.get("hub.lease_seconds", "")
                span = timedelta(seconds=int(seconds)) if re.fullmatch(r"[1-9][0-9]{0,9}", seconds) else None
                subscription = lease.verified(subscription, span, now)
                subscriptions.save(connection, subscription)
                return {"event": "hub_subscribed", "hub": hub, "until": subscription.lease_until}
            case "unsubscribe" if is_asked and not wanted:
                subscriptions.forget(connection, subscription.feed)
                return {"event": "hub_left", "hub": hub}
            case _:
                return None

    async def knows(self, key: str) -> bool:
        """Say whether anybody may send to an address."""
        return await self._in_writer(partial(self._known, key)) is not None

    async def receive(self, key: str, body: bytes, content_type: str, signature: str) -> int:
        """Take in a pushed document; return the status that the hub gets.

        A wrong signature is answered like a good one (WebSub §8: it must tell nobody how far a forger came).
        """
        subscription = await self._in_writer(partial(self._known, key))
        if subscription is None:
            return 410
        if not is_signed(body, signature, self._keys.secret_of(subscription)):
            self._observe({"event": "push_refused", "feed": subscription.feed, "why": "it is not signed as agreed"})
            return 202
        self._in_hand[subscription.feed] += 1
        noted = asyncio.Event()
        taking = asyncio.create_task(self._take_in(subscription.feed, body, content_type, noted))
        await asyncio.wait([taking], timeout=ANSWER_WITHIN_S)
        if not taking.done():
            return 202 if noted.is_set() else 503
        return 202 if not taking.cancelled() and taking.result() else 503

    async def _take_in(self, feed: str, body: bytes, content_type: str, noted: asyncio.Event) -> bool:
        """Take in a document and say whether that went well; if not, also as the process dies, the feed is polled soon.

        With a poll at the ceiling its news would be late.
        """
        stored = False
        try:
            await self._in_writer(partial(self._note_taking, feed))
            noted.set()
            await self._take(feed, body, content_type)
            stored = True
        except Exception as error:  # a fault of ours, told; the poll makes up for it
            self._observe({"event": "internal_error", "where": f"push {feed}", "exception": error})
        finally:
            (self._taken if stored else self._untaken).add(feed)
            self._in_hand[feed] -= 1
            if not self._in_hand[feed]:
                del self._in_hand[feed]
        return stored

    def _note_taking(self, feed: str) -> None:
        with self._store.write() as connection:
            subscriptions.taking(connection, feed, self._clock())

    def _known(self, key: str) -> Subscription | None:
        """Return the subscription of a feed that is still wanted."""
        with self._store.read() as connection:
            found = self._find(connection, key)
        return found if found is not None and found.feed in self.terms.feeds else None

    def _find(self, connection: Connection, key: str) -> Subscription | None:
        """Return the subscription that has this address; compared in constant time."""
        wanted, found = key.encode("utf-8", "replace"), None
        for subscription in subscriptions.all_of(connection).values():
            if hmac.compare_digest(self._keys.path_of(subscription).encode(), wanted):
                found = subscription
        return found


def begin_anew(connection: Connection, now: datetime) -> None:
    """Rely on no hub any more, as when they know addresses that are no longer ours; each is to be asked again."""
    for subscription in subscriptions.all_of(connection).values():
        if lease.is_relied_on(subscription, now):
            polls.poll_as_usual(connection, subscription.feed, now)
        subscriptions.save(connection, lease.anew(subscription, now))


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Say whether a push carries the signature of who knows the secret: `X-Hub-Signature: sha256=HEX` (WebSub §8)."""
    found = _SIGNATURE.fullmatch(signature.strip())
    if found is None:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, found[1])).hexdigest()
    return hmac.compare_digest(expected, found[2].lower())
