"""Templates of users: what they get, what they cannot do, and that a faulty one costs no alert."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from views import development, view

from watcher.model import Action, AlertKind
from watcher.render import Format, Style, Template, TemplateFault, render

DAMASCUS = ZoneInfo("Asia/Damascus")
SHORT = "{{ mark }} {{ rule_title }}: {{ entry.title or 'untitled' }}"


def styled(source, format=Format.HTML, limit=4096):  # noqa: A002
    return Style(format, limit=limit, template=Template.read("alert.j2", source, format, limit))


def write(source, alert=None, format=Format.HTML, tz=DAMASCUS, **more):  # noqa: A002
    return render(alert or view(), styled(source, format, **more), action=Action.NEW, ref=None, tz=tz)


def test_it_takes_the_place_of_the_body_and_nothing_else():
    message = write(SHORT, view(title="A raid"))
    assert (message.body, message.fault) == ("🔴 IS figure captured or killed: A raid", "")
    assert "A raid" in message.plain and message.subject.endswith("A raid")


def test_text_of_feeds_is_escaped_and_the_built_in_body_is_not():
    body = write("{{ entry.title }}|{{ builtin }}", view(title="<b> & co")).body
    assert body.startswith("&lt;b&gt; &amp; co|<b>🔴")
    assert write("> {{ entry.title }}", view(title="<b> & co"), Format.TEXT).body == "> <b> & co"


def test_it_gets_what_a_webhook_gets_and_a_clock():
    source = (
        "{% for c in changes %}{{ c.what }} {{ c.from }}-{{ c.to }}{% endfor %} {{ seen_at | time('%H:%M', timezone) }}"
    )
    assert write(source + " ", development()).body == "killed 12-15 16:02"


def test_json_must_be_json():
    message = write('{"text": {{ entry.title | tojson }}}', view(title='Say "raid"'), Format.JSON, limit=None)
    assert message.body == '{"text": "Say \\"raid\\""}'
    with pytest.raises(TemplateFault, match="writes no JSON"):
        styled("hello", Format.JSON, None)


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("a\n{% if %}", 2, "Expected an expression"),
        ("a\n\n{{ entry.titel }}", 3, "no attribute 'titel'"),
        ("{{ nothing }}", 1, "'nothing' is undefined"),
        ("a\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
        ("{{ entry | nofilter }}", 1, "No filter named 'nofilter'"),
        ("{% include 'x' %}", 1, "no loader"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", 1, "is unsafe"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", 1, "OverflowError"),
        ("   ", 1, "writes nothing"),
        ("{{ 'x' * 5000 }}", 1, "writes 5000 characters, 4096 are the most"),
        ("{{ changes[0].what }}", 1, "no element 0"),
    ],
)
def test_a_faulty_one_is_found_before_it_is_used(source, line, told):
    with pytest.raises(TemplateFault, match=told) as fault:
        styled(source)
    assert fault.value.line == line


def test_one_that_fails_later_falls_back_to_the_built_in_one_and_says_so():
    builtin = render(view(), Style(Format.HTML), action=Action.NEW, ref=None, tz=ZoneInfo("UTC"))
    source = "one\n{% if entry.author %}{{ 1 / 0 }}{% endif %}"
    alert = view()
    assert write(source, alert).fault == ""
    failed = write(source, replace(alert, entry=replace(alert.entry, author="A")), tz=ZoneInfo("UTC"))
    assert failed.fault == "alert.j2:2: ZeroDivisionError: division by zero"
    assert failed.body == builtin.body


def test_alarms_do_not_depend_on_it():
    alarm = view(kind=AlertKind.ALARM, text="feed x has failed", rule_title="Feed x")
    assert write(SHORT, alarm, Format.TEXT).body == "⚙️ Feed x\nfeed x has failed"
