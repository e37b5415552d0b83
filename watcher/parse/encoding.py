"""Bytes to text: which encoding a document is in, whatever it and its server say."""

import codecs
import re
from collections.abc import Iterator

#: Encodings seen in feeds, by Python's names; others (utf-7, unicode_escape, punycode) are attacks.
ALLOWED = re.compile(
    r"ascii|utf-8(-sig)?|utf-16(-[bl]e)?|utf-32(-[bl]e)?|iso8859-\d+|cp125\d|cp43[47]|cp8[56]\d|cp874|cp932|cp936|cp949|"
    r"cp950|koi8-[rut]|kz1048|ptcp154|mac-\w+|gb2312|gbk|gb18030|big5(hkscs)?|euc_(jp|kr|jis_2004)|"
    r"shift_jis(_2004|x0213)?|iso2022_(jp|kr)\w*|tis-620|johab|hz"
)
#: What is meant by those who say the first: browsers read supersets (WHATWG Encoding Standard).
_SUPERSETS = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "cp936": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs", "tis-620": "cp874",
}  # fmt: skip
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: `<?` or `{"` without a mark, in the encodings where a letter is more than a byte.
_WIDE = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
#: Single-byte encodings of languages, tried where nothing fits that was declared.
_OF_LANGUAGE = {
    "ru": "cp1251", "uk": "cp1251", "be": "cp1251", "bg": "cp1251", "sr": "cp1251", "mk": "cp1251", "kk": "cp1251",
    "ar": "cp1256", "fa": "cp1256", "ur": "cp1256", "he": "cp1255", "el": "cp1253", "tr": "cp1254", "az": "cp1254",
    "pl": "cp1250", "cs": "cp1250", "sk": "cp1250", "hu": "cp1250", "ro": "cp1250", "hr": "cp1250", "sl": "cp1250",
    "lt": "cp1257", "lv": "cp1257", "et": "cp1257", "vi": "cp1258", "th": "cp874",
    "ja": "cp932", "ko": "cp949", "zh": "gb18030",
}  # fmt: skip
_SEVEN_BIT = re.compile(r"iso2022_\w+|hz")
_DECLARED = re.compile(rb"<\?[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{0,80})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';,]{1,80})", re.IGNORECASE)
_LANGUAGE = re.compile(rb"(?:<language>\s*|<dc:language>\s*|xml:lang=[\"'])([A-Za-z]{2})\b")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\ufffd]+")


class RefusedEncoding(ValueError):  # noqa: N818 - named for what happened
    """A declared encoding that Python knows but no honest feed uses."""


def decode(body: bytes, content_type: str, lang: str | None) -> tuple[str, str]:
    """Return the text, and a remark or "".

    A byte order mark decides; then UTF-8, if every byte fits (nothing else looks like it by
    chance); then what HTTP and the document say (RFC 7303), then the usual encoding of the
    language `lang` or of the document's own. What fits nowhere is read as UTF-8 or
    Windows-1252 with replacement marks, and the remark says so.

    Raises:
        RefusedEncoding: a declaration names one that only attacks use.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            _refuse_attacks(body[len(mark) :], name)
            return _lenient(body[len(mark) :], name)
    for start, name in _WIDE:
        if body.startswith(start):
            _refuse_attacks(body, name)
            return _lenient(body, name)
    declared = _declared(body, content_type)
    seven_bit = [name for name in declared if _SEVEN_BIT.fullmatch(name)]
    for name in (*seven_bit, "utf-8"):
        try:
            return body.decode(name), ""
        except UnicodeDecodeError as error:
            first_bad = error.start
    if text := _nearly_utf8(body, first_bad):
        return text, "some bytes are not UTF-8; they were replaced"
    for name in (*declared, *_by_language(body, lang)):
        if not name.startswith("utf-"):
            try:
                text = body.decode(_SUPERSETS.get(name, name))
            except UnicodeDecodeError:
                continue
            return text, "" if name in declared else _guessed(name)
    text, remark = _lenient(body, "cp1252")
    return text, remark or _guessed("cp1252")


def _guessed(name: str) -> str:
    return f"it is not in the encoding that it says; it was read as {name}"


def _lenient(body: bytes, name: str) -> tuple[str, str]:
    text = body.decode(name, "replace")
    bad = text.count("\ufffd")
    return text, f"{bad} characters are not {name}; they were replaced" if bad else ""


def _refuse_attacks(body: bytes, name: str) -> None:
    """Where the encoding is certain, a declaration means nothing, but it may still give an attack away."""
    _declared(body[:4000].decode(name, "replace").encode(), "")


def _declared(body: bytes, content_type: str) -> list[str]:
    """Return the encodings that HTTP and the document name, in Python's names, unknown ones left out."""
    names = _CHARSET.findall(content_type)
    if found := _DECLARED.match(body.lstrip()[:1000]):
        names.append(found[1].decode("ascii", "replace").strip())
    return list(_known(names))


def _known(names: list[str]) -> Iterator[str]:
    for name in names:
        try:
            known = codecs.lookup(name).name
        except (LookupError, ValueError, UnicodeError):
            continue
        if not ALLOWED.fullmatch(known):
            raise RefusedEncoding(name)
        yield known


def _by_language(body: bytes, lang: str | None) -> Iterator[str]:
    found = _LANGUAGE.search(body[:5000])
    for hint in (found[1].decode().lower() if found else "", (lang or "").lower()[:2]):
        if hint in _OF_LANGUAGE:
            yield _OF_LANGUAGE[hint]


def _nearly_utf8(body: bytes, first_bad: int) -> str:
    """Return the text if it is UTF-8 but for a few bytes: a letter cut at the end, one pasted word.

    Sequences of UTF-8 hardly ever stand in other encodings by chance, so a few of them weigh more than some errors.
    """
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(map(len, _BEYOND_ASCII.findall(text)))
    return text if first_bad >= len(body) - 3 or 2 * bad <= good else ""
