"""Draw docs/demo.svg: what `watcher demo --for 10` really prints, as a picture for the README.

python tools/demo_picture.py docs/demo.svg
"""

import asyncio
import io
import re
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

SECONDS = 10
WIDTH = 100

#: Pictures in a README may not load fonts from elsewhere.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def main() -> None:
    from watcher import demo  # here, so that the parser's process, which imports this file too, starts quickly

    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor",
        highlight=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    asyncio.run(demo.run(SECONDS, as_json=False, console=console))
    svg = console.export_svg(title=f"watcher demo --for {SECONDS}", code_format=FORMAT, unique_id="demo")
    Path(sys.argv[1]).write_text(svg, "utf-8")


if __name__ == "__main__":
    main()
