"""HTML to text, folding and words: tables of what a reader would expect."""

import pytest

from watcher.text import clean, fold, html_to_text, one_line, tokenize, words


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("a &amp; b", "a & b", id="entity"),
        pytest.param("a&nbsp;&mdash;&nbsp;b", "a — b", id="named entities"),
        pytest.param("&#8220;x&#x201D;", "“x”", id="numbers"),
        pytest.param("&amp;lt;b&amp;gt;", "&lt;b&gt;", id="resolved once, not twice"),
        pytest.param("<p>One</p><p>Two</p>", "One\nTwo", id="paragraphs"),
        pytest.param("a<br>b<br/>c", "a\nb\nc", id="line breaks"),
        pytest.param("<td>a</td><td>b</td>", "a\nb", id="cells do not run together"),
        pytest.param("<b>bo</b>ld", "bold", id="inline elements do"),
        pytest.param('<a href="http://x/raid">here</a>', "here", id="attributes are no text"),
        pytest.param("<img alt='a raid'>", "", id="nor is alt"),
        pytest.param("<a title='x>y'>l</a>", "l", id="a > in an attribute"),
        pytest.param("x<script>raid()</script>y<style>p{}</style>z", "xyz", id="scripts and styles"),
        pytest.param("t<!-- raid -->u<!-- open", "tu", id="comments"),
        pytest.param("<![CDATA[Title]]>", "Title", id="CDATA marks carried along"),
        pytest.param("<b>x</b> <![CDATA[in & out]]>", "x in & out", id="CDATA beside markup"),
        pytest.param("a < b & c", "a < b & c", id="lone signs"),
        pytest.param("I <3 you", "I <3 you", id="a heart"),
        pytest.param("Russia <-> Ukraine", "Russia <-> Ukraine", id="an arrow"),
        pytest.param("</div></div>still here", "still here", id="closes what it did not open"),
        pytest.param("<div><p>never closed", "never closed", id="open to the end"),
        pytest.param("<plaintext>rest", "rest", id="plaintext"),
        pytest.param("<?xml version='1.0' encoding='utf-8'?><p>x</p>", "x", id="an XML declaration"),
        pytest.param("<p>" * 5000 + "deep", "deep", id="deep"),
        pytest.param("<a " + "b=c " * 50_000 + ">x</a>", "x", id="a huge tag"),
        pytest.param("&#0;&#xD800;&#1114112;x", "\ufffd\ufffd\ufffdx", id="characters that do not exist"),
        pytest.param("a\x00\x08b\ud800c", "abc", id="characters that nothing stores"),
        pytest.param("co\xadoper\u200bation", "cooperation", id="soft hyphens"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="a Persian joiner stays"),
        pytest.param("  a \t\n  b\r\n\r\n c ", "a\nb\nc", id="white space"),
        pytest.param("a\u2028b\x85c", "a\nb\nc", id="other line ends"),
        pytest.param("", "", id="nothing"),
        pytest.param("<p></p>", "", id="nothing inside"),
    ],
)
def test_html_to_text(markup, text):
    assert html_to_text(markup) == text


def test_one_line():
    assert one_line(" a\n\tb\u2028c \x00") == "a b c"


def test_clean_keeps_what_looks_like_markup():
    assert clean("a <b> & c") == "a <b> & c"


@pytest.mark.parametrize(
    "spellings",
    [
        ("Aleppo", "ALEPPO", "Ａｌｅｐｐｏ", "aléppo"),
        ("İstanbul", "istanbul", "ISTANBUL", "ıstanbul"),
        ("Straße", "STRASSE", "strasse"),
        ("حلب", "حَلَب", "حـلـب"),
        ("إدلب", "ادلب", "أدلب"),
        ("علی", "علي", "على"),
        ("Ёлка", "елка", "ЕЛКА"),
        ("Київ", "киів", "КИЇВ"),
        ("ﬁre", "fire"),
        ("٢٠٢٤", "2024", "२०२४", "２０２４"),
        ("Ångström", "angstrom"),
        ("Łódź", "lodz"),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_spellings_of_one_word_fold_alike(spellings):
    assert len({fold(word) for word in spellings}) == 1, [fold(word) for word in spellings]


@pytest.mark.parametrize(("one", "other"), [("คำ", "คา"), ("हिन्दी", "हन्द"), ("cat", "cut"), ("ب", "ت")])
def test_what_differs_for_a_reader_stays_apart(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Su-24, Su 24; Su24", ["su", "24"] * 3),
        ("Da'esh / Da’esh", ["da", "esh"] * 2),
        ("12.5% of 1,000", ["12", "5", "of", "1", "000"]),
        ("空爆 in Gaza", ["空", "爆", "in", "gaza"]),
        ("می‌خواهم", ["می‌خواهم".replace("ی", "ي")]),
        ("", []),
        ("—!?…", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected
    assert [token.word for token in tokenize(text)] == expected
