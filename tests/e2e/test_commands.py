"""Every command as its user runs it: real files, a real feed; those of `test_processes` begin from nothing."""

import json
import subprocess
import sys

import commands
import pytest
from badhttp import ok

WATCHER = [sys.executable, "-m", "watcher"]
STORY = (
    "International coalition forces carried out an airborne raid in the village of Humaira in Aleppo province before "
    "dawn on Friday and arrested a leading member of Islamic State together with two of his guards residents told us"
)


def watcher(folder, *arguments, stdin="", status=0):
    """Run a command in a folder and return what it printed on standard output and standard error."""
    ended = commands.run(folder, *arguments, stdin=stdin)
    assert ended.returncode == status, f"{ended.returncode}: {ended.stdout}\n{ended.stderr}"
    assert "Traceback" not in ended.stderr
    return ended.stdout, ended.stderr


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


class TestInit:
    def test_what_it_writes_is_valid_and_is_never_overwritten(self, tmp_path):
        watcher(tmp_path, "init")
        assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == {
            "config.yaml", "first.yaml", "config.schema.json", "rules.schema.json"
        }  # fmt: skip
        out, _ = watcher(tmp_path, "check")
        assert "all well: 2 feeds, 1 rule, 1 receiver" in out
        (tmp_path / "config.yaml").write_text("mine")
        _, told = watcher(tmp_path, "init", status=2)
        assert "config.yaml" in told
        assert (tmp_path / "config.yaml").read_text() == "mine"

    def test_without_a_configuration_every_command_says_what_to_do(self, tmp_path):
        for command in (["check"], ["run"], ["once"], ["status"], ["feeds", "list"], ["stories", "list"]):
            _, told = watcher(tmp_path, *command, status=2)
            assert told == "watcher: config.yaml: no such file; `watcher init` writes one, `-c FILE` names another\n"


