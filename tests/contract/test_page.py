"""The page on a real database, asked as a browser asks."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from pageseed import EVIL, NOW, RAID, Seeded, tree

from watcher import lease
from watcher.model import Feed, FeedState, Relation, Subscription
from watcher.schedule import PollPolicy
from watcher.store import alarms, browsing, polls, search, subscriptions
from watcher.web.page import BusyError
from watcher.web.views_feeds import matrix, why


def headlines(answer):
    return [" ".join(found.text_content().split()) for found in tree(answer).xpath("//article//h2")]


def test_now_shows_the_newest_alert_first_with_rule_severity_places_and_evidence(page):
    answer = page.get("/")
    assert answer.status_code == 200
    shown = headlines(answer)
    assert shown[0].endswith("Flood in Valencia")
    assert shown[1:] == [RAID, RAID]
    update, first = tree(answer).xpath("//article")[1:]
    assert first.xpath(".//*[@class='severity severe']/text()") == ["severe"]
    assert "IS figure captured or killed" in first.text_content()
    assert "Aleppo" in first.xpath("string(.//p[@class='where'])")
    assert {"Daesh", "arrests"} <= {found.text for found in first.iter("mark")}
    assert first.xpath(".//h2/a/@href") == ["https://atalayar.example/1"]
    assert first.xpath(".//h2/a/@rel") == ["noopener noreferrer"]
    assert "killed: 12 → 15" in update.xpath("string(.//p[@class='change'])")


def test_the_time_line_tells_who_was_first_who_republished_and_whom_they_credit(page):
    line = tree(page.get("/")).xpath("//article")[2].xpath(".//ol[@class='line']/li")
    told = [" ".join(one.text_content().split()) for one in line]
    assert told[0] == "2026-05-01 12:00 Atalayar first (this alert)"
    assert told[1] == "2026-05-01 14:05 +2 h 05 min SOHR republication, credits Atalayar"
    assert told[2] == "2026-05-01 15:00 +3 h 00 min Daily development; killed: 12 → 15"


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        pytest.param("rule=raid", 2, id="rule"),
        pytest.param("rule=none", 0, id="no such rule"),
        pytest.param("severity=moderate", 1, id="severity"),
        pytest.param("region=SY", 2, id="country"),
        pytest.param("region=sy-hl", 2, id="province, small letters"),
        pytest.param("region=SY-DY", 0, id="another province"),
        pytest.param("q=daesh+village", 2, id="words, in any case"),
        pytest.param("q=daesh+flood", 0, id="all of the words"),
        pytest.param("q=captur*", 2, id="any ending"),
        pytest.param("q=captur", 0, id="a word is a whole word"),
        pytest.param("q=%22leader+of+daesh%22", 2, id="a phrase"),
        pytest.param("q=%22daesh+of+leader%22", 0, id="the words of a phrase are in order"),
        pytest.param("q=NEAR(daesh+village%22", 0, id="FTS5's own words and signs are no operators"),
        pytest.param("q=50+%25", 1, id="a sign that SQL knows stands for itself"),
        pytest.param("q=5_", 0, id="another sign that SQL knows"),
        pytest.param("q='+OR+1=1--", 0, id="SQL"),
        pytest.param("rule=raid&severity=severe&region=SY&q=15", 1, id="all at once"),
        pytest.param("q=%00", 3, id="nothing"),
        pytest.param("before=3", 1, id="older ones"),
        pytest.param("before=99999999999999999999", 3, id="a number that no row has"),
    ],
)
def test_filters(page, asked, count):
    answer = page.get(f"/?{asked}")
    assert answer.status_code == 200
    assert len(headlines(answer)) == count


def test_words_of_other_scripts_are_found_in_either_case(seeded, page):
    seeded.enter("daily", "Наводнение в Валенсии", after=210)
    assert headlines(page.get("/?q=наводнение")) == ["Наводнение в Валенсии"]


@pytest.mark.parametrize("asked", ["region=Atlantis", "severity=dire", "region=<script>", "q=%25"])
def test_a_filter_that_means_nothing_is_refused_with_a_remedy(page, asked):
    answer = page.get(f"/?{asked}")
    assert tree(answer, 400).xpath("//*[@role='alert']")
    assert "<script>" not in answer.text


def test_older_alerts_are_one_step_away(seeded, page, monkeypatch):
    monkeypatch.setattr("watcher.web.views.SHOWN", 1)
    seen, address = [], "/?rule=raid"
    while address:
        answer = page.get(address)
        seen += headlines(answer)
        address = next(iter(tree(answer).xpath("//p[@class='older']/a/@href")), None)
    assert seen == [RAID, RAID]


def test_words_that_few_entries_say_are_found_in_all_history(page, monkeypatch):
    monkeypatch.setattr(browsing, "SEARCHED", 1)
    assert headlines(page.get("/?q=12+people")) == [RAID]


@pytest.mark.parametrize("asked", ["12+killed", "%2212+people%22"])
def test_a_search_looks_on_where_filters_leave_out_what_is_found(seeded, page, monkeypatch, asked):
    monkeypatch.setattr(browsing, "FIRST_LOOK", 1)
    for n in range(12):
        seeded.enter("daily", "Flood in Valencia", "12 people were killed", after=300 + n)
    for few in (0, 100):
        monkeypatch.setattr(browsing, "FEW", few)
        assert headlines(page.get(f"/?q={asked}&rule=raid")) == [RAID]


@pytest.mark.parametrize("has_index", [True, False])
def test_a_search_says_where_it_ended_and_goes_on_from_there(page, monkeypatch, has_index):
    monkeypatch.setattr(browsing, "FEW", 0)
    monkeypatch.setattr(search, "is_available", lambda: has_index)
    monkeypatch.setattr(browsing, "SEARCHED" if has_index else "SEARCHED_SLOWLY", 2)
    answer = page.get("/?q=12+people")
    assert headlines(answer) == []
    assert "Look further back" in answer.text
    address = tree(answer).xpath("//p[@class='older']/a/@href")[0]
    assert headlines(page.get(address)) == [RAID]


def test_a_span_of_a_text_that_was_revised_is_not_marked_elsewhere(seeded, page):
    with seeded.store.write() as connection:
        connection.exec_driver_sql("UPDATE entries SET title = 'Correction: ' || title, summary = '' WHERE pk = 1")
    first = tree(page.get("/")).xpath("//article")[2]
    assert [found.text for found in first.iter("mark")] == []
    assert "Daesh" in first.xpath("string(.//p[@class='matched'])")


def test_what_a_feed_or_a_rule_says_is_text_and_never_markup(page):
    answer = page.get("/")
    found = tree(answer)
    assert not found.xpath("//script[not(@src)] | //img | //*[@onerror] | //*[@style] | //b")
    assert "<script>alert(1)</script> Flood in Valencia" in headlines(answer)[0]
    assert "Floods & <b>storms</b>" in found.xpath("//article")[0].text_content()


def test_only_addresses_of_the_web_are_links(page):
    for address in tree(page.get("/")).xpath("//@href | //@src | //@action"):
        assert re.match(r"https?://|/|#", address), address


def test_a_long_story_shows_its_first_members_and_counts_the_rest(seeded, page):
    for n in range(browsing.MEMBERS + 5):
        seeded.enter("sohr", RAID, after=300 + n, story=1, relation=Relation.REPUBLICATION, id=f"copy{n}")
    line = tree(page.get("/")).xpath("//article[.//li]")[2].xpath(".//ol[@class='line']/li")
    assert len(line) == browsing.MEMBERS
    assert "8 further entries" in page.get("/").text


def test_a_view_that_cannot_read_in_time_says_so(seeded, page, monkeypatch):
    monkeypatch.setattr("watcher.web.page.READ_S", -1.0)
    monkeypatch.setattr("watcher.web.page._STEPS", 1)
    answer = page.get("/")
    assert answer.status_code == 503
    assert "longer" in answer.text
    monkeypatch.undo()
    assert page.get("/").status_code == 200


def poller(answer):
    """Where the view asks for new alerts."""
    return tree(answer).xpath("string(//*[@id='fresh']/@hx-get)")


def test_new_alerts_are_asked_for_by_the_view_and_come_once(seeded, page):
    address = poller(page.get("/"))
    assert page.get(address).status_code == 204
    seeded.enter("daily", f"{EVIL} Flood in Murcia", after=210, link="javascript:alert(4)")
    piece = page.get(address)
    assert headlines(piece) == [f"{EVIL} Flood in Murcia"]
    assert not tree(piece).xpath("//script | //h2/a | //html/head/*")
    assert tree(piece).xpath("string(//*[@role='status'])") == "1 new alert since 2026-05-01 16:00."
    assert page.get(poller(piece)).status_code == 204, "each comes once"


def test_new_alerts_come_by_the_same_filters(seeded, page):
    address = poller(page.get("/?rule=raid&region=SY&severity=severe&q=daesh"))
    seeded.enter("daily", "Flood in Murcia", after=210)
    assert page.get(address).status_code == 204
    seeded.enter("daily", "Daesh leader captured in Aleppo, Syria", after=220)
    piece = page.get(address)
    assert headlines(piece) == ["Daesh leader captured in Aleppo, Syria"]
    assert "rule=raid" in poller(piece)


def test_more_new_alerts_than_a_view_holds_are_told(seeded, page, monkeypatch):
    address = poller(page.get("/"))
    monkeypatch.setattr("watcher.web.views.SHOWN", 2)
    for n in range(3):
        seeded.enter("daily", f"Flood number {n} in Murcia", after=210 + n)
    piece = page.get(address)
    assert headlines(piece) == ["Flood number 2 in Murcia", "Flood number 1 in Murcia"]
    assert "and more: load the view" in piece.text


@pytest.mark.parametrize(
    ("asked", "asks", "loads"),
    [
        pytest.param("", True, False, id="by a script"),
        pytest.param("?live=off", False, False, id="not"),
        pytest.param("?live=reload", False, True, id="without scripts"),
        pytest.param("?live=<odd>", False, False, id="odd"),
        pytest.param("?before=3", False, False, id="older ones"),
    ],
)
def test_how_new_alerts_come_can_be_chosen(page, asked, asks, loads):
    answer = page.get(f"/{asked}")
    found = tree(answer)
    assert bool(found.xpath("//*[@hx-get] | //script[@src='/static/htmx.min.js']")) == asks
    assert (answer.headers.get("Refresh") == "60") == loads
    assert not found.xpath("//script[not(@src)]")


def test_an_empty_database_has_a_page(tmp_path):
    made = Seeded(tmp_path)
    answer = made.client().get("/")
    made.store.close()
    assert "No alerts yet" in answer.text


def test_every_answer_forbids_foreign_scripts_frames_and_other_hosts(page):
    for path in ("/", "/static/page.css", "/nowhere", "/metrics"):
        headers = page.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/static/../page.py", "/static/%2e%2e/page.py", "/static/..%2fpage.py", "/static//etc/passwd"]
)
def test_nothing_but_what_is_static_is_served(page, path):
    assert page.get(path).status_code == 404


def test_stories_are_listed_the_last_changed_first(page):
    rows = tree(page.get("/stories")).xpath("//ul[@class='rows']/li")
    assert [row.xpath("string(.//h2)").strip() for row in rows] == [f"{EVIL} Flood in Valencia", RAID]
    assert rows[1].xpath(".//h2/a/@href") == ["/stories/1"]
    assert "3 entries of 3 outlets" in " ".join(rows[1].text_content().split())
    assert "Atalayar → SOHR → Daily" in " ".join(rows[1].text_content().split())


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("q=daesh", ["/stories/1"], id="a story once, however many of its entries say it"),
        pytest.param("q=rain", ["/stories/4"], id="the text"),
        pytest.param("q=5*", [f"/stories/{n}" for n in (4,)], id="any ending"),
        pytest.param('q="coalition+captures"', ["/stories/1"], id="a later member"),
        pytest.param("q=daesh&feed=sohr", ["/stories/1"], id="feed"),
        pytest.param("q=rain&feed=sohr", [], id="another feed"),
        pytest.param("q=people&region=SY", ["/stories/1"], id="region"),
        pytest.param("q=people&region=ES", [], id="another region"),
        pytest.param("q=nowhere", [], id="nothing"),
    ],
)
@pytest.mark.parametrize("has_index", [True, False])
def test_stories_are_found_by_what_their_entries_say(page, monkeypatch, has_index, asked, found):
    monkeypatch.setattr(search, "is_available", lambda: has_index)
    assert tree(page.get(f"/stories?{asked}")).xpath("//ul[@class='rows']//h2/a/@href") == found


def test_found_stories_go_on_further_back(seeded, page, monkeypatch):
    monkeypatch.setattr("watcher.web.views_stories.SHOWN", 1)
    monkeypatch.setattr(browsing, "FIRST_LOOK", 1)
    seeded.enter("daily", "Another Daesh leader", after=300)
    found, address = [], "/stories?q=daesh"
    while address:
        answer = tree(page.get(address))
        found += answer.xpath("//ul[@class='rows']//h2/a/@href")
        address = next(iter(answer.xpath("//p[@class='older']/a/@href")), None)
    assert found[:2] == ["/stories/5", "/stories/1"]
    assert set(found[2:]) <= {"/stories/1"}


@pytest.mark.parametrize("asked", ["q=%25", "region=SY", "feed=sohr", "q=x&region=Atlantis"])
def test_a_search_for_stories_that_means_nothing_is_refused(page, asked):
    assert tree(page.get(f"/stories?{asked}"), 400).xpath("//*[@role='alert']")


def test_a_story_tells_its_origin_its_members_and_how_two_of_them_differ(page):
    found = tree(page.get("/stories/1"))
    facts = [" ".join(one.text_content().split()) for one in found.xpath("//dd")]
    assert facts == ["Atalayar", "SOHR, Daily"]
    assert found.xpath("//del/text()") == ["12"]
    assert found.xpath("//ins/text()") == ["15"]
    cells = [" ".join(one.text_content().split()) for one in found.xpath("//tbody/tr[2]/*")]
    assert cells[2:] == [
        "SOHR",
        "Coalition captures Daesh leader",
        "republication (same text), credits Atalayar",
        "0.93",
        "Split off no. 2",
    ]
    assert "alert by IS figure captured or killed" in " ".join(found.xpath("string(//main)").split())


def test_any_two_members_can_be_compared(page):
    found = tree(page.get("/stories/1?from=2&to=1"))
    assert found.xpath("//h3/bdi/text()") == ["SOHR", "Atalayar"]
    assert found.xpath("//select[@id='from']/option[@selected]/@value") == ["2"]


def test_all_members_stand_beside_the_first_with_what_differs(seeded, page):
    found = tree(page.get("/stories/1?all=1"))
    columns = found.xpath("//h2[@id='every']/following-sibling::div[1]/section")
    heads = [" ".join(one.xpath("string(h3)").split()) for one in columns]
    assert heads == ["Atalayar first", "SOHR republishing", "Daily republishing"]
    assert [one.xpath(".//del/text()") for one in columns][::2] == [[], ["12"]]
    assert [one.xpath(".//ins/text()") for one in columns][::2] == [[], ["15"]]
    assert "captures" in columns[1].xpath(".//ins/text()")
    assert "/stories/1?all=1#every" in tree(page.get("/stories/1")).xpath("//a/@href")


@pytest.mark.parametrize("asked", ["from=0", "from=99&to=x", "to=-1", "to=²", "from=9999999999999999999999"])
def test_members_that_are_not_there_are_not_compared(page, asked):
    assert tree(page.get(f"/stories/1?{asked}")).xpath("//h3/bdi/text()") == ["Atalayar", "Daily"]


@pytest.mark.parametrize("path", ["/stories/99", "/stories/99999999999999999999", "/stories/-1", "/stories/x"])
def test_a_story_that_is_not_there(page, path):
    assert page.get(path).status_code == 404


def test_long_texts_are_compared_up_to_a_bound(seeded, page):
    for n in range(2):
        seeded.enter("sohr", "Long", "word " * 5000, story=1, after=300 + n, relation=Relation.REPUBLICATION)
    answer = page.get("/stories/1?from=4&to=5")
    assert "The first 1000 words are compared" in answer.text
    assert len(answer.text) < 50_000


def rows_of(answer, caption):
    found = tree(answer).xpath(
        f"//*[@role='region'][@aria-label='{caption}' or @aria-labelledby='{caption}']//tbody/tr"
    )
    return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in found]


def test_feeds_tell_their_health_their_polls_and_what_they_bring(page):
    answer = page.get("/feeds")
    first, *_ = rows_of(answer, "Feeds")
    assert first[:5] == [
        "Atalayar https://atalayar.example/feed", "well", "2026-05-01 12:00", "2026-05-01 12:00", "2026-05-01 12:15"
    ]  # fmt: skip
    assert first[5].startswith("15 min")
    labels = tree(answer).xpath("//svg/@aria-label")
    assert "Entries a day of Daily: 2 in 14 days, at most 2, 2 today" in labels


def test_no_secret_of_a_feed_is_shown(seeded, page):
    seeded.config = replace(
        seeded.config, feeds=(*seeded.config.feeds, Feed("k", "https://u:pw@[::1]:8443/k?key=s3cret#s3cret"))
    )
    text = page.get("/feeds").text
    assert "https://[::1]:8443/k" in text
    assert not re.search("hunter2|reader|s3cret|pw@", text)


def test_feeds_that_fail_come_first_with_the_reason_and_an_alarm(seeded, page):
    state = FeedState(
        "sohr", url="u", polled_at=NOW, failures=3, failing_since_at=NOW, last_error=f"timeout: {EVIL}",
        next_poll_at=NOW + timedelta(hours=2),
    )  # fmt: skip
    with seeded.store.write() as connection:
        polls.save_feed_state(connection, state)
        alarms.raise_alarm(connection, "feed:sohr", f"SOHR fails {EVIL}", ["desk"], NOW)
    answer = page.get("/feeds")
    first = rows_of(answer, "Feeds")[0]
    assert first[0].startswith("SOHR")
    assert first[1] == f"failing timeout: {EVIL} since 2026-05-01 12:00"
    assert "3 in a row" in first[5]
    assert f"SOHR fails {EVIL}" in tree(answer).xpath("string(//li[@class='fault'])")
    assert "1 failing" in answer.text


def test_feeds_are_found_by_a_word(page):
    assert [row[0].split()[0] for row in rows_of(page.get("/feeds?q=SOH"), "Feeds")] == ["SOHR"]


def test_who_copies_whom_is_a_share_of_the_entries(page):
    assert rows_of(page.get("/feeds"), "pairs") == [
        ["Daily", "Atalayar", "1", "50 %"], ["SOHR", "Atalayar", "1", "100 %"]
    ]  # fmt: skip


WELL = FeedState("f", polled_at=NOW, interval=timedelta(hours=1))


@pytest.mark.parametrize(
    ("feed", "state", "told"),
    [
        pytest.param(Feed("f", ""), None, "first poll", id="new"),
        pytest.param(Feed("f", "", enabled=False), WELL, "enabled: false", id="off"),
        pytest.param(Feed("f", "", interval=timedelta(minutes=5)), WELL, "configured", id="fixed"),
        pytest.param(Feed("f", ""), WELL, "adapted", id="adapted"),
        pytest.param(Feed("f", ""), replace(WELL, ttl=timedelta(hours=2)), "asks for 120 min", id="ttl"),
        pytest.param(Feed("f", ""), replace(WELL, skip_days=(5, 6)), "leave out", id="days left out"),
        pytest.param(Feed("f", ""), replace(WELL, interval=PollPolicy().floor), "much is new", id="floor"),
        pytest.param(Feed("f", ""), replace(WELL, interval=PollPolicy().ceiling), "little is new", id="ceiling"),
        pytest.param(Feed("f", ""), replace(WELL, failures=2), "2 in a row", id="failing"),
    ],
)
def test_the_interval_of_a_feed_has_a_reason(feed, state, told):
    assert told in why(feed, state, PollPolicy())


@pytest.mark.parametrize(("public_url", "told"), [("https://w.example", True), (None, False)])
def test_a_feed_whose_hub_is_relied_on_says_so(seeded, page, public_url, told):
    seeded.config = replace(seeded.config, web=seeded.config.web.model_copy(update={"public_url": public_url}))
    held = Subscription("sohr", "https://hub.example/", "t", lease_until=seeded.now + timedelta(days=1))
    with seeded.store.write() as connection:
        subscriptions.save(connection, lease.heard(held, seeded.now))
    rows = rows_of(page.get("/feeds"), "Feeds")
    assert [any("only every 240 min while its hub" in cell for cell in row) for row in rows if "SOHR" in row[0]] == [
        told
    ]


def test_older_stories_are_one_step_away_and_each_stands_once(seeded, page, monkeypatch):
    monkeypatch.setattr("watcher.web.views_stories.SHOWN", 2)
    seen = [seeded.enter("sohr", f"Another story {n}", after=300 + n) for n in range(5)]
    seeded.enter("daily", "Another story 0", after=400, story=seen[0], relation=Relation.REPUBLICATION)
    found, address = [], "/stories"
    while address:
        answer = tree(page.get(address))
        found.append([int(href.rpartition("/")[2]) for href in answer.xpath("//ul[@class='rows']//h2/a/@href")])
        address = next(iter(answer.xpath("//p[@class='older']/a/@href")), None)
    assert found == [[seen[0], seen[4]], [seen[3], seen[2]], [seen[1], 4], [1]]


def test_a_list_of_stories_ends_where_enough_was_looked_at_and_goes_on_from_there(page, monkeypatch):
    monkeypatch.setattr(browsing, "CHANGES", 1)
    found, address = [], "/stories"
    while address:
        answer = tree(page.get(address))
        found.append(answer.xpath("//ul[@class='rows']//h2/a/@href"))
        address = next(iter(answer.xpath("//p[@class='older']/a/@href")), None)
    assert found == [["/stories/4"], ["/stories/1"], [], []]


def test_a_matrix_tells_what_part_of_an_outlets_entries_another_had_first(page):
    table = tree(page.get("/feeds")).xpath("//table[@class='matrix']")[0]
    told = [[" ".join(cell.text_content().split()) for cell in row] for row in table.xpath(".//tr")]
    assert told[0] == ["Outlet", "Atalayar", "Daily", "SOHR"]
    assert told[1:] == [
        ["Atalayar", "", "·none", "·none"],
        ["Daily", "50 %, 1 of 2", "", "·none"],
        ["SOHR", "100 %, 1 of 1", "·none", ""],
    ]
    assert table.xpath(".//td[contains(@class, 'shade5')]") and table.xpath("caption")


def test_a_matrix_has_the_busiest_outlets_only():
    pairs = [{"outlet": f"o{n}", "origin": "big", "copies": n, "entries": 100} for n in range(40, 0, -1)]
    outlets, rows = matrix(pairs)
    assert outlets == sorted(["big", *(f"o{n}" for n in range(30, 41))])
    column = outlets.index("big")
    assert [row[column] and row[column]["shade"] for row in rows] == [None, *([4] * 10), 5]


def test_feeds_are_told_where_counting_takes_too_long(page, monkeypatch):
    def slow(*_):
        raise BusyError("That took longer.")

    monkeypatch.setattr("watcher.store.counts.entries_by_day", slow)
    monkeypatch.setattr("watcher.store.counts.copies", slow)
    answer = page.get("/feeds")
    assert answer.status_code == 200
    assert rows_of(answer, "Feeds")[0][6] == "not counted in time"
    assert "could not be counted" in answer.text
