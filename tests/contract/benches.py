"""One bench for each notifier: a real local server, faults by one vocabulary, and what arrived.

`later`, `never` and `sender_refused` are refusals; `hang` and `cut` lose the answer after the
message was taken; `down` is a port where nobody listens.
"""

import io
import json
import subprocess
import sys
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
        echo = f"no: {self.secrets['secret']} {self.secrets['authorization']} /hook/path-part".encode()
        if name in ("hang", "cut"):
            self.server.fault = name
        elif name == "down":
            self.down = True
        else:
            self.server.status = {"later": 503, "never": 400, "sender_refused": 401}[name]
            self.server.body = echo

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
        case "console":
            yield ConsoleBench()
