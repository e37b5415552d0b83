"""The full-text index is in step with what is stored, whatever is committed, revised, forgotten or upgraded."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from pageseed import Seeded, tree

from watcher.indexing import Indexer
from watcher.model import Assignment, AssignReason, Entry, EntryCommit, FeedState, PollCommit, Relation
from watcher.pruning import Pruner
from watcher.store import open_store, polls, retention, search
from watcher.store.engine import MIGRATIONS
from watcher.store.words import read_query, terms_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/w.db")
    yield opened
    opened.close()


def item(pk, text, revision=0, seq=None):
    entry = Entry(f"e{pk}", title=text, summary="same", feed="a")
    assignment = Assignment(pk, Relation.REVISION if revision else Relation.LEAD, AssignReason.NO_CANDIDATE)
    return EntryCommit(pk, revision, seq or pk, entry, "A", assignment, b"fp")


def commit(store, *items, at=NOW):
    with store.write() as connection:
        polls.commit_poll(connection, PollCommit(FeedState("a", url="u"), at, items))


def found(store, asked):
    with store.read() as connection:
        return search.newest(connection, read_query(asked), 100)


def state(store):
    with store.read() as connection:
        return tuple(connection.exec_driver_sql("SELECT version, unread FROM search_state").one())


async def at_once(work):
    return work()


def fill(store):
    events = []
    asyncio.run(Indexer(store, at_once, events.append).tick())
    return events


def old_database(path, texts):
    """A database from before there was an index, with entries in it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    store = open_store(f"sqlite:///{path}")
    commit(store, *(item(pk, text) for pk, text in enumerate(texts, 1)))
    with store.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
    store.close()


def test_an_entry_is_found_once_it_is_committed_and_not_before(store):
    with pytest.raises(RuntimeError), store.write() as connection:
        polls.commit_poll(connection, PollCommit(FeedState("a", url="u"), NOW, (item(1, "raid in Manbij"),)))
        assert search.newest(connection, read_query("manbij"), 9) == [1]
        raise RuntimeError
    assert found(store, "manbij") == []
    commit(store, item(1, "raid in Manbij"), item(2, "flood in Manbij"))
    assert found(store, "manbij") == [2, 1]
    assert found(store, "manbij raid") == [1]


def test_a_revised_entry_is_found_by_its_new_words_only(store):
    commit(store, item(1, "12 killed"), item(2, "12 hurt"))
    commit(store, item(1, "15 killed", revision=1, seq=3), item(3, "12 more", seq=4))
    assert (found(store, "12"), found(store, "15"), found(store, "killed")) == ([3, 2], [1], [1])


def test_a_forgotten_entry_is_found_no_more(store):
    commit(store, item(1, "raid"), item(2, "raid"), item(3, "raid"))
    with store.write() as connection:
        retention.forget(connection, [1, 2], NOW)
    assert found(store, "raid") == [3]


def test_the_index_of_what_comes_and_goes_stays_as_small_as_what_is_there(store, monkeypatch):
    monkeypatch.setattr(retention, "NEWEST_KEPT", 1)
    dice, now, sizes = random.Random(1), [NOW], []
    words = ["".join(dice.choices("abcdefghij", k=6)) for _ in range(3000)]
    pruner = Pruner(store, at_once, retention.Keep(timedelta(days=10), timedelta(days=10)), lambda: now[0], print)
    for day in range(100):
        now[0] += timedelta(days=1)
        texts = [" ".join(dice.choices(words, k=60)) for _ in range(10)]
        commit(store, *(item(10 * day + n, text) for n, text in enumerate(texts, 1)), at=now[0])
        asyncio.run(pruner.all())
        with store.read() as connection:
            sizes.append(connection.exec_driver_sql("SELECT sum(length(block)) FROM entry_words_data").scalar())
    assert max(sizes[20:]) < 2.5 * sizes[10]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param("بالمدرسةِ قُتل داعــش", "داعش", id="Arabic: tatweel"),
        pytest.param("وقصفت إدلب", "ادلب", id="Arabic: alif and hamza"),
        pytest.param("قصف بالرقة", "الرقة", id="Arabic: a preposition"),
        pytest.param("مَدْرَسَة", "مدرسه", id="Arabic: vowel signs"),
        pytest.param("کردستان", "كردستان", id="Persian letters"),
        pytest.param("שבדמשק", "דמשק", id="Hebrew prefixes"),
        pytest.param("Взрывы в Хомсе: ещё", "хомс* ЕЩЕ", id="Russian"),
        pytest.param("İSTANBUL'da ışık", "istanbul isik", id="Turkish"),
        pytest.param("STRASSE gesperrt", "Straße", id="German"),
        pytest.param("无人机袭击敖德萨港口", "袭击敖德萨", id="Chinese: part of a run"),
        pytest.param("无人机袭击敖德萨港口", "口", id="Chinese: its last sign"),
        pytest.param("シリアで爆発", "リア", id="Japanese"),
        pytest.param("นายกรัฐมนตรีลาออก", "รัฐมนตรี", id="Thai"),
        pytest.param("दो मज़दूर मारे गए", "मारे गए", id="Hindi"),
        pytest.param("시리아에서 폭발", "시리아*", id="Korean"),
        pytest.param("Su-24 lost", '"su24 lost"', id="letters and digits"),
        pytest.param("Café «Nord»", "«cafe nord»", id="other quotation marks"),
    ],
)
def test_all_scripts_are_found_as_rules_find_them(store, text, asked):
    commit(store, item(1, "nothing of it"), item(2, text))
    assert found(store, asked) == [2]


