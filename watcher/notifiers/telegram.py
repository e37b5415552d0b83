"""Telegram through python-telegram-bot: messages as HTML, edits, replies, topics, and the pace that chats allow."""

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

import httpx
from pydantic import BeforeValidator, Field, SecretStr, StringConstraints
from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from watcher.model import Action, Message, Outcome, Rejected, RetryLater, Sent, Unknown
from watcher.notifiers.base import Environment, Kind, Settings, scrub
from watcher.render import Format
from watcher.yamlsrc import Duration

#: The library's own switch for durations as `timedelta`; without it every flood wait warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")

#: Bot API: "1-4096 characters after entities parsing".
LIMIT = 4096

#: Seconds between two messages of one bot. Telegram's FAQ allows 30 in any second; the library's limiter was
#: measured to let 56 through, for it fills up again while it empties.
BOT_PACE_S = 1 / 25
#: Messages to one group in any 60 seconds, from the same page; here too the library's limiter lets more through.
GROUP_MESSAGES = 20

#: Refusals that say that a message which should be changed is no longer there or no longer ours.
_EDIT_ANEW = ("message to edit not found", "message can't be edited", "message_id_invalid")
#: Refusals that will meet every message, until somebody changes the chat or the configuration.
_CHAT_WRONG = (
    "chat not found", "not enough rights", "have no rights", "chat_write_forbidden", "peer_id_invalid",
    "chat_restricted", "message thread not found", "topic_closed", "topic_deleted", "need administrator rights",
    "bot is not a member",
)  # fmt: skip


class TelegramSettings(Settings):
    """A chat, group, channel or topic."""

    chat_id: Annotated[
        str,
        BeforeValidator(lambda v: str(v) if isinstance(v, int) else v),
        StringConstraints(pattern=r"^(-?\d+|@\w{4,})$"),
    ] = Field(description="Number of the chat, or @name of a public channel.")
    topic: int | None = Field(None, description="Number of the topic inside a group.")
    edit_every: Duration = Field(
        timedelta(minutes=1), description="Least time between two changes of one message; republications are gathered."
    )
    link_preview: bool = Field(False, description="Show a preview of the linked page below the message.")
    api: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+\S*[^/\s]$")] = Field(
        "https://api.telegram.org", description="Address of the Bot API, for a server of your own."
    )


@dataclass(slots=True)
class _Line:
    """What all receivers of one bot share: its connections, its limiter and the pace of each chat."""

    bot: ExtBot[Any]
    request: HTTPXRequest
    pace_s: float
    users: int = 0
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    #: Loop times of each chat's last messages, and the one at which the bot as a whole may speak next.
    sent_at: dict[str, deque[float]] = field(default_factory=dict)
    free_at: float = 0.0

    async def wait_turn(self, chat: str) -> None:
        """Return when both the chat and the bot may speak, and take that turn. A busy chat holds no other up."""
        now = asyncio.get_running_loop().time
        async with self.locks.setdefault(chat, asyncio.Lock()):
            await asyncio.sleep(self._chat_free_at(chat) - now())
            turn = max(now(), self.free_at)
            self.free_at = turn + min(BOT_PACE_S, self.pace_s)
            await asyncio.sleep(turn - now())
            self.sent_at.setdefault(chat, deque(maxlen=GROUP_MESSAGES)).append(now())

    def _chat_free_at(self, chat: str) -> float:
        """Loop time at which a chat may have its next message; numbers of groups and channels are negative."""
        sent = self.sent_at.get(chat)
        if not sent:
            return 0.0
        group = chat.startswith(("-", "@")) and len(sent) == GROUP_MESSAGES
        return max(sent[-1] + self.pace_s, sent[0] + 60 * self.pace_s if group else 0.0)


