"""Names of places in a text: longest match over words, with the endings and clitics of many scripts.

A mention is a candidate only: `resolve` decides whether it means a place, and which.
"""

import re
from collections.abc import Iterator

from watcher.regions.endings import beginnings, forms, stems
from watcher.regions.gazetteer import (
    CITY,
    COMMON,
    COUNTRY,
    DEMONYM,
    ENGLISH,
    EXACT,
    GIVEN,
    SINK,
    STOP,
    SURNAME,
    Gazetteer,
    Meaning,
    Name,
)
from watcher.regions.words import EAST_UNITS, SMALL_ENGLISH
from watcher.text import fold, tokenize

#: Where names are words of the language itself; foreign ones are spelt by sound and seldom mean anything else.
_HAN_WRITTEN = frozenset({"CN", "TW", "HK", "MO", "JP", "KR"})
#: Where names have the Arabic article.
_ARABIC = frozenset("SY IQ LB JO PS IL YE SA OM AE QA KW BH EG SD LY TN DZ MA MR".split())
#: Letters with their marks, without the scripts that write no spaces.
LETTER = (
    "A-Za-zªµºÀ-ÖØ-öø-\u02af\u0300-\u036f\u0370-\u0373\u0376-\u037d\u037f\u0386\u0388-\u0481\u0483-\u0587"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05f2\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc"
    "\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06ff\u0710-\u07bf\u0900-\u0963\u0971-\u0dff\u10a0-\u10ff\u1200-\u137f\u1e00-\u1fff"
    "\u200c\u200d\u1100-\u11ff\uac00-\ud7a3\ufb1d-\ufb4f\ufb50-\ufdff\ufe70-\ufefc"
)
EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_CASELESS = "\u0590-\u0dff\u10a0-\u10ff\u1200-\u137f\u1100-\u11ff\uac00-\ud7a3\ufb1d-\ufdff\ufe70-\ufefc"


def _upper() -> str:
    points = [c for c in (*range(0x41, 0x587), *range(0x1E00, 0x2000)) if chr(c).isupper()]
    return "".join(re.escape(chr(c)) for c in points)


_ANY = re.compile(f"[{LETTER}]+|[{EAST}]+")
#: For English, where no small word means a place.
_CAPITAL = re.compile(f"[{_upper()}{_CASELESS}][{LETTER}]*|[{EAST}]+")
_NEXT = re.compile(f"([ \u00a0\\-–'’ʼ‘ʻ.\u05f3\u05f4]{{1,2}})([{LETTER}]+)")
#: The same for texts of ASCII alone, in half the time.
_ANY_ASCII, _CAPITAL_ASCII = re.compile("[A-Za-z]+"), re.compile("[A-Z][A-Za-z]*")
_NEXT_ASCII = re.compile(r"([ \-'.]{1,2})([A-Za-z]+)")
#: What `_extended` may step over, and the letters that an Arabic article in Latin letters ends with.
_GAPS = frozenset(" \u00a0-–'’ʼ‘ʻ.\u05f3\u05f4")
#: An apostrophe inside a word: Farg‘ona.
_INNER = frozenset("’ʼ‘ʻ")
_APOSTROPHES = _INNER | {"'"}
_ARTICLE_ENDS = frozenset("lnrdstzh")
_ARTICLE = re.compile(f"(?<![{LETTER}])(?:[aAeE][lnrdst]|[aA]sh|[eE]sh|[aA]z|[eE]z|[aA]th|[aA]dh)[-– ]$")
_EAST_FIRST = re.compile(f"[{EAST}]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_SMALL_WORDS = re.compile(
    r" (?:the|of|and|to|in|for|on|with|said|was|says|after|near|from|amid|killed|kills|wounded|against|its|their) "
)

#: How a text's language writes names: with the endings of any, as English does, without cases but the genitive.
ANY_TEXT, ENGLISH_TEXT, UNINFLECTED = range(3)

LATIN, CYRILLIC, ARABIC, HEBREW, EASTERN, OTHER, CASED_OTHER = range(7)
CASED = (LATIN, CYRILLIC, CASED_OTHER)


