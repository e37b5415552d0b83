"""What makes entries distinct and storable: ids, absolute links, languages, no character that a database refuses."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from watcher.links import without_tracking
from watcher.model import Enclosure, Entry, IdOrigin, Source

#: Longer ids are replaced by their hash, longer links left out: databases index both.
ID_CHARS = 1000
LINK_CHARS = 2000
#: NUL and lone surrogates are what PostgreSQL and UTF-8 refuse.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: An absolute address that joining it with another leaves as it is.
_ABSOLUTE = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[\w.~!$&'()*+,=:@%/-]*)?(?:\?[\w.~!$&'()*+,=:@%/?-]+)?(?:#[\w.~!$&'()*+,=:@%/?-]+)?"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")


def completed(entry: Entry, feed: str, base: str, lang: str | None) -> Entry:
    """Give an entry its feed, an absolute link, a language, and an id where it has none."""
    link, name = absolute(entry.link, base), storable(entry.id)
    name = name if len(name) <= ID_CHARS else f"hash:{_digest(name)}"
    entry = replace(
        entry, feed=feed, link=link, id=name, lang=language(entry.lang) or lang,
        source=Source(entry.source.title, storable(entry.source.url)) if entry.source else None,
        enclosures=tuple(
            Enclosure(url, storable(e.type), e.length) for e in entry.enclosures if (url := absolute(e.url, base))
        ),
    )  # fmt: skip
    if entry.id:
        return entry
    if link:
        return replace(entry, id=without_tracking(link), id_origin=IdOrigin.LINK)
    text = f"{entry.title}\x1f{entry.summary}\x1f{entry.content}"
    return replace(entry, id=f"hash:{_digest(text)}", id_origin=IdOrigin.HASH)


def distinct(entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Keep entries apart that share an id but not their text; drop only what stands twice word for word.

    Whatever their order, the same entries get the same ids in the next document. An id that is
    shared is completed by the link where the links differ, else by the text.
    """
    kept: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        kept.setdefault((entry.id, entry.content_hash), entry)
    sharing = Counter(e.id for e in kept.values())
    links = Counter((e.id, e.link) for e in kept.values())
    found = [
        e if sharing[e.id] == 1 else _apart(e, by_link=bool(e.link) and links[e.id, e.link] == 1) for e in kept.values()
    ]
    notes = []
    if without := sum(1 for e in kept.values() if e.id_origin is not IdOrigin.ID):
        notes.append(f"{without} entries have no id; their link or text stands for it")
    if shared := sum(n for n in sharing.values() if n > 1):
        notes.append(f"{shared} entries share an id with another; they were kept apart by their link or text")
    return tuple(found), tuple(notes)


def _apart(entry: Entry, *, by_link: bool) -> Entry:
    mark = _digest(entry.link or "")[:16] if by_link else entry.content_hash[:16]
    return replace(entry, id=f"{entry.id}#{mark}", id_origin=IdOrigin.LINK if by_link else IdOrigin.HASH)


def storable(text: str | None) -> str:
    """Return text without characters that a database refuses."""
    return _UNSTORABLE.sub("", text or "").strip()


def absolute(link: str | None, base: str) -> str | None:
    """Return an absolute link, or None for one that cannot be used."""
    link = storable(link)
    if not link:
        return None
    if _ABSOLUTE.fullmatch(link):
        return link if len(link) <= LINK_CHARS else None
    try:
        joined = urljoin(base, link) if base else link
        urlsplit(joined)
    except ValueError:
        return None
    return joined if len(joined) <= LINK_CHARS else None


def language(text: str | None) -> str | None:
    """Return a BCP 47 language, or None for what is none."""
    name = (text or "").strip().replace("_", "-")
    return name if _LANGUAGE.fullmatch(name) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
