"""Pictures of every view of the page, light and dark, on a desk and on a phone, and what axe-core says of each.

    python tools/page_pictures.py http://127.0.0.1:8642 pictures/ [--axe node_modules/axe-core/axe.min.js]

Needs `pip install playwright` and a Chromium at /usr/bin/chromium (Debian: `apt-get install chromium`);
`npm install axe-core` brings axe.min.js. Prints one line for each picture; status 1 if axe-core finds something serious.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VIEWS = {
    "now": "/", "stories": "/stories", "story": "/stories/1", "map": "/map", "country": "/map?region=SY", "month": "/map?days=30", "feeds": "/feeds", "deliveries": "/deliveries",
    "suppressed": "/suppressed", "silences": "/silences", "rules": "/rules?text=Flood+in+Valencia",
}  # fmt: skip
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
CHROMIUM = "/usr/bin/chromium"
#: Without these Chromium asks its maker's hosts at every start.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator:
    """A browser without a screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def judged(tab, axe: str) -> list[dict]:
    """What axe-core finds wrong; its script is put in past the page's own policy."""
    tab.evaluate(axe)
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        {"id": one["id"], "impact": one["impact"], "at": [node["html"][:160] for node in one["nodes"][:3]]}
        for one in found["violations"]
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--axe", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    axe, serious = given.axe.read_text() if given.axe else "", 0
    with chromium() as browser:
        for size, (width, height) in SIZES.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=bool(axe)
                )
                tab = context.new_page()
                for name, path in VIEWS.items():
                    tab.goto(given.address.rstrip("/") + path)
                    target = given.folder / f"{name}-{size}-{scheme}.png"
                    tab.screenshot(path=target, full_page=True)
                    wrong = judged(tab, axe) if axe else []
                    serious += sum(one["impact"] in ("serious", "critical") for one in wrong)
                    print(target, *wrong, sep="\n  ")
                context.close()
    return 1 if serious else 0


if __name__ == "__main__":
    sys.exit(main())
