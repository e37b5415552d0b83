"""Forms of the page: what is taken and what is not, whoever sends it, and what becomes of it."""

import sqlite3
from datetime import timedelta

import pytest
from pageseed import ADDRESS, EVIL, NOW, said, send, tree
from sqlalchemy import select, update

from watcher.store import outbox, reading, responses, silences
from watcher.store.schema import deliveries, metadata
from watcher.web import Door

FORMS = [
    pytest.param("/silences", "/do/silence", {"rule": "raid", "lasting": "2h"}, id="silence"),
    pytest.param("/stories/1", "/do/split", {}, id="split"),
    pytest.param("/stories/1", "/do/join", {"other": "4"}, id="join"),
    pytest.param("/deliveries?state=dead", "/do/resend", {}, id="resend"),
]


@pytest.fixture(autouse=True)
def dead(seeded):
    """A delivery that was given up."""
    tell(seeded, 4, state="dead", reason=f"chat not found {EVIL}", attempts=12, told_in=3)


def tell(seeded, number, **values):
    with seeded.store.write() as connection:
        connection.execute(update(deliveries).where(deliveries.c.pk == number).values(values))


def states(seeded):
    """What became of each delivery."""
    with seeded.store.read() as connection:
        rows = connection.execute(select(deliveries).order_by(deliveries.c.pk))
        return [(row.action, row.state, row.reason) for row in rows]


def labelled(seeded, kind):
    with seeded.store.read() as connection:
        rows = responses.labelled(connection, kind)
    return [(row["entry"], row["other"], row["story"], row["by"]) for row in rows]


def members(seeded, story):
    with seeded.store.read() as connection:
        return [row["number"] for row in reading.story_members(connection, story)]


def holding(seeded):
    with seeded.store.read() as connection:
        return silences.active_silences(connection, seeded.now)


def changed(seeded):
    """Everything in the database, to see whether anything was changed."""
    with seeded.store.read() as connection:
        return {table.name: connection.execute(select(table)).all() for table in metadata.sorted_tables}


def filled(client, view, path, more):
    """The fields of a view's form as a browser would send them."""
    form = tree(client.get(view)).xpath("//form[@action=$path]", path=path)[0]
    return dict(form.form_values()) | more


# ---------------------------------------------------------------- silences


def test_a_silence_is_made_listed_and_ended(seeded, page):
    answer = send(page, "/silences", "/do/silence", rule="raid", region="sy-hl", lasting="2h", comment="drill")
    assert answer.url.path == "/silences" and answer.history[0].status_code == 303
    assert said(answer) == "Silence 1 holds until 2026-05-01 18:00: rule raid, region SY-HL."
    (silence,) = holding(seeded)
    assert (silence.rule, silence.region, silence.expires_at) == ("raid", "SY-HL", seeded.now + timedelta(hours=2))
    assert silence.comment == "drill by page:testclient"
    assert said(send(page, "/silences", "/do/silence/end")) == "Silence 1 has ended; it held back nothing."
    assert holding(seeded) == ()
    assert "rule raid, region SY-HL" in page.get("/silences").text
    told = [event for event in seeded.events if event["event"] == "changed_by_hand"]
    assert [(one["what"], one["by"]) for one in told] == [
        ("silence", "page:testclient"), ("silence ended", "page:testclient")
    ]  # fmt: skip


