"""Forms: read within bounds, taken only with the seal of the page that showed them, answered by a redirect.

Nothing is changed by GET. What a form does is one short transaction in the daemon's own serial writer.
"""

import asyncio
import hmac
import secrets
import time
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from watcher.model import Observer
from watcher.route import Routing
from watcher.store import InWriter, Store

COOKIE = "watcher_page"
#: Largest body of a form in bytes, and its fields.
MOST_BODY_BYTES, MOST_FIELDS = 65_536, 40
#: Largest body of a form with a rule file, of which each letter may take six bytes.
MOST_DRAFT_BYTES = 1_000_000
#: Time in seconds that a change waits for another program's transaction, and for the daemon's own work.
WAIT_S, QUEUED_S = 3.0, 15.0
#: Sentences that are kept for the view that a form leads to, and for how long in seconds.
KEPT, KEPT_S = 200, 600.0
#: Characters of a person's name in the log and the database.
NAME = 60


@dataclass(frozen=True, slots=True)
class Hand:
    """What forms may reach of the daemon."""

    in_writer: InWriter
    routing: Callable[[], Routing]
    #: Called in the writer's thread when a story was taken apart or put together: dedup reads the database anew.
    regroup: Callable[[], None]
    #: Called when something may be due.
    deliver: Callable[[], Awaitable[None]]
    observe: Observer


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that was taken."""

    form: Mapping[str, str]
    #: Who sent it, as far as that is known: `page:NAME`, or `page:ADDRESS`.
    by: str
    now: datetime

    def number(self, name: str) -> int:
        """Return a field that is a number; 0, which no row has, where it is none."""
        given = self.form.get(name, "").strip()
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a form: where to go on, and the sentence that is shown there."""

    to: str
    sentence: str
    is_done: bool = True
    #: What the log tells of it.
    facts: Mapping[str, Any] = field(default_factory=dict)
    regroups: bool = False
    delivers: bool = False


Do = Callable[[Connection, Asked], Done]


class RefusedError(Exception):
    """A form that is not taken; the message is for the sender."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status, self.sentence = status, sentence
        super().__init__(sentence)


class Seals:
    """Binds forms to the browser that they were shown to, and keeps what is to be said of them."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._told: OrderedDict[str, tuple[float, str, str, bool]] = OrderedDict()

    def session(self, request: Request) -> tuple[str, bool]:
        """Return the name of a browser's session, and whether it is a new one."""
        given = request.cookies.get(COOKIE, "")
        known = len(given) == 43 and given.isascii()
        return (given, False) if known else (secrets.token_urlsafe(32), True)

    def seal(self, session: str) -> str:
        """Return what a form shown in a session must bring back; it holds until the daemon ends."""
        return hmac.new(self._key, session.encode(), "sha256").hexdigest()

    def check(self, request: Request, given: str) -> None:
        """Refuse a form that was not shown to this browser.

        Raises:
            RefusedError: with the remedy.
        """
        session, is_new = self.session(request)
        if is_new or not hmac.compare_digest(self.seal(session).encode(), given.encode("utf-8", "replace")):
            raise RefusedError(
                403, "The form was not shown to this browser, or before the last start. Open the view again and resend."
            )

    def keep(self, request: Request, sentence: str, *, is_done: bool) -> str:
        """Keep a sentence for the view that a form leads to; return its name."""
        name = secrets.token_urlsafe(9)
        self._told[name] = time.monotonic() + KEPT_S, self.session(request)[0], sentence, is_done
        while len(self._told) > KEPT:
            self._told.popitem(last=False)
        return name

    def told(self, request: Request) -> tuple[str, bool] | None:
        """Return the sentence that an address names, to the browser that it was kept for."""
        until, session, sentence, is_done = self._told.get(request.query_params.get("told", ""), (0.0, "", "", False))
        mine = session == self.session(request)[0] and time.monotonic() < until
        return (sentence, is_done) if mine else None


async def taken(request: Request, seals: Seals, now: datetime, most: int = MOST_BODY_BYTES) -> Asked:
    """Read a form and look at its seal.

    Raises:
        RefusedError: it is too large, no form, or not ours.
    """
    form = await _read(request, most)
    seals.check(request, form.get("seal", ""))
    return Asked({name: value for name, value in form.items() if name != "seal"}, _sender(request), now)


async def obey(do: Do, asked: Asked, hand: Hand, store: Store) -> Done:
    """Do what a form asks for in one transaction, then what follows from it.

    Raises:
        RefusedError: another program holds the database, or the disk is full; nothing was changed.
    """
    working = asyncio.ensure_future(hand.in_writer(partial(_write, do, asked, hand, store)))
    try:
        done = await asyncio.wait_for(asyncio.shield(working), QUEUED_S)
    except TimeoutError:
        working.add_done_callback(lambda late: late.cancelled() or late.exception())
        raise RefusedError(
            503, "The daemon is at work on something long; this is done as soon as that ends. Look again in a minute."
        ) from None
    except OperationalError as error:
        raise RefusedError(503, _why(error)) from error
    if done.delivers:
        await hand.deliver()
    return done


async def at_once(do: Callable[[Asked], Done], asked: Asked, hand: Hand) -> Done:
    """Do what a form asks for that is no matter of the database."""
    done = await run_in_threadpool(do, asked)
    if done.is_done and done.facts:
        hand.observe({"event": "changed_by_hand", "by": asked.by, **done.facts})
    return done


def leading_to(done: Done, seals: Seals, request: Request) -> Response:
    """Send the browser to the view that shows what became of its form."""
    if not done.sentence:
        return RedirectResponse(done.to, 303)
    address = urlsplit(done.to)
    told = urlencode({"told": seals.keep(request, done.sentence, is_done=done.is_done)})
    query = f"{address.query}&{told}" if address.query else told
    return RedirectResponse(address._replace(query=query).geturl(), 303)


# ---------------------------------------------------------------- inside


async def _read(request: Request, most: int) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RefusedError(415, "only forms: application/x-www-form-urlencoded")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 12 or int(length) > most:
        raise RefusedError(413, f"a form of more than {most} bytes")
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                raise RefusedError(413, f"a form of more than {most} bytes")
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except (ValueError, ClientDisconnect):
        raise RefusedError(400, "no form can be read from this") from None
    return {name: value.replace("\x00", "") for name, value in pairs}


def _sender(request: Request) -> str:
    """Who sends a form: the name that goes with the token, or that a proxy gives, else the address."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    name = ""
    if scheme.lower() == "basic":
        try:
            name = b64decode(given.strip(), validate=True).partition(b":")[0].decode("utf-8", "replace")
        except ValueError:
            name = ""
    name = name or request.headers.get("x-forwarded-user", "") or (request.client.host if request.client else "")
    return "page:" + ("".join(c if c.isprintable() else " " for c in name).strip()[:NAME] or "somebody")


def _write(do: Do, asked: Asked, hand: Hand, store: Store) -> Done:
    with store.write(WAIT_S) as connection:
        done = do(connection, asked)
    if done.regroups:
        hand.regroup()
    if done.is_done:
        hand.observe({"event": "changed_by_hand", "by": asked.by, **done.facts})
    return done


def _why(error: OperationalError) -> str:
    if "locked" in str(error) or "busy" in str(error):
        return "Another program is writing to the database; nothing was changed. Send the form again in a moment."
    return f"The database took nothing ({error.orig}); nothing was changed."
