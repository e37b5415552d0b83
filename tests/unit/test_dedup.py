"""What is one story and what is not: tables of edits, each with its name."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from dedup_try import NOW, assigned, clusterer, entry, second

from watcher.dedup.explain import changes_between, counted_in, first_counts, word_diff
from watcher.dedup.fingerprint import Fingerprint, fingerprint
from watcher.dedup.judge import read_judge, shipped_judge
from watcher.dedup.provenance import Publication, origin_of
from watcher.dedup.texts import Texts
from watcher.dedup.words import hash_of
from watcher.links import canonical
from watcher.model import AssignReason, Relation

RAID = entry(
    "Coalition raid captures Daesh leader in al-Bab",
    "International coalition forces captured a leader of Daesh in a raid on a house near al-Bab in the countryside of"
    " Aleppo at dawn on Thursday, local sources said. At least 12 people were killed in clashes that followed, and"
    " three others were injured, according to medics at the town's hospital. Residents heard helicopters for two hours"
    " and said that the road to Manbij was closed. The coalition has not yet commented on the operation.",
)
BLAST_RU = entry(
    "Взрыв на рынке в Идлибе",
    "В результате взрыва на центральном рынке города Идлиб погибли двенадцать человек, ещё тридцать получили ранения,"
    " сообщил представитель местной службы спасения. По предварительным данным, взорвался начинённый взрывчаткой"
    " автомобиль, припаркованный у входа в торговые ряды. Ответственность за нападение пока никто не взял.",
)
BLAST_AR = entry(
    "انفجار في سوق مدينة إدلب",
    "قتل 12 شخصا وأصيب ثلاثون آخرون بجروح في انفجار سيارة مفخخة وسط السوق الرئيسي في مدينة إدلب صباح"
    " الخميس، بحسب ما أفاد مصدر في الدفاع المدني. وقال شهود عيان إن السيارة كانت متوقفة عند مدخل السوق، فيما هرعت"
    " سيارات الإسعاف إلى المكان. ولم تتبن أي جهة الهجوم حتى الآن.",
)
FIRE_ES = entry(
    "Incendio en un edificio de Valencia",
    "Doce personas murieron y otras quince resultaron heridas en un incendio declarado la madrugada del jueves en un"
    " edificio de viviendas del barrio de Campanar, en Valencia, según informaron los servicios de emergencia. El fuego"
    " comenzó en la cuarta planta y se propagó en pocos minutos por la fachada. Los bomberos trabajan en el lugar.",
)
FLOOD_FR = entry(
    "Inondations dans le sud du pays",
    "Douze personnes ont été tuées et une trentaine d'autres blessées dans les inondations qui touchent depuis mercredi"
    " soir la vallée de l'Aude, a annoncé jeudi la préfecture. Plusieurs villages restent coupés du"
    " monde et les secours"
    " évacuent les habitants par hélicoptère. La circulation des trains est interrompue entre Narbonne et Carcassonne.",
)
CITY_ZH = entry(
    "伊德利卜市场发生爆炸",
    "周四上午叙利亚西北部城市伊德利卜的中心市场发生汽车炸弹爆炸，据当地民防部门消息人士称，爆炸造成多人死亡。"
    "目击者表示，汽车停在市场入口处，救护车随后赶到现场。目前尚无任何组织声称对袭击负责。",
)
ALL = {"en": RAID, "ru": BLAST_RU, "ar": BLAST_AR, "es": FIRE_ES, "fr": FLOOD_FR, "zh": CITY_ZH}


def body(e, **edits):
    return replace(e, id=e.id + " again", **edits)


SAME = {
    "the same text": body,
    "another headline": lambda e: body(e, title="Exclusive: what we know so far"),
    "no headline": lambda e: body(e, title=""),
    "cut in the middle": lambda e: body(e, summary=e.summary[: len(e.summary) // 2] + "…"),
    "an agency's dateline": lambda e: body(e, summary=f"DAMASCUS (Reuters) – {e.summary}"),
    "a credit line": lambda e: body(e, summary=f"{e.summary}\nSource: Atalayar"),
    "an outlet's suffix": lambda e: body(e, title=f"{e.title} - Reuters"),
    "boilerplate behind": lambda e: body(e, summary=f"{e.summary} Read more on our site. Follow us on Telegram."),
    "boilerplate before": lambda e: body(e, summary=f"Share this article. Subscribe now. {e.summary}"),
    "capitals": lambda e: body(e, title=e.title.upper(), summary=e.summary.upper()),
    "other punctuation": lambda e: body(e, summary=e.summary.replace(",", " –").replace(".", " !")),
    "full text against its summary": lambda e: body(e, content=e.summary + " " + e.summary[::-1] * 3),
}


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_a_text_that_is_edited_is_the_same_story(language, edit):
    told = second(ALL[language], edit(ALL[language]))
    assert (told.story, told.relation) == (1, Relation.REPUBLICATION)
    assert told.similarity > 0.6


def test_names_in_another_transliteration_are_the_same_story():
    text = RAID.summary.replace("al-Bab", "El Bab").replace("Daesh", "Da'esh").replace("Manbij", "Menbij")
    assert second(RAID, body(RAID, title="Daesh chief held", summary=text)).story == 1


def test_the_same_feed_under_a_new_id_and_address_is_the_same_story():
    told = assigned(replace(RAID, link="https://a.org/1"), replace(RAID, id="new", link="https://a.org/2"))
    assert told[1].story == 1


def test_a_shortened_text_with_a_credit_line_credits_its_source():
    short = RAID.summary.split(". ")[0] + ". Source: Atalayar"
    told = second(RAID, entry("Coalition arrests a top figure of Daesh in Syria", short, feed="sohr"))
    assert (told.story, told.relation, told.credits) == (1, Relation.REPUBLICATION, "Atalayar")


APART = {
    "another event on one pattern": (
        entry("Quake of magnitude 4.1 near Izmir", "A magnitude 4.1 earthquake struck near Izmir on Monday."),
        entry("Quake of magnitude 5.3 near Van", "A magnitude 5.3 earthquake struck near Van on Thursday."),
    ),
    "the next sanctions package": (
        entry("EU adopts 12th sanctions package against Russia"),
        entry("EU adopts 13th sanctions package against Russia"),
    ),
    "a weekly headline": (
        entry("Morning briefing", "What you need to know today."),
        entry("Morning briefing", "What you need to know today."),
    ),
    "the gallery of every day": (
        entry("Gallery: The best photos of the world", "The best photos of the agencies as our editors chose them"),
        entry("Gallery: The best photos of the world", "The best photos of the agencies as our editors chose them"),
    ),
    "one word": (entry("Explosion"), entry("Explosion")),
    "two words": (entry("Live updates"), entry("Live updates")),
    "only numbers": (entry("12 34", "56 78 90"), entry("12 34", "56 78 90")),
    "only signs": (entry("🚨🚨🚨", "— … !"), entry("🚨🚨🚨", "— … !")),
    "nothing": (entry("", ""), entry("", "")),
    "a phone call with another president": (
        entry(
            "HH the Amir Receives Phone Call from Syrian President",
            "Doha, March 01 - HH the Amir received a phone call today from HE President of the Syrian Arab Republic.",
        ),
        entry(
            "HH the Amir Receives Phone Call from King of Morocco",
            "Doha, February 28 - HH the Amir received a phone call today from his brother the King of Morocco.",
        ),
    ),
    "independent reports of one event": (
        RAID,
        entry(
            "US-led alliance says senior militant detained in northern Syria",
            "The US-led alliance said on Thursday its troops had detained a senior Islamic State militant during an"
            " overnight operation west of the Euphrates. A spokesman declined to name the man, whom he described as a"
            " bomb maker.",
        ),
    ),
    "daily prices": (
        entry(
            "Wheat prices at the close", "Wheat 412.25, maize 305.5, soya 1,204 dollars a tonne on Monday at the close."
        ),
        entry(
            "Wheat prices at the close",
            "Wheat 409.75, maize 311.0, soya 1,187 dollars a tonne on Tuesday at the close.",
        ),
    ),
}


@pytest.mark.parametrize(("first", "then"), APART.values(), ids=APART)
def test_what_only_looks_alike_stays_apart(first, then):
    told = assigned(first, replace(then, id="another"), hours=26)[1]
    assert (told.story, told.relation) == (2, Relation.LEAD)


STANDING = (
    "The morning desk is the news programme of Channel Nine, hosted by our team on weekdays at 5:15. For more videos"
    " visit our website, subscribe to our channel and follow us on every platform for the latest updates."
)
CAPTION = (
    "Beachgoers spread out across the sand near the pier despite the governor's closure, which still holds in the city"
    " (Staff photo)."
)
ADVICE = (
    "If you think that you have the fever, call your doctor and do not visit the surgery; in an emergency dial the"
    " usual number. Figures come from the ministry of health, subscribe for the evening letter."
)
NEIGHBOURS = {
    "standing text under videos": [
        ("Two arrested for selling noodles at three times the price", STANDING),
        ("Online enrolment opens while classes wait for August", STANDING),
        ("Rice prices climb again in the northern provinces", STANDING),
    ],
    "standing text behind a line of news": [
        ("Consumer watchdog finds gaps in the price of power", f"Some pay more because of where they live. {STANDING}"),
        ("Amateur astronauts show life in orbit", f"Those on board described the view. {STANDING}"),
    ],
    "one caption under two stories": [
        ("Face masks will not be required, health official says", CAPTION),
        ("County moves toward a phased reopening of businesses", CAPTION),
    ],
    "a quiz of every day": [
        (
            "Morning quiz: May 18",
            "Test your brains with our morning quiz. Be sure to check back for the afternoon one.",
        ),
        (
            "Morning quiz: May 19",
            "Test your brains with our morning quiz. Be sure to check back for the afternoon one.",
        ),
    ],
    "the cartoon page": [
        ("Best of cartoons, October 4", "The news of the day through the eyes of the illustrators of our two papers."),
        ("Best of cartoons, October 5", "The news of the day through the eyes of the illustrators of our two papers."),
    ],
    "numbered episodes at one moment": [
        ("Our favourite episodes 14", STANDING),
        ("Our favourite episodes 9", STANDING),
    ],
    "pages that are written on all day": [
        (
            "Fever updates LIVE: cases pass 4.1 million worldwide, death toll stands at 99",
            ADVICE,
        ),
        (
            "Fever updates LIVE: tests to be free in the north; fewer than 700 ill in the country, death toll at 101",
            ADVICE,
        ),
    ],
    "a bulletin on one template": [
        (
            "Air alert: 4 regions, 12 drones",
            "The air force reports targets over 4 regions, of 12 drones 9 were shot down.",
        ),
        (
            "Air alert: 7 regions, 31 drones",
            "The air force reports targets over 7 regions, of 31 drones 22 were shot down.",
        ),
    ],
}


@pytest.mark.parametrize("items", NEIGHBOURS.values(), ids=NEIGHBOURS)
@pytest.mark.parametrize("hours", [0.0, 25.0])
def test_what_an_outlet_says_again_and_again_makes_no_story_of_its_entries(items, hours):
    news = [entry(title, text, feed="nine", number=str(n)) for n, (title, text) in enumerate(items)]
    assert [told.story for told in assigned(*news, hours=hours)] == list(range(1, len(items) + 1))


def test_standing_text_of_two_channels_makes_no_story_of_what_both_bring():
    """What the second channel first has in common with the other it cannot know for standing text yet."""
    rice, noodles, hearing = (
        "Rice prices climb again in the northern provinces",
        "Two arrested for selling noodles at three times the price",
        "Senate hearing on the purchase of ventilators goes on",
    )
    first = (rice, "Nine"), (noodles, "Nine"), ("Online enrolment opens while classes wait for August", "Desk")
    then = (
        ("Consumer watchdog finds gaps in the price of power", "Desk"), (hearing, "Desk"), (rice, "Desk"),
        ("Typhoon shelters run short of water, says mayor", "Desk"), (hearing, "Nine"),
    )  # fmt: skip
    news = [entry(title, STANDING, feed=feed, number=str(n)) for n, (title, feed) in enumerate(first + then)]
    assert [told.story for told in assigned(*news)][-4:] == [3, 1, 4, 3]


def test_a_headline_is_reworked_by_its_own_outlet_and_stays_the_same_story():
    again = replace(RAID, id="2", title="Daesh leader captured in coalition raid near al-Bab")
    assert assigned(RAID, again)[1].story == 1


def test_an_outlets_repeat_under_its_standing_text_is_found_by_the_rest():
    dam = (
        "Villagers blocked the road to the dam for a third night after the ministry cut the water of nine orchards."
        " Elders from both banks met the governor, who offered tank lorries until the pumps are mended, and asked for"
        " the names of those who had burned tyres at the sluice."
    )
    news = [
        entry(title, f"{text} {STANDING}", feed="nine", number=title)
        for title, text in (
            ("Consumer watchdog finds gaps in the price of power", "Some pay more because of where they live."),
            ("Road to the dam blocked for a third night", dam),
            ("Amateur astronauts show life in orbit", "Those on board the capsule described the view."),
            ("Third night of protest on the road to the dam", dam),
        )
    ]
    assert [told.story for told in assigned(*news)] == [1, 2, 3, 2]


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("https://www.bbc.co.uk/a", "https://news.bbc.co.uk/b", True),
        ("https://edition.cnn.com/a", "https://cnn.it/b", True),
        ("https://www.bbc.co.uk/a", "https://www.lemonde.co.uk/a", False),
        ("https://one.wordpress.com/a", "https://two.wordpress.com/b", False),
        ("https://alpha.example/a", "https://beta.example/b", False),
    ],
)
def test_an_outlet_is_known_by_the_name_of_its_site(one, other, is_one):
    """Of a feed that gathers many outlets, the links tell them apart; of one outlet's, its hosts are one."""
    news = [entry("Best of cartoons", STANDING, feed="f", number=link, link=link) for link in (one, other)]
    numbered = [replace(e, title=f"{e.title}, October {n}") for n, e in enumerate(news, 4)]
    assert (assigned(*numbered, hours=24)[1].story == 2) == is_one