def test_ending_it_twice_changes_nothing(seeded, page):
    send(page, "/silences", "/do/silence", rule="raid")
    twice = filled(page, "/silences", "/do/silence/end", {})
    page.post("/do/silence/end", data=twice, headers={"Origin": ADDRESS})
    before = changed(seeded)
    again = page.post("/do/silence/end", data=twice, headers={"Origin": ADDRESS})
    assert said(again) == "No such silence holds any more."
    assert changed(seeded) == before


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param({}, "Say what to silence", id="nothing"),
        pytest.param({"rule": "none"}, "No rule is named 'none'", id="rule"),
        pytest.param({"feed": "none"}, "No feed is named 'none'", id="feed"),
        pytest.param({"receiver": "none"}, "No receiver is named 'none'", id="receiver"),
        pytest.param({"region": "Atlantis"}, "no ISO 3166 code", id="region"),
        pytest.param({"story": "-1"}, "is no story's number", id="story"),
        pytest.param({"story": "999"}, "No story has the number 999", id="unknown story"),
        pytest.param({"rule": "raid", "lasting": "soon"}, "not a duration", id="time"),
        pytest.param({"rule": "raid", "lasting": ""}, "not a duration", id="no time"),
        pytest.param({"rule": "raid", "lasting": "999999999w"}, "longer than", id="too long"),
        pytest.param({"rule": "raid", "lasting": "0s"}, "at most", id="no time at all"),
        pytest.param({"word": EVIL, "rule": EVIL}, "No rule", id="markup"),
    ],
)
def test_a_silence_that_cannot_be_is_told_and_what_was_written_stays(seeded, page, fields, told):
    answer = send(page, "/silences", "/do/silence", **fields)
    assert told in said(answer)
    assert holding(seeded) == ()
    form = dict(tree(answer).xpath("//form[@action='/do/silence']")[0].form_values())
    kept = fields if fields.keys() & {"story", "region", "word"} else {}
    assert {name: form[name] for name in kept if name != "rule"} == {n: v for n, v in kept.items() if n != "rule"}
    assert "<script>" not in answer.text


# ---------------------------------------------------------------- stories


def test_a_copy_is_split_off_and_what_was_withheld_for_it_is_sent(seeded, page):
    tell(seeded, 1, state="sent", sent_at=NOW)
    answer = send(page, "/stories/1", "/do/split")
    assert said(answer) == "1 entry became story 5; 1 message that had been withheld for it will be sent."
    assert answer.url.path == "/stories/5"
    assert (members(seeded, 1), members(seeded, 5)) == ([1, 3], [2])
    assert labelled(seeded, responses.DUPLICATE) == [(2, None, 1, "page:testclient")]
    assert states(seeded)[4:] == [("new", "pending", ""), ("edit", "pending", "")], "and the message names it no more"
    assert [one["event"] for one in seeded.events] == ["regrouped", "changed_by_hand", "looked for what is due"]
    assert seeded.events[1] == {
        "event": "changed_by_hand", "by": "page:testclient", "what": "split", "entry": 2, "story": 5, "entries": 1,
        "sent": 1,
    }  # fmt: skip


def test_a_copy_is_split_off_once(seeded, page):
    fields = filled(page, "/stories/1", "/do/split", {})
    for told in ("became story 5", "It is no copy any more."):
        assert told in said(page.post("/do/split", data=fields, headers={"Origin": ADDRESS}))
    assert len(states(seeded)) == 5
    assert len(labelled(seeded, responses.DUPLICATE)) == 1


@pytest.mark.parametrize("entry", ["1", "4", "99", "x", "", "99999999999999999999"])
def test_what_leads_a_story_or_is_not_there_is_not_split_off(seeded, page, entry):
    before = changed(seeded)
    assert "no copy" in said(send(page, "/stories/1", "/do/split", entry=entry))
    assert changed(seeded) == before


def test_two_stories_become_one_and_the_first_message_is_edited(seeded, page):
    tell(seeded, 1, state="sent", sent_at=NOW)
    seeded.enter("sohr", "Daesh leader arrested near Aleppo, Syria", after=210)
    answer = send(page, "/stories/5", "/do/join", other="1")
    assert answer.url.path == "/stories/1"
    assert said(answer) == "Story 5 was put into this one: 1 entry."
    assert members(seeded, 1) == [1, 2, 3, 5]
    assert labelled(seeded, responses.SAME) == [(5, 1, 5, "page:testclient")]
    assert states(seeded)[4:] == [("new", "suppressed", "merged_into_message"), ("edit", "pending", "")]
    assert page.get("/stories/5").url.path == "/stories/1"
    assert "joined by reader" in page.get("/stories/1").text
    assert {"event": "regrouped"} in seeded.events


def test_the_message_that_was_sent_is_edited_where_that_of_the_older_story_died(seeded, page):
    tell(seeded, 1, state="dead")
    seeded.enter("sohr", "Daesh leader arrested near Aleppo, Syria", after=210)
    tell(seeded, 5, state="sent", sent_at=NOW, ref="7")
    send(page, "/stories/5", "/do/join", other="1")
    with seeded.store.write() as connection:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.state == "pending", deliveries.c.action != "edit")
            .values(state="sent")
        )
        edit = outbox.claim_next(connection, "desk", NOW + timedelta(days=1))
        assert edit.action == "edit"
        assert (first := outbox.first_message(connection, edit))
        assert (first.state, first.ref) == ("sent", "7")