class TestCheck:
    def test_a_configuration_without_rules_is_warned_of(self, tmp_path):
        watcher(tmp_path, "init")
        (tmp_path / "rules" / "first.yaml").write_text("rules: []\n")
        out, told = watcher(tmp_path, "check")
        assert told.startswith("config.yaml:1:1: rules: warning: there are no rules, so nothing will be alerted")
        assert out == "config.yaml: no faults, 1 warning: 2 feeds, 0 rules, 1 receiver\n"

    def test_a_database_that_cannot_be_opened_is_warned_of(self, tmp_path):
        watcher(tmp_path, "init")
        (tmp_path / "watcher.db").write_text("garbage")
        _, told = watcher(tmp_path, "check")
        assert told.startswith("config.yaml:5:1: database: warning: terms were not tried on stored entries, for ")
        config = (tmp_path / "config.yaml").read_text()
        address = "postgresql://desk:swordfish@db.example/news"
        (tmp_path / "config.yaml").write_text(config.replace("database: watcher.db", f"database: {address}"))
        _, told = watcher(tmp_path, "check")
        assert "only SQLite (a file path) is supported" in told
        assert "swordfish" not in told

    @pytest.mark.parametrize(
        ("hosts", "http", "says"),
        [
            (["127.0.0.1:81", "[::1]", "x.example"], "", "the addresses of f0 and 1 other feed are not public"),
            (["x.example", "localhost"], "", "this is not public"),
            (["192.168.1.7"], "allow_networks: [10.0.0.0/8]", "`http: {allow_networks: [192.168.1.7/32]}`"),
            (["rsshub:1200"], "", "this is not public"),
            (["10.1.2.3", "127.0.0.1"], "allow_networks: [10.0.0.0/8, 127.0.0.0/8]", None),
            (["rsshub:1200"], "allow_networks: [172.16.0.0/12]", None),
            (["127.0.0.1"], "proxy: http://proxy.example", None),
            (["x.example", "8.8.8.8"], "", None),
        ],
    )  # fmt: skip
    def test_feeds_that_will_all_be_refused_are_warned_of(self, tmp_path, hosts, http, says):
        watcher(tmp_path, "init")
        feeds = "".join(f"  - {{id: f{n}, url: 'http://{host}/feed'}}\n" for n, host in enumerate(hosts))
        (tmp_path / "config.yaml").write_text(f"receivers: {{c: {{type: console}}}}\nhttp: {{{http}}}\nfeeds:\n{feeds}")
        _, told = watcher(tmp_path, "check")
        assert (says in told) if says else ("not public" not in told)

    def test_a_command_that_is_no_program_is_warned_of(self, tmp_path):
        watcher(tmp_path, "init")
        with (tmp_path / "config.yaml").open("a") as file:
            file.write(
                f"  here: {{type: exec, command: ['{sys.executable}']}}\n  gone: {{type: exec, command: [./x, y]}}\n"
            )
        _, told = watcher(tmp_path, "check")
        warned = [line for line in told.splitlines() if "warning" in line]
        assert len(warned) == 1
        assert "receivers.gone.command: warning: there is no program './x' here that can be run" in warned[0]

    def test_all_mistakes_of_all_files_with_places_and_status_1(self, tmp_path):
        watcher(tmp_path, "init")
        config, rules = tmp_path / "config.yaml", tmp_path / "rules" / "first.yaml"
        config.write_text(config.read_text().replace("timezone:", "timezon:"))
        rules.write_text(
            rules.read_text().replace("severity: severe", "severity: sever").replace("region: SY", "region: SYR")
        )
        out, told = watcher(tmp_path, "check", status=1)
        assert out == ""
        found = [line for line in told.splitlines() if ".yaml:" in line]
        assert found[0] == "config.yaml:7:1: timezon: unknown key 'timezon' (did you mean 'timezone'?)"
        assert [line.split(": ")[1] for line in found[1:]] == ["rules[0].severity", "rules[0].when.region"]
        out, _ = watcher(tmp_path, "check", "--json", status=1)
        (answer,) = lines(out)
        assert answer["ok"] is False
        assert {fault["file"] for fault in answer["faults"]} == {"config.yaml", "rules/first.yaml"}

    def test_an_example_that_fails_is_a_fault_where_it_stands(self, tmp_path):
        watcher(tmp_path, "init")
        rules = tmp_path / "rules" / "first.yaml"
        rules.write_text(rules.read_text().replace('"Explosion in Aleppo kills three"', '"Quiet day in Aleppo"'))
        _, told = watcher(tmp_path, "check", status=1)
        assert "rules/first.yaml:17:15: rules[0].examples.match[0]: rule attacks-in-syria does not match this" in told

    def test_nothing_starts_on_a_mistake(self, tmp_path):
        watcher(tmp_path, "init")
        config = tmp_path / "config.yaml"
        config.write_text(config.read_text().replace("timezone:", "timezon:"))
        _, told = watcher(tmp_path, "run", status=1)
        assert "did you mean 'timezone'?" in told
        assert not (tmp_path / "watcher.db").exists()


