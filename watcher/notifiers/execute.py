"""A command of the user's own for each message: the alert as JSON on its standard input."""

import asyncio
import contextlib
import os
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator

from watcher.model import Message, Outcome, Rejected, RetryLater, Sent, Unknown
from watcher.notifiers.base import Environment, Kind, Settings, scrub
from watcher.notifiers.trouble import trouble
from watcher.render import Format

#: `EX_TEMPFAIL` of sysexits.h: the command asks to be run again later.
TEMPFAIL = 75
#: Exit statuses with which a shell or an interpreter says that there is no such command.
_NO_COMMAND = (126, 127)
_SAID_BYTES = 4096


def _split(line: str) -> str:
    """Show how a command line would be a list; of its words only a plain program, for the others can be secrets."""
    program = re.match(r"\s*([\w./~-]+)(?=\s|$)", line)
    return f'["{program[1]}", …]' if program else "[program, argument]"


class ExecuteSettings(Settings):
    """A program and its arguments; no shell reads them."""

    writes = Format.JSON

    command: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Program and arguments. It gets JSON on its standard input: status 0 accepted, 75 try later."
    )

    @field_validator("command", mode="before")
    @classmethod
    def _is_list(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        raise ValueError(f"the program and each argument are items of a list, for no shell reads them: {_split(value)}")


class Execute:
    """Runs the command once for each message.

    Nothing of an alert becomes an argument or a variable, so no text of a feed is ever read as
    an option or by a shell. The environment is the watcher's, without its secrets.
    """

    can_edit = True
    can_reply = True
    edit_every = timedelta()

    def __init__(self, settings: ExecuteSettings, secrets: Mapping[str, SecretStr], timeout_s: float) -> None:
        self.style = settings.style(Format.JSON)
        self._command, self._secrets, self._timeout_s = settings.command, secrets, timeout_s

    async def send(self, message: Message) -> Outcome:
        """Run it; a command that does not end in time is ended, and nobody knows what it did."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, env=_environment()
            )
        except (OSError, ValueError) as error:
            return Rejected(f"the command cannot be run: {trouble(error)}", receiver_down=True)
        try:
            async with asyncio.timeout(self._timeout_s):
                _, said = await process.communicate(f"{message.body}\n".encode("utf-8", "replace"))
        except TimeoutError:
            return Unknown(f"the command did not end within {self._timeout_s:.0f} s")
        finally:
            await _end(process)
        return self._meaning(process.returncode or 0, said[-_SAID_BYTES:], message)

    def _meaning(self, status: int, said: bytes, message: Message) -> Outcome:
        if status == 0:
            return Sent(ref=message.own_ref)
        text = scrub(said.decode("utf-8", "replace"), self._secrets)
        told = f"the command ended with {f'signal {-status}' if status < 0 else status}" + (f": {text}" if text else "")
        if status < 0 or status == TEMPFAIL:
            return RetryLater(told)
        return Rejected(told, receiver_down=status in _NO_COMMAND)

    async def aclose(self) -> None:
        """Nothing is kept between messages."""


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _environment() -> dict[str, str]:
    """The watcher's own, but for the variables that may hold its secrets."""
    return {k: v for k, v in os.environ.items() if not k.startswith("WATCHER_") and k != "CREDENTIALS_DIRECTORY"}


def _build(
    name: str, settings: ExecuteSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Execute:
    return Execute(settings, secrets, environment.timeout_s)


KIND = Kind(ExecuteSettings, _build)
