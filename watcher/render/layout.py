"""What a reader sees, line by line: severity, rule, headline, place, first source, text with the evidence, "also"."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from watcher.model import Action, AlertKind, AlertView, Change, Entry, Evidence, Place, StoryMember
from watcher.render.fit import clip, units
from watcher.render.lines import Line, Role, Span
from watcher.render.sentences import say
from watcher.render.style import Format, Style
from watcher.render.words import KIND_MARKS, MARKS, fact, word

#: Bounds, in characters, that keep every message readable on a phone and below every service's limit.
RULE_TITLE, HEADLINE, NAME, ALARM = 120, 400, 80, 2500
#: Members of a story and places that are named; the rest is counted.
MEMBERS, PLACES, TERMS, CHANGES = 8, 3, 8, 12
#: A place is named to readers from this confidence on.
SURE = 0.5
#: Marked spans of one text: Telegram ignores what is beyond 100 entities of a message.
MARKED = 20
#: Longer addresses are refused or cut by services.
HREF = 2000
#: A publisher's date is shown beside ours when it is this much earlier.
LATE = timedelta(hours=1)

#: Direction overrides and isolates of a feed would turn the text around them; marks (LRM, RLM, ALM) stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff\u2028\u2029]"
)


def lay_out(view: AlertView, style: Style, action: Action, tz: tzinfo) -> tuple[Line, ...]:
    """Return the lines of a message, the most important first."""
    lines = [Line(Role.HEAD, (Span(_title(view, style, action), bold=True),), view.severity)]
    if view.kind is AlertKind.ALARM:
        return (*lines, Line(Role.HEADLINE, (Span(clip(plain(_alarm(view, style, tz), lines=True), ALARM)),)))
    say = _Say(view, style, tz)
    if action is Action.EDIT and not style.edits_in_place:
        return (*lines, *say.changes(), *say.also(), *say.source())
    lines += say.changes()
    lines += say.headline()
    lines += say.where()
    lines += say.source()
    lines += say.excerpt()
    lines += say.also()
    lines += say.matched()
    return tuple(lines)


def subject(view: AlertView, style: Style, action: Action, tz: tzinfo) -> str:
    """One line that says it all, for a mail's subject or a notification's title."""
    what = _alarm(view, style, tz) if view.kind is AlertKind.ALARM else view.entry.title
    changes = "; ".join(change_text(change, style.language) for change in view.changes[:3])
    parts = [_title(view, style, action), *([changes] if changes else []), plain(what)]
    return clip(": ".join(part for part in parts if part), 200)


def plain(text: str, *, lines: bool = False) -> str:
    """Text of a feed as it may be shown: on one line unless `lines`, without what controls terminals or direction."""
    if lines:
        return "\n".join(filter(None, (plain(line) for line in text.splitlines())))
    return " ".join(_UNSEEN.sub("", text.replace("\u2028", " ").replace("\u2029", " ")).split())


def first_member(view: AlertView) -> tuple[str, datetime]:
    """Return the outlet that had the story first, and when we saw it there."""
    first = _first_elsewhere(view)
    return (first.outlet, first.seen_at) if first else (view.outlet, view.seen_at)


def _first_elsewhere(view: AlertView) -> StoryMember | None:
    """Return the entry that had the story first, unless it is the view's own."""
    first = min(view.also, key=lambda member: member.seen_at, default=None)
    return first if first is not None and first.seen_at < view.seen_at else None


def outlets_of(view: AlertView) -> tuple[str, ...]:
    """Return the outlets that published the story, each once, the first one first."""
    seen = sorted([(view.seen_at, view.outlet), *((m.seen_at, m.outlet) for m in view.also)], key=lambda pair: pair[0])
    return tuple(dict.fromkeys(outlet for _, outlet in seen))


def crediting(view: AlertView, first: str) -> tuple[str, ...]:
    """Return the other outlets that credit the first one: copies that say so."""
    said = [(view.outlet, view.credits), *((member.outlet, member.credits) for member in view.also)]
    return tuple(dict.fromkeys(o for o, c in said if c is not None and o != first and c.casefold() == first.casefold()))


def link(url: str | None) -> str | None:
    """The address if a reader may safely follow it: http or https, and of a length that services accept."""
    if url is None or len(url) > HREF or not re.match(r"(?i)https?://[^\s/]", url) or _UNSEEN.search(url):
        return None
    return "".join(url.split())


# ---------------------------------------------------------------- the lines


def _title(view: AlertView, style: Style, action: Action) -> str:
    """The mark, what kind of message it is unless it is (or takes the place of) the first one, and the rule's title."""
    mark = KIND_MARKS.get(view.kind, MARKS[view.severity])
    changed_in_place = action is Action.EDIT and style.edits_in_place and view.kind is AlertKind.REPUBLICATION
    told = view.kind in (AlertKind.DEVELOPMENT, AlertKind.REPUBLICATION) and not changed_in_place
    prefix = f"{word(style.language, view.kind)}: " if told else ""
    return f"{mark} {prefix}{clip(plain(view.rule_title), RULE_TITLE)}"


