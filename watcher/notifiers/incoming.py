"""What readers send back through a service: presses of buttons and commands, and who may."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Press:
    """A button below a message was pressed."""

    #: Number that the service gave it; they rise.
    update: int
    #: Receivers whose chat it comes from and whose reader may do this; empty if nobody is entitled.
    receivers: tuple[str, ...]
    #: The reader as the service names them: telegram:12345.
    by: str
    #: What the button stands for: `seen:17`.
    data: str
    #: The service's handle for answering.
    answer_to: str
    chat: str = ""
    #: Reference of the message that the button is below.
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A reader wrote `/name words`."""

    update: int
    #: Receivers that its reader may command; empty if nobody is entitled.
    receivers: tuple[str, ...]
    by: str
    #: In small letters, without the slash.
    name: str
    words: tuple[str, ...]
    chat: str = ""
    #: Reference of the command's own message, and of the message that it answers, if any.
    ref: str = ""
    about: str | None = None
    #: Receivers of the chat that it was written in, of its topic if that has any, whoever may command them.
    here: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """Receivers of the chat that its reader may command."""
        return tuple(name for name in self.here if name in self.receivers)


@dataclass(frozen=True, slots=True)
class Moved:
    """The service gave a chat another number."""

    update: int
    receivers: tuple[str, ...]
    moved_to: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that is not for us; it counts as read."""

    update: int


Incoming = Press | Command | Moved | Ignored


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader gets for a press or a command."""

    #: A few words: shown over the chat for a press, sent as a message for a command.
    text: str = ""
    #: A longer text that is sent as a message, in the inline tags that the service knows.
    html: str = ""
    #: Buttons that take the place of those below the pressed message: rows of label and what it stands for.
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    #: A story was split, so that dedup must read its window anew.
    splits: bool = False


class Deaf(Exception):  # noqa: N818 - named for what is the matter
    """Nothing can be received now. `lasting` says that somebody must do something about it."""

    def __init__(self, reason: str, *, lasting: bool, after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.lasting, self.after_s = lasting, after_s


class Inbox(Protocol):
    """Where what readers send arrives; shared by all receivers of one account."""

    #: Names the account without its secret; what was read is remembered under it.
    key: str

    async def receive(self, after: int, wait_s: float) -> Sequence[Incoming]:
        """Wait for updates with numbers from `after` on; empty when none came within `wait_s`.

        Raises:
            Deaf: the service refuses or cannot be reached.
        """

    async def answer(self, to: Press | Command, answer: Answer) -> None:
        """Answer a reader. Best effort: what fails is not tried again.

        Raises:
            Deaf: it could not be answered.
        """


@runtime_checkable
class Hears(Protocol):
    """A notifier whose readers can answer."""

    @property
    def inbox(self) -> Inbox | None:
        """Where; None if its settings want no answers."""
