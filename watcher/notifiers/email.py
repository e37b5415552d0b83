"""Mail through aiosmtplib: one kept connection, stable message ids, threads by References."""

import asyncio
import hashlib
import re
import ssl
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Annotated, Any, Literal

import aiosmtplib
from pydantic import AfterValidator, Field, SecretStr, model_validator

from watcher.model import Message, Outcome, Rejected, RetryLater, Sent, Unknown
from watcher.notifiers.base import Environment, Kind, Settings, scrub
from watcher.notifiers.trouble import trouble
from watcher.render import Format

#: How long recipients that are refused for now (greylisting, RFC 6647) are waited for while others have the mail.
STRAGGLERS_S = 1800
#: Mails whose stragglers are remembered.
REMEMBERED = 1000
#: Replies that say that the sender as such is refused: RFC 4954 §6, RFC 3207 §4.
_SENDER_REFUSED = (530, 534, 535, 538)
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def _address(value: str) -> str:
    name, address = parseaddr(value)
    if not value.isascii() and not address.isascii():
        raise ValueError(f"{value!r}: write the domain in its ASCII form (xn--…)")
    if not re.fullmatch(r"[^@\s<>,;\x00-\x20]+@[^@\s<>,;\x00-\x20]+", address) or "\n" in value or "\r" in value:
        raise ValueError(f"{value!r} is not a mail address such as desk@example.org")
    return f"{name} <{address}>" if name else address


MailAddress = Annotated[str, AfterValidator(_address)]


class EmailSettings(Settings):
    """A mail server and the people that it brings mail to."""

    writes = Format.EMAIL

    host: str = Field(min_length=1, description="Name of the mail server.")
    port: int | None = Field(None, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none by default.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection is encrypted.")
    username: str | None = Field(None, description="Name to log in with; the password is a secret.")
    sender: MailAddress = Field(alias="from", description="Address that the mail comes from.")
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1, max_length=100)] = Field(description="Recipients.")
    ca_file: str | None = Field(None, description="Certificates to trust instead of the system's (PEM).")
    unsubscribe: str | None = Field(
        None, pattern=r"^(mailto:|https?://)\S+$", description="Address for the header List-Unsubscribe."
    )

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> "EmailSettings":
        if self.security == "none" and self.username and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("with `security: none` the password would be sent in the clear; use starttls or tls")
        return self


