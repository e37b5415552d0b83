"""Numbers by strings, found by their hashes."""

from watcher.rules.table import Table


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
    table = Table(1)
    for n in range(1, 6):
        table.put(1 + (n << 40), n)
    assert [table.get(1 + (n << 40)) for n in range(1, 7)] == [1, 2, 3, 4, 5, -1]


def test_it_is_full_when_its_room_is_taken() -> None:
    table = Table(2)
    table.put(1 << 40, 7)
    assert not table.is_full
    table.put(2 << 40, 7)
    assert table.is_full
