"""One conditional GET against a server that does everything wrong: each fault is one value with one clear line."""

import asyncio
import gzip
import ssl
import threading
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import pytest
import trustme
from badhttp import BadServer, answer, conditional, drip, endless, hang, hang_up, ok, redirect

from watcher.fetch import Fetcher, FetchSettings
from watcher.fetch.connections import LANES, Names
from watcher.model import Fetched, FetchFailed, FetchFailure, FetchRequest, NotModified
from watcher.schedule import RETRY_AFTER_CAP

RSS = b"<rss version='2.0'><channel><title>T</title></channel></rss>"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
#: Made once: reading the system's authorities takes a twentieth of a second.
VERIFY = ssl.create_default_context()
SETTINGS = FetchSettings(timeout=timedelta(seconds=20), allow_networks=("127.0.0.0/8",), max_body_bytes=1_000_000)


def fetch(*requests, settings=SETTINGS, verify=VERIFY, **made_with):
    """Fetch one after the other with one Fetcher; return the only result, or all of them."""

    async def go():
        fetcher = Fetcher(settings, lambda: NOW, verify=verify, **made_with)
        try:
            return [await fetcher.fetch(r) for r in requests]
        finally:
            await fetcher.aclose()

    results = asyncio.run(asyncio.wait_for(go(), 60))
    return results[0] if len(results) == 1 else results


def asks(url, **kwargs):
    return FetchRequest("f", url, **kwargs)


def failed(result, reason, *said, status=None):
    """Assert a failure with a message of one line that says these things."""
    assert isinstance(result, FetchFailed), result
    assert result.reason is reason, result
    assert "\n" not in result.message
    assert len(result.message) < 400
    for words in said:
        assert words in result.message
    assert result.status == status


# ---------------------------------------------------------------- conditional GET


def test_a_first_fetch_brings_body_validators_and_no_conditions(server):
    url = server.on("/feed", ok(RSS, ETag='W/"a b"', Last_Modified="yesterday, as we say"))
    got = fetch(asks(url))
    assert got == Fetched(url, RSS, "application/rss+xml", 'W/"a b"', "yesterday, as we say", elapsed=got.elapsed)
    (request,) = server.requests
    assert not {"if-none-match", "if-modified-since", "cookie", "referer"} & set(request.headers)
    assert request.headers["user-agent"].startswith("watcher/")
    assert request.headers["accept-encoding"] == "gzip, br"


@pytest.mark.parametrize(
    ("etag", "last_modified"),
    [
        pytest.param('"1"', "Fri, 01 May 2026 11:00:00 GMT", id="as the RFC wants it"),
        pytest.param("unquoted", "2026-05-01 11:00", id="neither quoted nor a date"),
        pytest.param('W/"x\xe9\xff;"', "Vendredi, d\xe9j\xe0", id="bytes beyond ASCII"),
        pytest.param('"' + "x" * 4000 + '"', "0", id="long"),
        pytest.param('"a", "b"', "-1", id="looks like a list"),
    ],
)
def test_both_validators_go_back_byte_for_byte(server, etag, last_modified):
    url = server.on("/feed", ok(RSS, ETag=etag, Last_Modified=last_modified), answer(304))
    first = fetch(asks(url))
    second = fetch(asks(url, etag=first.etag, last_modified=first.last_modified, validators_url=first.url))
    assert isinstance(second, NotModified), second
    assert (second.etag, second.last_modified) == (None, None)
    sent = server.requests[1].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == (etag, last_modified)


def test_an_absurdly_long_validator_is_not_kept(server):
    url = server.on("/feed", ok(RSS, ETag='"' + "x" * 5000 + '"'))
    assert fetch(asks(url)).etag is None


def test_a_304_renews_what_it_carries(server):
    url = server.on("/feed", answer(304, ETag='"2"', Cache_Control="max-age=600"))
    got = fetch(asks(url, etag='"1"', validators_url=url))
    assert got == NotModified(url, '"2"', None, timedelta(minutes=10), got.elapsed)


def test_a_304_that_nobody_asked_for_is_a_failure(server):
    url = server.on("/feed", answer(304))
    failed(fetch(asks(url)), FetchFailure.HTTP_STATUS, "304", "nothing was sent", status=304)