@pytest.mark.parametrize(
    "host", ["www.youtube.com", "rsshub.app", "reliefweb.int", "127.0.0.1:1200", "10.1.0.1", "rsshub"]
)
def test_hosts_that_many_publish_on_name_no_outlet(host):
    one = entry("Villagers block the road to the dam", STANDING, feed="a", link=f"https://{host}/watch?v=1")
    other = replace(one, id="2", feed="b", link=f"https://{host}/watch?v=2")
    assert second(one, other, hours=30).story == 1


DEVELOPMENTS = {
    "en digits": (RAID, "12 people", "15 people", ("killed", 12, 15)),
    "en words": (RAID, "three others were injured", "seven others were injured", ("injured", 3, 7)),
    "en digits become words": (RAID, "12 people", "twenty-one people", ("killed", 12, 21)),
    "ru words": (BLAST_RU, "погибли двенадцать", "погибли пятнадцать", ("killed", 12, 15)),
    "ru digits": (BLAST_RU, "двенадцать", "15", ("killed", 12, 15)),
    "ar digits": (BLAST_AR, "قتل 12", "قتل 15", ("killed", 12, 15)),
    "ar other digits": (BLAST_AR, "قتل 12", "قتل ١٥", ("killed", 12, 15)),
    "ar words": (BLAST_AR, "ثلاثون", "خمسون", ("injured", 30, 50)),
    "es words": (FIRE_ES, "Doce personas", "Catorce personas", ("killed", 12, 14)),
    "es words of the injured": (FIRE_ES, "otras quince", "otras veintidós", ("injured", 15, 22)),
    "fr words": (FLOOD_FR, "Douze personnes", "Seize personnes", ("killed", 12, 16)),
    "a place corrected": (RAID, "countryside of Aleppo", "countryside of Raqqa", ("name", "Aleppo", "Raqqa")),
    "a claim withdrawn": (RAID, "International coalition forces", "CORRECTION: International coalition forces",
                          ("claim", "stated", "withdrawn")),
}  # fmt: skip


