"""Alerts on a stream: the terminal that the watcher runs in, or a file."""

import asyncio
import contextlib
import io
import os
import threading
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
        self._writing: asyncio.Future[str | None] | None = None

    async def send(self, message: Message) -> Outcome:
        """Write and flush. A stream that is closed takes nothing any more.

        A reader that has paused makes a write wait for as long as it likes, so a thread does it. A send that is
        broken off meanwhile leaves its write under way; the next one waits for that.
        """
        while self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])
        encoding = self._stream.encoding or "utf-8"
        text = f"{message.body}\n\n".encode(encoding, "replace").decode(encoding)
        loop = asyncio.get_running_loop()
        self._writing = written = loop.create_future()
        # A daemon thread, for the end of the process does not wait for such a one.
        threading.Thread(target=self._write, args=(text, loop, written), name="console", daemon=True).start()
        error = await asyncio.shield(written)
        if error is not None:
            return Rejected(f"the stream cannot be written: {error}", receiver_down=True)
        return Sent(ref=message.own_ref)

    def _write(self, text: str, loop: asyncio.AbstractEventLoop, written: "asyncio.Future[str | None]") -> None:
        error = None
        try:
            self._put(text)
        except (OSError, ValueError) as caught:
            error = str(caught)
        # The loop may have ended while the reader paused.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(written.set_result, error)

    def _put(self, text: str) -> None:
        self._stream.flush()
        try:
            descriptor = self._stream.fileno()
        except io.UnsupportedOperation:
            self._stream.write(text)
            self._stream.flush()
            return
        # Past the stream's buffer: its lock, held by a write that waits, would make the interpreter abort at its end.
        left = text.encode(self._stream.encoding or "utf-8", "replace")
        while left:
            left = left[os.write(descriptor, left) :]

    async def aclose(self) -> None:
        """The stream is not ours."""


def _build(
    name: str, settings: ConsoleSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Console:
    return Console(settings, environment.console)


KIND = Kind(ConsoleSettings, _build)
