"""The term grammar, and finding all terms of all rules in an entry in one pass over its words."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from watcher.model import Entry, Feed
from watcher.text import Token, forms, tokenize, words

FIELDS = ("title", "summary", "content", "author", "category", "link", "feed")
#: Fields that a term without a scope is looked for in.
TEXT_FIELDS = ("title", "summary", "content")
#: A longer term is a mistake: no headline has so many characters.
MAX_TERM = 500

_SCOPE = re.compile(rf"({'|'.join(FIELDS)}):\s*(\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase to look for."""

    #: As its author wrote it.
    text: str
    #: Folded words, in order.
    words: tuple[str, ...]
    #: A single field, or the text fields.
    fields: tuple[str, ...] = TEXT_FIELDS
    #: The last word may go on (`captur*`).
    prefix: bool = False
    #: Exactly so, case and accents included (`=IS`); None otherwise.
    exact: str | None = None


def parse_term(text: str) -> Term:
    """Read one term.

    Raises:
        ValueError: it can never match, or asks for what is not supported; the message says what to write.
    """
    written = text
    fields: tuple[str, ...] = TEXT_FIELDS
    if len(text) > MAX_TERM:
        raise ValueError(f"a term of {len(text):,} characters; at most {MAX_TERM}")
    if scope := _SCOPE.fullmatch(text.strip()):
        fields, text = (scope[1],), scope[2]
    text = text.strip()
    if len(text) > 2 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    if text.startswith("$"):
        raise ValueError("a scope before a $list is not supported: write the scope inside the list")
    if text.startswith("~"):
        raise ValueError("~fuzzy terms are not supported yet: list the spellings")
    if len(text) > 1 and text[0] == text[-1] == "/":
        raise ValueError("/regular expressions/ are not supported yet: list the words, or use word*")
    exact = prefix = False
    if text.startswith("="):
        exact, text = True, text[1:].strip()
    elif text.endswith("*"):
        prefix, text = True, text[:-1]
    if "*" in text:
        raise ValueError("* may stand only at the end of a term")
    if prefix and text != text.rstrip():
        raise ValueError("* must follow its word directly")
    found = tuple(words(text))
    if not found:
        raise ValueError("has no letters or digits, so it can never match")
    return Term(written, found, fields, prefix, text if exact else None)


# ---------------------------------------------------------------- one pass over an entry


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a term stands: words `first`-`last` of a field, characters `start`-`end` of it."""

    term: int
    field: str
    first: int
    last: int
    start: int
    end: int


class Automaton:
    """All terms of all rules, indexed by their first word, so that an entry is read once."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = tuple(terms)
        self._by_first: dict[str, list[int]] = defaultdict(list)
        self._by_prefix: dict[str, list[int]] = defaultdict(list)
        for number, term in enumerate(terms):
            only_word = term.prefix and len(term.words) == 1
            (self._by_prefix if only_word else self._by_first)[term.words[0]].append(number)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._by_prefix})
        self.fields = tuple(f for f in FIELDS if any(f in term.fields for term in terms))

    def find(self, texts: Mapping[str, Sequence[str]]) -> list[Hit]:
        """Return every hit, in order of field and place. `texts` maps a field to its values."""
        hits: list[Hit] = []
        for field in self.fields:
            for value in texts.get(field, ()):
                hits.extend(self._find_in(field, value))
        return hits

    def _find_in(self, field: str, text: str) -> Iterable[Hit]:
        tokens = tokenize(text)
        for i, token in enumerate(tokens):
            for form in forms(token.word):
                for number in self._by_first.get(form, ()):
                    if hit := self._match(number, field, text, tokens, i):
                        yield hit
                for length in self._prefix_lengths:
                    if length > len(form):
                        break
                    for number in self._by_prefix.get(form[:length], ()):
                        if field in self.terms[number].fields:
                            yield Hit(number, field, i, i, token.start, token.end)

    def _match(self, number: int, field: str, text: str, tokens: Sequence[Token], i: int) -> Hit | None:
        """Check the rest of a term whose first word stands at token `i`."""
        term = self.terms[number]
        last = i + len(term.words) - 1
        if field not in term.fields or last >= len(tokens):
            return None
        for word, token in zip(term.words[1:], tokens[i + 1 : last + 1], strict=True):
            if word not in forms(token.word) and not (term.prefix and token is tokens[last] and _begins(token, word)):
                return None
        start, end = tokens[i].start, tokens[last].end
        if term.exact is not None and text[start:end] != term.exact:
            return None
        return Hit(number, field, i, last, start, end)


def _begins(token: Token, word: str) -> bool:
    return any(form.startswith(word) for form in forms(token.word))


def texts_of(entry: Entry, feed: Feed | None) -> dict[str, tuple[str, ...]]:
    """Return the values of every field that terms may be looked for in."""
    names = (feed.id, feed.title) if feed else (entry.feed,)
    return {
        "title": (entry.title,), "summary": (entry.summary,), "content": (entry.content,), "author": (entry.author,),
        "category": entry.categories, "link": (entry.link or "",), "feed": names,
    }  # fmt: skip