def test_validators_go_only_to_the_final_address_that_gave_them(server):
    old = server.on("/old", redirect("/new"))
    new = server.on("/new", conditional(RSS, '"n"'))
    first = fetch(asks(old))
    assert (first.url, first.etag) == (new, '"n"')
    second = fetch(asks(old, etag=first.etag, validators_url=first.url))
    assert isinstance(second, NotModified)
    assert [("if-none-match" in r.headers) for r in server.requests] == [False, False, False, True]
    assert second.moved_to == new


def test_validators_are_found_again_however_the_address_is_written(server):
    server.on("/feed", conditional(RSS, '"1"'))
    url = f"HTTP://127.0.0.1:{server.port}/feed#part"
    first = fetch(asks(url))
    assert isinstance(fetch(asks(url, etag=first.etag, validators_url=first.url)), NotModified)


def test_cookies_are_never_kept(server):
    server.on("/a", answer(302, Location="/b", Set_Cookie="id=1; Path=/"))
    server.on("/b", ok(RSS, Set_Cookie="id=2; Path=/"))
    fetch(asks(server.url("/a")), asks(server.url("/b")))
    assert len(server.requests) == 3
    assert not any("cookie" in r.headers for r in server.requests)


# ---------------------------------------------------------------- how long it stays fresh


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        pytest.param({"Cache_Control": "public, max-age=3600"}, 3600, id="max-age"),
        pytest.param({"Cache_Control": "max-age=3600", "Age": "600"}, 3000, id="less the age"),
        pytest.param({"Cache_Control": "max-age=60", "Age": "600"}, 0, id="older than fresh"),
        pytest.param({"Cache_Control": 'Max-Age="30"'}, 30, id="quoted, upper case"),
        pytest.param({"Cache_Control": "max-age=99999999999999999999999999"}, 315_360_000, id="for ever"),
        pytest.param({"Cache_Control": "no-cache, max-age=600"}, None, id="no-cache wins"),
        pytest.param({"Cache_Control": "max-age=-5"}, None, id="negative"),
        pytest.param({"Cache_Control": "max-age=٣"}, None, id="digits of another script"),
        pytest.param({"Expires": format_datetime(NOW + timedelta(hours=2), usegmt=True)}, 7200, id="Expires"),
        pytest.param({"Expires": format_datetime(NOW - timedelta(hours=2), usegmt=True)}, 0, id="expired"),
        pytest.param(
            {
                "Expires": format_datetime(NOW + timedelta(hours=26), usegmt=True),
                "Date": format_datetime(NOW + timedelta(hours=25), usegmt=True),
            },
            3600,
            id="Expires by the server's wrong clock",
        ),
        pytest.param({"Expires": "0"}, None, id="Expires 0"),
        pytest.param({"Expires": "Thu, 01 Jan 1970 00:00:00 +9999"}, None, id="no such offset"),
        pytest.param({"Expires": "Fri, 31 Dec 9999 23:59:59 -2300"}, None, id="beyond the calendar"),
        pytest.param({}, None, id="nothing said"),
    ],
)
def test_freshness(server, headers, fresh):
    headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    got = fetch(asks(server.on("/feed", ok(RSS, **headers))))
    assert isinstance(got, Fetched)
    assert got.fresh_for == (None if fresh is None else timedelta(seconds=fresh))


RETRY_AFTER = [
    pytest.param("120", timedelta(minutes=2), id="seconds"),
    pytest.param(format_datetime(NOW + timedelta(hours=3), usegmt=True), timedelta(hours=3), id="date"),
    pytest.param(format_datetime(NOW - timedelta(hours=3), usegmt=True), timedelta(), id="date gone by"),
    pytest.param("soon", None, id="neither"),
    pytest.param("-5", None, id="negative"),
    pytest.param("", None, id="empty"),
]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("value", "wait"), RETRY_AFTER)
def test_retry_after_with_a_refusal(server, status, value, wait):
    got = fetch(asks(server.on("/feed", answer(status, b"<html>slow down", Retry_After=value))))
    failed(got, FetchFailure.RATE_LIMITED, str(status), status=status)
    assert got.retry_after == wait


