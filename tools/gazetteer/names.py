"""Which names of a place are worth having, and the tables of names, demonyms and words that are ours."""

import importlib
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import regex
from opencc import OpenCC
from rapidfuzz import fuzz

from watcher.text import fold, words

HERE = Path(__file__).parent

#: Flags of a meaning.
PRIMARY, EXACT, DEMONYM, CLOSE, ENGLISH = 1, 2, 4, 8, 16
#: Flags of a name: an everyday word, a given name, a surname, a word of `words.tsv`.
COMMON, GIVEN, SURNAME, STOP = 1, 2, 4, 8

GENERIC = re.compile(
    r"\b(Governorate|Province|District|Region|Oblast|County|Prefecture|Department|State|Municipality|Voivodeship|"
    r"Canton|Krai|Kray|Republic|Raion|Muhafazat|Parish|Subdistrict|Township|Division|Autonomous|City)\b",
    re.IGNORECASE,
)
AFFIXES = re.compile(
    r"^(محافظة|ولاية|إقليم|مقاطعة|استان|منطقة|محافظہ|صوبہ|ضلع|شهرستان|Gouvernement|Province de|Provincia de|Oblast|Gobernación de|"
    r"Estado de|Departamento de|Département de|Gouvernorat de|Gouvernorat d[’']|Région de|Province of|Region of|Muhafazat|Wilaya de|"
    r"Provinz|Provincia di|Região de|מחוז|นครรัฐ|จังหวัด|รัฐ)\s*"
    r"|\s*(область|край|省|州|県|道|府|市|자치구|주|도|oblast[iy]?|Oblast|ili|Valiliği|Governorate|Province|प्रान्त|प्रदेश|राज्य)$"
)
#: What stands between the word for a kind and the name.
_LINKS = frozenset("of de di do da du del della des der dos das ya i e".split())
#: Names that are only a kind of place or a direction.
EMPTY = frozenset(
    " ".join(words(name.replace("_", " ")))
    for name in """south_west south_east north_west north_east west_coast east_coast north_coast south_coast far_north far_west
    北部 南部 東部 西部 中部 东部 新城 城关 北方 南方 東方 西方 东方 北区 南区 東区 西区 north south east west northern southern eastern western central northeast northwest southeast southwest
    norte sul sur nord sud este leste oeste ouest noord zuid oost occidental oriental septentrional meridional meridionale
    settentrionale centrale centro occidentale orientale kuzey güney doğu batı utara selatan timur barat tengah jižní severní norra södra östra västra
    kaskazini kusini mashariki magharibi waqooyi koonfur bari iparraldea severna južna zapadna centralna střední średni north_central south_central
    شمالی جنوبی مشرقی مغربی وسطی شرقی غربی مرکزی الشمالية الجنوبية الشرقية الغربية الوسطى الشمالي الجنوبي الشرقي الغربي المركزية المركز
    северный южный восточный западный центральная северная южная восточная западная центральна північний південний північна південна східна західна
    उत्तर दक्षिण पूर्व पश्चिम मध्य उत्तरी दक्षिणी केंद्रीय উত্তর দক্ষিণ পূর্ব পশ্চিম মধ্য কেন্দ্রীয় வடக்கு தெற்கு கிழக்கு மேற்கு ఉత్తర దక్షిణ తూర్పు పశ్చిమ ಉತ್ತರ ದಕ್ಷಿಣ
    צפון דרום מזרח מערב מרכז הצפון הדרום המרכז 동부 서부 남부 북부 중부 북 남 동 서 중앙 구 シティ
    center centre capital coast highlands upper lower olympic federal city town village province state district county
    مدينة محافظة قرية بلدة ولاية منطقة ريف الشمال الجنوب الغرب الشرق شمال جنوب شرق غرب الوسط المدينة الجديدة البلد الساحل
    центр город область район село республика центральный north-west 中央 東 西 南 北""".split()
)
#: A romanisation letter by letter begins small ("man bi ji"); so do adjectives.
SCRIPTS = {
    "latin": regex.compile(r"\p{Script=Latin}"), "cyrillic": regex.compile(r"\p{Script=Cyrillic}"),
    "greek": regex.compile(r"\p{Script=Greek}"), "arabic": regex.compile(r"\p{Script=Arabic}"),
    "hebrew": regex.compile(r"\p{Script=Hebrew}"),
    "east": regex.compile(r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]"),
}  # fmt: skip
#: Scripts whose readers this program has; others are dropped.
_OTHER = regex.compile(
    r"[\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Thai}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Ethiopic}"
    r"\p{Script=Myanmar}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Khmer}"
    r"\p{Script=Malayalam}\p{Script=Kannada}\p{Script=Sinhala}]"
)


