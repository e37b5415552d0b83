"""An HTTP receiver that misbehaves on request, in threads; keeps what was posted to it."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HookServer:
    """`answer` is the next answers' status, headers and body; `fault` hangs or cuts after the request was read."""

    def __init__(self, tls=None):
        self.status, self.headers, self.body, self.fault = 204, {}, b"", None
        self.posts = []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_POST(self):
                outer.take(self)

            do_PUT = do_POST  # noqa: N815 - the library's name

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients that break off, or do not trust us, are what is tested
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self, handler):
        raw = handler.rfile.read(int(handler.headers["Content-Length"]))
        told = {"path": handler.path, "headers": dict(handler.headers), "raw": raw, "json": json.loads(raw)}
        self.posts.append(told | {"at": time.monotonic()})
        if self.fault == "hang":
            self.released.wait(30)
            return
        if self.fault == "cut":
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        drip = self.fault == "drip"
        handler.send_header("Content-Length", str(10**6 if drip else len(self.body)))
        handler.end_headers()
        if self.status != 204:
            handler.wfile.write(self.body)
        if drip:
            handler.wfile.flush()
            self.released.wait(30)