@pytest.mark.parametrize(("value", "wait"), RETRY_AFTER)
def test_retry_after_with_a_feed(server, value, wait):
    url = server.on("/feed", ok(RSS, ETag='"1"', Retry_After=value), answer(304, Retry_After=value))
    first = fetch(asks(url))
    assert first.retry_after == wait
    assert fetch(asks(url, etag=first.etag)).retry_after == wait


# ---------------------------------------------------------------- statuses


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (204, FetchFailure.HTTP_STATUS),
        (206, FetchFailure.HTTP_STATUS),
        (300, FetchFailure.HTTP_STATUS),
        (400, FetchFailure.HTTP_STATUS),
        (401, FetchFailure.HTTP_STATUS),
        (403, FetchFailure.HTTP_STATUS),
        (404, FetchFailure.HTTP_STATUS),
        (410, FetchFailure.GONE),
        (418, FetchFailure.HTTP_STATUS),
        (429, FetchFailure.RATE_LIMITED),
        (500, FetchFailure.HTTP_STATUS),
        (503, FetchFailure.RATE_LIMITED),
        (599, FetchFailure.HTTP_STATUS),
    ],
)
def test_statuses_without_a_feed(server, status, reason):
    failed(fetch(asks(server.on("/feed", answer(status, b"no")))), reason, f"the server says {status}", status=status)


@pytest.mark.parametrize(
    ("headers", "who"),
    [({"cf_mitigated": "challenge"}, "Cloudflare"), ({"x_amzn_waf_action": "captcha"}, "AWS WAF")],
)
@pytest.mark.parametrize("status", [403, 405, 429, 503])
def test_a_bot_wall_is_told_from_a_refusal(server, status, headers, who):
    got = fetch(asks(server.on("/feed", answer(status, b"<html>Just a moment...", **headers))))
    failed(got, FetchFailure.BOT_WALL, who, status=status)


@pytest.mark.parametrize(
    ("page", "who"),
    [
        (b"<!DOCTYPE html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>", "Cloudflare"),
        (b"<html><script src='/_Incapsula_Resource?SWJIYLWA=1'></script></html>", "Imperva"),
        (b"<html><title>Making sure you're not a bot!</title>", "a bot wall"),
        (b"<html><title>403 Forbidden</title><h1>nginx</h1>", None),
        (b"<html><title>Log in</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>", None),
        (b"x" * 70_000 + b"<title>Just a moment...</title>", None),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_page_that_asks_for_a_person_in_place_of_the_feed(server, page, who, packed):
    said = {"Content_Type": "text/html; charset=UTF-8"} | ({"Content_Encoding": "gzip"} if packed else {})
    for status in (403, 429):
        got = fetch(asks(server.on("/feed", answer(status, gzip.compress(page) if packed else page, **said))))
        usual = FetchFailure.HTTP_STATUS if status == 403 else FetchFailure.RATE_LIMITED
        failed(got, FetchFailure.BOT_WALL if who else usual, f"{who} asks for a browser" if who else "", status=status)


WALL = b"<html><title>Just a moment...</title>"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(hang_up(b""), FetchFailure.RATE_LIMITED, id="breaks off at once"),
        pytest.param(hang_up(b"<html>"), FetchFailure.RATE_LIMITED, id="breaks off"),
        pytest.param(hang_up(WALL), FetchFailure.BOT_WALL, id="a wall that breaks off"),
        pytest.param(drip(b"x" * 100), FetchFailure.RATE_LIMITED, id="slow"),
        pytest.param(endless(WALL, b"x" * 65_536), FetchFailure.BOT_WALL, id="endless"),
    ],
)
def test_a_status_holds_whatever_becomes_of_its_page(server, body, reason):
    head = answer(429, length=False, Content_Type="text/html", Content_Length="9000000", Retry_After="3600")

    async def write(request, writer):
        writer.write(head)
        await body(request, writer)

    url = server.on("/feed", write)
    first, second = fetch(asks(url), asks(url), settings=replace(SETTINGS, timeout=timedelta(seconds=2)))
    failed(first, reason, status=429)
    assert first.retry_after == timedelta(hours=1)
    if reason is FetchFailure.RATE_LIMITED:
        assert second.reason is FetchFailure.HELD


