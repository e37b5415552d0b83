"""The running daemon obeys its page's forms."""

import sqlite3
from contextlib import closing
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from lxml import html
from test_service import served, wait_for

STORY = "a mill near Jarablus burnt down after shells hit it in the night and three workers were hurt say doctors"


def asked(machine, query, *values):
    """The first column of the first row, once there is one."""

    def ask():
        with closing(sqlite3.connect(machine.folder / "w.db", timeout=30)) as connection:
            return connection.execute(query, values).fetchone()

    return wait_for(ask, machine)[0]


def story_of(machine, entry):
    return asked(machine, "SELECT story FROM entries WHERE entry_id = ?", entry)


class Browser:
    """Keeps a cookie and sends forms as they are shown."""

    def __init__(self, address):
        self.address, self.opener = address, build_opener(HTTPCookieProcessor())

    def send(self, view, action, **fields):
        with self.opener.open(self.address + view, timeout=30) as answer:
            form = html.fromstring(answer.read()).xpath("//form[@action=$action]", action=action)[0]
        body = urlencode(dict(form.form_values()) | fields).encode()
        with self.opener.open(Request(self.address + action, body, {"Origin": self.address}), timeout=30) as answer:
            return html.fromstring(answer.read()).xpath("string(//p[contains(@class, 'told')])").strip()


def test_stories_are_split_and_put_together_and_later_copies_follow(machine, outside, running):
    second, third = type(outside)(), type(outside)()
    second.site, third.site = "https://second.example", "https://third.example"
    config = machine.folder / "config.yaml"
    feeds = "".join(f"  - {{id: {n}, url: '{o.url}/feed', interval: 1s}}\n" for n, o in (("b", second), ("c", third)))
    config.write_text(config.read_text().replace("receivers:\n", f"{feeds}receivers:\n", 1))
    assert machine.once() == 0, machine.log()
    _, address = served(machine, running)
    page = Browser(address)
    outside.items.append(("first", f"Explosion: {STORY}"))
    outside.wait_for(1)
    second.items.append(("copy", f"Explosion reported near the mill by residents at dawn: {STORY}"))
    story = story_of(machine, "first")
    assert story_of(machine, "copy") == story, "the stage is set"
    assert "1 message that had been withheld" in page.send(f"/stories/{story}", "/do/split")
    other = story_of(machine, "copy")
    assert other != story
    outside.wait_for(2)
    assert page.send(f"/stories/{other}", "/do/join", other=str(story)).startswith(f"Story {other} was put into")
    third.items.append(("third", f"Explosion reported near the mill by residents at dawn: {STORY}!"))
    assert story_of(machine, "third") == story, "the index knows what was put together"
    assert page.send("/silences", "/do/silence", rule="explosion", lasting="1h").startswith("Silence 1 holds")
    lines = [line for line in machine.log().splitlines() if "changed_by_hand" in line]
    assert [line.partition("what=")[2].split()[0] for line in lines] == ["split", "join", "silence"]
    assert all("by=page:127.0.0.1" in line for line in lines)
    for server in (second, third):
        server.close()
