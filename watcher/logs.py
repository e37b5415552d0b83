"""The log: one line for each event on standard error, as text or JSON, with every secret taken out."""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from sqlalchemy.exc import OperationalError

#: Loggers that name addresses with tokens in them, or tell at length what outcomes say already.
_QUIET = ("httpx", "httpcore", "apscheduler", "watchfiles", "aiosmtplib", "asyncio", "urllib3", "apprise")
#: A shorter secret would make the log unreadable, and is none.
_SHORTEST = 4
_BOT_TOKEN = re.compile(r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{30,}")
_USERINFO = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]*(?=@)")

_DEBUG, _WARNING, _ERROR = logging.DEBUG, logging.WARNING, logging.ERROR
#: Events that come however uneventful the day: one for each poll, each entry, each attempt.
ROUTINE = ("poll", "entry", "attempt")
#: Level of each event; `info` for what is not here.
_LEVELS = {
    "suppressed": _DEBUG, **dict.fromkeys(ROUTINE, _DEBUG),
    "feed_failed": _WARNING, "feed_note": _WARNING, "delivery_retry": _WARNING, "restart_needed": _WARNING,
    "claims_released": _WARNING, "alarm": _WARNING, "chat_deaf": _WARNING, "chat_refused": _WARNING,
    "search_limited": _WARNING, "hub_failed": _WARNING, "push_refused": _WARNING,
    "reload_failed": _ERROR, "web_failed": _ERROR, "delivery_dead": _ERROR, "internal_error": _ERROR,
}  # fmt: skip

_log = logging.getLogger("watcher")
_secrets: set[str] = set()
_secrets_lock = threading.Lock()


def register_secret(value: str) -> None:
    """Never let a value reach the log, as it stands or percent-encoded."""
    if len(value) >= _SHORTEST:
        with _secrets_lock:
            _secrets.update({value, quote(value, safe=""), json.dumps(value)[1:-1], _json(value)[1:-1]})


def redact(text: str) -> str:
    """Take out registered secrets, and what looks like a bot's token or a password in an address."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return _USERINFO.sub("***", _BOT_TOKEN.sub("***", text))


def setup(level: str = "info", format: Literal["text", "json"] = "text") -> None:  # noqa: A002 - the key's name
    """Send everything that is logged, by whatever library, through the redacting formatter to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if format == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _log.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A tick that finds the one before at work is skipped; the next asks for everything that is due.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # A line for each request that is refused would let anybody fill the log.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    # Every error of the Bot API becomes an outcome, which is logged with its reason.
    logging.getLogger("telegram").setLevel(logging.CRITICAL)
    logging.captureWarnings(capture=True)


def observe(event: Mapping[str, Any]) -> None:
    """Log one event: its name, then its facts as `key=value`. Faults follow, each on a line of its own."""
    name = str(event.get("event", "event"))
    level = _LEVELS.get(name, logging.INFO)
    if not _log.isEnabledFor(level):
        return
    facts = {k: _redacted(v) for k, v in event.items() if k != "event" and v not in (None, "", (), [])}
    error = facts.pop("exception", None)
    if (why := machine_trouble(error)) is not None:
        facts["why"], error = why, None
    info = (type(error), error, error.__traceback__) if isinstance(error, BaseException) else None
    _log.log(level, name, extra={"facts": facts}, exc_info=info)


def machine_trouble(error: object) -> str | None:
    """Say what is the machine's trouble, with its remedy: where it came up in our code tells nobody anything."""
    said = str(error.orig) if isinstance(error, OperationalError) else ""
    if "locked" in said:
        return f"{said}: another program has held it for long, a copy or an open shell? End that"
    return f"{said}: make room" if "disk is full" in said else None


class _Formatter(logging.Formatter):
    """Formats a record, then takes secrets out of the whole of it, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a traceback below it if there is one."""
        return redact(self.written(record, getattr(record, "facts", {})))

    def written(self, record: logging.LogRecord, facts: Mapping[str, Any]) -> str:
        """The record in this format."""
        raise NotImplementedError

    @staticmethod
    def stamp(record: logging.LogRecord) -> str:
        """UTC to the millisecond."""
        at = datetime.fromtimestamp(record.created, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Text(_Formatter):
    def written(self, record: logging.LogRecord, facts: Mapping[str, Any]) -> str:
        told = [record.getMessage(), *_pairs(facts)]
        if record.name != _log.name:
            told.insert(0, f"[{record.name}]")
        lines = [f"{self.stamp(record)} {record.levelname:<7} {' '.join(told)}"]
        lines += [f"    {_bare(fault)}" for fault in facts.get("faults", ())]
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
        return "\n".join(lines)


class _Json(_Formatter):
    def written(self, record: logging.LogRecord, facts: Mapping[str, Any]) -> str:
        told = {"at": self.stamp(record), "level": record.levelname.lower(), "event": record.getMessage()}
        if record.name != _log.name:
            told["logger"] = record.name
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return _json(told | dict(facts))


def _pairs(facts: Mapping[str, Any]) -> Iterable[str]:
    for key, value in facts.items():
        yield f"{key}={len(value)}" if key == "faults" else f"{key}={_quoted(value)}"


def _quoted(value: Any) -> str:
    """A value that cannot be taken for anything else on its line, whatever a feed wrote into it."""
    text = _json(value) if isinstance(value, (list, tuple, dict)) else str(_plain(value))
    simple = text.isprintable() and not any(c in text for c in ' "=\\')
    return text if simple else json.dumps(text, ensure_ascii=not text.replace("\n", "").isprintable())


def _bare(fault: Any) -> str:
    return "".join(c if c.isprintable() else " " for c in str(fault))


def _redacted(value: Any) -> Any:
    """Values are cleaned before they are quoted, for quoting would hide a secret that holds a quotation mark."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, (list, tuple)):
        return [_redacted(one) for one in value]
    return {key: _redacted(one) for key, one in value.items()} if isinstance(value, dict) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value if isinstance(value, (bool, int, float)) else str(value)
