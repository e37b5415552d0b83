"""What a receiver at Telegram can be told in the configuration; nothing here loads the library."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from watcher.model import Severity
from watcher.notifiers.base import Settings
from watcher.render import Format
from watcher.schedule import Escalation
from watcher.yamlsrc import Duration

#: Bot API: "1-4096 characters after entities parsing".
LIMIT = 4096


class TelegramSettings(Settings):
    """A chat, group, channel or topic."""

    writes = Format.HTML
    longest = LIMIT

    chat_id: Annotated[
        str,
        BeforeValidator(lambda v: str(v) if isinstance(v, int) else v),
        StringConstraints(pattern=r"^(-?\d+|@\w{4,})$"),
    ] = Field(description="Number of the chat, or @name of a public channel.")
    topic: int | None = Field(None, description="Number of the topic inside a group.")
    edit_every: Duration = Field(
        timedelta(minutes=1), description="Least time between two changes of one message; republications are gathered."
    )
    link_preview: bool = Field(False, description="Show a preview of the linked page below the message.")
    buttons: bool = Field(True, description="Show buttons below alerts, and obey them and commands.")
    admins: tuple[int, ...] = Field(
        (), description="Numbers of the users who may press and command; by default everybody in the chat."
    )
    escalate_to: str | None = Field(None, description="Receiver that is told what nobody here presses a button for.")
    escalate_after: Duration = Field(timedelta(minutes=15), description="How long before that.")
    escalate_from: Severity = Field(Severity.SEVERE, description="Alerts of a lesser severity are not escalated.")
    api: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+\S*[^/\s]$")] = Field(
        "https://api.telegram.org", description="Address of the Bot API, for a server of your own."
    )

    def escalation(self, name: str) -> Escalation | None:
        """Who is told what nobody in the chat answers."""
        if self.escalate_to is None:
            return None
        return Escalation(name, self.escalate_to, self.escalate_after, self.escalate_from)
