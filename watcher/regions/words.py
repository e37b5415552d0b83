"""Word lists of the resolver: endings and clitics, what stands before and after places, persons, things."""

import re
from typing import Any

from watcher.text import fold, words


def _set(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split())


# ---------------------------------------------------------------- endings

ARABIC_CLITICS = ("ال", "وال", "بال", "فال", "كال", "لل", "ولل", "وب", "ول", "و", "ب", "ل", "ف", "ك")
HEBREW_CLITICS = ("ב", "ל", "מ", "ה", "ו", "ש", "כ", "וב", "ול", "ומ", "וה", "שב", "של", "מה", "בה", "לכ")
KOREAN = _set(
    """은 는 이 가 을 를 에 에서 의 와 과 로 으로 도 만 까지 부터 에게 한테 서 군 인 군은 군이 인은 인이 인들 측 측은 발 산 행 내
    내에서 시 주 주에서 시에서 정부 정부는 정부가 대통령 총리 당국 당국은 당국이 북부 남부 동부 서부 북부에서 남부에서 동부에서
    서부에서 전쟁 전 사태 국경 공습 수도 지구 지구에서 지구를 시티 시티에서"""
)
#: Signs after a short name in Chinese, Japanese or Korean that say it is a place.
EAST_UNITS = tuple("市县縣省州村镇鎮郡府道区區町岛島郷乡鄉国國시도군읍면")

#: Points of the compass and their parts in many languages. A name of nothing but these says which part of a place is
#: meant, unless a word for a province stands beside it: not South Africa's North West, Haiti's Nord-Ouest, شمال غربي.
COMPASS = _set(
    """north south east west northern southern eastern western central northwest northeast southwest southeast northwestern
    northeastern southwestern southeastern nord sud est ouest nordouest nordest sudouest sudest oest septentrional nordeste
    noroeste noreste suroeste sureste sudoeste sudeste norte sur sul este oeste leste ovest nordovest sudovest
    norden süden osten westen nordwesten nordosten südwesten südosten nordwest nordost südwest südost noord zuid oost
    noordwest noordoost zuidwest zuidoost noordwesten noordoosten zuidwesten zuidoosten nordvest nordøst sydvest sydøst
    nordväst nordost sydväst sydost север юг восток запад северо юго северозапад северовосток югозапад юговосток
    севере юге востоке западе севера юга востока запада північ південь схід захід північний південний східний західний
    північно південно північнозахідний північносхідний заході сході півночі півдні północ południe wschód zachód
    północny południowy wschodni zachodni północno południowo kuzey güney doğu batı kuzeybatı kuzeydoğu güneybatı
    güneydoğu şimal cənub şərq qərb utara selatan timur barat laut tenggara شمال جنوب شرق غرب شمالي جنوبي شرقي غربي
    شماليه جنوبيه شرقيه غربيه الاوسط الوسطي الشمال الجنوب الشرق الغرب الشمالي الجنوبي الشرقي الغربي الشماليه الجنوبيه الشرقيه الغربيه
    وشمال وجنوب وشرق وغرب بشمال بجنوب مشرق مغرب مشرقی مغربی شمالی جنوبی باختر خاور צפון דרום מזרח מערב צפוני דרומי
    מזרחי מערבי צפונית דרומית מזרחית מערבית उत्तर दक्षिण पूर्व पश्चिम उत्तरी दक्षिणी पूर्वी पश्चिमी উত্তর দক্ষিণ পূর্ব পশ্চিম
    东部 西部 南部 北部 東部 西北 东北 東北 西南 东南 東南 西北部 东北部 東北部 西南部 东南部 東南部 北西 北東 南西
    南東 北西部 北東部 南西部 南東部 북서 북동 남서 남동 북서부 북동부 남서부 남동부 북부 남부 동부 서부"""
)

# ---------------------------------------------------------------- beside a place

