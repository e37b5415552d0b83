"""OPML 2.0: lists of subscriptions as other readers write and read them. Folders are tags."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from watcher.config.edit import _slug, new_id
from watcher.errors import InputError
from watcher.model import Feed

#: How some readers write addresses of feeds (the URI scheme "feed"): before the whole address, or in place of http.
_FEED_SCHEME = re.compile(r"^(?:feed:(?://)?(?=https?://)|feed(?=://))", re.IGNORECASE)


def import_opml(raw: bytes, taken: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return the feeds of an OPML document as the configuration writes them, each address once; no id is a `taken` one.

    Raises:
        InputError: it is not OPML, or holds an address that is not http or https (the message names it).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"this is not OPML: {error}") from None
    if etree.QName(root).localname.lower() != "opml":
        raise InputError(f"this is not OPML: its root is <{etree.QName(root).localname}>")
    feeds: dict[str, dict[str, Any]] = {}
    for address, title, folders in _outlines(root, ()):
        url = _FEED_SCHEME.sub(lambda found: "http" if found[0].lower() == "feed" else "", address)
        if not re.match(r"https?://[^\s/]", url):
            raise InputError(f"the address {url!r} of {title or 'a feed'} is not http or https")
        feed = feeds.setdefault(url, {"url": url, "title": title, "tags": []})
        feed["tags"] += [tag for tag in map(_slug, folders) if tag and tag not in feed["tags"]]
    ids = set(taken)
    for feed in feeds.values():
        feed["id"] = new_id(feed, ids)
        ids.add(feed["id"])
    return [{key: value for key, value in feed.items() if value} for feed in feeds.values()]


def export_opml(feeds: Iterable[Feed]) -> str:
    """Return the feeds as OPML 2.0; a feed with tags stands in the folder of its first one, all are its categories."""
    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = "watcher"
    folders: dict[str, Any] = {}
    for feed in feeds:
        parent = body
        if feed.tags:
            name = feed.tags[0]
            if name not in folders:
                folders[name] = etree.SubElement(body, "outline", text=name, title=name)
            parent = folders[name]
        attributes = {"type": "rss", "text": feed.outlet, "title": feed.outlet, "xmlUrl": feed.url}
        if len(feed.tags) > 1:
            attributes["category"] = ",".join(f"/{tag}" for tag in feed.tags)
        if feed.language:
            attributes["language"] = feed.language
        etree.SubElement(parent, "outline", attributes)
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return text.decode()


def _outlines(node: Any, folders: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for child in node:
        if not isinstance(child.tag, str):
            continue  # a comment
        if etree.QName(child).localname != "outline":
            yield from _outlines(child, folders)
            continue
        title = " ".join((child.get("title") or child.get("text") or "").split())
        url = (child.get("xmlUrl") or child.get("xmlurl") or "").strip()
        if url:
            categories = tuple(c.strip("/ ") for c in (child.get("category") or "").split(",") if c.strip("/ "))
            yield url, title, (*folders, *categories)
        else:
            yield from _outlines(child, (*folders, title))
