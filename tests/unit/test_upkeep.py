"""When a feed's trouble becomes an alarm."""

from datetime import UTC, datetime, timedelta

import pytest

from watcher.model import FeedState
from watcher.upkeep import feed_trouble

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
AFTER = timedelta(hours=6)


@pytest.mark.parametrize(
    ("failing_for", "error", "told"),
    [
        pytest.param(None, None, False, id="well"),
        pytest.param(timedelta(hours=5, minutes=59), "timeout: no answer", False, id="may recover"),
        pytest.param(AFTER, "timeout: no answer", True, id="failed long enough"),
        pytest.param(timedelta(), "gone: the server says 410", True, id="gone is told at once"),
    ],
)
def test_trouble_is_told(failing_for, error, told):
    since = None if failing_for is None else NOW - failing_for
    trouble = feed_trouble(FeedState("sohr", failures=4, failing_since_at=since, last_error=error), NOW, AFTER)
    assert (trouble is not None) is told
    if trouble:
        assert "sohr" in trouble
        assert error in trouble