@pytest.mark.parametrize(("e", "was", "becomes", "change"), DEVELOPMENTS.values(), ids=DEVELOPMENTS)
def test_changed_facts_are_a_development(e, was, becomes, change):
    assert was in e.summary
    told = second(e, body(e, summary=e.summary.replace(was, becomes)))
    assert (told.story, told.relation, told.reason) == (1, Relation.DEVELOPMENT, AssignReason.FACTS_CHANGED)
    assert change in [(c.what, c.before, c.after) for c in told.changes]


@pytest.mark.parametrize(("e", "was", "becomes", "change"), DEVELOPMENTS.values(), ids=DEVELOPMENTS)
def test_changed_facts_under_the_same_id_are_a_development(e, was, becomes, change):
    told = assigned(e, replace(e, summary=e.summary.replace(was, becomes)))[1]
    assert (told.relation, told.reason) == (Relation.DEVELOPMENT, AssignReason.SAME_ENTRY_ID_FACTS_CHANGED)
    assert change in [(c.what, c.before, c.after) for c in told.changes]


SCENE = (
    " Reporters at the scene saw clouds of smoke above the gate, the road to the port was closed for a second day, and"
    " in three further cities the markets stayed shut while buses were set on fire."
)


@pytest.mark.parametrize(("hours", "story"), [(1, 2), (24, 3)])
def test_an_outlet_that_goes_on_with_its_report_tells_a_development_and_not_the_next_day(hours, story):
    """Much of the report stands in another one of the outlet, and is no sign of a copy."""
    background = entry("Second day of unrest: markets shut, buses burning", f"The governor called for calm.{SCENE}")
    nine, ten = "Nine people died after protesters clashed with guards", "Ten people died, a hospital official said"
    before = entry("At least nine dead after protests near the consulate in Karachi", f"{nine} in Karachi.{SCENE}")
    after = entry("Karachi: ten dead after protests near the consulate", f"{ten}, after protesters clashed.{SCENE}")
    told = assigned(background, before, after, hours=hours)
    assert [t.story for t in told] == [1, 2, story]
    assert [(c.what, c.before, c.after) for c in told[2].changes] == [("killed", 9, 10)] * (story == 2)