class Email:
    """One mail server with one list of recipients."""

    can_edit = False
    can_reply = True
    edit_every = timedelta()

    def __init__(self, settings: EmailSettings, secrets: Mapping[str, SecretStr], timeout_s: float) -> None:
        self.style = settings.style(Format.EMAIL)
        self._settings, self._secrets, self._timeout_s = settings, secrets, timeout_s
        self._client: aiosmtplib.SMTP | None = None
        self._lock = asyncio.Lock()
        self._partly: OrderedDict[str, _Partly] = OrderedDict()

    async def send(self, message: Message) -> Outcome:
        """Send one mail to all recipients that do not have it yet."""
        async with self._lock:
            try:
                return await self._send(message)
            except BaseException:
                self._drop()
                raise

    async def aclose(self) -> None:
        """Say goodbye if a connection is open."""
        async with self._lock:
            client, self._client = self._client, None
            if client is not None and client.is_connected:
                transport = client.transport
                try:
                    await client.quit(timeout=2)
                except (aiosmtplib.SMTPException, OSError):
                    client.close()
                # Under TLS a close waits for the server's own; the loop may end before that.
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()
                    await asyncio.sleep(0)

    # ------------------------------------------------------------ one mail

    async def _send(self, message: Message) -> Outcome:
        mail = compose(message, self._settings)
        try:
            client = await self._open_envelope(len(mail))
            partly = self._partly.get(message.key) or _Partly(asyncio.get_running_loop().time())
            refused = await self._recipients(client, partly)
            if len(refused) == len(self._settings.to) - len(partly.have_it):
                return await self._nobody(client, message, partly, refused)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._drop_if_broken(error)
            return self._not_sent(error)
        try:
            await client.data(mail, timeout=2 * self._timeout_s)
        except aiosmtplib.SMTPResponseException as error:
            self._drop_if_broken(error)
            return self._refusal(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError):
            self._drop()
            return Unknown("the connection broke while the mail was sent")
        partly.have_it |= {address for address in self._settings.to if address not in refused}
        return self._sent(message, partly, refused)

    async def _open_envelope(self, size: int) -> aiosmtplib.SMTP:
        """Start a mail on the kept connection, or on a new one if that is gone."""
        if self._client is not None and self._client.is_connected:
            try:
                await self._mail(self._client, size)
            except aiosmtplib.SMTPResponseException as error:
                if error.code != 421:
                    raise
            except (aiosmtplib.SMTPException, OSError):
                pass
            else:
                return self._client
        self._drop()
        self._client = self._new_client()
        await self._client.connect()
        await self._mail(self._client, size)
        return self._client

    async def _mail(self, client: aiosmtplib.SMTP, size: int) -> None:
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        options = [f"size={size}"] if client.supports_extension("size") else []
        await client.mail(_bare(self._settings.sender), options=options)

    async def _recipients(self, client: aiosmtplib.SMTP, partly: "_Partly") -> dict[str, tuple[int, str]]:
        """Name the recipients; return those that the server refuses, with its word."""
        refused: dict[str, tuple[int, str]] = {}
        for address in self._settings.to:
            if address in partly.have_it:
                continue
            try:
                await client.rcpt(_bare(address))
            except aiosmtplib.SMTPRecipientRefused as error:
                if error.code == 421:
                    raise
                refused[address] = (error.code, error.message)
        return refused

    async def _nobody(
        self, client: aiosmtplib.SMTP, message: Message, partly: "_Partly", refused: Mapping[str, tuple[int, str]]
    ) -> Outcome:
        """No recipient is left for this mail: refused for now, or for good."""
        await client.rset()
        if partly.have_it:
            return self._sent(message, partly, refused)
        code, said = min(refused.values())  # one that may accept later decides
        return self._refusal(code, said)

    def _sent(self, message: Message, partly: "_Partly", refused: Mapping[str, tuple[int, str]]) -> Outcome:
        """Everybody has it, or will not; recipients that are only put off are waited for up to a bound."""
        later = [address for address, (code, _) in refused.items() if code < 500]
        if later and asyncio.get_running_loop().time() - partly.since < STRAGGLERS_S:
            self._partly[message.key] = partly
            while len(self._partly) > REMEMBERED:
                self._partly.popitem(last=False)
            return RetryLater(f"{len(later)} of {len(self._settings.to)} recipients are put off: {self._told(refused)}")
        self._partly.pop(message.key, None)
        missing = len(self._settings.to) - len(partly.have_it)
        detail = f"{missing} of {len(self._settings.to)} recipients refused: {self._told(refused)}" if missing else ""
        return Sent(ref=message_id(message.key, self._settings), detail=detail)

    def _told(self, refused: Mapping[str, tuple[int, str]]) -> str:
        told = "; ".join(f"{_bare(address)}: {code} {said}" for address, (code, said) in refused.items())
        return scrub(told, self._secrets)

    # ------------------------------------------------------------ failures

    def _not_sent(self, error: Exception) -> Outcome:
        """What an error before the mail itself means: nothing was sent."""
        said = scrub(str(error), self._secrets)
        if certificate := _certificate_error(error):
            return Rejected(f"its certificate is not valid: {certificate.verify_message}", receiver_down=True)
        match error:
            case aiosmtplib.SMTPResponseException():
                return self._refusal(error.code, error.message)
            case aiosmtplib.SMTPTimeoutError():
                return RetryLater("the mail server does not answer in time: look at `host` and `port`")
            case aiosmtplib.SMTPServerDisconnected():
                return RetryLater(f"the mail server broke the conversation off: {said}")
            case aiosmtplib.SMTPConnectError():
                return RetryLater(f"no connection to the mail server: {trouble(error)}")
            case ssl.SSLError():
                return RetryLater(f"TLS failed: {error.reason or 'handshake broken'}")
            case OSError():
                return RetryLater(f"no connection to the mail server: {trouble(error)}")
            case _:  # no STARTTLS, no AUTH, an address that the library refuses
                return Rejected(said, receiver_down=True)

    def _refusal(self, code: int, said: str) -> Outcome:
        text = f"{code} {scrub(said, self._secrets)}"
        if code < 500:
            return RetryLater(text)
        down = code in _SENDER_REFUSED
        return Rejected(f"{text} (look at `username`, the password and `security`)" if down else text, down)

    def _drop_if_broken(self, error: Exception) -> None:
        """A refused sender or mail leaves the connection good for the next mail (RFC 5321 §4.1.4)."""
        refused = isinstance(error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPDataError)
        if not refused or getattr(error, "code", 0) == 421:
            self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _new_client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        password = self._secrets.get("password")
        return aiosmtplib.SMTP(
            hostname=settings.host, port=settings.port or _PORTS[settings.security], timeout=self._timeout_s,
            use_tls=settings.security == "tls", start_tls=settings.security == "starttls",
            username=settings.username, password=password.get_secret_value() if password else None,
            cert_bundle=settings.ca_file,
        )  # fmt: skip