class TestOnOneFeed:
    """A feed polled with `once`, and every question that can be asked of it."""

    @pytest.fixture
    def polled(self, machine, outside):
        assert machine.once() == 0, machine.log()
        outside.publish(1)
        assert machine.once() == 0, machine.log()
        outside.wait_for(1)
        return machine.folder

    def test_status(self, polled):
        (told,) = lines(watcher(polled, "status", "--json")[0])
        assert [(feed["feed"], feed["state"]) for feed in told["feeds"]] == [("feed", "well")]
        assert told["totals"]["deliveries_sent"] == 1
        assert [(rule["rule"], rule["alerts"]) for rule in told["rules"]] == [("explosion", 1)]
        assert "well" in watcher(polled, "status")[0]

    def test_status_is_1_when_a_feed_fails(self, polled, machine, outside):
        outside.close()
        machine.wait_until_due()
        watcher(polled, "once", status=1)
        out, _ = watcher(polled, "status", status=1)
        assert "failing" in out

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("interval: 1s", "interval: 1h", "1 feed is not due yet, the next in "),
            ("id: feed,", "id: feed, enabled: false,", "there is no feed to poll"),
        ],
    )
    def test_once_says_why_it_polls_nothing(self, polled, machine, old, new, told):
        config = polled / "config.yaml"
        config.write_text(config.read_text().replace(old, new))
        machine.wait_until_due()
        watcher(polled, "once")
        assert f"0 feeds polled, 0 failed, 0 new entries; {told}" in watcher(polled, "once")[0]

    def test_explain(self, polled, outside):
        for key in ("id1", f"{outside.url}/id1", "1"):
            (told,) = lines(watcher(polled, "explain", key, "--json")[0])
            assert told["entry"]["id"] == "id1"
            assert told["rules"][0]["met"] is True
            assert told["alerts"][0]["deliveries"][0]["state"] == "sent"
        out, _ = watcher(polled, "explain", "id1")
        assert "✓ explosion" in out
        assert "hook: sent" in out
        _, told = watcher(polled, "explain", "nothing", status=2)
        assert told == "watcher: no entry has the id, link or number 'nothing'\n"

    def test_stories(self, polled):
        (stories,) = lines(watcher(polled, "stories", "list", "--json")[0])
        assert len(stories) == 1
        (shown,) = lines(watcher(polled, "stories", "show", str(stories[0]["story"]), "--json")[0])
        assert [m["relation"] for m in shown["members"]] == ["lead"]
        watcher(polled, "stories", "show", "999", status=2)

    def test_send_test(self, polled, outside):
        before = sum(outside.received.values())
        assert "hook: accepted" in watcher(polled, "send-test", "hook")[0]
        assert sum(outside.received.values()) == before + 1
        _, told = watcher(polled, "send-test", "phone", status=2)
        assert "no receiver is named 'phone'; configured: hook" in told

    def test_backup(self, polled):
        watcher(polled, "db", "backup", "copy.db")
        assert (polled / "copy.db").stat().st_mode & 0o777 == 0o600
        watcher(polled, "db", "backup", "copy.db", status=2)
        watcher(polled, "db", "upgrade")


