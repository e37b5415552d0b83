"""The term grammar: what a string in a rule asks for."""

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum

from watcher.rules.fuzzy import can_be_fuzzy
from watcher.rules.patterns import compile_pattern
from watcher.rules.spelling import bare, exact_form, visible
from watcher.text import fold_letters, tokenize, words

FIELDS = ("title", "summary", "content", "author", "category", "link", "feed")
#: Fields that a term without a scope is looked for in.
TEXT_FIELDS = ("title", "summary", "content")
#: A longer term is a mistake: no headline has so many characters.
MAX_TERM = 500

_SCOPE = re.compile(rf"({'|'.join(FIELDS)}):\s*(\S.*)", re.DOTALL)
_SCOPE_LIKE = re.compile(r"([a-z]+):(.*)", re.DOTALL)
#: Conditions that are easily taken for scopes.
FACTS = ("tag", "language", "region")
#: Words of ASCII letters, perhaps with = or *.
_SIMPLE = re.compile(r"(=?)([A-Za-z]+(?: [A-Za-z]+)*)(\*?)")
_PATTERN = re.compile(r"/(.+)/i?", re.DOTALL)


class Kind(StrEnum):
    """How a term is compared with the text."""

    WORDS = "words"
    PREFIX = "prefix"
    EXACT = "exact"
    FUZZY = "fuzzy"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class Term:
    """One word, phrase or pattern to look for."""

    #: As its author wrote it.
    text: str
    kind: Kind
    #: Folded words, in order; none for a pattern. A PREFIX term's last word may go on.
    words: tuple[str, ...] = ()
    #: A single field, or the text fields.
    fields: tuple[str, ...] = TEXT_FIELDS
    #: EXACT: the text as it must stand; FUZZY: the name; PATTERN: the regular expression.
    raw: str = ""

    def scoped(self, field: str) -> "Term":
        """This term in one field only; a term with a scope of its own keeps it."""
        if self.fields != TEXT_FIELDS:
            return self
        return replace(self, text=f"{field}:{self.text}", fields=(field,))


def parse_term(text: str) -> Term:
    """Read one term.

    Raises:
        ValueError: it can never match, or asks for what there is not; the message says what to write.
    """
    if len(text) > MAX_TERM:
        raise ValueError(f"a term of {len(text):,} characters; at most {MAX_TERM} are allowed")
    if simple := _SIMPLE.fullmatch(text):  # as most terms are
        sign, body, star = simple.groups()
        if not sign:
            return Term(text, Kind.PREFIX if star else Kind.WORDS, tuple(body.lower().split()))
        if not star:
            return Term(text, Kind.EXACT, tuple(body.lower().split()), raw=body)
    fields: tuple[str, ...] = TEXT_FIELDS
    body = text.strip()
    _complain_of_scope(body)
    if scope := _SCOPE.fullmatch(body):
        fields, body = (scope[1],), scope[2].strip()
    if pattern := _PATTERN.fullmatch(body):
        compile_pattern(pattern[1])
        return Term(text, Kind.PATTERN, (), fields, pattern[1])
    if body[:1] == "=":
        body = _unquoted(body[1:].strip())
        found, cut = _words(body), tokenize(visible(body))
        return Term(text, Kind.EXACT, found, fields, exact_form(body[cut[0].start : cut[-1].end]))
    if body[:1] == "~":
        body = _unquoted(body[1:].strip())
        found = _words(body)
        if not can_be_fuzzy(found):
            raise ValueError("~ needs a name of four sounds or more, in a script with letters: list the spellings")
        return Term(text, Kind.FUZZY, found, fields, body)
    return _plain(text, body, fields)


def _complain_of_scope(body: str) -> None:
    """Raise for what looks like a scope and is none."""
    like = _SCOPE_LIKE.match(body)
    if not like:
        return
    name, rest = like.groups()
    if name in FIELDS and not rest.strip(' "'):
        raise ValueError(f"nothing to look for stands after the scope {name}:")
    if name in FACTS:
        raise ValueError(f"{name} is a condition of its own: write {{{name}: {rest.strip() or '…'}}}")
    # "state: …" may be a headline; "tytle:…" without a space is none.
    near = () if name in FIELDS else get_close_matches(name, FIELDS, 1, 0.6 if rest[:1].strip() else 0.79)
    if near:
        instead = f"(did you mean {near[0]!r}?); in quotes it is looked for as words: '\"{body}\"'"
        raise ValueError(f"{name!r} is no scope {instead}")


def _plain(text: str, body: str, fields: tuple[str, ...]) -> Term:
    kind = Kind.WORDS
    if body.endswith(('"*', "*")) and len(body) > 1:
        kind, body = Kind.PREFIX, body[:-1]
    body = _unquoted(body)
    if kind is Kind.WORDS and body.endswith("*"):
        kind, body = Kind.PREFIX, body[:-1]
    if "*" in body:
        raise ValueError("* may stand only at the end of a term; for other places use a pattern such as /\\w*bomb/")
    if kind is Kind.PREFIX and body != body.rstrip():
        raise ValueError("* must follow its word directly")
    return Term(text, kind, _words(body), fields)


def _unquoted(text: str) -> str:
    quoted = len(text) > 2 and text[0] == text[-1] == '"'
    return text[1:-1].strip() if quoted else text


def _words(text: str) -> tuple[str, ...]:
    if text.isalpha() and (folded := fold_letters(text)) is not None:
        return (folded,)
    found = tuple(bare(word) for word in words(visible(text)))
    if not found:
        raise ValueError("has no letters or digits, so it can never match; signs need a pattern such as /€/")
    return found
