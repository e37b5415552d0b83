"""What a word may be in a dictionary: without the clitics and the endings of many languages.

Everything here is folded (`watcher.text.fold`). A form is a guess: it counts only if a place of
some size bears it.
"""

from collections.abc import Iterable, Iterator

from watcher.regions.words import ARABIC_CLITICS, HEBREW_CLITICS, KOREAN
from watcher.text import fold

#: A dictionary form, and whether the ending that was taken away says "in" or "from", as only places have it.
Form = tuple[str, bool]
Rows = tuple[tuple[str, tuple[str, ...], bool], ...]


def _rows(table: str) -> Rows:
    """Read lines of `endings: what stands instead, - for nothing`; ! marks what only places have. Longest first."""
    rows = []
    for line in table.strip().split("\n"):
        endings, _, instead = line.partition(":")
        put = tuple(fold(one) if one != "-" else "" for one in instead.split() or ["-"])
        rows += [(fold(e.rstrip("!")), put, e.endswith("!")) for e in endings.split()]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


#: Slavic cases, and the cases of Turkic languages in Cyrillic letters.
_CYRILLIC = _rows("""
ами ями: - а я ы и о
ого ому ыми ими ої: ий ая ое ый ия е
ова ову ові овом: ів
єва єву єві євом: їв
ой ои ою ом ем ею ей еи ам ах ях ов ев ії ии ию ия ие ым ых ій: - а я ь ия о е ы и і ів їв
ці: к ка ки ця
цу ца цем: ац
ку ка ком: ак
зі: г га
сі: х ха
і ї а у е ы и ю я о: - а я ь ия о е ы и і ів їв
да! де! та! те! дан! ден! тан! тен!: -
ға ге қа ке ның нің дың дің ды ді ты ті: -
""")
#: Cases of languages in Latin letters whose endings names of places take: Finnish, Hungarian, West and South Slavic,
#: Romanian, Baltic, Azerbaijani, Uzbek, and the genitive of Germanic languages.
_LATIN = _rows("""
issa! ista! iin! illa! ilta! ille!: -
ksessa! ksesta! kseen!: s
ssa! sta! lla! lta! lle! seen! hen han iin: -
n an en in on un aan: -
ban! ben! bol! rol! tol! ba! be! ott! ett! nal! nel!: -
hoz hez nak nek val vel ert ot et at ra re ig t: -
em iem om iu ow owi: - o e a
ie e u i y a ou: - a o e y
ach! iach! ami ech! ich!: e y i a -
dzie!: d da
cie!: t ta
szcie!: szt sta
rze!: r ra
ze!: ha ga
ci ce: ka k
cu ca cem: ac
ku: ak ek
cia ciu: c
ni: en n
ului ul lui: -
ei: a -
uje! iuje!: us ius
oje!: a
yje!: is
os: a
aus: us
da! de! də! dan! den! dən! ga ge nin ning nun ya yə: -
is s: -
""")
#: Endings before which Finnish changes consonants.
_FINNISH = ("ssa", "sta", "lla", "lta", "lle", "n", "seen")
_GREEK = _rows("""
ου ους: ος ο
ων: α ες οι ος
ο ον: ος
α ας: ας α
η ης: ης η
ι ς: ς -
""")
#: Adjectives before a noun in names of several words: Нижнем Новгороде, Novom Sadu, Nowym Sączu.
_CYRILLIC_ADJECTIVES = _rows("""
ого его ому ои еи ую юю ом ем ым им іи ої оі ій: ая ыи ии ое
ых их ыми ими: ые ие
""")
_LATIN_ADJECTIVES = _rows("""
ym im ego ej a: y i a
om og oj u e: i a o
em eho ych ich: y e i
""")
#: Scripts whose endings are written together with the name: first and last letter → endings.
_JOINED: tuple[tuple[str, str, Rows], ...] = tuple((first, last, _rows(table)) for first, last, table in (
    ("ა", "ჿ", "ში! იდან! დან!: - ი ა\nისთვის სთვის ისკენ ის ს თან! ზე მა მდე ით: - ი ა"),
    ("Ա", "֏", "ում! ից! ուց!: - ի ա\nի ին ը ն ու: - ա"),
    ("ঀ", "৿", "তে! ে! য়! য়ে!: -\nয়ের ের র কে য় : -"),
    ("ऀ", "ॿ", "्यात! ्यातील: े\nात! त! मध्ये! मधील तील ातील हून!: - ा\nच्या ची चा चे ला ने मा! को का की ले बाट! लाई: -"),
    ("઀", "૿", "માં! થી!: -\nના ની નો નું ને: -"),
    ("଀", "୿", "ରେ! ରୁ!: -\nର କୁ: -"),
    ("஀", "௿", ("ட்டில்! ட்டின்: டு ட்\nயில்! யிலிருந்து!: -\n"
               "ில்! ிலிருந்து! ின் ை: ் ு -\nத்தில்! த்தின்: ம்\nயின் யை க்கு வில்! வின்: -\nுக்கு: ு ்")),
    ("ఀ", "౿", "లో! నుంచి! నుండి!: -\nలోని కు కి ను తో పై: -"),
    ("ಀ", "೿", "ನಲ್ಲಿ! ಯಲ್ಲಿ! ದಲ್ಲಿ!: -\nಿನಲ್ಲಿ! ಿನ ಿಗೆ: ು ್\nಗೆ ದ ನ ಯ ನಿಂದ! ದಿಂದ!: -"),
    ("ഀ", "ൿ", "ട്ടിൽ! ട്ടിലെ: ട്\nയിൽ! യിലെ യിലേക്ക്: -\nിൽ! ിലെ ിലേക്ക്: ് -\nത്ത്! ത്തെ ത്തിൽ!: ം\nന്റെ ലേക്ക് ൽ!: -"),
    ("඀", "෿", "දී! හි! ේ! යේ!: -\nට ගේ: -"),
))  # fmt: skip
_ETHIOPIC_PREFIXES = ("በ", "ከ", "የ", "ለ", "ወደ", "እና", "ስለ")
#: Finnish consonants of an inflected stem and what the dictionary has: Turussa - Turku, Helsingissä - Helsinki.
_GRADED = {"ng": "nk", "nn": "nt", "mm": "mp", "ll": "lt", "rr": "rt", "d": "t", "v": "p", "k": "kk", "p": "pp",
           "t": "tt", "r": "rk", "l": "lk", "h": "hk"}  # fmt: skip

