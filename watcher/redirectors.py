"""Addresses that lead somewhere else: whose they are, and which of them name their target themselves."""

import base64
import binascii
import re
from urllib.parse import parse_qs, unquote, urlsplit

from watcher.links import host

#: Who counts clicks and has the page's address as a parameter: host → path (any, where it is empty), and names of
#: the parameter.
_WITH_TARGET = {
    "news.google.com": ("/news/url", ("url",)),
    "www.bing.com": ("/news/apiclick.aspx", ("url",)),
    "l.facebook.com": ("/l.php", ("u",)),
    "lm.facebook.com": ("/l.php", ("u",)),
    "l.instagram.com": ("/", ("u",)),
    "www.youtube.com": ("/redirect", ("q",)),
    "vk.com": ("/away.php", ("to",)),
    "out.reddit.com": ("", ("url",)),
    "t.umblr.com": ("/redirect", ("z",)),
    "duckduckgo.com": ("/l/", ("uddg",)),
}
#: Google's, which Alerts uses, is at home in each country; Outlook's has a host for each region.
_GOOGLE, _OF_GOOGLE = re.compile(r"www\.google\.(?:com?\.)?[a-z]{2,3}"), ("/url", ("url", "q"))
_OUTLOOK, _OF_OUTLOOK = ".safelinks.protection.outlook.com", ("/", ("url",))
_YAHOO = re.compile(r"https?://r\.search\.yahoo\.com/.*?/RU=([^/]+)/")
#: Who tells only those that ask: shorteners, and services that count the readers of outlets' feeds.
_ASKED = frozenset(
    """t.co bit.ly j.mp bitly.com ow.ly buff.ly dlvr.it ift.tt trib.al tinyurl.com is.gd v.gd lnkd.in fb.me flip.it
    wp.me tiny.cc cutt.ly rebrand.ly t.ly clck.ru vk.cc reut.rs bbc.in nyti.ms wapo.st cnn.it aje.io aje.me u.afp.com
    feedproxy.google.com feeds.feedburner.com rss.feedsportal.com news.google.com""".split()
)
_GOOGLE_NEWS = re.compile(r"https?://news\.google\.com/(?:rss/|__i/rss/rd/)?articles/([\w-]{20,3000})")
#: What older articles of Google News are named by: Protocol Buffers, field 1 is 19, field 4 the address.
_ARTICLE = b"\x08\x13\x22"


def is_asked(name: str) -> bool:
    """Say whether addresses of a host lead elsewhere, and say where only when they are asked for."""
    return name in _ASKED


def target_in(url: str) -> str | None:
    """Return the page's address where it stands in a redirector's own; None for every other address."""
    name = host(url)
    if name == "news.google.com" and (found := _GOOGLE_NEWS.match(url)):
        return _article(found[1])
    if name == "r.search.yahoo.com":
        found = _YAHOO.match(url)
        return _page(unquote(found[1])) if found else None
    path, parameters = _WITH_TARGET.get(name) or _of_many(name)
    parts = urlsplit(url) if parameters else None
    if parts is None or (path and parts.path.lower() != path):
        return None
    said = parse_qs(parts.query)
    return next((page for wanted in parameters for value in said.get(wanted, ()) if (page := _page(value))), None)


def _of_many(name: str) -> tuple[str, tuple[str, ...]]:
    if _GOOGLE.fullmatch(name):
        return _OF_GOOGLE
    return _OF_OUTLOOK if name.endswith(_OUTLOOK) else ("", ())


def _article(name: str) -> str | None:
    """Return the address inside of a Google News id; ids since 2024 hold none."""
    try:
        raw = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
    except (binascii.Error, ValueError):
        return None
    if not raw.startswith(_ARTICLE):
        return None
    at, size, shift = len(_ARTICLE), 0, 0
    for byte in raw[at : at + 3]:
        at, size, shift = at + 1, size | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:
            break
    return _page(raw[at : at + size].decode("utf-8", "replace"))


def _page(value: str) -> str | None:
    """Return an address that can be a page's: of http, and with more than a host."""
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return None
    plain = not re.search(r"[\x00-\x20\ufffd]", value.strip())
    return value.strip() if parts.scheme in ("http", "https") and parts.hostname and plain else None
