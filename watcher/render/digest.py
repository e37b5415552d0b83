"""Alerts that waited, told in one message: grouped by rule, the most serious first, none cut in two."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from watcher.model import AlertKind, AlertView, SuppressReason
from watcher.render.fit import clip, units
from watcher.render.layout import HEADLINE, NAME, RULE_TITLE, SURE, change_text, link, outlets_of, plain
from watcher.render.lines import Line, Role, Span
from watcher.render.style import Format, Style
from watcher.render.words import MARKS, word

#: Room that is kept for the title and the count of what was held back.
_TITLE = 320
#: What reasons are called in the count; what is not here is "other".
_REASONS = {
    SuppressReason.REPUBLICATION_SILENT: "held_repeat", SuppressReason.SAME_OUTLET_REPEAT: "held_repeat",
    SuppressReason.REVISION_WITHOUT_NEWS: "held_repeat", SuppressReason.MERGED_INTO_MESSAGE: "held_repeat",
    SuppressReason.TOLD_IN_DIGEST: "held_repeat", SuppressReason.MESSAGE_UNNAMED: "held_repeat",
    SuppressReason.RECEIVER_CANNOT_EDIT: "held_repeat",
    SuppressReason.SAME_STORY_FOR_RULE: "held_repeat", SuppressReason.INHIBITED: "held_repeat",
    SuppressReason.SILENCED: "held_silence", SuppressReason.MUTED: "held_silence",
    SuppressReason.BELOW_MIN_SEVERITY: "held_severity",
}  # fmt: skip


def lay_out_digest(
    views: Sequence[AlertView], style: Style, tz: tzinfo, heading: str, held: Mapping[SuppressReason, int]
) -> tuple[tuple[Line, ...], int]:
    """Return the lines of a digest, and how many of the alerts it has room for: at least one."""
    told, room, headed = 0, style.limit, set[tuple[str, str]]()
    for view in views:
        need = units(_item(view, style, tz).text) + 1
        if style.format is Format.TEXT:
            need += units(link(view.entry.link) or "") + 1
        if (view.rule, "") not in headed:
            need += RULE_TITLE + 3
        if (view.rule, region := _region(view)) not in headed:
            need += units(region) + 4
        if room is not None:
            if told and need + _TITLE > room:
                break
            room -= need
        headed |= {(view.rule, ""), (view.rule, region)}
        told += 1
    return tuple(_lines(views[:told], style, tz, heading, held)), told


def _lines(
    views: Sequence[AlertView], style: Style, tz: tzinfo, heading: str, held: Mapping[SuppressReason, int]
) -> list[Line]:
    title = f"📋 {word(style.language, heading, n=len(views))}"
    worst = max(views, key=lambda view: view.severity.rank)
    lines = [Line(Role.HEAD, (Span(title, bold=True),), worst.severity)]
    groups: dict[str, list[AlertView]] = {}
    for view in sorted(views, key=lambda view: -view.severity.rank):
        groups.setdefault(view.rule, []).append(view)
    for group in groups.values():
        mark = f"{MARKS[group[0].severity]} {clip(plain(group[0].rule_title), RULE_TITLE)}"
        lines.append(Line(Role.CHANGE, (Span(mark, bold=True),)))
        lines += _by_region(group, style, tz)
    if held:
        lines.append(Line(Role.MATCHED, (Span(_held(held, style.language)),)))
    return lines


def _by_region(group: list[AlertView], style: Style, tz: tzinfo) -> Iterator[Line]:
    """Yield a rule's alerts, those of one region together; those without any come first."""
    regions: dict[str, list[AlertView]] = {}
    for view in sorted(group, key=lambda view: view.seen_at):
        regions.setdefault(_region(view), []).append(view)
    for region in sorted(regions):
        if region:
            yield Line(Role.WHERE, (Span(f"📍 {region}"),))
        for view in regions[region]:
            yield _item(view, style, tz)
            if href := link(view.entry.link):
                yield Line(Role.LINK, (Span(href, href),))


def _region(view: AlertView) -> str:
    """ISO 3166 code of the place that an alert is surest about: the province, else the country; else nothing."""
    sure = [place for place in view.places if place.confidence >= SURE]
    best = max(sure, key=lambda place: place.confidence, default=None)
    return (best.admin1 or best.country or "") if best else ""


def _held(held: Mapping[SuppressReason, int], language: str) -> str:
    """`held back meanwhile: 12 (repeats 9, silenced 3)`."""
    counts: dict[str, int] = {}
    for reason, count in held.items():
        name = _REASONS.get(reason, "held_other")
        counts[name] = counts.get(name, 0) + count
    named = ", ".join(f"{word(language, name)} {count}" for name, count in sorted(counts.items(), key=lambda p: -p[1]))
    return f"{word(language, 'held', n=sum(counts.values()))} ({named})"


def _item(view: AlertView, style: Style, tz: tzinfo) -> Line:
    """`14:02 headline (outlet, 3 outlets)`, or what changed."""
    at = view.seen_at.astimezone(tz)
    changes = "; ".join(change_text(change, style.language) for change in view.changes[:3])
    told = clip(plain(view.entry.title), HEADLINE // 2) or view.entry.id[:NAME]
    also = f" +{len(outlets_of(view)) - 1}" if len(outlets_of(view)) > 1 else ""
    spans = [Span(f"{at:%d.%m. %H:%M} ")]
    if view.kind is AlertKind.DEVELOPMENT and changes:
        spans.append(Span(f"{clip(changes, 2 * NAME)} — ", bold=True))
    spans += [Span(told, link(view.entry.link)), Span(f" ({clip(plain(view.outlet), NAME)}{also})")]
    return Line(Role.ALSO, tuple(spans))
