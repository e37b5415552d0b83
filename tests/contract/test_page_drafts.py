"""Rule files on the page: a draft is checked, tried on stored entries, and saved whole or not at all."""

import os
import time
from multiprocessing import Pipe
from pathlib import Path

import pytest
from pageseed import ADDRESS, EVIL, RULES, said, send, tree

from watcher.config import rulefiles
from watcher.store import history
from watcher.web import trying

FILE = "rules/r.yaml"
EDIT = f"/edit?file={FILE}"
WIDER = RULES.replace("any: [Daesh, داعش]", "any: [Daesh, داعش, raid]").replace(", {region: SY}", "").replace(
    ", ignore: [\"Daesh leader arrested in Mosul\"]", ""
)  # fmt: skip
NARROWER = RULES.replace(
    "when: {any: [flood*, inundaci*, наводнени*]}", "when: {all: [flood*], none: [Valencia]}"
).replace("match: [Flood in Valencia]", "match: [Flood in Murcia]")


@pytest.fixture
def file(seeded):
    return Path(seeded.config.path).parent / FILE


def over(client, answer):
    """The draft's view once nothing more is found out."""
    until = time.monotonic() + 90
    while tree(answer).xpath("//*[@id='verdict']/@hx-get"):
        assert time.monotonic() < until, answer.text
        time.sleep(0.05)
        answer = client.get(str(answer.url))
    return answer


def tried(client, text, **more):
    return over(client, send(client, EDIT, "/do/draft", text=text, **more))


def words(answer, where="//main"):
    return " ".join(tree(answer).xpath(f"string({where})").split())


def saved(client, answer):
    """Send the form that saves, as the view shows it."""
    form = tree(answer).xpath("//form[@action='/do/draft/save']")[0]
    return client.post("/do/draft/save", data=dict(form.form_values()), headers={"Origin": ADDRESS})


def test_a_file_is_listed_with_its_last_change_and_shown_as_it_is(seeded, page, file):
    os.utime(file, (1_777_600_000, 1_777_600_000))
    assert "2 rules in force, last changed 2026-05-01 01:46" in words(page.get("/rules"))
    assert "It stands in rules/r.yaml, last changed 2026-05-01 01:46" in words(page.get("/rules/raid"))
    href = tree(page.get("/rules/raid")).xpath("//a[code]/@href")[0]
    assert tree(page.get(href)).xpath("string(//textarea)").removeprefix("\n") == file.read_text()


def test_a_draft_tells_what_it_would_have_alerted_on_against_the_live_rules(seeded, page, file):
    answer = tried(page, NARROWER)
    assert "No faults" in words(answer)
    assert (
        "Tried on 4 stored entries, from 2026-05-01 12:00 to 2026-05-01 15:20, against the files as they are."
        in words(answer)
    )
    sections = [" ".join(one.text_content().split()) for one in tree(answer).xpath("//section")]
    assert len(sections) == 1
    assert sections[0].startswith("Floods & <b>storms</b> 1 → 0 alerts − 1 lost 2026-05-01 15:20 Daily: <script>")
    assert "The other rule: the same alerts as now." in words(answer)
    assert not tree(answer).xpath("//b | //script[not(@src)]")
    assert file.read_text() == RULES, "nothing is saved by trying"


def test_what_is_gained_is_told_with_what_was_found(seeded, page):
    seeded.enter("daily", "Daesh leader captured in Baghdad, Iraq", after=210)
    answer = tried(page, WIDER)
    section = tree(answer).xpath("//section[.//bdi[text()='IS figure captured or killed']]")[0]
    told = " ".join(section.text_content().split())
    assert "1 → 2 alerts" in told and "+ 1 gained" in told and "Daily: Daesh leader captured in Baghdad, Iraq" in told
    assert {"Daesh", "captured"} <= {one.strip() for one in section.xpath(".//mark/text()")}


def test_a_rule_that_is_taken_out_loses_its_alerts(seeded, page):
    answer = tried(page, RULES[: RULES.index("  - id: flood")])
    assert "Floods & <b>storms</b> 1 → 0 alerts" in words(answer)


