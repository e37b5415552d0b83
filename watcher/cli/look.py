"""status, explain, stories: questions about what the watcher did."""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher import lease
from watcher.cli.common import (
    DEFAULT_CONFIG,
    MOST_NUMBER,
    ConfigOption,
    JsonOption,
    ago,
    clock,
    load_what_stands,
    now,
    open_existing,
    out,
    print_json,
    print_table,
)
from watcher.cli.places import export_stories
from watcher.errors import UsageError
from watcher.links import shown
from watcher.model import Entry, FeedState, Places, Relation, Subscription
from watcher.text import plural

if TYPE_CHECKING:
    from watcher.config import Config

#: Rows that a list shows unless asked for more.
LIMIT = 50
#: Lines of a screen where `status` writes into a file or a program.
PIPED = 40
#: What has been due for a shorter time is about to be polled.
OVERDUE = timedelta(minutes=2)
#: Columns of a screen that has no room for when a feed is polled next.
NARROW = 100


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(status)
    app.command()(explain)
    stories = typer.Typer(help="Stories: sets of republications of one text.", no_args_is_help=True)
    stories.command("list")(list_stories)
    stories.command("show")(show_story)
    stories.command("export")(export_stories)
    stories.command("diff")(diff_story)
    app.add_typer(stories, name="stories")


def status(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    every: Annotated[bool, typer.Option("--all", help="Show every feed and every rule.")] = False,
) -> None:
    """Show the feeds' health, the queue, and what each rule has said. Status 1 if something is wrong.

    Wrong is: a feed fails, a receiver refused the last try of what waits for it, a delivery died in the last day, or
    an alarm is open.
    """
    from watcher.render.sentences import say
    from watcher.store import alarms, polls, reading, standing, subscriptions

    loaded = load_what_stands(config)
    store = open_existing(loaded)
    with store.read() as connection:
        states = polls.all_feed_states(connection)
        hubs = subscriptions.all_of(connection) if loaded.web.public_url else {}
        told: dict[str, Any] = {
            "feeds": [
                _feed_line(feed.id, feed.outlet, states.get(feed.id)) | _hub(hubs.get(feed.id))
                for feed in loaded.feeds
                if feed.enabled
            ],
            "due_since_at": standing.figures(connection, now()).due_since_at,
            "queue": reading.queue(connection),
            "rules": reading.rule_counts(connection, now()),
            "totals": reading.totals(connection),
            "dead": reading.died_since(connection, now() - timedelta(days=1)),
            "alarms": [
                {"key": alarm.key, "message": say("en", alarm.said, loaded.timezone) if alarm.said else alarm.message}
                | {"raised_at": alarm.raised_at}
                for alarm in alarms.standing_alarms(connection)
            ],
        }
    store.close()
    if as_json:
        print_json(told)
    else:
        _print_status(told, WHOLE if every else _Screen.of(out.height if out.is_terminal else PIPED), loaded.timezone)
    failing = any(feed["state"] == "failing" for feed in told["feeds"])
    refused = any(waiting["tried"] for waiting in told["queue"])
    raise typer.Exit(1 if failing or refused or told["dead"] or told["alarms"] else 0)