def _alarm(view: AlertView, style: Style, tz: tzinfo) -> str:
    """The sentence of an alarm in the reader's language, or as it was stored."""
    return say(style.language, view.said, tz) if view.said else view.text


def change_text(change: Change, language: str = "en") -> str:
    """`killed: 12 → 15`."""
    what, before, after = (fact(language, plain(str(one))) for one in (change.what, change.before, change.after))
    return f"{what}: {before} → {after}"


class _Say:
    """The lines about one entry and its story."""

    def __init__(self, view: AlertView, style: Style, tz: tzinfo) -> None:
        self.view, self.style, self.tz = view, style, tz
        self._shown: set[Evidence] = set()
        self._text = style.format in (Format.TEXT, Format.JSON)

    def changes(self) -> Iterator[Line]:
        """Who did not answer it; `killed: 12 → 15`, one for each fact that changed."""
        if self.view.escalated_from:
            told = word(self.style.language, "escalated", what=self.view.escalated_from)
            yield Line(Role.CHANGE, (Span(f"⏫ {told}", bold=True),))
        for change in self.view.changes[:CHANGES]:
            yield Line(Role.CHANGE, (Span(clip(change_text(change, self.style.language), 2 * NAME), bold=True),))

    def headline(self) -> Iterator[Line]:
        """The title as a link; the address below it where text cannot hold a link."""
        entry = self.view.entry
        href = link(entry.link)
        marked = self._marked("title", entry.title, 0, len(entry.title))
        spans = _clip_spans((replace(span, href=href) for span in marked), HEADLINE)
        if not spans:
            spans = (Span(href or entry.id[:NAME], href),)
        yield Line(Role.HEADLINE, spans)
        if href:
            yield Line(Role.LINK, (Span(href, href),))

    def where(self) -> Iterator[Line]:
        """The places that the text names, the surest first."""
        sure = sorted((p for p in self.view.places if p.confidence >= SURE), key=lambda place: -place.confidence)
        names = list(dict.fromkeys(_place(place) for place in sure))
        if names:
            more = [_more(self.style, len(names) - PLACES)] if len(names) > PLACES else []
            yield Line(Role.WHERE, (Span("📍 " + "; ".join(names[:PLACES] + more)),))

    def source(self) -> Iterator[Line]:
        """Whose text this is; who had the story first and when; how many have it now, how many credit the first."""
        view, language = self.view, self.style.language
        outlet, at = first_member(view)
        if outlet != view.outlet:
            yield Line(Role.SOURCE, (Span(f"{_name(view.outlet)}, {self._time(view.seen_at)}"),))
        first, elsewhere = clip(plain(outlet), NAME), _first_elsewhere(view)
        told = word(language, "first_seen", time=self._time(at), outlet=first)
        parts = []
        published = view.entry.published_at
        if published is not None and outlet == view.outlet and at - published > LATE:
            parts.append(word(language, "published", time=self._time(published)))
        outlets = outlets_of(view)
        if len(outlets) > 1:
            parts.append(word(language, "outlets", n=len(outlets)))
        if credit := crediting(view, outlet):
            parts.append(word(language, "credit" if len(credit) > 1 else "credit_one", n=len(credit), outlet=first))
        more = (Span("".join(f", {part}" for part in parts)),) if parts else ()
        yield Line(Role.SOURCE, (Span(told, link(elsewhere.link) if elsewhere else None), *more))
        if view.credits and view.credits.casefold() != outlet.casefold():
            told = f"{clip(plain(view.outlet), NAME)}: " + word(language, "credits", outlet=_name(view.credits))
            yield Line(Role.SOURCE, (Span(told),))

    def excerpt(self) -> Iterator[Line]:
        """The text around the first evidence, or its beginning."""
        if not self.style.excerpt:
            return
        field, text, start = _window(self.view.entry, self.view.evidence, self.style.excerpt)
        if not text.strip() or plain(text) == plain(self.view.entry.title):
            return
        # A little more than is shown, so that the cut is made at a word and seen.
        marked = self._marked(field, text, start, min(len(text), start + self.style.excerpt + NAME))
        spans = _clip_spans(marked, self.style.excerpt)
        if spans:
            lead = (Span("… "),) if start else ()
            yield Line(Role.EXCERPT, (*lead, *spans))

    def also(self) -> Iterator[Line]:
        """The other members of the story, but for the first one: the source line names that."""
        view, first = self.view, _first_elsewhere(self.view)
        members = [m for m in view.also if m != first and (m.outlet, m.link) != (view.outlet, view.entry.link)]
        for member in members[:MEMBERS]:
            yield Line(Role.ALSO, tuple(self._member(member)))
        if len(members) > MEMBERS:
            yield Line(Role.ALSO, (Span(_more(self.style, len(members) - MEMBERS)),))

    def matched(self) -> Iterator[Line]:
        """The evidence that is not highlighted above: facts, words elsewhere, names that are only alike."""
        hidden = (e for e in self.view.evidence if self._text or e.is_fuzzy or e not in self._shown)
        named = {(place.field, place.start, place.end) for place in self.view.places if place.confidence >= SURE}
        # Places have a line of their own, which does not say of a name that it is only alike.
        hidden = (e for e in hidden if e.is_fuzzy or (e.field, e.start, e.end) not in named)
        told_of = (f"{e.text} (≈ {e.term})" if e.is_fuzzy else e.text or e.term for e in hidden)
        terms = list(dict.fromkeys(clip(plain(text), NAME) for text in told_of if text.strip()))
        if terms:
            more = [_more(self.style, len(terms) - TERMS)] if len(terms) > TERMS else []
            told = f"{word(self.style.language, 'matched')}: {'; '.join(terms[:TERMS] + more)}"
            yield Line(Role.MATCHED, (Span(told),))

    # ------------------------------------------------------------ pieces

    def _marked(self, field: str, text: str, start: int, end: int) -> Iterator[Span]:
        """Cut a text at its evidence; spans that overlap become one."""
        hits = sorted(
            (
                e
                for e in self.view.evidence
                if e.field == field and e.start < e.end and start <= e.start and e.end <= end
            ),
            key=lambda e: (e.start, -e.end),
        )[:MARKED]
        self._shown.update(hits)
        at = start
        for begin, stop in _merged(hits):
            yield Span(text[at:begin])
            yield Span(text[begin:stop], mark=True)
            at = stop
        yield Span(text[at:end])

    def _member(self, member: StoryMember) -> Iterator[Span]:
        language = self.style.language
        yield Span(f"{word(language, 'also')}: ")
        yield Span(_name(member.outlet), link(member.link))
        if member.credits:
            yield Span(f" ({word(language, 'credits', outlet=_name(member.credits))})")
        yield Span(f", {self._time(member.seen_at)}")
        if member.changes:
            changes = "; ".join(change_text(change, language) for change in member.changes[:3])
            yield Span(", " + clip(changes, NAME))

    def _time(self, at: datetime) -> str:
        """The reader's clock; the day only if it is not that of the first time shown."""
        local, base = at.astimezone(self.tz), first_member(self.view)[1]
        if at != base and local.date() == base.astimezone(self.tz).date():
            return f"{local:%H:%M}"
        return f"{local:%Y-%m-%d %H:%M %Z}"


