"""A mistake in the files at three in the morning: what only needs the database goes on, and says what is wrong."""

import json

import pytest
from test_commands import watcher

RULES = """\
rules:
  - {id: misspelt, wehn: {any: [x]}}
  - {id: unknown, when: {any: [x]}, receivers: [nobody], examples: {match: [x]}}
  - {id: failing, when: {any: [raid]}, examples: {match: [a storm]}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faulty")
    watcher(folder, "init")
    watcher(folder, "db", "upgrade")
    (folder / "rules" / "more.yaml").write_text(RULES)
    return folder


def test_check_tells_every_step_at_once(folder):
    _, told = watcher(folder, "check", status=1)
    found = [line for line in told.splitlines() if line.startswith("rules")]
    assert [line.split(": ")[1] for line in found] == [
        "rules[0].wehn",
        "rules[1].receivers[0]",
        "rules[2].examples.match[0]",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["stories", "list"],
        ["silence", "list"],
        ["silence", "add", "--for", "1h", "--rule", "misspelt"],
        ["db", "backup", "copy.db"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_what_needs_the_database_alone_works_and_warns(folder, command):
    _, told = watcher(folder, *command)
    assert "warning: rules/more.yaml:2:20: rules[0].wehn: unknown key 'wehn'" in told


def test_doctor_looks_on(folder):
    out, _ = watcher(folder, "doctor", "--offline", "--json", status=1)
    findings = json.loads(out)["findings"]
    assert sum(finding["grade"] == "wrong" for finding in findings) == 3
    assert {"database"} <= {finding["subject"] for finding in findings}


def test_a_file_that_is_no_yaml_names_its_database_still(folder):
    config = folder / "config.yaml"
    before = config.read_text()
    config.write_text(before + "oops: [\n")
    _, told = watcher(folder, "status")
    assert "warning: config.yaml:" in told
    watcher(folder, "run", status=1)
    config.write_text(before)
