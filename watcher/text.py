"""Text as the matchers see it: HTML to plain text, folding, words with their places.

A word is folded alone, after the original was cut into words, so offsets always point into
the original text whatever folding does to lengths (`"İ".lower()` has two characters).
"""

import html
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import regex
from lxml import etree

#: Elements that end a line when HTML becomes text.
_BLOCK = re.compile(
    r"(?i)<(?=/?(?:p|div|br|li|ul|ol|tr|td|th|table|h[1-6]|blockquote|section|article|header|footer|figure|"
    r"figcaption|pre|hr|dd|dt|dl)\b)"
)
#: A tag with more than 2,000 characters of attributes: libxml2 takes quadratic time in their number.
_HUGE_TAG = re.compile(r"<([A-Za-z][\w:-]{0,40})\s[^<>]{2000,}>")
_INVISIBLE = ("script", "style", "template", "noscript", "iframe", "object", "svg", "head")
_SPACE = re.compile(r"[ \t\r\f\v\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
_OTHER_BREAKS = re.compile(r"[\x85\u2028\u2029]")
#: Control characters, and characters without width that cut words apart: soft hyphen, zero width space, word joiner.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
#: Whatever `html_to_text` may change in a text without markup, but for spaces: what is dropped, other white space.
_UNCLEAN = re.compile(rf"{_CONTROL.pattern}|[^\S ]")
#: Marks of XML that some feeds carry into their HTML, where they would hide what is between them.
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")


def html_to_text(markup: str) -> str:
    """Return the visible text of an HTML fragment; block elements become line breaks.

    Attributes, comments, scripts and styles are dropped. Text without markup comes back
    with its entities resolved and white space collapsed. Never raises; linear in the input
    (measured: 45 µs for 500 characters of usual markup).
    """
    if _is_plain(markup):
        return markup  # as most short texts are: nothing below would change it
    markup = _CONTROL.sub("", markup)
    if "<" not in markup:
        return clean(html.unescape(markup)) if "&" in markup else clean(markup)
    if len(markup) > 2000:
        markup = _HUGE_TAG.sub(r"<\1>", markup)
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    if "<![CDATA[" in markup:
        markup = _CDATA.sub("", markup)
    # The <div> keeps a "<?xml encoding=" from being the first thing, which lxml refuses in a str.
    root = etree.fromstring(f"<div>{_BLOCK.sub(chr(10) + '<', markup)}", parser)
    if root is None:
        return ""
    etree.strip_elements(root, *_INVISIBLE, with_tail=False)
    return clean("".join(str(part) for part in root.itertext()))


def _is_plain(markup: str) -> bool:
    """Say whether a text has no markup, and no space or character that `html_to_text` takes away."""
    if "  " in markup or "<" in markup or "&" in markup or markup[:1] == " " or markup[-1:] == " ":
        return False
    # What is printable is neither a control character nor white space but " ", and costs a tenth of the search.
    return markup.isprintable() or not _UNCLEAN.search(markup)


def clean(text: str) -> str:
    """Drop control characters, collapse runs of spaces to one and of line breaks to one."""
    text = _SPACE.sub(" ", _OTHER_BREAKS.sub("\n", _CONTROL.sub("", text)))
    return _BREAKS.sub("\n", text).strip() if "\n" in text else text.strip()


def one_line(text: str) -> str:
    """Collapse all white space to single spaces (a title, a mail's subject)."""
    return " ".join(_CONTROL.sub("", text).split())


# ---------------------------------------------------------------- folding

#: Scripts whose combining marks carry no difference for a reader who searches.
_MARKS_FOLD = regex.compile(r"[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]")
#: Letters that decomposition does not bring together, or that Arabic writers use alike.
_ALIKE = str.maketrans(
    {
        "ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ħ": "h",
        "ё": "е", "й": "и", "ґ": "г",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ۀ": "ه",
        "ہ": "ه", "ھ": "ه", "ک": "ك", "ـ": None, "ء": None,
    }
)  # fmt: skip


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """Return the form under which spellings of one word are equal.

    Case, width and compatibility forms (NFKC), Arabic letter variants and tatweel, digits of
    all scripts, and, for Latin, Greek, Cyrillic, Hebrew and Arabic only, combining marks.
    Indic and South-East Asian marks are vowels and stay. Idempotent.
    """
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKC", word).casefold()
    if _MARKS_FOLD.search(folded):
        parts = unicodedata.normalize("NFD", folded)
        folded = "".join(c for c in parts if unicodedata.category(c) != "Mn").translate(_ALIKE)
    folded = unicodedata.normalize("NFKC", folded)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)


# ---------------------------------------------------------------- words


class Token(NamedTuple):
    """One word: its folded form and its place in the original text."""

    word: str
    start: int
    end: int


#: A run of letters with their marks, a run of digits, or one sign of a script without spaces.
#: Letters and digits are apart, so that "Su-24", "Su 24" and "Su24" are the same two words.
_WORD = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}"
    r"\p{Script=Myanmar}]\p{M}*"
    r"|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}"
    r"\p{Script=Myanmar}])\p{L}[\p{M}\u0640\u200c\u200d]*)+"
    r"|\p{Nd}+|\p{No}|\p{Nl}"
)


def tokenize(text: str) -> tuple[Token, ...]:
    """Cut a text into folded words with offsets into the original.

    Hyphens, apostrophes, punctuation and white space separate words alike. Chinese,
    Japanese, Thai, Lao, Khmer and Burmese give one token a sign, so a phrase of signs
    matches as a substring.
    """
    found = (Token(fold(m[0]), m.start(), m.end()) for m in _WORD.finditer(text))
    return tuple(token for token in found if token.word)


def words(text: str) -> list[str]:
    """The folded words of a text without their places."""
    return [word for word in map(fold, raw_words(text)) if word]


def raw_words(text: str) -> list[str]:
    """The words of a text as they are written; folding may leave nothing of one."""
    return _WORD.findall(text)


# ---------------------------------------------------------------- Arabic

_ARABIC = re.compile("[\u0621-\u064a]")
_CLITICS = ("و", "ف", "ب", "ل", "ك", "ال", "وال", "فال", "بال", "كال", "لل", "ولل", "وب", "ول", "فب", "فل", "وبال")
#: Less is left of a word by taking a clitic away than Arabic words have.
_LEAST_STEM = 3


@lru_cache(maxsize=100_000)
def forms(word: str) -> tuple[str, ...]:
    """Return a folded word and, if it is Arabic, what it is without proclitics and article.

    و and ف (and, so), ب ل ك (in, for, as) and ال (the) are written together with the word;
    a reader who looks for حلب expects وحلب, بحلب and لحلب.
    """
    if not _ARABIC.match(word):
        return (word,)
    found = [word]
    for clitics in (
        "و",
        "ف",
        "ب",
        "ل",
        "ك",
        "ال",
        "وال",
        "فال",
        "بال",
        "كال",
        "لل",
        "ولل",
        "وب",
        "ول",
        "فب",
        "فل",
        "وبال",
    ):
        rest = word.removeprefix(clitics)
        if rest != word and len(rest) >= _LEAST_STEM:
            found.append(rest)
    return tuple(dict.fromkeys(found))
