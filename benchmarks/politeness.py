#!/usr/bin/env python3
"""Score a simulated day of polling as the owners of servers would: `python benchmarks/politeness.py`.

The scenarios and rules are those of tests/politeness.py; the poller, fetcher and store are the real ones.
"""

import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from politeness import judged, scenarios


def main() -> int:
    warnings.simplefilter("ignore")
    good = total = requests = 0
    with tempfile.TemporaryDirectory() as folder:
        for scenario in scenarios():
            results = judged(scenario, Path(folder))
            requests += len(scenario.visits) + len(scenario.twin_visits)
            for name, polite in results.items():
                print(f"{'yes' if polite else 'NO ':3}  {scenario.name:22} {name}")
                good, total = good + polite, total + 1
    print(f"\nscore {good} of {total}, {requests} requests")
    return 0 if good == total else 1


if __name__ == "__main__":
    sys.exit(main())