def post(url, times=1):
    """Send a form to an address, again and again."""

    async def go():
        fetcher = Fetcher(SETTINGS, verify=VERIFY)
        try:
            return [await fetcher.post(url, b"hub.mode=subscribe") for _ in range(times)]
        finally:
            await fetcher.aclose()

    return asyncio.run(go())


def test_a_form_waits_where_a_host_wants_no_requests(server):
    first, second = post(server.on("/hub", answer(429, b"Slow down", Retry_After="60")), times=2)
    failed(first, FetchFailure.RATE_LIMITED, "Slow down", status=429)
    failed(second, FetchFailure.HELD, "Slow down")
    assert len(server.requests) == 1


def test_a_feed_is_still_asked_where_a_host_wants_no_forms_but_no_form_is_sent_where_it_wants_no_requests(server):
    hub, feed = server.on("/hub", answer(503, b"Busy", Retry_After="9000")), server.on("/feed", ok(RSS))
    busy = server.on("/busy", answer(429, Retry_After="60"))

    async def go():
        fetcher = Fetcher(SETTINGS, verify=VERIFY)
        try:
            said = [await fetcher.post(hub, b"hub.mode=subscribe"), await fetcher.fetch(asks(feed))]
            return [*said, await fetcher.fetch(asks(busy)), await fetcher.post(feed, b"hub.mode=subscribe")]
        finally:
            await fetcher.aclose()

    refused, got, told, waits = asyncio.run(go())
    failed(refused, FetchFailure.RATE_LIMITED, "Busy", status=503)
    assert got.body == RSS
    failed(told, FetchFailure.RATE_LIMITED, status=429)
    failed(waits, FetchFailure.HELD, "wants no requests now")
    assert len(server.requests) == 3


def test_a_form_is_not_sent_round_in_a_circle(server):
    url = server.on("/1", redirect("/2", 308))
    server.on("/2", redirect("/1", 307))
    failed(*post(url), FetchFailure.REDIRECTS, "circle")
    assert len(server.requests) == 2


def test_a_refused_form_is_told_with_its_status_whatever_becomes_of_its_page(server):
    url = server.on("/hub", hang_up(answer(503, b"Busy", Content_Length="9000", Retry_After="60")))

    (got,) = post(url)
    failed(got, FetchFailure.RATE_LIMITED, "503", "Busy", status=503)
    assert got.retry_after == timedelta(seconds=60)


def test_an_odd_reason_phrase_stays_one_line(server):
    url = server.on("/feed", hang_up(b"HTTP/1.1 500 " + b"very\t" * 2000 + b"bad\r\nContent-Length: 0\r\n\r\n"))
    failed(fetch(asks(url)), FetchFailure.HTTP_STATUS, "very very", status=500)


# ---------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_only_a_permanent_one_moves(server, status):
    old, new = server.on("/old", redirect("/new?x=1", status)), server.url("/new?x=1")
    server.on("/new", ok(RSS))
    got = fetch(asks(old))
    assert (got.url, got.body) == (new, RSS)
    assert got.moved_to == (new if status in (301, 308) else None)


@pytest.mark.parametrize(("first", "second", "moves"), [(301, 308, True), (302, 301, False), (301, 307, False)])
def test_every_hop_must_be_permanent(server, first, second, moves):
    url, last = server.on("/1", redirect("/2", first)), server.on("/3", ok(RSS))
    server.on("/2", redirect(last, second))
    assert fetch(asks(url)).moved_to == (last if moves else None)


def test_a_redirect_loop(server):
    url = server.on("/1", redirect("/2"))
    server.on("/2", redirect("/1"))
    failed(fetch(asks(url)), FetchFailure.REDIRECTS, "circle")
    assert len(server.requests) == 2


def test_too_many_redirects(server):
    for number in range(20):
        server.on(f"/{number}", redirect(f"/{number + 1}"))
    failed(fetch(asks(server.url("/0"))), FetchFailure.REDIRECTS, "more than 5")
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "to",
    [
        "ftp://example.org/feed",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http://[::1",
        "//",
        "http://a b/",
    ],
)
def test_redirects_to_nowhere(server, to):
    failed(fetch(asks(server.on("/feed", redirect(to)))), FetchFailure.REDIRECTS)


def test_a_redirect_without_an_address(server):
    failed(fetch(asks(server.on("/feed", answer(302)))), FetchFailure.REDIRECTS, "not where to", status=302)