class TestFeeds:
    def test_add_list_export_import_remove(self, machine):
        folder = machine.folder
        add = ("feeds", "add", "--untried", "--tag", "wire", "--language", "ar", "--title", "A News")
        assert watcher(folder, *add, "https://a.example/feed")[0] == "added https://a.example/feed as a-news\n"
        rows = lines(watcher(folder, "feeds", "list", "--json")[0])[0]
        assert [(row["feed"], row["tags"]) for row in rows] == [("feed", []), ("a-news", ["wire"])]
        opml, _ = watcher(folder, "feeds", "export")
        watcher(folder, "feeds", "remove", "a-news")
        (folder / "feeds.opml").write_text(opml)
        out, _ = watcher(folder, "feeds", "import", "feeds.opml")
        assert out == "added 1 feed, 1 was there already\n"
        assert "A News" in watcher(folder, "feeds", "list")[0]
        watcher(folder, "feeds", "add", "--untried", "https://reader:hunter2@paid.example/feed")
        *_, paid = lines(watcher(folder, "feeds", "list", "--json")[0])[0]
        assert paid["url"] == "https://paid.example/feed"
        assert "hunter2" not in watcher(folder, "feeds", "list")[0]
        watcher(folder, "feeds", "remove", "nothing", status=2)
        watcher(folder, "check")

    def test_an_opml_file_whose_feed_has_the_title_of_another(self, machine):
        opml = '<opml><body><outline text="Feed" xmlUrl="https://other.example/"/></body></opml>'
        (machine.folder / "feeds.opml").write_text(opml)
        assert watcher(machine.folder, "feeds", "import", "feeds.opml")[0].startswith("added 1 feed, 0 were")
        rows = lines(watcher(machine.folder, "feeds", "list", "--json")[0])[0]
        assert [row["feed"] for row in rows] == ["feed", "feed-2"]

    def test_add_takes_the_one_feed_of_a_page_and_lists_several(self, machine, server):
        link = '<link rel="alternate" type="application/rss+xml" href="{}">'.format
        served = ok(b"<rss version='2.0'><channel><title>Paper</title><item><title>x</title></item></channel></rss>")
        feed = server.on("/feed", served)
        for name, links in (("one", [feed]), ("two", [feed, "/comments"]), ("none", [])):
            server.on(f"/{name}", ok(f"<html><head>{''.join(map(link, links))}".encode(), Content_Type="text/html"))
        _, told = watcher(machine.folder, "feeds", "add", server.url("/two"), status=1)
        assert f"it names 2 feeds: {feed}, {server.url('/comments')}; nothing was added" in told
        _, told = watcher(machine.folder, "feeds", "add", server.url("/none"), status=1)
        assert "a web page, not a feed, and names no feed; nothing was added" in told
        assert watcher(machine.folder, "feeds", "add", server.url("/one"))[0] == f"added {feed} as paper\n"

    def test_add_tries_the_address(self, machine, outside):
        outside.publish(1)
        told, _ = watcher(machine.folder, "feeds", "add", f"{outside.url}/feed?edition=2")
        assert told == f"added {outside.url}/feed?edition=2 as t\n", "its id is made from the feed's own title"
        before = (machine.folder / "config.yaml").read_text()
        _, told = watcher(machine.folder, "feeds", "add", "http://127.0.0.1:1/", status=1)
        assert "nothing was added" in told and "--untried" in told
        _, told = watcher(machine.folder, "feeds", "add", "--untried", "ftp://a.example/", status=1)
        assert "config.yaml is left as it is" in told and ".new" not in told
        assert (machine.folder / "config.yaml").read_text() == before

    def test_test(self, machine, outside):
        outside.publish(1)
        (told,) = lines(watcher(machine.folder, "feeds", "test", f"{outside.url}/feed", "--json")[0])
        assert (told["ok"], told["entries"], told["version"]) == (True, 1, "rss20")
        (told,) = lines(watcher(machine.folder, "feeds", "test", "http://127.0.0.1:1/", "--json", status=1)[0])
        assert (told["ok"], told["reason"]) == (False, "connect")


