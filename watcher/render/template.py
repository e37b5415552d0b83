"""A receiver's own template: Jinja2 in its sandbox, tried before it counts, and never a reason for silence."""

import html
import json
import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from watcher.model import (
    Action,
    AlertKind,
    AlertView,
    Change,
    Entry,
    Evidence,
    Place,
    Relation,
    Severity,
    StoryMember,
)
from watcher.render.fit import units
from watcher.render.payload import as_payload
from watcher.render.style import Format
from watcher.render.words import MARKS

if TYPE_CHECKING:  # few receivers have a template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Characters of a written message that are looked at; what is longer is a fault.
MOST = 200_000
_TAG = re.compile(r"<[^>]*>")


class TemplateFault(Exception):  # noqa: N818 - named for what it tells of
    """A template that cannot be used, with the line of it."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Template:
    """The text of one template; equal texts are equal templates."""

    name: str
    source: str
    format: Format
    _compiled: Any = field(default=None, compare=False, repr=False)

    @classmethod
    def read(cls, name: str, source: str, format: Format, limit: int | None) -> "Template":  # noqa: A002 - the style's own word
        """Compile a template and try it on an alert of each kind.

        Raises:
            TemplateFault: it is none, or fails on an ordinary alert.
        """
        from jinja2 import TemplateSyntaxError

        try:
            compiled = _environment(format).from_string(source)
        except TemplateSyntaxError as error:
            raise TemplateFault(error.lineno, error.message or "cannot be read") from None
        template = cls(name, source, format, compiled)
        for view, action in _samples():
            template.write(view, action, UTC, "built-in", limit)
        return template

    def write(self, view: AlertView, action: Action, tz: tzinfo, builtin: str, limit: int | None) -> str:
        """Write an alert; `builtin` is what would be sent without the template.

        Raises:
            TemplateFault: it fails, or what it writes cannot be sent.
        """
        from markupsafe import Markup

        safe = Markup(builtin) if self.format in _MARKUP else builtin  # noqa: S704 - written and escaped by us
        known = as_payload(view, action) | {"mark": MARKS[view.severity], "builtin": safe, "timezone": tz}
        try:
            written = str(self._compiled.render(known)).strip()
        except Exception as error:  # whatever a template does, the alert must go out
            raise TemplateFault(_line_of(error), _told(error)) from None
        if fault := self._unfit(written, limit):
            raise TemplateFault(1, fault)
        return written

    def _unfit(self, written: str, limit: int | None) -> str | None:
        if not written:
            return "writes nothing"
        if len(written) > MOST:
            return f"writes {len(written):,} characters, {MOST:,} are the most"
        shown = html.unescape(_TAG.sub("", written)) if self.format in _MARKUP else written
        if limit is not None and units(shown) > limit:
            return f"writes {units(shown)} characters, {limit} are the most for this receiver"
        if self.format is Format.JSON:
            try:
                json.loads(written)
            except ValueError as error:
                return f"writes no JSON: {error}"
        return None


_MARKUP = (Format.HTML, Format.EMAIL)


def _environment(format: Format) -> "ImmutableSandboxedEnvironment":  # noqa: A002
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        autoescape=format in _MARKUP, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["time"] = _time
    return environment


def _time(value: str | None, pattern: str = "%Y-%m-%d %H:%M", zone: tzinfo = UTC) -> str:
    """`{{ seen_at | time("%H:%M", timezone) }}`."""
    return datetime.fromisoformat(value).astimezone(zone).strftime(pattern) if value else ""


def _line_of(error: Exception) -> int:
    """The template's line that an error comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == "<template>"), 1)


def _told(error: Exception) -> str:
    from jinja2 import TemplateError

    message = error.message if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    return " ".join(str(message or type(error).__name__).split())[:300]


# ---------------------------------------------------------------- what a new template is tried on


def _samples() -> Iterator[tuple[AlertView, Action]]:
    at = datetime(2026, 5, 1, 11, 2, tzinfo=UTC)
    title = "Coalition raid near Jarablus captures a leader"
    entry = Entry(
        "id", title, "Twelve people were killed, monitors said.", link="https://example.org/raid", feed="example",
        published_at=at, lang="en",
    )  # fmt: skip
    shared: Mapping[str, Any] = {
        "thread_key": "1.raid.alert.0.desk", "rule": "raid", "rule_title": "Raids", "severity": Severity.SEVERE,
        "story": 1, "outlet": "Example", "seen_at": at,
    }  # fmt: skip
    places = (Place("Jarablus", "title", 20, 28, "SY", "SY-HL", 36.8, 38.0, 0.9),)
    also = StoryMember("Other", title, "https://example.org/2", Relation.REPUBLICATION, at + timedelta(hours=1), at)
    full = AlertView(
        **shared, key="1.raid.development.0.desk", kind=AlertKind.DEVELOPMENT, entry=entry,
        evidence=(Evidence("captur*", "title", 29, 37, "captures"),), places=places, also=(also,),
        changes=(Change("killed", 12, 15),), credits="Other",
    )  # fmt: skip
    yield full, Action.REPLY
    yield AlertView(**shared, key="1.raid.alert.0.desk", kind=AlertKind.ALERT, entry=Entry("id")), Action.NEW
