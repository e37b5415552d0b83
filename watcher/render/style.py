"""How a notifier wants its messages: the format, its limits and the reader's language."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from watcher.model import Severity

if TYPE_CHECKING:
    from watcher.render.template import Template


class Format(StrEnum):
    """What a message's body is written in."""

    #: Plain text, with terminal colours if the style asks for them.
    TEXT = "text"
    #: The few inline tags that Telegram and Matrix both know.
    HTML = "html"
    #: A whole HTML document beside the plain text.
    EMAIL = "email"
    #: The payload for programs.
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Style:
    """The wishes of one receiver."""

    format: Format
    #: Most that a reader may be shown, in UTF-16 code units, tags not counted; None for no limit.
    limit: int | None = None
    #: Colours and bold for a terminal (ECMA-48).
    color: bool = False
    #: Line breaks as `<br>` instead of line feeds.
    blocks: bool = False
    #: False where a sent message cannot change, so that an edit says only what is new.
    edits_in_place: bool = True
    #: Language of the fixed words.
    language: str = "en"
    #: Characters of the entry's text that are shown; 0 shows none.
    excerpt: int = 280
    #: Messages of a lesser severity arrive without a sound, where the service can do that.
    silent_below: Severity | None = None
    #: The receiver's own template; the built-in one if there is none, and wherever it fails.
    template: "Template | None" = None
