"""Fixtures of the notifiers' and the page's suites."""

import functools
import multiprocessing
import ssl
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import commands
import databases
from benches import BotApi
from pageseed import Seeded

TRUSTING = functools.cache(ssl.create_default_context)


@pytest.fixture(scope="session")
def bot_api():
    """The stand-in for Telegram, one process for all tests."""
    api = BotApi()
    yield api
    api.close()


@pytest.fixture(autouse=True)
def new_databases(monkeypatch):
    """Are copies of one; `test_upgrades` makes each."""
    monkeypatch.setattr("watcher.store.engine._prepare_file", databases.copied(databases.new()))


@pytest.fixture(autouse=True)
def roots_are_read_once(monkeypatch):
    """Each client reads the roots that are trusted, for a twentieth of a second."""
    monkeypatch.setattr(ssl, "create_default_context", TRUSTING)


@pytest.fixture(autouse=True)
def quick_processes(monkeypatch):
    """Parsers and drafts are tried in processes that have imported what they need; yields what makes real ones."""
    real = multiprocessing.get_context

    def context(method=None):
        return commands.forking() if method == "spawn" else real(method)

    monkeypatch.setattr(multiprocessing, "get_context", context)
    return real


@pytest.fixture
def real_processes(quick_processes, monkeypatch):
    """They import it themselves, as the daemon's do."""
    monkeypatch.setattr(multiprocessing, "get_context", quick_processes)


@pytest.fixture
def seeded(tmp_path):
    """A database with the usual stories, for the page."""
    made = Seeded(tmp_path).usual()
    yield made
    made.close()


@pytest.fixture
def page(seeded):
    """A browser on it."""
    return seeded.client()
