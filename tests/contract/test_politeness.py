"""A simulated day (or week) with each kind of server, restarts included: what its owner would see."""

import pytest
from politeness import judged, scenarios


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_polite(scenario, tmp_path):
    results = judged(scenario, tmp_path)
    rude = [name for name, polite in results.items() if not polite]
    assert not rude, [f"{visit.at:%d %H:%M} {visit.request.path} {visit.status}" for visit in scenario.visits[:40]]
