"""Alerts on a stream: the terminal that the watcher runs in, or a file."""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import TextIO

from pydantic import Field, SecretStr

from watcher.model import Message, Outcome, Rejected, Sent
from watcher.notifiers.base import Environment, Kind, Settings
from watcher.render import Format


class ConsoleSettings(Settings):
    """Alerts as text on standard output."""

    color: bool | None = Field(None, description="Colours; by default on a terminal, unless NO_COLOR is set.")


class Console:
    """Writes each message as a paragraph; an edit as a paragraph that says what is new."""

    can_edit = True
    can_reply = True
    edit_every = timedelta()

    def __init__(self, settings: ConsoleSettings, stream: TextIO) -> None:
        color = settings.color
        if color is None:
            color = not stream.closed and stream.isatty() and not os.environ.get("NO_COLOR")
        self.style = settings.style(Format.TEXT, color=color, edits_in_place=False)
        self._stream = stream

    async def send(self, message: Message) -> Outcome:
        """Write and flush. A stream that is closed takes nothing any more."""
        encoding = self._stream.encoding or "utf-8"
        text = f"{message.body}\n\n".encode(encoding, "replace").decode(encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError) as error:
            return Rejected(f"the stream cannot be written: {error}", receiver_down=True)
        return Sent(ref=message.ref or message.key)

    async def aclose(self) -> None:
        """The stream is not ours."""


def _build(
    name: str, settings: ConsoleSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Console:
    return Console(settings, environment.console)


KIND = Kind(ConsoleSettings, _build)
