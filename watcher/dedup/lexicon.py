"""Words that facts are read from: what is counted, number words, words that make a number no count. Folded.

English, Spanish, French, Russian, Ukrainian, Arabic; the commonest of German, Turkish and Persian.
"""

from functools import lru_cache

from watcher.text import fold

#: What is counted → beginnings of its words.
LABELS = {
    "killed": "kill dead death deaths died dies die fatalit slain perish drowned murder massacr executed"
    " muer mortales mato matan mata matar matado murio murier fallec asesin ahog"
    " mort morts morte mortes meurt meurent peri tue tues tuee tuees deced deces assassin noye noyes noyee noyees"
    " погиб убит убил умер жертв мертв скончал расстрел утонул загин вбит قتل قتيل قتلي قتلت مقتل وفاه"
    " وفيات شهيد شهداء استشهد استشهاد ضحايا مصرع حتف مات ماتوا ماتت غرق اعدام اعدم"
    " olu oldu oldur tote toten getotet كشته شهادت",
    "injured": "wound injur hurt herid hieren hirio hirieron lesionad"
    " bless ранен ранил пострада поранен جرح جريح جرحي اصيب اصاب اصيبت"
    " اصابات مصاب yarali verletz زخمي",
    "detained": "arrest detain detenid detuv detien arrestad capturad arret interpell задержа арестов затрима"
    " اعتقل اعتقال معتقل gozalt tutuklan festgenommen",
    "missing": "missing unaccounted desaparecid disparu пропа зник مفقود فقدان kayip vermisst",
    "displaced": "displace evacu desplazad deplace перемещен эвакуир евакуй نزح نزوح نازح اجلاء vertrieben",
    "abducted": "abduct kidnap hostage secuestrad rehen enleve otage похищ заложник مختطف خطف رهين kacir entfuhr",
    "rescued": "rescue rescat secour спас врятов انقاذ انقذ kurtar gerettet",
    "infected": "infect infections cases contagi infectad заражен зараз kuhasta",
}
_STEMS = {fold(stem): label for label, stems in LABELS.items() for stem in stems.split()}
#: Beginnings that must be the whole word: "mort" but not "mortgage", "die" but not "diesel".
_WHOLE = frozenset(
    map(
        fold,
        "die dies died drowned executed mort morts morte mortes mortales peri deces noye noyes noyee noyees mata mato"
        " murio hieren hirio hirieron tue tues tuee tuees hurt olu oldu tote toten cases كشته شهادت قتلي مات فقدان نزوح"
        "".split(),
    )
)
#: Words that count what stands before them ("12 executed"), and what comes after them only if it is people: not
#: "executed 12 search warrants", "murder trial of 12".
OF_PEOPLE = ("executed", "murder", "assassin")
#: Words that say together what is counted: "lost their lives".
PHRASES = {
    tuple(map(fold, phrase.split())): "killed"
    for phrase in (
        "lost their lives", "lost his life", "lost her life", "perdieron la vida", "perdio la vida", "perdu la vie",
        "жизни лишились", "лишились жизни", "унес жизни", "унесла жизни", "унесло жизни", "унесли жизни",
    )
}  # fmt: skip
_LONGEST = max(map(len, _STEMS))
#: How stems start; few other words do.
_STARTS = frozenset(stem[:2] for stem in _STEMS)

_UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "dozen": 12,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11,
    "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18,
    "diecinueve": 19, "veinte": 20, "veintiuno": 21, "veintiun": 21, "veintidos": 22, "veintitres": 23,
    "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12,
    "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40,
    "cinquante": 50, "soixante": 60, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30,
    "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60, "centaine": 100,
    "docena": 12, "decena": 10, "veintena": 20, "treintena": 30, "centenar": 100,
    **{f"{word}{end}": value for word, value in {
        "doscient": 200, "trescient": 300, "cuatrocient": 400, "quinient": 500, "seiscient": 600, "setecient": 700,
        "ochocient": 800, "novecient": 900}.items() for end in ("os", "as")},
    "один": 1, "одна": 1, "одного": 1, "два": 2, "две": 2, "двое": 2, "двух": 2, "три": 3, "трое": 3, "трех": 3,
    "четыре": 4, "четверо": 4, "четырех": 4, "пять": 5, "пятеро": 5, "пяти": 5, "шесть": 6, "шестеро": 6, "шести": 6,
    "семь": 7, "семеро": 7, "семи": 7, "восемь": 8, "восьми": 8, "девять": 9, "девяти": 9, "десять": 10, "десяти": 10,
    "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13, "четырнадцать": 14, "пятнадцать": 15, "шестнадцать": 16,
    "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19, "двадцать": 20, "тридцать": 30, "сорок": 40,
    "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80, "девяносто": 90,
    "одиннадцати": 11, "двенадцати": 12, "тринадцати": 13, "четырнадцати": 14, "пятнадцати": 15, "шестнадцати": 16,
    "семнадцати": 17, "восемнадцати": 18, "девятнадцати": 19, "двадцати": 20, "тридцати": 30, "сорока": 40,
    "пятидесяти": 50, "шестидесяти": 60, "семидесяти": 70, "восьмидесяти": 80, "девяноста": 90, "десяток": 10,
    "десятка": 10, "сто": 100, "ста": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500,
    "шестьсот": 600, "семьсот": 700, "восемьсот": 800, "девятьсот": 900, "двухсот": 200, "трехсот": 300,
    "четырехсот": 400, "пятисот": 500, "шестисот": 600, "семисот": 700, "восьмисот": 800, "девятисот": 900,
    "اثنان": 2, "اثنين": 2, "قتيلان": 2, "قتيلين": 2, "شخصان": 2, "شخصين": 2, "ثلاثة": 3, "ثلاث": 3,
    "أربعة": 4, "أربع": 4, "خمسة": 5, "خمس": 5, "ستة": 6, "ست": 6, "سبعة": 7, "سبع": 7, "ثمانية": 8, "ثماني": 8,
    "تسعة": 9, "تسع": 9, "عشرة": 10, "عشرون": 20, "عشرين": 20, "ثلاثون": 30, "ثلاثين": 30, "أربعون": 40,
    "أربعين": 40, "خمسون": 50, "خمسين": 50, "ستون": 60, "ستين": 60, "سبعون": 70, "سبعين": 70, "ثمانون": 80,
    "ثمانين": 80, "تسعون": 90, "تسعين": 90, "مئة": 100, "مائة": 100, "مئتان": 200, "مئتي": 200, "مئتين": 200,
    "مائتان": 200, "مائتي": 200, "مائتين": 200, "ثلاثمئة": 300, "ثلاثمائة": 300, "أربعمئة": 400, "أربعمائة": 400,
    "خمسمئة": 500, "خمسمائة": 500, "ستمئة": 600, "ستمائة": 600, "سبعمئة": 700, "سبعمائة": 700, "ثمانمئة": 800,
    "ثمانمائة": 800, "تسعمئة": 900, "تسعمائة": 900, "مئتا": 200, "مائتا": 200, "ألفان": 2000, "ألفين": 2000,
    "ألفي": 2000, "ثمان": 8, "واحد": 1, "واحدة": 1, "اثنا": 2, "اثني": 2, "اثنتا": 2, "اثنتي": 2,
    "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
    "zwolf": 12, "zwanzig": 20, "dreissig": 30, "vierzig": 40, "funfzig": 50, "sechzig": 60, "siebzig": 70,
    "achtzig": 80, "neunzig": 90,
    "iki": 2, "uc": 3, "dort": 4, "bes": 5, "yedi": 7, "sekiz": 8, "dokuz": 9, "yirmi": 20, "otuz": 30, "kirk": 40,
    "elli": 50, "altmis": 60, "yetmis": 70, "seksen": 80, "doksan": 90, "yuz": 100,
    "двоє": 2, "троє": 3, "чотири": 4, "шість": 6, "сім": 7, "вісім": 8, "одинадцять": 11, "дванадцять": 12,
    "тринадцять": 13, "чотирнадцять": 14, "шістнадцять": 16, "сімнадцять": 17, "вісімнадцять": 18, "двадцять": 20,
    "тридцять": 30, "шістдесят": 60, "сімдесят": 70, "вісімдесят": 80, "двісті": 200, "чотириста": 400,
}  # fmt: skip
NUMBER_WORDS = {fold(word): value for word, value in _UNITS.items()}
#: Those that stand for a whole and are not added to: "une centaine", "dos docenas".
COLLECTIVE = frozenset(
    "dizaine douzaine quinzaine vingtaine trentaine quarantaine cinquantaine soixantaine centaine"
    " docena decena veintena treintena centenar десяток десятка dozen".split()
)
#: "One" where it is an article too: a number behind tens ("treinta y uno"), or right before what is counted: "un mort".
ONE = frozenset("un una uno une".split())
#: Arabic "eleven" has another "one" than the rest: أحد عشر.
ELEVEN = frozenset(map(fold, "أحد إحدى".split()))
#: Arabic "ten" behind units: خمسة عشر is 15.
TEEN = frozenset(map(fold, "عشر عشرة".split()))
#: Words that multiply the number before them.
SCALES = {
    fold(word): value
    for word, value in {
        "dozen": 12, "hundred": 100, "thousand": 1000, "k": 1000, "million": 1_000_000, "mln": 1_000_000,
        "mn": 1_000_000, "billion": 10**9, "bn": 10**9, "bln": 10**9, "trillion": 10**12, "tn": 10**12,
        "lakh": 100_000, "crore": 10**7,
        "mil": 1000, "mille": 1000, "cien": 100, "ciento": 100, "cent": 100, "cents": 100, "millon": 1_000_000,
        "millones": 1_000_000, "millions": 1_000_000, "milliard": 10**9, "milliards": 10**9,
        "тысяч": 1000, "тысячи": 1000, "тысяча": 1000, "тысячу": 1000, "тыс": 1000, "миллион": 1_000_000,
        "миллиона": 1_000_000,
        "миллионов": 1_000_000, "млн": 1_000_000, "миллиард": 10**9, "миллиарда": 10**9, "миллиардов": 10**9,
        "млрд": 10**9, "тисяч": 1000, "тисячі": 1000, "тисяча": 1000, "مئة": 100, "مائة": 100, "ألف": 1000,
        "ألفا": 1000, "آلاف": 1000, "مليون": 1_000_000, "ملايين": 1_000_000,
        "مليار": 10**9, "tausend": 1000, "bin": 1000, "yuz": 100, "هزار": 1000,
    }.items()
}  # fmt: skip
#: Those that need no number before them: "mil doscientos", "cent vingt", "ciento veinte", "тысяча двести"; and those
#: that need an article: "a hundred".
ALONE = frozenset(map(fold, "mil mille cien ciento cent тысяча тысячу مئة مائة ألف مليون".split()))
A_SCALES = frozenset(("hundred", "thousand", "million"))
#: The same as letters, after an amount of money only: "$72b".
MONEY_SCALES = {"m": 1_000_000, "b": 10**9, "t": 10**12}
#: Words that say about how many: where one stands for another, the fact changed.
VAGUE = frozenset(
    map(
        fold,
        """
        dozens hundreds thousands millions decenas cientos centenares miles millones dizaines centaines milliers
        десятки сотни тысячи миллионы десятков сотен عشرات مئات آلاف ملايين العشرات المئات الآلاف
        """.split(),
    )
)
#: Words after a number that say what it measures: a measure counts nothing, but may change.
MEASURES = {
    fold(word): unit
    for unit, words in {
        "percent": "percent pct per pc ciento procent процента процентов prozent بالمئة بالمائة",
        "km": "km kilometres kilometers kilometros километров км كيلومتر",
        "miles": "mile miles millas",
        "feet": "ft feet foot",
        "metres": "m metre metres meter meters metros mètres метров متر",
        "acres": "acre acres",
        "hectares": "hectare hectares hectareas гектаров га هكتار",
        "dollar": "dollar dollars usd dolares долларов доллара دولار",
        "euro": "euro euros eur евро يورو",
        "pound": "pounds libras livres фунтов",
        "ruble": "rubles рублей рубля",
        "riyal": "ريال", "egp": "جنيه", "degrees": "degrees", "points": "points",
    }.items()
    for word in words.split()
}  # fmt: skip
#: Those of them that say how far: one text tells of several such ("30 km from Kharkiv", "an advance of 2 km").
LENGTHS = frozenset("km miles feet metres".split())
#: Codes of currencies as they are written to an amount ("USD100 million"), none of them a word, and what each is.
CURRENCY_CODES = {
    "USD": "dollar", "EUR": "euro", "GBP": "pound", "JPY": "yen", "Rs": "rupee", "INR": "rupee", "PKR": "rupee",
    "CHF": "franc", "CNY": "yuan", "RMB": "yuan", "AUD": "aud", "CAD": "cad", "UAH": "hryvnia", "SAR": "riyal",
    "AED": "dirham", "EGP": "egp",
}  # fmt: skip
#: Words before a number that say that it is an amount of money.
CURRENCIES = {word: word for word in "dollar euro pound yen ruble".split()}
CURRENCIES |= {fold(code): unit for code, unit in CURRENCY_CODES.items()}
_MONTHS = """
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
    يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
    """