#: Prepositions that hardly stand before anything but places.
STRONG_BEFORE = _set(
    """in near outside at from around throughout within across en dans près desde cerca bei aus nach presso em perto w we в во
    под около возле під біля у поблизу في من قرب ريف مدينه بلده قريه محافظه ولايه شمال جنوب شرق غرب بريف بمدينه ببلده بقريه بمحافظه بولايه بمخيم شمالي جنوبي شرقي غربي بشمال بجنوب
    بشرق بغرب محيط بمحيط اطراف ضواحي قباله قرب بالقرب در نزديك حوالي شهر استان
    yakınlarında ve na nära nahe ב"""
)
#: And such that often do.
BEFORE = STRONG_BEFORE | _set(
    """to of inside toward towards outskirts à au aux de depuis vers hacia im a da nel nella no z do przy на из близ до з із
    الي باتجاه نحو وسط i till från til fra naar van uit over vicino"""
)
#: Prepositions of places in other languages that are other words in English.
STRONG_ELSEWHERE = _set(
    """v u w we ve na po i di ke tại ở gần sa pod kod blizu poblíž nedaleko koło obok bij nabij vid nær ved utanför utenfor
    udenfor nei nel nella em no um östlich westlich nördlich südlich la lângă lingă katika karibu mjini nchini magaalada
    degmada agagaarka kota dekat li ku mahalle lähellä közelében përballë në afër لە لای په له a cikin yankin agaggaarka gudaha katika huko eneo ndani berî dora nav ליד סמוך באזור בקרבת מול"""
)
#: What languages write after a place to say "in" or "near": Hindi, Urdu, Pashto, Armenian, Turkic, Finnic and others.
AFTERWARDS = _set(
    """में मे पास स्थित निकट मध्ये जवळ मा नजिक میں کے کې নিকটে কাছে এলাকায় பகுதியில் அருகே సమీపంలో వద్ద ಬಳಿ സമീപം അടുത്ത് નજીક ਵਿੱਚ ਵਿਚ ਨੇੜੇ අසල
    մոտ մոտակայքում ახლოს მახლობლად yakınlarında yakınında yakınlarındaki yaxınlığında yaqinida жанында маңында lähellä
    lähistöllä közelében mellett lähedal ውስጥ አቅራቢያ """
)
#: Words for a part of a town, and what stands between its name and that of the town.
PARTS = frozenset(
    """district neighbourhood neighborhood quarter suburb ward area section borough camp quartier faubourg barrio distrito
    bairro quartiere stadtteil viertel bezirk mahallesi semti район районе квартал квартале микрорайон микрорайоне мікрорайон
    мікрорайоні районі dzielnica dzielnicy حي بحي منطقة بمنطقة شارع محله محلهٔ منطقه منطقهٔ کوی علاقے שכונת בשכונת שכונה""".split()
)
PART_OF = frozenset("of in the city de d' d’ à en em di a von в у во г. في ب در شهر بمدينة مدينة w".split())
#: "Of", where goods are called after a place: jabón de Alepo.
OF = _set("de du d di da do del della des von van")
#: Prepositions and articles that French and Italian write with an apostrophe: d'Ansongo, all'Aquila.
ELIDED = _set("d l à dell all nell dall sull")
#: Words that say that the name beside them is a province, district or the like.
UNITS = _set(
    """province provinces governorate governorates district districts region oblast state county prefecture countryside suburb
    suburbs territory provincia provincias gobernacion departamento gouvernorat departement provinz bezirk bundesland
    il ili ilcesi ilinde ilcesinde vilayeti kirsali kirsalinda valiligi область обл области областью краи края крае
    раион раионе раиона провинция провинции провинцию провинциеи мухафаза мухафазе округ محافظه ريف ولايه قضاء منطقه
    اقليم مقاطعه استان ولايت شهرستان ضلع מחוז נפת wojewodztwo wojewodztwie powiat kraj okres regione estado
    regionen lan provins maakunta megye megyeben judetul mkoa जिले जिला प्रांत राज्य जनपद तहसील জেলা জেলায় জেলার উপজেলা উপজেলায়
    மாவட்டம் மாவட்டத்தில் జిల్లా జిల్లాలో ജില്ല ജില്ലയിൽ ಜಿಲ್ಲೆ ಜಿಲ್ಲೆಯ જિલ્લા જિલ્લામાં ਜ਼ਿਲ੍ਹੇ ਜ਼ਿਲ੍ਹਾ ضلعے تحصیل ولسوالۍ ولسوالي ولایت ولايت پارێزگای قەزای
    parezgeha navceya wilayeta jihar jahar lardin karamar hukumar gobolka degmada mkoani wilaya wilayani kaunti jimbo jimboni kabupaten
    provinsi kecamatan tinh huyen quan gobernacion departement wojewodztwa powiecie gminie gmina krajska okresu okresie νομο νομου περιφερεια
    δημο επαρχια ክልል ዞን ወረዳ երկրամաս մարզ მხარე რაიონი რაიონში მუნიციპალიტეტი облысы облысында ауданы rayonu rayonunda viloyati viloyatida tumani
    громада громади громаді району районі район обласного области"""
)
TOWNS = _set(
    """city town village municipality villages towns ville stadt dorf город городе города село селе селі деревня деревне поселок
    місто місті مدينه بلده قريه شهر روستاي روستا ciudad pueblo aldea cidade citta paese miasto wies kent kentinde kenti
    koyu koyunde kasabasi sehri sehrinde mji kijiji mjini kijijini עיר העיר הכפר בכפר בעיר עיירה המחנה מחנה शहर गांव शहरात गाव শহর শহরে গ্রামে
    நகரில் నగరంలో شاری شارۆچکەی bajare bajaroka gundê garin kauyen magaalada tuulada deegaanka kota desa kelurahan
    xa πολη χωριο ከተማ քաղաքում ქალაქ ქალაქში қаласы қаласында shahri shahrida seheri sehəri şəhəri şəhərində kaupunki kaupungissa
    varoskozpont orasul orasului comuna satul gradu selu mestu meste obci miescie miejscowosci wsi مخيم مخیم قصبہ گاؤں"""
)
#: Directions do not make the word after them a person or a company.
DIRECTIONS = _set(
    """northern southern eastern western central north south east west downtown greater new the upper lower northwest northeast
    southwest southeast northwestern northeastern southwestern southeastern rural old mainland"""
)

