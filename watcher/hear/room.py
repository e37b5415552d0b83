"""What obeying readers needs to know of the configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from watcher.model import Feed, Silence
from watcher.notifiers import Notifier
from watcher.route import Routing


@dataclass(frozen=True, slots=True)
class Room:
    """The configuration as readers' answers need it; a reload swaps it as a whole."""

    notifiers: Mapping[str, Notifier]
    routing: Routing
    feeds: Mapping[str, Feed]
    alarm_receivers: tuple[str, ...]
    timezone: tzinfo

    def language(self, *receivers: str) -> str:
        """Language of the fixed words of the first of some receivers that is configured."""
        known = (self.notifiers[name].style.language for name in receivers if name in self.notifiers)
        return next(known, "en")

    def concerns(self, silence: Silence, receivers: Sequence[str]) -> bool:
        """Whether a silence can hold anything back from one of these receivers."""
        if silence.receiver is not None:
            return silence.receiver in receivers
        rule = self.routing.rules.get(silence.rule or "")
        return silence.rule is None or (rule is not None and any(self.routing.tells(rule, r) for r in receivers))

    def is_told(self, alarm: str, receivers: Sequence[str]) -> bool:
        """Whether an alarm of this key is for these receivers: any for alarm receivers, else their own and feeds'."""
        kind, _, name = alarm.partition(":")
        return kind == "feed" or name in receivers or any(r in self.alarm_receivers for r in receivers)

    def title(self, rule: str) -> str:
        """A rule as readers know it."""
        meta = self.routing.rules.get(rule)
        return meta.title if meta else rule

    def clock(self, at: datetime) -> str:
        """A moment on the readers' clock."""
        return f"{at.astimezone(self.timezone):%Y-%m-%d %H:%M %Z}"