class TestStreams:
    """parse, cluster, match and locate: JSONL in, JSONL out, in order."""

    def test_parse(self, tmp_path):
        (tmp_path / "feed.xml").write_text(
            '<rss version="2.0"><channel><title>T</title><item><guid>a</guid><title>One &amp;amp; two</title>'
            "<pubDate>Fri, 01 May 2026 10:00:00 +0200</pubDate></item><item><title>No id</title></item></channel></rss>"
        )
        out, told = watcher(tmp_path, "parse", "feed.xml")
        first, second = lines(out)
        assert (first["id"], first["title"], first["published"]) == ("a", "One & two", "2026-05-01T08:00:00+00:00")
        assert second["id"].startswith("hash:")
        assert "1 entries have no id" in told
        (tmp_path / "page.html").write_text("<!doctype html><p>hello")
        _, told = watcher(tmp_path, "parse", "page.html", status=1)
        assert told.startswith("watcher: page.html: ")

    def test_cluster(self, tmp_path):
        entries = [
            {"id": "a", "feed": "atalayar", "title": "Coalition arrests IS leader near Aleppo", "summary": STORY},
            {
                "id": "x",
                "feed": "bbc",
                "title": "Parliament votes",
                "summary": "Members rejected the bill on water rights",
            },
            {"id": "b", "feed": "sohr", "title": "Raid in Humaira", "summary": f"{STORY}. Source: Atalayar"},
        ]
        out, _ = watcher(tmp_path, "cluster", stdin="".join(json.dumps(e) + "\n" for e in entries))
        told = lines(out)
        assert [(line["id"], line["lead"]) for line in told] == [("a", "a"), ("x", "x"), ("b", "a")]
        assert told[0]["story"] == told[2]["story"] != told[1]["story"]
        assert told[2]["similarity"] > 0.7

    def test_match(self, tmp_path):
        watcher(tmp_path, "init")
        entries = [{"id": 1, "title": "Airstrikes hit Idlib"}, {"id": "2", "title": "Quiet in Idlib"}]
        out, _ = watcher(tmp_path, "match", "--rules", "rules", stdin="\n".join(map(json.dumps, entries)))
        (told,) = lines(out)
        assert (told["id"], told["rule"]) == ("1", "attacks-in-syria")
        spans = {(e["field"], e["start"], e["end"]) for e in told["evidence"]}
        assert ("title", 0, 10) in spans

    def test_a_key_that_looks_misspelt_is_told_once_and_richer_entries_pass(self, tmp_path):
        rich = {"id": "a", "title": "T", "subtitle": "S", "url": "u", "updated": "x", "published": None, "mood": 1}
        entries = [rich, {"id": "b", "titel": "Shelling in Aleppo"}, {"id": "c", "titel": "T"}]
        out, told = watcher(tmp_path, "locate", stdin="\n".join(map(json.dumps, entries)))
        assert told == "standard input: the key 'titel' is passed over (did you mean 'title'?)\n"
        assert [line["id"] for line in lines(out)] == ["a", "b", "c"]

    def test_locate(self, tmp_path):
        out, _ = watcher(tmp_path, "locate", stdin=json.dumps({"id": "a", "title": "Shelling in حلب"}))
        (told,) = lines(out)
        place = told["places"][0]
        assert (place["name"], place["country"], place["admin1"]) == ("حلب", "SY", "SY-HL")
        assert "Shelling in حلب"[place["start"] : place["end"]] == "حلب"
        assert told["regions"][:2] == ["SY", "SY-HL"] or set(told["regions"]) >= {"SY", "SY-HL"}

    def test_a_slow_source_is_answered_line_by_line(self, tmp_path):
        command = [*WATCHER, "cluster"]
        with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as filter_:
            for number in range(3):
                filter_.stdin.write(json.dumps({"id": number, "title": f"Rain {number}"}).encode() + b"\n")
                filter_.stdin.flush()
                assert json.loads(filter_.stdout.readline())["id"] == str(number)  # else the test's time is up
            filter_.stdin.write(b'{"id": "last", "title": "no end of line"}')
            filter_.stdin.close()
            assert json.loads(filter_.stdout.read())["id"] == "last"

    def test_a_line_that_is_no_utf_8_is_told(self, tmp_path):
        lines = b'{"id": "a", "title": "x"}\n{"id": "b", "title": "\xff"}\n{"id": "c", "title": "x"}\n'
        ended = subprocess.run([*WATCHER, "cluster"], cwd=tmp_path, input=lines, capture_output=True, timeout=60)
        assert [json.loads(line)["id"] for line in ended.stdout.splitlines()] == ["a", "c"]
        assert ended.returncode == 1
        assert b"line 2: " in ended.stderr

    def test_a_bad_line_is_told_and_the_others_are_answered(self, tmp_path):
        stdin = '{"id": "a", "title": "x"}\nnot json\n{"title": "no id"}\n{"id": "b", "title": 5}\n\n{"id": "c"}\n'
        out, told = watcher(tmp_path, "cluster", stdin=stdin, status=1)
        assert [line["id"] for line in lines(out)] == ["a", "c"]
        assert [line.split(":")[1].strip() for line in told.splitlines()] == ["line 2", "line 3", "line 4"]


def test_usage_errors_end_with_status_2(tmp_path):
    watcher(tmp_path, "nonsense", status=2)
    watcher(tmp_path, "explain", status=2)


def test_schemas_are_printed(tmp_path):
    for kind in ("rules", "config"):
        schema = json.loads(watcher(tmp_path, "schema", kind)[0])
        assert schema["$schema"].startswith("https://json-schema.org/")
    watcher(tmp_path, "schema", "nothing", status=2)