def test_who_split_wrongly_can_put_together_and_the_other_way_round(seeded, page):
    seeded.enter("sohr", "Daesh leader arrested near Aleppo, Syria", after=210)
    send(page, "/stories/1", "/do/join", other="5")
    assert labelled(seeded, responses.SAME)
    answer = send(page, "/stories/1", "/do/split", entry="5")
    assert said(answer) == "1 entry became story 6; 1 message that had been withheld for it will be sent."
    assert states(seeded)[4] == ("new", "pending", ""), "it was held back for the first story's sake only"
    assert (labelled(seeded, responses.SAME), len(labelled(seeded, responses.DUPLICATE))) == ([], 1)
    send(page, "/stories/6", "/do/join", other="1")
    assert labelled(seeded, responses.DUPLICATE) == []
    assert members(seeded, 1) == [1, 2, 3, 5]


def test_a_rule_that_only_the_second_story_met_still_tells_of_it(seeded, page):
    seeded.enter("sohr", "Flood in Aleppo", after=210)
    before = states(seeded)
    send(page, "/stories/1", "/do/join", other="5")
    assert states(seeded) == before


@pytest.mark.parametrize("other", ["1", "99", "0", "x", "-4", "99999999999999999999", EVIL])
def test_what_is_not_two_stories_is_not_put_together(seeded, page, other):
    before = changed(seeded)
    answer = send(page, "/stories/1", "/do/join", other=other)
    assert said(answer).startswith("There is no other story")
    assert "<script>" not in answer.text
    assert changed(seeded) == before


# ---------------------------------------------------------------- deliveries


def test_a_dead_delivery_is_sent_again_as_if_it_had_not_been_tried(seeded, page):
    with seeded.store.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO attempts (delivery, started_at, outcome, detail) VALUES (4, '2026-04-01', 'unknown', '')"
        )
    assert said(send(page, "/deliveries?state=dead", "/do/resend")) == "1 dead delivery to desk will be sent again."
    assert states(seeded)[3] == ("new", "pending", "sent again, as page:testclient asked")
    with seeded.store.write() as connection:
        claims = [outbox.claim_next(connection, "desk", seeded.now) for _ in range(4)]
    again = next(claim for claim in claims if claim.pk == 4)
    assert (again.attempts, again.first_tried_at, again.first_due_at) == (1, seeded.now, seeded.now)
    assert claims[0].first_tried_at == seeded.now


def test_all_dead_deliveries_of_a_receiver_are_sent_again(seeded, page):
    tell(seeded, 2, state="dead", reason="x")
    answer = send(page, "/deliveries?state=dead&receiver=desk", "/do/resend")
    assert said(answer) == "2 dead deliveries to desk will be sent again."
    assert {state for _, state, _ in states(seeded)} == {"pending"}


def test_what_is_not_dead_or_has_no_receiver_is_not_sent_again(seeded, page):
    fields = filled(page, "/deliveries?state=dead", "/do/resend", {})
    for more, told in (
        ({"delivery": "1"}, "not dead"),
        ({"receiver": EVIL}, "no receiver"),
        ({"delivery": "99"}, "not"),
    ):
        before = changed(seeded)
        answer = page.post("/do/resend", data=fields | more, headers={"Origin": ADDRESS})
        assert told in said(answer) and "<script>" not in answer.text
        assert changed(seeded) == before
    tell(seeded, 4, receiver="gone")
    assert not tree(page.get("/deliveries?state=dead")).xpath("//form[@action='/do/resend']")


