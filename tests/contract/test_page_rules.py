"""The page's views of rules and deliveries, on a real database."""

from datetime import timedelta

import pytest
from pageseed import EVIL, NOW, RAID, tree
from sqlalchemy import update

from watcher.model import Suppressed, SuppressReason
from watcher.store import alarms, sendings
from watcher.store.schema import deliveries
from watcher.web.page import BusyError


def cells(answer, region):
    found = tree(answer).xpath(f"//*[@role='region'][@aria-label='{region}' or @aria-labelledby='{region}']//tbody/tr")
    return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in found]


def tell(seeded, number, **values):
    with seeded.store.write() as connection:
        connection.execute(update(deliveries).where(deliveries.c.pk == number).values(values))


def test_deliveries_tell_what_became_of_each(seeded, page):
    tell(seeded, 1, state="sent", sent_at=NOW + timedelta(minutes=1), attempts=1)
    tell(seeded, 2, state="dead", reason=f"chat not found {EVIL}", attempts=4)
    tell(seeded, 3, state="suppressed", reason="merged_into_message")
    newest = cells(page.get("/deliveries"), "all")
    assert [row[3].split()[0] for row in newest] == ["pending", "suppressed", "dead", "sent"]
    assert newest[1][3] == "suppressed merged into message"
    assert newest[2][3:5] == [f"dead chat not found {EVIL} Send again delivery 2", "4"]
    assert newest[3] == [
        "2026-05-01 12:00", "desk", f"{RAID} alert by IS figure captured or killed, new", "sent", "1",
        "2026-05-01 12:01",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        pytest.param("state=dead", 1, id="state"),
        pytest.param("receiver=desk", 4, id="receiver"),
        pytest.param("receiver=nobody", 0, id="no such receiver"),
        pytest.param("state=odd", 4, id="no such state"),
        pytest.param("before=3", 2, id="older"),
    ],
)
def test_deliveries_by_state_and_receiver(seeded, page, asked, count):
    tell(seeded, 2, state="dead")
    assert len(cells(page.get(f"/deliveries?{asked}"), "all")) == count


def test_an_alarm_is_told_by_its_sentence(seeded, page):
    with seeded.store.write() as connection:
        alarms.raise_alarm(connection, "feed:sohr", "SOHR cannot be fetched", ["desk"], NOW)
    assert cells(page.get("/deliveries"), "all")[0][2] == "SOHR cannot be fetched alarm"


def test_what_waits_is_told_by_receiver(page):
    assert cells(page.get("/deliveries"), "queue")[0][:3] == ["desk", "4", "2026-05-01 12:00"]


def test_what_was_held_back_has_its_reason(seeded, page):
    held = Suppressed("raid", SuppressReason.SILENCED, "desk", "silence 3")
    seeded.enter("daily", "Nothing to tell", suppressed=(held,), after=200)
    told = [["2026-05-01 15:20", "IS figure captured or killed", "desk", "Nothing to tell", "silenced: silence 3"]]
    assert cells(page.get("/suppressed"), "Held back") == told


def test_every_state_of_a_delivery_can_be_asked_for():
    assert set(sendings.STATES) == set(deliveries.c.state.comment.replace(" or", ",").replace(" ", "").split(","))


def test_rules_show_their_alerts_over_time(page):
    rows = cells(page.get("/rules"), "Rules")
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        ("IS figure captured or killed", "severe", "desk", "3"),
        ("Floods & <b>storms</b>", "moderate", "desk", "1"),
    ]
    labels = tree(page.get("/rules")).xpath("//svg/@aria-label")
    assert labels[0] == "Alerts a day of IS figure captured or killed: 3 in 30 days, at most 3, 3 today"


def test_rules_do_not_show_what_could_not_be_counted(page, monkeypatch):
    def slow(*_):
        raise BusyError("That took longer.")

    monkeypatch.setattr("watcher.store.counts.alerts_by_day", slow)
    assert cells(page.get("/rules"), "Rules")[0][3:] == ["not counted in time", ""]
    assert "not counted in time" in page.get("/rules/raid").text


def test_a_text_is_tried_on_all_rules(page):
    found = tree(page.get("/rules", params={"text": "Flood in Valencia"}))
    told = [" ".join(one.text_content().split()) for one in found.xpath("//main/p")]
    assert "1 of 2 rules matches." in told
    assert found.xpath("string(//textarea)") == "Flood in Valencia"
    assert [one.strip() for one in found.xpath("//details/summary/text()")] == [
        "IS figure captured or killed: no match"
    ]


def test_the_condition_tree_marks_what_is_met_and_what_is_missing(page):
    found = tree(page.get("/rules/raid", params={"text": "Daesh leader arrested\nIn Mosul, Iraq"}))
    lines = [" ".join(one.xpath("string(.)").split()) for one in found.xpath("//ul[@class='tree']//li[not(.//li)]")]
    assert lines[0].startswith("✓met: ")
    assert any(line.startswith("✗not met: ") and "SY" in line for line in lines)
    assert {"Daesh", "arrested"} <= set(found.xpath("//ul[@class='tree']//mark/text()"))
    assert "It would match with" in found.xpath("string(//main)")


def test_a_rule_shows_its_condition_examples_and_newest_alerts(page):
    found = tree(page.get("/rules/raid"))
    assert "region: SY" in found.xpath("string(//pre)")
    text = " ".join(found.xpath("string(//main)").split())
    assert "Daesh leader arrested in Aleppo, Syria" in text
    assert "Daesh leader arrested in Mosul" in text
    assert found.xpath("//li/a[@href='/stories/1']")
    examples = found.xpath("//a[starts-with(@href, '/rules/raid?text=')]/@href")
    assert "met" in page.get(examples[0]).text


@pytest.mark.parametrize(
    "text", [EVIL, f"</textarea>{EVIL}", '"><svg onload=alert(1)>', "{{ 7 * 191 }}", "' onfocus='alert(1)"]
)
def test_what_is_tried_is_text(page, text):
    for path in ("/rules", "/rules/raid", "/rules/flood"):
        answer = page.get(path, params={"text": text})
        found = tree(answer)
        assert found.xpath("string(//textarea)") == text
        assert not found.xpath("//script | //*[@onload or @onfocus]")
        assert "1337" not in answer.text


def test_a_text_that_is_too_long_is_cut(page):
    found = tree(page.get("/rules", params={"text": "flood " * 2000}))
    assert len(found.xpath("string(//textarea)")) <= 2000


@pytest.mark.parametrize("path", ["/rules/none", "/rules/..%2f..%2fetc%2fpasswd", "/rules/%3Cscript%3E"])
def test_a_rule_that_is_not_there(page, path):
    answer = page.get(path)
    assert answer.status_code == 404
    assert "<script>" not in answer.text
