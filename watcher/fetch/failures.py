"""How a fetch fails: one exception inside the package, made a value where the package ends."""

import ssl
from datetime import timedelta

import httpcore
import httpx

from watcher.model import FetchFailure
from watcher.text import one_line

#: Longest piece of somebody else's text in a message.
_QUOTED = 200


class Refused(Exception):  # noqa: N818 - carries the failure to the one place where it becomes a value
    """A fetch that gives nothing; see `model.FetchFailed` for the fields."""

    def __init__(
        self, reason: FetchFailure, message: str, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.reason, self.status, self.retry_after = reason, status, retry_after


#: What httpx and below raise for the outside world's faults.
FOREIGN = (
    httpx.HTTPError, httpx.InvalidURL, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException,
    ssl.SSLError, OSError,
)  # fmt: skip


def mapped(error: Exception) -> Refused:
    """Map what httpx and below raise, once, here."""
    text = quoted(str(error) or type(error).__name__)
    cause = f"{error!r} {error.__cause__!r}"
    if isinstance(error, httpx.TimeoutException | httpcore.TimeoutException):
        return Refused(FetchFailure.TIMEOUT, f"no answer in time ({type(error).__name__})")
    if isinstance(error, ssl.SSLError) or "SSL" in cause or "CERTIFICATE" in cause:
        return Refused(FetchFailure.TLS, f"no trusted connection: {text}")
    if isinstance(error, httpx.InvalidURL):
        return Refused(FetchFailure.BAD_URL, f"the address cannot be read: {text}")
    if isinstance(error, httpx.ConnectError | httpcore.ConnectError):
        return Refused(FetchFailure.CONNECT, f"no connection: {text}")
    return Refused(FetchFailure.PROTOCOL, f"the exchange broke off: {text}")


def quoted(text: str) -> str:
    """Somebody else's text for a message: one line, not too long."""
    line = one_line(text)
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"
