"""What holds of normalising for any text at all."""

from hypothesis import example, given
from hypothesis import strategies as st

from watcher.text import clean, fold, html_to_text, one_line, tokenize, words

ANY = st.text(st.characters(codec=None), max_size=200)
#: Texts made of what parsers stumble over.
PIECES = """
< > </ /> <b> </b> <p <div> </div> <![CDATA[ ]]> <!-- --> <script> </script> <? ?> & &amp; &#0; &#x; &lt; ' " = <br
<a <svg> <title> <plaintext> <table> <td> <html> </html> <body> <head> <frameset> <template> é 空 word
""".split()
MARKUP = st.lists(st.sampled_from([*PIECES, " ", "\x00", "\ud800"]) | st.text(max_size=4), max_size=30).map("".join)


@given(ANY | MARKUP)
@example("\u0130\u0307")
def test_html_to_text_never_raises_and_is_clean(markup):
    text = html_to_text(markup)
    assert clean(text) == text
    text.encode("utf-8")  # no lone surrogates


@given(ANY)
def test_clean_and_one_line_are_idempotent(text):
    assert clean(clean(text)) == clean(text)
    assert one_line(one_line(text)) == one_line(text)
    assert "\n" not in one_line(text)


@given(st.text(st.characters(exclude_characters="<&"), max_size=200))
def test_text_without_markup_loses_only_space_and_invisible_characters(text):
    assert "".join(html_to_text(text).split()) == "".join(clean(text).split())


@given(ANY)
def test_fold_is_idempotent(text):
    for word in text.split():
        assert fold(fold(word)) == fold(word)


@given(st.text(max_size=100))
def test_tokens_lie_in_order_inside_the_text_and_are_what_stands_there(text):
    tokens = tokenize(text)
    ends = 0
    for token in tokens:
        assert ends <= token.start < token.end <= len(text)
        assert fold(text[token.start : token.end]) == token.word != ""
        ends = token.end
    assert [token.word for token in tokens] == words(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_white_space_separates_words(one, other):
    assert words(f"{one} \n {other}") == words(one) + words(other)
