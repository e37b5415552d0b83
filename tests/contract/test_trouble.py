"""A receiver that cannot be reached is told in a sentence that says where to look, without a name of an exception."""

import asyncio
import io
import re
import socket

import pytest
from views import message

from watcher.notifiers import REGISTRY, Environment


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def outcome_of(kind, settings, secrets):
    async def send():
        config = REGISTRY[kind]
        read = config.settings.model_validate(settings)
        notifier = config.build("phone", read, secrets, Environment(console=io.StringIO(), chat_pace_s=0, timeout_s=3))
        try:
            return await notifier.send(message(notifier))
        finally:
            await notifier.aclose()

    return asyncio.run(send())


def cases():
    from pydantic import SecretStr

    token, port = {"token": SecretStr("123456789:AAFakeTokenForTheStandInServer_0123456789")}, closed_port()
    mail = {"security": "none", "from": "w@example.org", "to": ["d@example.org"], "port": port}
    nothing, name = "nothing answers there", "its name cannot be resolved"
    return [
        pytest.param("webhook", {"url": f"http://127.0.0.1:{port}/a"}, {}, nothing, id="webhook, closed port"),
        pytest.param("webhook", {"url": "http://no.such.invalid/a"}, {}, name, id="webhook, unknown name"),
        pytest.param("email", mail | {"host": "127.0.0.1"}, {}, nothing, id="email, closed port"),
        pytest.param("email", mail | {"host": "no.such.invalid"}, {}, name, id="email, unknown name"),
        pytest.param("matrix", {"homeserver": f"http://127.0.0.1:{port}", "room": "!a:b"}, token, nothing, id="matrix"),
        pytest.param("telegram", {"chat_id": 1, "api": f"http://127.0.0.1:{port}"}, token, nothing, id="telegram"),
        pytest.param("exec", {"command": ["/no/such/program"]}, {}, "there is no such file", id="exec, no file"),
        pytest.param("exec", {"command": ["/etc"]}, {}, "this user may not", id="exec, no program"),
    ]


@pytest.mark.parametrize(("kind", "settings", "secrets", "said"), cases())
def test_the_reason_says_where_to_look(kind, settings, secrets, said):
    reason = outcome_of(kind, settings, secrets).reason
    assert said in reason
    assert not re.search(r"\w+(Error|Timeout|Exception)\b|Errno", reason), reason
