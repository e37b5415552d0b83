"""Credits are found in their usual forms, and a story knows where it comes from."""

import pytest
from dedup_try import entry

from watcher.dedup.credit import credit_of
from watcher.dedup.provenance import Publication, origin_of
from watcher.model import Relation, Source

CREDITS = {
    "a line of its own": ("Coalition forces arrested a man.\nSource: Atalayar", "Atalayar"),
    "at the end": ("Coalition forces arrested a man. Source: The Syrian Observer", "The Syrian Observer"),
    "a dateline": ("LONDON (Reuters) - Oil rose on Monday.", "Reuters"),
    "an agency in front": ("(AFP) Oil rose on Monday.", "AFP"),
    "between slashes": ("Doha, March 01 /QNA/ The Amir received a call.", "QNA"),
    "Spanish": ("Doce personas murieron, según EFE.", "EFE"),
    "said by a paper": ("Twelve people died in the raid, according to the Kyiv Post.", "Kyiv Post"),
    "said by an agency": ("Twelve people died, according to Reuters, which cited medics.", "Reuters"),
    "said by a news agency": ("Ten were held, according to the Saudi Press Agency, on Monday.", "Saudi Press Agency"),
    "reported first": ("The talks failed, as first reported by Axios.", "Axios"),
    "a Spanish agency by its kind": ("Doce murieron, según la agencia Fars.", "Fars"),
    "a Spanish paper": ("Doce murieron, según el diario La Jornada.", "La Jornada"),
    "Russian in quotation marks": ("Погибли двое, сообщает «Новая газета».", "Новая газета"),
    "Russian with a Latin name": ("Погибли двое, сообщает Geo TV.", "Geo TV"),
    "Ukrainian": ("Загинули двоє, повідомляє Суспільне.", "Суспільне"),
    "Russian": ("По сообщению РИА, погибли двое.", "РИА"),
    "Arabic": ("قتل شخصان نقلا عن رويترز", "رويترز"),
    "Arabic agencies": ("دمشق - وكالات: قتل شخصان", "وكالات"),
    "republished": ("Text of it. Originally published by Enab Baladi.", "Enab Baladi"),
}


@pytest.mark.parametrize(("text", "outlet"), CREDITS.values(), ids=CREDITS)
def test_credits_are_found(text, outlet):
    assert credit_of(entry("A headline", text)) == outlet


NO_CREDITS = {
    "a source in the text": "A source said that two sources of water were found.",
    "an aside": "The minister (who was in Doha) said that oil rose.",
    "a date": "Prices on 12/03/2026 rose.",
    "somebody quoted": "The president said: nobody was hurt, officials told reporters.",
    "a ministry": "Twelve people died, according to the Ministry of Health.",
    "a person": "Twelve people died, according to Abdul Rahman.",
    "a part of a name": "Twelve people died, according to Reuters photographs, and to the Postmaster General.",
    "an agency of the United Nations": "Thousands fled, according to the UN Refugee Agency.",
    "an agency of a government": "The dam is safe, according to the Federal Emergency Management Agency.",
    "a watchdog": "Uranium was found, according to the International Atomic Energy Agency, on Monday.",
    "a politician in Spanish": "Doce personas murieron, según Netanyahu.",
    "the United Nations in Spanish": "Doce personas murieron, según la ONU.",
    "the United Nations in Russian": "По данным ООН, погибли двое.",
    "a seismological centre in Russian": "По данным EMSC, магнитуда составила 5.",
    "a ministry in Russian": "Погибли двое, сообщает Минобороны.",
    "nothing": "",
}


@pytest.mark.parametrize("text", NO_CREDITS.values(), ids=NO_CREDITS)
def test_no_credits_are_made_up(text):
    assert credit_of(entry("A headline", text)) is None


def test_the_source_element_is_believed_first():
    assert credit_of(entry("A", "B. Source: Atalayar", source=Source("SANA", "https://sana.sy"))) == "SANA"


def story(*members):
    return origin_of(
        [Publication(o, Relation.REPUBLICATION if n else Relation.LEAD, c) for n, (o, c) in enumerate(members)]
    )


def test_without_credits_the_first_is_the_origin():
    origin = story(("Atalayar", None), ("SOHR", None))
    assert (origin.name, origin.why, origin.republishers, origin.independent) == (
        "Atalayar",
        "first seen",
        ("SOHR",),
        1,
    )


def test_who_is_credited_is_the_origin_though_another_was_seen_first():
    origin = story(("SOHR", "Atalayar"), ("ATALAYAR", None), ("Enab", "Atalayar"))
    assert (origin.name, origin.why) == ("ATALAYAR", "credited by 2 of 3 outlets")
    assert (origin.first_seen, origin.republishers) == ("SOHR", ("SOHR", "Enab"))


def test_a_wire_that_is_no_member_can_be_the_origin():
    origin = story(("A", "Reuters"), ("B", "Reuters"), ("B", "AFP"))
    assert (origin.name, origin.outlets, origin.independent) == ("Reuters", ("A", "B"), 0)


@pytest.mark.parametrize("credit", ["A", "وكالات", None])
def test_self_and_nobody_are_no_credit(credit):
    assert story(("A", credit), ("B", None)).why == "first seen"


def test_a_story_has_members():
    with pytest.raises(ValueError, match="members"):
        origin_of([])
