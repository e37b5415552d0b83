"""A mail server that refuses on request, at any step of the conversation; aiosmtpd in a thread."""

# ruff: noqa: N802 - hooks are named as aiosmtpd names them

import asyncio
import time
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = "desk", "mail-password-4711"


class Counting(SMTP):
    """Counts connections: the watcher keeps one."""

    def __init__(self, server, **options):
        super().__init__(server, **options)
        server.connections += 1


class MailServer:
    """`replies` maps MAIL, RCPT, an address, or DATA to what is answered instead of 250; `faults` to hang or cut."""

    def __init__(self, *, tls=None, starttls=None, auth=False, require_starttls=False):
        self.replies, self.faults, self.mails, self.arrived_at, self.connections = {}, {}, [], [], 0
        self.options = {
            "tls_context": starttls,
            "require_starttls": require_starttls, "auth_require_tls": bool(starttls),
            "auth_required": auth and bool(starttls), "authenticator": self._authenticate,
            "decode_data": False, "enable_SMTPUTF8": False,
        }  # fmt: skip
        outer = self

        class Running(Controller):
            def factory(self):
                return Counting(outer, **outer.options)

            def _trigger_server(self):
                self.port = self.server.sockets[0].getsockname()[1]
                super()._trigger_server()

        self.controller = Running(self, hostname="127.0.0.1", port=0, ssl_context=tls)

    def __enter__(self):
        self.controller.start()
        self.port = self.controller.port
        return self

    def __exit__(self, *_):
        self.controller.stop(no_assert=True)

    def _authenticate(self, server, session, envelope, mechanism, data):
        right = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        if reply := await self._step(server, "MAIL"):
            return reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if reply := await self._step(server, "RCPT") or self.replies.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if reply := self.replies.get("DATA"):
            return reply
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((tuple(envelope.rcpt_tos), mail))
        self.arrived_at.append(time.monotonic())
        return await self._step(server, "DATA") or "250 taken"

    async def _step(self, server, name):
        fault = self.faults.get(name)
        if fault == "hang":
            await asyncio.sleep(30)
        elif fault == "cut":
            server.transport.abort()
            await asyncio.sleep(1)
        return self.replies.get(name)
