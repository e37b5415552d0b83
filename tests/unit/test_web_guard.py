"""Who may ask the daemon what."""

from base64 import b64encode

import pytest
from starlette.datastructures import Headers

from watcher.web.guard import Door, is_loopback, refusal


def basic(pair):
    """What a browser sends."""
    return f"Basic {b64encode(pair.encode()).decode()}"


LOCAL, GUARDED, NAMED = Door(), Door("open sesame"), Door(hosts=("watcher.example.org",))
PUSHED = Door("open sesame", takes_pushes=True)
FORMS = Door(takes_forms=True)
OWN = {"host": "localhost:8642", "origin": "http://localhost:8642"}


@pytest.mark.parametrize(
    ("door", "method", "path", "headers", "status"),
    [
        pytest.param(LOCAL, "GET", "/metrics", {"host": "127.0.0.1:8642"}, None, id="this machine"),
        pytest.param(LOCAL, "HEAD", "/metrics", {"host": "localhost"}, None, id="by name"),
        pytest.param(LOCAL, "GET", "/metrics", {"host": "[::1]:8642"}, None, id="IPv6"),
        pytest.param(LOCAL, "GET", "/metrics", {"host": "evil.example:8642"}, 421, id="DNS rebinding"),
        pytest.param(LOCAL, "GET", "/healthz", {"host": "evil.example"}, 421, id="DNS rebinding, an open path"),
        pytest.param(LOCAL, "GET", "/metrics", {}, 421, id="no Host"),
        pytest.param(LOCAL, "GET", "/metrics", {"host": "localhost.evil.example"}, 421, id="a name that begins well"),
        pytest.param(LOCAL, "POST", "/metrics", {"host": "localhost"}, 405, id="nothing is changed"),
        pytest.param(LOCAL, "OPTIONS", "/metrics", {"host": "localhost"}, 405, id="no preflight succeeds"),
        pytest.param(NAMED, "GET", "/metrics", {"host": "Watcher.example.org"}, None, id="a configured name"),
        pytest.param(NAMED, "GET", "/metrics", {"host": "other.example.org"}, 421, id="another than the configured"),
        pytest.param(GUARDED, "GET", "/metrics", {"host": "x"}, 401, id="no token"),
        pytest.param(GUARDED, "GET", "/metrics", {"authorization": "Bearer open sesame"}, None, id="token"),
        pytest.param(GUARDED, "GET", "/metrics", {"authorization": "bearer open sesame"}, None, id="any case"),
        pytest.param(GUARDED, "GET", "/metrics", {"authorization": "Bearer open sesam"}, 401, id="wrong token"),
        pytest.param(GUARDED, "GET", "/metrics", {"authorization": "open sesame"}, 401, id="no scheme"),
        pytest.param(GUARDED, "GET", "/", {"authorization": basic("me:open sesame")}, None, id="a browser"),
        pytest.param(GUARDED, "GET", "/", {"authorization": basic("me:open sesam")}, 401, id="wrong password"),
        pytest.param(GUARDED, "GET", "/", {"authorization": basic("open sesame")}, 401, id="a name alone"),
        pytest.param(GUARDED, "GET", "/", {"authorization": basic("open sesame:")}, 401, id="as the name"),
        pytest.param(GUARDED, "GET", "/", {"authorization": "Basic ***"}, 401, id="not base64"),
        pytest.param(GUARDED, "GET", "/metrics", {"authorization": "Bearer öpen"}, 401, id="odd letters"),
        pytest.param(GUARDED, "GET", "/metrics", {"host": "localhost"}, 401, id="token also for this machine"),
        pytest.param(GUARDED, "GET", "/healthz", {"host": "10.0.0.7:8642"}, None, id="health is open"),
        pytest.param(GUARDED, "GET", "/readyz", {"host": "10.0.0.7:8642"}, None, id="readiness is open"),
        pytest.param(PUSHED, "POST", "/websub/key", {"host": "x"}, None, id="a hub, whose documents are signed"),
        pytest.param(PUSHED, "GET", "/websub/key", {"host": "x"}, None, id="a hub that verifies"),
        pytest.param(PUSHED, "DELETE", "/websub/key", {"host": "x"}, 405, id="no more than that"),
        pytest.param(PUSHED, "GET", "/metrics", {"host": "x"}, 401, id="the rest stays closed"),
        pytest.param(GUARDED, "POST", "/websub/key", {"host": "x"}, 405, id="no hubs wanted"),
        pytest.param(GUARDED, "GET", "/healthz/../metrics", {"host": "x"}, 401, id="no way around"),
        pytest.param(FORMS, "POST", "/do/silence", OWN, None, id="a form of the page"),
        pytest.param(FORMS, "POST", "/do/silence", OWN | {"sec-fetch-site": "none"}, 403, id="a form from nowhere"),
        pytest.param(FORMS, "POST", "/do/silence", {"host": "localhost"}, 403, id="a form without an Origin"),
        pytest.param(FORMS, "POST", "/do/silence", OWN | {"origin": "http://[::1]:8642"}, 403, id="another name"),
        pytest.param(FORMS, "POST", "/metrics", OWN, 405, id="a form to what is no form"),
        pytest.param(FORMS, "PUT", "/do/silence", OWN, 405, id="no form"),
        pytest.param(LOCAL, "POST", "/do/silence", OWN, 405, id="a page that only reads"),
    ],
)  # fmt: skip
def test_who_may_ask_what(door, method, path, headers, status):
    raw = [(k.encode(), v.encode("latin-1")) for k, v in headers.items()]
    found = refusal(method, path, Headers(raw=raw), door)
    assert (found[0] if found else None) == status


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST", "a.localhost"])
def test_names_of_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.nip.example"])
def test_names_of_others(host):
    assert not is_loopback(host)