# ---------------------------------------------------------------- persons, things

TITLES = _set(
    """mr mrs ms miss dr prof sir lord lady president minister senator sen rep gov judge justice officer sgt capt col gen lt
    detective coach mayor sheriff prince princess pope rev congressman congresswoman councilman commissioner chief deputy
    director secretary spokesman spokeswoman spokesperson attorney actor actress singer quarterback player general colonel captain
    lieutenant inspector constable chancellor ambassador professor doctor trooper pastor reverend imam sheikh ayatollah rabbi
    councillor councilwoman alderman supervisor superintendent principal"""
)
#: Small words of English which are names of towns elsewhere: with a capital they only begin a sentence.
SMALL_ENGLISH = _set(
    """a about after again all also although an and any are as at be because before both but by can could did do does each
    even every few first five for four from had has have he her here his how i if in into is it its just last like many more
    most much my never no nor not now of off on once one only or other our out over own she since six so some such than that
    the their them then there these they this those though three through to too two under until up upon us very was we were
    what when where which while who whom whose why will with would yet you your"""
)
#: Things that carry the name of a place without being there: Aleppo soap, Damascus steel, Parma ham.
PRODUCTS = _set(
    """sandwich sandwiches recipe recipes soap soaps pepper peppers steel spice jeans shoes cheese burger burgers fries sausage sausages ham wine wines almonds delight
    syndrome papers convention sprouts treaty protocol dressing fever virus strain sweater sweaters bulldog terrier
    retriever shepherd rug rugs carpet carpets coffee cologne roulette doll dolls marathon salad chicken breakfast
    muffin muffins mustard pudding porcelain china lace silk cotton whisky whiskey bourbon gin cake pie hens hen
    waffle waffles beer beers chocolate chocolates bakery cuisine pizza pasta noodles dumplings curry
    yoghurt yogurt kebab doughnut pastry pastries stew mosaic carpets rugs slippers
    cattle goat goats cat cats dogs pony ponies toast lilies lilacs seife savon jabón jabon sabun sabunu
    nut nuts cigar cigars hat hats sauce dressing biscuit biscuits butter honey olives tulips fez hounds hound terriers bulldogs
    pig pigs fowl wax blowout jiu knotweed tagine pasty pasties skincare blinds numerals checkers sling
    spaniel spaniels sheepdog buns bun tiles schnitzel würstchen dolma dönerı
    steak steaks patty patties biryani rice soup bread cheesecake roll rolls mint paneer omelette ham
    peyniri lokumu kebabı kahvesi halısı baklavası мыло пряник пряники масло ковёр ковер"""
)
#: The same where "of" stands between: moutarde de Dijon, jabón de Alepo, صابون حلب.
PRODUCTS_BEFORE = _set(
    """moutarde savon savons jambon saucisse saucisson nougat dentelle porcelaine piment camembert quiche rillettes nougats
    jabon queso jamon salsa sombrero aceite turron mazapan naranjas cafe sapone prosciutto aceto ragu mozzarella pizza salame
    mortadella queijo presunto vinho pastel ricetta receta seife seifen senf schinken soap wine cheese ham
    rendang soto bakso nasi mie batik kopi szynka ser oscypek sernik biszkopt ćwikła λουκουμι κρασι
    صابون فستق كعك كنافه حلويات قهوه عطر سجاد فرش پسته زعفران мыло пряник пряники масло ковёр сыр рецепт سوهان گز"""
)
#: The same in Chinese, Japanese and Korean, where they follow at once: 山西刀削面, 千葉ロッテ.
EASTERN_PRODUCTS = tuple(
    """刀削面 刀削麵 拉面 拉麵 米线 米粉 面条 火锅 火鍋 烤鸭 烤鴨 烧烤 炒饭 炒飯 菜谱 菜 醋 酒 茶 牛 豚 鶏 ラーメン うどん そば 餃子
    カレー ビール ロッテ カープ ドラゴンズ ホークス 막걸리 냉면 비빔밥 갈비 김치 찜닭 라면 한우 유나이티드 베어스 라이온즈""".split()
)
#: Clubs that are called after their town: what stands before its name, and what after it.
CLUBS = _set(
    """real atletico inter bayern borussia dynamo dinamo shakhtar shakhtyor zenit spartak cska lokomotiv torpedo maccabi hapoel beitar
    legia wisla lech gornik slavia sparta banik olympique racing stade sporting partizan zvezda ajax feyenoord fc fk bk sv vfb vfl tsv fsv
    sc ac as ud cd cf afc persib persija arema rapid sturm hertha eintracht fortuna werder hajduk ferencvaros steaua
    динамо шахтер шахтёр шахтар зенит спартак цска локомотив торпедо крылья ак барс салават фк хк бк מכבי הפועל ביתר مولوديه"""
)
PLAYERS = _set(
    """striker strikers midfielder goalkeeper winger defender forward fans fc derby playoff playoffs quarterback linebacker pitcher"""
)
#: What states of the US have and countries of the same name have not: Georgia governor.
STATE_OFFICES = _set(
    """governor gov senator lawmakers legislature sheriff voters republican republicans democrat democrats runoff gop
    bulldogs congressman congresswoman representative statehouse house senate primary trooper troopers"""
)
#: Arabic "on", written as it stands: folded it is a name.
ON = frozenset({"على", "وعلى"})
#: Groups that fight somewhere: their name and that of a place beside it are no person.
ARMED = _set(
    "shabaab haram taliban hezbollah hizbollah houthi houthis hamas m23 rsf adf isis isil is eln farc boko jnim codeco pkk ypg sdf"
)
#: What only texts say that tell how to cook or make something. Words of news are left out: 做法 alone is what somebody
#: does, مقادير are amounts, "receita" and "recettes" revenue, "przepisy" rules; a recipe of somebody is a figure.
_RECIPE_WORDS = """recipes?|how to (?:cook|bake)|recetas?|recette|ricett[ae]|receita(?= d[aeo] (?!expor|impos|petr)[a-zà-ú])
    |receita (?:original|tradicional|caseira|fácil)|rezepte?|recepten|recept|przepis (?:na|babci)|jak upiec|tarifi|nasıl yapılır
    |рецепт[ыи]?|как приготовить|як приготувати|συνταγ(?:ή|ές)|reseptti|rețet[ăe]|resep|công thức nấu|cách nấu|mapishi
    |طريقة تحضير|وصفة(?! طبية)|طرز تهیه|دستور پخت|بنانے کا طریقہ|بنانے کی ترکیب|מתכון|איך מכינים|레시피|만드는 법|요리법|रेसिपी
    |बनाने की विधि|কীভাবে রান্না|রেসিপি"""