def explain(
    entry: Annotated[str, typer.Argument(help="An entry's id, link or number.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Explain one entry: its story and why, each rule met or not and why, and each delivery's fate."""
    from watcher.store import reading

    loaded = load_what_stands(config)
    store = open_existing(loaded)
    with store.read() as connection:
        numbers = reading.find_entries(connection, entry)
        if not numbers:
            raise UsageError(f"no entry has the id, link or number {entry!r}")
        found, facts = reading.entry_facts(connection, numbers[0])
        members = reading.story_members(connection, facts["story"])
    store.close()
    rules = _explain_rules(loaded, found)
    if as_json:
        from watcher.archive import entry_as_json

        others = {"same_key": numbers[1:]} if numbers[1:] else {}
        print_json({"entry": entry_as_json(found)} | facts | {"members": members, "rules": rules} | others)
        return
    _print_entry(found, facts, members, loaded.timezone)
    _print_rules(rules)
    _print_alerts(facts, loaded.timezone)
    if numbers[1:]:
        told = ", ".join(str(number) for number in numbers[1:])
        out.print(f"\nOther entries have this id or link too; explain them by number: {told}", markup=False)


def list_stories(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(min=1, help="Show so many at most.")] = LIMIT,
) -> None:
    """List the stories that changed last."""
    from watcher.store import reading

    loaded = load_what_stands(config)
    store = open_existing(loaded)
    with store.read() as connection:
        rows = reading.story_list(connection, limit)
    store.close()
    if as_json:
        print_json(rows)
        return
    columns = {"story": "story", "updated_at": f"changed ({loaded.timezone})", "members": "entries"}
    columns |= {"outlets": "outlets", "outlet": "first by", "title": "title"}
    print_table(rows, columns, empty="no stories yet", zone=loaded.timezone)


def show_story(
    story: Annotated[int, typer.Argument(max=MOST_NUMBER, help="Number of the story.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show a story's entries: who first, who republished, how alike, what changed."""
    from watcher.store import reading

    loaded = load_what_stands(config)
    store = open_existing(loaded)
    with store.read() as connection:
        members = reading.story_members(connection, story)
    store.close()
    if not members:
        raise UsageError(f"there is no story {story}")
    origin = _origin(members)
    if as_json:
        print_json({"story": story, "origin": origin, "members": members})
    else:
        line = f"Origin: {origin['name']} ({origin['why']}); {origin['independent']} independent, "
        out.print(line + f"{len(origin['republishers'])} republishing", markup=False)
        _print_members(members, loaded.timezone)


def diff_story(
    story: Annotated[int, typer.Argument(max=MOST_NUMBER, help="Number of the story.")],
    first: Annotated[int, typer.Option("--from", min=1, help="Which of its entries, in order of arrival.")] = 1,
    then: Annotated[int | None, typer.Option("--to", min=1, help="Another of them; else the last.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show word by word how one entry of a story became another."""
    from watcher import dedup
    from watcher.store import reading

    store = open_existing(load_what_stands(config))
    with store.read() as connection:
        members = reading.story_members(connection, story)
        then = then or len(members)
        if not members:
            raise UsageError(f"there is no story {story}")
        if max(first, then) > len(members):
            raise UsageError(f"story {story} has {plural(len(members), 'entry', 'entries')}")
        old, new = (reading.entry_facts(connection, members[n - 1]["number"])[0] for n in (first, then))
    store.close()
    pieces = dedup.word_diff(old.text, new.text)
    if as_json:
        print_json({"story": story, "from": old.id, "to": new.id, "pieces": [[p.kind, p.text] for p in pieces]})
        return
    out.print(f"[-{members[first - 1]['outlet']}-] {{+{members[then - 1]['outlet']}+}}", markup=False, style="bold")
    shown = {"same": "{}", "old": "[-{}-]", "new": "{{+{}+}}"}
    out.print(" ".join(shown[piece.kind].format(piece.text) for piece in pieces), markup=False)


# ---------------------------------------------------------------- inside


def _feed_line(feed: str, outlet: str, state: FeedState | None) -> dict[str, Any]:
    told: dict[str, Any] = {"feed": feed, "outlet": outlet, "state": _health(state)}
    if state is not None:
        told |= {
            "polled_at": state.polled_at, "ok_at": state.ok_at, "new_entry_at": state.new_entry_at,
            "next_poll_at": state.next_poll_at, "failures": state.failures, "last_error": state.last_error,
            "notes": [*state.notes, *state.signs.values()],
        }  # fmt: skip
    return told


def _hub(subscription: Subscription | None) -> dict[str, Any]:
    """The subscription at the feed's WebSub hub, if it names one."""
    if subscription is None:
        return {}
    held = {"lease_until": subscription.lease_until, "told_at": subscription.heard_at, "error": subscription.error}
    return {"hub": {"url": shown(subscription.hub), "state": lease.standing(subscription, now())} | held}


def _health(state: FeedState | None) -> str:
    if state is None or state.polled_at is None:
        return "waiting"
    return "failing" if state.failures else "well"


@dataclass(frozen=True, slots=True)
class _Screen:
    """How many rows of each kind are shown."""

    feeds: int
    rules: int
    others: int

    @classmethod
    def of(cls, lines: int) -> "_Screen":
        """Share a screen out: the headings and what is counted take some fourteen lines of the least, 24."""
        spare = max(0, lines - 24)
        return cls(5 + spare // 2, 3 + spare // 4, 2 + spare // 4)


#: No bounds.
WHOLE = _Screen(sys.maxsize, sys.maxsize, sys.maxsize)


def _print_status(told: Mapping[str, Any], most: _Screen, zone: tzinfo) -> None:
    """One screen: what is wrong and what changed last come first, and the rest is counted."""
    present = now()
    told = dict(told) | {
        "feeds": sorted(told["feeds"], key=_concern),
        "rules": sorted(told["rules"], key=lambda rule: (-rule["alerts_24h"], -rule["alerts"])),
    }
    feeds = [
        feed
        | {
            "last": ago(feed.get("polled_at"), present),
            "new": ago(feed.get("new_entry_at"), present),
            "next": ago(feed["next_poll_at"], present) if feed.get("next_poll_at") else "",
            "remark": feed.get("last_error") or "; ".join(feed.get("notes") or ()),
        }
        for feed in told["feeds"][: most.feeds]
    ]
    short, others = most != WHOLE, most.others
    columns = {"feed": "feed", "state": "state", "last": "polled", "new": "new entry"} | (
        {} if short and out.width < NARROW else {"next": "next"}
    )
    states = Counter(feed["state"] for feed in told["feeds"])
    out.print(", ".join(f"{states[state]} {state}" for state in ("well", "failing", "waiting")), style="bold")
    if (due := told["due_since_at"]) is not None and present - due > OVERDUE:
        out.print(f"A poll was due {ago(due, present)} and was not made: `watcher run` and `once` poll.")
    print_table(feeds, columns | {"remark": "remark"}, empty="no feeds are configured", is_brief=short)
    _print_left_out(told["feeds"], most.feeds, "feeds")
    if hubs := Counter(feed["hub"]["state"] for feed in told["feeds"] if "hub" in feed):
        out.print("hubs: " + ", ".join(f"{count} {state}" for state, count in hubs.most_common()))
    out.print()
    columns = {"rule": "rule", "alerts_24h": "alerts, 24 h", "alerts": "all"}
    print_table(told["rules"][: most.rules], columns, empty="no alerts yet", is_brief=short)
    _print_left_out(told["rules"], most.rules, "rules")
    out.print()
    columns = {"receiver": "receiver", "waiting": "waiting", "oldest_due_at": f"since ({zone})", "reason": "why"}
    print_table(told["queue"][:others], columns, empty="nothing waits to be delivered", zone=zone, is_brief=short)
    _print_left_out(told["queue"], others, "receivers")
    for receiver, count in told["dead"].items():
        died = f"{plural(count, 'delivery', 'deliveries')} to {receiver} died in the last day: the page lists them"
        out.print(died, markup=False, style="bold red")
    cut: dict[str, Any] = {"soft_wrap": False, "no_wrap": True, "overflow": "ellipsis"}
    for alarm in told["alarms"][:others]:
        message = f"ALARM {alarm['message']}"
        out.print(message, markup=False, style="bold red", **(cut if short and out.is_terminal else {}))
    _print_left_out(told["alarms"], others, "alarms")
    totals = (_counted(count, *name.split("_")) for name, count in told["totals"].items())
    out.print(f"\n{', '.join(totals)}", markup=False)


def _counted(count: int, things: str, state: str = "") -> str:
    """`1 story`, `2 entries`, `1 delivery sent`."""
    one = f"{things[:-3]}y" if things.endswith("ies") else things.removesuffix("s")
    return f"{plural(count, one, things)} {state}".rstrip()


def _concern(feed: Mapping[str, Any]) -> tuple[bool, bool, float]:
    """What sorts feeds: failing ones, then those with a remark, then those with the newest entries."""
    newest = feed.get("new_entry_at")
    return feed["state"] != "failing", not feed.get("notes"), -newest.timestamp() if newest else 0.0


def _print_left_out(rows: list[Any], most: int, what: str) -> None:
    if len(rows) > most:
        out.print(
            f"and {plural(len(rows) - most, f'further {what[:-1]}')} (--all shows them)", markup=False, style="dim"
        )


def _explain_rules(config: "Config", entry: Entry) -> list[dict[str, Any]]:
    feed = next((feed for feed in config.feeds if feed.id == entry.feed), None)

    @cache
    def places() -> Places:
        return config.places.locate(entry, feed.default_region if feed else None)

    told = config.rules.explain(entry, feed=feed, places=places, now=datetime.now(UTC))
    return [explanation.as_dict() for explanation in told]


def _print_entry(entry: Entry, facts: Mapping[str, Any], members: list[dict[str, Any]], zone: tzinfo) -> None:
    out.print(entry.title, markup=False, style="bold")
    seen = clock(facts["seen_at"], zone, seconds=True)
    out.print(f"{facts['outlet']} · {entry.link or entry.id} · seen {seen}", markup=False)
    if entry.link_of_feed:
        out.print(f"the feed links to {entry.link_of_feed}, which leads there", markup=False)
    out.print(f"\nStory {facts['story']}, {plural(len(members), 'entry', 'entries')}", style="bold")
    for a in facts["assignments"]:
        line = f"  revision {a['revision']}: {a['relation']} ({a['reason']}), similarity {a['similarity']:.2f}"
        if other := a.get("compared_entry"):
            line += f" to {other['outlet']}: {other['title']}"
        out.print(line, markup=False)
        for change in a["changes"]:
            out.print(f"    {change['what']}: {change['from']} → {change['to']}", markup=False)
        if a["credits"]:
            out.print(f"    credits {a['credits']}", markup=False)
        if a["shared"]:
            out.print(f"    shares: {', '.join(a['shared'])}", markup=False)
        for reason in a["reasons"] or ():
            side = "for" if reason["speaks"] > 0 else "against"
            out.print(f"    {side}: {reason['name']} {reason['value']:g} ({reason['speaks']:+.2f})", markup=False)
    for place in facts["places"]:
        where = place["admin1"] or place["country"] or ""
        out.print(f"  place: {place['name']} → {where} ({place['why']})", markup=False)


def _print_rules(rules: list[dict[str, Any]]) -> None:
    out.print("\nRules, as they stand on disk now", style="bold")
    for rule in sorted(rules, key=lambda rule: not rule["met"]):
        _print_condition(rule["condition"], 1, title=rule["rule"])
        if rule["missing"]:
            out.print(f"      it would match with {'; and '.join(rule['missing'])}", markup=False, style="dim")


def _print_condition(node: Mapping[str, Any], depth: int, *, title: str = "") -> None:
    found = ", ".join(map(_span, node["evidence"][:3])) if not node["children"] else ""
    text = f"{title}: {node['label']}" if title else node["label"]
    note = f" ({node['note']})" if node.get("note") and not node["children"] else ""
    line = "  " * depth + f"{'✓' if node['met'] else '✗'} {text}" + (f"  [{found}]" if found else "") + note
    out.print(line, markup=False)
    for child in node["children"]:
        _print_condition(child, depth + 1)


def _span(evidence: Mapping[str, Any]) -> str:
    """A hit as it is shown: its text, field and characters; a place or a fact as it is."""
    if not evidence["field"] or not evidence["end"] or ":" in evidence["text"][:6]:
        return str(evidence["text"])
    almost = "≈" if str(evidence["term"]).startswith("~") else ""
    return f"{almost}{evidence['text']!r} in {evidence['field']} {evidence['start']}-{evidence['end']}"


def _print_alerts(facts: Mapping[str, Any], zone: tzinfo) -> None:
    out.print("\nAlerts and deliveries", style="bold")
    if not facts["alerts"] and not facts["suppressed"]:
        out.print("  none", markup=False)
    for alert in facts["alerts"]:
        at = clock(alert["created_at"], zone, seconds=True)
        out.print(f"  {alert['kind']} of rule {alert['rule']} at {at}", markup=False)
        for delivery in alert["deliveries"]:
            why = f": {delivery['reason']}" if delivery["reason"] else ""
            tries = f", {plural(len(delivery['tries']), 'try', 'tries')}" if delivery["tries"] else ""
            out.print(f"    {delivery['receiver']}: {delivery['state']}{why}{tries}", markup=False)
            for answer in delivery["responses"]:
                out.print(f"      {answer['what']} by {answer['by']}, {clock(answer['at'], zone)}", markup=False)
    for held in facts["suppressed"]:
        who = f" for {held['receiver']}" if held["receiver"] else ""
        detail = f" ({held['detail']})" if held["detail"] else ""
        out.print(f"  suppressed: rule {held['rule']}{who}: {held['reason']}{detail}", markup=False)


def _print_members(members: list[dict[str, Any]], zone: tzinfo) -> None:
    for m in members:
        out.print(f"{clock(m['seen_at'], zone)} {m['outlet']}: {m['title']}", markup=False, style="bold")
        line = f"  {m['relation']} ({m['reason']}), similarity {m['similarity']:.2f}"
        out.print(line + (f", credits {m['credits']}" if m["credits"] else ""), markup=False)
        for change in m["changes"]:
            out.print(f"  {change['what']}: {change['from']} → {change['to']}", markup=False)
        if m["link"]:
            out.print(f"  {m['link']}", markup=False)


def _origin(members: list[dict[str, Any]]) -> dict[str, Any]:
    from watcher import dedup

    publications = [dedup.Publication(m["outlet"], Relation(m["relation"]), m["credits"]) for m in members]
    origin = dedup.origin_of(publications)
    return asdict(origin) | {"independent": origin.independent}
