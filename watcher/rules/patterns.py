r"""Regular expressions in linear time: RE2, taught Unicode's word boundaries.

RE2's own `\b`, `\w`, `\d` and `\s` know ASCII only. `\w \d \s` become Unicode classes. For `\b`
the text is given marks at its word boundaries (a character of the private use area), every
part of the pattern that takes a character may take a mark after it, and `\b` asks for one.
Look-arounds, back-references and possessive repeats are not regular: they are refused with
what to write instead. Case is ignored, as in all terms; `(?-i)` at the beginning minds it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import re2
import regex

#: Stands at every word boundary of a text that patterns with `\b` are tried on.
MARK = "\ue000"
_WORD = r"\p{L}\p{M}\p{N}_"
_WORDS = regex.compile(rf"[{_WORD}]+")
#: Classes that RE2 knows for ASCII only, as the inside of a Unicode class.
_CLASSES = {"w": _WORD, "d": r"\p{Nd}", "s": r"\s\p{Z}"}
#: Bytes that RE2 may take for one pattern; nested repeats that need more are refused.
MAX_MEMORY = 8 << 20
#: Bytes and patterns of one set. A set that runs out of memory finds nothing and does not say so, hence the room.
SET_MEMORY, SET_PATTERNS = 48 << 20, 500

_REFUSED = (
    (regex.compile(r"\(\?=|\(\?!"), "look-ahead ((?=…), (?!…))",
     "write what follows into the pattern, or use none: or near:"),
    (regex.compile(r"\(\?<=|\(\?<!"), "look-behind ((?<=…), (?<!…))",
     "write what precedes into the pattern, or use none: or near:"),
    (regex.compile(r"\\[1-9]|\\k<|\(\?P="), "back-references (\\1)", "write the repeated words out"),
    (regex.compile(r"\(\?>|(?<!\\)[*+?}]\+"), "atomic groups and possessive repeats",
     "use the plain repeat: RE2 never backtracks"),
    (regex.compile(r"\[[^]]*\\W"), "\\W inside [...]", "list the signs, or write \\W outside of brackets"),
    (regex.compile(r"\\B"), "\\B", "write the letters that go on, such as \\w"),
    (regex.compile(r"\\C"), "\\C", "write . for any character"),
)  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    """A pattern of a rule, compiled."""

    source: str
    translated: str
    #: It asks for word boundaries, so it is tried on the marked text.
    marked: bool

    @property
    def unbounded(self) -> str:
        """The pattern without its word boundaries: it matches more."""
        return "(?i)" + "".join(_translated(self.source, marked=False))

    @cached_property
    def compiled(self) -> "re2._Regexp[str]":
        """RE2's own form."""
        return re2.compile(self.translated, _options())


def compile_pattern(source: str) -> Pattern:
    """Compile a pattern.

    Raises:
        ValueError: RE2 does not take it; the message says what to write instead.
    """
    source_bare = regex.sub(r"\\\\", "  ", source)
    bare = regex.sub(r"\[\^?\]?(?:\\.|[^\]\\])*\]", " ", source_bare)
    for refused, what, instead in _REFUSED:
        if refused.search(source_bare if "[" in what else bare):
            raise ValueError(f"{what} cannot be matched in linear time: {instead}")
    if MARK in source:
        raise ValueError("the character U+E000 cannot be looked for")
    marked = bool(regex.search(r"\\b", bare))
    pattern = Pattern(source, "(?i)" + "".join(_translated(source, marked)), marked)
    try:
        re2.compile(source, _options())
        compiled = pattern.compiled
    except re2.error as error:
        message = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"is not a regular expression that RE2 takes: {message}") from None
    if compiled.search("") is not None:
        raise ValueError("matches an empty text, so it says nothing: let it ask for one character at least")
    return pattern


