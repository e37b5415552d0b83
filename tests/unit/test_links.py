"""What of an address names the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.links import canonical, host, shown, without_tracking
from watcher.model import Entry, IdOrigin
from watcher.parse.identity import completed


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("https://a.example/x?utm_source=rss&utm_medium=feed", "https://a.example/x"),
        ("https://a.example/x?utm_source=rss&id=5", "https://a.example/x?id=5"),
        ("https://a.example/x?id=5&fbclid=abc#top", "https://a.example/x?id=5#top"),
        ("https://a.example/x?id=5&rss", "https://a.example/x?id=5"),
        ("https://a.example/x?at_medium=RSS&at_campaign=rss", "https://a.example/x"),
        ("https://a.example/x?ref=home&page=2", "https://a.example/x?ref=home&page=2"),
        ("https://a.example/x?q=utm_source", "https://a.example/x?q=utm_source"),
        ("https://a.example/x?rss_id=123&at_id=7", "https://a.example/x?rss_id=123&at_id=7"),
        ("https://a.example/?", "https://a.example/"),
        ("https://a.example/#/read?rss", "https://a.example/#/read?rss"),
        ("", ""),
    ],
)
def test_tracking_goes_and_all_else_stays(url, page):
    assert without_tracking(url) == page


@pytest.mark.parametrize(
    "other",
    ["http://www.a.example/x?id=5", "https://m.a.example/x?utm_source=x&id=5#c", "https://A.example/x?id=5&gclid=1"],
)
def test_addresses_of_one_page_are_one(other):
    assert canonical(other) == canonical("https://a.example/x?id=5")


@given(st.text(alphabet="abc/?&#=_:.utmsrc", max_size=60))
def test_stripping_twice_changes_nothing(url):
    assert without_tracking(without_tracking(url)) == without_tracking(url)


def test_a_link_that_is_only_tracked_otherwise_is_neither_a_new_entry_nor_a_revision():
    one, two = (
        completed(Entry("", "Raid", link=f"https://a.example/x?utm_campaign={n}"), "f", "", None) for n in (1, 2)
    )
    assert (one.id, one.id_origin) == (two.id, IdOrigin.LINK) == ("https://a.example/x", IdOrigin.LINK)
    assert one.content_hash == two.content_hash
    assert two.link == "https://a.example/x?utm_campaign=2", "what is sent is the publisher's own address"


@pytest.mark.parametrize(
    ("url", "told", "name"),
    [
        ("https://me:pw@A.example:8443/feed?token=abc", "https://A.example:8443/feed?…", "a.example"),
        ("https://a.example/feed", "https://a.example/feed", "a.example"),
        ("http://[bad", "http://[bad", ""),
        ("", "", ""),
    ],
)
def test_what_may_be_told_of_an_address(url, told, name):
    assert (shown(url), host(url)) == (told, name)
