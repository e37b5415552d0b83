"""Fixtures of the notifiers' suites."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from benches import BotApi


@pytest.fixture(scope="session")
def bot_api():
    """The stand-in for Telegram, one process for all tests."""
    api = BotApi()
    yield api
    api.close()
