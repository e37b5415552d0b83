"""Names across spellings and scripts: `~Baghdadi` finds el-Bagdadi, Багдади and البغدادي.

A name is read as a list of sounds, whatever its script. Its consonant classes make a key
(b-k-t-t), which finds candidates; a weighted edit distance over the sounds, in which a
vowel counts less than a consonant and a neighbouring consonant (q, k, g) less than a distant
one, decides. Arabic and Hebrew hardly write vowels, so there they cost next to nothing.
Tables and thresholds are tuned on lists of names (`benchmarks/translit.py`).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, chain, product
from string import ascii_lowercase
from typing import NamedTuple

from watcher.rules.spelling import LEAST_STEM, readings

#: Closeness from which a word is a spelling of a name, by how many consonants the name's key has (1, 2, more):
#: for words with a capital, for words without one (names have one), and for Arabic and Hebrew, which have none.
_CLOSE_CAPITAL = (0.90, 0.85, 0.82)
_CLOSE_SMALL = (0.97, 0.95, 0.90)
_CLOSE_ABJAD = (0.93, 0.90, 0.88)
#: Taken off when a prefix such as و had to be cut from a word first: it may be a letter of the word. Twice for
#: what leaves three letters.
CUT = 0.06
#: Taken off when two or three words had to be joined.
TORN = 0.03
#: Keys that one word may have; ambiguous letters multiply them.
MAX_KEYS = 12
#: Words that one spelling of a name may be torn into ("Da'esh", "حزب الله").
MAX_PIECES = 3

ARTICLES = frozenset(
    "al el ul il ad ed ar er as es ash esh az ez an en at et the аль эль ад ар ас аш аз ан ат эд эр эс эш эз".split()
)

_VOWELS = frozenset("aeiou")
_ABJAD = re.compile("[\u0590-\u06ff]")

#: Spellings of sounds with several letters, or with a letter that is not the sound's own, the longest first.
_SPELLINGS = (
    ("дж", "j"), ("дз", "dh"), ("تش", "ch"), ("تس", "ts"), ("γκ", "g"), ("γγ", "g"), ("μπ", "b"), ("τσ", "ts"),
    ("τς", "ts"), ("τζ", "j"), ("ου", "u"), ("ει", "i"), ("οι", "i"), ("dzs", "j"), ("zs", "zh"),
    ("tsch", "ch"), ("dsch", "j"), ("sch", "sh"), ("tch", "ch"), ("sh", "sh"), ("ch", "ch"), ("sz", "sh"), ("cz", "ch"),
    ("kh", "kh"), ("gh", "gh"), ("dh", "dh"), ("th", "th"), ("ph", "f"), ("zh", "zh"), ("dj", "j"), ("dzh", "j"),
    ("ts", "ts"), ("tz", "ts"), ("qu", "k"), ("ck", "k"), ("x", "k s"), ("oo", "u"), ("ou", "u"), ("oe", "u"),
    ("ee", "i"), ("ii", "i"), ("ij", "i y"), ("c", "c"), ("q", "q"), ("y", "y"), ("w", "w"), ("j", "j"),
)  # fmt: skip
_SOUND_OF = dict(_SPELLINGS)
#: The first spelling that stands at a place, else the letter there.
_SPELLING = re.compile("|".join(map(re.escape, _SOUND_OF)) + "|.", re.DOTALL)
_SPECIAL_LATIN = str.maketrans(
    {"ş": "sh", "š": "sh", "ś": "sh", "ș": "sh", "ç": "ch", "č": "ch", "ć": "ch", "ž": "zh", "ż": "zh", "ğ": "gh",
     "ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "e", "ñ": "n", "ß": "s", "ô": "o", "ḥ": "h", "ẓ": "z"}
)  # fmt: skip
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "gr", "ґ": "g", "д": "dd", "е": "e", "ё": "y o", "є": "y e", "ж": "zh", "з": "z",
    "и": "i", "і": "i", "ї": "y i", "й": "y", "к": "kk", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "tt", "у": "u", "ў": "w", "ф": "f", "х": "x", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "",
    "ы": "i", "ь": "", "э": "e", "ю": "y u", "я": "y a", "ә": "e", "қ": "q", "ғ": "gh", "ң": "n", "ө": "o", "ү": "u",
    "ұ": "u", "һ": "h", "ј": "y", "љ": "l", "њ": "n", "џ": "j", "ћ": "ch", "ђ": "j",
}  # fmt: skip
_ARABIC = {
    "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ب": "bb", "ت": "tt", "ث": "th", "ج": "j", "ح": "h", "خ": "kh",
    "د": "dd", "ذ": "dh", "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "tt", "ظ": "dh", "ع": "@",
    "غ": "gh", "ف": "f", "ق": "q", "ك": "kk", "ک": "kk", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ة": "a", "و": "w",
    "ي": "y", "ی": "y", "ى": "a", "ئ": "@", "ؤ": "@", "ء": "@", "پ": "p", "چ": "ch", "ژ": "zh", "گ": "g", "ھ": "h",
    "ہ": "h", "ٹ": "t", "ڈ": "d", "ڑ": "r", "ں": "n", "ے": "y", "ۆ": "o", "ڤ": "v",
}  # fmt: skip
_HEBREW = {
    "א": "@", "ב": "bv", "ג": "g", "ד": "dd", "ה": "h", "ו": "w", "ז": "z", "ח": "kh", "ט": "tt", "י": "y", "כ": "kk",
    "ך": "kh", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "ע": "@", "פ": "pf", "ף": "f", "צ": "ts",
    "ץ": "ts", "ק": "q", "ר": "r", "ש": "sh", "ת": "tt",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "v", "γ": "gh", "δ": "dh", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "k s", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "i", "φ": "f",
    "χ": "x", "ψ": "p s", "ω": "o",
}  # fmt: skip
_LETTERS = _CYRILLIC | _ARABIC | _HEBREW | _GREEK

#: All sounds, numbered.
_CODES = {
    sound: number
    for number, sound in enumerate(
        sorted({s for said in (*_SOUND_OF.values(), *_LETTERS.values(), *ascii_lowercase) for s in said.split()})
    )
}

#: Sound → consonant class; a tuple where writers differ. "" is a sound that the key leaves out.
_CLASSES: dict[str, tuple[str, ...]] = {
    "kk": ("k",), "dd": ("t",), "tt": ("t",), "k": ("k",), "g": ("k",), "gr": ("k", ""), "bb": ("p",),
    "bv": ("p", "f"), "pf": ("p", "f"),
    "q": ("k",), "gh": ("k",), "kh": ("k",), "x": ("k", ""), "c": ("k", "s"),
    "t": ("t",), "d": ("t",), "th": ("t",), "dh": ("t",), "s": ("s",), "z": ("s",), "sh": ("s",), "zh": ("s",),
    "ts": ("s",), "ch": ("s", "k"), "j": ("s", "k", ""), "b": ("p",), "p": ("p",), "f": ("f",), "v": ("f",),
    "w": ("f", ""), "m": ("m",), "n": ("n",), "l": ("l",), "r": ("r",),
}  # fmt: skip

#: Sounds that are written for each other, and what it costs; other consonants of one class cost 0.6.
#: Sounds of two letters that are not written so are letters of other scripts, which stand for less or for more than
#: the Latin ones: Arabic has no p, a Russian г may be an h, a Hebrew ב a v.
_NEAR_SOUNDS = """
0.0: kk k, dd d, tt t, bb b, gr g, bv b, bv v, bv bb, pf p, pf f
0.05: y i
0.1: bb p, gr gh, bv w, w v, kh x, ch sh, ch j, gh g, q k, q kk, dh d, th t, th tt, c k, c kk, x h, w u, c s, zh j, ts s
0.1: ts z, kh ch, dd dh, a e, o u, e i, a @, e @, o @
0.2: gr h, gr x, gr q, gr kh, kk g, pf bb, q g, k g, s z, kh h, dh z, th s, j g, f v, y j, w o, kh k, x k, gh h, q gh
0.2: gh kh, k gh, ts ch, dh t, dh dd, c g, c j, w f, a o, y e
0.3: b p, kh kk, kh j, x j, h j, t d, gr k, gr kk, dh th, kk gh, sh s, q kh, ts tt, x kk, dd z, zh z, dh s
0.3: i @, u @, y @
"""
_NEAR = {
    frozenset(pair.split()): float(cost)
    for cost, pairs in (line.split(": ") for line in _NEAR_SOUNDS.strip().splitlines())
    for pair in pairs.split(", ")
}


@dataclass(frozen=True, slots=True)
class Sounds:
    """A word as it is said, as far as its letters tell."""

    sounds: tuple[str, ...]
    #: Arabic or Hebrew: written without its short vowels.
    abjad: bool
    #: What its consonants may be, as classes; "" if it may have none.
    every: tuple[str, ...]
    #: The numbers of its sounds, and what all of them weigh.
    codes: bytes
    weight: float
    #: What each costs if another spelling does not have it: one in letters for vowels too, one in an abjad.
    alone: tuple[tuple[float, ...], tuple[float, ...]]

    @property
    def keys(self) -> tuple[str, ...]:
        """Its consonant classes, as they may be."""
        return tuple(filter(None, self.every))


@lru_cache(maxsize=20_000)
def sounds_of(word: str) -> Sounds:
    """Read one word of any script with an alphabet; letters of others are left out."""
    plain = _plain(word)
    found: list[str] = []
    for sound in _read(plain):
        if not found or found[-1] != sound:
            found.append(sound)
    if len(found) > 1 and plain[-1:] in "هה":  # folded ة; Hebrew writes a last a so
        found[-1] = "a"
    if len(found) > 2 and plain[:1] in "اأإ" and found[1] in "wy":  # carries the vowel
        del found[0]
    abjad, last = bool(_ABJAD.search(word)), len(found) - 1
    alone = (
        tuple(_alone(s, i in (0, last), i == 0, abjad, other) for i, s in enumerate(found)) for other in (False, True)
    )
    weight = sum(0.4 if s in _VOWELS or s in "@hyw" else 1.0 for s in found)
    codes = bytes(map(_CODES.__getitem__, found))
    return Sounds(tuple(found), abjad, _keys(found), codes, weight, (next(alone), next(alone)))


def name_of(words: Sequence[str]) -> str:
    """Return the words of a name as one, without articles (Deir ez-Zor is deirzor)."""
    return "".join(word for word in words if word not in ARTICLES) or "".join(words)


def can_be_fuzzy(words: Sequence[str]) -> bool:
    """Say whether a name has enough sounds to be told from others."""
    sounds = sounds_of(name_of(words))
    return bool(sounds.keys) and len(sounds.sounds) >= 4


def closeness(a: Sounds, b: Sounds, least: float = 0.0) -> float:
    """Return how alike two words sound, 0.0-1.0; 0.0 as soon as it is seen to be less than `least`."""
    whole, costs_of = max(a.weight, b.weight, 1.0), _costs()
    most = (1 - least) * whole + 1e-9
    alone, row = b.alone[a.abjad], [0.0, *accumulate(b.alone[a.abjad])]
    for x, dropped in zip(a.codes, a.alone[b.abjad], strict=True):
        costs, before = costs_of[x], row[0]
        here = lowest = before + dropped
        new = [here]
        for y, above, added in zip(b.codes, row[1:], alone, strict=True):
            here = min(before + costs[y], above + dropped, here + added)
            before = above
            new.append(here)
            if here < lowest:
                lowest = here
        if lowest > most:
            return 0.0
        row = new
    return max(0.0, 1 - row[-1] / whole)


class Names:
    """All fuzzy terms, found by their consonant keys."""

    def __init__(self, names: Sequence[tuple[int, Sequence[str]]], *, remembered: int = 100_000) -> None:
        self._remembered = remembered
        self._by_key: dict[str, list[tuple[int, Sounds]]] = {}
        self._beginnings: set[str] = {""}
        #: The first two classes of names' keys, and the first alone.
        self._starts: set[str] = set()
        for number, words in names:
            sounds = sounds_of(name_of(words))
            for key in sounds.keys:
                self._by_key.setdefault(key, []).append((number, sounds))
                self._beginnings.update(key[:i] for i in range(1, len(key) + 1))
                self._starts |= {key[:1], key[:2]}
        #: What is known of words written as one.
        self._joined: dict[str, tuple[_Joining, tuple[int, ...]]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def spelled(self, word: str, *, raw: str) -> tuple[int, ...]:
        """Return the numbers of the names that a word is a spelling of; `word` is folded, `raw` as it stands."""
        if word in ARTICLES:
            return ()
        found: dict[int, None] = {}
        alike = raw.isascii() or raw.lower() == word
        for reading in readings(word):
            spelling = raw if reading == word and not alike else reading
            if not self._may_be(spelling):
                continue
            gone = word.removesuffix(reading)
            cut = 0.0 if not gone or gone.endswith(("ال", "لل")) else CUT if len(reading) > LEAST_STEM else 2 * CUT
            sounds = sounds_of(spelling)
            for number in self._close(sounds, cut, small=raw[:1].islower()):
                found[number] = None
        return tuple(found)

    def may_begin(self, word: str) -> bool:
        """Say whether a name may be torn after this word."""
        if word in ARTICLES or not self._may_be(word):
            return False
        keys = self._beginnings.intersection(sounds_of(word).keys)
        return any(len(key) > 1 for key in keys) or (bool(keys) and len(word) <= 3)

    def _may_be(self, word: str) -> bool:
        """Say whether a word begins as a name does: most do not, and need no closer look."""
        opening = _OPENINGS.get(word[0])
        if opening and "" not in opening and opening.isdisjoint(self._starts):
            return False
        return not self._starts.isdisjoint(_beginnings(word))

    def torn(self, words: Sequence[str], first: int) -> Iterator[tuple[int, int]]:
        """Yield `(name, last word)` for names that are torn into several words from `first` on."""
        joined, joining, pieces = words[first], _joining(words[first]), 1
        found: set[int] | None = None
        for last in range(first + 1, min(first + 2 * MAX_PIECES, len(words))):
            word = words[last]
            longer = joined + word
            lengthened, close = self._read_joined(joining, word, longer)
            for number in close:
                if found is None:
                    found = set(self._close(sounds_of(words[first]), 0.0))  # whole already
                if number not in found:
                    found.add(number)
                    yield number, last
            if word not in ARTICLES:
                joined, joining, pieces = longer, lengthened, pieces + 1
                if pieces == MAX_PIECES or not self._goes_on(joining):
                    return

    def _read_joined(self, left: "_Joining", word: str, longer: str) -> tuple["_Joining", tuple[int, ...]]:
        """Return how words go on that are written as one, and the names that they are a spelling of; remembered."""
        known = self._joined.get(longer)
        if known is None:
            joining = _joined(left, word, longer)
            if self._by_key.keys().isdisjoint(joining.keys):
                known = joining, ()
            else:
                known = joining, tuple(self._close(sounds_of(longer), TORN))
            if len(self._joined) >= self._remembered:
                self._joined.clear()
            self._joined[longer] = known
        return known

    def _goes_on(self, joining: "_Joining") -> bool:
        """Say whether a name may begin so; the next letters may change the last class."""
        if len(joining.keys) >= MAX_KEYS:  # perhaps not all of them
            return True
        return any(key in self._beginnings or key[:-1] in self._beginnings for key in joining.keys)

    def _close(self, sounds: Sounds, cut: float, *, small: bool = False) -> Iterator[int]:
        longest: dict[int, tuple[int, Sounds]] = {}
        for key in sounds.keys:
            for number, name in self._by_key.get(key, ()):
                if number not in longest or len(key) > longest[number][0]:
                    longest[number] = len(key), name
        for number, (length, name) in longest.items():
            level = min(length, 3) - 1
            if sounds.abjad and not name.abjad:
                least = _CLOSE_ABJAD[level]
            else:
                least = (_CLOSE_SMALL if small else _CLOSE_CAPITAL)[level]
            if closeness(name, sounds, least + cut) - cut >= least:
                yield number


# ---------------------------------------------------------------- inside


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    lowered = unicodedata.normalize("NFC", word).lower().translate(_SPECIAL_LATIN)
    return "".join(c for c in unicodedata.normalize("NFD", lowered) if c in "йї" or not unicodedata.combining(c))


@lru_cache(maxsize=50_000)
def _beginnings(word: str) -> set[str]:
    """What a word's keys may begin with, two classes at most; reads no further than it must."""
    found, first = {""}, True
    for sound in chain.from_iterable(map(_sounds_at, _SPELLING.finditer(_plain(word)))):
        classes = ("", "k") if first and sound == "h" else _CLASSES.get(sound, ("",))
        first = False
        found = {b if len(b) == 2 or (c and b.endswith(c)) else b + c for b in found for c in classes}
        if min(map(len, found)) == 2:
            break
    return found


