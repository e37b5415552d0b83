"""Why an alert came, in a few lines for a chat; `watcher explain` tells everything."""

from sqlalchemy import Connection

from watcher.hear.room import Room
from watcher.model import Relation, Severity
from watcher.render.buttons import done
from watcher.render.chat import RELATIONS, SEVERITIES, chat, field_name
from watcher.render.fit import clip
from watcher.store import reading
from watcher.store.responses import About, responses_to

_TERMS, _MEMBERS, _LINE = 8, 6, 200


def why(connection: Connection, found: About, room: Room, language: str) -> str:
    """Return the rule with its evidence, the places, the story with how each entry joined, and who answered."""
    _, facts = reading.entry_facts(connection, found.entry)
    severity = SEVERITIES[language][Severity(found.severity)]
    lines = [chat(language, "why_rule", rule=found.rule, title=room.title(found.rule), severity=severity)]
    for proof in found.evidence[:_TERMS]:
        where = chat(language, "why_field", field=field_name(language, proof["field"])) if proof["field"] else ""
        lines.append(f"• {proof['term']}: “{proof['text']}”{where}")
    lines += [
        f"📍 {place['name']} → {place['admin1'] or place['country']} ({place['why']})" for place in facts["places"][:4]
    ]
    members = reading.story_members(connection, found.story)
    lines.append(chat(language, "why_story", story=found.story, n=len(members)))
    for member in members[:_MEMBERS]:
        alike = chat(language, "why_alike", alike=f"{member['similarity']:.2f}") if member["similarity"] else ""
        relation = RELATIONS[language][Relation(member["relation"])]
        lines.append(f"• {room.clock(member['seen_at'])} {member['outlet']}: {relation}{alike}")
    for answer in responses_to(connection, found.delivery):
        what = done(language, answer["what"])
        lines.append(chat(language, "why_answer", what=what, by=answer["by"], at=room.clock(answer["at"])))
    lines.append(chat(language, "why_more", entry=found.entry))
    return "\n".join(clip(line, _LINE) for line in lines)
