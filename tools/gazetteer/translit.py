"""Spellings of a town's Latin name in languages that write its sounds otherwise: Chuhuiv is Tschuhujiw, Csuhujiv.

Only letters are exchanged, the longest runs first; for Arabic names also as English news does (`press`). Accents do not matter: names are folded when they are looked up.
"""

import re
import unicodedata

#: Countries whose towns are spelt anew, from how many people on.
LEAST = {
    **dict.fromkeys(("UA",), 800), **dict.fromkeys(("SY", "LB", "PS", "YE", "IQ", "SD", "LY"), 2_000),
    **dict.fromkeys(("RU", "BY"), 8_000),
}  # fmt: skip

#: Those of them whose names are written in Cyrillic letters; the others' are Arabic.
CYRILLIC = ("UA", "RU", "BY")


def _rows(table):
    """Read `from:to` pairs; - for nothing, a $ for the end of a word."""
    pairs = [pair.split(":") for pair in table.split()]
    return sorted(((a, "" if b == "-" else b) for a, b in pairs), key=lambda pair: -len(pair[0]))


#: From the Latin letters that Ukraine, Russia and Belarus write for their names.
_CYRILLIC = {
    "de": _rows("shch:schtsch zh:sch kh:ch ch:tsch sh:sch ts:z zz:s z:s v:w iu:ju yu:ju ia:ja ya:ja ie:je ye:je yo:jo "
                "ii:iji yi:yj ’:- ':-"),
    "pl": _rows("shch:szcz zh:z kh:ch ch:cz sh:sz ts:c v:w yu:ju ya:ja ye:je yo:jo ii:iji yi:yj ’:- ':-"),
    "fr": _rows("shch:chtch zh:j kh:kh ch:tch sh:ch u:ou iu:iou yu:iou ya:ia ye:ie ’:- ':-"),
    "cs": _rows("shch:sc zh:z kh:ch ch:c sh:s ts:c iu:ju yu:ju ia:ja ya:ja ie:je ye:je yo:jo ii:iji yi:yj ’:- ':-"),
    "hr": _rows("shch:sc zh:z kh:h ch:c sh:s ts:c iu:ju yu:ju ia:ja ya:ja ie:je ye:je ii:iji yi:yj ’:- ':-"),
    "hu": _rows("shch:scs zh:zs kh:h ch:cs sh:s ts:c s:sz iu:ju yu:ju ia:ja ya:ja ie:je ye:je ii:iji yi:ij ’:- ':-"),
    "tr": _rows("shch:sc zh:j kh:h ch:c sh:s iu:yu ia:ya ie:ye ii:iyi ’:- ':-"),
    "es": _rows("kh:j yu:iu ya:ia ’:- ':-"),
    "nl": _rows("shch:sjtsj zh:zj kh:ch ch:tsj sh:sj u:oe iu:joe yu:joe ia:ja ya:ja ’:- ':-"),
    "sv": _rows("shch:sjtj zh:zj kh:ch ch:tj sh:sj iu:ju yu:ju ia:ja ya:ja ii:iji ’:- ':-"),
}  # fmt: skip
#: From the letters that English writes for Arabic names.
_ARABIC = {
    "de": _rows("sh:sch kh:ch j:dsch y:j z:s dh:d q:k ’:- ':- ‘:-"),
    "fr": _rows("sh:ch j:dj u:ou w:ou ’:- ':- ‘:-"),
    "es": _rows("sh:sh kh:j j:y z:z q:q ’:- ':- ‘:-"),
    "tr": _rows("sh:s kh:h j:c w:v q:k gh:g th:s dh:z ’:- ':- ‘:-"),
    "pl": _rows("sh:sz kh:ch j:dz y:j w:w q:k v:w ’:- ':- ‘:-"),
}  # fmt: skip


#: How the English press writes what GeoNames romanises letter by letter: parts of words of Arabic names, each with all
#: that stands for it. A ^ for the beginning of a word, a $ for its end.
_PRESS = [
    (old, tuple(new.replace("-", "") for new in spellings.split("|")))
    for old, spellings in (
        pair.split(":")
        for pair in """^tall$:tell|tal|tel ^bayt$:beit|bayt ^dayr$:deir|dayr ^ayn$:ain|ayn|ein ^kafr$:kafr|kfar ^shaykh$:sheikh|shaykh
        ^jabal$:jabal|jebel ^khirbat$:khirbet|khirbat ^umm$:umm|um īyah$:iyah|iya|iyeh ah$:ah|a|eh is$:is|es āyā$:aya ay:ay|ai|ei|e|i
        aw:aw|au|o ū:u|ou|oo ī:i|e ā:a iyy:iyy|iy q:q|k ss:ss|s ll:ll|l dd:dd|d mm:mm|m nn:nn|n""".split()
    )
]  # fmt: skip
#: A name gets at most so many spellings; each has so many letters at least.
_MOST, _LEAST_LETTERS = 60, 5
#: The Arabic article as GeoNames writes it, which news writes as "al-" or leaves out; ayn before an a.
_ARTICLES = frozenset("al ar as ash at ath ad adh an az aş aţ aḑ az̧ el".split())
_ARTICLE = re.compile(rf"^(?:{'|'.join(sorted(_ARTICLES))})[ -]")
_AYN = re.compile("(?<=[^aāeiīuū ])[‘’`]a")


def press(name):
    """Yield the spellings of a romanised Arabic name that English news has: Jindayris is Jinderes, Tall Rif‘at Tell Rifat."""
    plain = _ARTICLE.sub("", unicodedata.normalize("NFC", name.lower()))
    written = [plain, _AYN.sub("aa", plain)]  # Rif‘at, Rifaat
    found = []
    for one in dict.fromkeys(re.sub("['’‘`ʼʻ]", "", one) for one in written):
        begun = [""]
        for word in re.split("[ -]", one):
            news = (word, "al", "el") if word in _ARTICLES else _pressed(word)
            begun = [f"{one} {new}".strip() for one in begun for new in news][:_MOST]
        found += begun
    for one in dict.fromkeys(found):
        if len(one) >= _LEAST_LETTERS:
            yield one


def _pressed(word):
    """The spellings of one word, the letter by letter one first."""
    marked, out, at = f"^{word}$", [""], 0
    while at < len(marked):
        for old, news in _PRESS:
            if marked.startswith(old, at):
                out = [one + new for one in out for new in news]
                at += len(old)
                break
        else:
            if marked[at] not in "^$":
                out = [one + marked[at] for one in out]
            at += 1
    return out[:_MOST]


def spelt(name, country):
    """Yield the other spellings of a town's name, with small letters."""
    plain = name.lower()
    tables = _CYRILLIC if country in CYRILLIC else _ARABIC
    seen = {plain}
    for rows in tables.values():
        found = _exchanged(plain, rows)
        if found not in seen and len(found) >= 5:
            seen.add(found)
            yield found


def _exchanged(plain, rows):
    out, at = [], 0
    while at < len(plain):
        for old, new in rows:
            if plain.startswith(old, at):
                out.append(new)
                at += len(old)
                break
        else:
            out.append(plain[at])
            at += 1
    return "".join(out)
