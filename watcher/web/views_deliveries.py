"""Deliveries: what was sent, what waits, what was held back and why, what is dead."""

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from watcher import actions
from watcher.store import outbox, reading, sendings
from watcher.text import plural
from watcher.web.forms import Asked, Done, Hand
from watcher.web.page import Page, number, parameter, query

#: Rows of each list.
SHOWN = 100
#: Dead deliveries that are sent again at once.
RESENT = 1000


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


def resend(page: Page, _: Hand, connection: Connection, asked: Asked) -> Done:
    """Send a dead delivery, or a receiver's dead deliveries, again."""
    receiver, number = asked.form.get("receiver", ""), asked.number("delivery")
    back = f"/deliveries?{query({'receiver': receiver})}"
    if receiver not in page.config().receivers:
        return Done("/deliveries?state=dead", f"There is no receiver {receiver!r} any more.", is_done=False)
    wanted = [number] if number else outbox.dead_of(connection, receiver, RESENT)
    count = actions.resend(connection, wanted, asked.by, asked.now)
    if not count:
        return Done(back, "It is not dead any more.", is_done=False)
    facts = {"what": "resend", "receiver": receiver, "deliveries": count, "delivery": number}
    told = f"{plural(count, 'dead delivery', 'dead deliveries')} to {receiver} will be sent again."
    return Done(back, told, facts=facts, delivers=True)


def suppressed(page: Page, request: Request) -> Response:
    """What rules would have said and did not: no delivery was made of it."""
    with page.read() as connection:
        rows = sendings.suppressed(connection, number(request, "before"), SHOWN + 1)
    older = rows[SHOWN - 1]["pk"] if len(rows) > SHOWN else None
    return page.html(request, "suppressed.html", rows=rows[:SHOWN], older=older, titles=page.titles())