# ---------------------------------------------------------------- who may send what


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 403, id="no Origin"),
        pytest.param({"Origin": "https://evil.example"}, 403, id="another site"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed frame"),
        pytest.param({"Origin": "http://127.0.0.1:9999"}, 403, id="another port of this machine"),
        pytest.param({"Origin": "http://127.0.0.1"}, 403, id="no port"),
        pytest.param({"Origin": "http://localhost:8642"}, 403, id="another name of this machine"),
        pytest.param({"Origin": f"{ADDRESS}.evil.example"}, 403, id="a name that begins well"),
        pytest.param({"Origin": "file://127.0.0.1:8642"}, 403, id="no site of the web"),
        pytest.param({"Origin": ADDRESS, "Sec-Fetch-Site": "cross-site"}, 403, id="the browser knows better"),
        pytest.param({"Origin": ADDRESS, "Sec-Fetch-Site": "same-site"}, 403, id="a neighbour"),
        pytest.param({"Origin": ADDRESS, "Host": "evil.example"}, 421, id="DNS rebinding"),
        pytest.param({"Origin": "http://evil.example", "Host": "evil.example"}, 421, id="DNS rebinding, own Origin"),
        pytest.param({"Origin": ADDRESS, "Content-Type": "text/plain"}, 415, id="no form"),
        pytest.param({"Origin": ADDRESS, "Content-Type": "multipart/form-data; boundary=x"}, 415, id="another form"),
        pytest.param({"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}, 303, id="the page itself"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("view", "path", "more"), FORMS)
def test_only_the_page_itself_can_send_a_form(seeded, page, view, path, more, headers, status):
    fields = filled(page, view, path, more)
    before = changed(seeded)
    answer = page.post(path, data=fields, headers=headers, follow_redirects=False)
    assert answer.status_code == status
    assert (changed(seeded) == before) == (status != 303)
    assert answer.headers["content-security-policy"]


@pytest.mark.parametrize(("view", "path", "more"), FORMS)
def test_a_form_goes_with_the_browser_that_it_was_shown_to(seeded, page, view, path, more):
    fields, before = filled(page, view, path, more), changed(seeded)
    other, headers = seeded.client(), {"Origin": ADDRESS}
    assert other.post(path, data=fields, headers=headers).status_code == 403, "no cookie, and another daemon's seal"
    cookie = page.cookies["watcher_page"]
    for seal in ("", "0" * 64, cookie, "é" * 64):
        answer = page.post(path, data=fields | {"seal": seal}, headers=headers, follow_redirects=False)
        assert answer.status_code == 403, seal
        assert "Open the view again" in answer.text
    page.cookies.clear()
    assert page.post(path, data=fields, headers=headers).status_code == 403
    page.cookies.set("watcher_page", "x" * 43)
    assert page.post(path, data=fields, headers=headers).status_code == 403
    assert changed(seeded) == before


def test_the_cookie_goes_to_no_other_site_and_no_script(page):
    told = page.get("/silences").headers["set-cookie"].lower()
    assert "samesite=strict" in told and "httponly" in told
    assert "set-cookie" not in page.get("/silences").headers


@pytest.mark.parametrize(("view", "path", "more"), FORMS)
def test_nothing_is_changed_by_get(seeded, page, view, path, more):
    fields, before = filled(page, view, path, more), changed(seeded)
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = page.request(method, path, params=fields, headers={"Origin": ADDRESS})
        assert answer.status_code == 405, method
    assert changed(seeded) == before


@pytest.mark.parametrize(("view", "path", "more"), FORMS)
def test_the_token_is_asked_for(seeded, view, path, more):
    client, me = seeded.client(Door("open sesame", takes_forms=True)), ("anna\n[31m", "open sesame")
    fields = dict(tree(client.get(view, auth=me)).xpath("//form[@action=$p]", p=path)[0].form_values()) | more
    before = changed(seeded)
    for auth in (None, ("anna", "wrong")):
        assert client.post(path, data=fields, headers={"Origin": ADDRESS}, auth=auth).status_code == 401
    assert changed(seeded) == before
    assert client.post(path, data=fields, headers={"Origin": ADDRESS}, auth=me).status_code == 200
    assert [one["by"] for one in seeded.events if one["event"] == "changed_by_hand"] == ["page:anna [31m"]


@pytest.mark.parametrize(("view", "path", "more"), FORMS)
def test_behind_a_proxy_the_origin_may_be_its_name_and_the_user_as_it_says(seeded, view, path, more):
    client = seeded.client(Door(hosts=("watcher.example.org",), takes_forms=True))
    fields, user = filled(client, view, path, more), {"X-Forwarded-User": "anna"}
    evil = user | {"Origin": "https://other.example.org"}
    assert client.post(path, data=fields, headers=evil).status_code == 403
    named = user | {"Origin": "https://watcher.example.org"}
    assert client.post(path, data=fields, headers=named, follow_redirects=False).status_code == 303
    assert {one["by"] for one in seeded.events if one["event"] == "changed_by_hand"} == {"page:anna"}


@pytest.mark.parametrize(("view", "path", "more"), FORMS)
def test_a_page_that_only_reads_has_no_forms_and_takes_none(seeded, page, view, path, more):
    fields = filled(page, view, path, more)
    reading = seeded.client(takes_forms=False)
    answer = reading.get(view)
    assert not tree(answer).xpath("//form[@method='post']")
    assert "set-cookie" not in answer.headers
    before = changed(seeded)
    assert reading.post(path, data=fields, headers={"Origin": ADDRESS}).status_code == 405
    assert changed(seeded) == before


# ---------------------------------------------------------------- odd and large ones


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"a=" + b"x" * 70_000, 413, id="too large"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(100)), 400, id="too many fields"),
        pytest.param(b"seal=\xff\xfe", 400, id="no ASCII"),
        pytest.param(b"", 403, id="empty"),
        pytest.param(b"seal=%00%ff&rule=%ed%a0%80", 403, id="no UTF-8"),
        pytest.param(b"seal", 403, id="no value"),
    ],
)
def test_a_form_of_any_size_and_kind_is_survived(seeded, page, body, status):
    kind = {"Origin": ADDRESS, "Content-Type": "application/x-www-form-urlencoded"}
    before = changed(seeded)
    assert page.post("/do/silence", content=body, headers=kind).status_code == status
    assert page.post("/do/silence", content=iter([body[:9], body[9:]]), headers=kind).status_code == status
    assert changed(seeded) == before


