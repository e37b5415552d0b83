"""A SAX driver over expat that hands text on in one piece; feedparser takes drivers by module name."""

from xml.sax import expatreader
from xml.sax.xmlreader import XMLReader


class _Buffering(expatreader.ExpatParser):
    def reset(self) -> None:
        """Make a new parser, with buffering on."""
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]  # set by reset, unknown to typeshed


def create_parser() -> XMLReader:
    """Return a driver; the name is xml.sax's."""
    return _Buffering()