#: Longer runs of letters are no names with endings.
_LONGEST = 40
CYRILLIC_FIRST, CYRILLIC_LAST = "Ѐ", "ӿ"


def forms(key: str) -> Iterator[Form]:
    """Yield a word as it is, and what it is without what its script writes together with it."""
    yield key, False
    first = key[0]
    if first < "Ͱ" or len(key) > _LONGEST:  # Latin letters, or no word at all
        return
    if "؀" <= first <= "ۿ":
        yield from ((form, False) for form in _unjoined(key))
        for rest in _without(key, ARABIC_CLITICS, 2):
            yield rest, False  # of two letters only before more: بأم درمان
            if len(rest) > 2:
                yield "ال" + rest, False
    elif "֐" <= first <= "׿":
        yield from ((rest, key[0] == "ב") for rest in _without(key, HEBREW_CLITICS, 1))
        if "יי" in key or "וו" in key:  # foreign names are written with one or two
            single = key.replace("יי", "י").replace("וו", "ו")
            yield single, False
            yield from ((rest, key[0] == "ב") for rest in _without(single, HEBREW_CLITICS, 1))
    elif CYRILLIC_FIRST <= first <= CYRILLIC_LAST:
        yield from ((form, False) for form, _ in _replaced(key, _CYRILLIC_ADJECTIVES, 3))
    elif "가" <= first <= "힣":
        yield from ((key[:n], "에" in key[n:]) for n in range(len(key) - 1, 1, -1) if key[n:] in KOREAN)
    elif "ሀ" <= first <= "፿":
        yield from ((rest, True) for rest in _without(key, _ETHIOPIC_PREFIXES, 2))
    else:
        for low, high, rows in _JOINED:
            if low <= first <= high:
                yield from _replaced(key, rows, 3)


def stems(key: str, least: int = 4) -> Iterator[Form]:
    """Yield the dictionary forms of a word with the ending of a case: Идлиба → Идлиб, Damaszkuszban → Damaszkusz.

    In Latin letters only forms of at least so many letters: shorter ones are too often something else.
    """
    if CYRILLIC_FIRST <= key[0] <= CYRILLIC_LAST:
        yield from _replaced(key, _CYRILLIC, 3)
    elif "Ͱ" <= key[0] <= "Ͽ":
        yield from _replaced(key, _GREEK, 3)
    elif key[0] < "Ͱ":
        for ending, instead, located in _LATIN:
            stem = key.removesuffix(ending)
            if stem == key or len(stem) < min(3, least - 1):
                continue
            for put in instead:
                if len(stem + put) >= least:
                    yield stem + put, located
            if ending in _FINNISH:
                yield from ((form, located) for form in _finnish(stem) if len(form) >= least)


def beginnings(key: str) -> Iterator[str]:
    """Yield what the first word of a longer name may be: Novom Sadu → novi, Ростове-на-Дону → ростов."""
    if CYRILLIC_FIRST <= key[0] <= CYRILLIC_LAST:
        yield from (form for form, _ in _replaced(key, _CYRILLIC, 3))
    elif key[0] < "Ͱ":
        yield from (form for form, _ in _replaced(key, _LATIN_ADJECTIVES, 3))


def _replaced(key: str, rows: Rows, least: int) -> Iterator[Form]:
    for ending, instead, located in rows:
        if key.endswith(ending) and len(key) - len(ending) >= least:
            stem = key[: -len(ending)]
            yield from ((stem + put, located) for put in instead)


def _unjoined(key: str) -> Iterator[str]:
    """What is written with a joiner, with a space and without: نجف‌آباد."""
    if "\u200c" in key:
        yield from (key.replace("\u200c", put) for put in (" ", ""))


def _without(key: str, clitics: Iterable[str], least: int) -> Iterator[str]:
    return (key[len(c) :] for c in clitics if key.startswith(c) and len(key) - len(c) >= least)


def _finnish(stem: str) -> Iterator[str]:
    """What a Finnish stem may be in the nominative."""
    if stem[-1] == stem[-2]:
        yield stem[:-1]  # Tamperee-
    if stem[-1] == "e":
        yield stem[:-1] + "i"  # Rovanieme-
    for length in (2, 1):
        put = _GRADED.get(stem[-1 - length : -1])
        if put:
            yield stem[: -1 - length] + put + stem[-1]
            if stem[-1] == "e":
                yield stem[: -1 - length] + put + "i"
            return
