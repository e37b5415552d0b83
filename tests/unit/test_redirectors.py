"""Addresses that lead elsewhere: which name their target, and what a redirector's page says of it."""

import base64

import pytest

from watcher.parse.target import target_on
from watcher.redirectors import is_asked, target_in

PAGE = "https://news.example/a?id=1"


def article(address, more=b"\xd2\x01\x00"):
    """An id as Google News gave them until 2024."""
    raw = b"\x08\x13\x22" + bytes([len(address) & 0x7F | 0x80, len(address) >> 7]) + address.encode() + more
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://www.google.com/url?rct=j&sa=t&url=https://news.example/a%3Fid%3D1&ct=ga&cd=CAEY&usg=AO", PAGE),
        ("https://www.google.co.uk/url?q=https://news.example/a%3Fid%3D1&sa=U", PAGE),
        ("http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fnews.example%2fa%3fid%3d1&c=1", PAGE),
        ("https://news.google.com/news/url?sa=t&url=https%3A%2F%2Fnews.example%2Fa%3Fid%3D1", PAGE),
        ("https://r.search.yahoo.com/_ylt=A0/RV=2/RU=https%3a%2f%2fnews.example%2fa%3fid%3d1/RK=2/RS=x-", PAGE),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fa%3Fid%3D1&h=AT0", PAGE),
        ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fnews.example%2Fa%3Fid%3D1&data=x", PAGE),
        ("https://out.reddit.com/t3_1abc2d?url=https%3A%2F%2Fnews.example%2Fa%3Fid%3D1&token=AQ&app_name=reddit", PAGE),
        ("https://out.reddit.com/?url=https%3A%2F%2Fnews.example%2Fa%3Fid%3D1&token=AQ", PAGE),
        ("https://out.reddit.com/t3_1abc2d", None),
        (f"https://news.google.com/rss/articles/{article(PAGE)}?oc=5", PAGE),
        (f"https://news.google.com/articles/{article(PAGE + 'x' * 200)}", PAGE + "x" * 200),
        (f"https://news.google.com/rss/articles/{article('AU_yqLMabc')}?oc=5", None),
        ("https://news.google.com/rss/articles/CBMi!!!", None),
        ("https://www.google.com/url?url=javascript:alert(1)", None),
        ("https://www.google.com/url?url=https://news.example/a%0Ab", None),
        ("https://www.google.com/search?q=https://news.example/a", None),
        ("https://www.google.com.evil.example/url?url=https://news.example/", None),
        ("https://evilsafelinks.example/?url=https://news.example/", None),
        ("https://news.example/url?url=https://other.example/", None),
        ("https://[broken/url?url=https://other.example/", None),
        ("urn:uuid:1", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_page_that_an_address_names(url, target):
    assert target_in(url) == target


def test_who_is_asked():
    names = ("t.co", "news.google.com", "news.example", "www.google.com", "")
    assert [is_asked(name) for name in names] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("head", "target"),
    [
        ('<meta http-equiv="refresh" content="0;URL=https://news.example/a?id=1">', PAGE),
        ("<META content='0; url=&quot;https://news.example/a?id=1&quot;' HTTP-EQUIV=Refresh>", PAGE),
        ('<link rel="canonical" href="https://news.example/a?id=1"/>', PAGE),
        ('<meta property="og:url" content="https://news.example/a?id=1">', PAGE),
        ('<link rel=canonical href="/x"><meta property="og:url" content="https://news.example/a?id=1">', PAGE),
        ('<link rel="canonical" href="https://news.example/">', None),
        ('<link rel="canonical" href="/x">', None),
        ('<link rel="canonical" href="https://t.co/x">', None),
        ('<meta http-equiv="refresh" content="0;url=javascript:x">', None),
        ('<meta http-equiv="refresh" content="300">', None),
        ("<title>Google News</title>", None),
        ("", None),
    ],
)  # fmt: skip
def test_where_a_page_sends_its_readers(head, target):
    assert target_on(f"<html><head>{head}</head>".encode(), "https://go.example/x") == target


REFRESH = b"<meta http-equiv=refresh content='%s'>"


@pytest.mark.parametrize(
    "body",
    [
        b"<meta " * 60_000,
        b"<meta a='" * 40_000,
        b"<link " + b"a=b " * 90_000,
        (b"<link " + b"a" * 40 + b" " * 3900 + b">") * 80,
        (b"<link " + b"a= " * 1300 + b">") * 80,
        b"\xff" * 99,
        *((REFRESH % (part * (3900 // len(part)))) * 80 for part in (b" ", b"1", b"; ", b"1 ;", b"url ", b"url = ")),
    ],
)
def test_a_page_that_is_none_costs_little_and_says_nothing(body):
    assert target_on(body, "https://go.example/x") is None
