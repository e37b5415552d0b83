"""A stand-in for Telegram's Bot API, run as a process of its own: `python botapi.py` prints its port.

Written after the public documentation (https://core.telegram.org/bots/api). It parses the HTML that
it is sent as the documentation says, keeps chats and messages, refuses in the real server's words,
and logs every call. `POST /control/faults` lays up answers that the next calls get; `GET /control/calls`
and `GET /control/messages` tell what happened.
"""

# ruff: noqa: N802 - methods are named as the Bot API names them

import html
import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

TOKEN = "123456789:AAFakeTokenForTheStandInServer_0123456789"
LIMIT = 4096
TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "a", "code", "pre", "blockquote"}
_TAG = re.compile(r'<(/?)([a-zA-Z0-9-]+)((?:\s+[a-z-]+="[^"]*")*)\s*>')


class Refused(Exception):  # noqa: N818 - named for what the server does
    def __init__(self, code, description, **parameters):
        self.code, self.description, self.parameters = code, description, parameters


def bad(text):
    return Refused(400, f"Bad Request: {text}")


def buttons(form):
    """Return the rows of a message's buttons, or refuse them as the server does."""
    rows = json.loads(form.get("reply_markup", "{}")).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not 1 <= len(button["callback_data"].encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
    return rows


def parse(markup):
    """Return the visible text of Telegram's HTML, or refuse it as the server does."""
    stack, visible, at, entities = [], [], 0, 0
    while at < len(markup):
        if markup[at] != "<":
            end = markup.find("<", at)
            end = len(markup) if end < 0 else end
            visible.append(html.unescape(markup[at:end]))
            at = end
            continue
        tag = _TAG.match(markup, at)
        offset = len(markup[:at].encode())
        if not tag or tag[2].lower() not in TAGS:
            name = re.match(r"</?([^\s>]*)", markup[at:])[1]
            raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
        if tag[1]:
            if not stack or stack[-1] != tag[2].lower():
                raise bad(f"can't parse entities: Unmatched end tag at byte offset {offset}")
            stack.pop()
        else:
            stack.append(tag[2].lower())
            entities += 1
        at = tag.end()
    if stack:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{stack[-1]}\"")
    return "".join(visible), entities


class Api:
    def __init__(self):
        self.lock = threading.RLock()
        #: Something came for whoever waits for updates, or another asks now.
        self.arrived, self.asked = threading.Condition(self.lock), 0
        self.reset()

    def reset(self):
        with self.lock:
            self.calls, self.faults, self.messages, self.updates, self.numbers = [], [], {}, [], 0
            self.asked += 1
            self.arrived.notify_all()

    def call(self, token, method, form):
        if token != TOKEN:
            raise Refused(401, "Unauthorized")
        with self.lock:
            self.calls.append({"method": method, "at": time.monotonic(), **form})
            fault = next((f for f in self.faults if f.get("method") in (None, method)), None)
            if fault:
                self.faults.remove(fault)
            answer = getattr(self, method, None)
            if fault and "code" in fault:
                raise Refused(fault["code"], fault["description"], **fault.get("parameters", {}))
            result = {} if answer is None or method == "getUpdates" else answer(form)
        # Waiting for updates holds no other call up.
        return (self.getUpdates(form) if method == "getUpdates" else result), fault

    def getMe(self, form):
        return {"id": 123456789, "is_bot": True, "first_name": "Stand-in", "username": "stand_in_bot"}

    def chat(self, form):
        chat = form.get("chat_id", "")
        if not re.fullmatch(r"-?\d+|@\w+", chat) or chat == "404":
            raise bad("chat not found")
        return chat

    def visible(self, form):
        text = form.get("text", "")
        text, entities = parse(text) if form.get("parse_mode") == "HTML" else (text, 0)
        if not text.strip():
            raise bad("message text is empty")
        if len(text.encode("utf-16-le")) // 2 > LIMIT:
            raise bad("message is too long")
        return text, entities

    def told(self, chat, number):
        kind = "private" if not chat.startswith(("-", "@")) else "supergroup"
        place = {"id": int(chat) if not chat.startswith("@") else -1001, "type": kind}
        return {"message_id": number, "date": int(time.time()), "chat": place, "text": self.messages[number]["text"]}

    def sendMessage(self, form):
        chat = self.chat(form)
        text, entities = self.visible(form)
        reply = json.loads(form.get("reply_parameters", "null"))
        if reply and reply["message_id"] not in self.messages:
            if not reply.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
            reply = None
        self.numbers += 1
        self.messages[self.numbers] = {
            "chat": chat, "text": text, "markup": form["text"], "reply_to": reply and reply["message_id"],
            "entities": entities, "topic": form.get("message_thread_id"), "edits": 0,
            "silent": form.get("disable_notification") == "true", "buttons": buttons(form),
        }  # fmt: skip
        return self.told(chat, self.numbers)

    def editMessageText(self, form):
        chat, number = self.chat(form), int(form["message_id"])
        text, entities = self.visible(form)
        message = self.messages.get(number)
        if message is None or message["chat"] != chat:
            raise bad("message to edit not found")
        if message["markup"] == form["text"] and message["buttons"] == buttons(form):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        message |= {"text": text, "markup": form["text"], "entities": entities, "edits": message["edits"] + 1}
        message["buttons"] = buttons(form)
        return self.told(chat, number)

    def getUpdates(self, form):
        """Asking from a number on says that what is before it is read; one who waits yields to the next who asks."""
        with self.arrived:
            self.updates = [u for u in self.updates if u["update_id"] >= int(form.get("offset", 0))]
            self.asked += 1
            mine = self.asked
            self.arrived.notify_all()
            self.arrived.wait_for(lambda: self.updates or self.asked != mine, float(form.get("timeout", 0)))
            return list(self.updates) if self.asked == mine else []

    def editMessageReplyMarkup(self, form):
        chat, number = self.chat(form), int(form["message_id"])
        message = self.messages.get(number)
        if message is None or message["chat"] != chat:
            raise bad("message to edit not found")
        if message["buttons"] == buttons(form):
            raise bad("message is not modified")
        message["buttons"] = buttons(form)
        return self.told(chat, number)

    def deleteWebhook(self, form):
        return True

    def answerCallbackQuery(self, form):
        return True

    def setMyCommands(self, form):
        return True


API = Api()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.respond(200, getattr(API, self.path.rpartition("/")[2]))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/control/reset":
            API.reset()
            return self.respond(200, True)
        if self.path.startswith("/control/"):
            with API.arrived:
                getattr(API, self.path.rpartition("/")[2]).extend(json.loads(body))
                API.arrived.notify_all()
            return self.respond(200, True)
        token, _, method = self.path.removeprefix("/bot").partition("/")
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        try:
            result, fault = API.call(token, method, form)
        except Refused as refused:
            answer = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                answer["parameters"] = refused.parameters
            return self.respond(refused.code, answer)
        return self.answer({"ok": True, "result": result}, (fault or {}).get("then"))

    def answer(self, value, how):
        """Answer a call that was carried out; `hang`, `cut`, `garbage` and `drip` are how the answer gets lost."""
        if how == "hang":
            threading.Event().wait(30)
        elif how == "cut":
            self.close_connection = True
            self.connection.close()
        elif how == "garbage":
            self.respond(200, None, raw=b"<html>gateway</html>")
        else:
            self.respond(200, value)

    def respond(self, code, value, raw=None):
        body = raw if raw is not None else json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    #: Connections that may wait to be taken; with the library's 5, chats that begin together wait for each other.
    request_queue_size = 128


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)  # noqa: T201 - whoever started it reads the port
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()