def _openings() -> dict[str, set[str]]:
    """For each letter the classes that a word with it at the beginning may begin with, "" if none."""
    found: dict[str, set[str]] = {}
    for spelling, said in (_SOUND_OF | _LETTERS | dict(zip(ascii_lowercase, ascii_lowercase, strict=True))).items():
        first = said.partition(" ")[0]
        found.setdefault(spelling[0], set()).update(("", "k") if first == "h" else _CLASSES.get(first, ("",)))
    return found


_OPENINGS = _openings()
#: Neighbours that are one sound, or may be.
_MERGED = frozenset(spelling[i : i + 2] for spelling in _SOUND_OF for i in range(len(spelling) - 1))


class _Joining(NamedTuple):
    """What of a word says how it goes on in the next one."""

    keys: tuple[str, ...]
    first: str
    last: str


@lru_cache(maxsize=50_000)
def _joining(word: str) -> _Joining:
    plain = _plain(word)
    return _Joining(sounds_of(word).every, plain[:1], plain[-1:])


def _joined(left: _Joining, word: str, both: str) -> _Joining:
    """The same of two words written as one, without reading them where no sound is written across them."""
    right = _joining(word)
    if left.last + right.first in _MERGED or max(len(left.keys), len(right.keys)) >= MAX_KEYS:
        return _joining(both)
    keys = tuple(a + b[1:] if a[-1:] == b[:1] else a + b for a in left.keys for b in right.keys)
    return _Joining(keys, left.first, right.last)


