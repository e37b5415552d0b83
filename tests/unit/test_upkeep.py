"""When a feed's trouble becomes an alarm."""

from datetime import UTC, datetime, timedelta

import pytest

from watcher.model import FeedState
from watcher.render.sentences import in_english
from watcher.upkeep import feed_trouble, silence

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
AFTER = timedelta(hours=6)


@pytest.mark.parametrize(
    ("failing_for", "error", "told"),
    [
        pytest.param(None, None, False, id="well"),
        pytest.param(timedelta(hours=5, minutes=59), "timeout: no answer", False, id="may recover"),
        pytest.param(AFTER, "timeout: no answer", True, id="failed long enough"),
        pytest.param(timedelta(), "gone: the server says 410", True, id="gone is told at once"),
        pytest.param(timedelta(), "bot_wall: the server says 403", True, id="so is a bot wall"),
    ],
)
def test_trouble_is_told(failing_for, error, told):
    since = None if failing_for is None else NOW - failing_for
    trouble = feed_trouble(FeedState("sohr", failures=4, failing_since_at=since, last_error=error), NOW, AFTER)
    assert (trouble is not None) is told
    if trouble:
        assert "sohr" in in_english(trouble)
        assert error in in_english(trouble)


DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("gaps", "silent_for", "told"),
    [
        pytest.param([HOUR] * 100, 23 * HOUR, False, id="hourly, a day"),
        pytest.param([HOUR] * 100, 25 * HOUR, True, id="hourly, more than a day"),
        pytest.param([HOUR] * 100 + [3 * DAY], 4 * DAY, False, id="it had such a pause before"),
        pytest.param([HOUR] * 100 + [3 * DAY], 5 * DAY, True, id="but not so long a one"),
        pytest.param([DAY] * 30, 9 * DAY, False, id="daily, nine days"),
        pytest.param([DAY] * 30, 11 * DAY, True, id="daily, eleven days"),
        pytest.param([timedelta()] * 30 + [HOUR] * 20, 2 * DAY, True, id="many at once"),
        pytest.param([HOUR] * 8, 30 * DAY, False, id="no habit yet"),
        pytest.param([], 30 * DAY, False, id="nothing ever"),
    ],
)
def test_silence_against_habit(gaps, silent_for, told):
    seen, at = [], NOW - silent_for
    for gap in [timedelta(), *reversed(gaps)] if gaps else []:
        at -= gap
        seen.append(at)
    sentence = silence(sorted(seen), NOW)
    assert (sentence is not None) is told
    if told:
        assert sentence.startswith("no new entry since 2026-")
