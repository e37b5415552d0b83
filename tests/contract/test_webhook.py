"""Webhooks against an HTTP server that misbehaves."""

import asyncio
import hashlib
import hmac
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from benches import WebhookBench
from hookserver import HookServer
from pydantic import SecretStr, ValidationError
from views import development, member, message, view

from watcher.model import Action, Rejected, RetryLater, Sent
from watcher.notifiers import REGISTRY, Environment
from watcher.notifiers.http import retry_after


@pytest.fixture
def server():
    with HookServer() as running:
        yield running


def send(bench, alert=None, action=Action.NEW, ref=None, **settings):
    async def go():
        notifier = bench.notifier(**settings)
        try:
            return await notifier.send(message(notifier, alert, action=action, ref=ref))
        finally:
            await notifier.aclose()

    return asyncio.run(go())


def test_what_is_posted(server):
    send(WebhookBench(server), view(also=(member("SOHR", credited="Atalayar"),)))
    (post,) = server.posts
    told = post["json"]
    assert post["headers"]["Idempotency-Key"] == f'"{told["key"]}"'
    assert (told["kind"], told["action"], told["severity"], told["rule"]) == ("alert", "new", "severe", "raid")
    assert told["entry"]["link"] == "https://atalayar.example/a?b=1&c=2"
    assert told["outlets"] == ["Atalayar", "SOHR"] and told["crediting_first"] == ["SOHR"]
    assert told["first_seen"] == {"outlet": "Atalayar", "at": "2026-05-01T11:02:00+00:00"}
    assert told["places"][0]["admin1"] == "SY-HL"


def test_a_development_names_its_thread(server):
    first = send(WebhookBench(server), view(key="3.raid.alert.0.desk"))
    send(WebhookBench(server), development(), Action.REPLY, ref=first.ref)
    alert, told = (post["json"] for post in server.posts)
    assert told["thread_key"] == alert["key"] != told["key"], "whatever the story's number is by now"
    assert told["changes"] == [{"what": "killed", "from": 12, "to": 15}]


def test_the_signature_is_of_the_bytes_that_were_sent(server):
    bench = WebhookBench(server)
    send(bench, view(title="Рейд في حلب 🔥"))
    (post,) = server.posts
    digest = hmac.new(bench.secrets["secret"].encode(), post["raw"], hashlib.sha256).hexdigest()
    assert post["headers"]["X-Watcher-Signature"] == f"sha256={digest}"
    assert post["headers"]["Authorization"] == bench.secrets["authorization"]


def test_without_secrets_nothing_is_signed(server):
    bench = WebhookBench(server)
    bench.secrets = {}
    send(bench)
    assert not {"X-Watcher-Signature", "Authorization"} & server.posts[0]["headers"].keys()


DOWN = {301, 302, 303, 307, 308, 401, 403, 404, 405, 407, 410}
LATER = {408, 425, 429, *range(500, 600)}
ALL = (*range(200, 230), *range(300, 309), *range(400, 452), *range(500, 512), 599)


def test_every_status_has_its_meaning(server):
    """Nothing between 200 and 599 raises, and each comes back as what it means."""

    async def go():
        notifier = WebhookBench(server).notifier()
        for status in ALL:
            server.status = status
            outcome = await notifier.send(message(notifier))
            if status < 300:
                assert isinstance(outcome, Sent), status
            elif status in LATER:
                assert isinstance(outcome, RetryLater) and f"status {status}" in outcome.reason, status
            else:
                assert isinstance(outcome, Rejected), status
                assert outcome.receiver_down is (status in DOWN or 300 <= status < 400), status
        await notifier.aclose()

    asyncio.run(go())
    assert len(server.posts) == len(ALL)


def test_a_redirect_is_not_followed(server):
    server.status, server.headers = 307, {"Location": f"http://127.0.0.1:{server.port}/elsewhere"}
    outcome = send(WebhookBench(server))
    assert isinstance(outcome, Rejected) and "redirect" in outcome.reason
    assert [post["path"] for post in server.posts] == ["/hook/path-part"]


def test_retry_after_is_the_services_own_time(server):
    server.status, server.headers = 429, {"Retry-After": "120"}
    assert send(WebhookBench(server)).after == timedelta(seconds=120)


NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120),
        ("0.5", 0.5),
        ("Fri, 01 May 2026 12:00:30 GMT", 30),
        ("Fri, 01 May 2026 11:00:00 GMT", None),
        ("-5", None),
        ("1e400", None),
        ("nan", None),
        ("99999999", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_forms_of_retry_after(value, expected):
    assert retry_after(value, NOW) == (None if expected is None else timedelta(seconds=expected))


def test_an_answer_that_drips_is_accepted_at_its_status(server):
    server.status, server.fault = 200, "drip"
    assert isinstance(send(WebhookBench(server)), Sent)


def test_a_refusal_that_drips_is_read_for_a_moment_only(server):
    server.status, server.fault, server.body = 503, "drip", b"overloaded"
    assert isinstance(send(WebhookBench(server)), RetryLater)


def test_a_certificate_that_nobody_vouches_for_gets_nothing():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with HookServer(tls=context) as server:
        outcome = send(WebhookBench(server), url=f"https://127.0.0.1:{server.port}/hook")
    assert isinstance(outcome, Rejected) and outcome.receiver_down and "certificate" in outcome.reason
    assert server.posts == []


def test_an_address_that_is_a_secret(server):
    kind = REGISTRY["webhook"]
    server.status, server.body = 404, b"no such hook: /services/T000/secret-part?token=abc123"
    address = f"http://127.0.0.1:{server.port}/services/T000/secret-part?token=abc123"

    async def go():
        settings = kind.settings()
        assert kind.missing_secrets(settings, {}) == ["address"]
        notifier = kind.build("desk", settings, {"address": SecretStr(address)}, Environment())
        try:
            return await notifier.send(message(notifier))
        finally:
            await notifier.aclose()

    outcome = asyncio.run(go())
    assert server.posts[0]["path"] == "/services/T000/secret-part?token=abc123"
    assert "secret-part" not in repr(outcome) and "abc123" not in repr(outcome)


@pytest.mark.parametrize("url", ["ftp://x/y", "http://", "/hook", "http:// x"])
def test_addresses_that_cannot_be(url):
    with pytest.raises(ValidationError):
        REGISTRY["webhook"].settings(url=url)


def test_the_body_is_json_of_one_form(server):
    """The same alert gives the same bytes, so a signature or a hash can be compared."""
    bench = WebhookBench(server)
    send(bench)
    send(bench)
    first, second = (post["raw"] for post in server.posts)
    assert first == second == json.dumps(json.loads(first), ensure_ascii=False, sort_keys=True).encode()
