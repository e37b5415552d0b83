"""Where a story comes from: who had it first, whom its members credit, who reports on their own and who republishes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from watcher.model import Relation
from watcher.text import fold

#: A credit for nobody in particular: "agencies".
_NOBODY = frozenset(map(fold, ("وكالات", "agencies", "агентства", "agencias", "agences")))


@dataclass(frozen=True, slots=True)
class Publication:
    """A member of a story, as far as its origin goes; members come in order of arrival."""

    outlet: str
    relation: Relation
    credits: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a story's members say of where it comes from."""

    #: The likely origin: an outlet, or whoever is credited.
    name: str
    #: "credited by 2 of 3 outlets", "first seen".
    why: str
    first_seen: str
    #: Outlets that carry the text, in order of arrival; the origin is none of the republishers.
    outlets: tuple[str, ...]
    republishers: tuple[str, ...]

    @property
    def independent(self) -> int:
        """Outlets that are not known to have the text from another one."""
        return len(self.outlets) - len(self.republishers)


def origin_of(members: Sequence[Publication]) -> Origin:
    """Say where a story likely comes from.

    Whoever most outlets credit; where two are credited alike, the one credited first; where
    nobody is credited, the outlet seen first. An outlet that credits itself credits nobody.

    Raises:
        ValueError: there are no members.
    """
    if not members:
        raise ValueError("a story has members")
    outlets = tuple(dict.fromkeys(m.outlet for m in members))
    credited = {m.outlet: m.credits for m in reversed(members) if m.credits and _credits_another(m)}
    first = members[0].outlet
    if not credited:
        return Origin(first, "first seen", first, outlets, tuple(o for o in outlets if o != first))
    votes = Counter(_key(credited[outlet]) for outlet in outlets if outlet in credited)
    key, count = votes.most_common(1)[0]
    own = next((outlet for outlet in outlets if _key(outlet) == key), None)
    name = own or next(credited[outlet] for outlet in outlets if _key(credited.get(outlet, "")) == key)
    why = f"credited by {count} of {len(outlets)} outlets"
    return Origin(name, why, first, outlets, tuple(outlet for outlet in outlets if outlet != own))


def _credits_another(member: Publication) -> bool:
    key = _key(member.credits or "")
    return key not in _NOBODY and key != _key(member.outlet)


def _key(name: str) -> str:
    return " ".join(map(fold, name.replace("-", " ").split()))