#: Languages that feeds are written in. Names of countries in others count only where they mean nothing else.
LANGUAGES = frozenset(
    """af am ar as az be bg bn bo bs ca ckb cs cy da de dz el en es et eu fa fi fil fo fr ga gl gu ha he hi hr hu hy id ig is
    it ja ka kk km kn ko ku ky lb lo lt lv mk ml mn mr ms mt my nb ne nl nn no om or pa pl ps pt ro ru rw sd si sk sl sn so
    sq sr st sv sw ta te tg th ti tk tr tt ug uk ur uz vi wo xh yi yo yue zh zu""".split()
)
#: Names of small countries in some languages, which in most texts are towns: Granada is seldom Grenada.
RATHER_TOWNS = frozenset({
    ("GD", "granada"), ("SV", "salvador"), ("LC", "santa luzia"), ("MF", "san martin"), ("NF", "norfolk"), ("IM", "man"),
    ("GP", "guadalupe"),
})  # fmt: skip


_HAN = regex.compile(r"\p{Script=Han}")
_KANA_OR_HANGUL = regex.compile(r"[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]")
_TO_SIMPLIFIED, _TO_TRADITIONAL = OpenCC("t2s"), OpenCC("s2t")


#: An apostrophe inside a name, which most leave out: Nek’emtē. Names of two words that are as often written in one.
_APOSTROPHE = re.compile(r"(?<=\w)['’‘ʻʼʿʾ`](?=\w)")
_ALSO_ONE_WORD = re.compile(
    r"(?:خان|بور|رأس|راس|دير|تل|بئر|عين|كفر|بيت|أبو|ابو|ود) \w{3,}|\w{3,}[ \u200c](?:آباد|اباد|شهر|پور)"
)


def spellings(name):
    """A name in the other Chinese characters, without apostrophes, in one word: GeoNames has often one spelling only."""
    if script(name) == "latin" and _APOSTROPHE.search(name):
        return [name, _APOSTROPHE.sub("", name)]
    if _ALSO_ONE_WORD.fullmatch(name):
        return [name, re.sub("[ \u200c]", "", name)]
    if not _HAN.search(name) or _KANA_OR_HANGUL.search(name):
        return [name]
    return list(dict.fromkeys((name, _TO_SIMPLIFIED.convert(name), _TO_TRADITIONAL.convert(name))))


def script(name):
    for found, pattern in SCRIPTS.items():
        if pattern.search(name):
            return found
    return "other" if _OTHER.search(name) else ""


def key(name):
    return " ".join(words(name))


def readable(name):
    """Whether a name could stand in a text."""
    kind = script(name)
    if not kind or len(name) > 40 or any(c.isdigit() for c in name):
        return False
    if kind == "latin":
        return len(name) >= 4 and not name[:1].islower() and not (name.isupper() and len(name) <= 4)
    return len(name) >= (2 if kind == "east" else 3)


#: How alike (0 to 100) another spelling of a town's name is to be like it, and to be as much its own.
_ALIKE, _SAME = 62, 90
#: So many names of a town are spelt as other languages do.
_MORE = 5


def city_names(city, *, close_country):
    """Yield (name, flags) of a town."""
    own, people = city["name"], city["population"]
    yield own, PRIMARY
    for name in city["alternatenames"]:
        if not readable(name):
            continue
        kind = script(name)
        if kind == "latin" and people < 5000 and not close_country and key(name) != key(own):
            continue
        if kind == "east" and people < 50_000 and len(name) < 3:
            continue
        ratio = 100 if kind != "latin" else fuzz.ratio(key(name), key(own))
        if kind == "latin" and close_country and ratio >= _SAME and len(own) > 5:  # Kostiantynivka, Kostyantynivka
            yield name, PRIMARY | CLOSE
        else:
            yield name, CLOSE if ratio >= _ALIKE else 0
        if kind == "east" and len(name) > 2 and name[-1] in "市县縣区區町村시군":  # 창원시 is 창원
            yield name[:-1], CLOSE


def english(city):
    """A town's own name and a few more in ASCII that are like it."""
    own = city["name"]
    more = [n for n in city["alternatenames"] if n.isascii() and readable(n) and fuzz.ratio(key(n), key(own)) >= _ALIKE]
    return [own, *more[:_MORE]]


def unit_names(names):
    """Yield the names of a province with and without the word for its kind."""
    for name in names:
        if not name or (script(name) == "latin" and (len(name) < 4 or name[:1].islower())):
            continue
        yield name
        for stripped in (GENERIC.sub("", name).strip(" -'"), AFFIXES.sub("", name).strip(), without_kind(name)):
            short = re.sub(r"^(of|de|du|d')\s+", "", stripped).strip()
            if short != name and len(short) >= (4 if script(short) == "latin" else 2):
                yield short