#: "A recipe for disaster", "la recette du Mali", "рецепт победы": no recipes.
_NO_RECIPE = (
    r"(?! (?:for (?:disaster|chaos|war|conflict|catastrophe|failure|success|trouble|peace|violence|instability)|gegen|against)\b)"
    r"(?! (?:of|de|del|da|do|du|des|di|della|von) (?-i:[A-ZÀ-Ý]))"
    r"(?! (?:de la |de l'|del? |d'|de los |da |do |della |di )?(?:junte|guerre|paix|chaos|désastre|victoire|guerra|paz|caos|desastre|pace)\b)"
    r"(?! (?:voor |für |zum |na )?(?:oorlog|vrede|chaos|ramp|krieg|frieden|katastroph|katastrof|wojn|pokój|pokoj|sukces))"
    r"(?! (?:для )?(?:мира\b|миру\b|побед|перемог|войны|війни|хаоса|хаосу|катастроф|успех|успіх)| under siege\b)"
    r"(?! (?:لل|ال|ل)?(?:فوضى|حرب|سلام|حل|كارثة|دمار|نصر|أممية|دولية|أمريكية)\b)"
)
#: The same in scripts without spaces.
_RECIPE_SIGNS = """家常做法|[鸡雞鱼魚肉汤湯饼餅饭飯锅鍋蛋粥菜]的?(?:做法|怎么做)|怎么烤|食谱|食譜|菜谱|レシピ|作り方|食べ方|お手入れ|วิธีทำ|สูตรอาหาร"""
RECIPES = re.compile(
    rf"(?i)\b(?:{_RECIPE_WORDS}){_NO_RECIPE}(?!\w)|^طريقة عمل\b|{_RECIPE_SIGNS}".replace("\n    ", ""),
)
#: Cases that Turkish writes after an apostrophe, which only names have.
TURKISH_CASES = _set(
    """da de ta te dan den tan ten ya ye yi yu nin nun in un a e i u daki deki taki teki daydi deydi li lu lik luk lar ler
    la le nda nde ndan nden na ne ni dır tir"""
)
#: Words that make what stands before them an organisation or a street.
ORGANISATIONS = _set(
    """university college institute school hospital times post herald tribune daily news gazette chronicle journal street st avenue
    ave road rd drive boulevard blvd lane church hotel bank airlines airways stadium park fc united rangers yankees lakers
    giants dodgers cowboys bears press television tv radio magazine inc corp co ltd llc motors foundation museum theatre
    theater orchestra symphony"""
)
#: The same for companies: Boston Dynamics.
COMPANIES = _set(
    "dynamics scientific consulting holdings ventures partners finanza rück airways motors motor energia records breweries"
)
#: Given names that are everyday words too; with a place after them they make a person: Jack London, Grace Paris.
GIVEN_ALSO = _set(
    "jack john frank grace rose bill rob bob pat drew dean carol sue jean ray guy pete dick ben tim jim tom joe max sam dan ann jane"
)


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(phrase.replace("_", " ") for phrase in listed.split())


