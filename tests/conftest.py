"""Shared by all tests. That this file is here puts `tests/` on the path, so that tests can import its modules."""

import pytest
from badhttp import BadServer


@pytest.fixture
def server():
    """An HTTP server that misbehaves on request; see badhttp."""
    with BadServer() as running:
        yield running
