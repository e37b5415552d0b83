"""What the tests of rules share: compile a text, try an entry, list the faults."""

import json
from datetime import UTC, datetime

from watcher.errors import FaultsFound
from watcher.model import Entry, Feed, Place, Places
from watcher.rules import Known, RuleSet, compile_rules

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOWHERE = Places()


def rules_of(when: object, **keys: object) -> RuleSet:
    """Compile one rule `r` with a condition; YAML 1.2 reads JSON."""
    rule = {"id": "r", "when": when} | {k: v for k, v in keys.items() if k not in ("terms", "regions")}
    file = {"rules": [rule]} | {k: keys[k] for k in ("terms", "regions") if k in keys}
    return compile_rules([("r.yaml", json.dumps(file, ensure_ascii=False))])


def entry_of(text: str | Entry, **fields: object) -> Entry:
    """An entry with a title, unless it is one already."""
    return text if isinstance(text, Entry) else Entry(id="e", **({"title": text} | fields))


def try_rule(when: object, text: str | Entry, *, feed: Feed | None = None, places: Places = NOWHERE, **keys: object):
    """Return the evidence of rule `r` on an entry; None if it does not match."""
    matches = rules_of(when, **keys).match(entry_of(text), feed=feed, places=lambda: places, now=NOW)
    return matches[0].evidence if matches else None


def hits(when: object, text: str | Entry, **keys: object) -> bool:
    """Say whether rule `r` matches."""
    return try_rule(when, text, **keys) is not None


def spans(when: object, text: str, **keys: object) -> list[str]:
    """The pieces of the title that the evidence points to."""
    return [text[e.start : e.end] for e in try_rule(when, text, **keys) or () if e.field == "title"]


def faults(text: str, known: Known | None = None, file: str = "r.yaml") -> list[str]:
    """Every fault of a file as it is printed; an empty list if it is well."""
    try:
        compile_rules([(file, text)], known)
    except FaultsFound as error:
        return [str(fault) for fault in error.faults]
    return []


def place(country: str, admin1: str | None = None, confidence: float = 1.0, **more: object) -> Place:
    """A place in the title."""
    return Place(more.pop("name", "X"), "title", 0, 1, country, admin1, confidence=confidence, **more)


def places(*found: Place) -> Places:
    """Places as the region stage gives them."""
    return Places(found)
