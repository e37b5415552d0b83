"""One element of a feed, named and read as feedparser would; see `plain`."""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from feedparser.html import _cp1252
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin
from feedparser.util import FeedParserDict

from watcher.parse.guard import MAX_ATTRIBUTES

#: Address of a namespace, in small letters → the prefix that feedparser knows it by.
PREFIXES: dict[str, str] = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_AMPERSANDS = re.compile("&([A-Za-z0-9_]+);")
_TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "xhtml": "application/xhtml+xml"}
#: What entries are made of (`xmlfeed`), and the other names that feedparser keeps these under.
USED = frozenset(FeedParserDict.keymap) | {
    "published", "published_parsed", "updated", "updated_parsed", "content", "id", "title", "title_detail", "summary",
    "summary_detail", "link", "links", "author", "authors", "author_detail", "tags", "source", "media_content",
    "cap_severity", "cap_areadesc", "language", "ttl", "sy_updateperiod", "sy_updatefrequency", "image", "textinput",
    "category", "href",
}  # fmt: skip
#: Elements with a handler in feedparser that leaves all of these alone, as long as it holds no other element.
HARMLESS = frozenset({
    "created", "expirationdate", "rights", "copyright", "dc_rights", "dc_publisher", "subtitle", "tagline", "info",
    "generator", "webmaster", "cloud", "dcterms_created", "dcterms_valid", "itunes_subtitle", "itunes_image",
    "itunes_block", "itunes_explicit", "media_thumbnail", "media_credit", "media_rating", "media_restriction",
    "media_license", "media_player", "admin_generatoragent", "admin_errorreportsto", "cc_license", "name", "email",
    "uri", "url", "homepage", "width", "height", "feedburner_browserfriendly",
})  # fmt: skip
#: Elements of an element for people.
OF_PEOPLE = frozenset({"name", "email", "uri", "url", "homepage", "itunes_name", "itunes_email"})
_PLACES = ("georss_", "gml_", "geo_")
#: The authority's own guess whether a text that says it is plain holds HTML.
looks_like_html = _FeedParserMixin.looks_like_html


class Declined(Exception):  # noqa: N818 - named for what happened
    """A document that is feedparser's to read."""


@lru_cache(maxsize=10_000)
def name_of(tag: str, prefix: str | None) -> str:
    """Return the name that feedparser looks a handler up by."""
    uri, _, local = tag[1:].rpartition("}") if tag[:1] == "{" else ("", "", tag)
    known = "" if "backend.userland.com/rss" in uri.lower() else PREFIXES.get(uri.lower(), prefix)
    return f"{known}_{local}".lower() if known else local.lower()


@lru_cache(maxsize=10_000)
def has_handler(name: str) -> bool:
    return any(hasattr(_FeedParserMixin, f"_{when}_{name}") for when in ("start", "end"))


def attributes_of(element: Any) -> dict[str, str]:
    """Return attributes as feedparser names them; those of XML and RDF themselves are asked for elsewhere."""
    found = {}
    if len(element.attrib) > MAX_ATTRIBUTES:
        raise Declined
    for key, value in element.attrib.items():
        if key[0] == "{":
            if not PREFIXES.get(key[1:].partition("}")[0].lower()):
                raise Declined  # the part behind the prefix alone would be its name
            continue
        name = key.lower()
        found[name] = value.lower() if name in ("rel", "type") else value
    return found


def words(element: Any) -> str:
    """Return the text of an element that must hold nothing else."""
    if len(element):
        raise Declined
    return mended((element.text or "").strip())


def mended(text: str) -> str:
    """Read UTF-8 that was taken for Latin-1, and codes of Windows-1252, as they were meant."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_cp1252)


def address(value: str) -> str:
    """Return an address without slashes too many behind its scheme."""
    return _urljoin("", value) if ":///" in value else value


def mapped_type(kind: str) -> str:
    """Return the media type for Atom's short name of one."""
    return _TYPES.get(kind, kind)


def type_of(attributes: Mapping[str, str], usual: str) -> str:
    """Return the type of a text; others than plain text and HTML are feedparser's."""
    kind = mapped_type(attributes.get("type", usual))
    if kind not in ("text/plain", "text/html") or "mode" in attributes:
        raise Declined
    return kind


def language_of(element: Any, attributes: Mapping[str, str], outer: str | None) -> str | None:
    """Return the language of an element; one that is empty ends its parent's."""
    said = element.get(_XML_LANG, attributes.get("lang"))
    return outer if said is None else said or None


def without_children(element: Any) -> None:
    """Decline an element that holds others."""
    if len(element):
        raise Declined


def pass_over(name: str, element: Any) -> None:
    """Pass over what feedparser keeps under a name that nobody asks for."""
    if not name.startswith(_PLACES) and (name in USED or has_handler(name)):
        raise Declined
    for child in element:
        pass_over(name_of(child.tag, child.prefix), child)


def people(element: Any) -> None:
    """Pass over people."""
    if any(name_of(child.tag, child.prefix) not in OF_PEOPLE or len(child) for child in element):
        raise Declined


def identity(element: Any) -> tuple[str, bool]:
    """Return an id, and whether it stands for the link where there is none."""
    is_link = attributes_of(element).get("ispermalink", "true") == "true"
    without_children(element)
    value = (element.text or "").strip()
    return mended(address(value) if is_link else value), is_link


def link(context: dict[str, Any], element: Any, *, entry: bool) -> None:
    """Add a link, and make it the one of its head or entry where that is how feedparser does it."""
    attributes = attributes_of(element)
    attributes.setdefault("rel", "alternate")
    attributes.setdefault("type", "application/atom+xml" if attributes["rel"] == "self" else "text/html")
    if not {"url", "uri"}.isdisjoint(attributes) or attributes.get("href") == "" or len(element):
        raise Declined
    context.setdefault("links", []).append(attributes)
    if "href" in attributes:
        attributes["href"] = address(attributes["href"])
        if attributes["rel"] == "alternate" and mapped_type(attributes["type"]) in _HTML_TYPES:
            context["link"] = attributes["href"]
        return
    value = mended(address((element.text or "").strip()))
    if entry:
        value = value.replace("&amp;", "&")
    context["link"] = value = _AMPERSANDS.sub(r"&\g<1>", value)
    if value or not entry:
        attributes["href"] = value
