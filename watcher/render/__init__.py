"""From an alert to a message within a notifier's limits. Pure: the same view gives the same message.

An alert is first laid out as lines of spans (`layout`), cut to the limit by what a reader
sees (`fit`), and only then written in a format (`write`). So no tag is ever cut, whatever
the limit, and no text of a feed reaches a format unescaped.
"""

import json
from datetime import tzinfo

from watcher.model import Action, AlertView, Message
from watcher.render.fit import fit
from watcher.render.layout import lay_out, subject
from watcher.render.payload import as_payload
from watcher.render.style import Format, Style
from watcher.render.write import to_email, to_html, to_text

__all__ = ["Format", "Style", "render"]


def render(view: AlertView, style: Style, *, action: Action, ref: str | None, tz: tzinfo) -> Message:
    """Write an alert in the style of a notifier; times are shown in `tz`."""
    lines = fit(lay_out(view, style, action, tz), style.limit)
    plain = to_text(lines)
    title = subject(view, style, action)
    payload = {}
    match style.format:
        case Format.TEXT:
            body = to_text(lines, color=style.color)
        case Format.HTML:
            body = to_html(lines, blocks=style.blocks)
        case Format.EMAIL:
            body = to_email(lines, language=style.language)
        case Format.JSON:
            payload = as_payload(view, action) | {"subject": title, "message": plain}
            body = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    silent = style.silent_below is not None and view.severity.rank < style.silent_below.rank
    return Message(
        key=view.key, thread_key=view.thread_key, action=action, subject=title, body=body, plain=plain,
        payload=payload, ref=ref, rule=view.rule, silent=silent,
    )  # fmt: skip