def test_a_form_that_lies_about_its_length_is_refused(page):
    kind = {"Origin": ADDRESS, "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "9" * 30}
    assert page.post("/do/silence", content=b"a=1", headers=kind).status_code == 413


def test_another_program_at_the_database_is_told_and_nothing_is_lost(seeded, page, monkeypatch):
    monkeypatch.setattr("watcher.web.forms.WAIT_S", 0.2)
    fields = filled(page, "/silences", "/do/silence", {"rule": "raid"})
    with sqlite3.connect(seeded.store.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = page.post("/do/silence", data=fields, headers={"Origin": ADDRESS})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "nothing was changed" in answer.text
        other.execute("ROLLBACK")
    assert holding(seeded) == ()
    assert page.post("/do/silence", data=fields, headers={"Origin": ADDRESS}).status_code == 200
    assert len(holding(seeded)) == 1


def test_a_daemon_at_work_on_something_long_does_the_change_later_and_says_so(seeded, page, monkeypatch):
    import threading

    monkeypatch.setattr("watcher.web.forms.QUEUED_S", 0.2)
    fields, free = filled(page, "/silences", "/do/silence", {"rule": "raid"}), threading.Event()
    seeded.writer._pool.submit(free.wait)
    try:
        answer = page.post("/do/silence", data=fields, headers={"Origin": ADDRESS})
        assert answer.status_code == 503 and "as soon as that ends" in answer.text
    finally:
        free.set()
    seeded.writer._pool.submit(int).result(10)
    assert len(holding(seeded)) == 1
    assert [one["what"] for one in seeded.events if one["event"] == "changed_by_hand"] == ["silence"]


def test_what_is_said_of_a_form_is_shown_to_its_sender_only_and_cannot_be_made_up(seeded, page):
    answer = send(page, "/silences", "/do/silence", word=EVIL, lasting="1h")
    assert f"word {EVIL}" in said(answer) and "<script>" not in answer.text
    assert said(page.get(str(answer.url))) == said(answer), "to read it again changes nothing"
    page.cookies.clear()
    assert said(page.get(str(answer.url))) == ""
    assert said(page.get("/silences?told=You+have+won")) == ""


def test_silences_show_what_they_held(seeded, page):
    send(page, "/silences", "/do/silence", rule="raid", lasting="2h")
    with seeded.store.write() as connection:
        connection.exec_driver_sql(
            "UPDATE deliveries SET state = 'suppressed', reason = 'silenced: silence 1' WHERE pk IN (1, 2)"
        )
    assert "2 from desk" in page.get("/silences").text
    seeded.now += timedelta(days=1)
    found = tree(page.get("/silences"))
    assert "2 from desk" in " ".join(found.xpath("string(//*[@aria-labelledby='ended'])").split())
    assert found.xpath("//h2[@id='holding']/following-sibling::p[1]/text()") == ["None."]
