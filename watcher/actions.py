"""What people change by hand, wherever they ask for it: the command line, a chat or the page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from watcher.regions import is_code


@dataclass(frozen=True, slots=True)
class Names:
    """What a silence can name."""

    rules: Collection[str]
    feeds: Collection[str]
    receivers: Collection[str]


def wrong_with_silence(given: Mapping[str, str | int | None], names: Names) -> str | None:
    """Say why a silence of these conditions could hold nothing back, or everything; None if it can be made.

    `given` has some of `store.silences.MATCHERS`; None stands for "any".
    """
    if all(value is None for value in given.values()):
        return "say what to silence"
    for key, known in (("rule", names.rules), ("feed", names.feeds), ("receiver", names.receivers)):
        if given.get(key) is not None and given[key] not in known:
            return f"no {key} is named {given[key]!r}"
    region, word = given.get("region"), given.get("word")
    if region is not None and not is_code(str(region)):
        return f"{region!r} is no ISO 3166 code such as SY or SY-HL"
    if word is not None and not str(word).strip():
        return "the word is empty"
    return None