NO_DEVELOPMENTS = {
    "a word reworded": ("captured a leader", "seized a leader"),
    "a number left out": ("At least 12 people were killed in clashes that followed, and", "In clashes that followed"),
    "digits for words": ("three others", "3 others"),
    "a hedge": ("At least 12", "Some 12"),
    "a day": ("on Thursday", "on 5 March"),
}


@pytest.mark.parametrize(("was", "becomes"), NO_DEVELOPMENTS.values(), ids=NO_DEVELOPMENTS)
def test_other_edits_are_no_development(was, becomes):
    assert was in RAID.summary
    told = second(RAID, body(RAID, summary=RAID.summary.replace(was, becomes)))
    assert (told.story, told.relation, told.changes) == (1, Relation.REPUBLICATION, ())


FORGED = {
    "a hundred times the dead": (RAID, "12 people", "1200 people", ("killed", 12, 1200)),
    "another number word": (RAID, "three others", "nine others", ("injured", 3, 9)),
    "another place": (RAID, "countryside of Aleppo", "countryside of Homs", ("name", "Aleppo", "Homs")),
    "in Russian": (BLAST_RU, "двенадцать", "семьдесят", ("killed", 12, 70)),
    "in Arabic": (BLAST_AR, "قتل 12", "قتل 90", ("killed", 12, 90)),
    "in Spanish": (FIRE_ES, "Doce personas", "Noventa personas", ("killed", 12, 90)),
    "in French": (FLOOD_FR, "Douze personnes", "Soixante personnes", ("killed", 12, 60)),
}


@pytest.mark.parametrize(("e", "was", "becomes", "change"), FORGED.values(), ids=FORGED)
def test_a_copy_with_one_fact_changed_is_a_development_by_its_own_outlet_and_never_leads(e, was, becomes, change):
    true = replace(e, id="1", feed="agency")
    forged = replace(e, id="2", feed="attacker", summary=e.summary.replace(was, becomes))
    later = [replace(e, id=f"{n}", feed=f"outlet {n}", title=f"{e.title} ({n})") for n in (3, 4)]
    told = assigned(true, forged, *later)
    assert [t.story for t in told] == [1] * 4
    lead, development, *copies = told
    assert (lead.relation, development.relation) == (Relation.LEAD, Relation.DEVELOPMENT)
    assert [(c.what, c.before, c.after) for c in development.changes] == [change]
    assert [(t.relation, t.changes) for t in copies] == [(Relation.REPUBLICATION, ())] * 2
    assert 2 not in [t.compared_with for t in copies]
    members = [
        Publication(f, t.relation, t.credits) for f, t in zip(("agency", "attacker", "c", "d"), told, strict=True)
    ]
    assert origin_of(members).name == "agency"


def test_an_attackers_copy_that_comes_first_is_corrected_by_a_development():
    forged = replace(RAID, id="1", feed="attacker", summary=RAID.summary.replace("12 people", "1200 people"))
    told = assigned(forged, replace(RAID, id="2", feed="agency"))[1]
    assert (told.story, told.relation) == (1, Relation.DEVELOPMENT)
    assert [c.as_dict() for c in told.changes] == [{"what": "killed", "from": 1200, "to": 12}]