@cache
def _kinds():
    return {cells[0]: frozenset(" ".join(cells[1:]).split()) for cells in table("kinds.tsv")}


def without_kind(name):
    """A province's name without the word for its kind that stands before or after it, in any language."""
    parts = name.split()
    while len(parts) > 1 and parts[0].lower() in _kinds()["before"]:
        parts = parts[1:]
        if len(parts) > 1 and parts[0].lower() in _LINKS:
            parts = parts[1:]
    while len(parts) > 1 and parts[-1].lower() in _kinds()["after"]:
        parts = parts[:-1]
    short = re.sub(r"^(?:d|dell|dall|l)['’]", "", " ".join(parts))
    return short if len(parts) > 1 or not short.islower() else name


_COMPASS = frozenset(
    """north south east west northern southern eastern western central centre center upper lower far middle inner outer
    northeast northwest southeast southwest northeastern northwestern southeastern southwestern capital national federal
    district territory area metropolitan city island islands coast coastal gulf sea red blue white black lake lakes river
    rivers valley mountain mountains highlands plateau delta bay unity""".split()
)


def is_compass(found):
    """Whether a province's English name is only a direction or a kind of country: Northern, Lakes, Red Sea."""
    english = next((name for language, name in found if language == "en"), "")
    return {w for w in words(without_kind(english)) if w not in ("and", "the", "of")} <= _COMPASS


def same(unit, found):
    """Whether CLDR means the same province by a code: ISO has given Iran's codes to others since."""
    theirs = {
        key(without_kind(name)) for language, name in found if language in ("en", "de", "fr", "es", "pl", "tr", "vi")
    }
    given = {key(without_kind(n)) for n in (unit.name, *unit.aliases, *unit.names) if script(n) == "latin"}
    pairs = [(one, other) for one in theirs for other in given]
    return any(fuzz.ratio(one, other) >= 60 or fuzz.token_set_ratio(one, other) >= 85 for one, other in pairs)


def is_short(plain):
    """Whether a name in Arabic or Hebrew letters is so short that it is likely a word too."""
    return " " not in plain and len(plain.removeprefix("ال")) <= 4 and script(plain) in ("arabic", "hebrew")


#: How languages write "of the province of X" as an adjective: what follows its stem in the name, what forms have.
_ADJECTIVE = {
    "ru": (re.compile(r"^(\S+[сц]к)(?:ая|ий) (?:область|край|округ)"), "ru"),
    "uk": (re.compile(r"^(\S+[сц]ьк)(?:а|ий) (?:область|край|округ)"), "uk"),
    "pl": (re.compile(r"^(?:obwód|kraj|okręg) (\S+[sc]k)i$", re.IGNORECASE), "pl"),
    "cs": (re.compile(r"^(\S+[sc]k)(?:á|ý) (?:oblast|kraj)"), "cs"),
}
#: Adjectives of capitals, by which governments are meant, and such as are words of their own.
_NO_ADJECTIVE = ("москов", "моск", "киевск", "київськ", "kijow", "kyjevsk", "moskevsk", "moskiew", "ленинград", "ленінград", "еврейск",
                 "приморск", "волынск", "минск", "мінськ", "mińsk", "minsk")  # fmt: skip


def adjectives(found):
    """Return the forms of adjectives that are made of a province's name: харьковские, charkowskiego."""
    forms = []
    for language, name in found:
        pattern, endings = _ADJECTIVE.get(language, (None, ""))
        stem = pattern.match(name) if pattern else None
        if stem and not stem[1].lower().startswith(_NO_ADJECTIVE):
            forms += [stem[1].lower() + e.replace("-", "") for e in ENDINGS[endings].split()]
    return tuple(dict.fromkeys(forms))


# ---------------------------------------------------------------- our tables


def table(file):
    """Rows of a table of ours: cells by tab; comments and empty lines are passed over."""
    for line in (HERE / file).read_text("utf-8").split("\n"):
        if line.strip() and not line.startswith("#"):
            yield [cell.strip() for cell in line.split("\t") if cell.strip()]


#: Endings of adjectives and inhabitants by language; a stem of `demonyms.tsv` is joined to each.
ENDINGS = {
    "ru": "ий ая ое ие ого ой ому ую им ими их ом ою ою", "uk": "ий а е і ого ої ому у им ими их ій ою",
    "fr": "- e s es ne nes", "es": "o a os as", "it": "o a i e he", "pt": "o a os as", "de": "- e er es en em",
    "pl": "i a ie iego iej iemu im imi ich ą", "tr": "- ler lar leri lerin", "ar": "- ه ين ون ات ا", "fa": "- ها ان",
    "he": "- ת ים ות ה", "sv": "- a t", "nl": "- e", "en": "- s", "cs": "ý á é ého ém ému ým ých ými ou í",
    "hi": "- यों", "xx": "-",
}  # fmt: skip


