"""What an answer's status and headers say, read with mistrust."""

import re
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import urljoin

import httpx

from watcher.fetch.failures import Refused, quoted
from watcher.model import Certificate, FetchFailure, Hub

#: Statuses that carry the feed: 203 is a proxy's copy of a 200 (RFC 9110 §15.3.4).
WHOLE = (200, 203)
REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)
#: Redirects that a POST follows as it is (RFC 9110 §15.4).
SAME_METHOD = (307, 308)
#: Longer times are meant as "for ever"; this keeps arithmetic within bounds.
_LONGEST_S = 10 * 365 * 86_400
_VALIDATOR_BYTES = 4096


#: So much of a page is looked at.
WALL_BYTES = 65_536
#: Marks of challenges, by who sends them; the last is for others, who all say the same in the title. Cloudflare's
#: /cdn-cgi/challenge-platform/ is no mark: it stands in ordinary pages of its customers too.
_WALLS = tuple(
    (name, re.compile(mark, re.IGNORECASE))
    for name, mark in (
        ("Cloudflare", rb"_cf_chl_opt|<title>Attention Required! \| Cloudflare"),
        ("Imperva", rb"_Incapsula_Resource"),
        ("DataDome", rb"captcha-delivery\.com"),
        ("PerimeterX", rb"id=[\"']px-captcha"),
        ("DDoS-Guard", rb"<title>DDoS-Guard|check\.ddos-guard\.net"),
        ("Sucuri", rb"sucuri_cloudproxy_js"),
        ("Anubis", rb"id=[\"']anubis_challenge|/\.within\.website/x/cmd/anubis/"),
        ("a bot wall", (rb"<title>[^<]{0,40}(?:just a moment|checking your browser|verify(?:ing)? you are human"
                       rb"|not a (?:ro)?bot|are you a (?:ro)?bot|(?:human|bot) verification|security check)")),
    )
)  # fmt: skip


def raw_header(headers: httpx.Headers, name: str) -> str | None:
    """Return a header byte for byte, as Latin-1; the first if it stands several times."""
    wanted = name.encode()
    for key, value in headers.raw:
        if key.lower() == wanted:
            return value.decode("latin-1")
    return None


def validator(headers: httpx.Headers, name: str) -> str | None:
    """Return ETag or Last-Modified exactly as received (RFC 9110 §8.8); None for an absurdly long one."""
    value = raw_header(headers, name)
    return value if value and len(value) <= _VALIDATOR_BYTES else None


def status_failure(response: httpx.Response, now: datetime, page: bytes = b"") -> Refused:
    """Say what a status that brings no feed means; `page` is what it brings instead, if it may be a bot wall's."""
    status, wait = response.status_code, retry_after(response.headers, now)
    said = f"the server says {status} {quoted(response.reason_phrase)}".rstrip()
    if wall := _bot_wall(response) or _wall_in(page):
        return Refused(
            FetchFailure.BOT_WALL, f"{said}: {wall} asks for a browser instead of giving the feed", status, wait
        )
    if status in (429, 503):
        return Refused(FetchFailure.RATE_LIMITED, said, status, wait)
    if status in REDIRECTS:
        return Refused(FetchFailure.REDIRECTS, f"{said}, but not where to", status, wait)
    if status == 304:
        return Refused(FetchFailure.HTTP_STATUS, f"{said}, though nothing was sent to compare with", status, wait)
    return Refused(FetchFailure.GONE if status == 410 else FetchFailure.HTTP_STATUS, said, status, wait)


def _bot_wall(response: httpx.Response) -> str:
    """Name who stands before the feed: challenges mark themselves in headers."""
    headers = response.headers
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return "Cloudflare"
    if headers.get("x-amzn-waf-action", "").lower() in ("challenge", "captcha"):
        return "AWS WAF"
    if "x-datadome" in headers and response.status_code in (401, 403):
        return "DataDome"
    if "sgcaptcha" in headers.get("sg-captcha", "") or headers.get("sg-captcha", "").lower() == "challenge":
        return "SiteGround"
    return ""


def may_be_wall(response: httpx.Response) -> bool:
    """Say whether an answer's page is worth a look: it is one, in place of the feed."""
    return response.status_code in (401, 403, 429, 503) and "html" in response.headers.get("content-type", "").lower()


def _wall_in(page: bytes) -> str:
    """Name who stands before the feed, by a page that asks for a browser or a person; "" for every other page."""
    return next((name for name, mark in _WALLS if mark.search(page, 0, WALL_BYTES)), "")


def retry_after(headers: httpx.Headers, now: datetime) -> timedelta | None:
    """Return `Retry-After` (RFC 9110 §10.2.3), either form."""
    return _seconds_or_date(headers.get("retry-after", ""), now)


def fresh_for(headers: httpx.Headers, now: datetime) -> timedelta | None:
    """Return how long the response may be kept (RFC 9111 §4.2): `max-age` less `Age`, or else `Expires`."""
    directives = [part.strip() for part in headers.get("cache-control", "").lower().split(",")]
    if "no-store" in directives or "no-cache" in directives:
        return None
    for part in directives:
        name, _, value = part.partition("=")
        if name == "max-age" and (seconds := _seconds(value.strip('" '))) is not None:
            return max(timedelta(), seconds - (_seconds(headers.get("age", "")) or timedelta()))
    # The server's own clock counts, if it shows it: its Expires is relative to its Date.
    date = _date(headers.get("date", ""))
    expires = _date(headers.get("expires", ""))
    return max(timedelta(), expires - (date or now)) if expires else None


def _seconds_or_date(value: str, now: datetime) -> timedelta | None:
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    at = _date(value)
    return max(timedelta(), at - now) if at else None


def _seconds(value: str) -> timedelta | None:
    value = value.strip()
    if not (value.isascii() and value.isdecimal()):
        return None
    return timedelta(seconds=min(int(value), _LONGEST_S) if len(value) < 20 else _LONGEST_S)


def _date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


#: One link of a header `Link` (RFC 8288 §3), with its parameters.
_LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]{0,500}\"|[^\s\",;]{1,500}))*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)


def hub(headers: httpx.Headers, url: str) -> Hub | None:
    """Return the WebSub hub that the header names, and the feed's address for it, by default `url`."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(headers.get("link", "")[:10_000]):
        rel = _REL.search(parameters)
        for name in (rel[1] or rel[2] or "").lower().split() if rel else ():
            with suppress(ValueError):
                found.setdefault(name, urljoin(url, target))
    return Hub(found["hub"], found.get("self", url)) if "hub" in found else None


def certificate(response: httpx.Response) -> Certificate | None:
    """Return from when until when the server's certificate holds; None without TLS or where it does not say."""
    stream = response.extensions.get("network_stream")
    session = stream.get_extra_info("ssl_object") if stream else None
    said = session.getpeercert() if session else None
    if not said or "notBefore" not in said or "notAfter" not in said:
        return None
    return _holding(str(said["notBefore"]), str(said["notAfter"]))


@lru_cache(maxsize=1000)
def _holding(*times: str) -> Certificate:
    begins, ends = (datetime.fromtimestamp(ssl.cert_time_to_seconds(time), UTC) for time in times)
    return Certificate(begins, ends)