ODD = {
    "no title": entry("", RAID.summary),
    "a title of one word": entry("Breaking", RAID.summary),
    "a title and no text": entry("Coalition raid captures Daesh leader and two of his guards in al-Bab"),
    "emoji before every word": entry(RAID.title, " ".join(f"🚨{word}" for word in RAID.summary.split())),
    "five scripts": entry("Взрыв في سوق Idlib 爆炸 בשוק", f"{BLAST_RU.summary} {BLAST_AR.summary} {CITY_ZH.summary}"),
    "the whole text as the title": entry(RAID.summary),
    "a megabyte": entry(RAID.title, RAID.summary + " and so on" * 100_000),
    "a megabyte without a space": entry(RAID.title, RAID.summary + " " + "a" * 1_000_000),
    "control characters": entry(RAID.title, "\x00\x1f" + RAID.summary.replace(" ", "\u200b ")),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_entries_find_their_own_copies_and_no_others(odd):
    told = assigned(FIRE_ES, odd, replace(odd, id="copy", feed="b"), replace(FLOOD_FR, feed="c"))
    assert [t.story for t in told] == [1, 2, 2, 3]


def test_ten_thousand_entries_with_one_boilerplate_and_other_first_words_stay_apart():
    clusters = clusterer(explain=False)
    boilerplate = (
        "You are receiving this message because you subscribed to our service. All rights reserved, see terms."
    )
    words = [f"{chr(97 + n % 26)}{n:05d}x".translate(str.maketrans("0123456789", "bcdfghjklm")) for n in range(30_000)]
    news = [
        (entry(" ".join(words[3 * n : 3 * n + 3]), boilerplate, feed="f", number=str(n)), NOW + timedelta(seconds=n))
        for n in range(10_000)
    ]
    stories = [told.story for n in range(0, len(news), 1000) for told in clusters.assign_all(news[n : n + 1000])]
    assert len(set(stories)) > 9_900


def test_a_text_of_a_megabyte_is_compared_by_its_beginning():
    long = replace(RAID, id="long", content=RAID.summary + " filler" * 150_000)
    assert second(RAID, replace(long, feed="b")).story == 1


def test_every_decision_explains_itself():
    told = second(RAID, body(RAID, title="Another headline altogether"))
    assert told.compared_with == 1
    assert told.shared
    assert all(phrase in RAID.summary.replace("-", " ") for phrase in told.shared)
    assert {reason.speaks > 0 for reason in told.reasons} == {True, False}
    assert {reason.name for reason in told.reasons} <= set(shipped_judge().features)


def test_explaining_changes_no_decision():
    entries = [*ALL.values(), *(body(replace(e, feed="b")) for e in ALL.values())]
    plain, explained = clusterer(explain=False), clusterer(explain=True)
    for e in entries:
        one, other = plain.assign(e, NOW), explained.assign(e, NOW)
        assert (one.story, one.relation, one.similarity) == (other.story, other.relation, other.similarity)


def test_an_entry_is_forgotten_after_the_window():
    assert assigned(RAID, body(replace(RAID, feed="b")), hours=24 * 8)[1].story == 2
    assert assigned(RAID, body(replace(RAID, feed="b")), hours=24 * 6)[1].story == 1


def test_a_fingerprint_survives_storing():
    fp = fingerprint(replace(RAID, link="https://a.org/x"))
    assert Fingerprint.from_bytes(fp.to_bytes()) == fp
    assert Fingerprint.from_bytes(fp.to_bytes()).text.startswith(RAID.title)


@pytest.mark.parametrize("with_text", [True, False])
def test_a_fingerprint_of_an_older_watcher_has_the_words_of_its_text(with_text):
    fp = fingerprint(replace(RAID, link="https://a.org/x"))
    raw = bytearray(fp.to_bytes())
    raw[2], raw[12:20] = 2, b"\x01" * 8
    read = Fingerprint.from_bytes(bytes(raw), with_text=with_text)
    assert (read.core, read.text) == (fp.core, fp.text if with_text else "")


def test_of_a_long_text_an_older_fingerprint_keeps_the_whole_words():
    fp = fingerprint(replace(RAID, content=f"{'abcdefghij ' * 79}abcdefghij"))
    raw = bytearray(fp.to_bytes())
    raw[2] = 2
    known = {fp.core[10 + i : 14 + i] for i in range(0, len(fp.core) - 10, 4)}
    read = Fingerprint.from_bytes(bytes(raw)).core
    assert {read[10 + i : 14 + i] for i in range(0, len(read) - 10, 4)} <= known


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\xff\xff\x02", b"\x0a\x00\x01" + b"0" * 20], ids=repr)
def test_a_damaged_fingerprint_is_told(raw):
    with pytest.raises(ValueError, match="fingerprint"):
        Fingerprint.from_bytes(raw)


@pytest.mark.parametrize(
    "link",
    [
        "http://www.a.org/news/1", "https://a.org/news/1/", "https://m.a.org/news/1?utm_source=rss&utm_medium=x",
        "https://A.org/news/1#comments", "https://a.org/news/1?fbclid=abc",
    ],
)  # fmt: skip
def test_addresses_of_one_page_are_one(link):
    assert canonical(link) == "a.org/news/1"


def test_a_judge_adds_up_its_trees_and_says_why():
    stump = [[0, 0.5, 1, 2, 0.1], [-1, 0, 0, 0, -1.0], [-1, 0, 0, 0, 2.0]]
    deeper = [[1, 3.0, 1, 2, 0.0], [0, 0.2, 3, 4, 0.5], [-1, 0, 0, 0, -3.0], [-1, 0, 0, 0, 0.0], [-1, 0, 0, 0, 1.0]]
    judge = read_judge({"features": ["x", "y"], "bias": 0.0, "trees": [stump, deeper]})
    assert judge.probabilities([[1.0, 0.0], [0.0, 9.0]]) == pytest.approx([0.9525741, 0.0179862])
    assert judge.reasons([1.0, 0.0]) == pytest.approx({"x": 2.4, "y": 0.5})
    assert list(judge.reasons([0.0, 9.0])) == ["y", "x"]


def test_many_pairs_are_judged_as_each_alone():
    judge = shipped_judge()
    rows = [[(7 * row + column) % 11 / 4 for column in range(len(judge.features))] for row in range(300)]
    alone = [judge.probabilities([row])[0] for row in rows]
    assert judge.probabilities(rows) == alone
    assert len(set(alone)) == 11


def test_numbers_are_facts_where_what_they_count_stands_near_in_the_same_text():
    texts = [
        "Blast in Homs: 12 people were killed",
        "killed", "15 streets were closed for the whole of the long week, and many a shop",
        "Killed in floods that came over the valleys: number rose to 40 by night",
        "Killed in floods that came over the valleys: number rose by 40 in a night",
    ]  # fmt: skip
    facts = Texts([fingerprint(entry(text)).core for text in texts]).facts
    assert facts == [{hash_of("12")}, set(), set(), {hash_of("40")}, set()]


def test_a_judge_of_single_leaves_and_rows_of_more_than_it_asks_for():
    """As the script needs that fits a model with more features than the one before."""
    leaf = read_judge({"features": ["x"], "bias": 0.0, "trees": [[[-1, 0, 0, 0, 0.0]]]})
    assert leaf.probabilities([[1.0], [2.0]]) == [0.5, 0.5]
    split = [[0, 1.0, 1, 2, 0.0], [-1, 0, 0, 0, -9.0], [-1, 0, 0, 0, 9.0]]
    judge = read_judge({"features": ["x"], "bias": 0.0, "trees": [split]})
    assert [p > 0.5 for p in judge.probabilities([[0.0, 5.0], [2.0, 0.0]])] == [False, True]


def test_the_shipped_model_knows_the_features_it_is_given():
    from watcher.dedup.pairs import FEATURES

    assert shipped_judge().features == FEATURES


def test_a_word_diff_shows_what_was_put_for_what():
    pieces = word_diff("At least 12 people were killed in Aleppo", "At least 15 people were killed in Aleppo today")
    told = json.dumps([(p.kind, p.text) for p in pieces])
    assert told == json.dumps(
        [("same", "At least"), ("old", "12"), ("new", "15"), ("same", "people were killed in Aleppo"), ("new", "today")]
    )


MARKET = (
    "An airstrike hit a crowded vegetable market in the town of Maarat al-Numan in the southern countryside of "
    "Idlib province on Tuesday morning, killing 12 people and wounding 30 others, the Civil Defence told Alpha News. "
    "Rescuers pulled bodies from under collapsed stalls while a surveillance plane circled above the town."
)


@pytest.mark.parametrize(
    ("was", "becomes", "changes"),
    [
        pytest.param("Alpha News", "Beta Times", [], id="another outlet names itself"),
        pytest.param("Alpha News", "The Associated Press", [], id="an agency is named"),
        pytest.param("Maarat al-Numan", "Maaret al-Nouman", [], id="another spelling"),
        pytest.param("12 people", "19 people", [("killed", 12, 19)], id="more killed"),
        pytest.param("Idlib", "Latakia", [("name", "Idlib", "Latakia")], id="another province"),
    ],
)
def test_what_an_outlet_writes_its_own_way_is_no_news(was, becomes, changes):
    assert was in MARKET
    found = changes_between(MARKET, MARKET.replace(was, becomes))
    assert [(change.what, change.before, change.after) for change in found] == changes


@pytest.mark.parametrize(
    ("was", "becomes", "is_other"),
    [
        ("Mali", "Malawi", True),
        ("Gloucester", "Gloucestershire", True),
        ("Niger", "Nigeria", True),
        ("India", "Indiana", True),
        ("Austria", "Australia", True),
        ("Zambia", "Gambia", True),
        ("Iceland", "Ireland", True),
        ("Somalia", "Somaliland", True),
        ("Hasaka", "Hasakah", False),
        ("Mohamed", "Mohammad", False),
        ("Zelensky", "Zelenskiy", False),
        ("Catherine", "Katherine", False),
        ("Canada", "Canadian", False),
        ("Iran", "Iranian", False),
        ("Abdul", "Abdulrahman", False),
        ("Идлиб", "Идлибе", False),
    ],
)
def test_names_that_are_nearly_spelt_alike_are_several(was, becomes, is_other):
    text = f"At the market the head of the team from {was} told us that all the stalls had burned down in the night."
    found = [(c.before, c.after) for c in changes_between(text, text.replace(was, becomes))]
    assert found == [(was, becomes)] * is_other


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Twelve killed in a blast at the market of Maarat", "Fifteen killed in a blast at the market of Maarat"),
        ("Blast at the market of Maarat kills Twelve", "Blast at the market of Maarat kills Fifteen"),
        ("قتل اثنان في انفجار سوق معرة النعمان", "قتل ثلاثة في انفجار سوق معرة النعمان"),
        ("Взрыв на рынке: погибли двенадцать человек", "Взрыв на рынке: погибли пятнадцать человек"),
    ],
)
def test_a_number_word_that_is_another_figure_is_no_other_name(old, new):
    assert [change.what for change in changes_between(f"{old}\n{old}.", f"{new}\n{new}.")] == ["killed"]


