"""What a reader sees in each format."""

import json
from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from views import AT, SUMMARY, TITLE, development, evidence, member, view

from watcher.model import Action, AlertKind, Change, Evidence, Place, Severity
from watcher.render import Format, Style, render, render_digest
from watcher.render.fit import pieces, units
from watcher.render.words import fact

DAMASCUS = ZoneInfo("Asia/Damascus")


def body(alert, format=Format.TEXT, *, action=Action.NEW, tz=UTC, **style):  # noqa: A002 - the style's own word
    return render(alert, Style(format, **style), action=action, ref=None, tz=tz).body


def test_an_alert_line_by_line():
    seen = (evidence(TITLE, "Daesh"), Evidence("SY", "", 0, 0, "SY-HL: Aleppo, province named"))
    alert = view(evidence=seen, also=(member("SOHR", credited="Atalayar"), member("Reuters", minutes=900)))
    assert body(alert, tz=DAMASCUS).splitlines() == [
        "🔴 IS figure captured or killed",
        "International coalition arrests top Daesh leader in Syria",
        "https://atalayar.example/a?b=1&c=2",
        "📍 Aleppo (SY-HL)",
        "first seen 2026-05-01 14:02 +03 by Atalayar, 3 outlets, 1 credits Atalayar",
        SUMMARY,
        "also: SOHR (credits Atalayar), 15:02",
        "also: Reuters, 2026-05-02 05:02 +03",
        "matched: Daesh; SY-HL: Aleppo, province named",
    ]


def test_a_development_says_what_changed_and_who_was_first():
    lines = body(development()).splitlines()
    assert lines[:2] == ["🔴 Update: IS figure captured or killed", "killed: 12 → 15"]
    assert "SOHR, 13:02" in lines
    assert "first seen 2026-05-01 11:02 UTC by Atalayar, 2 outlets" in lines


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        ((), "by Atalayar"),
        ((member("SOHR"),), "by Atalayar, 2 outlets"),
        ((member("SOHR"), member("SOHR", minutes=70)), "by Atalayar, 2 outlets"),
        ((member("SOHR", credited="atalayar"),), "by Atalayar, 2 outlets, 1 credits Atalayar"),
        (
            (member("SOHR", credited="Atalayar"), member("NPA", credited="Atalayar"), member("RFI", credited="AFP")),
            "by Atalayar, 4 outlets, 2 credit Atalayar",
        ),
        ((member("Earlier", minutes=-60),), "by Earlier, 2 outlets"),
        ((member("Atalayar", credited="Atalayar"),), "by Atalayar"),
    ],
)
def test_outlets_and_those_that_credit_the_first_are_counted_apart(also, expected):
    (line,) = [line for line in body(view(also=also)).splitlines() if line.startswith("first seen")]
    assert line.endswith(expected)


def test_a_date_of_the_publisher_that_is_much_earlier_is_shown():
    early = view()
    early = replace(early, entry=replace(early.entry, published_at=AT - timedelta(hours=3)))
    assert "first seen 2026-05-01 11:02 UTC by Atalayar, published 08:02" in body(early)


def test_an_alert_on_a_text_that_another_had_first_names_both_outlets():
    """The first entry may be from before the feed's first poll, or may not have met the rule."""
    lines = body(view(also=(member("Earlier", minutes=-60, link="https://earlier.example/x"),))).splitlines()
    assert lines[4:6] == ["Atalayar, 11:02", "first seen 2026-05-01 10:02 UTC by Earlier, 2 outlets"]
    assert "also" not in "\n".join(lines), "a first report is no copy"
    told = body(view(also=(member("Earlier", minutes=-60, link="https://earlier.example/x"),)), Format.HTML)
    assert '<a href="https://earlier.example/x">first seen 2026-05-01 10:02 UTC by Earlier</a>, 2 outlets' in told


