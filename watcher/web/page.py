"""What every view of the page shares: the database, the configuration, templates, parameters."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, TypeVar, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from watcher.config import Config
from watcher.render.layout import change_text, link, plain
from watcher.store import Store
from watcher.text import plural
from watcher.web.forms import COOKIE, Hand, Seals
from watcher.web.trying import Drafts

#: Views that read the database at once: the daemon's own connections are never used up.
AT_ONCE = 3
#: Time in seconds that a view waits for its turn, and that it may read.
WAIT_S, READ_S = 5.0, 3.0
#: Time in seconds that a count over days is shown for.
KEPT_S = 60.0
#: Instructions of SQLite's machine between two looks at the clock.
_STEPS = 100_000
#: Characters of a parameter that are read.
MOST_CHARACTERS = 200

T = TypeVar("T")


class BusyError(Exception):
    """The database could not answer in time; the message is for the reader."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the views ask."""

    store: Store
    #: The configuration as it stands now: a reload changes it.
    config: Callable[[], Config]
    clock: Callable[[], datetime]
    #: What forms may reach; None where the page only reads.
    hand: Hand | None = None
    seals: Seals = field(default_factory=Seals)
    drafts: Drafts = field(default_factory=Drafts)
    #: What took long to count, and until when it is good enough.
    _kept: dict[str, tuple[float, Any]] = field(default_factory=dict)
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the database, for a bounded time.

        Raises:
            BusyError: others read for too long, or this does.
        """
        if not self._turns.acquire(timeout=WAIT_S):
            raise BusyError("Others are reading; ask again in a moment.")
        try:
            with self.store.read() as connection, _bounded(connection):
                yield connection
        finally:
            self._turns.release()

    def kept(self, what: str, ask: Callable[[Connection], T]) -> T | None:
        """Return an answer that may be up to a minute old; None where it could not be counted in time."""
        until, answer = self._kept.get(what, (0.0, None))
        if time.monotonic() >= until:
            try:
                with self.read() as connection:
                    answer = ask(connection)
            except BusyError:
                answer = None
            self._kept[what] = time.monotonic() + KEPT_S, answer
        return cast("T | None", answer)

    def html(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """Write a view."""
        session, is_new = self.seals.session(request)
        values |= {
            "here": request.url.path, "tz": self.config().timezone, "now": self.clock(),
            "can_change": self.hand is not None, "seal": self.seals.seal(session) if self.hand else "",
            "told": self.seals.told(request),
        }  # fmt: skip
        answer = HTMLResponse(_TEMPLATES.get_template(template).render(values), status)
        if self.hand is not None and is_new:
            secure = request.url.scheme == "https"
            answer.set_cookie(COOKIE, session, httponly=True, samesite="strict", secure=secure)
        return answer

    def titles(self) -> dict[str, str]:
        """Return the titles of the rules by id."""
        return {rule.id: rule.title for rule in self.config().rules.rules}


def parameter(request: Request, name: str, most: int = MOST_CHARACTERS) -> str:
    """Return a parameter of the address without white space around it, cut to `most` characters; empty without it."""
    return request.query_params.get(name, "").strip()[:most].replace("\x00", "")


def number(request: Request, name: str) -> int | None:
    """Return a parameter that is a number; None without one, or where it is no number that a row can have."""
    given = parameter(request, name, 19)
    return int(given) if given.isascii() and given.isdecimal() and int(given) < 2**63 else None


def days(until: datetime, count: int) -> list[str]:
    """Return the last days (UTC, ISO 8601), today the last of them."""
    return [f"{until - timedelta(days=n):%Y-%m-%d}" for n in reversed(range(count))]


def query(values: Mapping[str, Any]) -> str:
    """Write parameters for an address, those without a value left out."""
    from urllib.parse import urlencode

    return urlencode({name: value for name, value in values.items() if value not in ("", None)})


# ---------------------------------------------------------------- inside


@contextmanager
def _bounded(connection: Connection) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    until = time.monotonic() + READ_S
    driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    except OperationalError as error:
        if "interrupted" in str(error):
            raise BusyError(f"That took longer than {READ_S:g} seconds; ask for less.") from error
        raise
    finally:
        driver.set_progress_handler(None, 0)


def _clock(at: datetime | None, tz: tzinfo) -> str:
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M}" if at else ""


def _span(value: timedelta | float | None) -> str:
    """A time span as people say it: `2 h 05 min`."""
    if value is None:
        return ""
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if seconds < 60:
        return f"{seconds} s"
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60:02} min" if days < 2 else f"{days} d {hours % 24} h"


_TEMPLATES = Environment(
    loader=PackageLoader("watcher.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
_TEMPLATES.filters |= {
    "clock": _clock, "span": _span, "plain": plain, "link": link, "change": change_text, "query": query,
    "plural": plural,
}  # fmt: skip
