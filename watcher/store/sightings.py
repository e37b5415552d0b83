"""What bursts count: the stories that rules have met lately."""

from datetime import datetime

from sqlalchemy import Connection, select

from watcher.model import Evidence, Place
from watcher.rules import Burst, Sighting, told
from watcher.store.schema import entries, matches


def sightings(connection: Connection, burst: Burst, since: datetime) -> list[Sighting]:
    """Return the matches that a burst counts and its own, newer than `since`; a feed's first poll is left out."""
    query = (
        select(
            matches.c.rule, matches.c.at, matches.c.evidence, entries.c.story, entries.c.title, entries.c.feed,
            entries.c.places,
        )
        .join(entries, entries.c.pk == matches.c.entry)
        .where(matches.c.rule.in_([*burst.rules, burst.rule]), matches.c.at >= since, entries.c.baseline.is_(False))
        .order_by(matches.c.pk)
    )  # fmt: skip
    found: list[Sighting] = []
    for rule, at, evidence, story, title, feed, places in connection.execute(query):
        if rule == burst.rule:
            found += told(burst, (Evidence(**e) for e in evidence), at)
        else:
            found.append(Sighting(rule, story, at, title, feed, tuple(Place(**place) for place in places)))
    return found