def demonyms():
    """Yield (code, full form, flags)."""
    for code, *cells in table("demonyms.tsv"):
        for cell in cells:
            language, _, stems = cell.partition(":")
            for stem in stems.split():
                for ending in ENDINGS[language].split():
                    flags = DEMONYM | (ENGLISH if language == "en" else 0)
                    yield code, stem.replace("_", " ") + ("" if ending == "-" else ending), flags


# ---------------------------------------------------------------- words that are no places


def people():
    """Given names and surnames of the packages names (US census) and faker."""
    given, surnames = set(), set()
    import names as census

    where = Path(census.__file__).parent
    for file, count, into in (
        ("dist.male.first", 1200, given),
        ("dist.female.first", 2500, given),
        ("dist.all.last", 6000, surnames),
    ):
        into |= {line.split()[0].lower() for line in (where / file).read_text().split("\n")[:count] if line}
    import faker

    for folder in sorted((Path(faker.__file__).parent / "providers" / "person").iterdir()):
        if (
            folder.is_dir()
            and "__pycache__" not in folder.name
            and not folder.name.startswith("en")
            and folder.name not in ("zh_CN", "zh_TW", "ja_JP", "ko_KR", "th_TH", "vi_VN")
        ):
            provider = importlib.import_module(f"faker.providers.person.{folder.name}").Provider
            for attribute in dir(provider):
                if "first_name" in attribute or "last_name" in attribute or attribute in ("male_names", "female_names"):
                    found = getattr(provider, attribute)
                    if isinstance(found, (tuple, list, dict)):
                        into = surnames if "last" in attribute else given
                        into |= {k for n in found if isinstance(n, str) for k in words(n) if len(k) >= 3}
    return {fold(w) for w in given}, {fold(w) for w in surnames}


def everyday(english, stopwords):
    """Words that begin sentences and are seldom meant as places."""
    import faker

    found = defaultdict(int)
    for folder in sorted((Path(faker.__file__).parent / "providers" / "lorem").iterdir()):
        if (
            folder.is_dir()
            and "__pycache__" not in folder.name
            and folder.name not in ("la", "zh_CN", "zh_TW", "ja_JP", "th_TH")
        ):
            provider = importlib.import_module(f"faker.providers.lorem.{folder.name}").Provider
            for word in getattr(provider, "word_list", ()):
                if word[:1].islower() or not word[:1].isupper():
                    found[fold(word)] += 1
    for listed in stopwords.values():
        for word in listed:
            found[fold(word)] += 1
    for word in english:
        found[fold(word)] += 1
    return set(found)


#: Words with the article that are towns as often.
_RATHER_PLACES = frozenset(
    fold(name)
    for name in """العين الخبر الباب القائم الجوف الحد الحدود الميادين الطبقة القصر البيضاء الشيخ الحق الحج الزاوية البحيرة
    الخمس الوجه الدم الرأس الجسر الميناء""".split()
)


def never_places():
    """The words of `words.tsv`, Arabic ones also with the article and in the accusative."""
    plain = {fold(word) for cells in table("words.tsv") for word in " ".join(cells).split()}
    arabic = {word for word in plain if SCRIPTS["arabic"].match(word) and not word.startswith("ال") and len(word) > 2}
    return plain | {word + "ا" for word in arabic} | ({"ال" + word for word in arabic} - _RATHER_PLACES)


#: Parts of speech of jieba's dictionary that are no names.
_NO_NAMES = frozenset("n v a d m t b f l i j vn an ad q r p c s z nl".split())
#: How often a word must stand in its corpus to be no small town, and to be no place at all but in East Asia.
_OFTEN, _ALWAYS = 100, 1000


def chinese_words():
    """Words of two signs or more that Chinese texts have often and that name nothing, in both ways of writing.

    Each with whether it is so usual that it is no province either.
    """
    import jieba

    found = {}
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").split("\n"):
        cells = line.split(" ")
        if len(cells) == 3 and len(cells[0]) >= 2 and int(cells[1]) >= _OFTEN and cells[2] in _NO_NAMES:
            for word in (cells[0], _TO_TRADITIONAL.convert(cells[0])):
                found[word] = int(cells[1]) >= _ALWAYS
    found |= {w: True for cells in table("words.tsv") for w in " ".join(cells).split() if script(w) == "east"}
    return sorted(found.items())