def test_evidence_is_highlighted_in_its_place():
    alert = view(evidence=(evidence(TITLE, "Daesh"), evidence(SUMMARY, "Aleppo", "summary")))
    assert "top <u>Daesh</u> leader" in body(alert, Format.HTML)
    assert "of <u>Aleppo</u> province" in body(alert, Format.HTML)
    assert "matched" not in body(alert, Format.HTML)
    assert "of <mark" in body(alert, Format.EMAIL)
    assert "\x1b[1;93mAleppo\x1b[0m" in body(alert, color=True)


def test_a_place_that_has_its_line_is_not_told_again_as_evidence():
    facts = [replace(evidence(SUMMARY, name, "summary"), term="SY", text=f"SY: {name}") for name in ("Aleppo", "Daesh")]
    assert "matched: SY: Daesh" in body(view(evidence=tuple(facts)))


def test_what_changed_is_told_in_the_readers_language():
    changes = (Change("killed", 12, 15), Change("text", "900 characters", "40 characters"), Change("tents", 1, 2))
    lines = body(replace(development(), changes=changes), language="es").splitlines()
    assert lines[1:4] == ["muertos: 12 → 15", "texto: 900 caracteres → 40 caracteres", "tents: 1 → 2"]


@pytest.mark.parametrize("text", ["a\n" * 30, "x" * 35, "😀" * 25, "word " * 9, "line one\nline two\nline three"])
def test_pieces_lose_nothing_and_keep_their_size(text):
    found = pieces(text, 10)
    assert all(units(piece) <= 10 for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_spans_that_overlap_are_one():
    alert = view(evidence=(evidence(TITLE, "top Daesh"), evidence(TITLE, "Daesh leader")))
    assert "<u>top Daesh leader</u> in Syria" in body(alert, Format.HTML)


def test_spans_beyond_the_text_are_ignored():
    """A revision may be shorter than the text that the evidence was found in."""
    alert = view(evidence=(Evidence("x", "title", 50, 5000, "x"), Evidence("y", "summary", 4000, 4005, "y")))
    assert "matched: x; y" in body(alert, Format.HTML)


def test_the_excerpt_is_where_the_evidence_is():
    summary = "filler " * 200 + "then a drone struck Marea and " + "more " * 200
    text = body(view(summary=summary, evidence=(evidence(summary, "Marea", "summary"),)), Format.HTML, excerpt=120)
    (line,) = [line for line in text.splitlines() if "Marea" in line]
    assert line.startswith("… ") and line.endswith("…") and "<u>Marea</u>" in line
    assert len(line) < 140


@pytest.mark.parametrize("size", range(18, 46))
def test_an_excerpt_that_is_cut_says_so_wherever_that_is(size):
    summary = "In the night raids struck Marea and Azaz, again"
    marks = tuple(evidence(summary, word, "summary") for word in ("raids", "Marea"))
    text = body(view(title="News", summary=summary, evidence=marks), Format.TEXT, excerpt=size)
    (line,) = [line for line in text.splitlines() if line.startswith("In the night")]
    assert line.endswith("…")
    assert units(line) <= size + 2, "with the space before a word that is left out"


def test_an_excerpt_that_only_repeats_the_title_is_left_out():
    assert body(view(summary=TITLE)).count(TITLE) == 1


def test_a_stream_is_told_only_what_is_new():
    alert = replace(view(also=(member("SOHR"),)), kind=AlertKind.REPUBLICATION, key="other")
    text = body(alert, action=Action.EDIT, edits_in_place=False)
    assert text.startswith("🔴 Also published: IS figure captured or killed\nalso: SOHR")
    assert TITLE not in text
    assert TITLE in body(alert, action=Action.EDIT)
    assert "Also published" not in body(alert, action=Action.EDIT)


def test_an_alarm_is_its_sentence():
    alarm = view(kind=AlertKind.ALARM, text="feed x has failed\nsince 12:00", rule_title="watcher/feed:x")
    assert body(alarm) == "⚙️ watcher/feed:x\nfeed x has failed\nsince 12:00"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "ftp://x/y", "https://", "https://x/" + "y" * 3000, "/relative", None],
)
def test_addresses_that_a_reader_must_not_follow_are_no_links(link):
    alert = view()
    text = body(replace(alert, entry=replace(alert.entry, link=link)), Format.HTML)
    assert "<a " not in text and TITLE in text