def test_credentials_stay_with_their_origin_and_out_of_results(server):
    with BadServer() as other:
        server.on("/a", redirect("/b"))
        server.on("/b", redirect(other.on("/c", answer(404))))
        url = server.url("/a").replace("://", "://me:secret@")
        got = fetch(asks(url))
        assert [("authorization" in r.headers) for r in (*server.requests, *other.requests)] == [True, True, False]
        server.on("/b", ok(RSS))
        got = fetch(asks(url))
        assert got.url == got.moved_to == server.url("/b")
        server.on("/b", redirect("/a"))
        failed(fetch(asks(url)), FetchFailure.REDIRECTS)
        assert "secret" not in fetch(asks(url)).message


def test_validators_of_an_address_with_credentials_are_used(server):
    url = server.on("/feed", conditional(RSS, '"1"')).replace("://", "://me:secret@")
    first = fetch(asks(url))
    assert isinstance(fetch(asks(url, etag=first.etag, validators_url=first.url)), NotModified)


# ---------------------------------------------------------------- time and size


QUICK = replace(SETTINGS, timeout=timedelta(seconds=0.4))


def test_a_server_that_never_answers(server):
    failed(fetch(asks(server.on("/feed", hang)), settings=QUICK), FetchFailure.TIMEOUT)


def test_a_byte_now_and_then_does_not_outlast_the_total_time(server):
    url = server.on("/feed", drip(ok(RSS), every_s=0.05))
    got = fetch(asks(url), settings=QUICK)
    failed(got, FetchFailure.TIMEOUT, "no complete answer within 0.4 s")
    assert got.elapsed < timedelta(seconds=5)


def test_time_is_counted_over_all_hops(server):
    async def slowly(request, writer):
        await asyncio.sleep(0.15)
        writer.write(redirect(f"/{int(request.path[1:]) + 1}"))
        await writer.drain()

    for number in range(6):
        server.on(f"/{number}", slowly)
    failed(fetch(asks(server.url("/0")), settings=QUICK), FetchFailure.TIMEOUT)
    assert 2 <= len(server.requests) <= 3


def test_a_large_body_within_the_cap(server):
    body = b"x" * 999_999
    assert fetch(asks(server.on("/feed", ok(body)))).body == body


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(hang_up(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"), id="announced"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000), id="without length, for ever"),
        pytest.param(
            endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3e8\r\n" + b"x" * 1000 + b"\r\n"),
            id="chunked, for ever",
        ),
        pytest.param(ok(gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip"), id="gzip bomb"),
        pytest.param(ok(zlib.compress(b"x" * 50_000_000), Content_Encoding="deflate"), id="deflate bomb"),
        pytest.param(ok(brotli.compress(b"x" * 50_000_000), Content_Encoding="br"), id="brotli bomb"),
    ],
)
def test_bodies_beyond_the_cap(server, said):
    failed(fetch(asks(server.on("/feed", said))), FetchFailure.TOO_BIG, "1 MB", "http.max_body_bytes")


def test_endless_headers(server):
    url = server.on("/feed", endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: again and again\r\n"))
    failed(fetch(asks(url)), FetchFailure.PROTOCOL)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param(b"", "broke off", id="nothing at all"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "broke off", id="another protocol"),
        pytest.param(b"\x00\xff\n\n\n" * 100, "broke off", id="noise"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>", "broke off", id="shorter than announced"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n", "broke off", id="chunks without end"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "broke off", id="negative length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nETag: a\x00b\r\n\r\n", "broke off", id="NUL in a header"),
    ],
)
def test_broken_exchanges(server, said, why):
    failed(fetch(asks(server.on("/feed", hang_up(said)))), FetchFailure.PROTOCOL, why)


def test_more_than_announced_is_cut_at_the_announced_length(server):
    url = server.on("/feed", answer(200, RSS + b"trailing", Content_Length=str(len(RSS))))
    assert fetch(asks(url)).body == RSS


# ---------------------------------------------------------------- content encodings


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param("gzip", gzip.compress(RSS), id="gzip"),
        pytest.param("X-GZIP", gzip.compress(RSS), id="x-gzip"),
        pytest.param("gzip", gzip.compress(RSS[:9]) + gzip.compress(RSS[9:]), id="gzip of two members"),
        pytest.param("gzip", gzip.compress(RSS) + b"\x00\x00\x00", id="gzip with padding"),
        pytest.param("br", brotli.compress(RSS), id="brotli"),
        pytest.param("deflate", zlib.compress(RSS), id="deflate"),
        pytest.param("deflate", zlib.compress(RSS)[2:-4], id="raw deflate"),
        pytest.param("identity", RSS, id="identity"),
        pytest.param("utf-8", RSS, id="a charset in the wrong header"),
    ],
)
def test_encodings_that_are_understood(server, encoding, body):
    assert fetch(asks(server.on("/feed", ok(body, Content_Encoding=encoding)))).body == RSS


