"""Before the feed parser sees a document: what hurts it is taken out, or the document is refused.

feedparser's time is quadratic in attributes and in nesting: 100,000 attributes (1 MB) or a million
open elements (3 MB) hold it for more than 25 s. expat reads the same in milliseconds.
"""

import html.entities
import re
from dataclasses import dataclass, field
from xml.parsers import expat

#: Most that an element, the tree and the document may have. Of 940 captured feeds the greatest
#: have 11 attributes, a depth of 12 and 1,046 entries.
MAX_ATTRIBUTES = 256
MAX_DEPTH = 256
MAX_ENTRIES = 50_000
#: A document type's internal subset beyond this is no feed's.
_DOCTYPE_CHARS = 65_536

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,300}?\?>")
#: Characters that XML 1.0 does not allow (§2.2): control characters, lone surrogates, non-characters.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_XML_REFERENCE = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])|0*(?:[0-8]|1[124-9]|2\d|3[01])"
    # Beyond U+10FFFF, on which feedparser breaks down.
    r"|x0*(?:1[1-9a-f][0-9a-f]{4}|[2-9a-f][0-9a-f]{5}|[1-9a-f][0-9a-f]{6,})"
    r"|0*(?:111411[2-9]|11141[2-9]\d|1114[2-9]\d\d|111[5-9]\d{3}|11[2-9]\d{4}|1[2-9]\d{5}|[2-9]\d{6}|[1-9]\d{7,}));",
    re.I,
)
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")
#: An ampersand that begins no reference.
_BARE = re.compile(r"&(?![A-Za-z_][\w.-]{0,40};|#[0-9]{1,8};|#x[0-9A-Fa-f]{1,8};)")
#: Where a feed begins, behind a server's warnings or a generator's comments.
_BEGIN = re.compile(r"<\?xml\b|<!doctype\b|<(?:[\w.-]{1,20}:)?(?:rss|feed|rdf|urlset)\b", re.IGNORECASE)
_JUNK_CHARS = 20_000
_DOCTYPE = re.compile(r"<!doctype\b", re.IGNORECASE)
_ROOT = re.compile(r"<[A-Za-z_]")
_ENTRY_START = re.compile(r"<(?:item|entry)\b[^<>]{0,2000}>", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:item|entry)\s{0,20}>", re.IGNORECASE)
_ENTRY = frozenset({"item", "entry", "url"})


class TooMuch(ValueError):  # noqa: N818 - named for what happened
    """A document that no honest feed looks like; the message says in what."""


@dataclass(slots=True)
class Shape:
    """What one pass of expat saw."""

    #: Local name of the outermost element, in lower case; "" if there is none.
    root: str = ""
    entries: int = 0
    #: expat's complaint; "" for a well-formed document.
    error: str = ""
    depth: int = field(default=0, repr=False)


def tidy(text: str) -> str:
    """Make a document one that a strict XML parser reads, where that is certain.

    The declaration goes (the text is decoded), a document type goes with all its entities
    (entity bombs with it), characters that XML forbids go; HTML's named entities become
    numbers, and bare ampersands `&amp;` outside CDATA.
    """
    text = _NOT_XML.sub("", text.lstrip("\ufeff \t\r\n"))
    if (begin := _BEGIN.search(text, 0, _JUNK_CHARS)) and begin.start():
        text = text[begin.start() :]
    if declared := _DECLARATION.match(text):
        text = text[declared.end() :]
    text = _without_doctype(text)
    if "&" in text:
        text = _NAMED.sub(_numbered, _NOT_XML_REFERENCE.sub("", text))
        if "CDATA[" not in text:
            text = _BARE.sub("&amp;", text)
        else:
            text = "".join(
                part if part.startswith("<![CDATA[") else _BARE.sub("&amp;", part) for part in _CDATA.split(text)
            )
    return text.lstrip()


_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)


def measure(data: bytes) -> Shape:
    """Look at a document's shape.

    Raises:
        TooMuch: it has more attributes, depth or entries than any honest feed.
    """
    shape = Shape()

    def start(name: str, attributes: list[str]) -> None:
        shape.depth += 1
        local = name.rpartition(":")[2].lower()
        if shape.depth == 1:
            shape.root = local
        if local in _ENTRY:
            shape.entries += 1
        if len(attributes) > 2 * MAX_ATTRIBUTES:
            raise TooMuch(f"an element has more than {MAX_ATTRIBUTES} attributes")
        if shape.depth > MAX_DEPTH:
            raise TooMuch(f"its elements are nested more than {MAX_DEPTH} deep")
        if shape.entries > MAX_ENTRIES:
            raise TooMuch(f"it has more than {MAX_ENTRIES} entries")

    def end(_name: str) -> None:
        shape.depth -= 1

    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        shape.error = f"line {error.lineno}, column {error.offset}: {expat.ErrorString(error.code)}"
    return shape


def is_cut(text: str) -> bool:
    """Say whether a malformed document breaks off before the end of its outermost element."""
    tail = text[-4000:].lower()
    return not re.search(r"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", tail)


def ends_in_an_entry(text: str) -> bool:
    """Say whether a document that breaks off does so inside an entry, whose rest is still to come."""
    begun, ended = (max((m.start() for m in tag.finditer(text)), default=-1) for tag in (_ENTRY_START, _ENTRY_END))
    return begun > ended


def _without_doctype(text: str) -> str:
    root = _ROOT.search(text)
    found = _DOCTYPE.search(text, 0, root.start() if root else min(len(text), _DOCTYPE_CHARS))
    if not found:
        return text
    limit = min(len(text), found.start() + _DOCTYPE_CHARS)
    close, subset = text.find(">", found.end(), limit), text.find("[", found.end(), limit)
    if subset != -1 and subset < close:
        bracket = text.find("]", subset, limit)
        close = text.find(">", bracket, limit) if bracket != -1 else -1
    return text if close == -1 else text[: found.start()] + text[close + 1 :]


def _numbered(match: re.Match[str]) -> str:
    known = html.entities.html5.get(f"{match[1]};")
    return match[0] if known is None else "".join(f"&#{ord(c)};" for c in known)