def script_of(char: str) -> int:
    """Sort a letter by how its script writes names."""
    point = ord(char)
    if point < 0x250 or 0x1E00 <= point < 0x1F00:
        return LATIN
    if 0x400 <= point < 0x530:
        return CYRILLIC
    if 0x600 <= point < 0x780 or 0xFB50 <= point < 0xFEFF:
        return ARABIC
    if 0x590 <= point < 0x600 or 0xFB1D <= point < 0xFB50:
        return HEBREW
    if 0x370 <= point < 0x590 or 0x1F00 <= point < 0x2000:
        return CASED_OTHER
    return OTHER


class Mention:
    """A name in a text, and what it may mean."""

    __slots__ = (
        "adjective", "admin", "capital", "dropped", "end", "field", "forced", "hint_country", "hint_unit", "key",
        "known", "located", "meanings", "minus", "name", "names_country", "near_home", "own", "person", "plus",
        "script", "single", "start", "text", "word_flags",
    )  # fmt: skip

    def __init__(self, text: str, start: int, end: int, key: str, name: Name, script: int, *, single: bool) -> None:
        self.text, self.start, self.end, self.key = text, start, end, key
        self.name = text[start:end]
        self.known = name
        self.meanings: tuple[Meaning, ...] = name.meanings
        self.word_flags = name.flags if single else 0
        self.script, self.single = script, single
        self.field = ""
        self.plus = self.minus = 0.0
        self.hint_country = self.hint_unit = self.forced = ""
        self.admin = self.person = self.dropped = self.near_home = self.located = False
        self.adjective, self.names_country = name.adjective, name.names_country
        self.capital = True
        #: Country, its vote, province, its vote: what this mention itself gave to the context.
        self.own: tuple[str, float, str, float] | None = None


#: A reading of a word: folded key, name if it is one, whether longer names begin so, its script, whether an ending
#: says "in" or "from".
Reading = tuple[str, Name | None, bool, int, bool]
#: Decadic logarithm of the people that a town needs which is only guessed from a word with an ending.
_LEAST_INFLECTED = 4.3
#: Иванов is seldom a genitive of Иваново.
_SURNAME_ENDS = ("ов", "ев", "ьев")
#: The same if a hamlet bears just that name: V Brně means Brno, not Brne.
_LEAST_OVER_EXACT = 5.0
#: What it counts for that a name of a script without spaces has five signs or more: so much is seldom met by chance.
_LONG_NAME = 0.5
#: What such an ending counts for, about as much as a preposition.
_LOCATED = 1.0


