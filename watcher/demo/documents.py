"""What an outlet of the demo publishes, written as RSS 2.0, Atom, RDF (RSS 1.0) or JSON Feed. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

#: Format → content type that its documents are served with.
CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One text of an outlet; its address is its id, `text` is paragraphs, one a line."""

    id: str
    title: str
    text: str
    published_at: datetime

    @property
    def html(self) -> str:
        """The paragraphs as HTML."""
        return "".join(f"<p>{escape(line)}</p>" for line in self.text.splitlines() if line)


@dataclass(frozen=True, slots=True)
class Channel:
    """What the head of a document says."""

    title: str
    home: str
    language: str


def document(form: str, channel: Channel, items: Sequence[Item]) -> bytes:
    """Return the outlet's feed, `items` newest first, in one of the formats of `CONTENT_TYPES`."""
    return _WRITERS[form](channel, items).encode()


# ---------------------------------------------------------------- inside

_XML = '<?xml version="1.0" encoding="utf-8"?>\n'


def _rss(channel: Channel, items: Sequence[Item]) -> str:
    parts = "".join(
        f'<item><title>{escape(i.title)}</title><link>{escape(i.id)}</link><guid isPermaLink="false">{escape(i.id)}'
        f"</guid><pubDate>{format_datetime(i.published_at)}</pubDate><description>{escape(i.html)}</description></item>\n"
        for i in items
    )
    head = f"<title>{escape(channel.title)}</title><link>{channel.home}</link><description/>"
    language = f"<language>{channel.language}</language>"
    return f'{_XML}<rss version="2.0"><channel>{head}{language}\n{parts}</channel></rss>\n'


def _atom(channel: Channel, items: Sequence[Item]) -> str:
    parts = "".join(
        f'<entry><id>{escape(i.id)}</id><title>{escape(i.title)}</title><link href="{escape(i.id)}"/>'
        f"<published>{i.published_at.isoformat()}</published><updated>{i.published_at.isoformat()}</updated>"
        f'<content type="html">{escape(i.html)}</content></entry>\n'
        for i in items
    )
    updated = max(item.published_at for item in items).isoformat()
    head = f'<id>{channel.home}</id><title>{escape(channel.title)}</title><link href="{channel.home}"/>'
    name = f'xmlns="http://www.w3.org/2005/Atom" xml:lang="{channel.language}"'
    return f"{_XML}<feed {name}>{head}<updated>{updated}</updated>\n{parts}</feed>\n"


def _rdf(channel: Channel, items: Sequence[Item]) -> str:
    parts = "".join(
        f'<item rdf:about="{escape(i.id)}"><title>{escape(i.title)}</title><link>{escape(i.id)}</link>'
        f"<dc:date>{i.published_at.isoformat()}</dc:date><description>{escape(i.html)}</description></item>\n"
        for i in items
    )
    listed = "".join(f'<rdf:li rdf:resource="{escape(i.id)}"/>' for i in items)
    names = (
        'xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    head = (
        f'<channel rdf:about="{channel.home}"><title>{escape(channel.title)}</title><link>{channel.home}</link>'
        f"<description/><dc:language>{channel.language}</dc:language>"
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>"
    )
    return f"{_XML}<rdf:RDF {names}>{head}\n{parts}</rdf:RDF>\n"


def _json(channel: Channel, items: Sequence[Item]) -> str:
    listed = [
        {
            "id": i.id,
            "url": i.id,
            "title": i.title,
            "content_html": i.html,
            "date_published": i.published_at.isoformat(),
        }
        for i in items
    ]
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home,
        "language": channel.language,
    }
    return json.dumps(head | {"items": listed}, ensure_ascii=False, indent=1)


_WRITERS: Mapping[str, Callable[[Channel, Sequence[Item]], str]] = {
    "rss": _rss,
    "atom": _atom,
    "rdf": _rdf,
    "json": _json,
}
