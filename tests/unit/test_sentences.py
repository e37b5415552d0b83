"""Every sentence exists in every language, with the same gaps, and comes back from its stored form."""

import string
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from watcher.model import Relation, Sentence, Severity
from watcher.render import buttons, chat, sentences, words
from watcher.render.sentences import from_json, in_english, say, to_json

LANGUAGES = get_args(words.Language)
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
TABLES = {"sentences": sentences._SENTENCES, "chat": chat._SAID, "menu": chat.MENU}
BY_LANGUAGE = {
    "words": words._WORDS, "matchers": words.MATCHERS, "labels": buttons._LABELS, "answers": buttons._ANSWERS,
}  # fmt: skip


SILENCED = Sentence("silence_ended", {"number": 3, "what": [("rule", "raid"), ("region", "SY")], "n": 2}, ("A raid",))


def gaps(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def told():
    for table, named in TABLES.items():
        for name, by_language in named.items():
            yield pytest.param(by_language, id=f"{table} {name}")
    for table, by_language in BY_LANGUAGE.items():
        for name in by_language["en"]:
            yield pytest.param({k: v.get(name) for k, v in by_language.items()}, id=f"{table} {name}")


@pytest.mark.parametrize("by_language", list(told()))
def test_every_language_says_it_with_the_same_gaps(by_language):
    assert set(by_language) == set(LANGUAGES)
    english = gaps(by_language["en"])
    for text in by_language.values():
        own = gaps(text)
        assert own == english or ("detail" in english and own <= {"feed", "to", "since"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_severities_and_relations_have_words(language):
    assert set(chat.SEVERITIES[language]) == set(Severity)
    assert set(chat.RELATIONS[language]) == set(Relation)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_another_language_is_english(language):
    if language != "en":
        same = [n for n, by in sentences._SENTENCES.items() if by[language] == by["en"]]
        assert same == []


def test_times_numbers_and_lines():
    silent = Sentence("receiver_silent", {"receiver": "desk", "since": AT, "reason": "busy"})
    assert say("fr", silent, ZoneInfo("Europe/Paris")) == (
        "le destinataire desk n’a rien accepté depuis 2026-05-01 14:00 CEST : busy"
    )
    assert in_english(silent) == "receiver desk has taken nothing since 2026-05-01 12:00 UTC: busy"
    assert in_english(SILENCED) == "silence 3 (rule raid, region SY) has ended; it held back 2 alerts:\nA raid"
    assert say("es", SILENCED, UTC).startswith("el silencio 3 (regla raid, región SY) ha terminado; retuvo 2 alertas:")


def test_alarms_that_were_not_delivered_are_counted_with_alerts_as_messages():
    many = Sentence("died_many", {"n": 2, "receiver": "desk"}, ())
    assert in_english(many) == "2 messages were not delivered to desk:"
    told = {"es": "2 mensajes no se", "fr": "2 messages n’ont pas été remis à", "ar": "رسائل لم", "ru": "сообщений: 2"}
    assert all(words in say(language, many, UTC) for language, words in told.items())


def test_what_is_stored_comes_back():
    named = {"title": "T {braces}", "kind": "alert", "rule": "raid", "story": 4, "reason": "no"}
    many = Sentence(
        "died_many", {"n": 9, "receiver": "desk"}, (Sentence("died_one", named), Sentence("more", {"n": 8}))
    )
    for sentence in (many, SILENCED, Sentence("feed_failing", {"feed": "a", "since": AT, "n": 1, "error": "timeout"})):
        assert say("ru", from_json(to_json(sentence)), UTC) == say("ru", sentence, UTC)


def test_a_sentence_of_another_version_falls_back_to_its_text():
    assert from_json({"name": "from_the_future", "values": {}, "lines": []}) is None
    assert from_json(None) is None and to_json("a text") is None
