"""Times of digests: the five fields of cron."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Cron:
    """The moments of one expression."""

    trigger: Any

    @classmethod
    def read(cls, text: str, zone: tzinfo) -> "Cron":
        """Read `minute hour day month weekday`; 0 and 7 are Sunday, as in crontab(5).

        Raises:
            ValueError: it is none; the message says what is wrong.
        """
        from apscheduler.triggers.cron import CronTrigger

        fields = text.split()
        if len(fields) != 5:
            raise ValueError(f"{text!r} is no cron expression such as `0 8 * * *`: minute, hour, day, month, weekday")
        # The library counts weekdays from Monday.
        fields[4] = ",".join(_weekdays(piece) for piece in fields[4].split(","))
        try:
            return cls(CronTrigger.from_crontab(" ".join(fields), timezone=zone))
        except ValueError as error:
            raise ValueError(f"{text!r}: {error}") from None

    def first_after(self, at: datetime) -> datetime | None:
        """Return the first of the moments that is later than `at`; None if there is none."""
        found: datetime | None = self.trigger.get_next_fire_time(None, at + timedelta(microseconds=1))
        return found


def _weekdays(piece: str) -> str:
    """Turn `1-5` into names of days; what has none is left as it is."""
    span = re.fullmatch(r"([0-7])(?:-([0-7]))?", piece)
    if span is None:
        return piece
    first, last = int(span[1]), int(span[2] or span[1])
    if last < first:
        raise ValueError(f"weekdays {piece!r}: the first comes after the last")
    return ",".join(_DAYS[first : last + 1])
