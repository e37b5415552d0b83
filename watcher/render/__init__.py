"""From an alert to a message within a notifier's limits. Pure: the same view gives the same message.

An alert is first laid out as lines of spans (`layout`), cut to the limit by what a reader
sees (`fit`), and only then written in a format (`write`). So no tag is ever cut, whatever
the limit, and no text of a feed reaches a format unescaped.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from types import MappingProxyType
from typing import Any

from watcher.model import Action, AlertKind, AlertView, Message, SuppressReason
from watcher.render.digest import lay_out_digest
from watcher.render.fit import fit
from watcher.render.layout import lay_out, subject
from watcher.render.lines import Line
from watcher.render.payload import as_payload
from watcher.render.style import Format, Style
from watcher.render.template import Template, TemplateFault
from watcher.render.write import to_email, to_html, to_text

#: The rule that a digest's message names.
DIGEST = "digest"

__all__ = ["DIGEST", "Format", "Style", "Template", "TemplateFault", "render", "render_digest"]


def render(view: AlertView, style: Style, *, action: Action, ref: str | None, tz: tzinfo) -> Message:
    """Write an alert in the style of a notifier; times are shown in `tz`.

    A template that fails is told in the message's `fault`, and the built-in one stands in for it.
    """
    lines = fit(lay_out(view, style, action, tz), style.limit)
    title = subject(view, style, action, tz)
    silent = style.silent_below is not None and view.severity.rank < style.silent_below.rank
    # Where the body highlights evidence, the plain text beside it names it.
    is_text = style.format in (Format.TEXT, Format.JSON)
    bare = lines if is_text else fit(lay_out(view, replace(style, format=Format.TEXT), action, tz), style.limit)
    plain = to_text(bare)
    payload = {}
    if style.format is Format.JSON:
        # The first message as the program got it: keys change where readers regroup stories.
        thread = {"thread_key": ref or view.thread_key}
        payload = as_payload(view, action) | thread | {"subject": title, "message": plain}
    body, fault = _body(lines, style, payload), ""
    if style.template is not None and view.kind is not AlertKind.ALARM:
        try:
            body = style.template.write(view, action, tz, body, style.limit)
        except TemplateFault as error:
            fault = f"{style.template.name}:{error.line}: {error}"
    return Message(
        key=view.key, thread_key=view.thread_key, action=action, subject=title, body=body, plain=plain, payload=payload,
        ref=ref, rule=view.rule, silent=silent, fault=fault,
    )  # fmt: skip


def render_digest(
    views: Sequence[AlertView],
    style: Style,
    *,
    tz: tzinfo,
    heading: str = "digest",
    held: Mapping[SuppressReason, int] = MappingProxyType({}),
) -> tuple[Message, int]:
    """Write alerts as one message; return it and how many of them it tells, from the first on.

    `heading` is the fixed word for what they are: `digest` for alerts that waited. `held` counts what was
    held back meanwhile.
    """
    lines, told = lay_out_digest(views, style, tz, heading, held)
    keys = "\n".join(sorted(view.key for view in views[:told]))  # the same alerts, the same digest
    key = f"digest.{hashlib.sha256(keys.encode('utf-8', 'replace')).hexdigest()[:32]}"
    title = lines[0].text
    message = Message(
        key=key, thread_key=key, action=Action.NEW, subject=title, body=_body(lines, style, {}), plain=to_text(lines),
        rule=DIGEST,
    )  # fmt: skip
    return message, told


def _body(lines: Sequence[Line], style: Style, payload: Mapping[str, Any]) -> str:
    match style.format:
        case Format.TEXT:
            return to_text(lines, color=style.color)
        case Format.HTML:
            return to_html(lines, blocks=style.blocks)
        case Format.EMAIL:
            return to_email(lines, language=style.language)
        case Format.JSON:
            return json.dumps(payload, ensure_ascii=False, sort_keys=True)
