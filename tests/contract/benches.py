"""One bench for each notifier: a real local server, faults by one vocabulary, and what arrived.

`later`, `never` and `sender_refused` are refusals; `hang` and `cut` lose the answer after the
message was taken; `down` is a port where nobody listens.
"""

import io
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from botapi import TOKEN
from hookserver import HookServer
from mailserver import PASSWORD, USER, MailServer
from pydantic import SecretStr

from watcher.notifiers import REGISTRY, Environment

TIMEOUT_S = 0.6
CLOSED_PORT = 1  # tcpmux: nobody listens there


@dataclass
class Arrived:
    """One message at the other end."""

    identity: str
    text: str


class Bench:
    """What the exams need; the subclasses say how it is done for one protocol."""

    kind = ""
    secrets: Mapping[str, str] = MappingProxyType({})
    #: Faults that this protocol cannot have.
    cannot: frozenset[str] = frozenset()
    down = False

    def settings(self):
        raise NotImplementedError

    def notifier(self, moved_to=None, environment=None, **more):
        kind = REGISTRY[self.kind]
        secrets = MappingProxyType({name: SecretStr(value) for name, value in self.secrets.items()})
        settings = kind.settings.model_validate(self.settings() | more)
        environment = environment or Environment(timeout_s=TIMEOUT_S, chat_pace_s=0, console=io.StringIO())
        return kind.build("desk", settings, secrets, environment, moved_to)

    def fault(self, name):
        raise NotImplementedError

    def recover(self):
        """End a refusal; those of the Bot API are for one call only."""

    def arrived(self) -> list[Arrived]:
        raise NotImplementedError


class WebhookBench(Bench):
    kind = "webhook"
    secrets = MappingProxyType({"secret": "hook-signing-key-99", "authorization": "Bearer hook-bearer-token-77"})

    def __init__(self, server):
        self.server = server

    def settings(self):
        return {"url": f"http://127.0.0.1:{CLOSED_PORT if self.down else self.server.port}/hook/path-part"}

    def fault(self, name):
        if name in ("hang", "cut"):
            self.server.fault = name
        elif name == "down":
            self.down = True
        else:
            echo = f"no: {self.secrets['secret']} {self.secrets['authorization']} /hook/path-part".encode()
            self.server.status = {"later": 503, "never": 400, "sender_refused": 401}[name]
            self.server.body = echo

    def recover(self):
        self.server.status = 204

    def arrived(self):
        return [Arrived(p["headers"]["Idempotency-Key"], p["json"]["message"]) for p in self.server.posts]


class EmailBench(Bench):
    kind = "email"
    secrets = MappingProxyType({"password": PASSWORD})

    def __init__(self, server):
        self.server = server

    def settings(self):
        port = CLOSED_PORT if self.down else self.server.port
        return {
            "host": "127.0.0.1", "port": port, "security": "none", "username": USER, "from": "watcher@example.org",
            "to": ["desk@example.org"],
        }  # fmt: skip

    def fault(self, name):
        match name:
            case "hang" | "cut":
                self.server.faults["DATA"] = name
            case "later":
                self.server.replies["DATA"] = f"451 try later {PASSWORD}"
            case "never":
                self.server.replies["DATA"] = f"554 no such thing here {PASSWORD}"
            case "sender_refused":
                self.secrets = {"password": "mail-password-wrong"}
            case "down":
                self.down = True

    def recover(self):
        self.server.replies.clear()

    def arrived(self):
        return [Arrived(mail["Message-ID"], mail.get_body(("plain",)).get_content()) for _, mail in self.server.mails]


class BotApi:
    """The stand-in's process."""

    def __init__(self):
        script = Path(__file__).parents[1] / "botapi.py"
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def post(self, what, value=True):
        request = urllib.request.Request(f"{self.url}/control/{what}", json.dumps(value).encode(), method="POST")
        urllib.request.urlopen(request).close()

    def get(self, what):
        with urllib.request.urlopen(f"{self.url}/control/{what}") as answer:
            return json.load(answer)


class TelegramBench(Bench):
    kind = "telegram"
    secrets = MappingProxyType({"token": TOKEN})

    def __init__(self, api):
        self.api = api
        api.post("reset")

    def settings(self):
        return {"chat_id": "42", "api": f"http://127.0.0.1:{CLOSED_PORT}" if self.down else self.api.url}

    def fault(self, name):
        match name:
            case "hang" | "cut":
                self.api.post("faults", [{"then": name}])
            case "later":
                self.refuse(429, f"Too Many Requests: retry after 7 {TOKEN}", retry_after=7)
            case "never":
                self.refuse(400, f"Bad Request: message text is odd {TOKEN}")
            case "sender_refused":
                self.refuse(403, f"Forbidden: bot was blocked by the user {TOKEN}")
            case "down":
                self.down = True

    def refuse(self, code, description, method=None, **parameters):
        fault = {"code": code, "description": description, "parameters": parameters}
        self.api.post("faults", [fault | ({"method": method} if method else {})])

    def arrived(self):
        return [Arrived(f"{number}", m["text"]) for number, m in self.api.get("messages").items()]


