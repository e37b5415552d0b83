"""Services behind Apprise."""

import asyncio

import pytest
from benches import AppriseBench
from hookserver import HookServer
from pydantic import SecretStr
from views import message

from watcher.model import Rejected, RetryLater
from watcher.notifiers import REGISTRY, Environment


def send(url):
    async def go():
        kind = REGISTRY["apprise"]
        notifier = kind.build("desk", kind.settings(), {"url": SecretStr(url)}, Environment())
        return await notifier.send(message(notifier))

    return asyncio.run(go())


@pytest.mark.parametrize("url", ["nonsense://x", "plain words", "tgram://", ""])
def test_an_address_that_is_none_stops_the_receiver(url):
    outcome = send(url)
    assert isinstance(outcome, Rejected) and outcome.receiver_down
    assert not url or url not in outcome.reason


@pytest.mark.parametrize("status", [301, 400, 401, 404, 500])
def test_every_failure_is_tried_again(status):
    with HookServer() as server:
        server.status = status
        outcome = send(AppriseBench(server).secrets["url"])
    assert isinstance(outcome, RetryLater)
    assert "pass-word" not in repr(outcome)