class Scanner:
    """Finds mentions; what words turned out to be stays in a bounded cache."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        #: By mode: what words are, and what words so far are with one more.
        self._words: tuple[dict[str, tuple[Reading, ...] | None], ...] = ({}, {}, {})
        self._steps: tuple[dict[str, tuple[str, Name | None, bool] | None], ...] = ({}, {}, {})

    def mentions(self, text: str, *, mode: int, cased: bool) -> list[Mention]:
        """Return the mentions of a text in order, without overlaps."""
        found: list[Mention] = []
        cache, english = self._words[mode], mode == ENGLISH_TEXT
        done = 0
        if text.isascii():
            pattern = _CAPITAL_ASCII if english and cased else _ANY_ASCII
        else:
            pattern = _CAPITAL if english and cased else _ANY
        end = 0
        for word in pattern.findall(text):  # and each found again: of what a match would tell, most is not asked
            start = text.find(word, end)
            end = start + len(word)
            try:
                known = cache[word]
            except KeyError:
                if len(cache) > 100_000:
                    cache.clear()
                known = cache[word] = self._look(word, mode)
            if known is None or start < done:
                continue
            if not known:
                found += self._east(text, start, word)
                continue
            mention = self._longest(text, start, end, known, mode=mode, cased=cased)
            if mention is not None:
                found.append(mention)
                done = mention.end
        return found

    def _look(self, word: str, mode: int) -> tuple[Reading, ...] | None:
        """What a word may begin: nothing (None), a run without spaces (()), or the readings of the word."""
        if _EAST_FIRST.match(word):
            return ()
        script, key = script_of(word[0]), fold(word)
        small = script in CASED and word[0].islower()
        foreign = not (mode == ENGLISH_TEXT and script == LATIN)
        readings: list[Reading] = []
        own = self._gazetteer.lookup(key) if key else None
        words_own = COMMON | STOP if script == LATIN else COMMON | STOP | GIVEN  # a word of its own: no ending
        everyday = own is not None and bool(own.flags & (STOP if own.meanings else words_own))
        for form, located in forms(key) if key else ():
            if everyday and form != key:
                break
            name, leads = self._named(form, word, small=small, exact=form == key, foreign=foreign)
            if name is not None or leads:
                readings.append((form, name, leads, script, located))
                if name is not None and form == key and (script != ARABIC or name.notable):
                    break
        if key and foreign and not small and not everyday:
            self._add_inflected(readings, key, script, mode)
        if len(readings) > 1 and readings[0][0] != key:
            readings.sort(key=lambda r: -_rank(r[1]))  # of two endings that leave a name, that of the better known
        return tuple(readings) or None

    def _named(self, form: str, word: str, *, small: bool, exact: bool, foreign: bool) -> tuple[Name | None, bool]:
        """What a form of a word names, and whether longer names begin so."""
        name = self._gazetteer.lookup(form)
        if name is not None and not exact:
            name = _great(name, 3.7 if len(form) > 2 else 5.3)
            if len(form) <= 2 and script_of(form[0]) == ARABIC:
                name = None
        if name is not None and not foreign:
            name = _in_english(name) if form not in SMALL_ENGLISH or word.isupper() else None
        if name is not None and small:
            name = None if name.flags & COMMON else _only(name, DEMONYM)
        if name is not None and not word.isupper():
            name = Name(name.flags, tuple(m for m in name.meanings if not m.flags & EXACT))
        return name if name is not None and name.meanings else None, not small and self._gazetteer.leads_on(form)

    def _add_inflected(self, readings: list[Reading], key: str, script: int, mode: int) -> None:
        """Add what a word with the ending of a case may be, if it is no well-known name as it stands."""
        if mode == UNINFLECTED and script == LATIN:
            name = self._gazetteer.lookup(key[:-1]) if key[-1] == "s" and len(key) > 4 and not readings else None
            name = _great(name, _LEAST_INFLECTED) if name is not None and not name.no_place else None
            if name is not None:
                readings.append((key[:-1], name, False, script, False))
            return
        if not any(r[1] for r in readings):
            begun = (form for form in beginnings(key) if self._gazetteer.leads_on(form))
            readings += [(form, None, True, script, False) for form in begun]
            inflected = self._inflected(key, script)
            if inflected is not None:
                readings.append(inflected)
        elif not _is_known(readings[0][1]):
            inflected = self._inflected(key, script, _LEAST_OVER_EXACT)
            if inflected is not None:
                readings[0] = inflected

    def _inflected(self, key: str, script: int, least: float = _LEAST_INFLECTED) -> Reading | None:
        """Try the dictionary forms of a word with an ending: Идлиба → Идлиб, Damaszkuszban → Damaszkusz."""
        best: Reading | None = None
        if key.endswith(_SURNAME_ENDS):
            return None
        for form, located in stems(key):
            name = self._gazetteer.lookup(form)
            if name is None:
                continue
            if name.no_place:
                return None  # Азии: Asia
            if script == CYRILLIC and name.flags & GIVEN and key[-1] not in "еі" and not name.country:
                continue  # с Александром
            size = least if script == CYRILLIC or located else least + 0.3
            if script == CYRILLIC:
                size -= 0.6  # its endings are few, and towns at the front are small
            common = name.flags & COMMON and script not in CASED  # with a capital it is no everyday word
            doubtful = common or (len(form) < 5 and not located)
            name = _great(name, size + 0.8 if doubtful else size)
            if name is not None and (best is None or _rank(name) > _rank(best[1])):
                best = form, name, False, script, located
        return best

    def _longest(
        self,
        text: str,
        start: int,
        end: int,
        readings: tuple[Reading, ...],
        *,
        mode: int,
        cased: bool,
    ) -> Mention | None:
        script = readings[0][3]
        best: tuple[int, int, str, Name] | None = None
        # Arabic names keep their article in Latin letters.
        if script == LATIN and start > 2 and text[start - 2] in _ARTICLE_ENDS and text[start - 1] in "-– ":
            best = self._with_article(text, start, end, readings, cased=cased)
        in_place = False
        for key, name, leads, _, located in readings:
            if name is not None and (best is None or end > best[1]):
                best, in_place = (start, end, key, name), located
            if leads and text[end : end + 1] in _GAPS:
                longer = self._extended(text, end, key, script in CASED and cased, mode=mode)
                if longer is not None and (best is None or longer[0] > best[1]):
                    best, in_place = (start, *longer), located
        if best is None:
            return None
        single = " " not in best[2] and best[0] == start
        mention = Mention(text, best[0], best[1], best[2], best[3], script, single=single)
        if script in CASED and text[best[0]].islower():
            mention.capital = False
        if in_place:
            mention.plus = _LOCATED
        return mention

    def _with_article(
        self, text: str, start: int, end: int, readings: tuple[Reading, ...], *, cased: bool
    ) -> tuple[int, int, str, Name] | None:
        """Arabic names keep their article in Latin letters: al-Bab, El Fasher."""
        article = _ARTICLE.search(text, max(0, start - 5), start)
        if article is None:
            return None
        key = fold(article[0][:-1]) + " " + fold(text[start:end])
        longer = (
            self._extended(text, end, key, need_capital=cased, mode=ENGLISH_TEXT)
            if self._gazetteer.leads_on(key)
            else None
        )
        if longer is not None:
            return (article.start(), *longer)
        name = self._gazetteer.lookup(key)
        if (name is None or not name.meanings) and article[0][-1] != " ":  # al-Dhale, where only Dhale is known
            key, name = readings[0][0], readings[0][1]
            kept = tuple(m for m in name.meanings if m.country in _ARABIC) if name else ()
            name = Name(name.flags, kept) if name and kept else None
        return (article.start(), end, key, name) if name is not None and name.meanings else None

    def _extended(
        self, text: str, end: int, key: str, need_capital: bool, *, mode: int
    ) -> tuple[int, str, Name] | None:
        """The longest name that goes on after a word: end, key, name."""
        best = None
        before = key
        steps = self._steps[mode]
        next_word = (_NEXT_ASCII if text.isascii() else _NEXT).match
        for _ in range(6):
            if text[end : end + 1] not in _GAPS:
                break
            match = next_word(text, end)
            if match is None:
                break
            gap, word = match.groups()
            if "." in gap and len(before) > 3:
                break
            apart = "'" if gap in _APOSTROPHES else " "
            step = f"{key}{apart}{word}"
            try:
                found = steps[step]
            except KeyError:
                if len(steps) > 60_000:
                    steps.clear()
                found = steps[step] = self._step(key, word, apart, mode)
            if found is None:
                break
            before, end = word, match.end()
            key, name, leads = found
            small = need_capital and before[0].islower() and script_of(before[0]) != CYRILLIC
            if name is not None and (not small or gap in _INNER):
                best = (end, key, name)
            if not leads:
                break
        return best

    def _step(self, key: str, word: str, apart: str, mode: int) -> tuple[str, Name | None, bool] | None:
        """What the words so far are with one more: key, name, whether longer names begin so; None if nothing."""
        joined, key = key + fold(word), f"{key} {fold(word)}"
        name = self._gazetteer.lookup(key)
        if name is None and apart == "'":  # N'Zérékoré
            name = self._gazetteer.lookup(joined)
        if name is None and not (mode != ANY_TEXT and script_of(word[0]) == LATIN):
            key, name = self._last_inflected(key)
        if name is not None and not word.isupper() and any(m.flags & EXACT for m in name.meanings):
            name = Name(name.flags, tuple(m for m in name.meanings if not m.flags & EXACT))
        if name is not None and not name.meanings:
            name = None
        leads = self._gazetteer.leads_on(key)
        return (key, name, leads) if name is not None or leads else None

    def _last_inflected(self, key: str) -> tuple[str, Name | None]:
        """A name of several words whose last has an ending: Дейр-эз-Зоре, Белгородской области, Banja Luku."""
        before, _, last = key.rpartition(" ")
        for form, _ in stems(last, least=3) if last else ():
            name = self._gazetteer.lookup(f"{before} {form}")
            if name is not None and name.meanings:
                return f"{before} {form}", name
        return key, None

    def _east(self, text: str, offset: int, run: str) -> Iterator[Mention]:
        """Names in a run without spaces, the longest at each sign."""
        tokens = tokenize(run)
        i = 0
        while i < len(tokens):
            key, best = tokens[i].word, None
            for j in range(i + 1, min(len(tokens), i + 16)):
                if not self._gazetteer.leads_on(key):
                    break
                key = f"{key} {tokens[j].word}"
                name = self._gazetteer.lookup(key)
                if name is not None and name.meanings and _fits(run, tokens[i].start, tokens[j].end):
                    best = (j, key, name)
            if best is None:
                i += 1
                continue
            j, key, name = best
            name = _sure(name, j - i + 1, run[tokens[j].end : tokens[j].end + 1])
            if name is not None:
                start, end = offset + tokens[i].start, offset + tokens[j].end
                mention = Mention(text, start, end, key, name, EASTERN, single=True)
                if j > i and run[tokens[j].start : tokens[j].end] in EAST_UNITS:
                    mention.plus = _LOCATED
                elif j - i >= 4 and run[tokens[i].start] < "\u3000":
                    mention.plus = _LONG_NAME
                yield mention
            i = j + 1


#: Small words that German, Dutch or Italian have as well; texts of fewer characters may have no others.
_SHARED_WORDS, _SHORT = {" in ", " was ", " on "}, 200
#: Characters of a text that its language is guessed from.
_LOOKED_AT = 1000


def is_english(text: str) -> bool:
    """Guess from small words; a wrong guess costs only the adjectives of other languages."""
    found = _SMALL_WORDS.findall(text, 0, _LOOKED_AT)
    if len(text) < _SHORT and set(found) <= _SHARED_WORDS and any(c > "\x7f" and c.isalpha() for c in text):
        return False  # Kämpfe in Khartum
    return len(found) * 120 >= min(len(text), _LOOKED_AT)


def _is_known(name: Name | None) -> bool:
    return name is None or name.notable or any(m.size >= 4.0 for m in name.meanings)


def _rank(name: Name | None) -> float:
    """How likely a name is meant; one that is no word besides goes first: u Splitu."""
    if name is None:
        return 0.0
    return max(m.prior for m in name.meanings) - (1.5 if name.flags & (COMMON | STOP) else 0.0)


def _great(name: Name, size: float = 3.7) -> Name | None:
    """Countries, provinces and towns of some size: what an inflected form may mean."""
    kept = tuple(m for m in name.meanings if (m.kind not in (CITY, SINK) or m.size >= size) and not m.flags & EXACT)
    return Name(name.flags, kept) if kept else None


def _in_english(name: Name) -> Name:
    """Names of countries in other languages are seldom meant in English if they are anything else as well."""
    other = name.flags & (COMMON | GIVEN | SURNAME)
    kept = (m for m in name.meanings if m.kind != COUNTRY or m.flags & ENGLISH or not (other or m.flags & DEMONYM))
    return Name(name.flags, tuple(kept))


def _only(name: Name, flag: int) -> Name:
    return Name(name.flags, tuple(m for m in name.meanings if m.flags & flag))


def _fits(run: str, start: int, end: int) -> bool:
    """A name in katakana must not be cut out of a longer word."""
    if _KATAKANA.match(run[start]) and start and _KATAKANA.match(run[start - 1]):
        return False
    return not (_KATAKANA.match(run[end - 1]) and end < len(run) and _KATAKANA.match(run[end]))


def _sure(name: Name, length: int, after: str) -> Name | None:
    """Short names of small towns are too often part of something else."""
    if length >= 4 or after in EAST_UNITS:
        return name
    least = 5.3 if length <= 2 else 4.3
    kept = tuple(
        m for m in name.meanings
        if m.kind not in (CITY, SINK) or m.size >= (least if m.country in _HAN_WRITTEN else min(least, 5.0))
    )  # fmt: skip
    return Name(name.flags, kept) if kept else None