def _merged(hits: Iterable[Evidence]) -> list[tuple[int, int]]:
    """Sorted spans, those that overlap made one."""
    merged: list[tuple[int, int]] = []
    for e in hits:
        if merged and e.start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], e.end)
        else:
            merged.append((e.start, e.end))
    return merged


def _name(text: str) -> str:
    return clip(plain(text), NAME)


def _more(style: Style, count: int) -> str:
    return word(style.language, "more", n=count)


def _place(place: Place) -> str:
    code = place.admin1 or place.country
    return f"{_name(place.name)} ({code})" if code else _name(place.name)


def _window(entry: Entry, evidence: Iterable[Evidence], size: int) -> tuple[str, str, int]:
    """Choose the field and the offset that the excerpt begins at."""
    fields = {"summary": entry.summary, "content": entry.content}
    for e in evidence:
        text = fields.get(e.field, "")
        if e.start < e.end <= len(text):
            if e.end <= size:
                return e.field, text, 0
            start = max(0, e.start - size // 3)
            space = text.find(" ", start, e.start)
            return e.field, text, start if space < 0 else space + 1
    field = "summary" if entry.summary.strip() else "content"
    return field, fields[field], 0


def _clip_spans(spans: Iterable[Span], size: int) -> tuple[Span, ...]:
    """Clean the spans of a feed's text and cut them to a size, with an ellipsis if anything is left out."""
    kept: list[Span] = []
    left, gap = size, False
    for span in spans:
        text = plain(span.text)
        gap = bool(kept) and (gap or span.text[:1].isspace())
        if not text:
            gap = gap or (bool(kept) and span.text != "")
            continue
        if gap and left > 0:
            kept.append(replace(span, text=" ", mark=False))
            left -= 1
        if left <= 0:
            kept.append(Span("…"))
            break
        cut = clip(text, left)
        kept.append(replace(span, text=cut))
        left -= units(cut)
        if cut != text:
            break
        gap = span.text[-1:].isspace()
    return tuple(span for span in kept if span.text)