@pytest.mark.parametrize(
    ("encoding", "body", "why"),
    [
        pytest.param("gzip", RSS, "not gzip as it says", id="plain text called gzip"),
        pytest.param("br", RSS, "not br as it says", id="plain text called brotli"),
        pytest.param("deflate", RSS, "not deflate as it says", id="plain text called deflate"),
        pytest.param("gzip", gzip.compress(RSS)[:-9], "ends before its end", id="gzip cut"),
        pytest.param("br", brotli.compress(RSS * 50)[:-3], "ends before its end", id="brotli cut"),
        pytest.param("zstd", RSS, "'zstd', which was not asked for", id="not offered"),
        pytest.param("gzip, gzip", RSS, "not asked for", id="twice"),
    ],
)
def test_encodings_that_fail(server, encoding, body, why):
    failed(fetch(asks(server.on("/feed", ok(body, Content_Encoding=encoding)))), FetchFailure.ENCODING, why)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 65_536 + 258, 400_000])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_decoders_keep_the_last_byte(server, size, encoding):
    """A decoder with an output limit holds bytes back; the end must ask for them."""
    body = (b"ab" * size)[: size - 1] + b"!"
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[encoding](body)
    assert fetch(asks(server.on("/feed", ok(packed, Content_Encoding=encoding)))).body == body


def test_an_empty_body_with_an_encoding_is_an_empty_body(server):
    assert fetch(asks(server.on("/feed", ok(b"", Content_Encoding="gzip")))).body == b""


# ---------------------------------------------------------------- connections


def test_a_refused_connection():
    with BadServer() as gone:
        url = gone.url("/feed")
    failed(fetch(asks(url)), FetchFailure.CONNECT)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://no-such-host.invalid/feed", FetchFailure.DNS),
        (f"http://{'a' * 64}.example/feed", FetchFailure.DNS),
        ("ftp://example.org/feed", FetchFailure.BAD_URL),
        ("http:///feed", FetchFailure.BAD_URL),
        ("http://a:99999/feed", FetchFailure.BAD_URL),
        ("http://[::1/feed", FetchFailure.BAD_URL),
        ("http://a\x00b/feed", FetchFailure.BAD_URL),
        ("feed", FetchFailure.BAD_URL),
        ("", FetchFailure.BAD_URL),
    ],
)
def test_addresses_that_lead_nowhere(url, reason):
    got = fetch(asks(url))
    assert isinstance(got, FetchFailed)
    assert (got.reason, "\n" in got.message) == (reason, False)


AUTHORITY = trustme.CA()


def serving(*names, authority=AUTHORITY, **valid):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **valid).configure_cert(context)
    return context


def trusting(authority=AUTHORITY):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


def test_tls_works_when_it_is_right_and_says_until_when():
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=5)
    with BadServer(tls=serving("127.0.0.1", not_after=ends_at)) as server:
        got = fetch(asks(server.on("/feed", ok(RSS))), verify=trusting())
        same = fetch(asks(server.on("/same", answer(304)), etag='"1"'), verify=trusting())
    assert got.body == RSS
    assert got.certificate == same.certificate
    assert (got.certificate.ends_at, got.certificate.begins_at < ends_at) == (ends_at, True)


