"""What a bot's readers send: its updates by long polling, who may, and the answers."""

import contextlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from telegram import (
    BotCommandScopeChat,
    Chat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from watcher.notifiers.base import scrub
from watcher.notifiers.incoming import Answer, Command, Deaf, Ignored, Incoming, Moved, Press
from watcher.notifiers.telegram.line import Line
from watcher.notifiers.telegram.settings import LIMIT
from watcher.render.chat import MENU
from watcher.render.fit import clip

#: Bot API: "0-200 characters" for the text of an answer to a press.
TOAST = 200
_BUTTON = 40


def _menu(language: str) -> list[tuple[str, str]]:
    return [(name, told[language]) for name, told in MENU.items()]


class TelegramInbox:
    """The updates of one bot."""

    def __init__(self, line: Line) -> None:
        self.key = line.key
        self._line = line
        self._name: str | None = None

    async def receive(self, after: int, wait_s: float) -> Sequence[Incoming]:
        """Ask for updates from `after` on, which tells the service that earlier ones are read."""
        try:
            if self._name is None:
                self._name = (await self._line.bot.get_me()).username or ""
                await self._offer_commands()
            updates = await self._line.bot.get_updates(
                offset=after, timeout=int(wait_s), read_timeout=wait_s + 10,
                allowed_updates=[Update.MESSAGE, Update.CALLBACK_QUERY],
            )  # fmt: skip
        except TelegramError as error:
            raise self._deaf(error) from None
        return [self._read(update) for update in updates]

    async def _offer_commands(self) -> None:
        """Let the service show the commands: to everybody in English, in each chat in its receiver's language."""
        await self._line.bot.set_my_commands(_menu("en"))
        for one in self._line.receivers.values():
            if one.style.language != "en":
                # A chat that the service does not know is told by what is sent there.
                with contextlib.suppress(BadRequest, Forbidden):
                    scope = BotCommandScopeChat(one.chat)
                    await self._line.bot.set_my_commands(_menu(one.style.language), scope=scope)

    async def answer(self, to: Press | Command, answer: Answer) -> None:
        """Answer a press with a few words over the chat, a command with a message that answers it."""
        try:
            if isinstance(to, Press):
                await self._answer_press(to, answer)
            elif answer.text:
                await self._say(to, clip(answer.text, LIMIT), parse_mode=None)
            if answer.html:
                await self._say(to, answer.html, parse_mode=ParseMode.HTML)
        except TelegramError as error:
            raise self._deaf(error) from None

    async def _answer_press(self, press: Press, answer: Answer) -> None:
        try:
            await self._line.bot.answer_callback_query(press.answer_to, text=clip(answer.text, TOAST))
        except BadRequest as error:
            # Pressed while the watcher was off: too late for words over the chat, what it does is done all the same.
            if "too old" not in str(error).lower():
                raise
        if answer.buttons:
            rows = [
                [InlineKeyboardButton(clip(label, _BUTTON), callback_data=data) for label, data in row]
                for row in answer.buttons
            ]
            await self._set_buttons(press, InlineKeyboardMarkup(rows))

    async def _set_buttons(self, press: Press, markup: InlineKeyboardMarkup) -> None:
        try:
            await self._line.bot.edit_message_reply_markup(
                chat_id=press.chat, message_id=int(press.ref), reply_markup=markup
            )
        except BadRequest as error:
            if "not modified" not in str(error).lower():
                raise

    async def _say(self, to: Press | Command, text: str, **more: Any) -> None:
        await self._line.wait_turn(to.chat)
        await self._line.bot.send_message(
            to.chat, text, link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_to_message_id=int(to.ref), allow_sending_without_reply=True, **more,
        )  # fmt: skip

    # ------------------------------------------------------------ updates

    def _read(self, update: Update) -> Incoming:
        query, message = update.callback_query, update.message
        if query is not None and query.message is not None and query.data:
            chat, user = query.message.chat, query.from_user.id
            return Press(
                update.update_id, self._entitled(chat, user), f"telegram:{user}", query.data, query.id, str(chat.id),
                str(query.message.message_id),
            )  # fmt: skip
        if message is not None and message.migrate_to_chat_id:
            return Moved(update.update_id, self._of_chat(message.chat), str(message.migrate_to_chat_id))
        if message is not None and message.text and message.text.startswith("/") and message.from_user:
            return self._command(update.update_id, message, message.text, message.from_user.id)
        return Ignored(update.update_id)

    def _command(self, number: int, message: Message, text: str, user: int) -> Incoming:
        first, *words = text[1:].split()[:40] or [""]
        name, _, bot = first.partition("@")
        if bot and bot.casefold() != (self._name or "").casefold():
            return Ignored(number)
        answered = message.reply_to_message
        # Inside a topic every message answers the topic's first one.
        about = str(answered.message_id) if answered and answered.message_id != message.message_thread_id else None
        receivers = self._entitled(message.chat, user, message.message_thread_id)
        return Command(
            number, receivers, f"telegram:{user}", name.casefold(), tuple(words), str(message.chat.id),
            str(message.message_id), about, self._here(message.chat, message.message_thread_id),
        )  # fmt: skip

    def _here(self, chat: Chat, topic: int | None) -> tuple[str, ...]:
        own = self._of_chat(chat)
        return tuple(name for name in own if self._line.receivers[name].topic == topic) or own

    def _of_chat(self, chat: Chat) -> tuple[str, ...]:
        names = {str(chat.id), f"@{chat.username}".casefold()} if chat.username else {str(chat.id)}
        return tuple(name for name, one in self._line.receivers.items() if one.chat.casefold() in names)

    def _entitled(self, chat: Chat, user: int, topic: int | None = None) -> tuple[str, ...]:
        """Return the receivers in whose name a user of a chat may act: admins anywhere, others in the chat itself."""
        own, receivers = self._of_chat(chat), self._line.receivers
        may = [name for name in own if receivers[name].lets(user, channel=chat.type == Chat.CHANNEL)]
        if chat.type == Chat.PRIVATE:
            may += [name for name, one in receivers.items() if name not in own and user in one.admins]
        return tuple(sorted(may, key=lambda name: receivers[name].topic != topic))

    def _deaf(self, error: TelegramError) -> Deaf:
        said = scrub(str(error), {}, self._line.bot.token)
        if isinstance(error, RetryAfter):
            pause = error.retry_after
            return Deaf(said, lasting=False, after_s=pause.total_seconds() if isinstance(pause, timedelta) else pause)
        if isinstance(error, Conflict):
            return Deaf(
                f"another program reads this bot's updates too: stop it, or set `buttons: false` here ({said})",
                lasting=True,
            )
        return Deaf(said, lasting=isinstance(error, (Forbidden, InvalidToken)))
