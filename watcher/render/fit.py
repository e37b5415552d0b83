"""Cutting to a limit: by what a reader sees, never inside a character, the least important lines first."""

from dataclasses import replace

import regex

from watcher.render.lines import Line, Role, Span

#: What gives way first.
_ORDER = (
    Role.MATCHED, Role.EXCERPT, Role.ALSO, Role.WHERE, Role.SOURCE, Role.LINK, Role.CHANGE, Role.HEADLINE, Role.HEAD,
)  # fmt: skip
#: A rest shorter than this is dropped, not cut.
_LEAST = 12
_CLUSTER = regex.compile(r"\X")


def units(text: str) -> int:
    """Length in UTF-16 code units: no smaller than in code points, so safe where services count either."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def clip(text: str, size: int) -> str:
    """Cut to `size` code units with an ellipsis, at a space where one is near, never inside a grapheme cluster."""
    if units(text) <= size:
        return text
    if size <= 0:
        return ""
    room, kept = size - 1, []
    for cluster in _CLUSTER.findall(text[: 2 * size + 64]):
        room -= units(cluster)
        if room < 0:
            break
        kept.append(cluster)
    cut = "".join(kept)
    space = cut.rfind(" ")
    if space > len(cut) * 2 // 3:
        cut = cut[:space]
    return cut.rstrip() + "…"


def pieces(text: str, size: int) -> list[str]:
    """Cut a text into pieces of at most `size` code units: at ends of lines where that can be, else as `clip` does."""
    found: list[str] = []
    while units(text) > size:
        kept = clip(text, size)[:-1]  # without the ellipsis
        line = kept.rfind("\n")
        cut = line if line > 0 else len(kept)
        found.append(text[:cut])
        text = text[cut:].lstrip()
    return [*found, text]


def fit(lines: tuple[Line, ...], limit: int | None) -> tuple[Line, ...]:
    """Return the lines cut to a limit in code units, line breaks counted."""
    if limit is None:
        return lines
    kept = list(lines)
    for role in _ORDER:
        for at in reversed([i for i, line in enumerate(kept) if line.role is role]):
            over = _length(kept) - limit
            if over <= 0:
                return tuple(kept)
            room = units(kept[at].text) - over
            if role is Role.LINK or (room < _LEAST and role is not Role.HEAD):
                del kept[at]
            else:
                kept[at] = _cut(kept[at], room)
    return tuple(line for line in kept if line.spans)


def _length(lines: list[Line]) -> int:
    return sum(units(line.text) + 1 for line in lines) - 1


def _cut(line: Line, room: int) -> Line:
    spans: list[Span] = []
    for span in line.spans:
        text = clip(span.text, room)
        if text:
            spans.append(replace(span, text=text))
        room -= units(text)
        if text != span.text:
            break
    return replace(line, spans=tuple(spans))