#: Words after a number that make it neither count nor measure: time, order, parts of a day.
NO_COUNT = frozenset(
    map(
        fold,
        f"""
        {_MONTHS}
        year years yr month months week weeks day days hour hours hr hrs minute minutes min second seconds am pm gmt
        st nd rd th
        año años dia dias hora horas semana semanas mes meses
        an ans jour jours heure heures semaine semaines mois
        год года лет день дня дней час часа часов минут недели недель месяца месяцев летний летняя летнего
        عام عاما سنة سنوات يوم يوما أيام ساعة ساعات دقيقة أسبوع شهر أشهر
        jahr jahre tage stunden uhr
        """.split(),
    )
)
#: Those of them that a sentence may be changed in ("jailed for 20 years", then 21), unless one of `AGES` follows.
YEARS = frozenset(map(fold, "years años ans лет года سنوات سنة عاما jahre".split()))
AGES = frozenset(map(fold, "old ago anniversary later after before назад спустя".split()))
#: Words that turn a sentence round where one stands for the other.
OPPOSITES = frozenset(
    frozenset(map(fold, pair.split()))
    for pair in ("with without", "con sin", "avec sans", "с без", "مع دون", "مع بدون", "mit ohne", "guilty innocent")
)
#: Words before a number that make it no count: ages, editions, names of things.
NO_COUNT_BEFORE = frozenset(
    map(
        fold,
        f"{_MONTHS} aged age covid g group resolution article no nr number stage phase level tier episode quarter part"
        " season round day week figure channel flight boeing airbus line route highway freeway 1 ст статья".split(),
    )
)
#: Words before a number after which it counts what stands before it: "death toll passes 600 with hundreds missing".
COUNTED_BEFORE = frozenset(map(fold, "toll tally bilan saldo balance حصيلة".split()))
#: "media docena", "demi-douzaine", "half a dozen": that counts about six, and is not read.
HALVES, DOZENS = frozenset(("media", "demi", "half")), frozenset(("docena", "douzaine", "dozen"))
#: Words right before a dozen that leave open how many there are: "several dozen", "a couple of dozen".
SEVERAL = frozenset("several few many some of".split())
#: "Dies of a stroke at 80": an age.
DIES = frozenset("die dies died".split())
#: Words before some of those whom a number counts.
INCLUDING = frozenset(
    map(fold, "including incl incluidos incluidas incluyendo dont включая بينهم بينها منهم einschließlich".split())
)
#: People, as lists of the dead name them; and words before a number that make it one of places.
PEOPLE = frozenset(
    map(
        fold,
        """
        people person persons officer officers policeman policemen soldier soldiers civilian civilians man men woman
        women child children boy boys girl girls guard guards militant militants fighter fighters journalist journalists
        worker workers passenger passengers prisoner prisoners protester protesters convict convicts hostages
        personas persona policías soldados civiles mujeres hombres niños
        personnes personne policiers soldats civils femmes hommes enfants человек людей полицейских солдат мирных детей
        женщин мужчин شخصا أشخاص شرطيين جنود مدنيين نساء رجال أطفال
        """.split(),
    )
)
#: One of them, behind an article; between that and what was done to them; what follows if it was they who did it.
ONE_PERSON = frozenset(
    map(
        fold,
        """
        persona hombre mujer niño niña menor joven civil soldado policía militar periodista agente trabajador
        manifestante personne homme femme enfant adolescent adolescente jeune soldat policier policière militaire
        journaliste gendarme agent travailleur manifestant secouriste pompier habitant otage
        """.split(),
    )
)
BEEN = frozenset(map(fold, "a été est fue ha sido resultó resulta".split()))
OBJECTS = ONE | frozenset("sa son ses leur su sus".split())
PLACE_BEFORE = frozenset(map(fold, "at in near from across of on en de dans à nahe bei в на из по في من".split()))
#: What stands behind such words and is no place: days, months, times of day, and, where names have no capitals, events.
NO_PLACE = frozenset(
    map(
        fold,
        """
        monday tuesday wednesday thursday friday saturday sunday today yesterday morning evening night
        january february march april may june july august september october november december
        lunes martes miércoles jueves viernes sábado domingo hoy ayer
        enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
        lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre
        octobre novembre décembre montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz
        juni juli oktober dezember
        понедельник вторник среду четверг пятницу субботу воскресенье
        январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре
        الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد اليوم أمس صباح مساء ليل ليلة فجر ظهر ساعات وقت
        يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
        كانون شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين
        غارة غارات قصف هجوم هجمات انفجار تفجير حريق اشتباك اشتباكات عملية عمليات حادث حادثة معارك مواجهات إطلاق
        """.split(),
    )
)
#: Words that take a number over from a clause before: "the toll rose TO 15", "the number of dead REACHES 15".
UP_TO = frozenset(
    map(
        fold,
        """
        to at reach reaches reached hits tops passes passed exceeds exceeded surpasses surpassed
        до достигло достиг достигла достигли превысило превысил составило составил إلى بلغ بلغت تجاوز تجاوزت ارتفع
        a à alcanza alcanzó supera superó atteint dépasse auf erreicht
        """.split(),
    )
)
#: Words by which an outlet says that a count of its own has grown: "toll rises to 15", "now at 9", "update".
GROWS = frozenset(
    map(
        fold,
        """
        toll tally rises rose risen climbs climbed grows grew increases increased update updated now latest
        sube asciende aumenta eleva actualiza alourdit grimpe passe porte
        возросло выросло увеличилось возросли выросла обновлено уже возрастает зросла зросло
        ارتفاع ارتفع ارتفعت حصيلة تحديث steigt
        """.split(),
    )
)
#: Words that end headlines of pages that are written on all day, or stand before a colon, "updates" and the like: what
#: such a page counts first is that day's figure. And those that are said of such pages alone.
LIVE = "live tracker happened directo direct онлайн хроника مباشر مباشرة".split()
LIVE_BEFORE = "update updates blog coverage news ticker".split()
LIVE_PAGES = "liveblog liveticker трансляция".split()
#: What an earthquake's strength is called.
MAGNITUDES = frozenset(map(fold, "magnitude magnitud магнитудой магнитуда магнитуды قوته قوتها stärke".split()))
#: Words that end what a number may count.
AND = frozenset(map(fold, "and but while with as y e con et avec und и а но с ve و ها مع".split()))
#: Beginnings of words that take a claim back.
WITHDRAWN = tuple(
    map(
        fold,
        "retract correction corrige corrects hoax debunk rectific desmient desminti rectifi dementi опроверг опроверж"
        " спростов تصحيح تكذيب widerruf".split(),
    )
)


@lru_cache(maxsize=10_000)
def withdraws(word: str) -> bool:
    """Return whether a folded word says that something said before does not hold."""
    return word.startswith(WITHDRAWN)


@lru_cache(maxsize=100_000)
def counted(word: str) -> str | None:
    """Return what a folded word says is counted ("dead" → killed); None for any other word.

    Arabic writes "and", "the" and others together with it: القتلى, ووفاة.
    """
    if (label := _label(word)) or len(word) < 5 or word[0] not in "والبفل":
        return label
    return _label(word[1:]) or (_label(word.partition("ال")[2]) if word[:3].find("ال") >= 0 else None)


def _label(word: str) -> str | None:
    if word[:2] not in _STARTS:
        return None
    for length in range(min(len(word), _LONGEST), 1, -1):
        label = _STEMS.get(word[:length])
        if label is not None and (length == len(word) or (length > 2 and word[:length] not in _WHOLE)):
            return label
    return None
