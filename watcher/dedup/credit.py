"""Whom a text credits: "Source: Atalayar", "(Reuters) -", "وكالات", "по сообщению РИА". Explicit forms only."""

import re

from watcher.model import Entry
from watcher.text import one_line

#: A name as credit lines write it: up to five words that begin with a capital, or any in scripts without them.
_WORD = r"[A-ZÀ-ÞА-ЯЁІЇЄҐ\u0590-\u06ff][\w.&'’\-]*"
_NAME = rf"(?P<name>{_WORD}(?: (?:of|for|de|al|and|для|по)? ?{_WORD}){{0,4}})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # A line of its own, or the end of the text.
        rf"(?im:^|[.\s(\[])(?i:sources?|fuentes?|quelle|fonte|bron|источник|джерело|kaynak|المصدر|مصدر)\s*[:：]\s*{_NAME}",
        # "(Reuters) -", "LONDON (Reuters) —", "(AFP)" at the beginning
        rf"^\W*(?:[^\n()]{{0,60}})?\({_NAME}\)\s*[-–—:]",
        r"^\W*\((?P<name>AFP|AP|Reuters|EFE|DPA|ANSA|TASS|SANA|ANHA|Xinhua|UPI|PA)\)",
        r"(?:^|\s)/(?P<name>[A-Z][A-Za-z]{2,20})/(?:\s|$)",
        rf"(?i:\b(?:según|segun)(?: (?:informó|la agencia|el|la))?) {_NAME}(?=[,.;\n]|$)",
        (
            r"(?i:\b(?:по сообщению|по данным|сообщает|со ссылкой на|за повідомленням|повідомляє)"
            rf"(?: агентства| издания)?) «?{_NAME}"
        ),
        r"(?:نقلا|نقلاً) عن (?:وكالة |صحيفة |موقع )?(?P<name>[\u0621-\u064a]+(?: [\u0621-\u064a]+)?)",
        r"^\W*(?:[\u0621-\u064a]+ ?[-–—:،] ?)?(?P<name>وكالات|رويترز|الأناضول|سانا|فرانس برس)\s*[-–—:]",
        rf"(?i:\b(?:originally published (?:by|in|on)|republished from|first published (?:by|in|on))) {_NAME}",
    )
)
#: Credits stand at the beginning or at the end.
_HEAD, _TAIL = 300, 300


def credit_of(entry: Entry) -> str | None:
    """Return the outlet that an entry credits: its `source` element, else an explicit form in its text."""
    if entry.source is not None and entry.source.title:
        return entry.source.title
    body = entry.content if len(entry.content) > len(entry.summary) else entry.summary
    for part in (body[:_HEAD], body[-_TAIL:] if len(body) > _HEAD else "", entry.title):
        for form in _FORMS:
            if part and (found := form.search(part)):
                return one_line(found["name"]).rstrip(".,;:")
    return None
