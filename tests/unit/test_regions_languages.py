"""Headlines in thirty languages: what must be found and what must not. All of them were written for this test."""

import pytest

from watcher import regions
from watcher.model import Entry
from watcher.regions.words import FIGHTERS

#: Language, headline, codes that must be found, codes that must not.
HEADLINES = """
ar | الجيش السوري يقصف ريف حماة الشمالي | SY-HM |
ar | اشتباكات عنيفة في الفاشر بين الجيش وقوات الدعم السريع | SD-DN |
ar | غارات إسرائيلية على خان يونس تخلف عشرات القتلى | PS-KYS |
ar | انفجار سيارة مفخخة في القامشلي | SY-HA |
ar | مقتل جنديين في هجوم غرب الموصل | IQ-NI |
ar | قتلى في اشتباكات بتعز | YE-TA |
ar | وزير الخارجية المصري يلتقي نظيره التركي في أنقرة | EG TR TR-06 |
ar | غارة على بلدة النبطية جنوبي لبنان | LB LB-NA |
ar | مظاهرات في السويداء تطالب برحيل النظام | SY-SU |
ar | الرئيس محمد صالح يلقي كلمة عن السلام |  | SY IQ YE SA
ar | ارتفاع أسعار النفط اليوم الثلاثاء |  | SY IQ YE SA EG SD
ru | Взрыв прогремел в Харькове, есть пострадавшие | UA-63 |
ru | Российские войска обстреляли Запорожье | RU UA-23 |
ru | В Дейр-эз-Зоре боевики атаковали колонну | SY-DY |
ru | Путин провёл переговоры с Владимиром Зеленским |  | RU-VLA
ru | Землетрясение в турецкой провинции Хатай | TR TR-31 |
ru | Мир и труд: праздник весны прошёл спокойно |  | RU
ru | Удар по Белгородской области: двое раненых | RU-BEL |
ru | Сирийская армия вошла в Манбидж | SY SY-HL |
uk | Росіяни обстріляли Запоріжжя та Нікополь | UA-23 |
uk | Вибухи у Львові та Києві вранці | UA-46 UA-30 |
uk | На Донеччині тривають бої | UA-14 |
tr | İdlib'de hava saldırısı: 5 ölü | SY-ID |
tr | Suriye'nin kuzeyinde patlama: Azez'de 3 yaralı | SY SY-HL |
tr | Gazze'ye yönelik saldırılarda 20 Filistinli öldü | PS |
tr | Hatay'da deprem | TR-31 |
fa | انفجار در کابل چندین کشته برجای گذاشت | AF-KAB |
fa | حمله پهپادی به اصفهان | IR-10 |
fa | درگیری در مرز ایران و افغانستان | IR AF |
fa | زلزله در استان هرات | AF-HER |
he | פיצוץ בדמשק: שלושה הרוגים | SY-DI |
he | צה"ל תקף בדרום לבנון | LB |
he | ירי רקטות מעזה לעבר אשקלון | PS IL |
he | הפגנה בתל אביב נגד הממשלה | IL-TA |
es | Un terremoto sacude el norte de Siria y deja decenas de muertos | SY |
es | Combates en Jartum entre el ejército y los paramilitares | SD-KH |
es | Ataque ruso contra Járkov deja tres muertos | RU UA-63 |
es | Atentado en Mogadiscio: al menos 10 muertos | SO |
es | La santa sede pide paz y libertad para el mundo |  | US MX
es | Manifestación en Sevilla por la vivienda | ES-AN |
fr | Burkina Faso : des dizaines de civils tués à Djibo | BF |
fr | Mali : l'armée reprend Kidal | ML ML-8 |
fr | Frappe israélienne à Baalbek | IL LB-BH |
fr | Explosion à Alep, deux morts | SY-HL |
fr | Attaque de drones russes sur Odessa | RU UA-51 |
fr | Combats à Goma dans l'est de la RDC | CD-NK |
de | Angriff auf Charkiw: mehrere Verletzte | UA-63 |
de | Erdbeben erschüttert die türkische Provinz Hatay | TR TR-31 |
de | Kämpfe in Khartum gehen weiter | SD-KH |
de | Das Essen in der Halle wird teurer |  | DE
de | Explosion in Beirut: Libanesische Armee sperrt Hafen | LB LB-BA |
it | Raid israeliano a Rafah, decine di vittime | PS-RFH |
it | Siria, esplosione ad Aleppo | SY SY-HL |
pt | Ataque em Cabul deixa dez mortos | AF-KAB |
pt | Rússia bombardeia Kherson | RU UA-65 |
nl | Explosie in Damascus | SY-DI |
pl | Rosyjskie rakiety spadły na Charków | RU UA-63 |
pl | Trzęsienie ziemi w Turcji | TR |
cs | Výbuch v Damašku si vyžádal oběti | SY-DI |
sv | Syriska styrkor går in i Idlib | SY SY-ID |
hu | Robbanás Damaszkuszban | SY-DI |
ro | Explozie la Damasc | SY-DI |
el | Σεισμός στην Τουρκία | TR |
zh | 苏丹首都喀土穆爆发激烈战斗 | SD SD-KH |
zh | 以色列空袭加沙地带南部拉法 | IL PS-RFH |
zh | 缅甸若开邦发生冲突 | MM MM-16 |
zh | 俄军袭击哈尔科夫造成三人死亡 | UA-63 |
zh | 也门胡塞武装袭击红海商船 | YE |
zh | 他在会上强调安全和发展的重要性 |  | CN
ja | イスラエル軍がガザ南部ラファを空爆 | IL PS-RFH |
ja | ウクライナ東部ドネツク州で戦闘 | UA UA-14 |
ja | スーダンの首都ハルツームで銃撃戦 | SD SD-KH |
ja | ミャンマー・マンダレーで地震 | MM MM-04 |
ja | シリアスな話題とイラストの展示 |  | SY IR
ko | 시리아 알레포에서 폭발, 5명 사망 | SY SY-HL |
ko | 이스라엘군, 가자지구 라파 공습 | IL PS |
ko | 우크라이나 하르키우에 미사일 공격 | UA UA-63 |
hi | सीरिया के अलेप्पो में विस्फोट | SY SY-HL |
hi | काबुल में बम धमाका, कई मरे | AF-KAB |
hi | यूक्रेन के खारकीव पर रूसी हमला | UA RU |
bn | ঢাকায় ভূমিকম্প অনুভূত | BD |
bn | সিরিয়ার আলেপ্পোতে বিস্ফোরণ | SY SY-HL |
sw | Mapigano yazuka Goma nchini DRC | CD CD-NK |
sw | Mlipuko watokea Mogadishu nchini Somalia | SO |
id | Gempa mengguncang Turki dan Suriah | TR SY |
vi | Nổ lớn ở Damascus, Syria | SY SY-DI |
th | เหตุระเบิดในดามัสกัส ซีเรีย | SY |
ur | کابل میں دھماکہ، متعدد ہلاک | AF-KAB |
en | RSF fighters overrun El Fasher hospital, medics say | SD-DN |
en | Ethiopia: Tigray forces accuse Amhara militia of attack near Mekelle | ET ET-TI |
en | Jihadists kill dozens in Djibo, northern Burkina Faso | BF |
en | Myanmar junta bombs village in Sagaing region | MM MM-01 |
en | M23 rebels advance on Goma in North Kivu | CD-NK |
en | IDF raids Jenin refugee camp in the West Bank | PS-JEN |
en | Suicide bomber kills 12 in Quetta | PK PK-BA |
en | Fighting near Bakhmut as Russian forces regroup | UA-14 RU |
en | Drone attack on Erbil airport | IQ-AR |
en | Clashes in Aden between separatists and government forces | YE-AD |
en | Protests in Derna after floods | LY-DR |
en | Army retakes town in Deir ez-Zor countryside | SY-DY |
en | Paris Hilton launches new perfume |  | FR
en | Washington Irving's tales still enchant |  | US-WA
en | Sydney Sweeney stars in new film |  | AU
en | India Arie releases album |  | IN
en | Turkey sandwich recipe for lunch |  | TR
en | Reading is good for children |  | GB
en | Mobile phone sales fall |  | US
en | China plates and silver spoons at auction |  | CN
en | Boston Dynamics shows new robot |  | GB
en | Hamas says hostage released |  | DE
en | Victoria Beckham opens new store |  | AU CA SC
en | Israel Adesanya wins title fight |  | IL
en | Brussels sprouts back on the menu |  | BE
en | Hong Kong protesters clash with police | HK |
en | Cuban sandwich and Swiss cheese |  |
en | Explosion at Bagram, Afghanistan | AF |
en | Kurdish forces capture IS leader near Hasakah | SY-HA |
en | Georgia lawmakers vote on new map | US-GA | GE
en | Georgia signs trade deal with Turkey | GE TR | US-GA
fi | Tulipalo Kuopiossa levisi naapuritaloon | FI-15 |
fi | Helsingissä osoitettiin mieltä | FI-18 |
fi | Turun satamassa räjähti | FI-19 |
hu | Tűz volt Miskolcon | HU-BZ |
cs | V Plzni hořel sklad | CZ-32 |
pl | Pożar hali w Katowicach | PL-24 |
pl | Protest rolników w Poznaniu | PL-30 |
sr | Požar u Novom Sadu | RS-VO |
hr | Požar na brodu u Splitu | HR-17 |
lt | Gaisras Vilniuje | LT-VL |
ru | Пожар в Нижнем Новгороде | RU-NIZ |
ru | Взрыв в Ростове-на-Дону | RU-ROS |
kk | Алматыда өрт шықты | KZ-75 | KZ-19
en | Clashes in Salaheddin district of Aleppo | SY-HL | IQ
en | Raid in Khan Younis area of Gaza | PS-KYS PS-GZA | MZ
en | Man shot in Wedding district of Berlin | DE-BE |
ar | اشتباكات في حي صلاح الدين في حلب | SY-HL | IQ
fr | Heurts dans le quartier Salaheddine d'Alep | SY-HL | IQ
ru | Харьковские власти объявили тревогу | UA-63 |
ru | Алеппские кварталы остались без света | SY-HL |
ru | В Сумах прогремел взрыв | UA-59 | BF
ru | В Сербии прошли протесты | RS | BA
ru | В странах Азии растут цены |  | FR
ru | Иванов вышел в финал турнира |  | RU
ru | Дело передано в суд |  | IN
fr | La moutarde de Dijon manque dans les rayons |  | FR
fr | Bousculade mortelle au stade de N'Zérékoré | GN-N |
en | Drone downed over Al-Dhale as talks stall | YE-DA |
en | Jack London novel becomes a series |  | GB
en | Liverpool striker signs new contract |  | GB
de | Dynamo Dresden verliert in Mailand | IT-25 | DE-SN
it | Incendio vicino a Olbia | IT-88 | TR
ar | أثينا تستدعي السفير الأميركي | GR US | US-GA
ar | المغرب والعشاء: مواقيت الصلاة |  | MA
ar | شهداء في قصف على خانيونس | PS-KYS |
ar | جلسة لمناقشة سعر صرف الليرة في وكالة الأنباء |  | FR
he | המתקן הופעל רק לפני שנים |  | FR
he | צה״ל פעל הלילה בטובאס | PS-TBS |
zh | 山西刀削面的家常做法 |  | CN
hi | मुर्शिदाबाद में हिंसा के बाद इंटरनेट बंद | IN-WB |
ku | Li Wanê erdhej çêbû | TR-65 |
ckb | تەقینەوە لە هەولێر | IQ-AR |
ps | په هلمند کې سیلاوونو کورونه وړي | AF-HEL |
uz | Farg‘onada kuchli zilzila | UZ-FA |
uk | ЗСУ уразили склад на Курщині | RU-KRS |
uk | У Кременчуці після вибухів спалахнула пожежа | UA-53 |
ru | Донецкие власти объявили траур | UA-14 |
pl | Ostrzał charkowskich osiedli | UA-63 |
ko | 창원 공장서 가스 누출 | KR-48 |
id | Pengungsi Rohingya mendarat di Pidie | ID-AC |
id | Bentrok warga di Kabupaten Sikka | ID-NT | IN
ar | قصف يطال سوقا بأم درمان | SD-KH |
ar | إيران تستخدم صواريخ خيبر في الرد | IR | PK
sr | Експлозија у Чачку | RS-17 |
pl | Starcia na granicy koło Brześcia | BY-BR |
pl | Pożar w Zielonej Górze | PL-08 |
fa | حمله به نیروهای امنیتی در استان اردبیل | IR-24 | IR-03
tr | Muş'ta kar yolları kapattı | TR-49 |
tr | Batman'da gözaltılar | TR-72 |
tr | Batman yeni filmiyle sinemalarda |  | TR
tr | Ordu sınıra asker gönderdi |  | TR-52
az | Sumqayıtda yanğın baş verib | AZ-SM |
ka | ზუგდიდში აქცია გაიმართა | GE-SZ |
hy | Վանաձորում հրդեհ է բռնկվել | AM-LO |
am | በመቀሌ ከተማ ሰልፍ ተካሄደ | ET-TI |
ta | மதுரையில் தீ விபத்து | IN-TN |
te | విశాఖపట్నంలో అగ్నిప్రమాదం | IN-AP |
ml | കൊച്ചിയിൽ തീപിടിത്തം | IN-KL |
mr | पुण्यात आग: तीन जखमी | IN-MH |
bn | চট্টগ্রামে অগ্নিকাণ্ড | BD-B |
ko | 광주에서 화재 발생 | KR-29 |
ko | 평양에서 열병식 열려 | KP-01 |
th | น้ำท่วมเชียงราย | TH-57 |
ja | 珠洲市で地震 | JP-17 |
el | Φωτιά κοντά στη Λάρισα | GR-E |
el | Διαδήλωση στο κέντρο της Αθήνας | GR-I |
id | Gempa di Palu | ID-ST | PW
es | Incendio en el centro de Granada | ES-AN | GD
pt | Tiroteio em Salvador deixa feridos | BR-BA | SV
no | Brann i Tromsø sentrum | NO-55 |
ar | اقتحام بلدة حوارة جنوب نابلس | PS-NBS |
ar | الدولة تعلن ارتفاع الأسعار بنسبة خمسة بالمئة |  | IN LY
ar | كنت في العمل عندما وقع الحريق |  | GB SA
ar | وفاة كبير المفاوضين |  | NU MZ
ar | مسلحون يهاجمون الزاوية | LY-ZA |
he | האסון במרכז הארץ: המדינה פונה למטה |  | US
ru | Заседание Совета по делам молодёжи |  | RU
fr | Attaque près d'Ansongo | ML-7 |
fr | Un maire tué à l'entrée d'Ajaccio | FR-20R |
it | Incendio vicino all'Aquila | IT-65 |
ru | Пожар в Измаиле | UA-51 |
ru | Измаил Гаспринский и его время |  | UA
fi | Kolari Porissa | FI-17 |
uk | Удар по Чугуєву | UA-63 |
he | פיגוע בג׳נין | PS-JEN |
he | קרב בג'נין | PS-JEN |
zh | 喀布爾發生爆炸 | AF-KAB |
zh | 奎达发生枪击 | PK-BA |
zh | 青年志愿者参加活动 |  | CN
th | ไฟไหม้ตลาดแม่สอด | TH-63 |
cs | Výbuch v Doněcku | UA-14 |
uk | Обстріл Нікополя: поранено жінку | UA-12 |
en | Belgian waffles and Swiss chocolate: a tasting |  | BE CH
de | Der Essener Bürgermeister isst Berliner |  | US
en | Blast in the village of Rai in Aleppo province | SY-HL | FR
en | Shelling hits village of Rai, Aleppo | SY-HL | FR
en | Bermuda shorts: how to wear them at the office |  | BM
en | Hama beads keep children busy |  | SY
ar | طريقة عمل الكبة الحلبية في المنزل |  | SY
ar | حلب الأبقار: أساليب حديثة |  | SY
ar | غارات جوية على صعدة | YE-SD |
ar | مسيرة إسرائيلية تستهدف سيارة في صور | LB-JA |
ar | صور من حفل الافتتاح |  | LB
ar | اشتباكات في بلدة الأتارب | SY-HL |
ar | انفجار في تلعفر | IQ-NI |
tr | Humus kırsalında çatışmalar sürüyor | SY-HI |
ru | На границе у Гориса произошла перестрелка | AM-SU |
ru | Премьера пьесы о Сталине |  | UA
ru | Разговор с Владимиром Ивановым |  | RU-VLA
ru | Чистая вода в Черном море |  | RU-TUL
ru | Кого коснется запрет |  | NG
ru | Трагедия Беслана: двадцать лет спустя | RU-SE |
ru | Беженцы из Германии вернулись | DE |
uk | Бої у Суджі: що відомо | RU-KRS |
he | כוחות פשטו על כפר סמוך לקונייטרה | SY-QU |
de | Russische Truppen rücken auf Pokrowsk vor | UA-14 | RU-SA
de | Dschisr asch-Schughur: Kämpfe in der Stadt | SY-ID |
pl | Ostrzał Wowczańska trwa | UA-63 |
hu | Tűz ütött ki egy szegedi gyárban | HU-CS |
fi | Räjähdys Mosulissa | IQ-NI |
ja | マンビジュで爆発 | SY-HL |
ja | 松江で震度4 | JP-32 | CN
ja | トルコ石の指輪 |  | TR
ko | 카미슐리 공습 | SY-HA |
hi | जापोरिज्जिया में धमाका | UA-23 |
zh | 自由与和平的第一步 |  | SL VN NP
bn | ভারতে নতুন আইন | IN | FR
fr | Fusillade à Nice, deux morts | FR-PAC |
ru | В Подольске взорвали машину генерала | RU-MOS | UA
fr | Le match est nice |  | FR
fa | اعتراض کشاورزان نجف‌آباد به بی‌آبی | IR-10 |
uk | Рятувальники шукають людей у Кам'янському | UA-12 |
ar | وصول دواء جديد |  | RO
ar | ملح وزيتون في السوق |  | SY MT
ko | 새로운 구조 작업 |  | JP
ko | 기자 회견에서 열려 |  | EG
hi | हवाई हमले में चार की मौत |  | US
he | מאמן חדש |  | NL
fr | Marée noire redoutée au large de Brest, en Bretagne | FR-BRE | BY
de | Die Geräte und der Stift |  | AF DZ
en | Fire at wedding reception in Mosul kills dozens | IQ-NI |
en | Hotel receptionist shot dead in Kabul | AF-KAB |
en | Syrian army gives families a cold reception | SY |
en | Plan is a recipe for disaster, Ukrainian general warns | UA |
en | How to make peace: Sudanese women speak | SD |
en | Recipe for lamb kebab as eaten in Aleppo | SY-HL |
en | Aleppo kebab: a family recipe |  | SY
fr | Syrie : la tarification de l'électricité divise | SY |
fr | Mali : les recettes douanières baissent | ML |
en | Critics call the vote in Florencia a farce | | CO
fr | La recette du Mali contre les drones | ML |
es | Recepción en Caracas termina a tiros | VE |
pt | Receita Federal apreende armas em Manaus | BR-AM |
pt | Receita de Angola com petróleo cai | AO |
pt | Receita de moqueca capixaba |  | BR-ES
pl | Nowe przepisy: Ukraina zaostrza kontrole | UA |
pl | Przepis na pierogi lwowskie |  | UA
zh | 叙利亚谴责以色列做法 | SY IL |
zh | 伊朗接下来怎么做 | IR |
fa | ترکیب تازه دولت سوریه اعلام شد | SY |
ar | مقادير المساعدات السورية تتراجع | SY |
ar | طبيب: نقص الوصفات في سوريا | SY |
ko | 시리아 재건을 만드는 법안 통과 | SY |
ar | طرق الجار على الباب |  | SY
ar | دخل من الباب الخلفي |  | SY
ar | قصف مدفعي على الباب | SY-HL |
ar | قافلة مساعدات تصل إلى الباب | SY-HL |
ar | بلدية الباب في ريف حلب تعبد الطرق | SY-HL |
ar | الطبقة الوسطى تعاني من الغلاء |  | SY
ar | انفجار لغم في الطبقة | SY-RA |
ar | الوضع القائم لا يطاق |  | IQ
ar | الحشد الشعبي ينتشر في القائم | IQ-AN |
ar | الفريق يلعب في الميادين الكبرى |  | SY
ar | مراسل الميادين: غارة إسرائيلية على بلدة الخيام | LB | SY
ar | نظر إلى القضية من الزاوية الأخرى |  | LY
ar | أمراض العين وطرق علاجها |  | AE
ar | سمع الخبر من التلفاز |  | SA
ar | يعمل في القصر منذ سنوات |  | DZ
en | Clashes near Jindires leave two dead | SY-HL |
en | Two wounded by a drone near Jinderes | SY-HL |
en | Shelling hits Tell Rifaat overnight | SY-HL |
en | Curfew imposed in Sheikh Maqsoud | SY-HL |
ar | اشتباكات في الشيخ مقصود | SY-HL |
ar | انفجار في حي الأشرفية بعد هدوء في حلب | SY-HL | LB
ar | إطلاق نار في الأشرفية شرق بيروت | LB-BA | SY
en | Soldiers raid Masafer Yatta | PS-HBN |
en | Mortar shells land on Kafr Kila | LB-NA |
en | Five killed in Dhuluiya ambush | IQ-SD |
uk | Удар по Салтівці: є загиблі | UA-63 |
ru | В Белом море затонула баржа |  | RU
ru | У берегов Белого моря шторм |  | RU
uk | Корабель помітили в Індійському океані |  | IN
en | Hadath reports heavy traffic on the ring road |  | LB
ar | افتتاح مدرسة جديدة للبنات |  | YE
ar | درجات حرارة عالية هذا الأسبوع |  | LB
ar | المدرب الزهراني يعلن التشكيلة |  | LB
ar | غارة إسرائيلية على الكسوة بريف دمشق | SY-RD |
ar | رابط النص: نفى المستشفى هذا الخبر |  | SA
ar | إغلاق مطعم بالخبر بعد تسمم | SA-04 |
ar | القرآن يدعو إلى حياة كريمة |  | SD JO SY
ar | دورة تدريبية للنحالين |  | PS
ar | مستوطنون يهاجمون قرية نحالين | PS-BTH |
ar | توفي معتقل تحت التعذيب في الباب | SY-HL |
ar | مسلحون مجهولون وخطف صحفي في الطبقة | SY-RA |
ar | اختطاف ناشطة في الطبقة | SY-RA |
ar | إعدام ميداني لثلاثة في البيضاء | YE-BA |
ar | خطف تلميذ في الميادين | SY-DY |
ar | احتجاجات ليلية في الباب | SY-HL |
ar | اعتصام في الباب لكشف مصير مفقودين | SY-HL |
ar | مظاهرة في الباب تطالب بالكهرباء | SY-HL |
ar | حكم بالإعدام على معتقل في القائم | IQ-AN |
ar | فتاة تنتحر في الباب بعد محاولة انتحار سابقة | SY-HL |
ar | تعذيب سجين في سجن بالباب | SY-HL |
ar | إطلاق سراح ناشط في الميادين | SY-DY |
ar | حريق كبير في الخبر | SA-04 |
ar | وفاة طفلين في الباب من البرد | SY-HL |
ar | تشييع ضحايا في الزاوية | LY-ZA |
ar | توقيف ناشطين في برزة | SY-DI |
ar | مداهمات وتوقيف في الكسوة | SY-RD |
ar | وفاة سجين في الشعلة | IQ-BG |
ar | تهجير عائلات في لقاوة | SD-GK |
ar | إخلاء مستشفى في الصالحة | SD-KH |
ar | غرق طفل في الزهراني | LB-JA |
ar | اعتقال مدون في العين | AE-AZ |
ar | احتجاز عمال في عاليه | LB-JL |
ar | إصابة طالب في مدرسة في إنخل | SY-DR |
en | Strike in Hadath kills two | LB-JL |
ar | طفل يفتح الباب |  | SY
ar | شاب يطرق الباب |  | SY
ar | إضراب المعلمين يفتح الباب أمام حوار |  | SY
ar | قصف الجيش يغلق الباب على المفاوضات |  | SY
ar | احتجاج الطبقة الوسطى على الضرائب |  | SY
ar | إعدام الطبقة السياسية سياسيا |  | SY
ar | القائم بأعمال السفارة يدين الهجوم |  | IQ
ar | الخوذ البيضاء: قتيل بقصف |  | YE LY
ar | نفى الجيش هذا الخبر |  | SA
ar | اعتقال الممثلة رانية |  | IQ
ar | إعدام الزهراني تعزيرا |  | LB
ar | متظاهر مصاب برصاصة في العين |  | AE
ar | دورة للعمليات الجراحية في مستشفى |  | YE
ar | كما جاء في الخبر أن الجيش قصف |  | SA
ar | الوضع في الباب بعد احتجاجات | SY-HL |
ar | مقتل مدرس في الباب أمام منزله | SY-HL |
ar | اختطاف شابة في الباب | SY-HL |
ar | وصفة للفوضى: السودان يحترق | SD |
ar | وصفة دولية لحل أزمة ليبيا | LY |
ru | Рецепт победы: Харьков отразил атаку | UA-63 |
ru | Рецепт мира для Донбасса | UA |
pl | Przepis na katastrofę: Charków bez prądu | UA-63 |
fr | La recette de la junte malienne : Bamako sans carburant | ML |
nl | Recept voor oorlog: Soedan | SD |
ar | وصفة حلويات: كنافة نابلس |  | PS
"""

ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in HEADLINES.strip().split("\n")]


