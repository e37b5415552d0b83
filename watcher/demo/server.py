"""The demo's internet: an HTTP server on 127.0.0.1 in a thread.

It serves feeds, with validators as a good publisher sends them, and takes in what the
daemon posts to webhook receivers.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Document:
    """What one path answers; any status but 200 comes without a body."""

    body: bytes = b""
    content_type: str = "application/xml"
    status: int = 200

    @property
    def etag(self) -> str:
        """The validator of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


#: Told of every message that arrives: the path that it was posted to, and the JSON.
Receive = Callable[[str, dict[str, Any]], None]


class FeedServer:
    """Serves documents by path; `put` replaces one while the server runs."""

    def __init__(self, receive: Receive) -> None:
        self._documents: dict[str, Document] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._documents.get, receive))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="demo server", daemon=True)

    @property
    def url(self) -> str:
        """Address without a path and without a slash at the end."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def put(self, path: str, document: Document) -> None:
        """Publish a document."""
        self._documents[path] = document

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop serving and give the port back."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler(find: Callable[[str], Document | None], receive: Receive) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = find(self.path) or Document(status=404)
            status = document.status
            if status == 200 and self.headers.get("If-None-Match") == document.etag:
                status = 304
            self.send_response(status)
            if status in (200, 304):
                self.send_header("ETag", document.etag)
            body = document.body if status == 200 else b""
            if status != 304:
                self.send_header("Content-Type", document.content_type)
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receive(self.path, message)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: the terminal belongs to the demo."""

    return Handler