#: What only the press of one country writes (English only); an underscore stands for a space.
CUES = (
    (
        "US",
        _phrases(
            """heriff state_trooper ownship Interstate chool_district chool_District Medicaid Republican Democrat GOP NFL NBA
            ounty_commissioner ounty_courthouse ounty_Courthouse city_council grand_jury district_attorney High_School Highway
            FBI ongressman state_Sen state_Rep state_House attorney_general _911 zip_code"""
        ),
    ),
    ("GB", _phrases("orough_Council ounty_Council NHS Labour_MP Tory Conservative_MP Lib_Dem A&E Crown_Court")),
    ("CA", _phrases("RCMP Mounties Liberal_MP NDP Canadian_Press Crown_attorney")),
    ("AU", _phrases("shire_council Federal_Police ABC_News_Online Labor_MP New_South_Wales")),
    ("IN", _phrases("crore lakh Lok_Sabha BJP anchayat Naxal tehsil")),
)

#: What only local news of the United States writes, which names towns called Lebanon and Palestine.
LOCAL_US = _phrases(
    """heriff state_trooper ownship Interstate chool_district chool_District ounty_commissioner ounty_courthouse
    ounty_Courthouse city_council High_School Highway zip_code"""
)


def _keyed(table: dict[str, Any]) -> dict[str, Any]:
    """A table by the keys that a gazetteer has: words with spaces between them, each sign of Chinese a word."""
    return {" ".join(words(name)): value for name, value in table.items()}


