"""What a connection's failure means to whoever set the receiver up: a sentence that says where to look."""

import socket
from collections.abc import Iterator

_TOLD: tuple[tuple[type[OSError], str], ...] = (
    (ConnectionRefusedError, "nothing answers there: the service is off, or host or port are wrong"),
    (socket.gaierror, "its name cannot be resolved: look at the host's name, and at DNS"),
    (ConnectionError, "the other side broke the connection off"),
    (TimeoutError, "no answer in time: look at host and port, and at the firewall"),
    (FileNotFoundError, "there is no such file: look at its path"),
    (PermissionError, "this user may not: look at its permissions"),
)


def trouble(error: BaseException) -> str:
    """Return what an error means; the system's own words where it is none of the usual, its name where it has none."""
    for cause in reversed([*_causes(error)]):  # libraries wrap the system's word
        if isinstance(cause, OSError) and (told := _of_system(cause)):
            return told
    return type(error).__name__


def _of_system(error: OSError) -> str | None:
    return next((told for kind, told in _TOLD if isinstance(error, kind)), error.strerror)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it comes from, the outermost first."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__
