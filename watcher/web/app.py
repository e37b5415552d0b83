"""The application: the page, `/metrics`, `/healthz`, `/readyz`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from watcher.web import (
    views,
    views_deliveries,
    views_drafts,
    views_feeds,
    views_map,
    views_out,
    views_rules,
    views_silences,
    views_stories,
)
from watcher.web.forms import (
    MOST_BODY_BYTES,
    MOST_DRAFT_BYTES,
    Asked,
    Done,
    Hand,
    RefusedError,
    at_once,
    leading_to,
    obey,
    taken,
)
from watcher.web.guard import Door, Guard
from watcher.web.page import BusyError, Page

#: Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

STATIC = Path(__file__).with_name("static")
#: The page's views; each runs in a thread of its own.
VIEWS: dict[str, Callable[[Page, Request], Response]] = {
    "/": views.now,
    "/fresh": views.fresh,
    "/stories": views_stories.listed,
    "/stories/{story:int}": views_stories.shown,
    "/map": views_map.world,
    "/feeds": views_feeds.health,
    "/deliveries": views_deliveries.listed,
    "/suppressed": views_deliveries.suppressed,
    "/silences": views_silences.listed,
    "/rules": views_rules.listed,
    "/rules/{rule}": views_rules.shown,
    "/edit": views_drafts.edited,
    "/drafts/{draft}": views_drafts.shown,
    "/drafts/{draft}/verdict": views_drafts.piece,
    "/feeds/{rule}.atom": views_out.atom,
    "/api/alerts": views_out.alerts,
    "/api/stories": views_out.stories,
    "/api/stories/{story:int}": views_out.story,
    "/api/openapi.json": views_out.description,
}
#: What forms do, each in one transaction.
FORMS: dict[str, Callable[[Page, Hand, Connection, Asked], Done]] = {
    "/do/split": views_stories.split,
    "/do/join": views_stories.join,
    "/do/silence": views_silences.make,
    "/do/silence/end": views_silences.end,
    "/do/resend": views_deliveries.resend,
}
#: Forms that are no matter of the database, each with the most bytes that it may have.
DRAFTS: dict[str, tuple[Callable[[Page, Asked], Done], int]] = {
    "/do/draft": (views_drafts.begin, MOST_DRAFT_BYTES),
    "/do/draft/save": (views_drafts.save, MOST_BODY_BYTES),
}


@dataclass(frozen=True, slots=True)
class Sources:
    """What the application tells; each is a question that may take a moment and is asked in a thread."""

    #: All metrics in Prometheus' text format.
    metrics: Callable[[], bytes]
    #: Sentences about what is stuck; empty while the daemon lives.
    stuck: Callable[[], Sequence[str]]
    #: Sentences about what keeps it from doing its work, the stuck things among them.
    unready: Callable[[], Sequence[str]]


def create_app(sources: Sources, door: Door, page: Page | None = None, more: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Build it; without a `page` there are metrics and health only, and `more` routes of others."""

    def metrics(_: Request) -> Response:
        return Response(sources.metrics(), headers={"Content-Type": METRICS_TYPE})

    def healthz(_: Request) -> Response:
        return _told(sources.stuck())

    def readyz(_: Request) -> Response:
        return _told(sources.unready())

    routes: list[BaseRoute] = [Route("/metrics", metrics), Route("/healthz", healthz), Route("/readyz", readyz), *more]
    if page is not None:
        routes += [Route(path, partial(view, page)) for path, view in VIEWS.items()]
        forms: dict[str, Callable[[Request], Awaitable[Response]]] = {
            path: partial(_form, page, do) for path, do in FORMS.items()
        }
        forms |= {path: partial(_draft, page, *about) for path, about in DRAFTS.items()}
        routes += [Route(path, form, methods=["POST"]) for path, form in forms.items()]
        routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    wrong = partial(_wrong, page)
    handlers = dict.fromkeys((HTTPException, RefusedError, BusyError, Exception), wrong)
    # Around everything: Starlette answers faults of ours from outside of any middleware.
    return Guard(Starlette(routes=routes, exception_handlers=handlers), door)


async def _form(page: Page, do: Callable[[Page, Hand, Connection, Asked], Done], request: Request) -> Response:
    hand = _hand(page)
    asked = await taken(request, page.seals, page.clock())
    done = await obey(partial(do, page, hand), asked, hand, page.store)
    return leading_to(done, page.seals, request)


async def _draft(page: Page, do: Callable[[Page, Asked], Done], most: int, request: Request) -> Response:
    asked, hand = await taken(request, page.seals, page.clock(), most), _hand(page)
    return leading_to(await at_once(partial(do, page), asked, hand), page.seals, request)


def _hand(page: Page) -> Hand:
    if page.hand is None:
        raise RefusedError(405, "the page only reads: web.changes is false")
    return page.hand


def _wrong(page: Page | None, request: Request, error: Exception) -> Response:
    """Answer what could not be: a view for a browser, a line for others."""
    headers: Mapping[str, str] | None = None
    match error:
        case HTTPException(status_code=404, detail="Not Found"):
            status, sentence = 404, "There is no such page."
        case HTTPException():
            status, sentence, headers = error.status_code, error.detail, error.headers
        case RefusedError():
            status, sentence = error.status, error.sentence
        case BusyError():
            status, sentence = 503, str(error)
        case _:
            status, sentence = 500, "That is a fault of watcher; its log says more."
    if status == 503:
        headers = {"Retry-After": "5"}
    if page is None or "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{sentence}\n", status, headers)
    answer = page.html(request, "error.html", status, sentence=sentence)
    answer.headers.update(headers or {})
    return answer


def _told(wrong: Sequence[str]) -> Response:
    return JSONResponse({"ok": not wrong, "wrong": list(wrong)}, 503 if wrong else 200)