#: Names of countries that are also things: key → what a text about the thing has.
HOMONYMS = _keyed({
    "turkey": _phrases("Thanksgiving stuffing gravy poultry roast oven gobble cranberry turkeys turkey_hunt"),
    "china": _phrases("porcelain teapot crockery silverware auctioneer tableware plates"),
    "jordan": _phrases("Michael_Jordan Air_Jordan Jordan_Spieth Jordan_Peterson Nike"),
    "chad": _phrases("hanging_chad"),
    "cuba": _phrases("Cuba_Gooding Cuba_libre Cuba_Libre"),
    "bermuda": _phrases("Bermuda_shorts Bermuda_grass Bermuda_Shorts"),
    "hama": _phrases("Hama_beads"),
    "paris": _phrases("laster_of_Paris laster_of_paris"),
    "トルコ": _phrases("トルコ石"),
    "土耳其": _phrases("土耳其石"),
    "터키": _phrases("터키석"),
    "حلب": _phrases("الأبقار أبقار الحليب الماعز الأغنام"),
    "خيبر": _phrases("صواريخ صاروخ موشک موشکی عملية"),
    "المغرب": _phrases("الصلاة والعشاء العشاء أذان الفجر مواقيت"),
    "대전": _phrases("상대 승리 게임 격투"),
    "العين": _phrases("برصاصة_في_العين رصاصة_في_العين إصابة_في_العين"),
    "الميادين": _phrases("قناة_الميادين مراسل_الميادين مراسلة_الميادين الميادين_نت للميادين عبر_الميادين"),
})  # fmt: skip

#: What Arabic news of towns at the front has.
_WAR = _phrases(
    """قصف غارة غارات اشتباك انفجار تفجير عبوة مفخخ قتيل قتلى مقتل جرحى الجيش قوات مسلح مليشيا ميليشيا هجوم يهاجم تهاجم
    استهدف استهداف تستهدف صاروخ صواريخ اعتقال اغتيال لغم نازح مخيم معبر محافظة مدينة بلدة أهالي سكان مساعدات سيطر"""
)
#: What news of human rights has: arrest, torture, execution, disappearance, protest, flight, siege, the dead.
_RIGHTS = _phrases(
    """تعذيب معتقل توقيف محتجز احتجاز خطف اختطاف اختطف مخطوف إعدام اعدام اعتصام احتجاج مظاهر تظاهر إضراب اضراب ناشط سجن سجين
    مداهم انتحار ينتحر إطلاق_سراح الإفراج_عن إخفاء_قسري اختفاء مفقود تهجير نزوح حصار محاصر إجلاء إخلاء تشييع جنازة جثة
    جثث جثمان مجزرة مقبرة ألغام شظايا قنص رصاص إغاثة"""
)
#: What counts as well where "in" stands before the place: a child at the door is no news of al-Bab, a fire there is.
EVENTS = _WAR | _RIGHTS | _phrases("وفاة مصرع حريق غرق فيضان سيول زلزال كوليرا مستشفى مدرسة انهيار إصابة")
#: How far from "in" and the place they may stand, in characters.
EVENT_REACH = 60
#: Everyday words that are places where a text has one of these: key → parts of words. Without one "the door" is no al-Bab.
PLACE_WHERE = _keyed({
    "صور": _phrases("لبنان إسرائيل اسرائيل غارة غارات قصف مسيّرة مسيرة جنوب حزب_الله قضاء مدينة بلدة"),
    "الباب": _WAR | _RIGHTS | _phrases("سوري حلب إدلب منبج عفرين جرابلس تركيا التركي"),
    "القائم": _WAR | _RIGHTS | _phrases("عراق الأنبار الحشد سوري البوكمال"),
    "الميادين": _WAR | _RIGHTS | _phrases("سوري دير_الزور البوكمال"),
    "الطبقة": _WAR | _RIGHTS | _phrases("سوري الرقة قسد سد_الفرات"),
    "الزاوية": _WAR | _RIGHTS | _phrases("ليبيا الليبي طرابلس مصفاة صبراتة"),
    "العين": _phrases("الإمارات الاماراتي الإماراتي أبوظبي دبي نادي_العين"),
    "الخبر": _phrases("السعودية السعودي الدمام الظهران محافظة بلدية أمانة شرطة مدينة المنطقة_الشرقية كورنيش بالخبر الخبر.."),
    "القصر": _phrases("مدينة_القصر بلدة_القصر"),
    "Hadath": _phrases("Baabda Haret Dahiyeh Beirut's in_Hadath near_Hadath"),  # mostly a channel
    "Hayyan": _phrases("Aleppo in_Hayyan near_Hayyan"),
    "Majnoon": _phrases("Basra oil field"),
    "اللبنات": _phrases("معسكر الجوف"),  # للبنات: for girls
    "كريمة": _phrases("السودان مروي"),
    "الصالحة": _phrases("السودان الخرطوم درمان"),
    "نحالين": _WAR | _RIGHTS | _phrases("بيت_لحم بلدة قرية مستوطن"),  # النحالين: beekeepers
    "شوفة": _phrases("طولكرم"),
    "قصرة": _phrases("نابلس مستوطن"),
    "لقاوة": _WAR | _RIGHTS | _phrases("السودان كردفان"),
    "الناعمة": _phrases("لبنان تلة بيروت"),
    "الشعلة": _phrases("بغداد العراق"),
    "برزة": _phrases("دمشق"),
    "بلاطة": _phrases("نابلس مخيم"),
    "رانية": _phrases("السليمانية كردستان العراق"),
    "إنخل": _WAR | _RIGHTS | _phrases("درعا"),
    "حريب": _WAR | _RIGHTS | _phrases("مأرب"),
    "الجراحي": _phrases("الحديدة اليمن"),
    "عاليه": _phrases("قضاء لبنان بيروت"),
    "الكسوة": _WAR | _RIGHTS | _phrases("دمشق سوري"),
    "دورس": _WAR | _RIGHTS | _phrases("بعلبك البقاع"),
    "الزهراني": _phrases("معمل_الزهراني مصفاة_الزهراني قضاء صيدا مصب"),
    "البيضاء": _phrases("ليبيا الليبي درنة برقة اليمن الحوثي محافظة مدينة رداع"),
})  # fmt: skip
#: Of these, such that "in" makes no place: in pictures, in the palace.
NEVER_IN = frozenset(_keyed({"صور": 0, "القصر": 0}))
#: What stands beside one of them where it is the thing: opens the door, the middle class, the White Helmets.
THING_BESIDE = _set(
    """يفتح تفتح فتح فتحت بفتح لفتح ويفتح وفتح يغلق تغلق اغلق اغلاق يترك يطرق طرق تطرق مفتوح مفتوحا الوسطي العامله الحاكمه
    السياسيه المتوسطه حجر باعمال بالاعمال الوضع الخوذ الاسلحه الرايه هذا هذه صحه مصدر رابط تفاصيل"""
)
#: The same before "in": it came in the news, shot in the eye.
THING_IN = _set("جاء ورد وجاء وورد برصاصه رصاصه بطلقه باصابه اصابه بجروح جرح")

