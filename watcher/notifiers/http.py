"""What notifiers over HTTP share: one request, its answer or failure as a value, and what statuses mean."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from watcher.model import Outcome, Rejected, RetryLater, Unknown
from watcher.notifiers.trouble import trouble

if TYPE_CHECKING:  # the library is a tenth of what a command costs at its start, and few send anything
    import httpx

#: Bounds in seconds: to connect, and for the whole of a refusal's text.
CONNECT_TIMEOUT_S = 10
REASON_TIMEOUT_S = 5
#: Bytes of a body that are read.
BODY_BYTES = 65_536

_TRANSIENT = {408, 425, 429}
_ADDRESS_WRONG = {401, 403, 404, 405, 407, 410}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; the body is cut at a bound."""

    status: int
    headers: "httpx.Headers"
    body: bytes


def client(timeout_s: float) -> "httpx.AsyncClient":
    """A client that follows no redirects: a message goes to the address that was configured, or nowhere."""
    import httpx

    timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s))
    return httpx.AsyncClient(timeout=timeout, follow_redirects=False)


async def exchange(
    http: "httpx.AsyncClient",
    method: str,
    url: str,
    *,
    content: bytes,
    headers: Mapping[str, str],
    read_success: bool = False,
) -> Answer | Outcome:
    """Make one request. Failures come back as the outcome that they mean; their texts hold no address.

    The body of a success is read only if `read_success`: a server that accepted has accepted,
    however slowly it says so.
    """
    import httpx

    try:
        async with http.stream(method, url, content=content, headers=headers) as response:
            body = b""
            if read_success or not response.is_success:
                body = await _read(response, must=read_success and response.is_success)
            return Answer(response.status_code, response.headers, body)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return Rejected("the address is not one of http or https", receiver_down=True)
    except (httpx.ConnectTimeout, httpx.PoolTimeout):
        return RetryLater("no connection within the time limit")
    except httpx.ConnectError as error:
        return _not_connected(error)
    except httpx.TimeoutException:
        return Unknown("no answer within the time limit")
    except (httpx.TransportError, httpx.DecodingError):
        return Unknown("the connection broke before the answer came")


def meaning(answer: Answer, said: str, *, now: datetime | None = None) -> Outcome:
    """Return what a status outside 2xx means; `said` is the service's own word, free of secrets."""
    status, text = answer.status, f"status {answer.status}" + (f": {said}" if said else "")
    if status in _TRANSIENT or status >= 500:
        return RetryLater(text, retry_after(answer.headers.get("Retry-After"), now or datetime.now(UTC)))
    if 300 <= status < 400:
        return Rejected(f"{text} (a redirect; write the final address)", receiver_down=True)
    return Rejected(text, receiver_down=status in _ADDRESS_WRONG)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read `Retry-After` in either form (RFC 9110 §10.2.3); None if it is absent, past or makes no sense."""
    if value is None:
        return None
    try:
        pause = timedelta(seconds=float(value))
    except (ValueError, OverflowError):
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        pause = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return pause if timedelta() < pause <= timedelta(days=2) else None


async def _read(response: "httpx.Response", *, must: bool) -> bytes:
    """Read up to a bound of bytes; a refusal's text also up to a bound of time, for a server may drip it."""
    import httpx

    body = b""
    try:
        async with asyncio.timeout(None if must else REASON_TIMEOUT_S):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) >= BODY_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError):
        if must:
            raise
    return body[:BODY_BYTES]


def _not_connected(error: "httpx.ConnectError") -> Outcome:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Rejected(f"its certificate is not valid: {cause.verify_message}", receiver_down=True)
        if isinstance(cause, ssl.SSLError):
            return RetryLater(f"TLS failed: {cause.reason or 'handshake broken'}")
        cause = cause.__cause__ or cause.__context__
    return RetryLater(f"no connection could be made: {trouble(error)}")
