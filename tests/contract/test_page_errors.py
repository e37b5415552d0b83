"""What the page says where it has nothing to show: a view for people, a line for programs."""

import pytest
from pageseed import EVIL, tree
from starlette.testclient import TestClient

PEOPLE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/nowhere", 404, "There is no such page."),
        ("/static/nothing.js", 404, "There is no such page."),
        ("/stories/99", 404, "There is no story 99"),
        ("/rules/none", 404, "There is no rule of this name among those in force"),
        ("/drafts/none", 404, "There is no such draft any more; edit the file again"),
        ("/do/silence", 405, "Method Not Allowed"),
    ],
)
def test_what_is_not_there_is_said_on_a_view_with_the_way_back(page, path, status, sentence):
    found = tree(page.get(path, headers=PEOPLE), status)
    assert found.xpath("string(//h1)") == sentence
    assert len(found.xpath("//nav//a")) == 7
    answer = page.get(path)
    assert answer.headers["content-type"].startswith("text/plain") and answer.text.lower() == f"{sentence}\n".lower()


@pytest.mark.parametrize("accept", [*PEOPLE.values(), "*/*"])
def test_a_fault_of_ours_is_a_view_too_and_shows_nothing_of_itself(seeded, monkeypatch, accept):
    def breaks(*_):
        raise ZeroDivisionError(EVIL)

    monkeypatch.setattr("watcher.store.sendings.tally", breaks)
    client = TestClient(seeded.app(), base_url="http://127.0.0.1:8642", raise_server_exceptions=False)
    answer = client.get("/deliveries", headers={"Accept": accept})
    assert answer.status_code == 500 and "its log says more" in answer.text
    assert "Zero" not in answer.text and "Traceback" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_headers_that_are_too_large_are_refused_however_they_come(page):
    assert page.get("/rules", headers={"X-Long": "a" * 16_000}).status_code == 200
    answer = page.get("/rules", headers={"X-Long": "a" * 16_384})
    assert answer.status_code == 431 and "16384 bytes" in answer.text
    assert page.get("/rules", headers={f"X-{n}": "a" * 80 for n in range(200)}).status_code == 431
