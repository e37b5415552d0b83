"""Alerts that waited, told in one message: grouped by rule, the most serious first, none cut in two."""

from collections.abc import Sequence
from datetime import tzinfo

from watcher.model import AlertKind, AlertView
from watcher.render.fit import clip, units
from watcher.render.layout import HEADLINE, NAME, RULE_TITLE, change_text, link, outlets_of, plain
from watcher.render.lines import Line, Role, Span
from watcher.render.style import Style
from watcher.render.words import MARKS, word

#: Room that is kept for the headings of rules: their titles and line breaks.
_TITLE = 80


def lay_out_digest(views: Sequence[AlertView], style: Style, tz: tzinfo, heading: str) -> tuple[tuple[Line, ...], int]:
    """Return the lines of a digest, and how many of the alerts it has room for: at least one."""
    told, room, rules = 0, style.limit, set()
    for view in views:
        need = units(_item(view, tz).text) + 1
        if view.rule not in rules:
            need += RULE_TITLE + 3
        if room is not None:
            if told and need + _TITLE > room:
                break
            room -= need
        rules.add(view.rule)
        told += 1
    return tuple(_lines(views[:told], style, tz, heading)), told


def _lines(views: Sequence[AlertView], style: Style, tz: tzinfo, heading: str) -> list[Line]:
    title = f"📋 {word(style.language, heading, n=len(views))}"
    worst = max(views, key=lambda view: view.severity.rank)
    lines = [Line(Role.HEAD, (Span(title, bold=True),), worst.severity)]
    groups: dict[str, list[AlertView]] = {}
    for view in sorted(views, key=lambda view: -view.severity.rank):
        groups.setdefault(view.rule, []).append(view)
    for group in groups.values():
        heading = f"{MARKS[group[0].severity]} {clip(plain(group[0].rule_title), RULE_TITLE)}"
        lines.append(Line(Role.CHANGE, (Span(heading, bold=True),)))
        lines += [_item(view, tz) for view in sorted(group, key=lambda view: view.seen_at)]
    return lines


def _item(view: AlertView, tz: tzinfo) -> Line:
    """`14:02 headline (outlet, 3 outlets)`, or what changed."""
    at = view.seen_at.astimezone(tz)
    changes = "; ".join(change_text(change) for change in view.changes[:3])
    told = clip(plain(view.entry.title), HEADLINE // 2) or view.entry.id[:NAME]
    also = f" +{len(outlets_of(view)) - 1}" if len(outlets_of(view)) > 1 else ""
    spans = [Span(f"{at:%d.%m. %H:%M} ")]
    if view.kind is AlertKind.DEVELOPMENT and changes:
        spans.append(Span(f"{clip(changes, 2 * NAME)} — ", bold=True))
    spans += [Span(told, link(view.entry.link)), Span(f" ({clip(plain(view.outlet), NAME)}{also})")]
    return Line(Role.ALSO, tuple(spans))