CHANGES = {
    "a toll far before its number": (
        "Число погибших после удара по начальной школе в городе достигло 63",
        "Число погибших после удара по школе в городе возросло до 85",
        [("killed", 63, 85)],
    ),
    "a number that is reached": (
        "Dead after the blast at the market in Maarat reach 12",
        "Dead after the blast at the market in Maarat reach 19",
        [("killed", 12, 19)],
    ),
    "a list that ends with what it counts": (
        "Two police officers killed in a blast near the station",
        "2 police officers, 1 civilian killed in a blast near the station",
        [],
    ),
    "a number in a name beside what is counted": (
        "Tests link three new Covid-19 cases, including two pupils",
        "Tests link three positive Covid cases in the town",
        [],
    ),
    "an earthquake's magnitude": (
        "7.5-magnitude earthquake in northern Japan injures 23",
        "Magnitude 7.6 earthquake strikes Japan's northeast, 23 injured",
        [("magnitude", 7.5, 7.6)],
    ),
    "a sentence in years": (
        "Driver who rammed a crowd at the parade is jailed for over 20 years",
        "Driver who rammed a crowd at the parade is jailed for over 21 years",
        [("years", 20, 21)],
    ),
    "an age": (
        "Driver who rammed a crowd at the parade is 20 years old, says the court",
        "Driver who rammed a crowd at the parade is 21 years old, says the court",
        [],
    ),
    "the opposite": (
        "First woman to climb the summit with oxygen is honoured by the queen",
        "First woman to climb the summit without oxygen is honoured by the queen",
        [("claim", "with", "without")],
    ),
    "another town whose name has the letters of the first": (
        "Soldiers and their families were flown out of central Chad after the attack",
        "Soldiers and their families were flown out of central Charsadda after the attack",
        [("name", "Chad", "Charsadda")],
    ),
    "an amount of money written short": (
        "Netflix is to buy the studios of Warner Bros for $72 billion in cash",
        "Netflix is to buy the studios of Warner Bros for $72b in cash",
        [],
    ),
    "a name written short": (
        "A man has fallen off a vessel in waters off central Queensland coast",
        "A man has fallen off a vessel in waters off central Qld coast",
        [],
    ),
}


CHANGES |= {
    "a toll with parts that stay": (
        "Shooting at a bar leaves 11 dead, including 3 children", "12 people killed, including 3 children, at a bar",
        [("killed", 11, 12)],
    ),
    "an amount of money anywhere in a headline": (
        "Minister casts doubt on studio's $83bn deal", "Doubts over the studio's $72 billion deal grow",
        [("dollar", 83 * 10**9, 72 * 10**9)],
    ),
    "an amount in the first sentence": (
        "Drones hit the port\nDebris has damaged 7 houses, says the mayor. Trains are late.",
        "Port burns after attack\nMore than ten houses were damaged by debris, the mayor said.", [("houses", 7, 10)],
    ),
    "ages of two people": (
        "Stars sing at the gala\nSam, 27, kicked off.", "More stars sing\nThe other singer, 24, led.", [],
    ),
    "the injured, and then the dead": (
        "Train derails in the south, injuring at least 15 and halting traffic",
        "Train derails in the south, killing at least 13 and halting traffic", [],
    ),
    "the same amount rounded": (
        "Founder pledges more than $6 billion for children", "Tech boss gives $6.25bn to children", [],
    ),
    "an amount without its million": ("Bank is fined £44m by the watchdog", "Watchdog: bank fined £44mn", []),
    "an amount behind a currency's code": (
        "USD100 million aid pledged for Gaza at summit", "USD150 million aid pledged for Gaza at summit",
        [("dollar", 10**8, 15 * 10**7)],
    ),
    "two lengths": (
        "Village 30 km from Kharkiv taken by Russian troops", "Russian troops take village after advance of 2 km", [],
    ),
    "another currency": ("Workers strike after $102m heist", "Strike after museum's €88m heist", []),
    "an amount that the other text has too": (
        "Union sets out $824bn plan", "Union plans $2 trillion\nIt sets out a plan of $824 billion.", [],
    ),
    "things that are counted in other words": (
        "Обломки повредили семь домов в порту", "В порту обломки повредили больше десяти жилых домов",
        [("домов", 7, 10)],
    ),
    "numbers in a name": ("Year A Quarter 3 Episode 8: A new name", "Year B Quarter 1 Episode 1: The tower", []),
    "an age that was wrong": ("Former minister dies, aged 80", "Minister of long ago dies at 79", [("age", 80, 79)]),
    "an English decimal point": ("Winner lands $1.817 billion", "Lottery: winner gets $1.8 billion jackpot", []),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "changes"), CHANGES.values(), ids=CHANGES)
