"""Messages to one Telegram chat: sent, edited, answered, and what the service says to that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram import Message as TelegramMessage
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

from watcher.model import Action, Message, Outcome, Rejected, RetryLater, Sent, Unknown
from watcher.notifiers.base import Environment, scrub
from watcher.notifiers.incoming import Inbox
from watcher.notifiers.telegram.inbox import TelegramInbox
from watcher.notifiers.telegram.line import line_of
from watcher.notifiers.telegram.settings import LIMIT, TelegramSettings
from watcher.notifiers.trouble import trouble
from watcher.render import Format
from watcher.render.buttons import keyboard
from watcher.render.fit import clip, pieces

#: The refusal of a format that the service does not read as it should.
_NOT_READ = "can't parse entities"
#: Refusals that say that a message which should be changed is no longer there or no longer ours.
_EDIT_ANEW = ("message to edit not found", "message can't be edited", "message_id_invalid")
#: Refusals that will meet every message, until somebody changes the chat or the configuration.
_CHAT_WRONG = (
    "chat not found", "not enough rights", "have no rights", "chat_write_forbidden", "peer_id_invalid",
    "chat_restricted", "message thread not found", "topic_closed", "topic_deleted", "need administrator rights",
    "bot is not a member",
)  # fmt: skip

_CHAT_REMEDY = "look at `chat_id` and `topic`, and whether the bot is in the chat and may write there"


class Telegram:
    """One chat of one bot."""

    can_edit = True
    can_reply = True

    def __init__(
        self,
        name: str,
        settings: TelegramSettings,
        secrets: Mapping[str, SecretStr],
        environment: Environment,
        moved_to: str | None,
    ) -> None:
        self.style = settings.style(Format.HTML, limit=LIMIT)
        self.edit_every = settings.edit_every
        self._settings, self._secrets = settings, secrets
        self.chat = moved_to or settings.chat_id
        self.topic, self.admins = settings.topic, frozenset(settings.admins)
        self._name, self._shared = name, environment.shared
        self._line = line_of(settings.api, secrets["token"].get_secret_value(), environment)
        self._inbox = TelegramInbox(self._line) if settings.buttons else None
        if settings.buttons:
            self._line.receivers[name] = self

    @property
    def inbox(self) -> Inbox | None:
        """What readers send to the bot, if they may."""
        return self._inbox

    def lets(self, user: int, *, channel: bool) -> bool:
        """Whether a user in the receiver's chat may press and command; of a channel's many readers only admins."""
        return user in self.admins if self.admins or channel else True

    async def send(self, message: Message) -> Outcome:
        """Send, edit or reply; a group that became a supergroup is followed at once."""
        before = self.chat
        outcome = await self._send(message)
        if isinstance(outcome, _Moved):
            self.chat = outcome.chat
            outcome = await self._send(message)
            if isinstance(outcome, _Moved):
                return RetryLater("the chat moved twice in a row")
            if isinstance(outcome, Sent):
                return Sent(outcome.ref, f"the chat {before} is now {self.chat}", self.chat)
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
        try:
            await self._change(message, message.body, parse_mode=ParseMode.HTML)
        except BadRequest as error:
            said = str(error).lower()
            if "message is not modified" in said:
                return Sent(message.ref)
            if any(words in said for words in _EDIT_ANEW):
                return await self._post(message, detail="the message to change is gone; sent anew")
            if _NOT_READ not in said:
                raise
            await self._change(message, clip(message.plain, LIMIT), parse_mode=None)
            return Sent(message.ref, self._without_format(error))
        return Sent(message.ref)

    async def _change(self, message: Message, text: str, parse_mode: str | None) -> None:
        await self._line.wait_turn(self.chat)
        await self._line.bot.edit_message_text(
            text, chat_id=self.chat, message_id=int(message.ref or 0), parse_mode=parse_mode,
            link_preview_options=self._preview(), reply_markup=self._buttons(message),
        )  # fmt: skip

    def _without_format(self, error: BadRequest) -> str:
        return f"sent without format: {scrub(str(error), self._secrets)}"

    async def _post(self, message: Message, detail: str = "") -> Outcome:
        reply = None
        if message.action is Action.REPLY and message.ref:
            reply = ReplyParameters(int(message.ref), allow_sending_without_reply=True)
        shared: dict[str, Any] = {
            "chat_id": self.chat, "message_thread_id": self._settings.topic, "reply_parameters": reply,
            "disable_notification": message.silent, "link_preview_options": self._preview(),
            "reply_markup": self._buttons(message),
        }  # fmt: skip
        await self._line.wait_turn(self.chat)
        try:
            sent = await self._line.bot.send_message(text=message.body, parse_mode=ParseMode.HTML, **shared)
        except BadRequest as error:
            if _NOT_READ not in str(error).lower():
                raise
            sent = await self._post_plain(message.plain, shared)
            detail = self._without_format(error)
        return Sent(str(sent.message_id), detail)

    async def _post_plain(self, text: str, shared: dict[str, Any]) -> TelegramMessage:
        """Send a text without format, whole: in as many messages as it needs. Return the first."""
        sent = []
        for piece in pieces(text, LIMIT):
            await self._line.wait_turn(self.chat)
            sent.append(await self._line.bot.send_message(text=piece, **shared))
            shared = shared | {"reply_parameters": None, "reply_markup": None}
        return sent[0]

    def _preview(self) -> LinkPreviewOptions:
        return LinkPreviewOptions(is_disabled=not self._settings.link_preview)

    def _buttons(self, message: Message) -> InlineKeyboardMarkup | None:
        if not message.handle or self._inbox is None or (self.chat.startswith("@") and not self.admins):
            return None
        rows = keyboard(self.style.language, message.handle, joined=message.joined)
        return InlineKeyboardMarkup([[InlineKeyboardButton(t, callback_data=data) for t, data in row] for row in rows])

    def _refused(self, error: BadRequest) -> Outcome:
        said, down = scrub(str(error), self._secrets), any(words in str(error).lower() for words in _CHAT_WRONG)
        return Rejected(f"{said} ({_CHAT_REMEDY})" if down else said, receiver_down=down)

    def _failed(self, error: TelegramError) -> "Outcome | _Moved":
        said = scrub(str(error), self._secrets)
        match error:
            case ChatMigrated():
                return _Moved(str(error.new_chat_id))
            case RetryAfter():
                pause = error.retry_after
                return RetryLater(said, pause if isinstance(pause, timedelta) else timedelta(seconds=pause))
            case Forbidden():
                return Rejected(f"{said} (let the bot into the chat, or unblock it there)", receiver_down=True)
            case InvalidToken():
                return Rejected(f"{said} (look at the token, and at `api`)", receiver_down=True)
            case Conflict():
                return RetryLater(said)
            case TimedOut() | NetworkError():
                return _network(error, said)
            case _:
                return Unknown(said)

    async def aclose(self) -> None:
        """Let go of the bot; its last receiver closes the connections."""
        self._line.users -= 1
        if self._line.receivers.get(self._name) is self:
            del self._line.receivers[self._name]
        if self._line.users <= 0:
            self._shared.pop(self._line.key, None)
            await self._line.shutdown()


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
        return RetryLater(f"no connection to the Bot API: {trouble(cause)}")
    in_time = " within the time limit" if isinstance(cause, httpx.TimeoutException) else ", the connection broke"
    return Unknown(f"no answer from the Bot API{in_time}")