@pytest.mark.usefixtures("real_processes")
def test_a_draft_that_changes_nothing_says_so(page):
    assert "The same alerts as now, by all 2 rules." in words(tried(page, RULES + "# a remark\n"))


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        pytest.param(RULES.replace("severity: severe", "severity: dire"), "line 5, column", "severity", id="value"),
        pytest.param(RULES.replace("region: SY", "region: Atlantis"), "line 6, column", "Atlantis", id="region"),
        pytest.param(RULES.replace("[desk]", "[nobody]"), "line 7, column", "nobody", id="receiver"),
        pytest.param("rules: [", "line 2, column", "", id="no YAML"),
        pytest.param(RULES.replace("leader arrested in Aleppo", "leader seen in Aleppo"), "line 8, column",
                     "does not match this", id="example"),
        pytest.param(RULES.replace("Daesh, داعش", f'"/{EVIL}(/"'), "line 6, column", "", id="markup"),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_place_and_line_and_such_a_draft_is_not_saved(seeded, page, file, text, where, told):
    answer = tried(page, text)
    assert where in words(answer) and told in words(answer)
    assert "it cannot be saved" in words(answer, "//*[@role='status']")
    assert not tree(answer).xpath("//form[@action='/do/draft/save'] | //main//script")
    assert tree(answer).xpath("string(//textarea)").strip() == text.strip(), "what was written stays"
    form = {"seal": tree(answer).xpath("//input[@name='seal']/@value")[0], "draft": str(answer.url).rpartition("/")[2]}
    refused = page.post("/do/draft/save", data=form, headers={"Origin": ADDRESS})
    assert "Only a draft that was tried" in said(refused)
    assert file.read_text() == RULES


def test_a_draft_is_saved_with_a_backup_and_its_permissions(seeded, page, file):
    file.chmod(0o640)
    answer = saved(page, tried(page, NARROWER))
    assert said(answer) == "rules/r.yaml was saved and takes effect within seconds; r.yaml.bak has what it held."
    assert file.read_text().strip() == NARROWER.strip()
    assert file.with_name("r.yaml.bak").read_text() == RULES
    assert {path.stat().st_mode & 0o777 for path in (file, file.with_name("r.yaml.bak"))} == {0o640}
    assert sorted(path.name for path in file.parent.iterdir()) == ["r.yaml", "r.yaml.bak"]
    assert seeded.events == [
        {"event": "changed_by_hand", "by": "page:testclient", "what": "rule file", "file": FILE, "backup": "r.yaml.bak"}
    ]


def test_line_ends_stay_as_they_were(seeded, page, file):
    file.write_bytes(RULES.replace("\n", "\r\n").encode())
    saved(page, tried(page, NARROWER.replace("\n", "\r\n")))
    assert file.read_bytes().strip() == NARROWER.replace("\n", "\r\n").encode().strip()


def test_a_file_that_somebody_changed_meanwhile_is_not_overwritten(seeded, page, file):
    answer = tried(page, NARROWER)
    file.write_text(RULES + "# theirs\n")
    assert "was changed by somebody else meanwhile" in said(saved(page, answer))
    assert file.read_text().endswith("# theirs\n")
    assert [path.name for path in file.parent.iterdir()] == ["r.yaml"]


def test_a_draft_is_tried_again_when_other_files_changed(seeded, page, file):
    answer = tried(page, NARROWER)
    file.with_name("other.yaml").write_text("terms: {raid: [raid]}\n")
    assert "Other files were changed" in said(saved(page, answer))
    assert file.read_text() == RULES


def test_a_directory_that_cannot_be_written_is_told(seeded, page, file, monkeypatch):
    answer = tried(page, NARROWER)

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(rulefiles.tempfile, "mkstemp", refuse)
    monkeypatch.setattr(rulefiles.os, "access", lambda *_: False)
    told = saved(page, answer)
    assert "Permission denied" in said(told) and "ReadWritePaths" in said(told)
    assert tree(told).xpath("//form[@action='/do/draft/save']//button/@disabled")
    assert "may not write" in words(page.get(EDIT))
    assert file.read_text() == RULES


def test_a_disk_that_is_full_leaves_the_file_as_it_was(seeded, page, file, monkeypatch):
    answer = tried(page, NARROWER)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rulefiles.os, "fsync", full)
    assert "No space left on device" in said(saved(page, answer))
    assert file.read_text() == RULES
    assert [path.name for path in file.parent.iterdir()] == ["r.yaml"]


@pytest.mark.parametrize("name", ["2026", "null", "on", "1e3"])
def test_a_new_file_whose_name_yaml_reads_as_no_text_works_too(page, name):
    form = tree(begun(page, name)).xpath("//form[@action='/do/draft']")[0]
    answer = over(page, page.post("/do/draft", data=dict(form.form_values()), headers={"Origin": ADDRESS}))
    assert "No faults" in words(answer)