def test_an_entry_without_a_title_is_still_a_link():
    assert '<a href="https://atalayar.example/a?b=1&amp;c=2">https://atalayar' in body(view(title=""), Format.HTML)


@pytest.mark.parametrize("severity", Severity)
def test_each_severity_has_its_mark(severity):
    marks = {body(view(severity=one)).split()[0] for one in Severity}
    assert len(marks) == len(Severity)
    assert body(view(severity=severity), color=True).startswith("\x1b[1;")


@pytest.mark.parametrize("language", ["en", "es", "fr", "ar", "ru"])
def test_fixed_words_are_in_the_readers_language(language):
    told = body(replace(development(), credits="AFP"), language=language)
    english = body(replace(development(), credits="AFP"))
    assert f"{fact(language, 'killed')}: 12 → 15" in told
    assert (told == english) is (language == "en")
    assert "{" not in told


def test_a_mail_in_arabic_runs_from_right_to_left():
    assert '<html lang="ar" dir="rtl">' in body(view(), Format.EMAIL, language="ar")


def test_the_payload_holds_the_message_too():
    told = json.loads(body(view(), Format.JSON))
    assert told["message"] == body(view())
    assert told["subject"] == f"🔴 IS figure captured or killed: {TITLE}"


@pytest.mark.parametrize(
    ("severity", "least", "silent"),
    [(Severity.MINOR, Severity.SEVERE, True), (Severity.SEVERE, Severity.SEVERE, False), (Severity.MINOR, None, False)],
)
def test_lesser_alerts_arrive_without_a_sound(severity, least, silent):
    style = Style(Format.TEXT, silent_below=least)
    assert render(view(severity=severity), style, action=Action.NEW, ref=None, tz=UTC).silent is silent


def test_a_name_that_is_only_alike_is_told_as_such():
    proof = Evidence("~Baghdadi", "title", 0, 7, "Bagdadi")
    alert = view(title="Bagdadi seen", evidence=(proof,))
    told = render(alert, Style(Format.TEXT), action=Action.NEW, ref=None, tz=UTC).body
    assert "Bagdadi (≈ ~Baghdadi)" in told


def test_a_digest_is_grouped_by_rule_and_region():
    def at(rule, title, code):
        places = (Place("X", "title", 0, 1, code[:2], code),) if code else ()
        return view(title, rule=rule, rule_title=rule.title(), places=places, key=title)

    views = [at("raid", "A", "SY-HL"), at("quake", "B", None), at("raid", "C", "SY-RA"), at("raid", "D", "SY-HL")]
    message, count = render_digest(views, Style(Format.TEXT), tz=UTC)
    told = [line for line in message.body.splitlines() if not line.startswith("https://")]
    assert message.body.count("https://atalayar.example/a?b=1&c=2") == 4, "text cannot hold a link in a word"
    lines = [line.split(" (")[0].split(" ")[-1] for line in told[1:]]
    assert lines == ["Raid", "SY-HL", "A", "D", "SY-RA", "C", "Quake", "B"]
    assert count == 4


def test_a_name_that_is_only_alike_is_marked_also_where_it_passes_for_a_place():
    found = replace(evidence(TITLE, "Daesh"), term="~Dayesh")
    place = Place("Daesh", found.field, found.start, found.end, "SY", "SY-HL", confidence=0.9)
    assert "matched: Daesh (≈ ~Dayesh)" in body(view(evidence=(found,), places=(place,))).splitlines()


@pytest.mark.parametrize("format", [Format.EMAIL, Format.HTML])
def test_the_plain_text_beside_a_body_names_the_evidence_that_the_body_highlights(format):  # noqa: A002 - the style's own word
    alert = view(evidence=(evidence(TITLE, "Daesh"), evidence(SUMMARY, "captured", "summary")))
    told = render(alert, Style(format), action=Action.NEW, ref=None, tz=UTC)
    assert told.plain.splitlines()[-1] == "matched: Daesh; captured"
    assert told.plain == body(alert)
    assert "matched" not in told.body
