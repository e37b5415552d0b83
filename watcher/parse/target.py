"""The target of a redirector's page: what it says in its head, read without a parser of HTML."""

import html
import re
from urllib.parse import urljoin

from watcher.links import host
from watcher.parse.identity import LINK_CHARS, storable
from watcher.redirectors import is_asked

#: Bytes that are looked at.
_HEAD = 300_000
_TAG = re.compile(r"<(?:meta|link)\b([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w:-])([\w:-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_REFRESH = re.compile(r"[\s\d.;,]*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)


def target_on(body: bytes, url: str) -> str | None:
    """Return the address elsewhere that a page sends its readers on to, or calls its own; None if it says none.

    Takes time in proportion to the body. Never raises.
    """
    named: dict[str, str] = {}
    for tag in _TAG.finditer(body[:_HEAD].decode("utf-8", "replace")):
        said = {a[1].lower(): html.unescape(a[2] or a[3] or a[4] or "") for a in _ATTRIBUTE.finditer(tag[1])}
        if said.get("http-equiv", "").lower() == "refresh" and (to := _REFRESH.match(said.get("content", ""))):
            named.setdefault("refresh", to[1])
        elif said.get("rel", "").lower() == "canonical":
            named.setdefault("canonical", said.get("href", ""))
        elif said.get("property", "").lower() == "og:url":
            named.setdefault("og:url", said.get("content", ""))
    found = (_elsewhere(named.get(way), url) for way in ("refresh", "canonical", "og:url"))
    return next(filter(None, found), None)


def _elsewhere(address: str | None, url: str) -> str | None:
    """Return an address that is a page of somebody else: no front page, and no redirector's."""
    try:
        found = urljoin(url, storable(address)) if address else ""
        page = found.partition("://")[2].partition("/")[2]
    except ValueError:
        return None
    fit = found.startswith(("http://", "https://")) and page and len(found) <= LINK_CHARS
    return found if fit and host(found) != host(url) and not is_asked(host(found)) else None
