"""The application: `/metrics`, `/healthz`, `/readyz`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from watcher.web.guard import Door, Guard

#: Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sources:
    """What the application tells; each is a question that may take a moment and is asked in a thread."""

    #: All metrics in Prometheus' text format.
    metrics: Callable[[], bytes]
    #: Sentences about what is stuck; empty while the daemon lives.
    stuck: Callable[[], Sequence[str]]
    #: Sentences about what keeps it from doing its work, the stuck things among them.
    unready: Callable[[], Sequence[str]]


def create_app(sources: Sources, door: Door) -> Starlette:
    """Build it."""

    def metrics(_: Request) -> Response:
        return Response(sources.metrics(), headers={"Content-Type": METRICS_TYPE})

    def healthz(_: Request) -> Response:
        return _told(sources.stuck())

    def readyz(_: Request) -> Response:
        return _told(sources.unready())

    routes = [Route("/metrics", metrics), Route("/healthz", healthz), Route("/readyz", readyz)]
    return Starlette(routes=routes, middleware=[Middleware(Guard, door=door)])


def _told(wrong: Sequence[str]) -> Response:
    return JSONResponse({"ok": not wrong, "wrong": list(wrong)}, 503 if wrong else 200)
