"""An alert as JSON for programs: what webhook and exec receivers get."""

from datetime import datetime
from typing import Any

from watcher.model import Action, AlertView, Place, StoryMember
from watcher.render.layout import crediting, first_member, outlets_of


def as_payload(view: AlertView, action: Action) -> dict[str, Any]:
    """Return the alert; `key` is the same for every attempt, so a program can drop what it has seen."""
    entry = view.entry
    outlet, at = first_member(view)
    return {
        "key": view.key,
        "thread_key": view.thread_key,
        "kind": str(view.kind),
        "action": str(action),
        "rule": view.rule,
        "rule_title": view.rule_title,
        "severity": str(view.severity),
        "story": view.story or None,
        "text": view.text,
        "entry": {
            "id": entry.id, "title": entry.title, "link": entry.link, "feed": entry.feed, "outlet": view.outlet,
            "summary": entry.summary, "author": entry.author, "categories": list(entry.categories),
            "published": _iso(entry.published_at), "lang": entry.lang,
        },
        "seen_at": _iso(view.seen_at),
        "first_seen": {"outlet": outlet, "at": _iso(at)},
        "outlets": list(outlets_of(view)),
        "crediting_first": list(crediting(view, outlet)),
        "credits": view.credits,
        "escalated_from": view.escalated_from or None,
        "changes": [change.as_dict() for change in view.changes],
        "places": [_place(place) for place in view.places],
        "evidence": [evidence.as_dict() for evidence in view.evidence],
        "also": [_member(member) for member in view.also],
    }  # fmt: skip


def _member(member: StoryMember) -> dict[str, Any]:
    return {
        "outlet": member.outlet, "title": member.title, "link": member.link, "relation": str(member.relation),
        "seen_at": _iso(member.seen_at), "published": _iso(member.published_at), "credits": member.credits,
        "changes": [change.as_dict() for change in member.changes],
    }  # fmt: skip


def _place(place: Place) -> dict[str, Any]:
    return {
        "name": place.name, "country": place.country, "admin1": place.admin1, "lat": place.lat, "lon": place.lon,
        "confidence": place.confidence,
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