@pytest.mark.parametrize(
    ("context", "why"),
    [
        pytest.param(serving("127.0.0.1", authority=trustme.CA()), "self-signed|unable to get", id="unknown authority"),
        pytest.param(serving("example.org"), "mismatch", id="another name"),
        pytest.param(serving("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)), "expired", id="expired"),
    ],
)
def test_tls_faults(context, why):
    with BadServer(tls=context) as server:
        got = fetch(asks(server.on("/feed", ok(RSS))), verify=trusting())
        failed(got, FetchFailure.TLS)
        assert any(word in got.message for word in why.split("|")), got.message
        assert not server.requests


def test_no_tls_where_tls_is_expected(server):
    failed(fetch(asks(server.url("/feed").replace("http:", "https:"))), FetchFailure.TLS)


def test_a_permanent_redirect_from_https_to_http_does_not_move(server):
    new = server.on("/new", ok(RSS))
    with BadServer(tls=serving("127.0.0.1")) as secure:
        got = fetch(asks(secure.on("/old", redirect(new))), verify=trusting())
    assert (got.url, got.moved_to) == (new, None)


# ---------------------------------------------------------------- private addresses


GUARDED = replace(SETTINGS, allow_networks=())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0.0.0.0", "[::1]", "127.1"])
def test_private_addresses_are_refused_after_resolution(server, host):
    server.on("/feed", ok(RSS))
    got = fetch(asks(server.url("/feed", host)), settings=GUARDED)
    assert got.reason in (FetchFailure.BLOCKED_ADDRESS, FetchFailure.DNS), got
    assert not server.requests


@pytest.mark.parametrize(
    "to", ["http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[fd00::1]/", "http://[::ffff:10.0.0.1]/"]
)
def test_private_addresses_are_refused_on_redirect(server, to):
    failed(fetch(asks(server.on("/feed", redirect(to)))), FetchFailure.BLOCKED_ADDRESS, "not a public address")


@pytest.mark.parametrize("addresses", [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"]])
def test_one_private_address_among_several_is_enough(server, addresses):
    got = fetch(asks(server.url("/feed", "two.example")), names=Names(lambda host: addresses))
    failed(got, FetchFailure.BLOCKED_ADDRESS, "two.example leads to 10.0.0.1")
    assert not server.requests


def test_the_checked_address_is_the_one_that_is_dialled(server):
    """A name that says something else the second time is not asked a second time."""
    said = iter([["127.0.0.1"], ["10.0.0.1"]])
    got = fetch(
        asks(server.on("/feed", ok(RSS)).replace("127.0.0.1", "rebind.example")), names=Names(lambda _: next(said))
    )
    assert got.body == RSS


def test_the_next_address_is_tried_when_one_does_not_answer(server):
    names = Names(lambda host: ["127.0.0.9", "127.0.0.1"])  # nobody listens on the first
    assert fetch(asks(server.on("/feed", ok(RSS)).replace("127.0.0.1", "two.example")), names=names).body == RSS


# ---------------------------------------------------------------- many at once


def test_one_connection_a_host_and_hosts_do_not_wait_for_each_other(server):
    """Three feeds of one host come one after the other, while another host is asked at once."""
    gate = asyncio.Event()

    async def held(request, writer):
        await asyncio.wait_for(gate.wait(), 20)
        writer.write(ok(RSS))

    urls = [server.on("/held", held).replace("127.0.0.1", "a.example")] * 3
    other = server.on("/free", ok(RSS)).replace("127.0.0.1", "b.example")

    async def go():
        fetcher = Fetcher(SETTINGS, names=Names(lambda host: ["127.0.0.1"]))
        held_ones = [asyncio.create_task(fetcher.fetch(asks(url))) for url in urls]
        await asyncio.to_thread(server.wait_for, "/held", 1)
        assert isinstance(await fetcher.fetch(asks(other)), Fetched)
        server._loop.call_soon_threadsafe(gate.set)
        results = await asyncio.gather(*held_ones)
        await fetcher.aclose()
        return results

    assert all(isinstance(result, Fetched) for result in asyncio.run(go()))
    assert len(server.asked("/held")) == 3
    assert server.most_open["/held"] == 1


def test_waiting_for_the_host_is_not_counted_as_its_time(server):
    async def slowly(request, writer):
        await asyncio.sleep(0.5)
        writer.write(ok(RSS))

    url = server.on("/slow", slowly)

    async def go():
        fetcher = Fetcher(replace(SETTINGS, timeout=timedelta(seconds=1.8)))
        results = await asyncio.gather(*(fetcher.fetch(asks(url)) for _ in range(4)))
        await fetcher.aclose()
        return results

    results = asyncio.run(go())
    assert [type(result) for result in results] == [Fetched] * 4


def test_dead_names_do_not_hold_up_living_ones(server):
    """More dead names than there are threads hang; a name that is known to be well is answered all the same."""
    release, asked = threading.Event(), []

    def ask(host):
        asked.append(host)
        if host.startswith("dead") and asked.count(host) > 1:
            release.wait(20)  # the second time it hangs
        if host.startswith("dead"):
            raise OSError("no such name")
        return ["127.0.0.1"]

    clock = [0.0]

    async def go():
        fetcher = Fetcher(replace(SETTINGS, concurrency=200), names=Names(ask, lambda: clock[0]))
        dead = [asks(f"http://dead{i}.example/") for i in range(40)]
        first = await asyncio.gather(*(fetcher.fetch(r) for r in dead))
        assert {r.reason for r in first} == {FetchFailure.DNS}
        assert {r.reason for r in await asyncio.gather(*(fetcher.fetch(r) for r in dead))} == {FetchFailure.DNS}
        assert len(asked) == 40  # a failure is remembered for a while
        clock[0] += 3600
        hanging = [asyncio.create_task(fetcher.fetch(r)) for r in dead]
        url = server.on("/feed", ok(RSS)).replace("127.0.0.1", "well.example")
        well = await fetcher.fetch(asks(url))
        assert len(asked) <= 40 + LANES[1] + 1
        release.set()
        await asyncio.gather(*hanging)
        await fetcher.aclose()
        return well

    assert isinstance(asyncio.run(go()), Fetched)


def test_a_name_is_asked_once_for_many_feeds(server):
    asked = []

    def ask(host):
        asked.append(host)
        return ["127.0.0.1"]

    url = server.on("/feed", ok(RSS)).replace("127.0.0.1", "a.example")

    async def go():
        fetcher = Fetcher(replace(SETTINGS, per_host=10), names=Names(ask))
        await asyncio.gather(*(fetcher.fetch(asks(url)) for _ in range(10)))
        await fetcher.aclose()

    asyncio.run(go())
    assert asked == ["a.example"]


@pytest.mark.parametrize("hold", [True, False])
def test_a_host_that_says_429_is_not_asked_by_those_who_wait_for_it(server, hold):
    urls = [server.on(f"/{n}", answer(429, Retry_After="600")) for n in range(3)]

    async def go():
        fetcher = Fetcher(replace(SETTINGS, hold_hosts=hold), lambda: NOW, verify=VERIFY)
        results = await asyncio.gather(*(fetcher.fetch(asks(url)) for url in urls))
        await fetcher.aclose()
        return results

    results = asyncio.run(go())
    later = FetchFailure.HELD if hold else FetchFailure.RATE_LIMITED
    assert [r.reason for r in results] == [FetchFailure.RATE_LIMITED, later, later]
    assert len(server.requests) == (1 if hold else 3)
    for result in results[1:] if hold else ():
        assert "not asked, because 127.0.0.1 wants no requests now (the server says 429" in result.message
        assert timedelta(minutes=9) < result.retry_after <= timedelta(minutes=10)


@pytest.mark.parametrize("wait", ["315360000", "Thu, 01 Jan 2099 00:00:00 GMT"])
def test_no_host_is_held_for_longer_than_a_feed_would_wait(server, wait):
    """A feed that the schedule asks again after 8 hours must not find its host held for years."""
    url, clock = server.on("/feed", answer(429, Retry_After=wait)), [NOW]

    async def go():
        fetcher = Fetcher(SETTINGS, lambda: clock[0], verify=VERIFY)
        await fetcher.fetch(asks(url))
        clock[0] = NOW + RETRY_AFTER_CAP - timedelta(seconds=1)
        held = await fetcher.fetch(asks(url))
        clock[0] = NOW + RETRY_AFTER_CAP
        server.on("/feed", ok(RSS))
        answered = await fetcher.fetch(asks(url))
        await fetcher.aclose()
        return held, answered

    held, answered = asyncio.run(go())
    assert (held.reason, held.retry_after) == (FetchFailure.HELD, timedelta(seconds=1))
    assert isinstance(answered, Fetched), answered
    assert len(server.requests) == 2