class _Partly:
    """A mail that some recipients have and others will be tried for again."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.have_it: set[str] = set()


# ---------------------------------------------------------------- the mail itself


class _Policy(EmailPolicy):
    """Folds a subject so that no space between its encoded words is lost, as Python 3.11 does (RFC 2047 §6.2)."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header as it is sent."""
        text = str(value).encode("utf-8", "replace").decode()
        if name.lower() != "subject" or text.isascii():
            return super().fold_binary(name, value)
        encoded = Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{self.linesep}".encode("ascii")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def compose(message: Message, settings: EmailSettings) -> bytes:
    """Return the mail as it is sent. The same alert has the same Message-ID at every attempt."""
    mail = EmailMessage(_POLICY)
    domain = _bare(settings.sender).rpartition("@")[2]
    mail["From"] = _header_address(settings.sender)
    mail["To"] = [_header_address(address) for address in settings.to]
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id(message.key, settings)
    if message.thread_key and message.thread_key != message.key:
        # The mail that it answers; its key changes where readers regroup stories.
        thread = message.ref or message_id(message.thread_key, settings)
        mail["In-Reply-To"] = thread
        mail["References"] = thread
    rule = re.sub(r"[^A-Za-z0-9-]+", "-", message.rule).strip("-") or "watcher"
    mail["List-Id"] = f"<{rule}.watcher.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if settings.unsubscribe:
        mail["List-Unsubscribe"] = f"<{settings.unsubscribe}>"
    mail.set_content(f"{message.plain}\n")
    mail.add_alternative(message.body, subtype="html")
    return mail.as_bytes()


def message_id(key: str, settings: EmailSettings) -> str:
    """Return the Message-ID (RFC 5322 §3.6.4) that belongs to a key."""
    domain = _bare(settings.sender).rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:40]}@{domain}>"


def _bare(address: str) -> str:
    return parseaddr(address)[1]


def _header_address(value: str) -> Address:
    name, address = parseaddr(value)
    return Address(display_name=name, addr_spec=address)


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _build(
    name: str, settings: EmailSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Email:
    return Email(settings, secrets, environment.timeout_s)


KIND = Kind(
    EmailSettings,
    _build,
    secrets=("password",),
    needs=lambda settings: ("password",) if settings.username else (),
)