def test_what_was_stored_before_is_filled_in_the_newest_first(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "PIECE", 2)
    old_database(tmp_path / "w.db", [f"raid {n}" for n in range(1, 6)])
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    assert (found(store, "raid"), state(store)) == ([], (search.VERSION, 5))
    with store.write() as connection:
        assert search.fill(connection, 2) == 2
    assert found(store, "raid") == [5, 4]
    commit(store, item(6, "raid 6"), item(2, "flood 2", revision=1, seq=7), item(5, "flood 5", revision=1, seq=8))
    with store.write() as connection:
        retention.forget(connection, [1, 4], NOW)
    assert (found(store, "raid"), found(store, "flood")) == ([6], [5])
    (event,) = fill(store)
    assert {"event": "search_filled", "entries": 2, "left": 0}.items() <= event.items()
    assert (found(store, "raid"), found(store, "flood")) == ([6, 3], [5, 2])
    assert (state(store), fill(store)) == ((search.VERSION, 0), [])
    store.close()


def test_a_fill_that_was_cut_off_goes_on_after_a_restart(tmp_path):
    old_database(tmp_path / "w.db", ["raid"] * 5)
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    with store.write() as connection:
        search.fill(connection, 2)
    store.close()
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    assert found(store, "raid") == [5, 4]
    fill(store)
    assert found(store, "raid") == [5, 4, 3, 2, 1]
    store.close()


def test_an_index_of_other_words_is_built_anew(tmp_path, monkeypatch):
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    commit(store, item(1, "raid"))
    store.close()
    monkeypatch.setattr(search, "VERSION", search.VERSION + 1)
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    assert found(store, "raid") == []
    fill(store)
    assert found(store, "raid") == [1]
    store.close()


def test_the_words_are_those_of_this_version():
    """Another result must come with another `VERSION`, or the index cannot be told what to take out."""
    text = "Su-24 bombs Café بالرقة داعــش Хомс 北京市 シリア รัฐ हमला ⒈ ½ می‌خواهد Straße"
    assert search.VERSION == 1
    assert (
        sorted(terms_of(text))
        == "1 1⁄2 24 bombs cafe strasse su хомс بالرقه خواهد داعش مي हमला ฐ รัฐ アรั シリ リア 京市 北京 市シ".split()
    )


def test_without_fts5_words_are_looked_for_slowly_and_it_is_told(tmp_path, monkeypatch):
    made = Seeded(tmp_path).usual()
    assert search.is_available(), "the tests need FTS5"
    made.store.close()
    monkeypatch.setattr(search, "is_available", lambda: False)
    made.store = open_store(f"sqlite:///{tmp_path}/w.db")
    made.enter("daily", "Daesh leader captured in Manbij, Syria", after=250)
    answer = made.client().get("/?q=captur*+leader")
    assert len(tree(answer).xpath("//article")) == 3
    assert "no full-text index" in answer.text
    assert state(made.store)[0] == 0
    made.store.close()
    monkeypatch.undo()
    made.store = open_store(f"sqlite:///{tmp_path}/w.db")
    fill(made.store)
    assert found(made.store, "captured") == [5, 3, 2, 1]
    made.store.close()