def _sounds_at(match: re.Match[str]) -> tuple[str, ...]:
    return _said(match[0])


@cache
def _said(spelling: str) -> tuple[str, ...]:
    """The sounds of a letter, or of some that are written together."""
    said = _SOUND_OF.get(spelling) or _LETTERS.get(spelling) or (spelling if "a" <= spelling <= "z" else "")
    return tuple(said.split())


def _read(text: str) -> Iterator[str]:
    return chain.from_iterable(map(_said, _SPELLING.findall(text)))


def _keys(sounds: Sequence[str]) -> tuple[str, ...]:
    choices = [_CLASSES[s] for s in sounds if s in _CLASSES]
    if sounds and sounds[0] == "h":  # Turkish Hartum is Khartoum
        choices.insert(0, ("", "k"))
    if max(map(len, choices), default=1) == 1:
        return (_squeezed("".join([choice[0] for choice in choices])),)
    found: dict[str, None] = {}
    for choice in product(*choices):
        found[_squeezed("".join(choice))] = None
        if len(found) >= MAX_KEYS:
            break
    return tuple(found)


def _squeezed(key: str) -> str:
    return "".join([letter for letter, before in zip(key, " " + key, strict=False) if letter != before])


@cache
def _alone(sound: str, edge: bool, first: bool, abjad: bool, other: bool) -> float:
    if sound == "@":
        return 0.3 if abjad else 0.05
    if sound in _VOWELS:
        if edge:  # an i at the end makes Baghdad a man of Baghdad
            return 1.0 if sound == "i" and not first else 0.5
        # A vowel that stands in Arabic is a long one, and one that does not is short.
        return 0.35 if abjad else 0.05 if other else 0.25
    if sound == "h":
        return 0.8 if first else 0.3
    if sound in ("w", "y", "x"):
        return 0.4
    return 1.0


@cache
def _costs() -> list[list[float]]:
    return [[_instead(a, b) for b in _CODES] for a in _CODES]


def _instead(a: str, b: str) -> float:
    """What it costs that one spelling has this sound and the other that one."""
    if a == b:
        return 0.0
    if (cost := _NEAR.get(frozenset((a, b)))) is not None:
        return cost
    if a in _VOWELS and b in _VOWELS:
        return 0.3
    if a in _CLASSES and b in _CLASSES and set(_CLASSES[a]) & set(_CLASSES[b]) - {""}:
        return 0.6
    return 1.2
