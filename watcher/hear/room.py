"""What obeying readers needs to know of the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from watcher.model import Feed
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

    def language(self, receiver: str) -> str:
        """Language of a receiver's fixed words."""
        notifier = self.notifiers.get(receiver)
        return notifier.style.language if notifier else "en"

    def title(self, rule: str) -> str:
        """A rule as readers know it."""
        meta = self.routing.rules.get(rule)
        return meta.title if meta else rule

    def clock(self, at: datetime) -> str:
        """A moment on the readers' clock."""
        return f"{at.astimezone(self.timezone):%Y-%m-%d %H:%M %Z}"