def test_what_changed_is_told_and_nothing_else(old, new, changes):
    assert [(c.what, c.before, c.after) for c in changes_between(old, new)] == changes


@pytest.mark.parametrize(
    ("old", "new", "killed"),
    [
        ("Army fires at protesters", "Army kills 3 protesters with live rounds", 3),
        ("Direct hit on hospital", "Direct hit on hospital kills 12", 12),
        ("قصف مباشر على مستشفى", "مقتل 12 في قصف مباشر على مستشفى", 12),
        ("Ataque directo a un hospital", "Ataque directo a un hospital deja 12 muertos", 12),
        ("People who live near plant flee", "3 killed as people who live near plant flee", 3),
        ("War: live updates", "War: 3 killed, live updates", None),
        ("Live: strike on Homs", "Live: strike kills 3 in Homs", None),
        ("EN DIRECT – Frappe à Homs", "EN DIRECT – Frappe à Homs : 3 morts", None),
        ("Strike on Homs, as it happened", "Strike kills 3 in Homs, as it happened", None),
        ("Онлайн-трансляция из Хомса", "Онлайн-трансляция из Хомса: погибли 3", None),
    ],
)
def test_first_victims_are_told_of_all_but_pages_that_are_written_on_all_day(old, new, killed):
    assert [(c.what, c.before, c.after) for c in first_counts(old, new)] == ([("killed", 0, killed)] if killed else [])


@pytest.mark.parametrize(("later", "hours", "story"), [("rises to 85", 2, 1), ("rises to 85", 20, 2), ("is 85", 2, 2)])
def test_an_outlets_headline_with_a_risen_toll_goes_on_with_its_story(later, hours, story):
    before = entry("Number of dead after a strike on the girls school in southern Minab reaches 63")
    after = entry(f"Number of dead after the strike on the girls school in Minab {later}")
    told = assigned(before, after, hours=hours)[1]
    assert (told.story, bool(told.changes)) == (story, story == 1)


@pytest.mark.parametrize(("hours", "story"), [(1, 1), (20, 2)])
def test_an_outlets_longer_text_with_a_risen_toll_goes_on_where_the_headline_is_known(hours, story):
    headline = "Toll of blast at wedding hall in Homs rises to 63"
    before = entry(headline, f"{headline}. Rescuers said that 63 are dead after the blast at the hall.")
    after = entry(
        "Toll of blast at wedding hall in Homs rises to 85, says governor",
        "The governor said that 85 are dead and named a leaking gas pipe as the cause. The roof came down on Saturday"
        " evening, when the guests had just sat down to eat.",
    )
    told = assigned(before, after, hours=hours)[1]
    changes = [("killed", 63, 85)] if story == 1 else []
    assert (told.story, [(c.what, c.before, c.after) for c in told.changes]) == (story, changes)


@pytest.mark.parametrize(("hours", "story"), [(2, 1), (20, 2)])
def test_an_outlets_urgent_headline_with_another_count_goes_on_with_its_story(hours, story):
    before = entry("Flash: three people believed killed in a shooting at the harbour of Latakia, local media say")
    after = entry("Urgent: at least ten dead in a shooting at the harbour of Latakia")
    told = assigned(before, after, hours=hours)[1]
    assert (told.story, [(c.what, c.before, c.after) for c in told.changes]) == (
        story,
        [("killed", 3, 10)] if story == 1 else [],
    )


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Raid kills twelve\nTwelve people died, three were injured.", {"killed": 12, "injured": 3}),
        ("15 killed in raid\nOf 40 dead on Monday, 15 were killed here.", {"killed": 15}),
        ("A raid\n5 were killed on Monday and 12 in all.", {"killed": 12}),
        ("A raid", {}),
    ],
)
def test_what_a_text_counts(text, counts):
    assert counted_in(text) == counts


def test_deaths_in_two_villages_that_one_outlet_tells_of_in_the_same_words_are_two_stories():
    for counts in (("Two", "Two"), ("Two", "Three")):
        places = zip(counts, ("Umm Qusayr", "Tell Zilqa"), strict=True)
        news = [entry(f"{count} killed in {village}") for count, village in places]
        assert [told.story for told in assigned(*news, hours=0.01)] == [1, 2]


