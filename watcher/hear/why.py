"""Why an alert came, in a few lines for a chat; `watcher explain` tells everything."""

from sqlalchemy import Connection

from watcher.hear.room import Room
from watcher.render.fit import clip
from watcher.store import reading
from watcher.store.responses import About, responses_to

_TERMS, _MEMBERS, _LINE = 8, 6, 200


def why(connection: Connection, found: About, room: Room) -> str:
    """Return the rule with its evidence, the places, the story with how each entry joined, and who answered."""
    _, facts = reading.entry_facts(connection, found.entry)
    lines = [f"Rule {found.rule} ({room.title(found.rule)}), {found.severity}"]
    for proof in found.evidence[:_TERMS]:
        where = f" in {proof['field']}" if proof["field"] else ""
        lines.append(f"• {proof['term']}: “{proof['text']}”{where}")
    lines += [
        f"📍 {place['name']} → {place['admin1'] or place['country']} ({place['why']})" for place in facts["places"][:4]
    ]
    members = reading.story_members(connection, found.story)
    lines.append(f"Story {found.story}, {len(members)} entries:")
    for member in members[:_MEMBERS]:
        alike = f", similarity {member['similarity']:.2f}" if member["similarity"] else ""
        lines.append(f"• {room.clock(member['seen_at'])} {member['outlet']}: {member['relation']}{alike}")
    for answer in responses_to(connection, found.delivery):
        lines.append(f"{answer['what']} by {answer['by']}, {room.clock(answer['at'])}")
    lines.append(f"More: watcher explain {found.entry}")
    return "\n".join(clip(line, _LINE) for line in lines)
