"""Numbers by strings, found by their hashes."""

import json

from watcher.model import Entry
from watcher.rules import compile_rules
from watcher.rules.choosing import Asked
from watcher.rules.parts import parts_of
from watcher.rules.scan import Scanner
from watcher.rules.table import Table
from watcher.rules.words import Keys, Memory


def test_what_was_put_is_found_and_nothing_else() -> None:
    table, words = Table(600), [f"word{n}" for n in range(600)]
    for n, word in enumerate(words):
        table.put(hash(word), n)
    assert [table.get(hash(word)) for word in words] == [*range(600)]
    assert table.get(hash("another")) == -1


def test_many_are_looked_up_at_once_and_those_beside_their_slot_told() -> None:
    table, words = Table(600), [f"word{n}" for n in range(600)]
    for n, word in enumerate(words):
        table.put(hash(word), n)
    numbers, wrong = table.look_up([*words, "another"])
    assert 0 < len(wrong) < 400
    assert wrong[-1] == 600
    assert [n for i, n in enumerate(numbers[:600].tolist()) if i not in wrong] == [
        n for n in range(600) if n not in wrong
    ]


def test_strings_of_one_slot_do_not_push_each_other_out() -> None:
    table = Table(5)
    for n in range(1, 6):
        table.put(1 + (n << 40), n)
    assert [table.get(1 + (n << 40)) for n in range(1, 7)] == [1, 2, 3, 4, 5, -1]


def test_a_table_without_room_takes_nothing_and_still_answers() -> None:
    table = Table(3)
    for n in range(3_000):
        table.put(hash(f"word{n}"), n)
    assert [table.get(hash(f"word{n}")) for n in range(3_000)] == [0, 1, 2, *[-1] * 2_997]


def test_an_entry_with_more_words_than_a_memory_holds() -> None:
    plain = ["".join("abcdefghij"[int(d)] for d in str(n)) for n in range(3_000)]
    terms = ["word2999", "word3001", plain[2_999], "=dbbbb", "bcj*", "人民", "行人"]
    rules = compile_rules(
        [("r.yaml", json.dumps({"rules": [{"id": f"r{i}", "when": t} for i, t in enumerate(terms)]}))]
    )
    conditions = [rule.condition for rule in rules.sources if rule.condition]
    small = Scanner(rules.scanner.terms, [Asked(c.requires(), [*c.terms()]) for c in conditions], remembered=3)
    text = " ".join([*(f"word{n}" for n in range(3_000)), *plain, "中国人民银行"])
    parts = parts_of(Entry("e", text), None)
    for _ in range(2):
        assert small.read(parts).rules == [0, 2, 4, 5, 6], "of a phrase one word is enough to be looked at"
    assert rules.scanner.read(parts).rules == [0, 2, 4, 5, 6]
    assert [rules.scanner.terms[n].text for n in sorted(small.present(parts))] == [terms[n] for n in (0, 2, 4, 5)]


def test_what_is_not_remembered_takes_no_room() -> None:
    signs = [chr(0x4E00 + n) for n in range(60)]
    memory = Memory(Keys({sign: n for n, sign in enumerate(signs)}, {}), len(signs))
    for n in range(500):
        pieces = ["".join(signs[(n * k) % 60] for k in range(1, 9))]
        keys, where = memory.look_up(pieces, {})
        assert {signs[key - 1] for key in keys.tolist()} == set(pieces[0])
        assert set(where.tolist()) == {0}
    assert not memory.numbers, "no number for each of their sets of keys"


def test_it_is_full_when_its_room_is_taken() -> None:
    table = Table(2)
    table.put(1 << 40, 7)
    assert not table.is_full
    table.put(2 << 40, 7)
    assert table.is_full


def test_the_words_of_a_piece_are_remembered_as_they_were() -> None:
    pieces = ["al-bab", "15,000", "...", "—", "covid-19,", "town", "su24x1", "”raid", "北京"]
    memory = Memory(Keys({"bab": 0, "raid": 1}, {}), 2)
    first, again = dict[str, tuple[str, ...]](), dict[str, tuple[str, ...]]()
    keys, where = memory.look_up(pieces, first)
    more, there = memory.look_up(pieces, again)
    assert again == first
    assert first["al-bab"] == ("al", "bab")
    assert first["..."] == ()
    assert (more.tolist(), there.tolist()) == (keys.tolist(), where.tolist()) == ([1, 2], [0, 7])


class Cutting(Memory):
    """A memory that tells what it cut."""

    def __init__(self, *given):
        super().__init__(*given)
        self.told = []

    def _cut(self, piece):
        self.told.append(piece)
        return super()._cut(piece)


def test_a_long_link_is_cut_once():
    link, cuts = "https://example.org/news/2026/a-raid-at-dawn-in-the-countryside", {}
    memory = Cutting(Keys({"raid": 0}, {}), 1)
    keys, where = memory.look_up([link], cuts)
    assert (keys.tolist(), where.tolist(), memory.told) == ([1], [0], [link])
    assert cuts[link][6:8] == ("raid", "at")
