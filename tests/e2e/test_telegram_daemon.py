"""The real daemon and a reader who presses: from two copies taken for one story to two stories and two alerts."""

import itertools
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import commands
import pytest
from botapi import TOKEN

STORY = (
    "International coalition arrests top leader of the group in a raid on a village near Jarablus in Aleppo province"
)


class Phone:
    """The stand-in's process, and the reader in front of it."""

    def __init__(self):
        script = Path(__file__).parents[1] / "botapi.py"
        self.process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        self.numbers = itertools.count(1)

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def messages(self):
        with urllib.request.urlopen(f"{self.url}/control/messages") as answer:
            return json.load(answer)

    def press(self, data):
        chat = {"id": 42, "type": "private"}
        query = {
            "id": "q", "from": {"id": 42, "is_bot": False, "first_name": "A"}, "chat_instance": "x", "data": data,
            "message": {"message_id": 1, "date": 1, "chat": chat, "text": "t"},
        }  # fmt: skip
        body = json.dumps([{"update_id": next(self.numbers), "callback_query": query}]).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/control/updates", body, method="POST")).close()

    def wait_for(self, holds):
        end = time.monotonic() + 60
        while not holds(self.messages()):
            assert time.monotonic() < end, self.messages()
            time.sleep(0.05)
        return self.messages()


@pytest.fixture
def phone():
    opened = Phone()
    yield opened
    opened.close()


@pytest.fixture
def others(outside):
    """Two more outlets."""
    opened = type(outside)(), type(outside)()
    yield opened
    for server in opened:
        server.close()


def button(message, text):
    return next(b["callback_data"] for row in message["buttons"] for b in row if b["text"] == text)


def test_a_wrong_duplicate_is_split_off_by_the_running_daemon_and_its_copies_follow_it(
    machine, outside, others, running, phone
):
    second, third = others
    second.site, third.site = "https://second.example", "https://third.example"
    config = machine.folder / "config.yaml"
    (machine.folder / "token").write_text(TOKEN)
    config.write_text(
        config.read_text()
        + f"  phone: {{type: telegram, chat_id: 42, api: '{phone.url}', token_file: token, edit_every: 1s}}\n"
    )
    feeds = "".join(
        f"  - {{id: {name}, url: '{o.url}/feed', interval: 1s}}\n" for name, o in (("b", second), ("c", third))
    )
    config.write_text(config.read_text().replace("receivers:\n", f"{feeds}receivers:\n", 1))
    rules = machine.folder / "rules" / "r.yaml"
    rules.write_text(rules.read_text().replace("receivers: [hook]", "receivers: [phone]"))
    assert machine.once() == 0, machine.log()
    running.append(machine.start())
    outside.items.append(("first", f"Explosion: {STORY}"))
    phone.wait_for(lambda told: len(told) == 1)
    second.items.append(("copy", f"Explosion reported near the mill by residents at dawn: {STORY}"))
    told = explained(machine, "copy")
    assert told["story"] == explained(machine, "first")["story"], "the stage is set"
    delivery = button(phone.messages()["1"], "✓ Seen").partition(":")[2]
    phone.press(f"duplicate:{delivery}")
    told = phone.wait_for(lambda told: len(told) == 2)
    assert "Explosion reported" in told["2"]["text"]
    after = explained(machine, "copy")
    assert after["story"] != explained(machine, "first")["story"]
    assert after["assignments"][0]["reason"] == "split_by_reader"
    third.items.append(("third", f"Explosion reported near the mill by residents at dawn: {STORY}!"))
    assert explained(machine, "third")["story"] == after["story"], "the index knows the new story"


def explained(machine, entry):
    """What `watcher explain` says of an entry, once it is stored."""
    end = time.monotonic() + 60
    while True:
        told = commands.run(machine.folder, "explain", entry, "--json")
        if told.returncode == 0:
            return json.loads(told.stdout)
        assert time.monotonic() < end, told.stderr
        time.sleep(0.2)
