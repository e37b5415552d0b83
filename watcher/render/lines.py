"""What a message is made of before it is written in a format: lines of spans."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a line is, so that `fit` knows what may go first."""

    HEAD = "head"
    CHANGE = "change"
    HEADLINE = "headline"
    LINK = "link"
    WHERE = "where"
    SOURCE = "source"
    EXCERPT = "excerpt"
    ALSO = "also"
    MATCHED = "matched"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text of one look."""

    text: str
    href: str | None = None
    bold: bool = False
    #: Evidence: highlighted.
    mark: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph."""

    role: Role
    spans: tuple[Span, ...]
    #: Name of the severity, for colours.
    severity: str = ""

    @property
    def text(self) -> str:
        """What stands on it."""
        return "".join(span.text for span in self.spans)
