"""The running daemon subscribes at a feed's hub, and what the hub pushes is told at once."""

import json
import socket

import commands
import pytest
from hub import LocalHub


@pytest.fixture
def hub():
    running = LocalHub()
    yield running
    running.close()


def test_an_alert_comes_from_a_push_long_before_the_next_poll(machine, outside, running, hub):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config, feed = machine.folder / "config.yaml", outside.feed
    config.write_text(
        config.read_text()
        .replace(", interval: 1s", "")
        .replace("web: {enabled: false}", f"web: {{listen: '{address}', public_url: 'http://{address}/'}}")
    )
    topic = f"{outside.url}/topic"
    links = (
        f'<link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="{hub.url}"/>'
        f'<link xmlns="http://www.w3.org/2005/Atom" rel="self" href="{topic}"/>'
    )
    outside.feed = lambda: feed().replace("<title>T</title>", f"<title>T</title>{links}")
    outside.publish(1)
    running.append(machine.start())
    hub.wait_for(1)
    machine.wait_for_log("hub_subscribed")
    outside.publish(2)
    assert hub.push(topic, outside.feed().encode()) == 202
    outside.wait_for(1)
    assert "pushed feed=feed new=1" in machine.log()
    assert "hubs: 1 telling" in status(machine).splitlines()
    (feed_line,) = json.loads(status(machine, "--json"))["feeds"]
    assert (feed_line["hub"]["url"], feed_line["hub"]["state"]) == (hub.url, "telling")
    assert hub.push(topic, outside.feed().encode(), secret="guessed") == 202
    machine.wait_for_log("push_refused")
    assert machine.log().count("pushed feed=feed") == 1


def status(machine, *arguments):
    return commands.run(machine.folder, "status", *arguments).stdout