class MatrixBench(WebhookBench):
    """A stand-in for a home server: the answers and errors of the client-server API."""

    kind = "matrix"
    secrets = MappingProxyType({"token": "syt_matrix_access_token_55"})

    def __init__(self, server):
        super().__init__(server)
        self.answer(200, event_id="$event:example.org")

    def answer(self, status, **told):
        self.server.status, self.server.body = status, json.dumps(told).encode()

    def settings(self):
        port = CLOSED_PORT if self.down else self.server.port
        return {"homeserver": f"http://127.0.0.1:{port}", "room": "!room:example.org"}

    def fault(self, name):
        token = self.secrets["token"]
        match name:
            case "later":
                self.answer(429, errcode="M_LIMIT_EXCEEDED", error=f"too fast {token}", retry_after_ms=2500)
            case "never":
                self.answer(413, errcode="M_TOO_LARGE", error=f"event too large {token}")
            case "sender_refused":
                self.answer(401, errcode="M_UNKNOWN_TOKEN", error=f"unknown {token}")
            case _:
                super().fault(name)

    def recover(self):
        self.answer(200, event_id="$event:example.org")

    def arrived(self):
        return [Arrived(p["path"].rpartition("/")[2], p["json"]["body"]) for p in self.server.posts]


class AppriseBench(WebhookBench):
    """Apprise's own JSON service; all that it says of a failure is that it is one."""

    kind = "apprise"
    cannot = frozenset({"never", "sender_refused", "hang", "cut"})

    @property
    def secrets(self):
        port = CLOSED_PORT if self.down else self.server.port
        return {"url": f"json://desk:pass-word-31@127.0.0.1:{port}/secret-path?cto=1&rto=1"}

    def settings(self):
        return {}

    def fault(self, name):
        if name == "later":
            self.server.status, self.server.body = 503, b"no: /secret-path pass-word-31"
        else:
            super().fault(name)

    def arrived(self):
        return [Arrived("", p["json"]["message"]) for p in self.server.posts]


class ExecBench(Bench):
    """A command that keeps what it reads and ends as a file beside it says."""

    kind = "exec"
    cannot = frozenset({"down"})
    script = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
text = sys.stdin.buffer.read()
(folder / f"{time.monotonic_ns()}.json").write_bytes(text)
fault = (folder / "fault").read_text() if (folder / "fault").exists() else ""
if fault == "hang":
    time.sleep(60)
if fault == "cut":
    time.sleep(60)
print("it said so", file=sys.stderr)
sys.exit({"later": 75, "never": 1, "sender_refused": 127}.get(fault, 0))
"""

    def __init__(self, folder):
        self.folder = Path(folder)

    def settings(self):
        return {"command": [sys.executable, "-c", self.script, str(self.folder)]}

    def notifier(self, moved_to=None, environment=None, **more):
        return super().notifier(
            moved_to, Environment(timeout_s=5 if not (self.folder / "fault").exists() else 1.5), **more
        )

    def fault(self, name):
        (self.folder / "fault").write_text(name)

    def recover(self):
        (self.folder / "fault").unlink()

    def arrived(self):
        told = [json.loads(path.read_text("utf-8")) for path in sorted(self.folder.glob("*.json"))]
        return [Arrived(one["key"], one["message"]) for one in told]


class ConsoleBench(Bench):
    kind = "console"
    cannot = frozenset({"later", "never", "hang", "cut", "down"})

    def __init__(self):
        self.stream = io.StringIO()

    def settings(self):
        return {}

    def notifier(self, moved_to=None, environment=None, **more):
        return super().notifier(moved_to, Environment(console=self.stream), **more)

    def fault(self, name):
        self.stream.close()

    def arrived(self):
        return [Arrived("", text) for text in self.stream.getvalue().split("\n\n") if text]


@contextmanager
def opened(kind, bot_api):
    """A bench of one kind, its server running."""
    match kind:
        case "webhook":
            with HookServer() as server:
                yield WebhookBench(server)
        case "email":
            with MailServer(auth=True) as server:
                yield EmailBench(server)
        case "telegram":
            yield TelegramBench(bot_api)
        case "matrix":
            with HookServer() as server:
                yield MatrixBench(server)
        case "apprise":
            with HookServer() as server:
                yield AppriseBench(server)
        case "exec":
            with tempfile.TemporaryDirectory() as folder:
                yield ExecBench(folder)
        case "console":
            yield ConsoleBench()
