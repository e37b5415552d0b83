"""Whatever a feed says in whatever script: never over the limit, never a cut tag, never an unescaped character."""

import html
import re
from dataclasses import replace
from datetime import UTC, timedelta
from html.parser import HTMLParser

from botapi import LIMIT, parse
from hypothesis import given, settings
from hypothesis import strategies as st
from views import AT, view

from watcher.model import Action, AlertKind, Change, Evidence, Place, Relation, Severity, StoryMember
from watcher.render import Format, Style, render, render_digest
from watcher.render.fit import clip, units

PIECES = st.sampled_from(
    [
        "<b>", "</b>", "&", "&amp;", "&lt;", "<a href='x'>", '"', "'", "\u202e", "\u2066", "\u200f", "\u200d",
        "👨‍👩‍👧", "🇸🇾",
        "é", "e\u0301", "ابن", "国际", "กำ", "क्षि", "\ud800", "\x00", "\x1b[31m", "\n", "\u2028", " ",
        "word ", "x" * 200,
    ]
)  # fmt: skip
TEXT = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join))
OFFSETS = st.integers(0, 400)


def spans(field):
    return st.builds(
        lambda a, b, t: Evidence(t, field, min(a, b), max(a, b), t), OFFSETS, OFFSETS, st.text(max_size=20)
    )


MEMBERS = st.builds(
    lambda o, m, c: StoryMember(o, "t", "https://x/y", Relation.REPUBLICATION, AT + timedelta(minutes=m), None, c),
    TEXT, st.integers(0, 10_000), st.none() | TEXT,
)  # fmt: skip
VIEWS = st.builds(
    view,
    title=TEXT, summary=TEXT, rule_title=TEXT, outlet=TEXT, text=TEXT, credits=st.none() | TEXT,
    kind=st.sampled_from(AlertKind), severity=st.sampled_from(Severity),
    evidence=st.lists(st.one_of(spans("title"), spans("summary"), spans("")), max_size=30).map(tuple),
    also=st.lists(MEMBERS, max_size=12).map(tuple),
    changes=st.lists(st.builds(Change, TEXT, st.integers(), TEXT), max_size=20).map(tuple),
    places=st.lists(st.builds(lambda n: Place(n, "title", 0, 1, "SY", "SY-HL"), TEXT), max_size=6).map(tuple),
)  # fmt: skip
ACTIONS = st.sampled_from(Action)
LANGUAGES = st.sampled_from(["en", "es", "fr", "ar", "ru"])


def rendered(alert, style, action):
    return render(alert, style, action=action, ref=None, tz=UTC)


@settings(deadline=None)
@given(VIEWS, ACTIONS, LANGUAGES)
def test_telegram_takes_every_message(alert, action, language):
    """The stand-in's parser is as strict as the documentation of the real one."""
    told = rendered(alert, Style(Format.HTML, limit=LIMIT, language=language, excerpt=2000), action)
    visible, entities = parse(told.body)
    assert 0 < units(visible) <= LIMIT
    assert entities <= 100


@settings(deadline=None)
@given(VIEWS, ACTIONS, st.integers(20, 5000))
def test_no_limit_is_exceeded_and_no_tag_cut(alert, action, limit):
    told = rendered(alert, Style(Format.HTML, limit=limit, excerpt=2000), action)
    visible, _ = parse(told.body)
    assert units(visible) <= limit
    assert units(rendered(alert, Style(Format.TEXT, limit=limit), action).body) <= limit


class Balanced(HTMLParser):
    """Collects tags; every one must be ours and closed."""

    def __init__(self):
        super().__init__()
        self.stack, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in ("meta", "br"):
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


@settings(deadline=None, max_examples=50)
@given(VIEWS, ACTIONS)
def test_a_mail_holds_no_tag_but_ours(alert, action):
    told = rendered(alert, Style(Format.EMAIL), action)
    page = Balanced()
    page.feed(told.body)
    assert page.stack == []
    assert page.seen <= {"html", "head", "meta", "body", "div", "p", "a", "mark", "br"}
    assert "\n" not in told.subject and "\r" not in told.subject
    told.body.encode()


@settings(deadline=None, max_examples=50)
@given(VIEWS, ACTIONS)
def test_a_terminal_is_not_commanded_by_a_feed(alert, action):
    plain = rendered(alert, Style(Format.TEXT), action).body
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", plain)
    colored = rendered(alert, Style(Format.TEXT, color=True), action).body
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == plain


@given(TEXT, st.integers(0, 300))
def test_clip_keeps_grapheme_clusters_whole(text, size):
    import regex

    cut = clip(text, size)
    assert units(cut) <= max(size, 0) or cut == text
    if cut != text and cut:
        kept = regex.findall(r"\X", cut[:-1])
        assert regex.findall(r"\X", text)[: len(kept)] == kept


@given(TEXT)
def test_escaping_loses_nothing(text):
    told = rendered(view(title=text, summary=""), Style(Format.HTML), Action.NEW)
    plain = rendered(view(title=text, summary=""), Style(Format.TEXT), Action.NEW)
    visible = html.unescape(re.sub(r"<[^>]*>", "", told.body))
    assert [line for line in plain.body.splitlines() if not line.startswith("https://")] == [
        line for line in visible.splitlines() if not line.startswith("https://")
    ]


@settings(deadline=None, max_examples=50)
@given(st.lists(VIEWS, min_size=1, max_size=25), st.sampled_from([LIMIT, 1500]), LANGUAGES)
def test_a_digest_is_cut_between_alerts_only(alerts, limit, language):
    alerts = [replace(alert, key=f"k{number}") for number, alert in enumerate(alerts)]
    told, count = render_digest(alerts, Style(Format.HTML, limit=limit, language=language), tz=UTC)
    visible, _ = parse(told.body)
    assert 1 <= count <= len(alerts)
    assert units(visible) <= limit
    assert "\n" not in told.subject