RAIDS = {
    "headlines and a line": (
        "Airstrike kills {0} civilians in {1}\nAn airstrike hit a market in {1} in Idlib province, killing {0} people.",
        ("9", "Umm Qusayr"), ("17", "Tell Zilqa"),
    ),
    "a line": (
        "\nAn airstrike hit a market in {1} in Idlib province, killing {0} civilians, the Civil Defence said.",
        ("nine", "Kafr Nabl"), ("17", "Maarat al-Numan"),
    ),
    "Russian": (
        "Удар по селу: погибли {0} человек\nСамолёты на рассвете нанесли удар по дому в {1}, погибли {0} человек.",
        ("девять", "Саракибе"), ("17", "Кафр-Набле"),
    ),
    "Arabic": (
        "مقتل {0} مدنيا في غارة\nقصفت طائرات حربية منزلا في {1} فجر الخميس ما أدى إلى مقتل {0} مدنيا.",
        ("19", "سراقب"), ("17", "كفرنبل"),
    ),
    "Spanish": (
        "Un ataque deja {0} muertos\nAviones atacaron una casa en {1} la madrugada del jueves y dejaron {0} muertos.",
        ("nueve", "Saraqib"), ("17", "Kafr Nabl"),
    ),
    "French": (
        "Un raid fait {0} morts\nDes avions ont frappé une maison à {1} jeudi à l'aube et ont fait {0} morts.",
        ("neuf", "Saraqib"), ("17", "Kafr Nabl"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "one", "other"), RAIDS.values(), ids=RAIDS)
@pytest.mark.parametrize("sensitivity", ["strict", "balanced", "broad"])
def test_two_raids_that_differ_in_place_and_count_are_two_stories(pattern, one, other, sensitivity):
    first, then = (entry(*pattern.format(*raid).split("\n"), number=raid[1]) for raid in (one, other))
    again = replace(first, id="again", feed="c")
    told = assigned(replace(first, feed="a"), replace(then, feed="b"), again, sensitivity=sensitivity)
    assert [(t.story, t.changes) for t in told] == [(1, ()), (2, ()), (1, ())]


def test_what_is_taken_for_an_event_elsewhere_says_so():
    pattern, one, other = RAIDS["headlines and a line"]
    first, then = (entry(*pattern.format(*raid).split("\n"), number=raid[1]) for raid in (one, other))
    assert second(first, then).reason is AssignReason.ELSEWHERE


@pytest.mark.parametrize(
    ("line", "one", "other"),
    [
        ("Earthquake of magnitude {} strikes {}", (4.3, "Afghanistan"), (3.3, "Tibet")),
        ("Earthquake of magnitude {} strikes {}", (4.3, "the Philippines"), (5.9, "the Maldives")),
        ("Mild quake of magnitude {} jolts {} region overnight", (4.2, "Hualien"), (4.7, "Quetta")),
        ("Séisme de magnitude {} frappe {}", ("4,3", "le Népal"), ("5,1", "le Japon")),
    ],
)
def test_two_quakes_of_two_outlets_are_two_stories(line, one, other):
    assert second(entry(line.format(*one)), entry(line.format(*other))).story == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ukraine strikes Belgorod depot, 3 injured", "Ukraine strikes Russian depot, 5 injured"),
        ("Explosion rocks Havana hotel, 8 dead", "Explosion rocks Saratoga hotel, 22 dead"),
        ("Quake of magnitude 6.3 strikes Taiwan, USGS says", "Quake of magnitude 5.8 strikes Taiwan, EMSC says"),
        ("Earthquake of magnitude 6.3 strikes Taiwan", "Earthquake of magnitude 6.0 strikes Hualien"),
    ],
)
def test_one_event_by_another_name_of_what_was_hit_is_not_elsewhere(one, other):
    assert second(entry(one), entry(other)).reason is not AssignReason.ELSEWHERE


def test_posts_without_titles_are_no_standing_text():
    """What stands outside of the titles is then all."""
    news = "BREAKING: Explosion heard near the port of Latakia, smoke rising over the harbour, residents say"
    posts = [entry("", news, feed="b", number=str(n)) for n in range(4)]
    assert {told.story for told in assigned(entry(news), *posts, hours=0.2)} == {1}


def test_a_magnitude_that_is_revised_is_told():
    one, other = (entry(f"Earthquake of magnitude {m} strikes eastern Taiwan, buildings sway") for m in (6.3, 6.0))
    told = second(one, other)
    assert (told.story, [(c.what, c.before, c.after) for c in told.changes]) == (1, [("magnitude", 6.3, 6.0)])


@pytest.mark.parametrize(
    ("line", "one", "other"),
    [
        ("Two killed in {}", "Umm Qusayr", "Tell Zilqa"),
        ("Two people killed in {}", "Hasakah", "Manbij"),
        ("Explosion heard in the town of {}", "Jarabulus", "Qamishli"),
        ("Сообщается об обстреле села {}", "Каменское", "Орехово"),
        ("قصف مدفعي يستهدف قرية {}", "كفرنبل", "سرمين"),
    ],
)
def test_two_things_that_one_outlet_tells_of_in_the_same_words_are_two_stories(line, one, other):
    news = [entry(line.format(name)) for name in (one, other)]
    assert [told.story for told in assigned(*news, hours=0.3)] == [1, 2]


OBSERVED = (
    "The observatory watches violations by all parties to the conflict in every province. Its reporters document "
    "shelling, air strikes, arrests and killings of civilians around the clock. Read the full report on its pages."
)


def test_standing_text_with_words_of_some_headlines_makes_no_story_of_a_feed():
    headlines = "Arrests of civilians in Raqqa", "Air strikes on Saraqib market", "Shelling on Kafranbel hospital"
    told = assigned(*(entry(headline, OBSERVED) for headline in ("Daily summary", *headlines)), hours=1.5)
    assert [t.story for t in told] == [1, 2, 3, 4]


@pytest.mark.parametrize("line", ["Air Strike Kills {0} Civilians in {1}", "غارة على بلدة {1} تقتل {0} مدنيين"])
def test_an_outlets_two_villages_within_hours_are_two_stories(line):
    raids = (9, "Deir Qanun"), (17, "Bint Jbeil")
    if not line.isascii():
        raids = (9, "قانا"), (17, "عيترون")
    assert [t.story for t in assigned(*(entry(line.format(*raid)) for raid in raids), hours=5)] == [1, 2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Blast kills 20 in Peshawar mosque on Monday", "Blast kills 32 in Peshawar mosque on Tuesday"),
        ("Blast in Peshawar mosque kills 20 in March", "Blast in Peshawar mosque kills 32 in April"),
        ("مقتل 5 أشخاص في انفجار بمحطة وقود جنوب صنعاء", "مقتل 9 أشخاص في حريق بمحطة وقود جنوب صنعاء"),
        ("مقتل 5 مدنيين بقصف على سوق الفاشر في صباح اليوم", "مقتل 9 مدنيين بقصف على سوق الفاشر في مساء اليوم"),
    ],
)  # fmt: skip
def test_days_times_and_kinds_of_events_are_no_places(one, other):
    assert second(entry(one), entry(other)).reason is not AssignReason.ELSEWHERE


def test_a_text_longer_than_a_line_goes_on_though_an_outlet_names_the_country_for_the_town():
    body = (
        "Rescue workers pulled more bodies from under the rubble as hospitals in the area appealed for blood donors, "
        "a doctor told reporters."
    )
    one = entry("Suicide attack kills 20 in Peshawar mosque, police say", body)
    other = entry("Suicide attack kills 32 in Pakistan mosque, police say", body)
    told = second(one, other)
    assert (told.story, next((c.what, c.before, c.after) for c in told.changes)) == (1, ("killed", 20, 32))
