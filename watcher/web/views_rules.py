"""Rules: what they said over time, their examples, and a box to try a text on them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import yaml
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watcher.rules import Rule
from watcher.store import browsing, counts
from watcher.web.page import Page, days, parameter
from watcher.web.trying import said_to
from watcher.web.views_drafts import files_told

#: Days of the plots.
DAYS = 30
#: Characters of a text that is tried: an address of letters that take six characters each holds no more.
TRIED = 2000
#: Alerts of one rule that are shown.
SHOWN = 10
_Said = Mapping[str, Mapping[str, int]]


def listed(page: Page, request: Request) -> Response:
    """Every rule with its alerts over time, and what a text would do to them all."""
    config, now = page.config(), page.clock()
    said = _alerts(page)
    rows = [
        {
            "rule": rule.meta, "burst": rule.burst is not None,
            "alerts": _plotted(said, rule.meta.id, now),
            "receivers": config.default_receivers if rule.meta.receivers is None else rule.meta.receivers,
        }
        for rule in config.rules.sources
    ]  # fmt: skip
    text = parameter(request, "text", TRIED)
    tried = said_to(config, text, now) if text else []
    return page.html(
        request, "rules.html", rows=rows, text=text, tried=tried, days=DAYS, most=TRIED, files=files_told(page)
    )


def shown(page: Page, request: Request) -> Response:
    """One rule."""
    config, now = page.config(), page.clock()
    rule = next((one for one in config.rules.sources if one.meta.id == request.path_params["rule"]), None)
    if rule is None:
        raise HTTPException(404, "there is no rule of this name among those in force")
    with page.read() as connection:
        listing = browsing.alerts_told(connection, browsing.Wanted(rule=rule.meta.id), SHOWN)
    text = parameter(request, "text", TRIED)
    return page.html(
        request, "rule.html", rule=rule.meta, model=rule.model, condition=_source(rule), days=DAYS, most=TRIED,
        alerts=_plotted(_alerts(page), rule.meta.id, now), first_day=days(now, DAYS)[0],
        newest=listing.found, text=text,
        source=next((one for one in files_told(page) if one["file"] == rule.document.file), None),
        examples=[(kind, list(_examples(rule, kind))) for kind in ("match", "ignore")],
        tried=[one for one in said_to(config, text, now) if one["rule"] == rule.meta.id] if text else [],
    )  # fmt: skip


def _alerts(page: Page) -> _Said | None:
    since = page.clock() - timedelta(days=DAYS)
    return page.kept("alerts by day", lambda connection: counts.alerts_by_day(connection, since))


def _plotted(said: _Said | None, rule: str, now: datetime) -> list[int] | None:
    """A rule's alerts of each day; None if they could not be counted in time."""
    return None if said is None else [said.get(rule, {}).get(day, 0) for day in days(now, DAYS)]


def _source(rule: Rule) -> str:
    """The rule's condition as it was written, but for comments."""
    model = rule.model
    given = {"when": model.when, "none": model.none, "burst": model.burst and model.burst.model_dump(mode="json")}
    said = {key: value for key, value in given.items() if value is not None}
    return yaml.safe_dump(said, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100)


def _examples(rule: Rule, kind: str) -> Iterator[str]:
    for example in getattr(rule.model.examples, kind):
        yield example if isinstance(example, str) else " · ".join(filter(None, (example.title, example.summary)))
