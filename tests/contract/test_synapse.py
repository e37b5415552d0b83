"""Matrix against Synapse, the real home server: repeats vanish, edits and answers are such, a flood wait is its own.

Needs `matrix-synapse` in an environment of its own, for it asks for other versions than ours:
`python -m venv synapse && synapse/bin/pip install matrix-synapse`, then `WATCHER_TEST_SYNAPSE=synapse/bin/python`.
"""

import asyncio
import os
import re
import socket
import subprocess
import time
import urllib.parse

import httpx
import pytest
from pydantic import SecretStr
from views import message, view

from watcher.model import Action, Rejected, RetryLater, Sent
from watcher.notifiers import REGISTRY, Environment

PYTHON = os.environ.get("WATCHER_TEST_SYNAPSE")
pytestmark = pytest.mark.skipif(PYTHON is None, reason="WATCHER_TEST_SYNAPSE names no Python with matrix-synapse")
#: Messages that the server takes in a burst before it asks to wait.
BURST = 8


class Synapse:
    """A home server with the watcher's account and a room."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [PYTHON, "-m", "synapse.app.homeserver", "--config-path", "homeserver.yaml"]
        made = [*command, "--server-name", "localhost", "--generate-config", "--report-stats=no"]
        subprocess.run(made, cwd=folder, check=True, capture_output=True, timeout=120)
        config = folder / "homeserver.yaml"
        text = re.sub(r"port: 8008", f"port: {port}", config.read_text()).replace("- '::1'\n", "")
        limits = f"rc_message: {{per_second: 0.5, burst_count: {BURST}}}\n"
        config.write_text(f"{text}\n{limits}trusted_key_servers: []\nsuppress_key_server_warning: true\n")
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=f"{self.url}/_matrix/client/v3", timeout=60)
        self._wait()
        tool = [PYTHON, "-m", "synapse._scripts.register_new_matrix_user", "-c", "homeserver.yaml"]
        account = ["-u", "watcher", "-p", "password", "--no-admin", self.url]
        subprocess.run([*tool, *account], cwd=folder, check=True, capture_output=True, timeout=120)
        login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "watcher"}}
        self.token = self.http.post("/login", json=login | {"password": "password"}).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self.room = self.http.post("/createRoom", json={"preset": "private_chat"}).json()["room_id"]

    def _wait(self):
        end = time.monotonic() + 120
        while True:
            try:
                return self.http.get(f"{self.url}/_matrix/client/versions").raise_for_status()
            except httpx.HTTPError:
                assert self.process.poll() is None and time.monotonic() < end, "Synapse does not start"
                time.sleep(0.2)

    def events(self):
        """The room's messages, the oldest first."""
        room = urllib.parse.quote(self.room)
        told = self.http.get(f"/rooms/{room}/messages", params={"dir": "b", "limit": 100}).json()["chunk"]
        return [event for event in reversed(told) if event["type"] == "m.room.message"]

    def close(self):
        self.http.close()
        self.process.terminate()
        self.process.wait(60)


@pytest.fixture(scope="module")
def synapse(tmp_path_factory):
    server = Synapse(tmp_path_factory.mktemp("synapse"))
    yield server
    server.close()


@pytest.fixture
def speak(synapse):
    """Let `talk(send)` send messages with a notifier of its own."""

    def go(talk, token=None, room=None):
        async def inside():
            kind = REGISTRY["matrix"]
            settings = kind.settings.model_validate({"homeserver": synapse.url, "room": room or synapse.room})
            secrets = {"token": SecretStr(token or synapse.token)}
            notifier = kind.build("desk", settings, secrets, Environment(timeout_s=30))
            try:
                return await talk(lambda *what, **how: notifier.send(message(notifier, *what, **how)))
            finally:
                await notifier.aclose()

        return asyncio.run(inside())

    return go


def test_a_story_in_a_room(synapse, speak):
    async def talk(send):
        first, again = await send(), await send()
        await send(view(key="edit", title="Changed"), action=Action.EDIT, ref=first.ref)
        return first, again, await send(view(key="another", title="Answer"), action=Action.REPLY, ref=first.ref)

    first, again, answer = speak(talk)
    assert first == again, "a repeated attempt is the same event"
    told, edit, reply = synapse.events()
    assert told["event_id"] == first.ref and reply["event_id"] == answer.ref
    relation = edit["content"]["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.replace", first.ref)
    assert "Changed" in edit["content"]["m.new_content"]["formatted_body"]
    assert reply["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": first.ref}}


def test_who_may_not_speak_stops_the_receiver(speak):
    async def talk(send):
        return await send(view(key="refused"))

    for wrong in ({"token": "syt_wrong_token"}, {"room": "!nowhere:localhost"}):
        outcome = speak(talk, **wrong)
        assert isinstance(outcome, Rejected) and outcome.receiver_down, outcome
        assert "syt_wrong" not in outcome.reason


def test_a_flood_wait_is_the_servers_own_time(speak):
    async def talk(send):
        return [await send(view(key=f"flood {n}")) for n in range(2 * BURST)]

    outcomes = speak(talk)
    waits = [outcome for outcome in outcomes if isinstance(outcome, RetryLater)]
    assert waits and all(wait.after is not None and wait.after.total_seconds() > 0 for wait in waits)
    assert sum(isinstance(outcome, Sent) for outcome in outcomes) + len(waits) == len(outcomes)
