"""One thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How it stands."""

    WELL = "well"
    #: Works, and will not for ever.
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, in one sentence, and what to do unless all is well."""

    subject: str
    grade: Grade
    told: str
    remedy: str = ""


def well(subject: str, told: str) -> Finding:
    """Nothing to do."""
    return Finding(subject, Grade.WELL, told)


def warning(subject: str, told: str, remedy: str) -> Finding:
    """Something to do soon."""
    return Finding(subject, Grade.WARNING, told, remedy)


def wrong(subject: str, told: str, remedy: str) -> Finding:
    """Something to do now."""
    return Finding(subject, Grade.WRONG, told, remedy)


def size(count: float) -> str:
    """Bytes in words."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit in ("bytes", "kB") else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