@pytest.mark.parametrize(
    "name",
    [
        "../config.yaml", "config.yaml", "rules/../config.yaml", "/etc/passwd", "rules/./r.yaml", "rules\\r.yaml",
        "w.db", "rules/r.yaml\x00", "", "rules", "rules/none.yaml", EVIL, "r.yaml.bak", "x" * 5000,
    ],
)  # fmt: skip
def test_only_rule_files_that_are_listed_are_read_or_tried(seeded, page, file, name):
    file.with_name("r.yaml.bak").write_text("secret")
    answer = page.get("/edit", params={"file": name})
    assert answer.status_code == (404 if name != "rules/r.yaml\x00" else 200)
    assert "<script>" not in answer.text
    assert "no such rule file" in said(send(page, EDIT, "/do/draft", file=name)) or name == "rules/r.yaml\x00"


def test_a_link_out_of_the_rules_is_not_followed_when_saving(seeded, page, file, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text(RULES)
    file.unlink()
    file.symlink_to(outside)
    assert "is a link" in said(saved(page, tried(page, NARROWER)))
    assert outside.read_text() == RULES


def test_a_file_that_is_too_long_or_no_text_is_told(page, file):
    file.write_bytes(b"\xff\xfe\x00bad\xd8")
    assert page.get(EDIT).status_code == 409
    file.write_text("#" * (rulefiles.MOST_BYTES + 1))
    answer = page.get(EDIT)
    assert answer.status_code == 409 and "edit it with an editor" in answer.text


def test_a_draft_that_is_too_large_is_refused(page):
    assert send(page, EDIT, "/do/draft", text="#" * 1_000_001).status_code == 413


def test_a_draft_of_another_browser_or_none_is_not_saved(seeded, page, file):
    answer = tried(page, NARROWER)
    form = dict(tree(answer).xpath("//form[@action='/do/draft/save']")[0].form_values())
    for fields in (form | {"seal": "x"}, {"draft": form["draft"]}):
        assert page.post("/do/draft/save", data=fields, headers={"Origin": ADDRESS}).status_code == 403
    assert page.post("/do/draft/save", data=form).status_code == 403, "no Origin"
    assert page.get("/do/draft/save", params=form).status_code == 405
    assert "not kept any more" in said(
        page.post("/do/draft/save", data=form | {"draft": "none"}, headers={"Origin": ADDRESS})
    )
    assert file.read_text() == RULES
    for path in ("/drafts/none", "/drafts/none/verdict", "/drafts/..%2f..%2fw.db"):
        assert page.get(path).status_code == 404


def test_a_page_that_only_reads_shows_files_and_takes_no_draft(seeded, page):
    reading = seeded.client(takes_forms=False)
    found = tree(reading.get(EDIT))
    assert "IS figure captured" in found.xpath("string(//pre)")
    assert not found.xpath("//form | //textarea")
    assert reading.post("/do/draft", data={"file": FILE, "text": RULES}, headers={"Origin": ADDRESS}).status_code == 405


def test_a_broken_live_file_can_be_mended(seeded, page, file):
    file.write_text("rules: [")
    answer = tried(page, NARROWER)
    assert "against what was sent" in words(answer)
    assert "was saved" in said(saved(page, answer))


def test_a_draft_is_tried_on_a_text_before_it_is_saved(seeded, page, file):
    sample = f"Daesh leader captured in Baghdad\n{EVIL} Iraq"
    now = tree(page.get("/rules", params={"text": sample}))
    assert now.xpath("//p[contains(., '0 of 2 rules match')]")
    answer = tried(page, WIDER, sample=sample)
    found = tree(answer)
    assert "What the rules say to your text" in words(answer) and "1 of 2 rules matches." in words(answer)
    (met,) = found.xpath("//ul[@class='tree'][not(ancestor::details)][not(ancestor::ul)]")
    assert "IS figure captured or killed" in met.text_content()
    assert {"Daesh", "captured"} <= {one.strip() for one in met.xpath(".//mark/text()")}
    assert found.xpath("//details/summary[contains(., 'no match')]")
    assert found.xpath("string(//textarea[@name='sample'])").strip() == sample, "it stays to be tried again"
    assert file.read_text() == RULES


def test_a_draft_with_a_fault_says_nothing_to_a_text(page):
    answer = tried(page, RULES.replace("severity: severe", "severity: dire"), sample="Daesh")
    assert "What the rules say" not in words(answer)


# ---------------------------------------------------------------- new files


def begun(client, name):
    """Fill in the form for a new file, as the view of rules shows it."""
    (form,) = tree(client.get("/rules")).xpath("//form[.//input[@name='new']]")
    return client.get(form.get("action"), params=dict(form.form_values()) | {"new": name})


@pytest.mark.parametrize("name", ["storms", "storms.yaml", "rules/storms.yaml"])
def test_a_new_file_begins_with_a_rule_that_works_and_is_saved_once(seeded, page, file, name):
    form = tree(begun(page, name)).xpath("//form[@action='/do/draft']")[0]
    answer = over(page, page.post("/do/draft", data=dict(form.form_values()), headers={"Origin": ADDRESS}))
    assert "No faults" in words(answer) and "Draft of rules/storms.yaml" in words(answer)
    assert not file.with_name("storms.yaml").exists(), "nothing is made by trying"
    assert said(saved(page, answer)) == "rules/storms.yaml was saved and takes effect within seconds."
    made = file.with_name("storms.yaml")
    assert "id: storms" in made.read_text() and made.stat().st_mode & 0o777 == file.parent.stat().st_mode & 0o666
    assert sorted(path.name for path in file.parent.iterdir()) == ["r.yaml", "storms.yaml"]
    made.write_text("theirs")
    assert "somebody made storms.yaml meanwhile" in said(saved(page, answer))
    assert made.read_text() == "theirs"
    assert begun(page, name).status_code == 400


@pytest.mark.parametrize(
    "name",
    ["", "../x", "..", "a/b", "/etc/cron.d/x", "rules/../x.yaml", "x.yml", ".hidden", "a b", "x\ty", EVIL, "x" * 99],
)
def test_a_new_file_lies_in_the_rules_and_nowhere_else(seeded, page, file, name):
    answer = begun(page, name)
    assert answer.status_code == 400 and "<script>" not in answer.text
    form = tree(page.get(EDIT)).xpath("//form[@action='/do/draft']")[0]
    fields = dict(form.form_values()) | {"file": name, "before": ""}
    assert "a new rule file is named" in said(page.post("/do/draft", data=fields, headers={"Origin": ADDRESS}))
    assert [path.name for path in file.parent.iterdir()] == ["r.yaml"]


def test_a_new_file_does_not_take_the_place_of_a_link(seeded, page, file, tmp_path):
    answer = over(page, send(page, "/edit?new=storms", "/do/draft"))
    file.with_name("storms.yaml").symlink_to(tmp_path / "outside.yaml")
    assert "would lie outside" in said(saved(page, answer))
    assert not (tmp_path / "outside.yaml").exists()


# ---------------------------------------------------------------- bounds


def examined(seeded, text=RULES, **bounds):
    file = next(path for path in seeded.config.rule_directories) / "r.yaml"
    given = {"sample": "", "most": 100, "bound_s": 60.0} | bounds
    return dict(trying.examine(seeded.config.path, file, text, **given))


def test_only_the_newest_entries_are_tried(seeded):
    result = examined(seeded, most=2)["result"]
    assert (result["entries"], result["wanted"], result["total"]) == (2, 2, 4)
    assert result["from"] > seeded.now.replace(hour=14)


def test_it_ends_in_time_and_says_what_was_not_looked_at(seeded):
    result = examined(seeded, bound_s=-1.0)["result"]
    assert (result["entries"], result["wanted"]) == (0, 4)


def test_an_empty_history_is_told(seeded, monkeypatch):
    monkeypatch.setattr(history, "newest_in_order", lambda *_: iter(()))
    assert examined(seeded)["result"]["entries"] == 0


def test_warnings_of_the_draft_are_told(seeded):
    told = examined(seeded, RULES + "terms: {unused: [nothing]}\n")
    assert [fault.message for fault in told["warnings"]] == ["no rule uses the list 'unused'"]


def test_old_drafts_are_forgotten_and_what_they_do_is_ended(seeded, page, monkeypatch):
    monkeypatch.setattr(trying, "KEPT", 2)
    answers = [send(page, EDIT, "/do/draft", text=RULES) for _ in range(3)]
    assert page.get(str(answers[0].url)).status_code == 404
    for answer in answers[1:]:
        assert "No faults" in words(over(page, answer))


def test_a_process_that_takes_too_long_is_ended(seeded, page, monkeypatch):
    monkeypatch.setattr(trying, "WHOLE_S", 0.0)
    answer = tried(page, RULES)
    assert "took longer" in words(answer)
    assert not tree(answer).xpath("//form[@action='/do/draft/save']")


def test_a_process_that_breaks_on_the_system_does_not_end_as_if_all_was_well(monkeypatch):
    """Else a draft would count as in order that nothing was tried of: memory can run out while places are mapped."""

    def broken(*_):
        yield "progress", "is being compiled"
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(trying, "examine", broken)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    ours, theirs = Pipe(duplex=False)
    with ours, pytest.raises(OSError, match="allocate"):
        trying._serve(theirs, Path("c.yaml"), Path("r.yaml"), RULES, "", 1, 1.0)
    theirs.close()