class Telegram:
    """One chat of one bot."""

    can_edit = True
    can_reply = True

    def __init__(
        self,
        settings: TelegramSettings,
        secrets: Mapping[str, SecretStr],
        environment: Environment,
        moved_to: str | None,
    ) -> None:
        self.style = settings.style(Format.HTML, limit=LIMIT)
        self.edit_every = settings.edit_every
        self._settings, self._secrets = settings, secrets
        self._chat = moved_to or settings.chat_id
        self._shared = environment.shared
        self._line_key, self._line = _line(settings, secrets["token"].get_secret_value(), environment)

    async def send(self, message: Message) -> Outcome:
        """Send, edit or reply; a group that became a supergroup is followed at once."""
        before = self._chat
        outcome = await self._send(message)
        if isinstance(outcome, _Moved):
            self._chat = outcome.chat
            outcome = await self._send(message)
            if isinstance(outcome, _Moved):
                return RetryLater("the chat moved twice in a row")
            if isinstance(outcome, Sent):
                return Sent(outcome.ref, f"the chat {before} is now {self._chat}", self._chat)
        return outcome

    async def _send(self, message: Message) -> "Outcome | _Moved":
        try:
            if message.action is Action.EDIT and message.ref:
                return await self._edit(message)
            return await self._post(message)
        except BadRequest as error:
            return self._refused(error)
        except TelegramError as error:
            return self._failed(error)

    async def _edit(self, message: Message) -> Outcome:
        await self._line.wait_turn(self._chat)
        try:
            await self._line.bot.edit_message_text(
                message.body, chat_id=self._chat, message_id=int(message.ref or 0), parse_mode=ParseMode.HTML,
                link_preview_options=self._preview(),
            )  # fmt: skip
        except BadRequest as error:
            said = str(error).lower()
            if "message is not modified" in said:
                return Sent(message.ref)
            if any(words in said for words in _EDIT_ANEW):
                return await self._post(message, detail="the message to change is gone; sent anew")
            raise
        return Sent(message.ref)

    async def _post(self, message: Message, detail: str = "") -> Outcome:
        reply = None
        if message.action is Action.REPLY and message.ref:
            reply = ReplyParameters(int(message.ref), allow_sending_without_reply=True)
        shared: dict[str, Any] = {
            "chat_id": self._chat, "message_thread_id": self._settings.topic, "reply_parameters": reply,
            "disable_notification": message.silent, "link_preview_options": self._preview(),
        }  # fmt: skip
        await self._line.wait_turn(self._chat)
        try:
            sent = await self._line.bot.send_message(text=message.body, parse_mode=ParseMode.HTML, **shared)
        except BadRequest as error:
            if "can't parse entities" not in str(error).lower():
                raise
            await self._line.wait_turn(self._chat)
            sent = await self._line.bot.send_message(text=message.plain[: LIMIT // 2], **shared)
            detail = f"sent without format: {scrub(str(error), self._secrets)}"
        return Sent(str(sent.message_id), detail)

    def _preview(self) -> LinkPreviewOptions:
        return LinkPreviewOptions(is_disabled=not self._settings.link_preview)

    def _refused(self, error: BadRequest) -> Outcome:
        said = str(error).lower()
        return Rejected(scrub(str(error), self._secrets), receiver_down=any(words in said for words in _CHAT_WRONG))

    def _failed(self, error: TelegramError) -> "Outcome | _Moved":
        said = scrub(str(error), self._secrets)
        match error:
            case ChatMigrated():
                return _Moved(str(error.new_chat_id))
            case RetryAfter():
                pause = error.retry_after
                return RetryLater(said, pause if isinstance(pause, timedelta) else timedelta(seconds=pause))
            case Forbidden() | InvalidToken():
                return Rejected(said, receiver_down=True)
            case Conflict():
                return RetryLater(said)
            case TimedOut() | NetworkError():
                return _network(error, said)
            case _:
                return Unknown(said)

    async def aclose(self) -> None:
        """Let go of the bot; its last receiver closes the connections."""
        self._line.users -= 1
        if self._line.users <= 0:
            self._shared.pop(self._line_key, None)
            await self._line.request.shutdown()


@dataclass(frozen=True, slots=True)
class _Moved:
    """The service's word that a chat has another number now."""

    chat: str


def _network(error: NetworkError, said: str) -> Outcome:
    """What never left is tried again; what left without an answer may have arrived."""
    cause = error.__cause__
    if cause is None:  # an answer of the service, such as 502
        return RetryLater(said)
    if isinstance(cause, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return RetryLater(f"no connection to the Bot API: {type(cause).__name__}")
    return Unknown(f"no answer from the Bot API: {type(cause).__name__}")


def _line(settings: TelegramSettings, token: str, environment: Environment) -> tuple[object, _Line]:
    key = ("telegram", settings.api, hashlib.sha256(token.encode()).hexdigest())
    line = environment.shared.get(key)
    if line is None:
        wait_s = environment.timeout_s
        request = HTTPXRequest(connect_timeout=10, read_timeout=wait_s, write_timeout=wait_s, pool_timeout=wait_s)
        # A flood wait is not slept through here: it is a time in the outbox, so it survives a restart.
        limiter = AIORateLimiter(max_retries=0)
        bot: ExtBot[Any] = ExtBot(token, base_url=f"{settings.api}/bot", request=request, rate_limiter=limiter)
        line = environment.shared[key] = _Line(bot, request, environment.chat_pace_s)
    line.users += 1
    return key, line


def _build(
    name: str, settings: TelegramSettings, secrets: Mapping[str, SecretStr], environment: Environment, moved: str | None
) -> Telegram:
    return Telegram(settings, secrets, environment, moved)


KIND = Kind(TelegramSettings, _build, secrets=("token",), needs=lambda _: ("token",))
