"""Fixtures of the notifiers' and the page's suites."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from benches import BotApi
from pageseed import Seeded


@pytest.fixture(scope="session")
def bot_api():
    """The stand-in for Telegram, one process for all tests."""
    api = BotApi()
    yield api
    api.close()


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
