"""Bodies: read raw and decoded piece by piece, never more than the cap in all."""

import zlib
from typing import Any

import brotli

from watcher.fetch.failures import Refused
from watcher.model import FetchFailure

#: Largest piece that a decoder may put out at once: 809 bytes of brotli became 1 GiB without it.
STEP_BYTES = 65_536
_GZIP_MAGIC = b"\x1f\x8b"
#: Said by servers that mean "as it is"; RFC 9110 knows only the absence of the header.
_AS_IT_IS = ("", "identity", "none", "utf-8", "utf8")


class Inflate:
    """Decodes one body; `feed` its raw pieces, then take the `end`.

    Raises:
        Refused: the encoding was not asked for, the body is not what it says, is cut, or is beyond the cap.
    """

    def __init__(self, encoding: str, cap: int) -> None:
        self._encoding, self._cap, self._out = encoding.strip().lower(), cap, bytearray()
        self._fed = False
        match self._encoding:
            case known if known in _AS_IT_IS:
                self._decoder: Any = None
            case "gzip" | "x-gzip":
                self._decoder = zlib.decompressobj(31)
            case "deflate":
                self._decoder = zlib.decompressobj()
            case "br":
                self._decoder = brotli.Decompressor()
            case other:
                raise Refused(FetchFailure.ENCODING, f"the body is encoded as {other[:40]!r}, which was not asked for")

    def feed(self, data: bytes) -> None:
        """Take a raw piece."""
        self._fed = self._fed or bool(data)
        try:
            if self._decoder is None:
                self._add(data)
            elif self._encoding == "br":
                self._brotli(data)
            else:
                self._zlib(data)
        except (zlib.error, brotli.error) as error:
            raise Refused(FetchFailure.ENCODING, f"the body is not {self._encoding} as it says: {error}") from None

    def so_far(self) -> bytes:
        """Return what is decoded up to now."""
        return bytes(self._out)

    def end(self) -> bytes:
        """Return the whole body; a compressed one that ends too early would be half a feed, and is refused."""
        if self._decoder is None or not self._fed:
            return bytes(self._out)
        if self._encoding == "br":
            whole = self._decoder.is_finished()
        else:
            self._add(self._decoder.flush(STEP_BYTES))
            whole = self._decoder.eof
        if not whole:
            raise Refused(FetchFailure.ENCODING, f"the {self._encoding} body ends before its end")
        return bytes(self._out)

    def _brotli(self, data: bytes) -> None:
        if self._decoder.is_finished():
            return  # what follows the end of the stream is not the body
        piece = self._decoder.process(data, output_buffer_limit=STEP_BYTES)
        while piece:  # it may say that it can take more input while output is still waiting inside
            self._add(piece)
            piece = b"" if self._decoder.is_finished() else self._decoder.process(b"", output_buffer_limit=STEP_BYTES)

    def _zlib(self, data: bytes) -> None:
        if self._decoder.eof and not self._next_member(data):
            return
        try:
            piece = self._decoder.decompress(data, STEP_BYTES)
        except zlib.error:
            if self._encoding != "deflate" or self._out:
                raise
            self._decoder = zlib.decompressobj(-15)  # many servers send raw deflate under that name
            piece = self._decoder.decompress(data, STEP_BYTES)
        self._add(piece)
        while self._decoder.unconsumed_tail:
            self._add(self._decoder.decompress(self._decoder.unconsumed_tail, STEP_BYTES))
        if self._decoder.eof and (rest := self._decoder.unused_data) and self._next_member(rest):
            self._zlib(rest)

    def _next_member(self, data: bytes) -> bool:
        """A gzip body may have several members (RFC 1952 §2.2); anything else after the end is dropped."""
        if self._encoding == "deflate" or not data.startswith(_GZIP_MAGIC):
            return False
        self._decoder = zlib.decompressobj(31)
        return True

    def _add(self, piece: bytes) -> None:
        self._out += piece
        if len(self._out) > self._cap:
            raise too_big(self._cap)


def too_big(cap: int) -> Refused:
    """The failure of a body beyond `cap` bytes."""
    return Refused(FetchFailure.TOO_BIG, f"the body is larger than {cap / 1e6:g} MB (http.max_body_bytes)")