#: Groups that fight, and where: patterns of small letters for their names, first such as words begin with or, before a
#: \b, whole words (a farce is no FARC), then such as stand anywhere, in scripts that write prefixes or no spaces.
FIGHTERS = tuple(
    (re.compile(rf"\b(?:{words})|{anywhere}" if anywhere else rf"\b(?:{words})"), tuple(countries.split()))
    for words, anywhere, countries in (
        ("boko haram|iswap|боко харам", "بوكو حرام|博科圣地|ボコ・ハラム|보코하람", "NG CM TD NE"),
        ("shabaab|shabab|аш-шабааб", "الشباب الصومالية|حركة الشباب|青年党|アルシャバブ|알샤바브", "SO KE"),
        ("taliban|талиб|ταλιμπάν", "طالبان|塔利班|タリバン|탈레반|तालिबान|তালেবান|טליבאן", "AF PK"),
        (r"houthi|huthi|husi(?:ler\w*|nin|yi|ye)?\b|хусит", "الحوثي|حوثی|胡塞|フーシ|후티|חות'", "YE"),
        ("hezbollah|hizbollah|hisbollah|hizbullah|хезболл|хизболл", "حزب الله|真主党|ヒズボラ|헤즈볼라|חיזבאללה", "LB"),
        (r"hamas|хамас|χαμάς|[ول]?حماس\b", "哈马斯|ハマス|하마스|חמאס", "PS"),  # بحماس: with enthusiasm
        (r"m23\b|wazalendo|codeco\b", "", "CD"),
        (
            r"rsf\b|rapid support|janjaweed|сил быстрой поддержки",
            "الدعم السريع|快速支援部队|迅速支援部隊|신속지원군",
            "SD",
        ),
        (r"jnim\b|gsim\b|katiba macina", "", "ML BF NE"),
        (r"farc\b|clan del golfo", "", "CO"),
        (r"hayat tahrir|тахрир аш-шам|[وبلف]?قسد\b", "الجيش الوطني السوري|هيئة تحرير الشام", "SY"),
        ("peshmerga|пешмерга", "قوات تحرير|بيشمركة|پێشمەرگە", "IQ"),
        (r"зсу\b|всу\b|днр\b|лнр\b", "", "UA"),
    )
)
#: Whose forces fight abroad, and where: "Israeli strike near Tyre" is more likely of Lebanon than of another Tyre.
ABROAD = {"RU": ("UA",), "IL": ("PS", "LB", "SY"), "TR": ("SY", "IQ"), "RW": ("CD",)}
#: What a group or such an army counts for, in mentions of a country.
FIGHTERS_VOTE = 1.0

