"""Draw how alerts look: the HTML mail in Chromium, light and dark at a phone's width, and the console.

    python tools/message_pictures.py docs

writes mail-light.png, mail-dark.png and console.svg. Needs Chromium and an emoji font (Debian: `apt-get install chromium fonts-noto-color-emoji`).
The news is invented; what is drawn is what the renderer writes for it.
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from watcher.model import Action, AlertKind, AlertView, Change, Entry, Evidence, Place, Relation, Severity, StoryMember
from watcher.render import Format, Style, render

AT = datetime(2026, 5, 1, 11, 2, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Damascus")
TITLE = "Coalition raid near Jarablus captures a bomb maker"
SUMMARY = (
    "Helicopters landed before dawn in a village south of Jarablus, in Aleppo province, residents said. "
    "A bomb maker was captured and 12 people were killed, a monitoring group reported."
)
#: CSS pixels of a phone, and picture pixels for each of them.
WIDTH, HEIGHT, SCALE = 412, 340, 1.5
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
)  # fmt: skip


def span(text, term, field):
    start = text.index(term)
    return Evidence(term, field, start, start + len(term), term)


def alert():
    entry = Entry("1", TITLE, SUMMARY, link="https://levant-desk.example/raid", feed="levant-desk", lang="en")
    evidence = (
        span(TITLE, "captures", "title"),
        span(TITLE, "bomb maker", "title"),
        span(SUMMARY, "captured", "summary"),
    )
    also = (
        StoryMember("Northern Monitor", TITLE, "https://monitor.example/1", Relation.REPUBLICATION,
                    AT + timedelta(hours=3), None, "Levant Desk"),
        StoryMember("Orient Wire", TITLE, "https://wire.example/2", Relation.REPUBLICATION, AT + timedelta(hours=4)),
    )  # fmt: skip
    return AlertView(
        "1.raid.alert.0.desk", "1.raid.alert.0.desk", AlertKind.ALERT, "raid", "Armed-group figure captured or killed",
        Severity.SEVERE, 1, entry, "Levant Desk", AT, evidence,
        (Place("Jarablus", "title", 20, 28, "SY", "SY-HL", confidence=0.9),), also,
    )  # fmt: skip


def development():
    title = "Death toll of raid near Jarablus rises"
    text = "15 people are now known to have been killed in the raid near Jarablus, the monitoring group said."
    entry = Entry("2", title, text, link="https://monitor.example/3", feed="monitor", lang="en")
    return AlertView(
        "1.raid.development.0.desk", "1.raid.alert.0.desk", AlertKind.DEVELOPMENT, "raid",
        "Armed-group figure captured or killed", Severity.SEVERE, 1, entry, "Northern Monitor", AT + timedelta(hours=6),
        changes=(Change("killed", 12, 15),), places=alert().places,
        also=(StoryMember("Levant Desk", TITLE, "https://levant-desk.example/raid", Relation.LEAD, AT),),
    )  # fmt: skip


def message(view, style, action=Action.NEW):
    return render(view, style, action=action, ref=None, tz=ZONE)


def draw_mail(chromium, folder, scheme):
    """`scheme` is Chromium's number of a colour scheme: 0 is dark, 1 light."""
    with tempfile.TemporaryDirectory() as place:
        page, picture = Path(place) / "mail.html", Path(place) / "mail.png"
        page.write_text(message(alert(), Style(Format.EMAIL)).body, "utf-8")
        subprocess.run(
            [chromium, *FLAGS, f"--user-data-dir={place}/profile", f"--blink-settings=preferredColorScheme={scheme}",
             f"--window-size={WIDTH},{HEIGHT}", f"--force-device-scale-factor={SCALE}", f"--screenshot={picture}",
             page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        shutil.copy(picture, folder / f"mail-{('dark', 'light')[scheme]}.png")


def draw_console(folder):
    style = Style(Format.TEXT, color=True, edits_in_place=False)
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=True, color_system="truecolor",
                      highlight=False, emoji=False, legacy_windows=False)  # fmt: skip
    for view, action in ((alert(), Action.NEW), (development(), Action.REPLY)):
        console.print(Text.from_ansi(f"{message(view, style, action).body}\n"))
    # Pictures in a README may not load fonts from elsewhere.
    form = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="watcher run", code_format=form, unique_id="console")
    (folder / "console.svg").write_text(svg, "utf-8")


def main():
    folder = Path(sys.argv[1])
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is not installed (Debian: apt-get install chromium fonts-noto-color-emoji)")
    for scheme in (0, 1):
        draw_mail(chromium, folder, scheme)
    draw_console(folder)


if __name__ == "__main__":
    main()
