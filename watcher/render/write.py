"""Lines in a format. Every text is escaped here, once."""

import html
from collections.abc import Callable, Iterable
from itertools import groupby

from watcher.render.lines import Line, Role, Span

_SGR = {"extreme": "1;97;41", "severe": "1;31", "moderate": "1;33", "minor": "1;36"}

#: Inline style, for mail readers drop style sheets. Colours are readable on white and on black alike
#: when a reader inverts them; `color-scheme` lets those that can do so keep them as they are.
_CSS = {
    Role.HEAD: "margin:0 0 4px;font-size:15px;font-weight:600",
    Role.CHANGE: "margin:0 0 4px;font-size:16px;font-weight:700;color:#b42318",
    Role.HEADLINE: "margin:0 0 8px;font-size:19px;line-height:1.3;font-weight:700",
    Role.WHERE: "margin:0 0 4px;font-size:14px",
    Role.SOURCE: "margin:0 0 4px;font-size:14px;opacity:.8",
    Role.EXCERPT: "margin:8px 0;font-size:15px;line-height:1.45",
    Role.ALSO: "margin:0 0 4px;font-size:14px",
    Role.MATCHED: "margin:8px 0 0;font-size:13px;opacity:.7",
}
_EDGE = {"extreme": "#b42318", "severe": "#d92d20", "moderate": "#dc6803", "minor": "#1570ef"}


def to_text(lines: Iterable[Line], *, color: bool = False) -> str:
    """Plain text, or with the escape sequences of a terminal."""
    return "\n".join("".join(_ansi(span, line) if color else span.text for span in line.spans) for line in lines)


def to_html(lines: Iterable[Line], *, blocks: bool = False) -> str:
    """Inline tags only: `b`, `u` and `a`."""
    kept = (line for line in lines if line.role is not Role.LINK)
    return ("<br>" if blocks else "\n").join(_linked(line.spans, _tagged) for line in kept)


def to_email(lines: Iterable[Line], *, language: str) -> str:
    """A whole document that reads well on a phone, light and dark."""
    kept = [line for line in lines if line.role is not Role.LINK]
    edge = next((_EDGE[line.severity] for line in kept if line.severity), _EDGE["minor"])
    direction = "rtl" if language == "ar" else "ltr"
    side = "right" if direction == "rtl" else "left"
    body = "\n".join(f'<p dir="auto" style="{_CSS[line.role]}">{_mail(line)}</p>' for line in kept)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        "</head>\n"
        '<body style="margin:0;padding:12px;font-family:-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif">\n'
        f'<div style="max-width:560px;margin:0 auto;padding:4px 12px;border-{side}:4px solid {edge}">\n'
        f"{body}\n</div>\n</body></html>\n"
    )


def _ansi(span: Span, line: Line) -> str:
    codes = _SGR.get(line.severity, "1") if span.bold else "1;93" if span.mark else ""
    if line.role in (Role.LINK, Role.MATCHED, Role.SOURCE):
        codes = "2"
    return f"\x1b[{codes}m{span.text}\x1b[0m" if codes else span.text


def _linked(spans: Iterable[Span], write: Callable[[Span], str], style: str = "") -> str:
    """Write spans, neighbours with one address inside one link."""
    told = []
    for href, group in groupby(spans, key=lambda span: span.href):
        text = "".join(map(write, group))
        told.append(f'<a href="{html.escape(href)}"{style}>{text}</a>' if href else text)
    return "".join(told)


def _tagged(span: Span) -> str:
    text = html.escape(span.text, quote=False)
    if span.mark:
        text = f"<u>{text}</u>"
    return f"<b>{text}</b>" if span.bold else text


def _mail(line: Line) -> str:
    return _linked(line.spans, _mailed, ' style="color:#1570ef"').replace("\n", "<br>")


def _mailed(span: Span) -> str:
    text = html.escape(span.text, quote=False)
    if span.mark:
        text = f'<mark style="background:#fde68a;color:#1f2937;border-radius:2px">{text}</mark>'
    return text