#: What a name means when nothing is said: key → ISO 3166-2.
USUALLY = _keyed({
    "washington": "US-DC",
    "wallis": "CH-VS",
    "صور": "LB-JA",
    **dict.fromkeys(
        """gaza gazze غزه газа газы газе γαζα עזה 加沙 ガザ ガザ市 가자 गाजा गाज़ा গাজা กาซา""".split(), "PS-GZA"
    ),
    **dict.fromkeys(("جلال اباد", "جلالاباد", "जलालाबाद", "ジャララバード", "잘랄라바드", "贾拉拉巴德"), "AF-NAN"),
    **dict.fromkeys(("القنيطره", "قنيطره", "кунеитра"), "SY-QU"),
    **dict.fromkeys(("pokrowsk", "pokrovszk", "pokrovsk", "покровск", "بوكروفسك", "포크롭스크"), "UA-14"),
    "puerto principe": "HT-OU",
    "vienne": "AT-9",
    "kamisli": "SY-HA",
})  # fmt: skip
#: Letters that only some languages write, and where these are spoken: what a text in them is rather about.
LETTERS = tuple(
    (frozenset(letters), tuple(countries.split()))
    for letters, countries in (
        ("ۓےںٹڈ", "PK IN"),
        ("ښړېځډټ", "AF PK"),
        ("ێۆەڕڵ", "IQ IR SY TR"),
        ("گچپژ\u200c", "IR AF"),
        ("іїєґ", "UA"),
        ("ўэ", ""),
        ("אבגדה", "IL"),
        ("のをはがでにともへやしたいる", "JP"),
        ("이는을가", "KR"),
        ("রনকল", "BD IN"),
        ("कनरस", "IN NP"),
        ("በየነት", "ET ER"),
        ("မနတက", "MM"),
        ("აიეს", "GE"),
        ("աիեն", "AM"),
        ("กนรม", "TH"),
        ("ığşİ", "TR"),
        ("łąęźż", "PL"),
        ("țșă", "RO MD"),
        ("őű", "HU"),
        ("ãõ", "BR PT AO MZ GW"),
        ("řůě", "CZ"),
        ("ñ¿¡", "MX CO AR ES PE VE CL EC GT HN BO CU NI SV PY UY DO"),
        ("əğ", "AZ"),
        ("қңғұ", "KZ"),
        ("ơưđ", "VN"),
        ("ðþ", "IS"),
        ("êîû", ""),
        ("αιοσ", "GR CY"),
        ("தனகர", "IN LK"),
    )
    if countries
)
#: The same for languages that share their letters: words that only one of them writes often.
SMALL_WORDS = tuple(
    (frozenset(small.split()), tuple(countries.split()))
    for small, countries in (
        ("le la les des du une dans sur avec pour après au aux et est", "FR BE CD ML BF NE CI SN CM TD HT CH"),
        ("der die das den dem ein eine nach vor auf mit und bei im ist wird", "DE AT CH"),
        ("il lo gli di della del dei nel nella dopo con per una sono alla al", "IT"),
        ("el los las del una tras por con para su deja en al", "ES MX CO AR PE VE CL EC GT HN BO"),
        ("da do das dos em no na após uma com pela pelo ao são", "BR PT AO MZ"),
        ("het een van en naar bij voor met na op is", "NL BE"),
        ("och är på för med efter vid den att ett en av", "SE"),
        ("og på for med etter ved er det den en et av til", "NO DK"),
        ("din la în cu pe și după este care", "RO"),
        ("ja on ei että oli jälkeen", "FI"),
        ("a az és egy meg után nem", "HU"),
        ("w na z po nie się jest do we", "PL"),
        ("di dan yang ke dari dengan untuk", "ID"),
        ("и в на с по не под из от после", "RU UA BY KZ"),
    )
)
#: How many of these languages, the first ones, have no cases of names but the genitive with -s.
WITHOUT_CASES = 8
#: What such a letter counts for, in mentions of a country.
LETTER_VOTE = 0.35