class Patterns:
    """All patterns of all rules, tried together."""

    def __init__(self, patterns: Sequence[tuple[int, Pattern]]) -> None:
        self._sets = []
        for marked in (False, True):
            alike = [p for p in patterns if p[1].marked is marked]
            pieces = (alike[i : i + SET_PATTERNS] for i in range(0, len(alike), SET_PATTERNS))
            self._sets += [_Set(piece, marked) for piece in pieces]

    def __bool__(self) -> bool:
        return bool(self._sets)

    def matching(self, text: str) -> Iterator[int]:
        """Yield the numbers of the patterns that a text matches."""
        text = _safe(text)
        for one in self._sets:
            yield from one.matching(text)

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield `(number, start, end)` for every place where a pattern stands."""
        text = _safe(text)
        for one in self._sets:
            yield from one.find(text)


def _safe(text: str) -> str:
    text = text.replace(MARK, " ")
    # RE2 takes no lone surrogates.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class _Set:
    def __init__(self, patterns: Sequence[tuple[int, Pattern]], marked: bool) -> None:
        self.patterns, self._marked = patterns, marked
        self._set = _compiled_set(pattern.translated for _, pattern in patterns)
        #: The same without word boundaries: a text that has none of these need not be marked.
        self._wider = _compiled_set(pattern.unbounded for _, pattern in patterns) if marked else None

    def matching(self, text: str) -> Iterator[int]:
        if self._wider is None or self._wider.Match(text):
            for index in self._set.Match(self._haystack(text)) or ():
                yield self.patterns[index][0]

    def _haystack(self, text: str) -> str:
        return _WORDS.sub(rf"{MARK}\g<0>{MARK}", text) if self._marked else text

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        if self._wider is not None and not self._wider.Match(text):
            return
        haystack = self._haystack(text)
        for index in self._set.Match(haystack) or ():
            number, pattern = self.patterns[index]
            for match in pattern.compiled.finditer(haystack):
                start, end = match.span()
                if self._marked:
                    start -= haystack.count(MARK, 0, start)
                    end -= haystack.count(MARK, 0, end)
                if start < end:
                    yield number, start, end


# ---------------------------------------------------------------- inside


def _compiled_set(patterns: Iterable[str]) -> "re2._Set":
    found = re2.Set.SearchSet(_options(SET_MEMORY))
    for pattern in patterns:
        found.Add(pattern)
    found.Compile()
    return found


def _options(memory: int = MAX_MEMORY) -> "re2.Options":
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options


def _translated(source: str, marked: bool) -> Iterator[str]:
    """Yield the pattern with Unicode classes, and with a mark allowed after every character if `marked`."""
    i, every = 0, bool(regex.search(r"\(\?[imU]*s", source))
    while i < len(source):
        piece, consumes = _piece(source, i)
        i += len(piece)
        new = _unicode(piece, marked, every)
        if not marked:
            yield "" if piece == r"\b" else new
        elif piece == r"\b":
            yield MARK
        elif piece == "^" or piece == r"\A":
            yield f"{piece}{MARK}?"
        else:
            yield f"(?:{new}{MARK}?)" if consumes else new


def _piece(source: str, i: int) -> tuple[str, bool]:
    """Return the next part of a pattern, and whether it takes a character."""
    if source[i] == "\\":
        if match := regex.compile(r"\\(?:[pP]\{[^}]*\}|[pP].|x\{[^}]*\}|x..|Q.*?(?:\\E|$)|.)").match(source, i):
            return match[0], match[0] not in (r"\b", r"\A", r"\z", r"\Z", r"\E")
        return source[i], False
    if source[i] == "[":
        match = regex.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\[pP]\{[^}]*\}|\\.|[^\]\\])*\]").match(source, i)
        return (match[0], True) if match else (source[i], False)
    if source[i] == "(":
        match = regex.compile(r"\((?:\?P?<\w+>|\?[imsU]*-?[imsU]*[:)])?").match(source, i)
        return (match[0] if match else "("), False
    if source[i] == "{" and (match := regex.compile(r"\{\d*,?\d*\}").match(source, i)):
        return match[0], False
    return source[i], source[i] not in ")|*+?^$"


def _unicode(piece: str, marked: bool, every: bool) -> str:
    """Write RE2's ASCII classes as Unicode ones; what takes "any but" does not take a mark. `every`: `.` takes all."""
    not_mark = MARK if marked else ""
    if piece == "." and marked:
        return f"[^{MARK}]" if every else rf"[^\n{MARK}]"
    if piece.startswith("["):
        inside = regex.sub(r"\\([wds])", lambda m: _CLASSES[m[1]], piece)
        inside = inside.replace(r"\D", r"\P{Nd}")
        return inside[:-1] + not_mark + "]" if piece.startswith("[^") else inside
    if len(piece) == 2 and piece[0] == "\\" and piece[1].lower() in _CLASSES:
        negated = piece[1].isupper()
        return f"[^{_CLASSES[piece[1].lower()]}{not_mark}]" if negated else f"[{_CLASSES[piece[1]]}]"
    if piece.startswith(r"\P") and marked:
        return rf"[^\p{piece[2:]}{MARK}]"
    if piece.startswith(r"\Q") and marked:
        body = piece[2:].removesuffix(r"\E")
        return "".join(f"{re2.escape(c)}{MARK}?" for c in body)
    return piece
