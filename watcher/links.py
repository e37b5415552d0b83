"""Addresses of pages: what of them names the page, and what only says how the reader came there."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

#: Parameters that name no page: those that Firefox strips (its query stripping list), the usual ones of mail and
#: advertising, and those that newsrooms add to the links of their feeds (at_ and ocid of the BBC, cmpid, rss).
_TRACKING = re.compile(
    r"(?i)(?:utm_.*|at_(?:medium|campaign|campaign_type|custom\d|link_\w+|ptr_\w+|bbc_team|format|creation)(?:=.*)?"
    r"|(?:rss|fbclid|gclid|gclsrc|dclid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|_openstat|__s"
    r"|oly_anon_id|oly_enc_id|vero_id|wickedid|_hsenc|_hsmi|mkt_tok|ml_subscriber|ml_subscriber_hash|s_cid|cmpid|ocid"
    r"|ns_campaign|ns_mchannel|ns_source|traffic_source)(?:=.*)?)"
)
_MOBILE = re.compile(r"^(?:www|m|amp|mobile|feeds|rss)\.")


def without_tracking(url: str) -> str:
    """Return an address without the parameters that only tell where its reader came from."""
    address, hash_, fragment = url.partition("#")
    page, mark, query = address.partition("?")
    if not mark:
        return url
    kept = "&".join(pair for pair in query.split("&") if not _TRACKING.fullmatch(pair))
    return page + (f"?{kept}" if kept else "") + hash_ + fragment


def host(url: str) -> str:
    """Return an address's host in small letters; "" where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def site(url: str) -> str:
    """Return the host without what only says how it is read: `www.`, `m.`, `amp.`."""
    return _site(host(url))


def without_login(url: str) -> str:
    """Return an address without user name and password."""
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return url


def shown(url: str) -> str:
    """Return an address as sentences and pages may name it: user, password and parameters can be secrets."""
    page, mark, _ = without_login(url).partition("?")
    return page + ("?…" if mark else "")


def host_and_path(url: str) -> tuple[str, str]:
    """Return host and path with query of the page: no scheme, `www.` or `m.`, tracking, fragment or last slash."""
    page = without_tracking(url.split("#", 1)[0])
    name, slash, path = page.rpartition("://")[2].partition("/")
    return _site(name), (slash + path).rstrip("/")


def canonical(url: str) -> str:
    """Return what two addresses of one page have in common, as host and path."""
    return "".join(host_and_path(url.strip()))


@lru_cache(maxsize=10_000)
def _site(name: str) -> str:
    return _MOBILE.sub("", name.lower())
