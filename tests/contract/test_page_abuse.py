"""Nothing that a feed, a rule, a receiver or a reader says is anything but text on the page."""

import json
from dataclasses import asdict, replace
from datetime import timedelta

import pageseed
import pytest
from lxml import etree
from pageseed import ADDRESS, NOW, Seeded, send, tree
from sqlalchemy import update

from watcher.model import Change, Place, Relation, Silence, Suppressed, SuppressReason
from watcher.store import alarms, polls, silences
from watcher.store.schema import attempts, deliveries, entries

#: Ways out of text, out of an attribute, out of a textarea, into a template and into a line of the log.
EVIL = "\"'></textarea></title><script>alert(1)</script><img src=x onerror=alert(2)>{{'ab'*6}}"
LINKS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "\x01javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd",
    "//evil.example/x", "https:evil",
    "https://x.example/\" onclick=\"alert(1)", "&#106;avascript:alert(1)",
)  # fmt: skip
VIEWS = (
    "/", "/?live=off", "/fresh?after=0", "/stories", "/stories/1", "/stories/1?from=2&to=1", "/stories/1?all=1", "/map",
    "/map?region=SY", "/feeds", "/deliveries", "/deliveries?state=dead", "/deliveries?state=dead&receiver=desk",
    "/suppressed", "/silences", "/rules", "/rules?text=Flood", "/rules/flood", "/rules/flood?text=Flood",
    "/edit?file=rules/r.yaml", "/stories?q=alert", "/?q=alert",
)  # fmt: skip


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A database, a configuration and rules that are full of it."""
    rules = pageseed.RULES.replace('"Floods & <b>storms</b>"', quoted(EVIL)).replace(
        "match: [Flood in Valencia]", f"match: [{quoted('Flood ' + EVIL)}]"
    )
    rules = rules.replace("  - id: flood", f"  - id: flood\n    description: {quoted(EVIL)}")
    monkeypatch.setattr(pageseed, "RULES", rules)
    monkeypatch.setattr(pageseed, "CONFIG", pageseed.CONFIG.replace("title: SOHR", f"title: {quoted(EVIL)}"))
    made = Seeded(tmp_path).usual()
    more = {"credits": EVIL, "changes": (Change(EVIL, EVIL, EVIL),), "story": 4, "id": EVIL}
    made.enter("sohr", f"Flood {EVIL}", f"{EVIL} in Aleppo, Syria", after=205, relation=Relation.DEVELOPMENT, **more)
    for n, address in enumerate(LINKS):
        made.enter("sohr", f"Flood {n} {EVIL}", EVIL, after=210 + n, link=address, suppressed=held())
    with made.store.write() as connection:
        alarms.raise_alarm(connection, f"feed:{EVIL}", EVIL, ["desk"], NOW)
        until = NOW + timedelta(days=1)
        silences.add_silence(connection, Silence(NOW, until, rule=EVIL, word=EVIL, comment=EVIL, receiver=EVIL))
        silences.add_silence(connection, Silence(NOW, NOW, feed=EVIL, comment=EVIL))
        state = polls.all_feed_states(connection)["sohr"]
        said = {"last_error": EVIL, "moved_to": EVIL, "notes": (EVIL,), "signs": {"silent": EVIL}}
        state = replace(state, failing_since_at=NOW, failures=3, **said)
        polls.save_feed_state(connection, state)
        dead = {"state": "dead", "reason": EVIL}
        connection.execute(update(deliveries).where(deliveries.c.pk < 4).values(dead))
        connection.execute(
            attempts.insert(), [{"delivery": 1, "started_at": NOW, "outcome": "rejected", "detail": EVIL}]
        )
        place = asdict(Place(EVIL, "title", 0, 5, "SY", "SY-HL", 36.2, 37.1, 0.9))
        connection.execute(
            update(entries).where(entries.c.pk == 5).values(places=[place], author=EVIL, categories=[EVIL])
        )
    yield made
    made.close()


def held():
    return (
        Suppressed("flood", SuppressReason.SILENCED, EVIL, EVIL),
        Suppressed(EVIL, SuppressReason.MUTED, None, EVIL),
    )


def harmless(answer):
    """A view that holds nothing but our own markup; return its tree."""
    found = tree(answer)
    scripts = found.xpath("//script/@src")
    assert not found.xpath("//script[not(@src) or normalize-space()]")
    assert set(scripts) <= {"/static/htmx.min.js", "/static/map.js"}
    assert not found.xpath("//img | //iframe | //object | //embed | //base | //*[@style]")
    for element in found.iter(etree.Element):
        assert not [name for name in element.attrib if name.lower().startswith("on")], etree.tostring(element)
        asks = [name for name in element.attrib if name.startswith(("hx-", "data-hx"))]
        assert not asks or element.tag == "div" or element.get("id") == "news" or element.get("action") == "/map"
    for address in found.xpath("//@href | //@src | //@action | //@hx-get"):
        assert address.startswith(("https://", "http://", "/", "#")) and not address.startswith("//"), address
    assert "ab" * 6 not in answer.text
    return found


@pytest.mark.parametrize("view", VIEWS)
def test_whatever_is_said_is_text(hostile, view):
    answer = hostile.client().get(view)
    found = harmless(answer)
    assert "alert(1)" in found.text_content() or view == "/map?region=SY"


def test_drafts_and_their_faults_are_text(hostile):
    client = hostile.client()
    text = f"rules:\n  - id: x\n    title: {quoted(EVIL)}\n    when: {{any: [{quoted('/' + EVIL + '(/')}]}}\n"
    answer = send(client, "/edit?file=rules/r.yaml", "/do/draft", text=text)
    while "hx-get" in answer.text:
        harmless(answer)
        answer = client.get(str(answer.url))
    assert "alert(1)" in harmless(answer).text_content()


def test_what_is_said_after_a_form_is_text(hostile):
    client = hostile.client()
    for view, path, fields in (
        ("/silences", "/do/silence", {"word": EVIL, "comment": EVIL}),
        ("/silences", "/do/silence", {"rule": EVIL}),
        ("/silences", "/do/silence", {"word": EVIL, "lasting": EVIL}),
        ("/stories/4", "/do/join", {"other": EVIL}),
        ("/stories/4", "/do/split", {"entry": EVIL}),
        ("/deliveries?state=dead", "/do/resend", {"receiver": EVIL}),
        ("/edit?file=rules/r.yaml", "/do/draft", {"file": EVIL}),
    ):
        harmless(send(client, view, path, **fields))
    assert all("\n" not in str(one.get("by")) for one in hostile.events)


def test_who_sends_a_form_is_text_and_one_line(hostile):
    client = hostile.client()
    form = tree(client.get("/silences")).xpath("//form[@action='/do/silence']")[0]
    user = {"X-Forwarded-User": EVIL + "\x1b[31m" + "x" * 500, "Origin": ADDRESS}
    answer = client.post("/do/silence", data=dict(form.form_values()) | {"word": "x"}, headers=user)
    harmless(answer)
    (by,) = [one["by"] for one in hostile.events if one["event"] == "changed_by_hand"]
    assert len(by) <= 70 and by.isprintable()


@pytest.mark.parametrize("path", ["/api/alerts", "/api/stories", "/api/stories/4", "/feeds/flood.atom"])
def test_other_programs_get_it_as_data(hostile, path):
    answer = hostile.client().get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    if path.endswith(".atom"):
        document = etree.fromstring(answer.content)
        assert not list(document.iter("{*}script"))
        assert all(link.get("href").startswith("http") for link in document.iter("{*}link"))
        return
    assert answer.headers["content-type"] == "application/json"
    links = [link for link in _links(answer.json()) if link is not None]
    assert all(link.startswith(("https://", "http://")) for link in links)


def _links(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "link":
                yield inner
            yield from _links(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _links(inner)
