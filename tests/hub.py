"""A WebSub hub on loopback, in threads: takes subscriptions, verifies them, and pushes signed documents.

`mode` is what it does with the next subscription: `good`, `refuse` (says no at once), `deny` (says no later), `deaf`
(never verifies), `stranger` (asks for a topic that nobody subscribed to), `move` (sends the request elsewhere).
"""

import hashlib
import hmac
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LocalHub:
    def __init__(self, mode="good", lease_s=86_400):
        self.mode, self.lease_s = mode, lease_s
        self.asked, self.held = [], {}
        #: Status and body of each answer to a verification.
        self.verified = []
        self.changed = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                moved = outer.mode == "move" and self.path == "/"
                status = 307 if moved else 403 if outer.mode == "refuse" else 202
                body = b"you are not welcome" if status == 403 else b""
                self.send_response(status)
                if moved:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                if status == 202:
                    outer.asked.append(form)
                    threading.Thread(target=outer.verify, args=[form], daemon=True).start()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def verify(self, form):
        """Ask whether it was meant, as its mode says."""
        if self.mode == "deaf":
            return
        said = {"hub.mode": "denied" if self.mode == "deny" else form["hub.mode"], "hub.topic": form["hub.topic"]}
        if self.mode == "stranger":
            said["hub.topic"] += "-other"
        said |= {"hub.reason": "too small"} if self.mode == "deny" else {}
        said |= {"hub.challenge": "chal & lenge", "hub.lease_seconds": str(self.lease_s)}
        answer = call(f"{form['hub.callback']}?{urllib.parse.urlencode(said)}")
        with self.changed:
            if answer == (200, b"chal & lenge") and form["hub.mode"] == "unsubscribe":
                del self.held[form["hub.topic"]]
            elif answer == (200, b"chal & lenge"):
                self.held[form["hub.topic"]] = form
            self.verified.append(answer)
            self.changed.notify_all()

    def wait_for(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.verified) >= count, 100), self.verified

    def push(self, topic, body, method="sha256", secret=None):
        """Send a document to who holds a subscription; return the status."""
        form = self.held[topic]
        key = (secret or form["hub.secret"]).encode()
        signature = f"{method}={hmac.new(key, body, getattr(hashlib, method)).hexdigest()}" if method else ""
        headers = {"Content-Type": "application/rss+xml"} | ({"X-Hub-Signature": signature} if signature else {})
        return call(form["hub.callback"], body, headers)[0]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def call(url, body=None, headers=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers or {}), timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