@pytest.mark.parametrize(("lang", "title", "must", "must_not"), ROWS, ids=[f"{row[0]}-{row[1][:24]}" for row in ROWS])
def test_a_headline_leads_to_its_places_only(lang, title, must, must_not):
    found = set(regions.locate(Entry(id="x", title=title), precision="balanced").regions)
    assert set(must.split()) <= found
    assert not set(must_not.split()) & found


@pytest.mark.parametrize(
    "text",
    [
        "قصف شمال غربي مدينة حلب",
        "اشتباكات شمال شرقي سوريا وجنوب شرقي دير الزور",
        "Frappes au Nord-Est de la Syrie",
        "Kuzeybatı Suriye'de saldırı, Güneydoğu'da operasyon",
        "Luftangriff im Nordwesten Syriens",
        "Ataque no Noroeste da Síria",
        "Raid nel Nord-Ovest della Siria",
        "叙利亚西北部遭空袭",
        "Удар по Сирії, Південний Схід",
        "उत्तर पश्चिम सीरिया में हमला",
    ],
)
def test_a_point_of_the_compass_is_no_province_of_another_country(text):
    assert set(regions.locate(Entry("a", text)).countries) == {"SY"}


def test_a_province_that_is_called_after_a_point_of_the_compass_is_one():
    assert "CM-NW" in regions.locate(Entry("a", "Combats dans la région du Nord-Ouest au Cameroun")).regions
    assert "EG-SHR" in regions.locate(Entry("a", "انفجار في محافظة الشرقية بمصر")).regions
    assert "LK-4" in regions.locate(Entry("a", "Attack in Northern Province, Sri Lanka")).regions


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("قصف مدفعي يصيب مشفى في ريف إدلب الجنوبي", "SY-ID"),
        ("اشتباكات في ريف حلب الشمالي", "SY-HL"),
        ("غارات على ريف حمص الغربي والشرقي", "SY-HI"),
    ],
)
def test_an_arabic_direction_is_part_of_the_place_before_it(text, code):
    found = regions.locate(Entry("a", text))
    assert set(found.countries) == {"SY"}
    assert code in found.regions


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("FARC dissidents attack police", ["CO"]),
        ("Critics call the vote a farce", []),
        ("Hamas's leader", ["PS"]),
        ("представитель ХАМАСа", ["PS"]),
        ("حركة حماس تعلن", ["PS"]),
        ("Bahamas ferry sinks", []),
        ("استقبال بحماس", []),
        ("ВСУ отошли", ["UA"]),
        ("ЗСУ відійшли", ["UA"]),
        ("Выиграли всухую", []),
        ("Houthis fire missile", ["YE"]),
        ("Husiler gemi vurdu", ["YE"]),
        ("Officers of Ursf", []),
        ("RSF: 12 killed", ["SD"]),
        ("وقسد تعلن", ["SY"]),
        ("위협하는 후티", ["YE"]),
    ],
)
def test_a_group_that_fights_is_named_by_whole_words(text, countries):
    assert [code for names, codes in FIGHTERS if names.search(text.lower()) for code in codes[:1]] == countries
