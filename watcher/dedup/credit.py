"""Whom a text credits: "Source: Atalayar", "(Reuters) -", "وكالات", "по сообщению РИА". Explicit forms only."""

import re

from watcher.model import Entry
from watcher.text import one_line

#: A name as credit lines write it: up to five words that begin with a capital, or any in scripts without them.
_WORD = r"[A-ZÀ-ÞА-ЯЁІЇЄҐ\u0590-\u06ff][\w.&'’\-]*"
_NAME = rf"(?P<name>{_WORD}(?: (?:of|for|de|al|and|для|по)? ?{_WORD}){{0,4}})"
_SAYS = "(?:по (?:сообщению|данным)|сообщает|со ссылкой на|за повідомленням|повідомляє)(?: агентства| издания)?"
#: Agencies, and names with a word that only outlets have; most agencies are none of news: the UN Refugee Agency.
_OUTLET = (
    r"(?:AFP|AP|Associated Press|Reuters|EFE|DPA|ANSA|TASS|RIA Novosti|Interfax|Xinhua|Anadolu(?: Agency)?|SANA|UPI|BBC"
    r"|CNN|NBC|CBS|ABC|NPR|Axios|Politico|Bloomberg|Al Jazeera|Al Arabiya|Haaretz|Atalayar|Le Monde|El País"
    r"|(?:[A-Z][\w.&’'\-]* ){0,3}(?:News|Times|Post|Journal|Herald|Tribune|Gazette|Guardian|Telegraph|Observer"
    r"|Press Agency)(?: (?:Agency|Network|Service))?)"
)
#: The same in Spanish and in Russian and Ukrainian, where other names in quotation marks are outlets too: ministries,
#: officials and the United Nations say as much.
_SPANISH = (
    r"Europa Press|El Mundo|El Periódico|El Universal|El Nacional|El Tiempo|El Mercurio|El Comercio|El Espectador"
    r"|Infobae|La Nación|La Vanguardia|La Jornada|La República|La Razón|Clarín|Milenio|Reforma|Excélsior|Proceso"
    r"|Telesur|teleSUR|Notimex|Prensa Latina|Página/12"
)
_RUSSIAN = (
    r"(?:РИА|ТАСС|Интерфакс|РБК|Коммерсант|Известия|Ведомости|Медуза|Meduza|Газета\.Ru|Лента\.ру|Би-би-си|Рейтер|Блумберг"
    r"|Укринформ|Укрінформ|УНИАН|УНІАН|Суспільне|Суспильне|Українська правда|Украинская правда|Spiegel|Bild"
    r"|Baza|Mash|SHOT)"
    r"(?:[- ](?:Новости|Україна|Украина))?\b"
)
#: In Russian a name in Latin letters is an outlet's, but for "по данным EMSC", which measures.
_FOREIGN = r"[A-Z][\w.&'’\-]*(?: [A-Z][\w.&'’\-]*){0,3}"
#: What must stand in a text, in small letters, for a form to be looked for; and the form.
_FORMS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (signs, re.compile(form))
    for signs, form in (
        (  # a line of its own, or the end of the text
            ("source", "fuente", "quelle", "fonte", "bron", "источник", "джерело", "kaynak", "مصدر"),
            rf"(?im:^|[.\s(\[])(?i:sources?|fuentes?|quelle|fonte|bron|источник|джерело|kaynak|المصدر|مصدر)\s*[:：]\s*{_NAME}",
        ),
        # "(Reuters) -", "LONDON (Reuters) —", "(AFP)" at the beginning
        (("(",), rf"^\W*(?:[^\n()]{{0,60}})?\({_NAME}\)\s*[-–—:]"),
        (("(",), r"^\W*\((?P<name>AFP|AP|Reuters|EFE|DPA|ANSA|TASS|SANA|ANHA|Xinhua|UPI|PA)\)"),
        (("/",), r"(?:^|\s)/(?P<name>[A-Z][A-Za-z]{2,20})/(?:\s|$)"),
        (
            ("según", "segun"),
            rf"(?i:\b(?:según|segun)(?: (?:informó|el diario|el|la))*) (?P<name>{_OUTLET}|{_SPANISH})(?=[,.;\n]|$)",
        ),
        (("según", "segun"), rf"(?i:\b(?:según|segun)(?: informó)? la agencia) {_NAME}(?=[,.;\n]|$)"),
        (  # officials and witnesses are no outlets: only names that are known as such, or look like it
            ("according to", "reported by"),
            rf"(?i:\b(?:according to|(?:first )?reported by)(?: the)?) (?P<name>{_OUTLET})(?=[,.;:\n]|$)",
        ),
        (("selon",), r"(?i:\bselon(?: l'agence)?) (?P<name>AFP|Reuters|EFE|l'AFP)\b"),
        (
            ("сообщ", "данным", "ссылкой", "повідом"),
            rf"(?i:\b{_SAYS}) (?:«(?P<name>[^»\n]{{2,40}})»|(?P<known>{_RUSSIAN}|(?<!данным ){_FOREIGN}|{_OUTLET}\b))",
        ),
        (
            ("نقل",),
            r"(?:نقلا|نقلاً) عن (?:وكالة |صحيفة |موقع )?(?P<name>[\u0621-\u064a]+(?: [\u0621-\u064a]+)?)",
        ),
        (
            ("وكالات", "رويترز", "الأناضول", "سانا", "فرانس برس"),
            r"^\W*(?:[\u0621-\u064a]+ ?[-–—:،] ?)?(?P<name>وكالات|رويترز|الأناضول|سانا|فرانس برس)\s*[-–—:]",
        ),
        (
            ("published",),
            rf"(?i:\b(?:originally published (?:by|in|on)|republished from|first published (?:by|in|on))) {_NAME}",
        ),
    )
)
#: Letters of the signs that are not Latin; and the forms as far as their signs may stand in a text without such.
_OTHER_SCRIPT = re.compile(r"[\u0400-\u06ff]")
_LATIN_FORMS = tuple(
    (latin, form)
    for signs, form in _FORMS
    if (latin := tuple(sign for sign in signs if not _OTHER_SCRIPT.search(sign)))
)
_SIGNS = frozenset(sign for signs, _ in _FORMS for sign in signs)
_LATIN_SIGNS = frozenset(sign for signs, _ in _LATIN_FORMS for sign in signs)
#: Credits stand at the beginning or at the end.
_HEAD, _TAIL = 300, 300


def credit_of(entry: Entry) -> str | None:
    """Return the outlet that an entry credits: its `source` element, else an explicit form in its text."""
    if entry.source is not None and entry.source.title:
        return entry.source.title
    body = entry.content if len(entry.content) > len(entry.summary) else entry.summary
    parts = (body[:_HEAD], body[-_TAIL:] if len(body) > _HEAD else "", entry.title)
    if not _may_credit("\n".join(parts).lower()):
        return None
    for part in parts:
        if part and (name := _credited(part)):
            return name
    return None


def _may_credit(small: str) -> bool:
    """Say whether a text in small letters has a sign of any form."""
    for sign in _LATIN_SIGNS if small.isascii() else _SIGNS:  # noqa: SIM110  `any` takes twice the time
        if sign in small:
            return True
    return False


def _credited(part: str) -> str | None:
    """The outlet that a part of a text names by the first form that is found there."""
    small = part.lower()
    latin = part.isascii() or not _OTHER_SCRIPT.search(small)
    for signs, form in _LATIN_FORMS if latin else _FORMS:
        for sign in signs:
            if sign in small:
                if found := form.search(part):
                    return one_line(found["name"] or found["known"]).rstrip(".,;:")
                break
    return None
