"""Who may ask what. Pure ASGI in front of every route, so that no route can be forgotten."""

import hmac
from base64 import b64decode
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Paths that tell a supervisor whether the daemon lives, and nothing else.
OPEN = frozenset({"/healthz", "/readyz"})
#: Largest query in bytes: a text of 2000 letters that take six each, and what goes with it.
MOST_QUERY_BYTES = 16_384
#: Largest headers of a request in bytes; the server itself counts only heads that do not come at once.
MOST_HEAD_BYTES = 16_384
#: Where forms are sent to; nothing is changed elsewhere.
FORMS = "/do/"
#: Where WebSub hubs call, each at an address that cannot be guessed: what comes there is verified or signed.
PUSHED = "/websub/"
#: No script but our own file runs; nothing may be loaded from, framed by or sent to elsewhere.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": a browser would then send forms with the origin "null" (https://fetch.spec.whatwg.org/).
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Door:
    """What the configuration says about who may come in."""

    #: Asked for where there is one: as `Authorization: Bearer …`, or, as browsers and feed readers
    #: ask their user for it, as the password of any name.
    token: str | None = None
    #: Names that the service may be asked for under, beside addresses of this machine.
    hosts: Collection[str] = ()
    #: Whether the page may change anything.
    takes_forms: bool = False
    #: Whether hubs may call.
    takes_pushes: bool = False


def is_loopback(host: str) -> bool:
    """Whether a name or an address, as it stands in an address of the web, is this machine's own."""
    bare = host.strip("[]").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


def refusal(method: str, path: str, headers: Headers, door: Door) -> tuple[int, str] | None:
    """Return the status and the sentence that a request is refused with, or None.

    Without a token the `Host` must be this machine's or a configured one: else a page in the
    user's browser could read from here, by giving its own name this machine's address.
    A form must come from the page itself: browsers say so, and no other site can make them say it.
    """
    if door.takes_pushes and path.startswith(PUSHED) and method in ("GET", "HEAD", "POST"):
        return None
    is_form = method == "POST" and door.takes_forms and path.startswith(FORMS)
    if method not in ("GET", "HEAD") and not is_form:
        return 405, "only GET and HEAD"
    if door.token is None and not _known_host(headers.get("host", ""), door.hosts):
        return 421, "asked for under a name that is not in web.hosts"
    if door.token is not None and path not in OPEN and not _has_token(headers.get("authorization", ""), door.token):
        return (
            401,
            "the token is missing or wrong: Authorization: Bearer TOKEN, or the token as the password of any name",
        )
    if is_form and not _is_own_site(headers, door):
        return 403, "a form must be sent from the page itself: the Origin is missing, or that of another site"
    return None


def _is_own_site(headers: Headers, door: Door) -> bool:
    """Whether a form comes from the page: another port of this machine is another site."""
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origins = headers.getlist("origin")
    scheme, _, place = origins[0].lower().partition("://") if len(origins) == 1 else ("", "", "")
    if scheme not in ("http", "https") or not place:
        return False
    # A proxy may have changed the Host; it has not changed the Origin.
    return place == headers.get("host", "").lower() or place in {one.lower() for one in door.hosts}


def _known_host(value: str, hosts: Collection[str]) -> bool:
    name, colon, port = value.rpartition(":")
    host = name if colon and port.isdecimal() else value
    return is_loopback(host) or host.lower() in {one.lower() for one in hosts}


def _has_token(value: str, token: str) -> bool:
    scheme, _, given = value.partition(" ")
    match scheme.lower():
        case "bearer":
            said = given.strip().encode()
        case "basic":
            try:
                said = b64decode(given.strip(), validate=True).partition(b":")[2]
            except ValueError:
                return False
        case _:
            return False
    return hmac.compare_digest(said, token.encode())


class Guard:
    """Refuses what may not be asked, and adds headers to every answer."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refused = refusal(scope["method"], scope["path"], Headers(scope=scope), self._door)
        if refused is None and len(scope["query_string"]) > MOST_QUERY_BYTES:
            refused = 414, f"a query of more than {MOST_QUERY_BYTES} bytes"
        if refused is None and sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEAD_BYTES:
            refused = 431, f"headers of more than {MOST_HEAD_BYTES} bytes"
        if refused is None:
            await self._app(scope, receive, guarded)
            return
        status, sentence = refused
        asked = {
            401: {"WWW-Authenticate": 'Bearer, Basic realm="watcher", charset="UTF-8"'},
            405: {"Allow": "GET, HEAD"},
        }.get(status)
        await PlainTextResponse(sentence + "\n", status, headers=asked)(scope, receive, guarded)
