"""Deliveries: what was sent, what waits, what was held back and why, what is dead."""

from starlette.requests import Request
from starlette.responses import Response

from watcher.store import reading, sendings
from watcher.web.page import Page, number, parameter

#: Rows of each list.
SHOWN = 100


def listed(page: Page, request: Request) -> Response:
    """Deliveries by state and receiver, the newest first."""
    given = {name: parameter(request, name) for name in ("state", "receiver")}
    state = given["state"] if given["state"] in sendings.STATES else ""
    with page.read() as connection:
        tally = sendings.tally(connection)
        queue = reading.queue(connection)
        rows = sendings.deliveries_told(connection, state, given["receiver"], number(request, "before"), SHOWN + 1)
    older = rows[SHOWN - 1]["pk"] if len(rows) > SHOWN else None
    return page.html(
        request, "deliveries.html", rows=rows[:SHOWN], older=older, given=given | {"state": state}, tally=tally,
        queue=queue, titles=page.titles(), states=sendings.STATES, receivers=sorted(page.config().receivers),
    )  # fmt: skip


def suppressed(page: Page, request: Request) -> Response:
    """What rules would have said and did not: no delivery was made of it."""
    with page.read() as connection:
        rows = sendings.suppressed(connection, number(request, "before"), SHOWN + 1)
    older = rows[SHOWN - 1]["pk"] if len(rows) > SHOWN else None
    return page.html(request, "suppressed.html", rows=rows[:SHOWN], older=older, titles=page.titles())
