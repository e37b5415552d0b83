"""What a notifier is: the protocol, the settings that all share, and what is handed to it."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, time, timedelta, tzinfo
from typing import Annotated, Any, ClassVar, Literal, Protocol, TextIO

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    WithJsonSchema,
    field_validator,
)

from watcher.model import Message, Outcome, Severity
from watcher.notifiers.cron import Cron
from watcher.render import Format, Style, Template
from watcher.render.words import Language
from watcher.schedule import Discipline, Escalation, MuteTime
from watcher.yamlsrc import Duration


class Notifier(Protocol):
    """The code for one protocol, set up for one receiver.

    `send` never raises for what a service does: every refusal, delay and doubt is an Outcome,
    and no text in it holds a secret.
    """

    #: How messages for it are rendered.
    style: Style
    #: Whether a sent message can be changed.
    can_edit: bool
    #: Whether a message can be shown as the answer to an earlier one.
    can_reply: bool
    #: Least time between two changes of one message; changes that come quicker are gathered.
    edit_every: timedelta

    async def send(self, message: Message) -> Outcome:
        """Bring one message to the receiver."""

    async def aclose(self) -> None:
        """End connections; the notifier is not used again."""


def _clock(value: Any) -> Any:
    """Read `22:00`; a time zone is the configuration's own key."""
    if isinstance(value, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
        hour, minute = value.split(":")
        return time(int(hour), int(minute))
    raise ValueError(f"{value!r} is not a time of day such as 22:00")


Clock = Annotated[
    time, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"})
]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class MuteSettings(BaseModel):
    """Hours in which a receiver wants to be left alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Clock = Field(alias="from", description="Time of day at which it begins, in `timezone`: 22:00.")
    end: Clock = Field(alias="to", description="Time of day at which it ends; may be on the next day.")
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        (), description="Days on which it begins; every day by default."
    )
    action: Literal["hold", "digest", "drop"] = Field(
        "hold",
        description="hold tells it when the time ends, five alerts or more as one digest; digest tells it as one "
        "digest, however few; drop never does.",
    )
    below: Severity | None = Field(None, description="Alerts of this severity and above come through.")


_DAY = 24 * 60
_WEEK = 7 * _DAY


def _minutes(mute: MuteSettings) -> Iterator[int]:
    """Yield the minutes of the week that a mute time covers."""
    start, end = (60 * at.hour + at.minute for at in (mute.start, mute.end))
    for day in map(_DAYS.index, mute.days or _DAYS):
        for minute in range(start, end if start < end else end + _DAY):
            yield (day * _DAY + minute) % _WEEK


class Settings(BaseModel):
    """Keys that every type of receiver has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_severity: Severity | None = Field(None, description="Alerts of a lesser severity are held back.")
    language: Language = Field("en", description="Language of the fixed words in messages.")
    excerpt: int = Field(280, ge=0, le=2000, description="Characters of the entry's text in a message; 0 shows none.")
    silent_below: Severity | None = Field(
        None, description="Alerts of a lesser severity arrive without a sound, where the service can do that."
    )

    group_wait: Duration = Field(
        timedelta(), description="How long the first message on a story waits for republications, to show them at once."
    )
    mute_times: tuple[MuteSettings, ...] = Field((), description="When alerts are held back; alarms are not.")
    max_per_hour: int | None = Field(
        None, ge=1, description="Messages in any 60 minutes; the rest waits and becomes a digest. Not for `extreme`."
    )

    digest: str | None = Field(
        None, description="Cron expression, in `timezone`: alerts wait and come as one digest at those times."
    )
    digest_below: Severity | None = Field(
        None, description="Only alerts of a lesser severity wait for the digest; by default all do."
    )

    template: str | None = Field(
        None, description="File of a Jinja2 template of alerts, beside this file; the built-in one by default."
    )
    _template: Template | None = PrivateAttr(None)
    #: What a template of this type of receiver writes, and how many characters a reader may see of it at most.
    writes: ClassVar[Format] = Format.TEXT
    longest: ClassVar[int | None] = None

    def use_template(self, name: str, source: str) -> None:
        """Take a template up, before the settings are used.

        Raises:
            TemplateFault: it cannot be used.
        """
        self._template = Template.read(name, source, self.writes, self.longest)

    @field_validator("digest")
    @classmethod
    def _is_cron(cls, value: str | None) -> str | None:
        if value is not None:
            Cron.read(value, UTC)
        return value

    @field_validator("mute_times")
    @classmethod
    def _ends_sometime(cls, mutes: tuple[MuteSettings, ...]) -> tuple[MuteSettings, ...]:
        """Refuse mute times that together hold for the whole week: what they hold would never be told."""
        minutes = {minute for mute in mutes if mute.action != "drop" for minute in _minutes(mute)}
        if len(minutes) == _WEEK:
            raise ValueError("these hold alerts back for the whole week, so that none would ever be told: leave a gap")
        return mutes

    def escalation(self, name: str) -> Escalation | None:
        """Who is told what readers here do not answer; only some services have answers."""
        return None

    def discipline(self, zone: tzinfo = UTC) -> Discipline:
        """When the receiver may be spoken to; the digest's times are those of the zone."""
        mutes = tuple(
            MuteTime(
                m.start, m.end, frozenset(map(_DAYS.index, m.days)), m.action == "drop", m.below, m.action == "digest"
            )
            for m in self.mute_times
        )
        digest = Cron.read(self.digest, zone) if self.digest is not None else None
        return Discipline(mutes, self.max_per_hour, digest, self.digest_below)

    def style(self, format: Format, **more: Any) -> Style:  # noqa: A002 - the style's own word
        """How messages are rendered for a receiver with these settings."""
        own: dict[str, Any] = {"language": self.language, "excerpt": self.excerpt, "silent_below": self.silent_below}
        return Style(format, **own, **more, template=self._template)


@dataclass(slots=True)
class Environment:
    """What notifiers get from outside: streams, and what notifiers of one process share."""

    #: Where console receivers write.
    console: TextIO = field(default_factory=lambda: sys.stdout)
    #: Seconds that a service may take for each step of an exchange.
    timeout_s: float = 30.0
    #: Least seconds between two messages to one chat, and the scale of its other limits.
    chat_pace_s: float = 1.0
    #: Seconds that a question for readers' answers may wait for one; Telegram's own clients use 50 and less.
    poll_s: float = 25.0
    #: Shared by the receivers of one process, so that two of them keep one chat's pace together.
    shared: dict[object, Any] = field(default_factory=dict)


#: Name, settings, secrets, environment, and the address that the service gave the receiver since, if any.
Build = Callable[[str, Any, Mapping[str, SecretStr], Environment, str | None], Notifier]


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of receiver."""

    settings: type[Settings]
    #: `(name, settings, secrets, environment, moved_to)` → notifier.
    make: Build
    #: Secrets that it takes; the configuration finds them in files, credentials or the environment.
    secrets: tuple[str, ...] = ()
    #: Those that it cannot work without; may depend on the settings.
    needs: Callable[[Any], Sequence[str]] = lambda _: ()

    def missing_secrets(self, settings: Any, secrets: Mapping[str, SecretStr]) -> Sequence[str]:
        """Return the secrets that it cannot work without and does not have."""
        return [name for name in self.needs(settings) if name not in secrets]

    def build(
        self,
        name: str,
        settings: Any,
        secrets: Mapping[str, SecretStr],
        environment: Environment,
        moved_to: str | None = None,
    ) -> Notifier:
        """Make the notifier of one receiver. Opens no connection; that is done by the first message."""
        return self.make(name, settings, secrets, environment, moved_to)


def scrub(text: str, secrets: Mapping[str, SecretStr], *more: str) -> str:
    """Take secrets out of what a service or a library said, and bring it onto one line of at most 300 characters."""
    for secret in [*(s.get_secret_value() for s in secrets.values()), *more]:
        if secret:
            text = text.replace(secret, "***")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= 300 else text[:299] + "…"
